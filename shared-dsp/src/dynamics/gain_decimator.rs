//! A reduction brought back to the audio's rate.

use fearless_simd::{Simd, f64x4, prelude::*};

use super::HIGHEST_FACTOR;
use crate::math::kaiser;
use crate::simd::{self, dispatch};

/// The smoothing kernel reaches this many samples of the audio's rate to either side: the delay.
const REACH: usize = 3;
/// Side lobes 75 dB down and falling.
const BETA: f64 = 10.0;

/// Brings a reduction in dB back to the audio's rate, smoothly, for one channel.
///
/// The kernel is Kaiser's window itself, all taps positive and of sum one: the result never leaves the range of what
/// goes in (no reduction turns into a boost beside an attack), and a steady reduction stays what it is. It blurs an
/// attack by 19 µs rms at 48 kHz. Above 0.56 of the audio's rate it is 75 dB down, so nothing folds back into what is
/// heard. Factor 1 is a plain copy.
#[derive(Debug, Clone)]
pub struct GainDecimator {
    factor: usize,
    kernel: Vec<f64>,
    line: Vec<f64>,
    max_frames: usize,
}

impl GainDecimator {
    /// Room for up to `max_frames` frames of the audio's rate a call. Allocates.
    #[must_use]
    pub fn new(max_frames: usize) -> Self {
        let reach = REACH * HIGHEST_FACTOR;
        Self {
            factor: 1,
            kernel: Vec::with_capacity(2 * reach),
            line: vec![0.0; 2 * reach + max_frames * HIGHEST_FACTOR],
            max_frames,
        }
    }

    /// Takes another factor (1, 2, 4 or 8) and clears the memory. Realtime-safe, some 10 µs.
    pub fn set_factor(&mut self, factor: usize) {
        self.factor = factor.clamp(1, HIGHEST_FACTOR);
        let reach = REACH * self.factor;
        self.kernel.clear();
        if self.factor > 1 {
            // 2 reach - 1 taps about a centre; the window's ends are no taps. One zero evens the length for vectors.
            self.kernel.extend((1..2 * reach).map(|k| kaiser(BETA, k as f64 / reach as f64 - 1.0)));
            let sum: f64 = self.kernel.iter().sum();
            self.kernel.iter_mut().for_each(|tap| *tap /= sum);
            self.kernel.insert(0, 0.0);
        }
        self.reset();
    }

    /// Clears the memory.
    pub fn reset(&mut self) {
        self.line.fill(0.0);
    }

    /// Takes the memory of another one of the same factor.
    pub fn copy_memory(&mut self, other: &Self) {
        let count = self.kernel.len().min(other.line.len());
        self.line[..count].copy_from_slice(&other.line[..count]);
    }

    /// Whether its memory holds no reduction, so that none comes out while none goes in.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.line[..self.kernel.len()].iter().all(|&x| x == 0.0)
    }

    /// The delay in samples of the audio's rate: 3, or 0 at factor 1.
    #[must_use]
    pub fn latency_samples(factor: usize) -> usize {
        if factor > 1 { REACH } else { 0 }
    }

    /// Where the next `factor` values for each of `frames` frames (at most `max_frames`) go in; [`process`](Self::process) reads
    /// them there.
    #[inline(always)]
    pub fn input_mut(&mut self, frames: usize) -> &mut [f64] {
        let (memory, frames) = (self.kernel.len(), frames.min(self.max_frames));
        &mut self.line[memory..memory + frames * self.factor]
    }

    /// Writes one value for each frame that has been put into [`input_mut`](Self::input_mut) to `output`. Realtime-safe.
    pub fn process(&mut self, output: &mut [f64]) {
        let frames = output.len().min(self.max_frames);
        let output = &mut output[..frames];
        let (memory, fresh) = (self.kernel.len(), frames * self.factor);
        dispatch!(simd::level(), simd => match self.factor {
            1 => output.copy_from_slice(&self.line[..frames]),
            2 => self.decimate::<_, { 4 * REACH }>(simd, output),
            4 => self.decimate::<_, { 8 * REACH }>(simd, output),
            _ => self.decimate::<_, { 16 * REACH }>(simd, output),
        });
        self.line.copy_within(fresh..fresh + memory, 0);
    }

    #[inline(always)]
    fn decimate<S: Simd, const MEMORY: usize>(&self, simd: S, output: &mut [f64]) {
        let Some((kernel, _)) = self.kernel.split_first_chunk::<MEMORY>() else { return };
        for (n, out) in output.iter_mut().enumerate() {
            // The kernel's centre, half the memory in, lies `reach` before the first value of this frame: a whole
            // number of frames back.
            let Some((window, _)) = self.line[n * self.factor..].split_first_chunk::<MEMORY>() else { return };
            let mut sums = f64x4::splat(simd, 0.0);
            for (taps, values) in kernel.as_chunks::<4>().0.iter().zip(window.as_chunks::<4>().0) {
                sums += f64x4::from_slice(simd, taps) * f64x4::from_slice(simd, values);
            }
            // In the order in which a vector folds.
            *out = (sums[0] + sums[2]) + (sums[1] + sums[3]);
        }
    }
}
