//! Signals in, measurements out.

use std::f64::consts::TAU;

use realfft::RealFftPlanner;
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

/// A sine from phase zero.
pub fn sine(rate: f64, hz: f64, peak: f64, frames: usize) -> Vec<f32> {
    (0..frames).map(|n| (peak * (TAU * hz * n as f64 / rate).sin()) as f32).collect()
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

/// Powers of the bins of a coherent signal.
pub fn powers(signal: &[f32]) -> Vec<f64> {
    let fft = RealFftPlanner::<f64>::new().plan_fft_forward(signal.len());
    let mut input: Vec<f64> = signal.iter().map(|&x| f64::from(x)).collect();
    let mut bins = fft.make_output_vec();
    fft.process(&mut input, &mut bins).expect("the buffers are the plan's own");
    bins.iter().map(|bin| bin.norm_sqr()).collect()
}
