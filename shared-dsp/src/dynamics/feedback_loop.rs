//! The feedback model of reduction.

use super::release::{Charge, ReleaseCurve};
use super::{Ballistics, Release, ReleaseHold};
use crate::math::smoothing_coefficient;

/// Times of [`FeedbackLoop`], as coefficients for one sample rate and ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeedbackCoefs {
    attack_step: f64,
    closed_release_step: f64,
    fall: ReleaseCurve,
}

impl FeedbackCoefs {
    /// For `attack_s` and `release` as measured behind a detector that holds for `hold_s`, at `ratio` (1 and up).
    ///
    /// A loop that asks for `R - 1` dB of reduction per dB of output over the threshold is R times as fast as its RC.
    /// The attack, always in the closed loop, gets an RC R times its label. The release starts with the loop open, as
    /// the output has fallen below the threshold, so its RC is the label; where the output stays above, it is up to R
    /// times faster.
    #[must_use]
    pub fn new(sample_rate_hz: f64, ratio: f64, attack_s: f64, release: Release, hold_s: f64) -> Self {
        let (fall, closed_release_step) = match release {
            Release::Fixed(release_s) => {
                let open_s = (release_s - hold_s).max(0.1 * release_s);
                (
                    ReleaseCurve::fixed(open_s, sample_rate_hz),
                    smoothing_coefficient(open_s / ratio.max(1.0), sample_rate_hz),
                )
            }
            // The network only leaks: its diode keeps the loop from discharging it.
            Release::Auto => (ReleaseCurve::auto(hold_s, sample_rate_hz), 0.0),
        };
        Self { attack_step: smoothing_coefficient(attack_s, sample_rate_hz), closed_release_step, fall }
    }
}

/// The feedback model, for one or two channels.
///
/// With s = R - 1, x the level before and g the reduction, both in dB, the loop is `RC g' = max(s (x - g - T), 0) -
/// g`. It is run as `max((1 + s) (G - g), -g)` with G the static reduction at x: the same for a hard knee (put G = s
/// (x - T) / (1 + s)), and with a soft one it rests on exactly the same static curve as the feed-forward model. Each
/// branch is one pole with its exact discrete step, so times are right at any rate, down to a loop as fast as the
/// sample.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeedbackLoop {
    charges: [Charge; 2],
}

impl Ballistics for FeedbackLoop {
    type Coefs = FeedbackCoefs;

    fn coefs(sample_rate_hz: f64, ratio: f64, attack_s: f64, release: Release, hold_s: f64) -> FeedbackCoefs {
        FeedbackCoefs::new(sample_rate_hz, ratio, attack_s, release, hold_s)
    }

    fn reset(&mut self) {
        *self = Self::default();
    }

    fn reduction_db(&self, channel: usize) -> f64 {
        self.charges[channel & 1].total()
    }

    fn start_at(&mut self, channel: usize, reduction_db: f64) {
        self.charges[channel & 1] = Charge::new(reduction_db);
    }

    fn link(&mut self) {
        self.charges[1] = self.charges[0];
    }

    fn distance_db(&self) -> f64 {
        self.charges[0].distance_db(&self.charges[1])
    }

    #[inline(always)]
    fn is_at_rest<const CH: usize>(&self) -> bool {
        self.charges[..CH].iter().all(Charge::is_empty)
    }

    fn settle(&mut self) {
        self.charges.iter_mut().for_each(Charge::settle);
    }

    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "n walks through both channels at once")]
    fn process_held<const CH: usize, const HOLD: bool>(
        &mut self,
        coefs: &FeedbackCoefs,
        hold: &mut ReleaseHold,
        reductions: [&mut [f64]; CH],
    ) {
        let frames = reductions.iter().map(|r| r.len()).min().unwrap_or(0);
        let attack = coefs.attack_step;
        self.charges.iter_mut().for_each(|c| c.share(coefs.fall.is_auto()));
        match coefs.fall {
            ReleaseCurve::Fixed { step } => {
                // Attack is faster than release but for the hardest ratios with the slowest attacks.
                if attack >= coefs.closed_release_step {
                    self.fixed::<CH, true, HOLD>(coefs, step, hold, reductions);
                } else {
                    self.fixed::<CH, false, HOLD>(coefs, step, hold, reductions);
                }
            }
            ReleaseCurve::Auto { keep_fast, keep_slow, slow_share } => {
                let mut now: [Charge; CH] = std::array::from_fn(|ch| self.charges[ch]);
                // While it charges, the current also replaces the leak, so that the label holds at any attack: the
                // total goes to (1 - attack) total + attack wanted, and what is missing there after the leak is shared
                // out. That is linear in both charges; with the coefficients worked out the loop is three operations
                // long.
                let fast_share = 1.0 - slow_share;
                let (from_fast, from_slow) = (1.0 - attack - keep_fast, 1.0 - attack - keep_slow);
                let fast_by = [keep_fast + fast_share * from_fast, fast_share * from_slow, fast_share * attack];
                let slow_by = [slow_share * from_fast, keep_slow + slow_share * from_slow, slow_share * attack];
                for n in 0..frames {
                    for ch in 0..CH {
                        let charge = &mut now[ch];
                        let mut wanted = reductions[ch][n];
                        let mut charging = wanted > charge.total();
                        if HOLD && hold.stays(ch, wanted, charge.total()) {
                            (wanted, charging) = (charge.total(), true);
                        }
                        let fast = (fast_by[2] * wanted + fast_by[0] * charge.fast) + fast_by[1] * charge.slow;
                        let slow = (slow_by[2] * wanted + slow_by[0] * charge.fast) + slow_by[1] * charge.slow;
                        charge.fast = if charging { fast } else { keep_fast * charge.fast };
                        charge.slow = if charging { slow } else { keep_slow * charge.slow };
                        reductions[ch][n] = charge.total();
                    }
                }
                self.charges[..CH].copy_from_slice(&now);
            }
        }
    }
}

impl FeedbackLoop {
    /// One time constant. Each sample goes one of three ways: attack, release in the closed loop, release in the open
    /// one. Which one follows from their order, so that no comparison stands in the loop's path: where attack is
    /// faster, it is the highest of the three.
    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "n walks through both channels at once")]
    fn fixed<const CH: usize, const ATTACK_FASTER: bool, const HOLD: bool>(
        &mut self,
        coefs: &FeedbackCoefs,
        open_step: f64,
        hold: &mut ReleaseHold,
        reductions: [&mut [f64]; CH],
    ) {
        let frames = reductions.iter().map(|r| r.len()).min().unwrap_or(0);
        let (up, down) = (coefs.attack_step, coefs.closed_release_step);
        let mut now: [f64; CH] = std::array::from_fn(|ch| self.charges[ch].fast);
        for n in 0..frames {
            for ch in 0..CH {
                let wanted = reductions[ch][n];
                let attack = (1.0 - up) * now[ch] + up * wanted;
                let closed = (1.0 - down) * now[ch] + down * wanted;
                let open = (1.0 - open_step) * now[ch];
                let in_loop = if (attack > closed) == ATTACK_FASTER { attack } else { closed };
                if !HOLD || !hold.stays(ch, wanted, now[ch]) {
                    now[ch] = if in_loop > open { in_loop } else { open };
                }
                reductions[ch][n] = now[ch];
            }
        }
        (0..CH).for_each(|ch| self.charges[ch].fast = now[ch]);
    }
}
