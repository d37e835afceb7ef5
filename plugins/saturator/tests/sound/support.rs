//! Signals in, measurements out.

use saturator::processor::{Saturator, SaturatorSettings};
use shared_dsp::{Io, Processor, Quality};

pub const RATES: [f64; 4] = [44_100.0, 48_000.0, 96_000.0, 192_000.0];

/// A saturator that is ready to run.
pub fn saturator(settings: &SaturatorSettings, rate: f64, quality: Quality, channels: usize) -> Saturator {
    let mut unit = Saturator::new();
    unit.prepare(rate, 8192, channels);
    unit.reset(settings, quality);
    unit
}

/// Runs one channel through in blocks of `block`.
pub fn run_mono(unit: &mut Saturator, input: &[f32], block: usize) -> Vec<f32> {
    let mut out = input.to_vec();
    for chunk in out.chunks_mut(block) {
        unit.process(Io { left: chunk, right: None, sidechain: None });
    }
    out
}

/// Runs two channels through in blocks of `block`.
pub fn run_stereo(unit: &mut Saturator, left: &[f32], right: &[f32], block: usize) -> (Vec<f32>, Vec<f32>) {
    let (mut l, mut r) = (left.to_vec(), right.to_vec());
    for (a, b) in l.chunks_mut(block).zip(r.chunks_mut(block)) {
        unit.process(Io { left: a, right: Some(b), sidechain: None });
    }
    (l, r)
}
