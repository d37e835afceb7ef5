//! The loudness meter of EBU R 128: momentary, short-term, integrated, range and maxima.

use super::gating::GatedHistogram;
use super::sub_block::{SubBlockClock, scrub};
use super::window::SlidingWindow;
use super::{
    ABSOLUTE_GATE_LUFS, GATING_HOP_SUB_BLOCKS, KFilter, MOMENTARY_SUB_BLOCKS, SHORT_TERM_SUB_BLOCKS, power_to_lufs,
};

/// Measures the loudness of a mono or stereo programme (BS.1770-5, EBU Tech 3341 v4, Tech 3342 v4).
///
/// Momentary and short-term loudness, and their maxima, move every 10 ms; integrated loudness and range take a block each
/// 100 ms. The memory is constant, a sub-block costs the same in the first second as after a day, and nothing allocates
/// after [`new`](Self::new). Samples that are not finite count as silence and are counted.
#[derive(Debug, Clone)]
pub struct LoudnessMeter {
    filter: KFilter<2>,
    clock: SubBlockClock,
    /// Weighted squares of the running sub-block, left and right.
    sums: [f64; 2],
    momentary: SlidingWindow<f64>,
    short_term: SlidingWindow<f64>,
    integrated: GatedHistogram,
    range: GatedHistogram,
    max_momentary_power: f64,
    max_short_term_power: f64,
    /// Sub-blocks measured since the reset or the last continue: windows that reach over a pause do not count.
    running: u64,
    measured: u64,
    paused: bool,
    scrubbed: u64,
}

