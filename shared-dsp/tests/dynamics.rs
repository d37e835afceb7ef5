//! The units of a compressor against references that share no code with them.

use shared_dsp::dynamics::{
    Ballistics, Decoupled, DecoupledCoefs, FAST_DB_ERROR, FeedbackCoefs, FeedbackLoop, GainDecimator, KeyInterpolator,
    MeanSquare, PeakHold, Release, SINE_CREST_DB, StaticCurve, gain_of_reduction, level_db,
};
use std::f64::consts::TAU;
use testkit::analysis::larger;

#[test]
fn fast_logarithm_and_exponential_are_as_exact_as_they_say() {
    let (mut worst_level, mut worst_gain) = (0.0f64, 0.0f64);
    for k in 0..2_000_000 {
        let db = -200.0 + 260.0 * f64::from(k) / 2_000_000.0;
        let exact = 10f64.powf(db / 20.0);
        worst_level = larger(worst_level, (level_db(exact) - db).abs());
        worst_gain = larger(worst_gain, (20.0 * gain_of_reduction(-db).log10() - db).abs());
    }
    println!("level_db within {worst_level:e} dB, gain_of_reduction within {worst_gain:e} dB");
    assert!(worst_level < FAST_DB_ERROR && worst_gain < FAST_DB_ERROR);
    assert_eq!(gain_of_reduction(0.0), 1.0);
    assert_eq!(level_db(1.0), 0.0);
    for silent in [0.0, -0.0, 1e-300, -1.0, f64::NAN, f64::NEG_INFINITY] {
        assert!((level_db(silent) + 300.0).abs() < 1e-5, "{silent}");
    }
}

/// Giannoulis, Massberg and Reiss (2012), equation 4, as printed.
fn equation_4(x: f64, t: f64, r: f64, w: f64) -> f64 {
    if 2.0 * (x - t) < -w {
        x
    } else if 2.0 * (x - t).abs() <= w {
        x + (1.0 / r - 1.0) * (x - t + w / 2.0).powi(2) / (2.0 * w)
    } else {
        t + (x - t) / r
    }
}

#[test]
fn the_curve_is_equation_4_and_the_feedback_form_its_inverse() {
    for ratio in [1.0, 1.5, 2.0, 4.0, 10.0] {
        for knee_db in [0.5, 5.0, 13.0] {
            let curve = StaticCurve::new(-17.0, ratio, knee_db, 200.0);
            assert!((curve.ratio() - ratio).abs() < 1e-9);
            for tenth in -800..200 {
                let input_db = f64::from(tenth) / 10.0;
                let output_db = equation_4(input_db, -17.0, ratio, knee_db);
                assert!((curve.output_db(input_db) - output_db).abs() < 1e-10, "{ratio}:1 {knee_db} at {input_db}");
                let reduction_db = curve.feedback_reduction_db(output_db);
                assert!(
                    (reduction_db - (input_db - output_db)).abs() < 1e-9,
                    "feedback {ratio}:1 {knee_db} at {input_db}"
                );
            }
        }
    }
    let limited = StaticCurve::new(-20.0, 10.0, 2.0, 6.0);
    assert_eq!(limited.reduction_db(20.0), 6.0);
    assert_eq!(StaticCurve::new(f64::NAN, 4.0, 5.0, 24.0).reduction_db(20.0), 0.0);
}

/// The feedback law as circuits have it, at a far higher rate and by Euler's method: `RC g' = max(s (x - g - T), 0) -
/// g`, the RC R times the label while it charges, the label while it discharges.
fn circuit(
    levels: impl Fn(f64) -> f64,
    ratio: f64,
    attack_s: f64,
    release_s: f64,
    until_s: f64,
    at: &[f64],
) -> Vec<f64> {
    let dt = 1e-6;
    let (mut g, mut out) = (0.0f64, Vec::new());
    for n in 0..(until_s / dt) as usize {
        let t = n as f64 * dt;
        if at.iter().any(|&a| (t - a).abs() < 0.5 * dt) {
            out.push(g);
        }
        let wanted = ((ratio - 1.0) * (levels(t) - g)).max(0.0);
        let rc = if wanted > g { attack_s * ratio } else { release_s };
        g += dt / rc * (wanted - g);
    }
    out
}

