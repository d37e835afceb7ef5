//! Signals in, sound out.

use clipper::processor::{Clipper, ClipperSettings};
use shared_dsp::{Io, Processor, Quality};
use std::f64::consts::TAU;

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

/// Reproducible noise of ±`amplitude`, evenly spread.
pub fn noise(seed: u32, frames: usize, amplitude: f32) -> Vec<f32> {
    let mut state = seed;
    (0..frames)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            amplitude * (f64::from(state) / f64::from(u32::MAX) * 2.0 - 1.0) as f32
        })
        .collect()
}

/// A sine from phase zero.
pub fn sine(rate: f64, hz: f64, frames: usize, amplitude: f64) -> Vec<f32> {
    (0..frames).map(|n| (amplitude * (TAU * hz * n as f64 / rate).sin()) as f32).collect()
}
