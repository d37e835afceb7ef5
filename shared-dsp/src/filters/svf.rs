//! Second-order state-variable filter, trapezoidal.
//!
//! Andrew Simper, *Linear Trapezoidal Integrated State Variable Filter with Low Noise Optimisation* (Cytomic, 2013). It
//! has the bilinear transform's response and, unlike a direct form, stays bounded when its coefficients move at any
//! speed.

use super::{Complex64, half_angle, prewarped};
use crate::glide::{FilterCoefs, Lerp};

const LOWEST_Q: f64 = 0.025;
const HIGHEST_Q: f64 = 100.0;
const HIGHEST_GAIN_DB: f64 = 60.0;

/// Coefficients of one second-order section; the same for every channel.
///
/// `y = m0 x + m1 band + m2 low`: a section with nothing to do has `m1 = m2 = 0` and passes its input bit for bit.
/// Frequencies are held in 0.01 Hz..0.499 of the sample rate, `q` in 0.025..100, gains in ±60 dB.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SvfCoefs {
    g: f64,
    k: f64,
    m0: f64,
    m1: f64,
    m2: f64,
    // The step of both integrators, derived from g and k: twice (1 - a1), a2 and a3 of Simper's solution of the
    // implicit loop.
    leak: f64,
    cross: f64,
    feed: f64,
}

impl Default for SvfCoefs {
    /// Passes its input unchanged.
    fn default() -> Self {
        Self::new(1.0, std::f64::consts::SQRT_2, [1.0, 0.0, 0.0])
    }
}

fn damping(q: f64) -> f64 {
    // NaN fails the comparison and takes the lowest Q, the most damped of all.
    if q > LOWEST_Q { 1.0 / q.min(HIGHEST_Q) } else { 1.0 / LOWEST_Q }
}

/// Simper's A: the square root of the linear gain.
fn root_gain(gain_db: f64) -> f64 {
    let gain_db = if gain_db.is_finite() { gain_db.clamp(-HIGHEST_GAIN_DB, HIGHEST_GAIN_DB) } else { 0.0 };
    crate::math::db_to_gain(0.5 * gain_db)
}

impl SvfCoefs {
    fn new(g: f64, k: f64, [m0, m1, m2]: [f64; 3]) -> Self {
        let twice_a1 = 2.0 / (1.0 + g * (g + k));
        let cross = g * twice_a1;
        Self { g, k, m0, m1, m2, leak: (g + k) * cross, cross, feed: g * cross }
    }

    /// `(zeros[0] + zeros[1] p + zeros[2] p^2) / (poles[0] + poles[1] p + poles[2] p^2)` in `p = j tan(w/2)`, as the bilinear
    /// transform has it; all of `poles` positive, or the last of them zero for a section of first order.
    pub(super) fn from_warped(zeros: [f64; 3], poles: [f64; 3]) -> Self {
        if poles[2] > 0.0 {
            // Divided, not multiplied by inverses: where zeros and poles are the same it is a wire to the bit.
            let g = (poles[0] / poles[2]).sqrt();
            let band = poles[2] * g;
            let (k, m0) = (poles[1] / band, zeros[2] / poles[2]);
            Self::new(g, k, [m0, zeros[1] / band - m0 * k, zeros[0] / poles[0] - m0])
        } else {
            // Times (p + g), with g where the pole is.
            let g = poles[0] / poles[1];
            let m0 = zeros[1] / poles[1];
            let low = zeros[0] / poles[0];
            Self::new(g, 2.0, [m0, low - m0, low - m0])
        }
    }

    /// What a step of the memory takes (1 - leak, cross, feed) and what the output takes of band's and low's old values and of
    /// the input: `y = d x + b ic1 + l ic2`.
    pub(super) fn step(&self) -> [f64; 6] {
        let (kept, cross, feed) = (1.0 - self.leak, self.cross, self.feed);
        let (m1, m2) = (0.5 * self.m1, 0.5 * self.m2);
        [
            kept,
            cross,
            feed,
            m1 * (1.0 + kept) + m2 * cross,
            m2 * (2.0 - feed) - m1 * cross,
            self.m0 + m1 * cross + m2 * feed,
        ]
    }

    /// Whether its memory dies away and all its numbers are numbers.
    #[must_use]
    pub fn is_stable(&self) -> bool {
        let numbers = [self.g, self.k, self.m0, self.m1, self.m2, self.leak, self.cross, self.feed];
        self.g > 0.0 && self.k > 0.0 && numbers.into_iter().all(f64::is_finite)
    }

    /// Whether it passes its input bit for bit.
    #[must_use]
    pub fn is_wire(&self) -> bool {
        self.m0 == 1.0 && self.m1 == 0.0 && self.m2 == 0.0
    }

    /// Low pass, 12 dB/oct; `q` = 0.7071 is Butterworth.
    #[must_use]
    pub fn lowpass(sample_rate_hz: f64, hz: f64, q: f64) -> Self {
        Self::new(prewarped(sample_rate_hz, hz), damping(q), [0.0, 0.0, 1.0])
    }

    /// High pass, 12 dB/oct; `q` = 0.7071 is Butterworth.
    #[must_use]
    pub fn highpass(sample_rate_hz: f64, hz: f64, q: f64) -> Self {
        let k = damping(q);
        Self::new(prewarped(sample_rate_hz, hz), k, [1.0, -k, -1.0])
    }

