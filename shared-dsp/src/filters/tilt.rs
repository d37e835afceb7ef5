//! Constant slope in dB per octave.
//!
//! A half-integrator-like slope from alternating real poles and zeros spaced evenly in log frequency (Julius O. Smith
//! and Harrison F. Smith, *Closed Form Fractional Integration and Differentiation via Real Exponentially Spaced
//! Pole-Zero Pairs*, 2016): each zero lies `slope / 6.02` of the spacing away from its pole.
//!
//! **Roots near and above Nyquist.** The bilinear transform would bend the slope there and cannot place a root above
//! Nyquist at all. With `x = sin^2(w/2)`, a digital root has the power `(1 - x) + t^2 x`; asking for the analog root's
//! power `1 + (f/fr)^2` at DC, at Nyquist and at `fm`, up to a factor that the pole and its zero share, gives the
//! closed form `t^2 = cot^2(pi fm/fs) fm^2 (1 + (fN/fr)^2) / (fN^2 - fm^2)`, finite for every `fr`. (The magnitude
//! matching is that of Martin Vicanek, *Matched Second Order Digital Filters*, 2016, taken to first order; the closed
//! form is ours.)
//!
//! **Parallel form.** The poles never move, so the filter runs as a sum of one-pole low passes with one gain each.
//! Gliding the gains is then an exact cross-fade of two filters on shared memory, and slope 0 passes its input bit for
//! bit.

use super::{Complex64, half_angle};
use crate::glide::{FilterCoefs, Lerp};

/// The steepest slope, either way.
pub const TILT_LIMIT_DB_PER_OCTAVE: f64 = 3.0;

const PAIRS: usize = 8;
// The next four were found by a grid search for the least deviation from the ideal slope, 20 Hz to 20 kHz at 44.1, 48,
// 96 and 384 kHz, at -3 and 3 dB/oct: 0.25 dB (tests/filters.rs). The poles run from 8 Hz to 50 kHz.
/// Poles sit this many octaves apart.
const SPACING_OCTAVES: f64 = 1.8;
/// The centre of the poles, in log frequency.
const CENTRE_HZ: f64 = 640.0;
/// A pair is matched at this multiple of its pole's frequency,
const MATCH_RATIO: f64 = 0.6;
/// or at this share of the sample rate if that is lower.
const HIGHEST_MATCH_SHARE: f64 = 0.45;
const PIVOT_HZ: f64 = 1000.0;
/// A factor of two in amplitude is this many dB, the slope of a lone root.
const DB_PER_OCTAVE_OF_A_ROOT: f64 = 6.020_599_913_279_624;

/// Coefficients of a tilt; the same for every channel. Slope in ±3 dB/oct, 0 dB at 1 kHz, rising for positive slopes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TiltCoefs {
    g: [f64; PAIRS],
    pole_gains: [f64; PAIRS],
    direct: f64,
    low: [f64; PAIRS],
}

