//! The last stage: the theory of dither holds, and nothing comes after it.

use limiter::processor::{DitherShape, LimiterSettings, LookAhead};
use shared_dsp::dither::Dither;
use shared_dsp::{Io, Processor};
use testkit::analysis::{spectrum, tone_peak};
use testkit::signals::{coherent_hz, sine};

use crate::sound::support::{RATE_HZ, limiter};

const SHAPED: [DitherShape; 3] = [DitherShape::Gentle, DitherShape::Medium, DitherShape::Strong];

/// What the last stage makes of a signal.
fn dithered(input: &[f32], bits: u32, shape: DitherShape, rate: f64) -> Vec<f32> {
    let settings = LimiterSettings { dither_bits: Some(bits), dither_shape: shape, ..LimiterSettings::default() };
    let mut unit = limiter(&settings, rate, 2.0, 2);
    let (mut left, mut right) = (input.to_vec(), input.to_vec());
    unit.finish(Io { left: &mut left, right: Some(&mut right), sidechain: None });
    assert!(left != right, "channels do not share their noise");
    left
}

fn power_db(x: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for x in x {
        sum += x * x;
        count += 1.0;
    }
    10.0 * (sum / count).log10()
}

#[test]
fn the_floor_of_plain_dither_is_as_theory_says() {
    // A quarter of a step squared, re full-scale peak: -96.3, -120.4 and -144.5 dB (reference/linear.md C).
    for (bits, theory_db) in [(16, -96.33), (20, -120.41), (24, -144.49)] {
        for input in [vec![0.0; 400_000], sine(RATE_HZ, 997.0, -20.0, 400_000)] {
            let out = dithered(&input, bits, DitherShape::Tpdf, RATE_HZ);
            let error = |n: usize| f64::from(out[n]) - f64::from(input[n]);
            let floor_db = power_db((0..out.len()).map(error));
            // Of 24 bits the float's own rounding is a part.
            assert!((floor_db - theory_db).abs() <= 0.2, "{bits} bits: {floor_db:.2} dB, theory {theory_db}");
            let step = 2.0 / f64::from(1_u32 << bits);
            assert!(out.iter().all(|&x| (f64::from(x) / step).fract() == 0.0), "{bits} bits: on its grid");
        }
    }
}

#[test]
fn mean_and_variance_of_the_error_do_not_depend_on_the_signal() {
    let step = 2.0_f64.powi(-15);
    for shape in [DitherShape::Tpdf, DitherShape::Gentle, DitherShape::Medium, DitherShape::Strong] {
        let mut variances = Vec::new();
        for offset in [0.0, 0.1, 0.25, 0.5, 0.77, 100.3] {
            let input = vec![(offset * step) as f32; 400_000];
            let out = dithered(&input, 16, shape, 44_100.0);
            let errors: Vec<f64> = out.iter().map(|&x| (f64::from(x) - f64::from(input[0])) / step).collect();
            let mean = errors.iter().sum::<f64>() / errors.len() as f64;
            let variance = errors.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / errors.len() as f64;
            assert!(mean.abs() < 0.004, "{shape:?} at {offset}: mean {mean}");
            variances.push(variance);
        }
        let taps = shape.taps(44_100.0);
        let theory = 0.25 * (1.0 + taps.iter().map(|c| c * c).sum::<f64>());
        for variance in variances {
            assert!((variance / theory - 1.0).abs() < 0.03, "{shape:?}: variance {variance}, theory {theory}");
        }
    }
}

#[test]
fn a_tone_far_below_the_last_bit_survives() {
    let size = 1 << 17;
    let hz = coherent_hz(RATE_HZ, 1000.0, size);
    let input = sine(RATE_HZ, hz, -100.0, size);
    let out = dithered(&input, 16, DitherShape::Tpdf, RATE_HZ);
    let level_db = 20.0 * tone_peak(&out, RATE_HZ, hz).log10();
    // A floor of -96.3 dB spread over 65536 bins: the tone stands 45 dB above what is in its bin.
    assert!((level_db + 100.0).abs() < 0.2, "{level_db:.2} dB");
    // Its harmonics are no higher than the floor is anywhere.
    let bins = spectrum(&out);
    let bin = (hz / RATE_HZ * size as f64).round() as usize;
    for k in 2..=9 {
        let db = 20.0 * bins[k * bin].norm().log10();
        assert!(db < -130.0, "harmonic {k}: {db:.1} dB");
    }
    // Rounding alone would have lost it.
    assert!(input.iter().all(|&x| (f64::from(x) * 32_768.0).round() == 0.0), "void: 16 bits hold it as it is");
}

