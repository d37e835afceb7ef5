//! What must be exact: nulls, latency, block splits.

use super::support::{RATES, run_mono, run_stereo, saturator};
use saturator::processor::{ChannelMode, Character, SaturatorSettings};
use shared_dsp::{Io, Processor, Quality};
use testkit::signals::noise;

fn assert_delayed(input: &[f32], output: &[f32], delay: usize, what: &str) {
    for (n, &y) in output.iter().enumerate() {
        let x = if n >= delay { input[n - delay] } else { 0.0 };
        assert!(x == y, "{what}: sample {n} is {y:e}, not {x:e}");
    }
}

fn busy(character: Character) -> SaturatorSettings {
    SaturatorSettings {
        drive_db: [14.0, 9.0, 18.0],
        character,
        balance: 0.3,
        bias_motion: 0.5,
        emphasis_db: 4.0,
        bands: 3,
        channel_mode: ChannelMode::MidSide,
        tilt_db_per_octave: 0.5,
        high_cut_hz: Some(15_000.0),
        mix: 0.7,
        ..SaturatorSettings::default()
    }
}

#[test]
fn nothing_to_do_is_bit_exact() {
    let (left, right) = (noise(1, -0.9, 20_000), noise(2, -0.9, 20_000));
    for character in Character::ALL {
        let cases = [
            ("drive 0", SaturatorSettings { character, ..SaturatorSettings::default() }),
            (
                "drive 0, everything else set",
                SaturatorSettings { drive_db: [0.0; 3], tilt_db_per_octave: 0.0, high_cut_hz: None, ..busy(character) },
            ),
            ("mix 0", SaturatorSettings { mix: 0.0, tilt_db_per_octave: 0.0, high_cut_hz: None, ..busy(character) }),
            ("drive of bands not in use", SaturatorSettings { drive_db: [0.0, 12.0, 12.0], ..Default::default() }),
        ];
        for (name, settings) in &cases {
            for quality in Quality::ALL {
                for (rate, block) in [(44_100.0, 333), (192_000.0, 64)] {
                    let mut unit = saturator(settings, rate, quality, 2);
                    let delay = unit.latency_samples(quality);
                    let (l, r) = run_stereo(&mut unit, &left, &right, block);
                    assert_delayed(&left, &l, delay, name);
                    assert_delayed(&right, &r, delay, name);
                }
            }
        }
    }
}

/// Residuals exactly zero leave the dry alone even while the path runs.
#[test]
fn drive_back_at_zero_is_exact_again() {
    let input = noise(3, -0.9, 60_000);
    let driven = SaturatorSettings { drive_db: [12.0; 3], ..SaturatorSettings::default() };
    for quality in Quality::ALL {
        let mut unit = saturator(&driven, 48_000.0, quality, 1);
        let delay = unit.latency_samples(quality);
        let mut output = input.clone();
        let (first, rest) = output.split_at_mut(20_032);
        unit.process(Io { left: first, right: None, sidechain: None });
        unit.update(&SaturatorSettings::default());
        unit.process(Io { left: rest, right: None, sidechain: None });
        let from = 22_000;
        assert!(output[from..] == input[from - delay..input.len() - delay], "{quality:?}");
    }
}

/// By the greatest correlation of a pulse without treble, which minimum phase delays longer.
#[test]
fn latency_is_where_the_pulse_arrives() {
    let pulse: Vec<f32> =
        (0..64).map(|n| 0.5 * (std::f32::consts::PI * (n as f32 + 0.5) / 64.0).sin().powi(2)).collect();
    for rate in [22_050.0, 88_200.0, 176_400.0, 384_000.0].into_iter().chain(RATES) {
        for quality in Quality::ALL {
            let settings = SaturatorSettings { drive_db: [12.0; 3], ..SaturatorSettings::default() };
            let mut unit = saturator(&settings, rate, quality, 1);
            let latency = unit.latency_samples(quality);
            let mut input = pulse.clone();
            input.resize(600, 0.0);
            let output = run_mono(&mut unit, &input, 7);
            let correlation = |delay: usize| pulse.iter().zip(&output[delay..]).map(|(x, y)| x * y).sum::<f32>();
            let best = (0..500).max_by(|&a, &b| correlation(a).total_cmp(&correlation(b)));
            assert_eq!(best, Some(latency), "{rate} {quality:?}");
            println!("{rate} {quality:?}: {latency} samples");
        }
    }
}