impl TiltCoefs {
    /// A tilt of `db_per_octave` (-3..3). Cheap enough for a control point on the audio thread (about 0.3 us).
    #[must_use]
    pub fn new(sample_rate_hz: f64, db_per_octave: f64) -> Self {
        let slope = if db_per_octave.is_finite() { db_per_octave } else { 0.0 };
        let slope = slope.clamp(-TILT_LIMIT_DB_PER_OCTAVE, TILT_LIMIT_DB_PER_OCTAVE);
        // Rising means that the zero comes first.
        let zero_ratio = (-SPACING_OCTAVES * slope / DB_PER_OCTAVE_OF_A_ROOT).exp2();
        let nyquist_hz = 0.5 * sample_rate_hz;
        let mut pole_t = [0.0; PAIRS];
        let mut zero_t = [0.0; PAIRS];
        for pair in 0..PAIRS {
            let place = pair as f64 - 0.5 * (PAIRS - 1) as f64;
            let pole_hz = CENTRE_HZ * (SPACING_OCTAVES * place).exp2();
            let match_hz = (MATCH_RATIO * pole_hz).min(HIGHEST_MATCH_SHARE * sample_rate_hz);
            let (sin, cos) = half_angle(sample_rate_hz, match_hz);
            let scale = (cos * match_hz / sin).powi(2) / (nyquist_hz.powi(2) - match_hz.powi(2));
            let t = |root_hz: f64| (scale * (1.0 + (nyquist_hz / root_hz).powi(2))).sqrt();
            pole_t[pair] = t(pole_hz);
            zero_t[pair] = t(pole_hz * zero_ratio);
        }
        // Unity at the pivot; at rates too low to hold it, half of Nyquist stands in.
        let pivot = half_angle(sample_rate_hz, PIVOT_HZ.min(0.5 * nyquist_hz));
        let mut power = 1.0;
        for pair in 0..PAIRS {
            let root = |t: f64| pivot.1.powi(2) + (pivot.0 * t).powi(2);
            power *= root(pole_t[pair]) / root(zero_t[pair]);
        }
        let gain = power.sqrt();
        // Partial fractions of gain * prod (1 + zero_t s) / (1 + pole_t s). Poles and zeros alternate, so all residues
        // have one sign and nothing cancels.
        let mut direct = gain;
        let mut low = [0.0; PAIRS];
        for i in 0..PAIRS {
            direct *= zero_t[i] / pole_t[i];
            low[i] = gain * (1.0 - zero_t[i] / pole_t[i]);
            for j in (0..PAIRS).filter(|&j| j != i) {
                low[i] *= (pole_t[i] - zero_t[j]) / (pole_t[i] - pole_t[j]);
            }
        }
        let g = pole_t.map(|t| 1.0 / t);
        Self { g, pole_gains: g.map(|g| g / (1.0 + g)), direct, low }
    }

    /// The exact complex response at `hz` (0 to half the sample rate) when run at `sample_rate_hz`.
    #[must_use]
    pub fn response(&self, sample_rate_hz: f64, hz: f64) -> Complex64 {
        let (sin, cos) = half_angle(sample_rate_hz, hz);
        let lows = self.g.iter().zip(&self.low).map(|(&g, &low)| low * g * cos / Complex64::new(g * cos, sin));
        self.direct + lows.sum::<Complex64>()
    }
}

impl Default for TiltCoefs {
    /// Flat, at 48 kHz: passes its input unchanged.
    fn default() -> Self {
        Self::new(48_000.0, 0.0)
    }
}

impl Lerp for TiltCoefs {
    /// Between two tilts at one sample rate, which share their poles.
    fn lerp(from: &Self, to: &Self, t: f64) -> Self {
        let mut now = *to;
        now.direct = f64::lerp(&from.direct, &to.direct, t);
        for pair in 0..PAIRS {
            now.low[pair] = f64::lerp(&from.low[pair], &to.low[pair], t);
        }
        now
    }
}

impl FilterCoefs for TiltCoefs {
    type State<const CH: usize> = TiltState<CH>;

    #[inline(always)]
    fn tick<const CH: usize>(&self, state: &mut TiltState<CH>, x: [f64; CH]) -> [f64; CH] {
        state.tick(self, x)
    }
}

/// Memory of a tilt for `CH` channels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TiltState<const CH: usize> {
    integrators: [[f64; PAIRS]; CH],
}

impl<const CH: usize> Default for TiltState<CH> {
    fn default() -> Self {
        Self { integrators: [[0.0; PAIRS]; CH] }
    }
}

impl<const CH: usize> TiltState<CH> {
    /// Clears the memory.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// One sample of every channel. Realtime-safe.
    #[inline(always)]
    pub fn tick(&mut self, c: &TiltCoefs, x: [f64; CH]) -> [f64; CH] {
        let mut y = [0.0; CH];
        for ch in 0..CH {
            let mut lows = [0.0; PAIRS];
            for (pair, integrator) in self.integrators[ch].iter_mut().enumerate() {
                let v = c.pole_gains[pair] * (x[ch] - *integrator);
                let low = *integrator + v;
                *integrator = low + v;
                lows[pair] = c.low[pair] * low;
            }
            // Summed as a tree: a chain of eight additions would be the slowest part.
            let [a, b, d, e, f, g, h, i] = lows;
            y[ch] = c.direct * x[ch] + (((a + b) + (d + e)) + ((f + g) + (h + i)));
        }
        y
    }
}