#[test]
fn the_loop_is_the_circuits_with_a_hard_knee() {
    let rate = 48_000.0;
    for (ratio, attack_s, release_s) in [(2.0, 0.003, 0.1), (4.0, 0.010, 0.1), (10.0, 0.030, 0.1), (10.0, 0.001, 0.3)] {
        // Up, down but still above the threshold, up again, and far below it.
        let level = |t: f64| match t {
            t if t < 0.05 => 12.0,
            t if t < 0.10 => 5.0,
            t if t < 0.15 => 15.0,
            _ => -20.0,
        };
        let at: Vec<f64> = (1..24).map(|k| f64::from(k) * 0.01 + 0.0005).collect();
        let wanted = circuit(level, ratio, attack_s, release_s, 0.25, &at);
        let coefs = FeedbackCoefs::new(rate, ratio, attack_s, Release::Fixed(release_s), 0.0);
        let curve = StaticCurve::new(0.0, ratio, 0.0, 200.0);
        let mut reductions: Vec<f64> = (0..12_000).map(|n| curve.reduction_db(level(f64::from(n) / rate))).collect();
        FeedbackLoop::default().process(&coefs, [&mut reductions]);
        for (t, wanted) in at.iter().zip(wanted) {
            let got = reductions[(t * rate) as usize - 1];
            assert!((got - wanted).abs() < 0.05, "{ratio}:1 {attack_s}/{release_s} at {t}: {got}, circuit {wanted}");
        }
    }
}

#[test]
fn both_models_rest_on_the_curve_and_fall_to_exactly_nothing() {
    let rate = 48_000.0;
    for release in [Release::Fixed(0.1), Release::Auto] {
        let mut clean = Decoupled::default();
        let mut console = FeedbackLoop::default();
        let clean_coefs = DecoupledCoefs::new(rate, 0.001, release, 0.0);
        let console_coefs = FeedbackCoefs::new(rate, 4.0, 0.001, release, 0.0);
        let mut steady = vec![7.5; 48_000];
        clean.process(&clean_coefs, [&mut steady]);
        assert!((steady[47_999] - 7.5).abs() < 1e-6, "{release:?}: {}", steady[47_999]);
        steady.fill(7.5);
        console.process(&console_coefs, [&mut steady]);
        assert!((steady[47_999] - 7.5).abs() < 1e-3, "{release:?}: {}", steady[47_999]);
        // 200 s: forty of the slowest time constants.
        for _ in 0..200 {
            steady.fill(0.0);
            clean.process(&clean_coefs, [&mut steady]);
            steady.fill(0.0);
            console.process(&console_coefs, [&mut steady]);
            clean.settle();
            console.settle();
        }
        assert_eq!((clean.reduction_db(0), console.reduction_db(0)), (0.0, 0.0), "{release:?}");
    }
}

#[test]
fn two_channels_are_two_single_ones() {
    let wanted = |seed: usize| (0..4_000).map(|n| ((n * seed) % 97) as f64 / 10.0).collect::<Vec<f64>>();
    let (a, b) = (wanted(31), wanted(53));
    for release in [Release::Fixed(0.3), Release::Auto] {
        let clean = DecoupledCoefs::new(48_000.0, 0.003, release, 0.005);
        let console = FeedbackCoefs::new(48_000.0, 10.0, 0.030, release, 0.001);
        let (mut a1, mut b1, mut a2, mut b2) = (a.clone(), b.clone(), a.clone(), b.clone());
        Decoupled::default().process(&clean, [&mut a1, &mut b1]);
        Decoupled::default().process(&clean, [&mut a2]);
        Decoupled::default().process(&clean, [&mut b2]);
        assert!(a1 == a2 && b1 == b2);
        FeedbackLoop::default().process(&console, [&mut a1, &mut b1]);
        FeedbackLoop::default().process(&console, [&mut a2]);
        FeedbackLoop::default().process(&console, [&mut b2]);
        assert!(a1 == a2 && b1 == b2);
    }
}