/// Automation of everything, at odd places, in several block sizes.
#[test]
fn the_block_split_changes_nothing() {
    let frames = 24_000;
    let (left, right) = (noise(3, -1.9, frames), noise(4, -1.9, frames));
    let steps: Vec<(usize, SaturatorSettings)> = vec![
        (0, SaturatorSettings::default()),
        (1_003, busy(Character::Tape)),
        (3_333, SaturatorSettings { bands: 2, ..busy(Character::Triode) }),
        (3_500, SaturatorSettings { crossover_hz: [500.0, 4000.0], ..busy(Character::ClassA) }),
        (8_001, SaturatorSettings { mix: 0.0, ..busy(Character::Diode) }),
        (9_500, busy(Character::Transformer)),
        (15_111, SaturatorSettings { high_cut_hz: None, emphasis_db: 0.0, ..busy(Character::PushPull) }),
        (18_011, SaturatorSettings { drive_db: [0.0; 3], ..busy(Character::Console) }),
        (21_011, SaturatorSettings { bias_motion: 0.0, ..busy(Character::Console) }),
    ];
    for quality in Quality::ALL {
        let mut reference: Option<(Vec<f32>, Vec<f32>)> = None;
        for block in [1, 17, 64, 333, 8192] {
            let mut unit = saturator(&steps[0].1, 48_000.0, quality, 2);
            let (mut l, mut r) = (left.clone(), right.clone());
            let mut at = 0;
            while at < frames {
                for (_, settings) in steps.iter().filter(|step| step.0 == at) {
                    unit.update(settings);
                }
                let next = steps.iter().map(|s| s.0).filter(|&s| s > at).min().unwrap_or(frames);
                let end = (at + block).min(next).min(frames);
                unit.process(Io { left: &mut l[at..end], right: Some(&mut r[at..end]), sidechain: None });
                at = end;
            }
            assert!(l.iter().chain(&r).all(|x| x.is_finite()), "{quality:?}: not finite");
            match &reference {
                None => reference = Some((l, r)),
                Some((a, b)) => {
                    let differs = (0..frames).find(|&n| a[n] != l[n] || b[n] != r[n]);
                    assert_eq!(differs, None, "{quality:?}: block {block} differs from single samples there");
                }
            }
        }
    }
}

/// A control and settings: with it at work, and on the way to where it does nothing.
fn to_neutral() -> Vec<(&'static str, SaturatorSettings, SaturatorSettings)> {
    let base = || SaturatorSettings { drive_db: [12.0; 3], character: Character::Triode, ..Default::default() };
    let tape = || SaturatorSettings { character: Character::Tape, ..base() };
    let own_odd = |character| SaturatorSettings { character, balance: 1.0, ..base() };
    vec![
        ("drive", base(), SaturatorSettings { drive_db: [0.0; 3], ..base() }),
        ("drive of a band", SaturatorSettings { bands: 2, ..base() }, {
            SaturatorSettings { bands: 2, drive_db: [12.0, 0.0, 0.0], ..base() }
        }),
        ("even part, triode", base(), own_odd(Character::Triode)),
        ("even part, tape", SaturatorSettings { balance: 0.0, ..tape() }, tape()),
        (
            "even part, console",
            SaturatorSettings { balance: 0.0, character: Character::Console, ..base() },
            own_odd(Character::Console),
        ),
        (
            "even part, class-A",
            SaturatorSettings { character: Character::ClassA, ..base() },
            own_odd(Character::ClassA),
        ),
        (
            "even part, transformer",
            SaturatorSettings { balance: 0.0, character: Character::Transformer, ..base() },
            own_odd(Character::Transformer),
        ),
        ("bias motion", SaturatorSettings { bias_motion: 1.0, ..tape() }, tape()),
        ("emphasis", SaturatorSettings { emphasis_db: 9.0, ..tape() }, tape()),
        ("tilt", SaturatorSettings { tilt_db_per_octave: 1.0, ..tape() }, tape()),
        ("high cut", SaturatorSettings { high_cut_hz: Some(2000.0), ..tape() }, tape()),
        ("mix", tape(), SaturatorSettings { mix: 0.0, ..tape() }),
        ("mix from half", SaturatorSettings { mix: 0.5, ..tape() }, tape()),
    ]
}

