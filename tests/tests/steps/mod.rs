//! Steps of a tone's level, and how fast a gain follows them.

use testkit::analysis::db;
use testkit::signals::gain;

/// 1 - 1/e.
pub const SHARE: f64 = 0.632_120_558_828_557_7;

/// A sine whose level follows `level_db` of the time in seconds; phase 0 at the start.
pub fn tone(rate: f64, hz: f64, seconds: f64, level_db: impl Fn(f64) -> f64) -> Vec<f32> {
    let frames = (seconds * rate).round() as usize;
    (0..frames)
        .map(|n| {
            let t = n as f64 / rate;
            (gain(level_db(t)) * (std::f64::consts::TAU * hz * t).sin()) as f32
        })
        .collect()
}

/// Reduction over time in dB, where the tone is not near zero: (seconds, dB).
pub fn reduction(
    input: &[f32],
    output: &[f32],
    rate: f64,
    latency: usize,
    envelope: impl Fn(f64) -> f64,
) -> Vec<(f64, f64)> {
    input
        .iter()
        .zip(&output[latency..])
        .enumerate()
        .map(|(n, (&x, &y))| (n as f64 / rate, x, y))
        .filter(|&(t, x, _)| f64::from(x).abs() > 0.3 * gain(envelope(t)))
        .map(|(t, x, y)| (t, -db(f64::from(y) / f64::from(x))))
        .collect()
}

/// The same where input and output need not be in phase: of the amplitudes over each period, a whole number of samples, around a
/// frame. Where a step falls into the period there is no point.
pub fn demodulated(
    input: &[f32],
    output: &[f32],
    rate: f64,
    latency: usize,
    period: usize,
    step_s: f64,
) -> Vec<(f64, f64)> {
    let amplitude = |period: &[f32]| {
        let turned = period.iter().enumerate().map(|(n, &x)| {
            let (sin, cos) = (std::f64::consts::TAU * n as f64 / period.len() as f64).sin_cos();
            [f64::from(x) * cos, f64::from(x) * sin]
        });
        let [re, im] = turned.fold([0.0; 2], |sum, x| [sum[0] + x[0], sum[1] + x[1]]);
        f64::hypot(re, im)
    };
    input
        .windows(period)
        .zip(output[latency..].windows(period))
        .enumerate()
        .map(|(n, (x, y))| ((n as f64 + 0.5 * (period - 1) as f64) / rate, x, y))
        .filter(|(t, ..)| (t - step_s).abs() > 0.5 * period as f64 / rate)
        .map(|(t, x, y)| (t, -db(amplitude(y) / amplitude(x))))
        .collect()
}

/// When the reduction first crosses `level` after `after`, in seconds, by the line between two points.
pub fn crossing(points: &[(f64, f64)], after: f64, level: f64) -> f64 {
    let later: Vec<_> = points.iter().filter(|point| point.0 >= after).collect();
    later
        .windows(2)
        .find(|pair| (pair[0].1 - level) * (pair[1].1 - level) <= 0.0 && pair[0].1 != pair[1].1)
        .map(|pair| pair[0].0 + (pair[1].0 - pair[0].0) * (level - pair[0].1) / (pair[1].1 - pair[0].1))
        .unwrap_or(f64::NAN)
}

/// The mean of the points from one time to another, both in seconds.
pub fn mean(points: &[(f64, f64)], from: f64, to: f64) -> f64 {
    let inside: Vec<f64> = points.iter().filter(|p| p.0 >= from && p.0 < to).map(|p| p.1).collect();
    inside.iter().sum::<f64>() / inside.len() as f64
}

/// The detector's own delay, which an attack to 10 dB over the threshold is timed without: a tone that starts at zero is seen at its
/// level only a quarter of a period later; the mean reduction missing over that quarter, as a time. `law` is the reduction in dB for
/// a level in dB over the threshold.
pub fn onset_s(hz: f64, law: impl Fn(f64) -> f64) -> f64 {
    let full = law(10.0);
    let missing = |k: usize| {
        let angle = (k as f64 + 0.5) / 2000.0 * std::f64::consts::FRAC_PI_2;
        1.0 - law(10.0 + db(angle.sin())) / full
    };
    (0..2000).map(missing).sum::<f64>() / 2000.0 * 0.25 / hz
}