impl LoudnessMeter {
    /// A meter at rest. Allocates all that it will ever need (about 0.5 MB).
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        Self {
            filter: KFilter::new(sample_rate_hz),
            clock: SubBlockClock::new(sample_rate_hz),
            sums: [0.0; 2],
            momentary: SlidingWindow::new(MOMENTARY_SUB_BLOCKS, 0.0, |a, b| a + b),
            short_term: SlidingWindow::new(SHORT_TERM_SUB_BLOCKS, 0.0, |a, b| a + b),
            integrated: GatedHistogram::new(),
            range: GatedHistogram::new(),
            max_momentary_power: 0.0,
            max_short_term_power: 0.0,
            running: 0,
            measured: 0,
            paused: false,
            scrubbed: 0,
        }
    }

    /// Takes another sample rate, and forgets everything. Allocates.
    pub fn prepare(&mut self, sample_rate_hz: f64) {
        *self = Self::new(sample_rate_hz);
    }

    /// Forgets everything, the pause included. Realtime-safe.
    pub fn reset(&mut self) {
        self.filter.reset();
        self.clock.reset();
        self.sums = [0.0; 2];
        self.momentary.reset();
        self.short_term.reset();
        self.reset_integration();
        self.paused = false;
        self.scrubbed = 0;
    }

    /// Forgets integrated loudness, range and maxima together, as Tech 3341 asks; the windows run on.
    pub fn reset_integration(&mut self) {
        self.integrated.reset();
        self.range.reset();
        self.max_momentary_power = 0.0;
        self.max_short_term_power = 0.0;
        self.running = 0;
        self.measured = 0;
    }

    /// Pauses or continues integrated loudness, range and maxima together; momentary and short-term run on.
    ///
    /// After a pause the first block counts once its whole window lies behind the pause.
    pub fn set_paused(&mut self, paused: bool) {
        if paused != self.paused {
            self.paused = paused;
            self.running = 0;
        }
    }

    /// Takes the next frames, full scale at ±1; `right` is absent in mono. The shorter slice tells the length.
    pub fn process(&mut self, left: &[f32], right: Option<&[f32]>) {
        let frames = right.map_or(left.len(), |right| right.len().min(left.len()));
        let mut start = 0;
        while start < frames {
            let count = self.clock.left().min(frames - start);
            let (filter, sums, scrubbed) = (&mut self.filter, &mut self.sums, &mut self.scrubbed);
            let left = &left[start..start + count];
            // Frame by frame in order, whatever the block: the sums are the same to the last bit.
            if let Some(right) = right {
                for (&l, &r) in left.iter().zip(&right[start..start + count]) {
                    let y = filter.process([scrub(l, scrubbed), scrub(r, scrubbed)]);
                    *sums = [sums[0] + y[0] * y[0], sums[1] + y[1] * y[1]];
                }
            } else {
                for &l in left {
                    let y = filter.process([scrub(l, scrubbed), 0.0]);
                    sums[0] += y[0] * y[0];
                }
            }
            start += count;
            if let Some(length) = self.clock.advance(count) {
                let power = (self.sums[0] + self.sums[1]) / length as f64;
                self.sums = [0.0; 2];
                self.filter.flush();
                self.end_sub_block(power);
            }
        }
    }

    /// One sub-block of 10 ms is full; `power` is its weighted mean, summed over the channels.
    fn end_sub_block(&mut self, power: f64) {
        self.momentary.push(power);
        self.short_term.push(power);
        if self.paused {
            return;
        }
        self.running += 1;
        self.measured += 1;
        let momentary = self.momentary.value() / MOMENTARY_SUB_BLOCKS as f64;
        let short_term = self.short_term.value() / SHORT_TERM_SUB_BLOCKS as f64;
        // A window that is not yet full reads low, never high, so that the maxima need not wait for it.
        self.max_momentary_power = self.max_momentary_power.max(momentary);
        self.max_short_term_power = self.max_short_term_power.max(short_term);
        let on_grid = |window: usize| {
            self.running >= window as u64 && (self.running - window as u64).is_multiple_of(GATING_HOP_SUB_BLOCKS)
        };
        if on_grid(MOMENTARY_SUB_BLOCKS) {
            self.integrated.push(momentary);
        }
        if on_grid(SHORT_TERM_SUB_BLOCKS) {
            self.range.push(short_term);
        }
    }

    /// Momentary loudness (400 ms) in LUFS; `None` in silence.
    #[must_use]
    pub fn momentary_lufs(&self) -> Option<f64> {
        power_to_lufs(self.momentary.value() / MOMENTARY_SUB_BLOCKS as f64)
    }

    /// Short-term loudness (3 s) in LUFS; `None` in silence.
    #[must_use]
    pub fn short_term_lufs(&self) -> Option<f64> {
        power_to_lufs(self.short_term.value() / SHORT_TERM_SUB_BLOCKS as f64)
    }

    /// Integrated loudness in LUFS, gated at -70 LUFS and at -10 LU; `None` before 400 ms of programme.
    #[must_use]
    pub fn integrated_lufs(&self) -> Option<f64> {
        self.integrated.gated_mean(-10.0).and_then(power_to_lufs)
    }

    /// The greatest momentary loudness in LUFS; `None` in silence.
    #[must_use]
    pub fn max_momentary_lufs(&self) -> Option<f64> {
        power_to_lufs(self.max_momentary_power)
    }

    /// The greatest short-term loudness in LUFS; `None` in silence.
    #[must_use]
    pub fn max_short_term_lufs(&self) -> Option<f64> {
        power_to_lufs(self.max_short_term_power)
    }

    /// Loudness range in LU: from the 10th to the 95th percentile of short-term loudness gated at -70 LUFS and at
    /// -20 LU; `None` before 3 s of programme. Tech 3342 has 1.5 s of silence appended to a file that ends abruptly.
    #[must_use]
    pub fn loudness_range_lu(&self) -> Option<f64> {
        self.range.gated_percentiles(-20.0, 0.10, 0.95).map(|(low, high)| high - low)
    }

    /// Whether a minute has been measured: Tech 3341 has a meter flag the range as unstable before.
    #[must_use]
    pub fn is_range_stable(&self) -> bool {
        self.measured >= 6_000
    }

    /// Seconds measured since the reset, pauses left out.
    #[must_use]
    pub fn measured_s(&self) -> f64 {
        self.measured as f64 / super::sub_block::SUB_BLOCKS_PER_S
    }

    /// Samples that were not finite since the reset, taken as silence.
    #[must_use]
    pub fn scrubbed_samples(&self) -> u64 {
        self.scrubbed
    }

    /// Whether the short-term window is full and above the absolute gate, where a ratio to it means something.
    pub(super) fn is_programme(&self) -> bool {
        self.clock.completed() >= SHORT_TERM_SUB_BLOCKS as u64
            && self.short_term_lufs().is_some_and(|lufs| lufs > ABSOLUTE_GATE_LUFS)
    }
}
