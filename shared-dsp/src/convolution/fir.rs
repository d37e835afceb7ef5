//! A short FIR in direct form, whose taps are designed off the audio thread and cross-faded.

use super::slot::{KernelSlot, kernel_methods};
use crate::Io;

/// What is filtered and faded in one go, frames.
const SEGMENT_FRAMES: usize = 64;

/// Outputs that are summed side by side.
const LANES: usize = 16;

/// The past input of one channel, and the segment at work behind it.
#[derive(Debug)]
struct InputHistory {
    samples: Vec<f32>,
    history: usize,
}

impl InputHistory {
    fn new(max_taps: usize) -> Self {
        let history = max_taps.max(1) - 1;
        Self { samples: vec![0.0; history + SEGMENT_FRAMES], history }
    }

    fn reset(&mut self) {
        self.samples.fill(0.0);
    }

    fn push(&mut self, segment: &[f32]) {
        self.samples[self.history..self.history + segment.len()].copy_from_slice(segment);
    }

    fn advance(&mut self, frames: usize) {
        self.samples.copy_within(frames..frames + self.history, 0);
    }

    /// The segment, filtered. Every output is summed in the order of the taps, whatever its place.
    fn convolve(&self, taps: &[f32], out: &mut [f32]) {
        let Some((first, rest)) = taps[..taps.len().min(self.history + 1)].split_first() else {
            out.fill(0.0);
            return;
        };
        let sums = |at: usize, out: &mut [f32]| {
            let x = &self.samples[self.history + at..][..out.len()];
            // From the first product and not from zero, so that a single tap of one passes -0.0, too.
            out.iter_mut().zip(x).for_each(|(sum, x)| *sum = first * x);
            for (k, tap) in rest.iter().enumerate() {
                let x = &self.samples[self.history + at - k - 1..][..out.len()];
                out.iter_mut().zip(x).for_each(|(sum, x)| *sum += tap * x);
            }
        };
        let (wide, narrow) = out.as_chunks_mut::<LANES>();
        let tail = wide.len() * LANES;
        wide.iter_mut().enumerate().for_each(|(n, out)| sums(n * LANES, out));
        sums(tail, narrow);
    }
}

/// One or two channels through a short FIR. `R` is what the taps are designed for, the sample rate among it where they
/// depend on it.
pub struct FadedFir<R> {
    slot: KernelSlot<R, Vec<f32>>,
    inputs: [InputHistory; 2],
}

impl<R: Copy + PartialEq + Send + 'static> FadedFir<R> {
    /// With the taps for `first`. `design` makes taps of a request, first the one for the newest sample; more than
    /// `max_taps` are not used. It runs off the audio thread. Allocates.
    #[must_use]
    pub fn new(max_taps: usize, first: R, design: impl FnMut(&R) -> Vec<f32> + Send + 'static) -> Self {
        Self {
            slot: KernelSlot::new(first, design),
            inputs: [InputHistory::new(max_taps), InputHistory::new(max_taps)],
        }
    }

    kernel_methods!();

    /// Clears the memory, and wants the taps of `wanted` from the start; see [`KernelSlot::reset`]. Realtime-safe.
    pub fn reset(&mut self, wanted: R) {
        self.inputs.iter_mut().for_each(InputHistory::reset);
        self.slot.reset(wanted);
    }

    /// In place. Realtime-safe.
    pub fn process(&mut self, io: &mut Io<'_>) {
        let mut right = io.right.as_deref_mut().unwrap_or_default();
        for left in io.left.chunks_mut(SEGMENT_FRAMES) {
            let (now, later) = right.split_at_mut(left.len().min(right.len()));
            right = later;
            self.segment(left, now);
        }
    }

    fn segment(&mut self, left: &mut [f32], right: &mut [f32]) {
        self.slot.receive();
        let frames = left.len();
        let mut shares = [0.0; SEGMENT_FRAMES];
        let (taps, next) = self.slot.kernels(&mut shares[..frames]);
        for (input, channel) in self.inputs.iter_mut().zip([left, right]) {
            input.push(channel);
            input.convolve(taps, channel);
            if let Some(next) = next {
                let mut faded = [0.0; SEGMENT_FRAMES];
                input.convolve(next, &mut faded[..channel.len()]);
                for ((y, next), share) in channel.iter_mut().zip(faded).zip(shares) {
                    *y = if share >= 1.0 { next } else { *y + (next - *y) * share };
                }
            }
            input.advance(frames);
        }
        self.slot.advance();
    }
}
