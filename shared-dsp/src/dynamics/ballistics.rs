//! How fast reduction comes and goes.
//!
//! Two models, both smoothing the reduction in dB. [`Decoupled`] is feed-forward and smooth: a peak follower with the
//! release time, then one pole with the attack time, so that a rectified tone reaches the static reduction at any
//! attack (Giannoulis, Massberg and Reiss, *Digital Dynamic Range Compressor Design*, JAES 60, 2012, "smooth
//! decoupled"). [`FeedbackLoop`] is the console's: the detector hears the compressed signal. For both the label is
//! what is measured: 63 % of the way, in dB, after a step from 10 dB below the threshold to 10 dB above it and back,
//! at any ratio.

/// What the release is, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Release {
    /// One time constant.
    Fixed(f64),
    /// Two, by the programme: after a short peak reduction falls away within 50 ms, after seconds of it in seconds.
    ///
    /// The network of the console: two resistor-capacitor pairs in series, 91 kΩ on 0.47 µF and 750 kΩ on 6.8 µF. A
    /// short charge lands nearly all on the small capacitor; a long one moves over to the large one.
    Auto,
}

const FAST_OHM: f64 = 91e3;
const FAST_FARAD: f64 = 0.47e-6;
const SLOW_OHM: f64 = 750e3;
const SLOW_FARAD: f64 = 6.8e-6;
/// How fast a lasting charge moves from the small capacitor to the large one, per second: the bare network's is
/// 1 / (FAST_OHM (FAST_FARAD + SLOW_FARAD)) = 1.51, the resistor through which it charges makes it this.
const TRANSFER_PER_S: f64 = 1.46;
/// What the fast pair holds once a charge has lasted: voltages share as the resistors.
const FAST_AT_REST: f64 = FAST_OHM / (FAST_OHM + SLOW_OHM);
/// After a 20 ms charge the network recovers by 63 % in this many of its fast time constants.
const FAST_RECOVERY: f64 = 1.168;
/// The fast time constant never goes below this, however long attack and hold delay the recovery.
const FASTEST_S: f64 = 0.005;
/// Reduction below this counts as none: a millionth of the last bit of a sample.
const NOTHING_DB: f64 = 1e-12;

/// The share of the way that one pole goes in a sample.
fn step(time_s: f64, sample_rate_hz: f64) -> f64 {
    // -expm1 keeps all digits for times much longer than a sample.
    -(-1.0 / (time_s.max(1e-9) * sample_rate_hz)).exp_m1()
}

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

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fall {
    Fixed { step: f64 },
    Auto { keep_fast: f64, keep_slow: f64, slow_share: f64 },
}

fn auto_fall(delay_s: f64, sample_rate_hz: f64) -> Fall {
    let fast_s = (FAST_OHM * FAST_FARAD - delay_s / FAST_RECOVERY).max(FASTEST_S);
    Fall::Auto {
        keep_fast: 1.0 - step(fast_s, sample_rate_hz),
        keep_slow: 1.0 - step(SLOW_OHM * SLOW_FARAD, sample_rate_hz),
        // Capacitors in series share a charge against their size, here 6 %. A shortened fast time lets go of its charge
        // more often, so less of each goes over: the transfer stays what it is.
        slow_share: TRANSFER_PER_S * fast_s,
    }
}

/// Times of [`Decoupled`], as coefficients for one sample rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DecoupledCoefs {
    attack_step: f64,
    fall: Fall,
}

impl DecoupledCoefs {
    /// For `attack_s` and `release` as measured behind a detector that holds for `hold_s`. The attack's pole and the
    /// hold delay the release too: it is made faster by as much, so that the label is what comes out.
    #[must_use]
    pub fn new(sample_rate_hz: f64, attack_s: f64, release: Release, hold_s: f64) -> Self {
        let fall = match release {
            Release::Fixed(release_s) => {
                let total_s = (release_s - hold_s).max(0.1 * release_s);
                Fall::Fixed { step: step(release_before_attack(attack_s, total_s), sample_rate_hz) }
            }
            Release::Auto => auto_fall(attack_s + hold_s, sample_rate_hz),
        };
        Self { attack_step: step(attack_s, sample_rate_hz), fall }
    }
}

