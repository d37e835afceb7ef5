//! What falls away: one time constant, or the two of a network.

use crate::math::smoothing_coefficient;

/// The release time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Release {
    /// One time constant, seconds.
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

/// How a charge falls, as coefficients for one sample rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum ReleaseCurve {
    Fixed { step: f64 },
    Auto { keep_fast: f64, keep_slow: f64, slow_share: f64 },
}

impl ReleaseCurve {
    /// One time constant, seconds.
    pub(super) fn fixed(time_s: f64, sample_rate_hz: f64) -> Self {
        Self::Fixed { step: smoothing_coefficient(time_s, sample_rate_hz) }
    }

    /// The network, made faster by what `delay_s` before or behind it costs.
    pub(super) fn auto(delay_s: f64, sample_rate_hz: f64) -> Self {
        let fast_s = (FAST_OHM * FAST_FARAD - delay_s / FAST_RECOVERY).max(FASTEST_S);
        Self::Auto {
            keep_fast: 1.0 - smoothing_coefficient(fast_s, sample_rate_hz),
            keep_slow: 1.0 - smoothing_coefficient(SLOW_OHM * SLOW_FARAD, sample_rate_hz),
            // Capacitors in series share a charge against their size, here 6 %. A shortened fast time lets go of its
            // charge more often, so less of each goes over: the transfer stays what it is.
            slow_share: TRANSFER_PER_S * fast_s,
        }
    }

    pub(super) fn is_auto(&self) -> bool {
        matches!(self, Self::Auto { .. })
    }
}

/// A charge, in dB, on one or two capacitors.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Charge {
    pub(super) fast: f64,
    pub(super) slow: f64,
    is_shared: bool,
}

impl Charge {
    /// All of it on the fast one.
    pub(super) fn new(reduction_db: f64) -> Self {
        Self { fast: reduction_db, slow: 0.0, is_shared: false }
    }

    #[inline(always)]
    pub(super) fn total(&self) -> f64 {
        self.fast + self.slow
    }

    /// How far two charges lie apart, dB.
    pub(super) fn distance_db(&self, other: &Self) -> f64 {
        (self.fast - other.fast).abs().max((self.slow - other.slow).abs())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fast == 0.0 && self.slow == 0.0
    }

    /// Lays a lone charge out on both capacitors as if it had lasted, or puts the two together: nothing jumps.
    #[inline(always)]
    pub(super) fn share(&mut self, shared: bool) {
        if shared != self.is_shared {
            let total = self.total();
            let fast = if shared { FAST_AT_REST * total } else { total };
            *self = Self { fast, slow: total - fast, is_shared: shared };
        }
    }

    /// Drops what is too small to matter, and what is not finite.
    pub(super) fn settle(&mut self) {
        self.fast = settled(self.fast);
        self.slow = settled(self.slow);
    }
}

/// Zero for what is too small to matter, and for what is not finite.
pub(super) fn settled(reduction_db: f64) -> f64 {
    if reduction_db.abs() > NOTHING_DB && reduction_db.is_finite() { reduction_db } else { 0.0 }
}
