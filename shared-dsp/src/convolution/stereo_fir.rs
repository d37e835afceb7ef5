//! A short FIR for two channels with taps of their own, in vectors.

use fearless_simd::{Simd, f64x2, f64x4, prelude::*};

use super::slot::{KernelSlot, kernel_methods};
use crate::simd::{self, dispatch};

/// What is filtered and faded in one go, frames.
const SEGMENT_FRAMES: usize = 64;
/// Frames that are summed side by side: as many sums as keep both multipliers of a core busy.
const GROUP: usize = 16;
/// Frames that gather before the history is moved to the front again. A long room would be moved less often, but each of many
/// instances would take its whole length through the cache.
const ROOM: usize = 2 * SEGMENT_FRAMES;
/// Vectors of two frames in a group.
const PAIRS: usize = GROUP / 2;
/// What all taps that are left out at either end may sum up to: -150 dB.
const NEGLIGIBLE: f64 = 3e-8;

/// The taps of two channels, ready to be used.
#[derive(Debug, Clone, PartialEq)]
pub struct StereoTaps {
    /// Zeros before the first tap.
    delay: usize,
    /// Each tap of both channels.
    taps: Vec<[f64; 2]>,
    /// From each channel to the other one.
    across: Option<Box<StereoTaps>>,
}

impl StereoTaps {
    /// Of these taps, the shorter ones with zeros behind them. Next to nothing at either end is left out. Allocates.
    #[must_use]
    pub fn new(channels: [&[f64]; 2]) -> Self {
        let length = channels.map(<[f64]>::len).into_iter().fold(1, usize::max);
        let tap = |n: usize| channels.map(|taps| taps.get(n).copied().unwrap_or(0.0));
        let size = |n: usize| tap(n).into_iter().fold(0.0_f64, |size, x| size.max(x.abs()));
        let left_out = |places: &mut dyn Iterator<Item = usize>| {
            let mut sum = 0.0;
            places
                .take_while(|&n| {
                    sum += size(n);
                    sum < NEGLIGIBLE
                })
                .count()
        };
        let after = left_out(&mut (1..length).rev());
        let delay = left_out(&mut (0..length - after - 1));
        let taps = (delay..length - after).map(tap).collect();
        Self { delay, taps, across: None }
    }

    /// With taps from the first channel to the second one and from the second to the first, too: what mid and side need on
    /// left and right. Allocates.
    #[must_use]
    pub fn with_across(self, across: [&[f64]; 2]) -> Self {
        Self { across: Some(Box::new(Self::new(across))), ..self }
    }

    /// No more than fit behind so many frames of history.
    fn bounded(mut self, history: usize) -> Self {
        self.delay = self.delay.min(history);
        self.taps.truncate(history + 1 - self.delay);
        self.across = self.across.map(|across| Box::new(across.bounded(history)));
        self
    }

    /// Whether it does nothing at all.
    fn is_wire(&self) -> bool {
        self.delay == 0 && self.taps == [[1.0; 2]] && self.across.is_none()
    }

    /// How many are used.
    #[must_use]
    #[allow(clippy::len_without_is_empty, reason = "there is at least one")]
    pub fn len(&self) -> usize {
        self.taps.len()
    }

    /// The segment, filtered. Every output is summed in the order of the taps, whatever its place. `line` has `history` frames
    /// before the segment and room for a group behind it.
    #[inline(always)]
    fn convolve<S: Simd>(&self, simd: S, line: &[[f64; 2]], history: usize, out: &mut [[f64; 2]]) {
        let Some((first, rest)) = self.taps.split_first() else { return };
        let first = twice(simd, first);
        for (group, out) in out.chunks_mut(GROUP).enumerate() {
            let newest = history + group * GROUP - self.delay;
            let mut sums = [first; PAIRS];
            // As arrays, whose length is known: one check a tap, and none a vector.
            let frames_from = |place: usize| line.get(place..).and_then(<[_]>::first_chunk::<GROUP>);
            let Some(x) = frames_from(newest) else { return };
            let x = x.as_flattened();
            for (pair, sum) in sums.iter_mut().enumerate() {
                // From the first product and not from zero, so that a single tap of one passes -0.0, too.
                *sum = first * f64x4::from_slice(simd, &x[4 * pair..4 * pair + 4]);
            }
            for (k, tap) in rest.iter().enumerate() {
                let tap = twice(simd, tap);
                let Some(x) = frames_from(newest - k - 1) else { return };
                let x = x.as_flattened();
                for (pair, sum) in sums.iter_mut().enumerate() {
                    *sum = tap.mul_add(f64x4::from_slice(simd, &x[4 * pair..4 * pair + 4]), *sum);
                }
            }
            if out.len() == GROUP {
                for (sum, out) in sums.iter().zip(out.as_flattened_mut().chunks_exact_mut(4)) {
                    sum.store_slice(out);
                }
                continue;
            }
            let mut frames = [[0.0; 2]; GROUP];
            for (sum, frames) in sums.iter().zip(frames.as_flattened_mut().chunks_exact_mut(4)) {
                sum.store_slice(frames);
            }
            out.copy_from_slice(&frames[..out.len()]);
        }
    }
}

