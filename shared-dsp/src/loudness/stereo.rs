//! How two channels stand to each other, and how wide the low end is.

use super::levels::PairSums;
use crate::filters::{SvfCoefs, SvfState};

/// Below this (-300 dB) a channel is silent.
const SILENCE: f64 = 1e-30;
/// Balance and loss are held within this, dB.
const LIMIT_DB: f64 = 120.0;
/// What a low end is: where vinyl is cut mono and where subwoofers take over, Hz.
pub const LOW_END_HZ: f64 = 150.0;

/// Stereo readings over some segment; `None` in silence.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct StereoReadings {
    /// Correlation of left and right, -1 to 1; also `None` while either channel is silent.
    pub correlation: Option<f64>,
    /// Power of the right channel above the left's in dB, within ±120: positive leans to the right.
    pub balance_db: Option<f64>,
    /// Power lost when left and right are summed to mono, in dB, 0 to 120: 0 for equal channels, 3.01 for unrelated ones.
    pub mono_sum_loss_db: Option<f64>,
}

impl StereoReadings {
    /// What a mono programme reads: its one channel is both.
    fn mono(power: f64) -> Self {
        let there = |value: f64| (power > SILENCE).then_some(value);
        Self { correlation: there(1.0), balance_db: there(0.0), mono_sum_loss_db: there(0.0) }
    }

    /// Of sums over `frames` frames of the front pair, in a programme of so many channels.
    pub(super) fn of(sums: &PairSums, frames: f64, channels: usize) -> Self {
        if channels < 2 {
            return Self::mono(sums.square[0] / frames);
        }
        let [left, right] = sums.square.map(|square| square / frames);
        let product = sums.product / frames;
        let power = (left + right) / 2.0;
        let mono = (left + right + 2.0 * product) / 4.0;
        let is_there = power > SILENCE;
        let ratio_db = |a: f64, b: f64| 10.0 * (a.max(SILENCE) / b.max(SILENCE)).log10();
        Self {
            // A silent channel is related to nothing.
            correlation: (left > SILENCE && right > SILENCE)
                .then(|| (product / (left.sqrt() * right.sqrt())).clamp(-1.0, 1.0)),
            balance_db: is_there.then(|| ratio_db(right, left).clamp(-LIMIT_DB, LIMIT_DB)),
            mono_sum_loss_db: is_there.then(|| ratio_db(power, mono).clamp(0.0, LIMIT_DB)),
        }
    }
}

/// Powers of mid and side below [`LOW_END_HZ`] (24 dB/oct, Linkwitz-Riley).
#[derive(Debug, Clone)]
pub(super) struct LowEnd {
    low_pass: SvfCoefs,
    sections: [SvfState<2>; 2],
    /// Sums of squares of the running sub-block, mid and side.
    sums: [f64; 2],
}

impl LowEnd {
    pub(super) fn new(sample_rate_hz: f64) -> Self {
        Self {
            low_pass: SvfCoefs::lowpass(sample_rate_hz, LOW_END_HZ, std::f64::consts::FRAC_1_SQRT_2),
            sections: Default::default(),
            sums: [0.0; 2],
        }
    }

    pub(super) fn reset(&mut self) {
        self.sections = Default::default();
        self.sums = [0.0; 2];
    }

    #[inline(always)]
    pub(super) fn push(&mut self, frame: [f32; 2]) {
        let [left, right] = frame.map(f64::from);
        let first = self.sections[0].tick(&self.low_pass, [left + right, left - right]);
        let [mid, side] = self.sections[1].tick(&self.low_pass, first);
        self.sums = [self.sums[0] + mid * mid, self.sums[1] + side * side];
    }

    /// The sums of squares of the sub-block that ends here, mid and side.
    pub(super) fn end_sub_block(&mut self) -> [f64; 2] {
        let sums = std::mem::take(&mut self.sums);
        if sums[0] + sums[1] < SILENCE {
            // Nothing but ever smaller numbers is left in the filters, and those are slow.
            self.sections = Default::default();
        }
        sums
    }
}

/// The side's share of the power of the low end, 0 to 1: 0 is mono, 0.5 is one channel alone or two unrelated ones, 1 is
/// opposite phase. `None` in silence. Of sums over `frames` frames, in a programme of so many channels.
pub(super) fn width([mid, side]: [f64; 2], frames: f64, channels: usize) -> Option<f64> {
    // A mono programme runs as a left channel alone, which is no width.
    let side = if channels > 1 { side } else { 0.0 };
    ((mid + side) / frames > SILENCE).then(|| side / (mid + side))
}