    /// Low pass, 6 dB/oct, in a second-order section: 1/(s+1) = (s+1)/(s+1)^2, so that a slope switch can glide.
    #[must_use]
    pub fn lowpass_6db(sample_rate_hz: f64, hz: f64) -> Self {
        Self::new(prewarped(sample_rate_hz, hz), 2.0, [0.0, 1.0, 1.0])
    }

    /// High pass, 6 dB/oct, in a second-order section: s/(s+1) = s(s+1)/(s+1)^2, so that a slope switch can glide.
    #[must_use]
    pub fn highpass_6db(sample_rate_hz: f64, hz: f64) -> Self {
        Self::new(prewarped(sample_rate_hz, hz), 2.0, [1.0, -1.0, -1.0])
    }

    /// Band pass, 6 dB/oct on either side, 0 dB at the centre.
    #[must_use]
    pub fn bandpass(sample_rate_hz: f64, hz: f64, q: f64) -> Self {
        let k = damping(q);
        Self::new(prewarped(sample_rate_hz, hz), k, [0.0, k, 0.0])
    }

    /// All pass: 180 degrees at `hz`.
    #[must_use]
    pub fn allpass(sample_rate_hz: f64, hz: f64, q: f64) -> Self {
        let k = damping(q);
        Self::new(prewarped(sample_rate_hz, hz), k, [1.0, -2.0 * k, 0.0])
    }

    /// Bell of `gain_db` at the centre; cut is the exact inverse of boost (Bristow-Johnson's Q, *Audio EQ Cookbook*).
    #[must_use]
    pub fn bell(sample_rate_hz: f64, hz: f64, q: f64, gain_db: f64) -> Self {
        let a = root_gain(gain_db);
        let k = damping(q) / a;
        Self::new(prewarped(sample_rate_hz, hz), k, [1.0, k * (a * a - 1.0), 0.0])
    }

    /// Low shelf of `gain_db` at DC, half of it (in dB) at `hz`; `q` = 0.7071 is the steepest without overshoot.
    #[must_use]
    pub fn low_shelf(sample_rate_hz: f64, hz: f64, q: f64, gain_db: f64) -> Self {
        let (a, k) = (root_gain(gain_db), damping(q));
        Self::new(prewarped(sample_rate_hz, hz) / a.sqrt(), k, [1.0, k * (a - 1.0), a * a - 1.0])
    }

    /// High shelf of `gain_db` at Nyquist, half of it (in dB) at `hz`; `q` = 0.7071 is the steepest without overshoot.
    #[must_use]
    pub fn high_shelf(sample_rate_hz: f64, hz: f64, q: f64, gain_db: f64) -> Self {
        let (a, k) = (root_gain(gain_db), damping(q));
        Self::new(prewarped(sample_rate_hz, hz) * a.sqrt(), k, [a * a, k * (1.0 - a) * a, 1.0 - a * a])
    }

    /// The exact complex response at `hz` (0 to half the sample rate) when run at `sample_rate_hz`.
    #[must_use]
    pub fn response(&self, sample_rate_hz: f64, hz: f64) -> Complex64 {
        // s = j tan(w/2) / g, numerator and denominator multiplied by (g cos(w/2))^2 so that Nyquist stays finite.
        let (sin, cos) = half_angle(sample_rate_hz, hz);
        let gc = self.g * cos;
        let band = Complex64::new(0.0, sin * gc);
        let low = Complex64::new(gc * gc, 0.0);
        let denominator = Complex64::new(gc * gc - sin * sin, self.k * sin * gc);
        self.m0 + (self.m1 * band + self.m2 * low) / denominator
    }
}

impl Lerp for SvfCoefs {
    /// On the straight way in (g, k, m).
    fn lerp(from: &Self, to: &Self, t: f64) -> Self {
        let mix = |a: f64, b: f64| f64::lerp(&a, &b, t);
        Self::new(mix(from.g, to.g), mix(from.k, to.k), [mix(from.m0, to.m0), mix(from.m1, to.m1), mix(from.m2, to.m2)])
    }
}

impl FilterCoefs for SvfCoefs {
    type State<const CH: usize> = SvfState<CH>;

    #[inline(always)]
    fn tick<const CH: usize>(&self, state: &mut SvfState<CH>, x: [f64; CH]) -> [f64; CH] {
        state.tick(self, x)
    }
}

/// Memory of one section for `CH` channels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SvfState<const CH: usize> {
    ic1: [f64; CH],
    ic2: [f64; CH],
}

impl<const CH: usize> Default for SvfState<CH> {
    fn default() -> Self {
        Self { ic1: [0.0; CH], ic2: [0.0; CH] }
    }
}

impl<const CH: usize> SvfState<CH> {
    /// Clears the memory.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// One sample of every channel. Realtime-safe.
    #[inline(always)]
    pub fn tick(&mut self, c: &SvfCoefs, x: [f64; CH]) -> [f64; CH] {
        let mut y = [0.0; CH];
        for ch in 0..CH {
            // Each integrator as its old value and a step: Simper's equations in the order that leaves three
            // operations, not six, between one sample's memory and the next's. Band and low are the means of old and
            // new value, which is what trapezoidal means.
            let (band, low) = (self.ic1[ch], self.ic2[ch]);
            self.ic1[ch] = (band + c.cross * x[ch]) - (c.leak * band + c.cross * low);
            self.ic2[ch] = (low + c.feed * x[ch]) + (c.cross * band - c.feed * low);
            let (band, low) = (0.5 * (band + self.ic1[ch]), 0.5 * (low + self.ic2[ch]));
            y[ch] = c.m0 * x[ch] + (c.m1 * band + c.m2 * low);
        }
        y
    }
}
