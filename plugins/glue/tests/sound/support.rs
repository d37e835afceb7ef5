//! Signals in, measurements out.

use glue::processor::{Glue, GlueSettings};
use shared_dsp::{Io, Processor, Quality};
use std::f64::consts::TAU;

pub const QUALITIES: [Quality; 3] = [Quality::Live, Quality::Standard, Quality::High];
pub const RATES: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];

/// A glue that is ready to run.
pub fn glue(settings: &GlueSettings, rate: f64, quality: Quality, channels: usize) -> Glue {
    let mut unit = Glue::new();
    unit.prepare(rate, 8192, channels);
    unit.reset(settings, quality);
    unit
}

/// Runs one channel through in blocks of `block`.
pub fn run_mono(unit: &mut Glue, input: &[f32], block: usize) -> Vec<f32> {
    let mut out = input.to_vec();
    for chunk in out.chunks_mut(block) {
        unit.process(Io { left: chunk, right: None, sidechain: None });
    }
    out
}

/// Runs two channels through in blocks of `block`.
pub fn run_stereo(unit: &mut Glue, left: &[f32], right: &[f32], block: usize) -> (Vec<f32>, Vec<f32>) {
    let (mut l, mut r) = (left.to_vec(), right.to_vec());
    for (a, b) in l.chunks_mut(block).zip(r.chunks_mut(block)) {
        unit.process(Io { left: a, right: Some(b), sidechain: None });
    }
    (l, r)
}

/// A sine from phase zero, whose level in dB may change with time in seconds.
pub fn tone(rate: f64, hz: f64, frames: usize, level_db: impl Fn(f64) -> f64) -> Vec<f32> {
    (0..frames)
        .map(|n| {
            let t = n as f64 / rate;
            (10f64.powf(level_db(t) / 20.0) * (TAU * hz * t).sin()) as f32
        })
        .collect()
}

/// The complex amplitude at `hz`, by a plain Fourier sum over all of `x` (which should hold whole periods).
pub fn partial(x: &[f32], rate: f64, hz: f64) -> (f64, f64) {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, &v) in x.iter().enumerate() {
        let (sin, cos) = (TAU * hz * n as f64 / rate).sin_cos();
        re += f64::from(v) * cos;
        im += f64::from(v) * sin;
    }
    (2.0 * re / x.len() as f64, 2.0 * im / x.len() as f64)
}

pub fn amplitude(x: &[f32], rate: f64, hz: f64) -> f64 {
    let (re, im) = partial(x, rate, hz);
    re.hypot(im)
}

/// The reference law: Giannoulis, Massberg and Reiss (2012), equation 4, with the knee that Glue documents, 20 dB / R.
/// Returns the reduction for a level relative to the threshold.
pub fn law_reduction_db(over_db: f64, ratio: f64) -> f64 {
    let knee = 20.0 / ratio;
    let out = if 2.0 * over_db < -knee {
        over_db
    } else if 2.0 * over_db.abs() <= knee {
        over_db + (1.0 / ratio - 1.0) * (over_db + knee / 2.0).powi(2) / (2.0 * knee)
    } else {
        over_db / ratio
    };
    over_db - out
}

/// Reduction in dB over time, demodulated: the ratio of output and delayed input wherever the input is not near zero,
/// as pairs of (seconds since the start of the input, dB).
pub fn reduction_over_time(input: &[f32], output: &[f32], rate: f64, latency: usize) -> Vec<(f64, f64)> {
    let mut points = Vec::new();
    let mut peak = 1e-9f32;
    for (n, &x) in input.iter().enumerate() {
        // The local amplitude, so that quiet stretches count as well.
        peak = (peak * 0.995).max(x.abs());
        let Some(&y) = output.get(n + latency) else { break };
        if x.abs() > 0.3 * peak && x != 0.0 {
            points.push((n as f64 / rate, -20.0 * (f64::from(y) / f64::from(x)).abs().log10()));
        }
    }
    points
}

/// When the line through `points` from `after` on first crosses `level`, in seconds.
pub fn crossing(points: &[(f64, f64)], after: f64, level: f64) -> f64 {
    let mut last: Option<(f64, f64)> = None;
    for &(t, value) in points.iter().filter(|p| p.0 >= after) {
        if let Some((t0, v0)) = last
            && (v0 - level) * (value - level) <= 0.0
            && v0 != value
        {
            return t0 + (t - t0) * (level - v0) / (value - v0);
        }
        last = Some((t, value));
    }
    f64::NAN
}

/// The mean of the values within a span of time.
pub fn mean(points: &[(f64, f64)], from: f64, to: f64) -> f64 {
    let inside: Vec<f64> = points.iter().filter(|p| p.0 >= from && p.0 < to).map(|p| p.1).collect();
    inside.iter().sum::<f64>() / inside.len() as f64
}
