//! The loudness meter of EBU R 128: momentary, short-term, integrated, range and maxima.

use super::channels::{CHUNK_FRAMES, MAX_PAIRS, PairChunk, gather, pair_count};
use super::gating::GatedHistogram;
use super::sub_block::{SUB_BLOCKS_PER_S, SubBlockClock};
use super::window::SlidingWindow;
use super::{
    ABSOLUTE_GATE_LUFS, GATING_HOP_SUB_BLOCKS, KFilter, MOMENTARY_SUB_BLOCKS, SHORT_TERM_SUB_BLOCKS, power_to_lufs,
};
use crate::simd::{self, dispatch};

/// Measures the loudness of a programme of one to eight channels (BS.1770-5, EBU Tech 3341 v4, Tech 3342 v4).
///
/// Momentary and short-term loudness, and their maxima, move every 10 ms; integrated loudness and range take a block each
/// 100 ms. The memory is constant, a sub-block costs the same in the first second as after a day, and nothing allocates
/// after [`new`](Self::new). Samples that are not finite count as silence and are counted.
#[derive(Debug, Clone)]
pub struct LoudnessMeter {
    pairs: Vec<WeightedPair>,
    clock: SubBlockClock,
    momentary: SlidingWindow<f64>,
    short_term: SlidingWindow<f64>,
    integrated: GatedHistogram,
    range: GatedHistogram,
    max_momentary: Maximum,
    max_short_term: Maximum,
    /// Sub-blocks measured since the reset or the last continue: windows that reach over a pause do not count.
    running: u64,
    measured: u64,
    paused: bool,
    scrubbed: u64,
}

/// The greatest power so far, and the number of sub-blocks measured when it came.
#[derive(Debug, Clone, Copy, Default)]
struct Maximum {
    power: f64,
    sub_blocks: u64,
}

impl Maximum {
    fn push(&mut self, power: f64, sub_blocks: u64) {
        if power > self.power {
            *self = Self { power, sub_blocks };
        }
    }

    /// The time in seconds at which it came; `None` in silence.
    fn at_s(&self) -> Option<f64> {
        power_to_lufs(self.power).map(|_| self.sub_blocks as f64 / SUB_BLOCKS_PER_S)
    }
}

/// Two channels: their K-weighting, their share in the sum, and the weighted squares of the running sub-block.
#[derive(Debug, Clone)]
struct WeightedPair {
    filter: KFilter<2>,
    weights: [f64; 2],
    sums: [f64; 2],
}

impl WeightedPair {
    /// Calls `beside` with every frame too: recursive sums each wait for their own last result, and in one loop they wait at
    /// the same time.
    #[inline(always)]
    fn push(&mut self, frames: &[[f32; 2]], mut beside: impl FnMut([f32; 2])) {
        // Copies in registers: through `self` every frame would go by way of memory. Frame by frame in order, whatever the
        // block: the sums are the same to the last bit.
        let (mut filter, mut sums) = (self.filter.clone(), self.sums);
        for frame in frames {
            beside(*frame);
            let y = filter.process(frame.map(f64::from));
            sums = [sums[0] + y[0] * y[0], sums[1] + y[1] * y[1]];
        }
        (self.filter, self.sums) = (filter, sums);
    }

    /// The weighted sum of squares of the sub-block that ends here.
    fn end_sub_block(&mut self) -> f64 {
        self.filter.flush();
        let [left, right] = std::mem::take(&mut self.sums);
        self.weights[0] * left + self.weights[1] * right
    }
}

