//! A gain that is there before the peak.

use super::RunningMax;

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
            let held = self.maxima.push(reduction, self.hold_samples);
            self.held[past + n] = held;
            self.quiet_samples = if held > 0.0 { 0 } else { self.quiet_samples.saturating_add(1) };
        }
        // Beyond the window's length nothing but zeros is under it.
        let any = self.quiet_samples < past + frames;
        if any {
            let window = &self.window[..=past];
            for (n, reduction) in reductions.iter_mut().enumerate() {
                // In lanes, so that it runs in vectors; the window is symmetric.
                *reduction = dot(window, &self.held[n..=n + past]);
            }
        } else {
            reductions.fill(0.0);
        }
        self.held.copy_within(frames..frames + past, 0);
        any
    }
}

/// Summed in one order, whatever the place in a block.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    const LANES: usize = 8;
    let mut sums = [0.0_f32; LANES];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}
