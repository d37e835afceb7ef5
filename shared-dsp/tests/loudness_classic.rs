//! The classic meters against the tables of their standards.

use shared_dsp::loudness::{KScale, ProgrammeMeter, VuNeedle};
use std::f64::consts::PI;
use testkit::analysis::larger;

fn sine(hz: f64, level_dbfs: f64, seconds: f64, phase: f64) -> Vec<f32> {
    let amplitude = 10f64.powf(level_dbfs / 20.0);
    (0..(seconds * 48e3) as usize)
        .map(|n| (amplitude * (2.0 * PI * hz * n as f64 / 48e3 + phase).sin()) as f32)
        .collect()
}

#[test]
fn the_vu_needle_keeps_to_iec_60268_17() {
    // 99 % of a step after 300 ms ± 10 %, then 1 to 1.5 % of overshoot; the same back.
    for period_s in [0.001, 0.01] {
        let mut needle = VuNeedle::new(period_s);
        let mut reached_s = None;
        let mut most = f64::NEG_INFINITY;
        for step in 1..=(1.5 / period_s) as usize {
            needle.step(0.1);
            let share = 10f64.powf(needle.sine_dbfs() / 20.0) / (0.1 * PI / 2.0);
            if share >= 0.99 && reached_s.is_none() {
                reached_s = Some(step as f64 * period_s);
            }
            most = larger(most, share - 1.0);
        }
        let reached_s = reached_s.unwrap();
        assert!((0.27..=0.33).contains(&reached_s), "99 % after {reached_s} s");
        assert!((0.010..=0.015).contains(&most), "overshoot {:.2} %", 100.0 * most);
    }
    // Calibrated in sines, and reading the mean of the magnitude for anything else: a square wave of the same peak
    // stands 3.92 dB higher.
    let mut meter = ProgrammeMeter::new(48_000.0);
    let tone = sine(1000.0, -18.0, 3.0, 0.0);
    let square: Vec<f32> = tone.iter().map(|x| x.signum() * 10f32.powf(-18.0 / 20.0)).collect();
    meter.process(&tone, Some(&square));
    let [left, right] = meter.live().vu_dbfs;
    // 48 samples a period leave 0.012 dB between the mean of the samples and that of the waveform.
    assert!((left + 18.0).abs() < 0.02, "{left}");
    assert!((right + 18.0 - 20.0 * (PI / 2.0).log10()).abs() < 0.05, "{right}");
    // Frequency does not matter: 35 Hz to 10 kHz within 0.5 dB (IEC), here within 0.1.
    for hz in [35.0, 100.0, 5_000.0, 10_000.0] {
        meter.reset();
        let tone = sine(hz, -18.0, 3.0, 0.0);
        meter.process(&tone, Some(&tone));
        assert!((meter.live().vu_dbfs[0] + 18.0).abs() < 0.1, "{hz} Hz: {}", meter.live().vu_dbfs[0]);
    }
}

#[test]
fn k_system_zero_is_where_katz_put_it() {
    // A sine of -20, -14 or -12 dBFS (peak) reads 0 on the scale of that name.
    let mut meter = ProgrammeMeter::new(48_000.0);
    for (scale, level) in [(KScale::K20, -20.0), (KScale::K14, -14.0), (KScale::K12, -12.0)] {
        meter.reset();
        let tone = sine(1000.0, level, 1.0, 0.0);
        meter.process(&tone, Some(&tone));
        let reading = scale.reading_db(meter.live().rms_dbfs[0]);
        assert!(reading.abs() < 0.01, "{scale:?}: {reading}");
    }
    // 600 ms: a burst half as long reads 3.01 dB less.
    meter.reset();
    let mut burst = sine(1000.0, -20.0, 0.3, 0.0);
    burst.splice(0..0, vec![0.0; 48_000]);
    meter.process(&burst, None);
    let reading = KScale::K20.reading_db(meter.live().rms_dbfs[0]);
    assert!((reading + 3.01).abs() < 0.05, "{reading}");
}

#[test]
fn correlation_and_balance_by_definition() {
    let mut meter = ProgrammeMeter::new(48_000.0);
    let left = sine(1000.0, -6.0, 2.0, 0.0);
    // The correlation of two sines is the cosine of their angle.
    for degrees in [0.0_f64, 30.0, 60.0, 90.0, 135.0, 180.0] {
        meter.reset();
        let right = sine(1000.0, -9.0, 2.0, degrees.to_radians());
        meter.process(&left, Some(&right));
        meter.finish();
        let (live, whole) = (meter.live(), meter.readings());
        let want = degrees.to_radians().cos();
        assert!((live.correlation - want).abs() < 1e-3, "{degrees}°: {}", live.correlation);
        assert!((whole.correlation.unwrap() - want).abs() < 1e-3, "{degrees}°: {:?}", whole.correlation);
        assert!((live.balance_db + 3.0).abs() < 0.01 && (whole.balance_db.unwrap() + 3.0).abs() < 0.01);
    }
    // One channel alone, mono, and silence.
    meter.reset();
    meter.process(&left, Some(&vec![0.0; left.len()]));
    let alone = meter.readings();
    assert_eq!((alone.correlation, alone.balance_db), (None, Some(-120.0)));
    assert!((alone.mono_sum_loss_db.unwrap() - 3.0103).abs() < 1e-3);
    meter.reset();
    meter.process(&[0.0; 48_000], Some(&[0.0; 48_000]));
    assert_eq!((meter.live().correlation, meter.live().balance_db, meter.live().low_end_width), (0.0, 0.0, 0.0));
    let mut mono = ProgrammeMeter::new(48_000.0);
    mono.process(&left, None);
    assert_eq!((mono.readings().correlation, mono.live().correlation), (Some(1.0), 1.0));
    assert_eq!((mono.readings().low_end_width, mono.live().rms_dbfs[0]), (Some(0.0), mono.live().rms_dbfs[1]));
}

#[test]
fn the_low_end_has_a_width_of_its_own() {
    let mut meter = ProgrammeMeter::new(48_000.0);
    let low = sine(50.0, -12.0, 3.0, 0.0);
    let high = sine(3000.0, -6.0, 3.0, 0.0);
    let sum = |a: f32, b: f32| -> Vec<f32> { low.iter().zip(&high).map(|(l, h)| a * l + b * h).collect() };
    // The treble in opposite phase says nothing of a low end that is mono, in one channel, or in opposite phase itself.
    for (right_low, want) in [(1.0, 0.0), (0.0, 0.5), (-1.0, 1.0)] {
        meter.reset();
        meter.process(&sum(1.0, 1.0), Some(&sum(right_low, -1.0)));
        meter.finish();
        let width = meter.readings().low_end_width.unwrap();
        assert!((width - want).abs() < 0.01, "right at {right_low}: {width}");
        assert!((meter.live().low_end_width - want).abs() < 0.01);
    }
}
