//! Signals in, sound out.

use clipper::processor::{Clipper, ClipperSettings};
use shared_dsp::{Io, Processor, Quality};

/// A clipper that is ready to run.
pub fn clipper(settings: &ClipperSettings, rate: f64, quality: Quality, channels: usize) -> Clipper {
    let mut unit = Clipper::new();
    unit.prepare(rate, 8192, channels);
    unit.reset(settings, quality);
    unit
}

/// Runs two channels through in blocks of `block`.
pub fn run(unit: &mut Clipper, left: &[f32], right: &[f32], block: usize) -> (Vec<f32>, Vec<f32>) {
    let (mut l, mut r) = (left.to_vec(), right.to_vec());
    for (a, b) in l.chunks_mut(block).zip(r.chunks_mut(block)) {
        unit.process(Io { left: a, right: Some(b), sidechain: None });
    }
    (l, r)
}
