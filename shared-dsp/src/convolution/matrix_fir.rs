//! A short FIR from two channels to two, whose taps are designed off the audio thread and cross-faded.

use std::sync::Arc;

use super::fir::{Line, SEGMENT_FRAMES};
use super::slot::KernelSlot;
use crate::Job;

/// Taps for each way from an input to an output. A way without taps is none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MatrixTaps {
    /// From left to left.
    pub left: Vec<f32>,
    /// From right to right.
    pub right: Vec<f32>,
    /// From left to right.
    pub left_to_right: Vec<f32>,
    /// From right to left.
    pub right_to_left: Vec<f32>,
}

/// Two channels through a matrix of short FIRs. `R` is what the taps are designed for, the sample rate among it where they
/// depend on it.
pub struct FadedMatrixFir<R> {
    slot: KernelSlot<R, MatrixTaps>,
    lines: [Line; 2],
}

impl<R: Copy + PartialEq + Send + 'static> FadedMatrixFir<R> {
    /// With the taps for `first`. `design` makes taps of a request, first the one for the newest sample; more than
    /// `max_taps` are not heard. It runs off the audio thread. Allocates.
    #[must_use]
    pub fn new(max_taps: usize, first: R, design: impl FnMut(&R) -> MatrixTaps + Send + 'static) -> Self {
        Self { slot: KernelSlot::new(first, design), lines: [Line::new(max_taps), Line::new(max_taps)] }
    }

    /// The work that [`Processor::jobs`](crate::Processor::jobs) hands to the shell.
    #[must_use]
    pub fn job(&self) -> Arc<dyn Job> {
        self.slot.job()
    }

    /// Fades last 20 ms at this rate.
    pub fn prepare(&mut self, sample_rate_hz: f64) {
        self.slot.set_sample_rate(sample_rate_hz);
    }

    /// Clears the memory, and wants the taps of `wanted` from the start; see [`KernelSlot::reset`]. Realtime-safe.
    pub fn reset(&mut self, wanted: R) {
        self.lines.iter_mut().for_each(Line::reset);
        self.slot.reset(wanted);
    }

    /// Wants the taps of `wanted`; at every control point. Realtime-safe.
    pub fn request(&mut self, wanted: R) {
        self.slot.request(wanted);
    }

    /// Whether the wanted taps are the only ones heard.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.slot.is_settled()
    }

    /// In place; in mono only the way from left to left is heard. Realtime-safe.
    pub fn process(&mut self, left: &mut [f32], right: Option<&mut [f32]>) {
        let mut right = right.unwrap_or_default();
        for left in left.chunks_mut(SEGMENT_FRAMES) {
            let (now, later) = right.split_at_mut(left.len().min(right.len()));
            right = later;
            self.segment(left, now);
        }
    }

    fn segment(&mut self, left: &mut [f32], right: &mut [f32]) {
        self.slot.arrive();
        let frames = left.len();
        let mut shares = [0.0; SEGMENT_FRAMES];
        let (taps, next) = self.slot.kernels(&mut shares[..frames]);
        let [first, second] = &mut self.lines;
        first.put(left);
        second.put(right);
        apply(taps, first, second, left, right);
        if let Some(next) = next {
            let mut faded = [[0.0; SEGMENT_FRAMES]; 2];
            let [faded_left, faded_right] = &mut faded;
            apply(next, first, second, &mut faded_left[..frames], &mut faded_right[..right.len()]);
            for (channel, faded) in [left, right].into_iter().zip(faded) {
                for ((y, next), share) in channel.iter_mut().zip(faded).zip(shares) {
                    *y = if share >= 1.0 { next } else { *y + (next - *y) * share };
                }
            }
        }
        first.advance(frames);
        second.advance(frames);
        self.slot.advance();
    }
}

fn apply(taps: &MatrixTaps, from_left: &Line, from_right: &Line, left: &mut [f32], right: &mut [f32]) {
    from_left.convolve(&taps.left, left);
    from_right.convolve(&taps.right, right);
    let mut across = [0.0; SEGMENT_FRAMES];
    let ways = [(&taps.right_to_left, from_right, &mut *left), (&taps.left_to_right, from_left, &mut *right)];
    for (taps, line, out) in ways {
        if taps.is_empty() || out.is_empty() {
            continue;
        }
        let across = &mut across[..out.len()];
        line.convolve(taps, across);
        out.iter_mut().zip(across).for_each(|(y, x)| *y += *x);
    }
}
