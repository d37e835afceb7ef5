//! First-order low and high pass, trapezoidal (Vadim Zavalishin, *The Art of VA Filter Design*, 2018, chapter 3).

use super::{Complex64, half_angle, prewarped};

/// Coefficients of a first-order filter; the same for every channel. Frequencies are held in 0.01 Hz..0.499 of the
/// rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OnePoleCoefs {
    g: f64,
    gain: f64,
    low: f64,
    direct: f64,
}

impl OnePoleCoefs {
    fn new(g: f64, direct: f64, low: f64) -> Self {
        Self { g, gain: g / (1.0 + g), low, direct }
    }

    /// Low pass, 6 dB/oct, -3.01 dB at `hz`.
    #[must_use]
    pub fn lowpass(sample_rate_hz: f64, hz: f64) -> Self {
        Self::new(prewarped(sample_rate_hz, hz), 0.0, 1.0)
    }

    /// High pass, 6 dB/oct, -3.01 dB at `hz`: the input less the low pass.
    #[must_use]
    pub fn highpass(sample_rate_hz: f64, hz: f64) -> Self {
        Self::new(prewarped(sample_rate_hz, hz), 1.0, -1.0)
    }

    /// The exact complex response at `hz` (0 to half the sample rate) when run at `sample_rate_hz`.
    #[must_use]
    pub fn response(&self, sample_rate_hz: f64, hz: f64) -> Complex64 {
        let (sin, cos) = half_angle(sample_rate_hz, hz);
        let gc = self.g * cos;
        self.direct + self.low * gc / Complex64::new(gc, sin)
    }
}

/// Memory of a first-order filter for `CH` channels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OnePoleState<const CH: usize> {
    integrator: [f64; CH],
}

impl<const CH: usize> Default for OnePoleState<CH> {
    fn default() -> Self {
        Self { integrator: [0.0; CH] }
    }
}

impl<const CH: usize> OnePoleState<CH> {
    /// Clears the memory.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// One sample of every channel. Realtime-safe.
    #[inline(always)]
    pub fn tick(&mut self, c: &OnePoleCoefs, x: [f64; CH]) -> [f64; CH] {
        let mut y = [0.0; CH];
        for ch in 0..CH {
            let v = c.gain * (x[ch] - self.integrator[ch]);
            let low = self.integrator[ch] + v;
            self.integrator[ch] = low + v;
            y[ch] = c.direct * x[ch] + c.low * low;
        }
        y
    }
}
