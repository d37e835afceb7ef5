//! What the level is.

/// How far the peak of a sine lies above its RMS value: added to an RMS level so that both detectors read a sine alike.
pub const SINE_CREST_DB: f64 = 3.010_299_956_639_812;

/// Two tops this close count as the same level: the next top of a steady tone must not fail by a rounding.
const ALIKE: f32 = 0.99;

/// Samples looked at side by side.
const GROUP: usize = 32;

/// A peak detector: full-wave rectified, with the tops between the samples filled in and held for a moment.
///
/// The top of a sine falls between two samples at a different place each time, so the largest sample beats with the
/// sampling grid: that is the aliasing of a rectifier. A parabola through a local maximum and its two neighbours finds
/// the top itself, to fourth order instead of second. It is known one sample late; the sample itself counts at once.
///
/// The hold keeps a reading for a fixed time unless a larger one comes, or a top that is as high but for 1 %, which
/// starts the time anew: tones above 1 / (2 hold) read as a steady level, so that an attack time means for them what
/// it means for a steady level.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PeakHold {
    before: f32,
    last: f32,
    held: f32,
    left_samples: u32,
}

impl PeakHold {
    /// Clears the memory.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// The reading now, linear.
    #[must_use]
    pub fn held(&self) -> f32 {
        self.held
    }

    /// Writes the held peaks of `rectified`, samples without their sign, into `peaks`. Realtime-safe.
    #[inline(always)]
    pub fn process(&mut self, rectified: impl Iterator<Item = f32>, peaks: &mut [f32], hold_samples: u32) {
        let Self { mut before, mut last, mut held, mut left_samples } = *self;
        let mut rectified = rectified;
        for out in peaks.chunks_mut(GROUP) {
            // First what needs no memory but the last two samples, in vectors: a branch on every top would often be
            // mispredicted.
            let mut window = [0.0f32; GROUP + 2];
            window[0] = before;
            window[1] = last;
            for (sample, now) in window[2..2 + out.len()].iter_mut().zip(rectified.by_ref()) {
                *sample = now;
            }
            let (mut tops, mut renewals) = ([0.0f32; GROUP], [0.0f32; GROUP]);
            for n in 0..GROUP {
                let (before, last, now) = (window[n], window[n + 1], window[n + 2]);
                // At a top both differences are not negative and one is positive, so the divisor is not zero.
                let lean = before - now;
                let top = last + lean * lean / (8.0 * ((last - before) + (last - now)));
                let is_top = (last > now) & (last >= before);
                tops[n] = if is_top { top } else { now };
                renewals[n] = if is_top { top * (1.0 / ALIKE) } else { now };
            }
            for ((out, &top), &renewal) in out.iter_mut().zip(&tops).zip(&renewals) {
                let renew = renewal >= held;
                held = if renew | (left_samples == 0) { top } else { held };
                left_samples = if renew { hold_samples } else { left_samples.saturating_sub(1) };
                *out = held;
            }
            before = window[out.len()];
            last = window[out.len() + 1];
        }
        *self = Self { before, last, held, left_samples };
    }
}

/// Below what [`level_db`](super::level_db) calls silence.
const QUIETEST_SQUARE: f64 = 1e-32;

/// A mean-square detector with one time constant. Feed it rectified or plain samples.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MeanSquare {
    mean_square: f64,
}

impl MeanSquare {
    /// Clears the memory.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Starts from this RMS value, as if it had lasted.
    pub fn start_at(&mut self, rms: f64) {
        self.mean_square = rms * rms;
    }

    /// Writes the running RMS value of `samples` into `rms`; `coefficient` is `1 - e^(-1 / (tau fs))`. Realtime-safe.
    #[inline(always)]
    pub fn process(&mut self, samples: &[f32], rms: &mut [f64], coefficient: f64) {
        let mut mean_square = self.mean_square;
        for (out, &x) in rms.iter_mut().zip(samples) {
            let x = f64::from(x);
            let next = mean_square + coefficient * (x * x - mean_square);
            // Keeps clear of subnormals, and NaN, for which the comparison fails, does not stay.
            mean_square = if next > QUIETEST_SQUARE { next } else { QUIETEST_SQUARE };
            *out = mean_square;
        }
        self.mean_square = mean_square;
        for out in rms.iter_mut() {
            *out = out.sqrt();
        }
    }
}
