//! A gain that is there before the peak.

use super::RunningMax;
use crate::simd::{self, dispatch};

/// Smooths a wanted gain reduction so that it is fully reached when its peak arrives, and comes and goes without a corner.
///
/// A running maximum holds each reduction for as long as a Hann window of unit sum takes to pass over it; while the window
/// lies inside the hold, the smoothed reduction is at least the wanted one. Reductions are linear: 0 leaves the signal
/// alone, 1 silences it, and the gain is one less the reduction, so that no reduction is a gain of exactly one.
#[derive(Debug, Clone)]
pub struct LookAhead {
    /// The window, newest first; `smoothing + 1` taps are in use.
    window: Vec<f32>,
    smoothing_samples: usize,
    hold_samples: usize,
    maxima: RunningMax,
    /// The held reductions, newest last, and room for a block.
    held: Vec<f32>,
    /// Samples since a reduction was last held.
    quiet_samples: usize,
}

/// Samples handled at once.
const CHUNK: usize = 64;

impl LookAhead {
    /// With room for `max_smoothing_samples` of window and `max_plateau_samples` of plateau; takes both. Allocates.
    #[must_use]
    pub fn new(max_smoothing_samples: usize, max_plateau_samples: usize) -> Self {
        let mut new = Self {
            window: vec![0.0; max_smoothing_samples + 1],
            smoothing_samples: 0,
            hold_samples: 1,
            maxima: RunningMax::new(max_smoothing_samples + max_plateau_samples + 1),
            held: vec![0.0; max_smoothing_samples + CHUNK],
            quiet_samples: 0,
        };
        new.select(max_smoothing_samples, max_plateau_samples);
        new
    }

    /// Takes other lengths, held to the room there is, and clears the memory. A reduction that goes in at sample `t` is
    /// fully there at the samples from `t + smoothing` to `t + smoothing + plateau`. Realtime-safe.
    pub fn select(&mut self, smoothing_samples: usize, plateau_samples: usize) {
        self.smoothing_samples = smoothing_samples.min(self.window.len() - 1);
        self.hold_samples = (self.smoothing_samples + plateau_samples + 1).min(self.maxima.max_window_samples());
        let taps = self.smoothing_samples + 1;
        let shape = |k: usize| (std::f64::consts::PI * (k + 1) as f64 / (taps + 1) as f64).sin().powi(2);
        let sum: f64 = (0..taps).map(shape).sum();
        for (k, tap) in self.window[..taps].iter_mut().enumerate() {
            *tap = (shape(k) / sum) as f32;
        }
        self.reset();
    }

    /// Clears the memory. Realtime-safe.
    pub fn reset(&mut self) {
        self.maxima.reset();
        self.held.fill(0.0);
        self.quiet_samples = self.smoothing_samples;
    }

    /// How long after a reduction has gone in it is fully there, in samples.
    #[must_use]
    pub fn delay_samples(&self) -> usize {
        self.smoothing_samples
    }

    /// Wanted reductions in, smoothed ones out, in place. Whether any of those out is above zero. Any block split gives
    /// the same numbers. Realtime-safe.
    pub fn process(&mut self, reductions: &mut [f32]) -> bool {
        let mut any = false;
        for chunk in reductions.chunks_mut(CHUNK) {
            any |= self.chunk(chunk);
        }
        any
    }

    fn chunk(&mut self, reductions: &mut [f32]) -> bool {
        let (past, frames) = (self.smoothing_samples, reductions.len());
        if self.quiet_samples >= past && reductions.iter().all(|&reduction| reduction == 0.0) {
            // The hold and the window are over nothing but zeros, and stay there.
            self.maxima.reset();
            return false;
        }
        for (n, &reduction) in reductions.iter().enumerate() {
            let [held] = self.maxima.push(reduction, [self.hold_samples]);
            self.held[past + n] = held;
            self.quiet_samples = if held > 0.0 { 0 } else { self.quiet_samples.saturating_add(1) };
        }
        // Beyond the window's length nothing but zeros is under it.
        let any = self.quiet_samples < past + frames;
        if any {
            // The window is symmetric.
            let (window, held) = (&self.window[..=past], &self.held[..past + frames]);
            dispatch!(simd::level(), _ => smooth(window, held, reductions));
        } else {
            reductions.fill(0.0);
        }
        self.held.copy_within(frames..frames + past, 0);
        any
    }
}

/// Partial sums, each over every so-manieth product; and outputs side by side.
const LANES: usize = 8;

/// `out[n]` is the sum of `window[k] * x[n + k]`, in one order whatever the place in a block.
#[inline(always)]
fn smooth(window: &[f32], x: &[f32], out: &mut [f32]) {
    let (groups, rest) = out.as_chunks_mut::<LANES>();
    let grouped = groups.len() * LANES;
    for (place, group) in groups.iter_mut().enumerate() {
        *group = dots(window, &x[place * LANES..]);
    }
    for (n, out) in rest.iter_mut().enumerate() {
        [*out] = dots(window, &x[grouped + n..]);
    }
}

/// Neighbouring outputs.
#[inline(always)]
fn dots<const OUT: usize>(window: &[f32], x: &[f32]) -> [f32; OUT] {
    let add = |sum: &mut [f32; OUT], tap: f32, at: usize| {
        for (sum, x) in sum.iter_mut().zip(&x[at..at + OUT]) {
            *sum += tap * x;
        }
    };
    let (whole, rest) = window.as_chunks::<LANES>();
    let mut sums = [[0.0_f32; OUT]; LANES];
    for (place, taps) in whole.iter().enumerate() {
        for lane in 0..LANES {
            add(&mut sums[lane], taps[lane], place * LANES + lane);
        }
    }
    let mut rest_sum = [0.0_f32; OUT];
    for (lane, &tap) in rest.iter().enumerate() {
        add(&mut rest_sum, tap, whole.len() * LANES + lane);
    }
    let [mut all, others @ ..] = sums;
    for sum in others.iter().chain([&rest_sum]) {
        for n in 0..OUT {
            all[n] += sum[n];
        }
    }
    all
}