#[test]
fn shaped_noise_lies_where_its_table_says() {
    for rate in [44_100.0, 48_000.0] {
        for shape in SHAPED {
            let size = 1 << 14;
            let runs = 64;
            let out = dithered(&vec![0.0; size * runs], 16, shape, rate);
            let mut powers = vec![0.0; size / 2 + 1];
            for part in out.chunks(size) {
                // A window: what is loud at the top must not leak into the notches.
                let hann = |n: usize| 0.5 - 0.5 * (std::f64::consts::TAU * n as f64 / size as f64).cos();
                let part: Vec<f32> = part.iter().enumerate().map(|(n, &x)| (hann(n) * f64::from(x)) as f32).collect();
                for (power, bin) in powers.iter_mut().zip(spectrum(&part)) {
                    *power += bin.norm_sqr() / runs as f64;
                }
            }
            // Amplitudes of sines: a bin of white noise of variance v has 4 v / size, and 3/8 of that under the window.
            let white = 0.375 * 4.0 * 0.25 * 2.0_f64.powi(-30) / size as f64;
            // Averaged over bands of 128 bins: a deviation of 0.05 dB.
            let mut worst_db = 0.0_f64;
            for start in (64..size / 2 - 128).step_by(128) {
                let table: f64 = (start..start + 128)
                    .map(|bin| {
                        let w = std::f64::consts::TAU * bin as f64 / size as f64;
                        let (mut re, mut im) = (1.0, 0.0);
                        for (k, c) in shape.taps(rate).iter().enumerate() {
                            re -= c * (w * (k + 1) as f64).cos();
                            im += c * (w * (k + 1) as f64).sin();
                        }
                        re * re + im * im
                    })
                    .sum();
                let measured: f64 = powers[start..start + 128].iter().sum::<f64>() / white;
                let error_db = 10.0 * (measured / table).log10();
                worst_db = if error_db.abs() > worst_db.abs() || error_db.is_nan() { error_db } else { worst_db };
            }
            println!("{rate} Hz, {shape:?}: {worst_db:+.2} dB off its table at worst");
            assert!(worst_db.abs() <= 0.5, "{rate} Hz, {shape:?}: {worst_db:+.2} dB");
            // And in all (reference/linear.md C).
            let total_db = power_db(out.iter().map(|&x| f64::from(x))) + 96.33;
            let said_db = match shape {
                DitherShape::Gentle => 6.6,
                DitherShape::Medium => 12.2,
                _ => 18.4,
            };
            assert!((total_db - said_db).abs() <= 0.2, "{shape:?}: {total_db:.1} dB more than plain");
        }
    }
}

#[test]
fn it_is_off_by_default_and_plain_where_there_is_no_table() {
    let input = sine(96_000.0, 997.0, -3.0, 5000);
    let mut unit = limiter(&LimiterSettings::default(), 96_000.0, 2.0, 2);
    let mut left = input.clone();
    unit.finish(Io { left: &mut left, right: None, sidechain: None });
    assert!(left == input, "off: to the bit");
    assert!(dithered(&input, 16, DitherShape::Strong, 96_000.0) == dithered(&input, 16, DitherShape::Tpdf, 96_000.0));
    let told = |rate: f64, shape, bits| {
        let settings = LimiterSettings { dither_bits: bits, dither_shape: shape, ..LimiterSettings::default() };
        limiter(&settings, rate, 2.0, 2).reading().is_dither_shaped
    };
    assert!(told(44_100.0, DitherShape::Strong, Some(16)));
    assert!(!told(96_000.0, DitherShape::Strong, Some(16)), "no table");
    assert!(!told(44_100.0, DitherShape::Tpdf, Some(16)) && !told(44_100.0, DitherShape::Strong, None));
}

#[test]
fn full_scale_stays_within_full_scale() {
    for shape in [DitherShape::Tpdf, DitherShape::Strong] {
        for bits in [16, 24] {
            let mut dither = Dither::new();
            dither.select(Some(bits), shape, 44_100.0);
            let mut x: Vec<f32> = (0..20_000).map(|n| if n / 50 % 2 == 0 { 1.0 } else { -1.0 }).collect();
            dither.process(Io { left: &mut x, right: None, sidechain: None });
            let top = 1.0 - 2.0 / f64::from(1_u32 << bits);
            assert!(x.iter().all(|&x| f64::from(x) <= top && x >= -1.0), "{shape:?}, {bits} bits");
            // It does not wind up: soon after it is itself again.
            let mut rest = vec![0.0; 20_000];
            dither.process(Io { left: &mut rest, right: None, sidechain: None });
            let most = rest[100..].iter().fold(0.0_f32, |most, x| most.max(x.abs()));
            assert!(f64::from(most) * f64::from(1_u32 << (bits - 1)) < 40.0 && most > 0.0, "{shape:?}: {most}");
        }
    }
}

#[test]
fn it_is_the_last_stage_and_not_in_the_sound() {
    let settings = LimiterSettings { dither_bits: Some(16), ..LimiterSettings::default() };
    let mut unit = limiter(&settings, RATE_HZ, 2.0, 2);
    let latency = unit.latency_samples(LookAhead::of_ms(2.0));
    let input = sine(RATE_HZ, 997.0, -6.0, 4000);
    let mut left = input.clone();
    unit.process(Io { left: &mut left, right: None, sidechain: None });
    assert!(left[latency..] == input[..4000 - latency], "before the shell's trim nothing is rounded");
}