impl LoudnessMeter {
    /// A meter of mono or stereo at rest. Allocates all that it will ever need (about 0.5 MB).
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        Self::with_weights(sample_rate_hz, &[1.0, 1.0])
    }

    /// A meter at rest for as many channels as there are weights, at most eight; see
    /// [`channel_weights`](super::channel_weights). Allocates all that it will ever need.
    #[must_use]
    pub fn with_weights(sample_rate_hz: f64, weights: &[f64]) -> Self {
        let weight = |channel: usize| weights.get(channel).copied().unwrap_or(0.0);
        let pair = |at: usize| WeightedPair {
            filter: KFilter::new(sample_rate_hz),
            weights: [weight(2 * at), weight(2 * at + 1)],
            sums: [0.0; 2],
        };
        Self {
            pairs: (0..pair_count(weights.len())).map(pair).collect(),
            clock: SubBlockClock::new(sample_rate_hz),
            momentary: SlidingWindow::new(MOMENTARY_SUB_BLOCKS, 0.0, |a, b| a + b),
            short_term: SlidingWindow::new(SHORT_TERM_SUB_BLOCKS, 0.0, |a, b| a + b),
            integrated: GatedHistogram::new(),
            range: GatedHistogram::new(),
            max_momentary: Maximum::default(),
            max_short_term: Maximum::default(),
            running: 0,
            measured: 0,
            paused: false,
            scrubbed: 0,
        }
    }

    /// Takes another sample rate, and forgets everything. Allocates.
    pub fn prepare(&mut self, sample_rate_hz: f64) {
        let weights: Vec<f64> = self.pairs.iter().flat_map(|pair| pair.weights).collect();
        *self = Self::with_weights(sample_rate_hz, &weights);
    }

    /// Forgets everything, the pause included. Realtime-safe.
    pub fn reset(&mut self) {
        for pair in &mut self.pairs {
            pair.filter.reset();
            pair.sums = [0.0; 2];
        }
        self.clock.reset();
        self.momentary.reset();
        self.short_term.reset();
        self.reset_integration();
        self.paused = false;
        self.scrubbed = 0;
    }

    /// What comes next does not continue what came before (the host suspended): filters and windows forget, all that is
    /// integrated goes on. Realtime-safe.
    pub fn interrupt(&mut self) {
        for pair in &mut self.pairs {
            pair.filter.reset();
        }
        self.momentary.reset();
        self.short_term.reset();
        self.running = 0;
    }

    /// Forgets integrated loudness, range and maxima together, as Tech 3341 asks; the windows run on.
    pub fn reset_integration(&mut self) {
        self.integrated.reset();
        self.range.reset();
        self.max_momentary = Maximum::default();
        self.max_short_term = Maximum::default();
        self.running = 0;
        self.measured = 0;
    }

    /// Takes what another meter has integrated, as if its programme had been a part of this one: integrated loudness and
    /// range are then those of both (but for the windows that would reach from one into the other), and so are the maxima.
    pub fn absorb_integration(&mut self, other: &Self) {
        self.integrated.absorb(&other.integrated);
        self.range.absorb(&other.range);
        self.max_momentary.push(other.max_momentary.power, self.measured + other.max_momentary.sub_blocks);
        self.max_short_term.push(other.max_short_term.power, self.measured + other.max_short_term.sub_blocks);
        self.measured += other.measured;
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
        match right {
            Some(right) => self.process_channels(&[left, right]),
            None => self.process_channels(&[left]),
        }
    }

    /// Takes the next frames, a slice a channel; the shortest tells the length, and channels beyond those that the meter
    /// was made for do not count.
    pub fn process_channels(&mut self, channels: &[&[f32]]) {
        let frames = channels.iter().map(|channel| channel.len()).min().unwrap_or(0);
        let mut chunk: [PairChunk; MAX_PAIRS] = [[[0.0; 2]; CHUNK_FRAMES]; MAX_PAIRS];
        let mut start = 0;
        while start < frames {
            let count = CHUNK_FRAMES.min(frames - start);
            dispatch!(simd::level(), _ => {
                self.scrubbed += gather(channels, start, count, &mut chunk);
                self.process_chunk(&chunk, count);
            });
            start += count;
        }
    }

    /// Takes the first `frames` of a chunk, a pair of channels in each.
    #[inline(always)]
    pub(super) fn process_chunk(&mut self, chunk: &[PairChunk], frames: usize) {
        self.process_chunk_beside(chunk, frames, |_| {});
    }

    /// The same, with every frame of the first pair handed to `beside`.
    #[inline(always)]
    pub(super) fn process_chunk_beside(
        &mut self,
        chunk: &[PairChunk],
        frames: usize,
        mut beside: impl FnMut([f32; 2]),
    ) {
        let mut start = 0;
        while start < frames {
            let count = self.clock.left().min(frames - start);
            let mut pairs = self.pairs.iter_mut().zip(chunk);
            if let Some((pair, chunk)) = pairs.next() {
                pair.push(&chunk[start..start + count], &mut beside);
            }
            for (pair, chunk) in pairs {
                pair.push(&chunk[start..start + count], |_| {});
            }
            start += count;
            if let Some(length) = self.clock.advance(count) {
                let sum: f64 = self.pairs.iter_mut().map(WeightedPair::end_sub_block).sum();
                self.end_sub_block(sum / length as f64);
            }
        }
    }

    /// One sub-block of 10 ms is full; `power` is its weighted mean, summed over the channels.
    pub(super) fn end_sub_block(&mut self, power: f64) {
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
        self.max_momentary.push(momentary, self.measured);
        self.max_short_term.push(short_term, self.measured);
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
        power_to_lufs(self.max_momentary.power)
    }

    /// The greatest short-term loudness in LUFS; `None` in silence.
    #[must_use]
    pub fn max_short_term_lufs(&self) -> Option<f64> {
        power_to_lufs(self.max_short_term.power)
    }

    /// The end of the loudest 400 ms, in seconds measured; `None` in silence.
    #[must_use]
    pub fn max_momentary_s(&self) -> Option<f64> {
        self.max_momentary.at_s()
    }

    /// The end of the loudest 3 s, in seconds measured; `None` in silence.
    #[must_use]
    pub fn max_short_term_s(&self) -> Option<f64> {
        self.max_short_term.at_s()
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
        self.measured as f64 / SUB_BLOCKS_PER_S
    }

    /// Samples that were not finite since the reset, taken as silence.
    #[must_use]
    pub fn scrubbed_samples(&self) -> u64 {
        self.scrubbed
    }

    /// Whether the short-term window is full, reaches over no pause and is above the absolute gate, where a ratio to it
    /// means something.
    pub(super) fn is_programme(&self) -> bool {
        self.running >= SHORT_TERM_SUB_BLOCKS as u64
            && self.short_term_lufs().is_some_and(|lufs| lufs > ABSOLUTE_GATE_LUFS)
    }
}
