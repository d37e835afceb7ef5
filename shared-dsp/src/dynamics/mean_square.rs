//! The mean square of a level.

/// How far the peak of a sine lies above its RMS value: added to an RMS level so that both detectors read a sine alike.
pub const SINE_CREST_DB: f64 = 3.010_299_956_639_812;

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

    /// Writes the running RMS value of `samples` into `rms`, linear; `coefficient` is the
    /// [`smoothing_coefficient`](crate::math::smoothing_coefficient) of the time constant. Realtime-safe.
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