/// A charge on one or two capacitors.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Charge {
    fast: f64,
    slow: f64,
    shared: bool,
}

impl Charge {
    fn total(&self) -> f64 {
        self.fast + self.slow
    }

    /// Lays a lone charge out on both capacitors as if it had lasted, or puts the two together: nothing jumps.
    fn share(&mut self, shared: bool) {
        if shared != self.shared {
            let total = self.total();
            let fast = if shared { FAST_AT_REST * total } else { total };
            *self = Self { fast, slow: total - fast, shared };
        }
    }

    fn settle(&mut self) {
        // Written so that NaN does not survive.
        let keep = |v: f64| if v.abs() > NOTHING_DB && v.is_finite() { v } else { 0.0 };
        self.fast = keep(self.fast);
        self.slow = keep(self.slow);
    }
}

/// The feed-forward model, for one or two channels.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decoupled {
    peaks: [Charge; 2],
    reductions_db: [f64; 2],
}

impl Decoupled {
    /// Clears the memory.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Where the reduction of a channel (0 or 1) is now, in dB.
    #[must_use]
    pub fn reduction_db(&self, channel: usize) -> f64 {
        self.reductions_db[channel & 1]
    }

    /// Starts from a reduction that another model left.
    pub fn take_over(&mut self, channel: usize, reduction_db: f64) {
        self.peaks[channel & 1] = Charge { fast: reduction_db, slow: 0.0, shared: false };
        self.reductions_db[channel & 1] = reduction_db;
    }

    /// Lets the second channel have the first one's memory.
    pub fn unite(&mut self) {
        self.peaks[1] = self.peaks[0];
        self.reductions_db[1] = self.reductions_db[0];
    }

    /// How far the two channels' memories lie apart, in dB.
    #[must_use]
    pub fn apart_db(&self) -> f64 {
        let [a, b] = &self.peaks;
        (a.fast - b.fast).abs().max((a.slow - b.slow).abs()).max((self.reductions_db[0] - self.reductions_db[1]).abs())
    }

    /// Drops what is too small to matter, and non-finite memory. To be called at fixed sample positions.
    pub fn settle(&mut self) {
        for (charge, reduction) in self.peaks.iter_mut().zip(&mut self.reductions_db) {
            charge.settle();
            *reduction = if reduction.abs() > NOTHING_DB && reduction.is_finite() { *reduction } else { 0.0 };
        }
    }

