//! Aliases and harmonics.

use super::support::{run_mono, saturator};
use realfft::num_complex::Complex;
use saturator::processor::{Character, SaturatorSettings};
use shared_dsp::Quality;
use testkit::analysis::{alias_sum_db, db, spectrum};
use testkit::signals::sine;

const RATE: f64 = 48_000.0;

/// The power of everything to 20 kHz that is no harmonic of `bin`, over that of the fundamental, dB.
fn alias_db(settings: &SaturatorSettings, quality: Quality, size: usize, bin: usize) -> f64 {
    let mut unit = saturator(settings, RATE, quality, 1);
    let input = sine(RATE, bin as f64 * RATE / size as f64, 0.0, 2 * size + 48_000);
    let output = run_mono(&mut unit, &input, 512);
    alias_sum_db(&output[output.len() - size..], RATE, bin)
}

fn swept_db(settings: &SaturatorSettings, quality: Quality) -> f64 {
    const SIZE: usize = 1 << 14;
    let last = (10_000.0 * SIZE as f64 / RATE) as usize;
    (0..12)
        .map(|step| (341.0 * (last as f64 / 341.0).powf(f64::from(step) / 11.0)) as usize | 1)
        .map(|bin| alias_db(settings, quality, SIZE, bin))
        .fold(f64::NEG_INFINITY, f64::max)
}

#[test]
fn aliases_keep_below_the_spec() {
    let mut failures = Vec::new();
    for character in Character::ALL {
        let settings = SaturatorSettings { character, drive_db: [12.0; 3], ..SaturatorSettings::default() };
        for (quality, at_5k, swept) in [
            (Quality::Off, f64::INFINITY, f64::INFINITY),
            (Quality::Live, -90.0, -75.0),
            (Quality::Standard, -105.0, -90.0),
            (Quality::High, -115.0, -105.0),
        ] {
            let (one, all) = (alias_db(&settings, quality, 1 << 16, 6827), swept_db(&settings, quality));
            let line = format!("{character:?} {quality:?}: {one:.1} dB at 5 kHz, {all:.1} dB swept to 10 kHz");
            println!("{line}");
            if one > at_5k || all > swept {
                failures.push(line);
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// nonlinear.md D, computed anew: H2 to H5 of each character at 0 and +12 dB over the level of 1 %, through the plugin.
#[test]
fn harmonics_come_out_as_the_formulae_say() {
    let algebraic = |x: f64| x / (1.0 + x * x).sqrt();
    type Formula<'a> = &'a dyn Fn(f64) -> f64;
    let formulae: [(Character, f64, Formula<'_>); 6] = [
        (Character::Console, 0.486, &|x| x.clamp(-std::f64::consts::FRAC_PI_2, std::f64::consts::FRAC_PI_2).sin()),
        (Character::PushPull, 0.352, &f64::tanh),
        (Character::Tape, 0.289, &algebraic),
        (Character::Diode, 0.517, &f64::asinh),
        (Character::Triode, 0.050, &|x| algebraic(x) + 0.4 * algebraic(x).powi(2)),
        (Character::ClassA, 0.219, &|x| if x > 0.0 { 1.5 * algebraic(x / 1.5) } else { 0.75 * algebraic(x / 0.75) }),
    ];
    const SIZE: usize = 48_000;
    for (character, level, formula) in formulae {
        for over_db in [0.0, 12.0] {
            // 6 dB of drive are literal: the input is as much lower.
            let drive_db = 6.0;
            let peak = level * 10f64.powf((over_db - drive_db) / 20.0);
            let settings = SaturatorSettings { character, drive_db: [drive_db; 3], ..SaturatorSettings::default() };
            let mut unit = saturator(&settings, RATE, Quality::Standard, 1);
            let output = run_mono(&mut unit, &sine(RATE, 1000.0, db(peak), 3 * SIZE), 512);
            let measured = spectrum(&output[2 * SIZE..]);
            let gained = 10f64.powf(drive_db / 20.0);
            let expected: Vec<f32> = (0..SIZE)
                .map(|n| formula(gained * peak * (std::f64::consts::TAU * n as f64 / 48.0).sin()) as f32)
                .collect();
            let expected = spectrum(&expected);
            for harmonic in 2..=5 {
                let dbc = |bins: &[Complex<f64>]| db(bins[1000 * harmonic].norm() / bins[1000].norm());
                let (got, wanted) = (dbc(&measured), dbc(&expected));
                if wanted > -110.0 {
                    println!("{character:?} +{over_db} dB: H{harmonic} {got:.2} dBc, formula {wanted:.2}");
                    assert!((got - wanted).abs() <= 0.5, "{character:?} +{over_db} dB H{harmonic}: {got}, {wanted}");
                }
            }
        }
    }
}
