//! Signals in, sound out.

use limiter::processor::{Limiter, LimiterSettings, LookAhead};
use shared_dsp::{Io, Processor};

/// A limiter that is ready to run.
pub fn limiter(settings: &LimiterSettings, rate: f64, look_ahead_ms: f64, channels: usize) -> Limiter {
    let mut unit = Limiter::default();
    unit.prepare(rate, 8192, channels);
    unit.reset(settings, LookAhead::of_ms(look_ahead_ms));
    unit
}

/// Runs two channels through in blocks of `block`.
pub fn run(unit: &mut Limiter, left: &[f32], right: &[f32], block: usize) -> (Vec<f32>, Vec<f32>) {
    let (mut l, mut r) = (left.to_vec(), right.to_vec());
    for (a, b) in l.chunks_mut(block).zip(r.chunks_mut(block)) {
        unit.process(Io { left: a, right: Some(b), sidechain: None });
    }
    (l, r)
}