    /// Smooths the reductions that the curve asks for, in place, for `CH` (1 or 2) channels of one length.
    /// Realtime-safe.
    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "n walks through both channels at once")]
    pub fn process<const CH: usize>(&mut self, coefs: &DecoupledCoefs, reductions: [&mut [f64]; CH]) {
        let frames = reductions.iter().map(|r| r.len()).min().unwrap_or(0);
        let attack = coefs.attack_step;
        let mut out: [f64; CH] = std::array::from_fn(|ch| self.reductions_db[ch]);
        self.peaks.iter_mut().for_each(|p| p.share(matches!(coefs.fall, Fall::Auto { .. })));
        match coefs.fall {
            Fall::Fixed { step } => {
                let mut peaks: [f64; CH] = std::array::from_fn(|ch| self.peaks[ch].fast);
                for n in 0..frames {
                    for ch in 0..CH {
                        // One multiplication and one addition in the loop, not three operations in a row.
                        let wanted = reductions[ch][n];
                        let falling = (1.0 - step) * peaks[ch] + step * wanted;
                        peaks[ch] = if wanted > falling { wanted } else { falling };
                        out[ch] = (1.0 - attack) * out[ch] + attack * peaks[ch];
                        reductions[ch][n] = out[ch];
                    }
                }
                (0..CH).for_each(|ch| self.peaks[ch].fast = peaks[ch]);
            }
            Fall::Auto { keep_fast, keep_slow, slow_share } => {
                let mut peaks: [Charge; CH] = std::array::from_fn(|ch| self.peaks[ch]);
                for n in 0..frames {
                    for ch in 0..CH {
                        let peak = &mut peaks[ch];
                        peak.fast *= keep_fast;
                        peak.slow *= keep_slow;
                        let missing = reductions[ch][n] - (peak.fast + peak.slow);
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

/// Times of [`FeedbackLoop`], as coefficients for one sample rate and ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeedbackCoefs {
    attack_step: f64,
    closed_release_step: f64,
    fall: Fall,
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
                (Fall::Fixed { step: step(open_s, sample_rate_hz) }, step(open_s / ratio.max(1.0), sample_rate_hz))
            }
            // The network only leaks: its diode keeps the loop from discharging it.
            Release::Auto => (auto_fall(hold_s, sample_rate_hz), 0.0),
        };
        Self { attack_step: step(attack_s, sample_rate_hz), closed_release_step, fall }
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

impl FeedbackLoop {
    /// Clears the memory.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Where the reduction of a channel (0 or 1) is now, in dB.
    #[must_use]
    pub fn reduction_db(&self, channel: usize) -> f64 {
        self.charges[channel & 1].total()
    }

    /// Starts from a reduction that another model left.
    pub fn take_over(&mut self, channel: usize, reduction_db: f64) {
        self.charges[channel & 1] = Charge { fast: reduction_db, slow: 0.0, shared: false };
    }

    /// Lets the second channel have the first one's memory.
    pub fn unite(&mut self) {
        self.charges[1] = self.charges[0];
    }

    /// How far the two channels' memories lie apart, in dB.
    #[must_use]
    pub fn apart_db(&self) -> f64 {
        let [a, b] = &self.charges;
        (a.fast - b.fast).abs().max((a.slow - b.slow).abs())
    }

    /// Drops what is too small to matter, and non-finite memory. To be called at fixed sample positions.
    pub fn settle(&mut self) {
        self.charges.iter_mut().for_each(Charge::settle);
    }

    /// Turns the static reductions of the input's level into the loop's, in place, for `CH` (1 or 2) channels of one
    /// length. Realtime-safe.
    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "n walks through both channels at once")]
    pub fn process<const CH: usize>(&mut self, coefs: &FeedbackCoefs, reductions: [&mut [f64]; CH]) {
        let frames = reductions.iter().map(|r| r.len()).min().unwrap_or(0);
        let attack = coefs.attack_step;
        self.charges.iter_mut().for_each(|c| c.share(matches!(coefs.fall, Fall::Auto { .. })));
        match coefs.fall {
            Fall::Fixed { step } => {
                // Attack is faster than release but for the hardest ratios with the slowest attacks.
                if attack >= coefs.closed_release_step {
                    self.fixed::<CH, true>(coefs, step, reductions);
                } else {
                    self.fixed::<CH, false>(coefs, step, reductions);
                }
            }
            Fall::Auto { keep_fast, keep_slow, slow_share } => {
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
                        let wanted = reductions[ch][n];
                        let charging = wanted > charge.total();
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

    /// One time constant. Each sample goes one of three ways: attack, release in the closed loop, release in the open
    /// one. Which one follows from their order, so that no comparison stands in the loop's path: where attack is
    /// faster, it is the highest of the three.
    #[inline(always)]
    #[expect(clippy::needless_range_loop, reason = "n walks through both channels at once")]
    fn fixed<const CH: usize, const ATTACK_FASTER: bool>(
        &mut self,
        coefs: &FeedbackCoefs,
        open_step: f64,
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
                now[ch] = if in_loop > open { in_loop } else { open };
                reductions[ch][n] = now[ch];
            }
        }
        (0..CH).for_each(|ch| self.charges[ch].fast = now[ch]);
    }
}