/// Where a glide ends within a chunk, all of it is heard, whatever the chunk: blocks of 1 and 64 give the same bits, and there
/// is no step.
#[test]
fn a_glide_to_nothing_is_heard_to_its_end() {
    let frames = 4096;
    let tone: Vec<f32> =
        (0..frames).map(|n| (0.5 * (std::f64::consts::TAU * 50.0 * n as f64 / 48_000.0 + 1.0).sin()) as f32).collect();
    let hiss = noise(9, -3.1, frames);
    for (name, from, to) in to_neutral() {
        for quality in Quality::ALL {
            let mut worst = 0.0_f64;
            // A glide of 720 frames ends 16, 1, 63 and 33 frames into a chunk.
            for at in [1024, 1024 + 49, 1024 + 47, 1024 + 17] {
                let run = |input: &[f32], block: usize| {
                    let mut unit = saturator(&from, 48_000.0, quality, 1);
                    let mut output = input.to_vec();
                    let (before, after) = output.split_at_mut(at);
                    for chunk in before.chunks_mut(block) {
                        unit.process(Io { left: chunk, right: None, sidechain: None });
                    }
                    unit.update(&to);
                    // In step with the grid, as a host with blocks of 64 would cut.
                    let (head, rest) = after.split_at_mut((64 - at % 64) % 64);
                    for chunk in head.chunks_mut(block).chain(rest.chunks_mut(block)) {
                        unit.process(Io { left: chunk, right: None, sidechain: None });
                    }
                    output
                };
                for input in [&tone, &hiss] {
                    let (single, whole) = (run(input, 1), run(input, 64));
                    let differs = (0..frames).find(|&n| single[n] != whole[n] || single[n].is_nan());
                    assert_eq!(differs, None, "{name}, {quality:?}, at {at}: blocks of 1 and 64 differ there");
                }
                let output = run(&tone, 64);
                // Steps stand out where a tone has been taken off twice.
                let step =
                    output[at..].windows(3).map(|x| f64::from(x[0] - 2.0 * x[1] + x[2]).abs()).fold(0.0, f64::max);
                worst = worst.max(step);
            }
            println!("{name}, {quality:?}: {worst:.5}");
            // The corners of a straight fade of the whole signal are 1/720 of it.
            assert!(worst > 0.0 && worst < 0.0015, "{name}, {quality:?}: a step of {worst}");
        }
    }
}

#[test]
fn reset_brings_the_same_sound_again() {
    let (left, right) = (noise(7, -1.9, 10_000), noise(8, -1.9, 10_000));
    for quality in Quality::ALL {
        for character in Character::ALL {
            let mut unit = saturator(&busy(character), 48_000.0, quality, 2);
            let first = run_stereo(&mut unit, &left, &right, 100);
            unit.update(&SaturatorSettings { balance: 0.9, bands: 1, ..busy(Character::Console) });
            run_stereo(&mut unit, &left, &right, 100);
            unit.reset(&busy(character), quality);
            assert!(first == run_stereo(&mut unit, &left, &right, 100), "{quality:?} {character:?}");
        }
    }
}