#[test]
fn held_peaks_read_a_tone_whatever_its_place_on_the_grid() {
    // 25 frequencies that no grid fits, from 12 samples a period: the largest sample alone would be up to 0.3 dB low.
    for k in 0..25 {
        let period = 12.0 + f64::from(k) * 1.377;
        let tone: Vec<f32> = (0..4_000).map(|n| (TAU * f64::from(n) / period).sin().abs() as f32).collect();
        let mut levels = vec![0.0; tone.len()];
        PeakHold::default().process(&tone, &mut levels, 40);
        for &level in &levels[50..] {
            let error_db = 20.0 * f64::from(level).log10();
            assert!(error_db.abs() < 0.03, "period {period}: {error_db} dB");
        }
    }
}

#[test]
fn a_hold_ends_after_its_time() {
    let click: Vec<f32> = (0..200).map(|n| if n == 10 { 1.0 } else { 0.0 }).collect();
    let mut levels = vec![0.0f32; 200];
    PeakHold::default().process(&click, &mut levels, 50);
    let held = levels.iter().filter(|&&level| level >= 1.0).count();
    assert!((51..=52).contains(&held), "{held}");
    assert_eq!(levels[199], 0.0);
}

#[test]
fn the_mean_square_reads_a_sine_as_its_peak() {
    let samples: Vec<f32> = (0..96_000).map(|n| 0.25 * (TAU * f64::from(n) * 997.0 / 48_000.0).sin() as f32).collect();
    let mut rms = vec![0.0; samples.len()];
    let coefficient = 1.0 - (-1.0f64 / (0.05 * 48_000.0)).exp();
    MeanSquare::default().process(&samples, &mut rms, coefficient);
    let level = 20.0 * rms[95_999].log10() + SINE_CREST_DB;
    assert!((level - 20.0 * 0.25f64.log10()).abs() < 0.01, "{level}");
}

#[test]
fn the_interpolator_finds_the_samples_between() {
    for factor in [2usize, 4, 8] {
        let mut unit = KeyInterpolator::new(64);
        unit.set_factor(factor);
        let delay = KeyInterpolator::latency_samples(factor);
        // Up to a third of the rate; 0.37 is where the pass band ends.
        for share in [0.001, 0.02, 0.1, 0.2, 0.33] {
            unit.reset();
            let input: Vec<f32> = (0..640).map(|n| (TAU * share * f64::from(n)).sin() as f32).collect();
            let mut output = vec![0.0; 640 * factor];
            for (i, o) in input.chunks(64).zip(output.chunks_mut(64 * factor)) {
                unit.process(i, o);
            }
            for (m, &y) in output.iter().enumerate().skip(40 * factor) {
                let exact = (TAU * share * (m as f64 / factor as f64 - delay as f64)).sin();
                assert!((f64::from(y) - exact).abs() < 2e-3, "factor {factor}, {share} at {m}: {y} {exact}");
            }
        }
    }
}

#[test]
fn the_decimator_keeps_a_steady_value_delays_exactly_and_never_overshoots() {
    for factor in [1usize, 2, 4, 8] {
        let mut unit = GainDecimator::new(64);
        unit.set_factor(factor);
        let delay = GainDecimator::latency_samples(factor);
        let (mut output, mut ramp) = (vec![0.0; 64], vec![0.0; 64]);
        let step: Vec<f64> = (0..64 * factor).map(|n| if n >= 20 * factor { 6.0 } else { 0.0 }).collect();
        unit.input_mut(64).copy_from_slice(&step);
        unit.process(&mut output);
        assert!(output.windows(2).all(|pair| pair[1] >= pair[0] - 1e-12), "factor {factor}: overshoot");
        assert!((output[63] - 6.0).abs() < 1e-12 && output[20 - 1].abs() < 1e-12);
        unit.reset();
        // A straight line comes out as the same line, later by the delay.
        let line: Vec<f64> = (0..64 * factor).map(|n| n as f64 / factor as f64).collect();
        unit.input_mut(64).copy_from_slice(&line);
        unit.process(&mut ramp);
        assert!((ramp[63] - (63 - delay) as f64).abs() < 1e-9, "factor {factor}: {}", ramp[63]);
    }
}