/// A tap of both channels, for two frames.
#[inline(always)]
fn twice<S: Simd>(simd: S, tap: &[f64; 2]) -> f64x4<S> {
    let tap = f64x2::from_slice(simd, tap);
    tap.combine(tap)
}

/// Two channels through short FIRs, in `f64`. `R` is what the taps are designed for, the sample rate among it where they
/// depend on it. Taps are designed off the audio thread and cross-faded; see [`KernelSlot`].
pub struct FadedStereoFir<R> {
    slot: KernelSlot<R, StereoTaps>,
    /// History and what came since it was last moved to the front, room for a segment and for a group behind it.
    line: Vec<[f64; 2]>,
    history: usize,
    /// The newest frames of it that kernels use.
    kept: usize,
    /// Where the history begins.
    start: usize,
}

impl<R: Copy + PartialEq + Send + 'static> FadedStereoFir<R> {
    /// With the taps for `first`. `design` makes taps of a request, first the one for the newest sample, at most
    /// `max_taps` of them. It runs off the audio thread. Allocates.
    #[must_use]
    pub fn new(max_taps: usize, first: R, mut design: impl FnMut(&R) -> StereoTaps + Send + 'static) -> Self {
        let history = max_taps.max(1) - 1;
        let design = move |request: &R| design(request).bounded(history);
        let line = vec![[0.0; 2]; history + ROOM + GROUP];
        Self { slot: KernelSlot::new(first, design), line, history, kept: history, start: 0 }
    }

    kernel_methods!();

    /// Clears the memory, and wants the taps of `wanted` from the start; see [`KernelSlot::reset`]. Realtime-safe.
    pub fn reset(&mut self, wanted: R) {
        self.line.fill([0.0; 2]);
        self.start = 0;
        self.slot.reset(wanted);
    }

    /// Kernels have no more than so many taps until this is called again: at this rate, say. What is older is not kept, so that a
    /// longer one would sound wrong. Realtime-safe.
    pub fn limit_taps(&mut self, most_taps: usize) {
        self.kept = self.history.min(most_taps.max(1) - 1);
    }

    /// In place. Realtime-safe.
    pub fn process(&mut self, frames: &mut [[f64; 2]]) {
        for segment in frames.chunks_mut(SEGMENT_FRAMES) {
            self.segment(segment);
        }
    }

    fn segment(&mut self, frames: &mut [[f64; 2]]) {
        self.slot.receive();
        let count = frames.len();
        let mut shares = [0.0; SEGMENT_FRAMES];
        let (taps, next) = self.slot.kernels(&mut shares[..count]);
        if self.start + count > ROOM {
            let now = self.start + self.history;
            self.line.copy_within(now - self.kept..now, self.history - self.kept);
            self.start = 0;
        }
        let now = self.start + self.history;
        self.line[now..now + count].copy_from_slice(frames);
        let (line, history) = (&self.line[self.start..], self.history);
        let filter = |taps: &StereoTaps, out: &mut [[f64; 2]]| {
            if !taps.is_wire() {
                dispatch!(simd::level(), simd => taps.convolve(simd, line, history, out));
            }
            if let Some(across) = &taps.across {
                let mut crossed = [[0.0; 2]; SEGMENT_FRAMES];
                let crossed = &mut crossed[..out.len()];
                dispatch!(simd::level(), simd => across.convolve(simd, line, history, crossed));
                for (out, [first, second]) in out.iter_mut().zip(crossed) {
                    out[0] += *second;
                    out[1] += *first;
                }
            }
        };
        if let Some(next) = next {
            let mut faded = [[0.0; 2]; SEGMENT_FRAMES];
            let faded = &mut faded[..count];
            faded.copy_from_slice(frames);
            filter(next, faded);
            filter(taps, frames);
            for ((frame, next), share) in frames.iter_mut().zip(faded).zip(shares) {
                for (y, next) in frame.iter_mut().zip(next) {
                    *y = if share >= 1.0 { *next } else { *y + (*next - *y) * f64::from(share) };
                }
            }
        } else {
            filter(taps, frames);
        }
        self.start += count;
        self.slot.advance();
    }
}
