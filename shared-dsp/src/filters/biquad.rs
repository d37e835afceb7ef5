//! Second-order section given by its coefficients, for filters that a standard publishes that way (BS.1770).

use super::Complex64;

/// `(b0 + b1 z^-1 + b2 z^-2) / (1 + a1 z^-1 + a2 z^-2)`; the same for every channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BiquadCoefs {
    /// Numerator, b0 to b2.
    pub b: [f64; 3],
    /// Denominator, a1 and a2; a0 is 1.
    pub a: [f64; 2],
}

impl BiquadCoefs {
    /// From `b0, b1, b2` and `a0, a1, a2`, divided by `a0` (which must not be zero).
    #[must_use]
    pub fn normalised(b: [f64; 3], a: [f64; 3]) -> Self {
        Self { b: b.map(|b| b / a[0]), a: [a[1] / a[0], a[2] / a[0]] }
    }

    /// The exact complex response at `hz` (0 to half the sample rate) when run at `sample_rate_hz`.
    #[must_use]
    pub fn response(&self, sample_rate_hz: f64, hz: f64) -> Complex64 {
        let z1 = Complex64::cis(-std::f64::consts::TAU * hz / sample_rate_hz);
        let z2 = z1 * z1;
        (self.b[0] + self.b[1] * z1 + self.b[2] * z2) / (1.0 + self.a[0] * z1 + self.a[1] * z2)
    }
}

/// Memory of one section for `CH` channels, transposed direct form II. Not for coefficients that move: see
/// [`GlidingFilter`](crate::glide::GlidingFilter) of a state-variable filter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BiquadState<const CH: usize> {
    s1: [f64; CH],
    s2: [f64; CH],
}

impl<const CH: usize> Default for BiquadState<CH> {
    fn default() -> Self {
        Self { s1: [0.0; CH], s2: [0.0; CH] }
    }
}

impl<const CH: usize> BiquadState<CH> {
    /// Clears the memory.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// One sample of every channel. Realtime-safe.
    #[inline(always)]
    pub fn tick(&mut self, c: &BiquadCoefs, x: [f64; CH]) -> [f64; CH] {
        let mut y = [0.0; CH];
        for ch in 0..CH {
            y[ch] = c.b[0] * x[ch] + self.s1[ch];
            self.s1[ch] = c.b[1] * x[ch] - c.a[0] * y[ch] + self.s2[ch];
            self.s2[ch] = c.b[2] * x[ch] - c.a[1] * y[ch];
        }
        y
    }
}
