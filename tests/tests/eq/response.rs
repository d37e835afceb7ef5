//! Response: magnitude and phase against the prototypes, in each phase and on each part of the image.

use realfft::num_complex::Complex64;
use testkit::Format;
use testkit::analysis::{db, larger, largest, peak, response_at};
use testkit::signals::Random;

use crate::support::*;

/// 2,400 settings of one to four bands in minimum and natural phase, at all rates.
#[test]
fn bells_and_shelves_are_the_prototypes_to_20_khz() {
    const SETTINGS: usize = 300;
    for phase in ["Minimum", "Natural"] {
        for rate in RATES_HZ {
            let mut random = Random::new(7);
            let (mut worst_db, mut worst_degrees) = (0.0_f64, 0.0_f64);
            for _ in 0..SETTINGS {
                let count = 1 + (random.unit() * 3.999) as usize;
                let bands: Vec<Band> =
                    (0..count).map(|_| drawn(&mut random, &["Bell", "Low shelf", "High shelf"])).collect();
                let (error_db, degrees) = assert_prototypes(Format::Clap, rate, phase, &bands, 0.01);
                (worst_db, worst_degrees) = (worst_db.max(error_db), worst_degrees.max(degrees));
            }
            println!("{phase}, {rate} Hz: within {worst_db:.4} dB and {worst_degrees:.3} degrees");
        }
    }
}

#[test]
fn cuts_are_the_prototypes_down_to_60_db() {
    for (phase, limit_db) in [("Minimum", 0.05), ("Natural", 0.01)] {
        for rate in RATES_HZ {
            let mut random = Random::new(11);
            let mut worst_db = 0.0_f64;
            for _ in 0..60 {
                let bands = [drawn(&mut random, &["Low cut", "High cut"])];
                let (error_db, _) = assert_prototypes(Format::Clap, rate, phase, &bands, limit_db);
                worst_db = worst_db.max(error_db);
            }
            println!("{phase}, {rate} Hz, cuts: within {worst_db:.4} dB");
        }
    }
}

#[test]
fn twelve_bands_at_once() {
    for phase in ["Minimum", "Natural"] {
        for rate in RATES_HZ {
            let mut random = Random::new(23);
            for _ in 0..12 {
                let bands: Vec<Band> =
                    (0..12).map(|_| drawn(&mut random, &["Bell", "Low shelf", "High shelf", "Tilt"])).collect();
                assert_prototypes(Format::Vst3, rate, phase, &bands, 0.01);
            }
        }
    }
}

/// A kernel of its own for all twelve: the magnitude, and no phase at all.
#[test]
fn twelve_bands_at_once_in_linear_phase() {
    // A power of two, so that twelve lifts on top of one another stay below the ceiling.
    const PART: f32 = 0.0625;
    for rate in RATES_HZ {
        let mut random = Random::new(29);
        let (mut above_db, mut below_db, mut degrees, mut asymmetry) = (0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64);
        for _ in 0..4 {
            let bands: Vec<Band> =
                (0..12).map(|_| drawn(&mut random, &["Bell", "Low shelf", "High shelf", "Tilt"])).collect();
            let mut rig = eq(Format::Clap, rate, "Linear", &bands, &[("linear_length", "Longest")]);
            let latency = rig.latency();
            let mut input = vec![vec![0.0_f32; 2 * latency + 1]; 2];
            (input[0][0], input[1][0]) = (PART, PART);
            let output = rig.run(&input);
            for channel in &output {
                let loudest = peak(channel);
                assert_eq!(f64::from(channel[latency].abs()), loudest, "{rate} Hz: the middle is not the loudest");
                let uneven = |n: usize| f64::from((channel[latency - n] - channel[latency + n]).abs()) / loudest;
                asymmetry = larger(asymmetry, largest((1..=latency).map(uneven)));
                for hz in grid_hz(f64::min(20_000.0, 0.4535 * rate)) {
                    let meant = product(&bands, hz).norm();
                    let found = response_at(channel, latency, rate, hz) / f64::from(PART);
                    if db(meant) < -60.0 {
                        continue;
                    }
                    let error_db = db(found.norm() / meant).abs();
                    let worst_db = if hz >= 100.0 { &mut above_db } else { &mut below_db };
                    *worst_db = larger(*worst_db, error_db);
                    degrees = larger(degrees, found.arg().to_degrees().abs());
                }
            }
        }
        println!(
            "{rate} Hz: within {above_db:.4} dB, below 100 Hz {below_db:.4} dB, {degrees:.4} degrees, asymmetry {asymmetry:.1e}"
        );
        assert!(above_db > 0.0 && above_db <= 0.05, "{rate} Hz: {above_db:.4} dB above 100 Hz");
        assert!(below_db <= 0.2, "{rate} Hz: {below_db:.4} dB below 100 Hz");
        // What transforms in single precision round.
        assert!(degrees <= 0.01 && asymmetry <= 1e-6, "{rate} Hz: {degrees:.4} degrees, {asymmetry:.1e}");
    }
}

