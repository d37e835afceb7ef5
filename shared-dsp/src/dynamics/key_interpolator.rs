//! A key signal at a multiple of the audio's rate.

use fearless_simd::{Simd, f32x8, prelude::*};

use super::HIGHEST_FACTOR;
use crate::math::kaiser;
use crate::simd::{self, dispatch};

/// Taps on each side of a new sample, at the audio's rate: this is the interpolator's delay in samples.
const HALF_TAPS: usize = 8;
const TAPS: usize = 2 * HALF_TAPS;
/// Stop band 65 dB at its edge and falling.
const BETA: f64 = 6.2;
/// Frames computed side by side.
const GROUP: usize = 8;

/// Raises the rate of a key signal by 1, 2, 4 or 8, linear phase, for one channel.
///
/// A windowed sinc (James F. Kaiser's window, *Nonrecursive digital filter design using the I0-sinh window function*,
/// 1974) whose every phase sums to one, so that a steady level stays one. Flat to 0.37 of the audio's rate, images 65
/// dB down from 0.63 and further above. Factor 1 is a plain copy without a delay.
#[derive(Debug, Clone)]
pub struct KeyInterpolator {
    factor: usize,
    /// One row of taps for each new sample between two old ones; the old ones are copied.
    phases: Vec<[f32; TAPS]>,
    /// The last `TAPS` samples, then the new ones, then room for a whole group.
    line: Vec<f32>,
    max_frames: usize,
}

impl KeyInterpolator {
    /// Room for up to `max_frames` frames a call. Allocates.
    #[must_use]
    pub fn new(max_frames: usize) -> Self {
        let mut unit = Self {
            factor: 1,
            phases: Vec::with_capacity(HIGHEST_FACTOR - 1),
            line: vec![0.0; TAPS + max_frames + GROUP],
            max_frames,
        };
        unit.set_factor(1);
        unit
    }

    /// Whether its memory is silent, so that silence comes out while silence goes in.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.line[..TAPS].iter().all(|&x| x == 0.0)
    }

    /// Takes another factor (1, 2, 4 or 8) and clears the memory. Realtime-safe, some 10 µs.
    pub fn set_factor(&mut self, factor: usize) {
        self.factor = factor.clamp(1, HIGHEST_FACTOR);
        self.phases.clear();
        for phase in 1..self.factor {
            let shift = phase as f64 / self.factor as f64;
            // Tap k meets the sample k - (HALF_TAPS - 1) places after the one that the phase follows.
            let mut taps: [f64; TAPS] = std::array::from_fn(|k| {
                let distance = k as f64 - (HALF_TAPS as f64 - 1.0) - shift;
                let angle = std::f64::consts::PI * distance;
                angle.sin() / angle * kaiser(BETA, distance / HALF_TAPS as f64)
            });
            let sum: f64 = taps.iter().sum();
            taps.iter_mut().for_each(|tap| *tap /= sum);
            self.phases.push(taps.map(|tap| tap as f32));
        }
        self.reset();
    }

    /// Clears the memory.
    pub fn reset(&mut self) {
        self.line.fill(0.0);
    }

    /// The delay in samples of the audio's rate: 8, or 0 at factor 1.
    #[must_use]
    pub fn latency_samples(factor: usize) -> usize {
        if factor > 1 { HALF_TAPS } else { 0 }
    }

    /// Writes `factor` times as many samples as `input` has (at most `max_frames`) into `output`. Realtime-safe.
    pub fn process(&mut self, input: &[f32], output: &mut [f32]) {
        let frames = input.len().min(self.max_frames).min(output.len() / self.factor);
        let (input, output) = (&input[..frames], &mut output[..frames * self.factor]);
        if self.factor == 1 {
            output.copy_from_slice(input);
            return;
        }
        self.line[TAPS..TAPS + frames].copy_from_slice(input);
        dispatch!(simd::level(), simd => match self.factor {
            2 => self.interpolate::<_, 1>(simd, output),
            4 => self.interpolate::<_, 3>(simd, output),
            _ => self.interpolate::<_, 7>(simd, output),
        });
        self.line.copy_within(frames..frames + TAPS, 0);
    }

    /// `NEW` samples between each two: factor - 1.
    #[inline(always)]
    fn interpolate<S: Simd, const NEW: usize>(&self, simd: S, output: &mut [f32]) {
        let Some((phases, _)) = self.phases.split_first_chunk::<NEW>() else { return };
        for (group, output) in output.chunks_mut((NEW + 1) * GROUP).enumerate() {
            // The last group may reach past the new samples into old ones: what it makes of them is not copied out.
            let start = group * GROUP + 1;
            let line = &self.line[start..start + TAPS + GROUP - 1];
            // The newest sample in the window is HALF_TAPS after the one that all phases follow.
            let mut streams = [f32x8::from_slice(simd, &line[HALF_TAPS - 1..][..GROUP]); HIGHEST_FACTOR];
            streams[1..=NEW].fill(f32x8::splat(simd, 0.0));
            for tap in 0..TAPS {
                // All phases meet a sample at once: it is loaded once, and the sums do not wait for each other.
                let x = f32x8::from_slice(simd, &line[tap..tap + GROUP]);
                for phase in 0..NEW {
                    streams[phase + 1] += x * phases[phase][tap];
                }
            }
            interleave::<S, NEW>(&mut streams);
            for (stream, output) in streams[..=NEW].iter().zip(output.chunks_mut(GROUP)) {
                if output.len() == GROUP {
                    stream.store_slice(output);
                } else {
                    output.copy_from_slice(&stream.as_slice()[..output.len()]);
                }
            }
        }
    }
}

/// Brings `NEW + 1` (a power of two) streams of [`GROUP`] samples into the order of time. A perfect shuffle, the first half
/// interleaved with the second, turns the bits of each sample's place by one; the streams' bits must come to the low end.
#[inline(always)]
fn interleave<S: Simd, const NEW: usize>(streams: &mut [f32x8<S>; HIGHEST_FACTOR]) {
    let half = NEW.div_ceil(2);
    for _ in 0..(NEW + 1).ilog2() {
        let before = *streams;
        for place in 0..half {
            streams[2 * place] = before[place].zip_low(before[place + half]);
            streams[2 * place + 1] = before[place].zip_high(before[place + half]);
        }
    }
}
