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
            mean_square = next(mean_square, x, coefficient);
            *out = mean_square;
        }
        self.mean_square = mean_square;
        rms.iter_mut().for_each(|out| *out = out.sqrt());
    }

    /// The same for two channels of one length at once: each sample waits for the one before, so two cost hardly more than one.
    #[inline(always)]
    pub fn process_pair(units: &mut [Self; 2], samples: [&[f32]; 2], rms: [&mut [f64]; 2], coefficient: f64) {
        let [mut first, mut second] = [units[0].mean_square, units[1].mean_square];
        let [first_rms, second_rms] = rms;
        let inputs = samples[0].iter().zip(samples[1]);
        for ((a, b), (&x, &y)) in first_rms.iter_mut().zip(second_rms.iter_mut()).zip(inputs) {
            (first, second) = (next(first, x, coefficient), next(second, y, coefficient));
            (*a, *b) = (first, second);
        }
        (units[0].mean_square, units[1].mean_square) = (first, second);
        for rms in [first_rms, second_rms] {
            rms.iter_mut().for_each(|out| *out = out.sqrt());
        }
    }
}

#[inline(always)]
fn next(mean_square: f64, x: f32, coefficient: f64) -> f64 {
    let x = f64::from(x);
    let next = mean_square + coefficient * (x * x - mean_square);
    // Keeps clear of subnormals, and NaN, for which the comparison fails, does not stay.
    if next > QUIETEST_SQUARE { next } else { QUIETEST_SQUARE }
}