/// What both channels have in common passes bands on both and bands on mid: two cascades, each with a tail of its own.
#[test]
fn bands_on_mid_beside_stereo_ones_are_exact() {
    let channels = |channels, band: Band| Band { channels, ..band };
    let bands = [
        Band::new("Bell", 9000.0, 8.0, 2.0),
        channels("Mid", Band::new("High shelf", 8000.0, -6.0, 0.71)),
        channels("Mid", Band::new("Bell", 15_000.0, 6.0, 1.0)),
        Band::new("High shelf", 12_000.0, 5.0, 0.71),
    ];
    for phase in ["Minimum", "Natural"] {
        for rate in RATES_HZ {
            assert_prototypes(Format::Clap, rate, phase, &bands, 0.01);
        }
    }
}

#[test]
fn bands_act_on_the_part_of_the_image_that_they_are_set_to() {
    let rate = 48_000.0;
    let band = |channels| Band { channels, ..Band::new("Bell", 8000.0, 6.0, 1.0) };
    for phase in ["Minimum", "Natural", "Linear"] {
        for channels in ["Stereo", "Left", "Right", "Mid", "Side"] {
            let bands = [band(channels)];
            let mut rig = eq(Format::Clap, rate, phase, &bands, &[("linear_length", "Shortest")]);
            let latency = rig.latency();
            // Left alone, right alone, both alike, and each the other's opposite.
            for [left, right] in [[1.0_f32, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, -1.0]] {
                let mut input = vec![vec![0.0_f32; 24_000]; 2];
                (input[0][0], input[1][0]) = (left, right);
                let output = rig.run(&input);
                for hz in grid_hz(20_000.0) {
                    let analogue = bands[0].at(hz);
                    let h = if phase == "Linear" { Complex64::new(analogue.norm(), 0.0) } else { analogue };
                    let [x, y] = [left, right].map(f64::from);
                    let on = |wanted: &str| if channels == wanted { h } else { Complex64::new(1.0, 0.0) };
                    let (mid, side) = (0.5 * (x + y) * on("Mid"), 0.5 * (x - y) * on("Side"));
                    let meant = [on("Left") * (mid + side), on("Right") * (mid - side)].map(|x| x * on("Stereo"));
                    for (channel, meant) in meant.into_iter().enumerate() {
                        let found = response_at(&output[channel], latency, rate, hz);
                        // Without latency phases are the sections', a little off near Nyquist: where two of them meet the
                        // sum is close, alone their magnitude is exact.
                        let is_sum = left != right && left != -right && matches!(channels, "Mid" | "Side");
                        let error = match phase {
                            "Minimum" if is_sum => (found - meant).norm() - 0.1,
                            "Minimum" => (found.norm() - meant.norm()).abs(),
                            _ => (found - meant).norm(),
                        };
                        assert!(error <= 0.003, "{phase}, {channels}, {left} {right} to {channel}, {hz} Hz: {error}");
                    }
                }
            }
        }
    }
}

