//! From any sample rate to any other, off the audio thread.

use std::f64::consts::PI;

use crate::math::kaiser;

/// Samples of the lower rate to either side that a sample is made of.
const REACH: usize = 80;
/// Kaiser's beta: images and aliases are 100 dB down.
const BETA: f64 = 10.0;
/// From where all passes to where nothing does, as a share of the lower rate: 20.2 kHz passes at 44.1 kHz.
const TRANSITION: f64 = 0.041;
/// The most kernels: ratios of common rates need 640 at most, and are exact; between those of other ratios it is interpolated.
const MOST_PHASES: u64 = 4096;
/// Input that is collected before what is used up of it is dropped.
const SPARE: usize = 8192;

/// Resamples stereo frames by a windowed sinc (Kaiser's window: J. F. Kaiser, *Nonrecursive digital filter design using the I0-sinh
/// window function*, 1974), without delay: the first frame out is the first frame in.
#[derive(Debug, Clone)]
pub struct Resampler {
    from_hz: u64,
    to_hz: u64,
    phases: u64,
    /// Taps of each of the kernels for `phases + 1` fractions from 0 to 1.
    kernels: Vec<Vec<f32>>,
    /// Input from `first` on.
    input: Vec<[f32; 2]>,
    /// The frame of the input that stands first, counted from `reach` frames of silence in front of it.
    first: u64,
    reach: usize,
    /// Frames taken and given.
    taken: u64,
    given: u64,
}

impl Resampler {
    /// From one rate to another, in Hz. Allocates and computes its kernels.
    #[must_use]
    pub fn new(from_hz: u32, to_hz: u32) -> Self {
        let (from_hz, to_hz) = (u64::from(from_hz.max(1)), u64::from(to_hz.max(1)));
        let phases = (to_hz / common_divisor(from_hz, to_hz)).min(MOST_PHASES);
        // Of the input's rate.
        let lower = (to_hz as f64 / from_hz as f64).min(1.0);
        let reach = (REACH as f64 / lower).ceil() as usize;
        let cut = (1.0 - TRANSITION) * lower;
        let kernel = |phase: u64| {
            let fraction = phase as f64 / phases as f64;
            let tap = |tap: usize| {
                let t = tap as f64 + 1.0 - reach as f64 - fraction;
                let sinc = if t == 0.0 { 1.0 } else { (PI * cut * t).sin() / (PI * cut * t) };
                if t.abs() < reach as f64 { cut * sinc * kaiser(BETA, t / reach as f64) } else { 0.0 }
            };
            let taps: Vec<f64> = (0..2 * reach).map(tap).collect();
            // Unity at DC for every phase, or DC would be modulated.
            let sum: f64 = taps.iter().sum();
            taps.iter().map(|tap| (tap / sum) as f32).collect()
        };
        let kernels = if from_hz == to_hz { Vec::new() } else { (0..=phases).map(kernel).collect() };
        let input = vec![[0.0; 2]; reach];
        Self { from_hz, to_hz, phases, kernels, input, first: 0, reach, taken: 0, given: 0 }
    }

    /// Takes frames and appends what they make to `output`.
    pub fn process(&mut self, frames: &[[f32; 2]], output: &mut Vec<[f32; 2]>) {
        if self.kernels.is_empty() {
            output.extend_from_slice(frames);
            return;
        }
        self.taken += frames.len() as u64;
        self.input.extend_from_slice(frames);
        self.give(u64::MAX, output);
    }

    /// Appends what is left at the end of the input: in all, as many frames as last as long as what was taken.
    pub fn finish(&mut self, output: &mut Vec<[f32; 2]>) {
        if self.kernels.is_empty() {
            return;
        }
        let total = (u128::from(self.taken) * u128::from(self.to_hz)).div_ceil(u128::from(self.from_hz)) as u64;
        self.input.extend(std::iter::repeat_n([0.0; 2], self.reach + 1));
        self.give(total, output);
    }

    fn give(&mut self, end: u64, output: &mut Vec<[f32; 2]>) {
        while self.given < end {
            let at = u128::from(self.given) * u128::from(self.from_hz);
            let whole = (at / u128::from(self.to_hz)) as u64;
            // With the silence in front, the first tap of this frame.
            let start = (whole + 1 - self.first) as usize;
            let Some(frames) = self.input.get(start..start + 2 * self.reach) else { break };
            let place = (at % u128::from(self.to_hz)) as f64 * self.phases as f64 / self.to_hz as f64;
            let phase = place as usize;
            let t = (place - phase as f64) as f32;
            let low = weighted(&self.kernels[phase], frames);
            output.push(if t == 0.0 {
                low
            } else {
                let high = weighted(&self.kernels[phase + 1], frames);
                [0, 1].map(|channel| low[channel] + t * (high[channel] - low[channel]))
            });
            self.given += 1;
            if start > SPARE {
                self.input.drain(..start);
                self.first += start as u64;
            }
        }
    }
}

/// The sum of frames by their taps.
fn weighted(taps: &[f32], frames: &[[f32; 2]]) -> [f32; 2] {
    let mut sums = [[0.0_f32; 2]; 4];
    for (taps, frames) in taps.chunks_exact(4).zip(frames.chunks_exact(4)) {
        for lane in 0..4 {
            sums[lane][0] += taps[lane] * frames[lane][0];
            sums[lane][1] += taps[lane] * frames[lane][1];
        }
    }
    let rest = taps.len() / 4 * 4;
    for (tap, frame) in taps[rest..].iter().zip(&frames[rest..]) {
        sums[0][0] += tap * frame[0];
        sums[0][1] += tap * frame[1];
    }
    [0, 1].map(|channel| (sums[0][channel] + sums[1][channel]) + (sums[2][channel] + sums[3][channel]))
}

fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}
