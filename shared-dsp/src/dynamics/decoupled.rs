//! The feed-forward model of reduction.

use super::release::{Charge, ReleaseCurve, settled};
use super::{Ballistics, Release, ReleaseHold};
use crate::math::smoothing_coefficient;

/// The release constant with which two poles in a row, the other one being `attack_s`, take `total_s` to fall by 63 %.
fn release_before_attack(attack_s: f64, total_s: f64) -> f64 {
    // What is left of a unit step at total_s, rising with the release constant tau: bisect for 1/e.
    let left = |tau: f64| {
        if (tau - attack_s).abs() < 1e-6 * attack_s {
            (1.0 + total_s / tau) * (-total_s / tau).exp()
        } else {
            (tau * (-total_s / tau).exp() - attack_s * (-total_s / attack_s).exp()) / (tau - attack_s)
        }
    };
    let (mut low, mut high) = (1e-6 * total_s, total_s);
    for _ in 0..48 {
        let middle = 0.5 * (low + high);
        if left(middle) < (-1.0_f64).exp() { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// Times of [`Decoupled`], as coefficients for one sample rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecoupledCoefs {
    attack_step: f64,
    fall: ReleaseCurve,
}

impl DecoupledCoefs {
    /// For `attack_s` and `release` as measured behind a detector that holds for `hold_s`. The attack's pole and the
    /// hold delay the release too: it is made faster by as much, so that the label is what comes out.
    #[must_use]
    pub fn new(sample_rate_hz: f64, attack_s: f64, release: Release, hold_s: f64) -> Self {
        let fall = match release {
            Release::Fixed(release_s) => {
                let total_s = (release_s - hold_s).max(0.1 * release_s);
                ReleaseCurve::fixed(release_before_attack(attack_s, total_s), sample_rate_hz)
            }
            Release::Auto => ReleaseCurve::auto(attack_s + hold_s, sample_rate_hz),
        };
        Self { attack_step: smoothing_coefficient(attack_s, sample_rate_hz), fall }
    }
}

/// From where [`Decoupled`] is to where it will be after some frames if the same reduction is wanted all along.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// How much is left of the distance between what is applied and what is wanted.
    applied: f64,
    /// How much of the distance between the follower and what is wanted arrives meanwhile.
    follower: f64,
}

impl DecoupledCoefs {
    /// So many frames ahead, with a fixed release; with another one the follower is taken to stay where it is.
    #[must_use]
    pub fn forecast(&self, frames: u32) -> Forecast {
        let falling = match self.fall {
            ReleaseCurve::Fixed { step } => 1.0 - step,
            ReleaseCurve::Auto { .. } => 1.0,
        };
        let (mut applied, mut follower, mut left) = (1.0, 0.0, 1.0);
        for _ in 0..frames {
            left *= falling;
            applied *= 1.0 - self.attack_step;
            follower += self.attack_step * (left - follower);
        }
        Forecast { applied, follower }
    }
}

/// The feed-forward model: a peak follower with the release time, then one pole with the attack time, so that a rectified
/// tone reaches the static reduction at any attack (Giannoulis, Massberg and Reiss, *Digital Dynamic Range Compressor Design*,
/// JAES 60, 2012, "smooth decoupled").
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decoupled {
    peaks: [Charge; 2],
    reductions_db: [f64; 2],
}

impl Decoupled {
    /// The reduction of the first channel at the end of the forecast if `wanted_db` lasts, dB. Realtime-safe.
    #[must_use]
    pub fn forecast_db(&self, forecast: &Forecast, wanted_db: f64) -> f64 {
        let above_db = (self.peaks[0].total() - wanted_db).max(0.0);
        wanted_db + (self.reductions_db[0] - wanted_db) * forecast.applied + above_db * forecast.follower
    }
}

impl Ballistics for Decoupled {
    type Coefs = DecoupledCoefs;

    fn coefs(sample_rate_hz: f64, _ratio: f64, attack_s: f64, release: Release, hold_s: f64) -> DecoupledCoefs {
        DecoupledCoefs::new(sample_rate_hz, attack_s, release, hold_s)
    }

    fn reset(&mut self) {
        *self = Self::default();
    }

    fn reduction_db(&self, channel: usize) -> f64 {
        self.reductions_db[channel & 1]
    }

    fn start_at(&mut self, channel: usize, reduction_db: f64) {
        self.peaks[channel & 1] = Charge::new(reduction_db);
        self.reductions_db[channel & 1] = reduction_db;
    }

    fn link(&mut self) {
        self.peaks[1] = self.peaks[0];
        self.reductions_db[1] = self.reductions_db[0];
    }

    fn distance_db(&self) -> f64 {
        let [first, second] = &self.peaks;
        first.distance_db(second).max((self.reductions_db[0] - self.reductions_db[1]).abs())
    }

    #[inline(always)]
    fn is_at_rest<const CH: usize>(&self) -> bool {
        (0..CH).all(|ch| self.peaks[ch].is_empty() && self.reductions_db[ch] == 0.0)
    }

    fn settle(&mut self) {
        self.peaks.iter_mut().for_each(Charge::settle);
        self.reductions_db = self.reductions_db.map(settled);
    }

    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "n walks through both channels at once")]
    fn process_held<const CH: usize, const HOLD: bool>(
        &mut self,
        coefs: &DecoupledCoefs,
        hold: &mut ReleaseHold,
        reductions: [&mut [f64]; CH],
    ) {
        let frames = reductions.iter().map(|r| r.len()).min().unwrap_or(0);
        let attack = coefs.attack_step;
        let mut out: [f64; CH] = std::array::from_fn(|ch| self.reductions_db[ch]);
        self.peaks.iter_mut().for_each(|p| p.share(coefs.fall.is_auto()));
        match coefs.fall {
            ReleaseCurve::Fixed { step } => {
                let mut peaks: [f64; CH] = std::array::from_fn(|ch| self.peaks[ch].fast);
                for n in 0..frames {
                    for ch in 0..CH {
                        // One multiplication and one addition in the loop, not three operations in a row.
                        let wanted = reductions[ch][n];
                        let falling = (1.0 - step) * peaks[ch] + step * wanted;
                        if !HOLD || !hold.stays(ch, wanted, peaks[ch]) {
                            peaks[ch] = if wanted > falling { wanted } else { falling };
                        }
                        out[ch] = (1.0 - attack) * out[ch] + attack * peaks[ch];
                        reductions[ch][n] = out[ch];
                    }
                }
                (0..CH).for_each(|ch| self.peaks[ch].fast = peaks[ch]);
            }
            ReleaseCurve::Auto { keep_fast, keep_slow, slow_share } => {
                let mut peaks: [Charge; CH] = std::array::from_fn(|ch| self.peaks[ch]);
                for n in 0..frames {
                    for ch in 0..CH {
                        let peak = &mut peaks[ch];
                        let mut wanted = reductions[ch][n];
                        if HOLD && hold.stays(ch, wanted, peak.total()) {
                            wanted = peak.total();
                        }
                        peak.fast *= keep_fast;
                        peak.slow *= keep_slow;
                        let missing = wanted - (peak.fast + peak.slow);
                        let missing = if missing > 0.0 { missing } else { 0.0 };
                        peak.fast += (1.0 - slow_share) * missing;
                        peak.slow += slow_share * missing;
                        out[ch] = (1.0 - attack) * out[ch] + attack * peak.total();
                        reductions[ch][n] = out[ch];
                    }
                }
                self.peaks[..CH].copy_from_slice(&peaks);
            }
        }
        self.reductions_db[..CH].copy_from_slice(&out);
    }
}