/// Each of the four ways from input to output, with bands on left and right before those on mid and side.
#[test]
fn bands_on_left_and_right_beside_mid_and_side_are_the_prototypes_in_natural_phase() {
    let rate = 44_100.0;
    let channels = |channels, band: Band| Band { channels, ..band };
    let bands = [
        channels("Left", Band::new("Bell", 12_000.0, 6.0, 1.0)),
        channels("Right", Band::new("High shelf", 9000.0, -6.0, 0.71)),
        channels("Mid", Band::new("High shelf", 8000.0, 4.5, 0.71)),
        channels("Side", Band::new("Bell", 15_000.0, -6.0, 1.0)),
        Band::new("Bell", 300.0, 3.0, 1.0),
    ];
    let mut rig = eq(Format::Clap, rate, "Natural", &bands, &[]);
    let latency = rig.latency();
    let mut worst = 0.0_f64;
    for from in 0..2 {
        let mut input = vec![vec![0.0_f32; 24_000]; 2];
        input[from][0] = 1.0;
        rig.reset();
        let output = rig.run(&input);
        for hz in grid_hz(20_000.0) {
            let h: Vec<Complex64> = bands.iter().map(|band| band.at(hz)).collect();
            for (to, output) in output.iter().enumerate() {
                let side = if from == to { h[3] } else { -h[3] };
                let meant = h[from] * h[4] * (h[2] + side) * 0.5;
                worst = worst.max((response_at(output, latency, rate, hz) - meant).norm());
            }
        }
    }
    println!("{:.1} dB", db(worst));
    // 0.01 dB of what passes.
    assert!(worst > 0.0 && worst <= 0.001, "{:.1} dB", db(worst));
}

/// Without latency it is the magnitude that is exact: of each way from left or right to mid or side, which passes the bands of
/// both. What left and right then make of mid and side is the meeting of two phases, and told in plugins/eq/README.md.
#[test]
fn bands_on_left_and_right_beside_mid_and_side_have_their_magnitude_in_minimum_phase() {
    let mut worst_db = 0.0_f64;
    for rate in RATES_HZ {
        let mut random = Random::new(43);
        for _ in 0..24 {
            let bands: Vec<Band> = ["Left", "Right", "Mid", "Side", "Stereo", "Mid"]
                .map(|channels| Band { channels, ..drawn(&mut random, &["Bell", "Low shelf", "High shelf"]) })
                .into();
            let on = |wanted: &str, hz: f64| -> Complex64 {
                bands.iter().filter(|band| band.channels == wanted).map(|band| band.at(hz)).product()
            };
            let ringing_s = bands.iter().map(|band| 6.0 * band.q / band.hz).fold(0.0, f64::max);
            let mut rig = eq(Format::Clap, rate, "Minimum", &bands, &[]);
            for (from, from_name) in ["Left", "Right"].into_iter().enumerate() {
                let mut input = vec![vec![0.0_f32; (rate * (0.4 + ringing_s)) as usize]; 2];
                input[from][0] = 1.0;
                rig.reset();
                let output = rig.run(&input);
                for (to, sign) in [("Mid", 1.0), ("Side", -1.0)] {
                    let mixed: Vec<f32> =
                        output[from].iter().zip(&output[1 - from]).map(|(a, b)| a + sign * b).collect();
                    let (error_db, _) = errors_against(
                        |hz| response_at(&mixed, 0, rate, hz),
                        rate,
                        |hz| on(from_name, hz) * on("Stereo", hz) * on(to, hz),
                    );
                    worst_db = larger(worst_db, error_db);
                    println!("{rate} Hz, {from_name} to {to}: {error_db:.4} dB for {bands:?}");
                }
            }
        }
    }
    println!("within {worst_db:.4} dB");
    assert!(worst_db > 0.0 && worst_db <= 0.01, "{worst_db:.4} dB");
}

