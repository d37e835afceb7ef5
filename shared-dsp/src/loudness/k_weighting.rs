//! The K-weighting of BS.1770: a high shelf for the head, then a high-pass.

use crate::filters::BiquadCoefs;
use realfft::num_complex::Complex64;
use std::f64::consts::PI;

/// The two sections of the K-weighting at one sample rate.
///
/// BS.1770-5 tabulates them at 48 kHz only. The analogue prototypes behind the table (found by the authors of libebur128)
/// give it back to 1e-14 and stay within 0.04 dB of it up to 192 kHz.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KWeighting {
    sample_rate_hz: f64,
    shelf: BiquadCoefs,
    high_pass: BiquadCoefs,
}

impl KWeighting {
    /// The weighting at `sample_rate_hz`. A rate that is no rate (not finite, or below 8 kHz) is taken as 8 kHz.
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        let rate = super::sub_block::usable_rate(sample_rate_hz);

        let k = (PI * 1_681.974_450_955_533 / rate).tan();
        let q = 0.707_175_236_955_419_6;
        let vh = 10f64.powf(3.999_843_853_973_347 / 20.0);
        let vb = vh.powf(0.499_666_774_154_541_6);
        let a0 = 1.0 + k / q + k * k;
        let shelf = BiquadCoefs {
            b: [(vh + vb * k / q + k * k) / a0, 2.0 * (k * k - vh) / a0, (vh - vb * k / q + k * k) / a0],
            a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0],
        };

        let k = (PI * 38.135_470_876_024_44 / rate).tan();
        let q = 0.500_327_037_323_877_3;
        let a0 = 1.0 + k / q + k * k;
        // The standard leaves this numerator un-normalised: its gain at the top is not quite one, and belongs to it.
        let high_pass = BiquadCoefs { b: [1.0, -2.0, 1.0], a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0] };

        Self { sample_rate_hz: rate, shelf, high_pass }
    }

    /// The high shelf, first in order.
    #[must_use]
    pub fn shelf(&self) -> BiquadCoefs {
        self.shelf
    }

    /// The high-pass, second in order.
    #[must_use]
    pub fn high_pass(&self) -> BiquadCoefs {
        self.high_pass
    }

    /// The complex gain at `hz`.
    #[must_use]
    pub fn response(&self, hz: f64) -> Complex64 {
        self.shelf.response(self.sample_rate_hz, hz) * self.high_pass.response(self.sample_rate_hz, hz)
    }

    /// The gain at `hz` in dB.
    #[must_use]
    pub fn response_db(&self, hz: f64) -> f64 {
        crate::math::gain_to_db(self.response(hz).norm())
    }
}

/// The K-weighting running on `LANES` channels at once, in f64 and transposed direct form II.
///
/// The channels are lanes of an array so that the compiler puts them into one vector: a recursive filter cannot be
/// vectorised along time, and this way four channels cost what one does.
#[derive(Debug, Clone)]
pub struct KFilter<const LANES: usize> {
    weighting: KWeighting,
    state: [[f64; LANES]; 4],
}

impl<const LANES: usize> KFilter<LANES> {
    /// A filter at rest.
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        Self { weighting: KWeighting::new(sample_rate_hz), state: [[0.0; LANES]; 4] }
    }

    /// Clears the memory.
    pub fn reset(&mut self) {
        self.state = [[0.0; LANES]; 4];
    }

    /// One frame in, the weighted frame out. The caller keeps the input finite.
    #[inline(always)]
    pub fn process(&mut self, x: [f64; LANES]) -> [f64; LANES] {
        let (s, h) = (&self.weighting.shelf, &self.weighting.high_pass);
        let [s1, s2, h1, h2] = &mut self.state;
        let mut out = [0.0; LANES];
        for lane in 0..LANES {
            let x = x[lane];
            let y = s.b[0] * x + s1[lane];
            s1[lane] = s.b[1] * x - s.a[0] * y + s2[lane];
            s2[lane] = s.b[2] * x - s.a[1] * y;
            // The numerator 1, -2, 1 needs no multiplication but one.
            let z = y + h1[lane];
            h1[lane] = h2[lane] - 2.0 * y - h.a[0] * z;
            h2[lane] = y - h.a[1] * z;
            out[lane] = z;
        }
        out
    }

    /// Sets to zero what has decayed to nothing. Called now and then, it keeps silence from turning into subnormals.
    pub fn flush(&mut self) {
        for value in self.state.as_flattened_mut() {
            if value.abs() < 1e-60 {
                *value = 0.0;
            }
        }
    }
}