/// What the lengths say of themselves (plugins/eq/README.md): samples of latency at 44.1 and 48 kHz and at 88.2 and 96 kHz, and
/// the frequency from which up they are exact, Hz.
const LENGTHS: [(&str, [usize; 2], f64); 5] = [
    ("Shortest", [2560, 5120], 240.0),
    ("Short", [5120, 10_240], 120.0),
    ("Medium", [10_240, 18_432], 60.0),
    ("Long", [18_432, 34_816], 30.0),
    ("Longest", [34_816, 69_632], 20.0),
];

#[test]
fn linear_phase_is_the_magnitude_without_phase() {
    let bands = [
        Band::new("Low shelf", 70.0, 2.0, 0.71),
        Band::new("Bell", 120.0, -3.0, 1.0),
        Band::new("Bell", 2000.0, 6.0, 4.0),
        Band::new("High shelf", 12_000.0, -4.0, 0.71),
        Band { slope: 24, ..Band::new("Low cut", 25.0, 0.0, 0.71) },
    ];
    for (rate, all) in [(44_100.0, true), (48_000.0, false), (96_000.0, false)] {
        for (length, latency_samples, exact_from_hz) in LENGTHS {
            if !all && length != "Shortest" && length != "Medium" {
                continue;
            }
            let mut rig = eq(Format::Clap, rate, "Linear", &bands, &[("linear_length", length)]);
            let latency = rig.latency();
            assert_eq!(latency, latency_samples[usize::from(rate > 50_000.0)], "{rate} Hz, {length}");
            let output = impulse_responses(&mut rig, 2 * latency + 1);
            let (mut above_db, mut at_20_db) = (0.0_f64, 0.0_f64);
            for hz in grid_hz(20_000.0).chain([20.0, 25.0, 32.0]) {
                let meant = product(&bands, hz).norm();
                let found = response_at(&output[0], latency, rate, hz);
                let error_db = db(found.norm() / meant).abs();
                assert!(error_db.is_finite());
                if db(meant) > -60.0 && hz >= exact_from_hz.max(100.0) {
                    above_db = above_db.max(error_db);
                }
                if length == "Longest" && (20.0..100.0).contains(&hz) {
                    at_20_db = at_20_db.max(error_db);
                }
            }
            // Exactly symmetric about the latency, but for the rounding of transforms in single precision.
            let loudest = peak(&output[0]);
            let worst = (1..=latency)
                .map(|n| f64::from((output[0][latency - n] - output[0][latency + n]).abs()))
                .fold(0.0, f64::max);
            println!("{rate} Hz, {length}: {above_db:.4} dB, below 100 Hz {at_20_db:.4} dB, asymmetry {worst:.1e}");
            assert!(loudest > 0.5 && worst < 1e-6, "{length}: {worst:e}");
            assert!(above_db <= 0.05, "{rate} Hz, {length}: {above_db:.4} dB");
            assert!(at_20_db <= 0.2, "{rate} Hz, {length}: {at_20_db:.4} dB");
        }
    }
}

#[test]
fn the_bass_is_mono_below_and_nothing_moves_at_the_corner() {
    let rate = 48_000.0;
    let mut rig = eq(Format::Clap, rate, "Minimum", &[], &[("mono_below", "120 Hz")]);
    // A source at the left only.
    let mut input = vec![vec![0.0_f32; 96_000]; 2];
    input[0][0] = 1.0;
    let output = rig.run(&input);
    let at = |hz: f64| [0, 1].map(|ch: usize| response_at(&output[ch], 0, rate, hz).norm());
    let [left, right] = at(20.0);
    assert!((left - right).abs() < 0.002, "mono at 20 Hz: {left} {right}");
    // linear.md A5: S/M = w^4 / (1 + w^4), so -2.5 and -12.0 dB at the corner.
    let [left, right] = at(120.0);
    assert!((db(left) + 2.5).abs() < 0.05 && (db(right) + 12.04).abs() < 0.1, "{} {}", db(left), db(right));
    let [left, right] = at(2000.0);
    assert!((db(left)).abs() < 0.01 && db(right) < -80.0, "{} {}", db(left), db(right));
}
