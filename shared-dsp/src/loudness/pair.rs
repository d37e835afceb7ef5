//! The loudness of a processed signal against the signal it came from, for Compare and Match.

use super::gating::GatedHistogram;
use super::sub_block::{SUB_BLOCKS_PER_S, SubBlockClock, scrub};
use super::window::SlidingWindow;
use super::{
    ABSOLUTE_GATE_LUFS, GATING_HOP_SUB_BLOCKS, KFilter, MOMENTARY_SUB_BLOCKS, SHORT_TERM_SUB_BLOCKS, lufs_to_power,
};

/// Compares the loudness of wet and dry over the last 3 s of programme, and over a learnt interval.
///
/// Both signals are K-weighted (BS.1770-5) and cut into the same sub-blocks of 10 ms; the dry must come aligned to the
/// wet. A sub-block is programme if the mean power of *each* side over that sub-block alone is above -70 LUFS. Only
/// programme enters the window, so that in silence, in a fade or in a reverb's tail past the gate, the answer stands still
/// where it was, and it goes on from there when the music does. The four channels are the lanes of one vector.
#[derive(Debug, Clone)]
pub struct LoudnessPair {
    filter: KFilter<4>,
    clock: SubBlockClock,
    /// Weighted squares of the running sub-block: wet left, wet right, dry left, dry right.
    sums: [f64; 4],
    /// Sums over the last 3 s of programme, wet and dry.
    window: SlidingWindow<[f64; 2]>,
    collected: usize,
    frozen: bool,
    gate_power: f64,
    learning: Learning,
    scrubbed: u64,
}

/// Gated loudness of both sides over an interval, as BS.1770 integrates it.
#[derive(Debug, Clone)]
struct Learning {
    momentary: SlidingWindow<[f64; 2]>,
    wet: GatedHistogram,
    dry: GatedHistogram,
    sub_blocks: u64,
    active: bool,
}

fn add(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0] + b[0], a[1] + b[1]]
}

impl LoudnessPair {
    /// A pair of meters at rest. Allocates all that it will ever need (about 0.5 MB).
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        Self {
            filter: KFilter::new(sample_rate_hz),
            clock: SubBlockClock::new(sample_rate_hz),
            sums: [0.0; 4],
            window: SlidingWindow::new(SHORT_TERM_SUB_BLOCKS, [0.0; 2], add),
            collected: 0,
            frozen: false,
            gate_power: lufs_to_power(ABSOLUTE_GATE_LUFS),
            learning: Learning {
                momentary: SlidingWindow::new(MOMENTARY_SUB_BLOCKS, [0.0; 2], add),
                wet: GatedHistogram::new(),
                dry: GatedHistogram::new(),
                sub_blocks: 0,
                active: false,
            },
            scrubbed: 0,
        }
    }

    /// Takes another sample rate, and forgets everything. Allocates.
    pub fn prepare(&mut self, sample_rate_hz: f64) {
        *self = Self::new(sample_rate_hz);
    }

    /// Forgets everything, a running learning included. Realtime-safe.
    pub fn reset(&mut self) {
        self.filter.reset();
        self.clock.reset();
        self.sums = [0.0; 4];
        self.window.reset();
        self.collected = 0;
        self.frozen = false;
        self.learning.active = false;
        self.scrubbed = 0;
    }

    /// What comes next does not continue what came before (the host suspended): the filters forget, the window and a
    /// running learning do not. Realtime-safe.
    pub fn interrupt(&mut self) {
        self.filter.reset();
    }

    /// Holds the 3 s window as it is (while Compare is listened to); the filters run on, so that nothing clicks in it
    /// afterwards. Learning is not held.
    pub fn set_frozen(&mut self, frozen: bool) {
        self.frozen = frozen;
    }

    /// Takes the next frames of both sides, left and right; the right ones are absent in mono. The shortest slice tells
    /// the length. Realtime-safe.
    pub fn process(&mut self, wet: (&[f32], Option<&[f32]>), dry: (&[f32], Option<&[f32]>)) {
        let frames = wet.0.len().min(dry.0.len());
        match (wet.1, dry.1) {
            (Some(wet_right), Some(dry_right)) => {
                let frames = frames.min(wet_right.len()).min(dry_right.len());
                self.run(frames, |at| [wet.0[at], wet_right[at], dry.0[at], dry_right[at]]);
            }
            // One side mono and the other stereo cannot come from one plugin: the left alone answers then.
            _ => self.run(frames, |at| [wet.0[at], 0.0, dry.0[at], 0.0]),
        }
    }

    #[inline(always)]
    fn run(&mut self, frames: usize, frame: impl Fn(usize) -> [f32; 4]) {
        let mut start = 0;
        while start < frames {
            let count = self.clock.left().min(frames - start);
            // Copies in registers: through `self` every frame would go by way of memory.
            let (mut filter, mut sums, mut scrubbed) = (self.filter.clone(), self.sums, 0);
            for at in start..start + count {
                let y = filter.process(frame(at).map(|x| scrub(x, &mut scrubbed)));
                for lane in 0..4 {
                    sums[lane] += y[lane] * y[lane];
                }
            }
            (self.filter, self.sums) = (filter, sums);
            self.scrubbed += scrubbed;
            start += count;
            if let Some(length) = self.clock.advance(count) {
                let scale = 1.0 / length as f64;
                let powers = [(self.sums[0] + self.sums[1]) * scale, (self.sums[2] + self.sums[3]) * scale];
                self.sums = [0.0; 4];
                self.filter.flush();
                self.end_sub_block(powers);
            }
        }
    }

    fn end_sub_block(&mut self, powers: [f64; 2]) {
        let is_programme = powers.iter().all(|&power| power > self.gate_power);
        if is_programme && !self.frozen {
            self.window.push(powers);
            self.collected = (self.collected + 1).min(SHORT_TERM_SUB_BLOCKS);
        }
        let learning = &mut self.learning;
        if learning.active {
            learning.momentary.push(powers);
            learning.sub_blocks += 1;
            let window = MOMENTARY_SUB_BLOCKS as u64;
            let past = learning.sub_blocks.checked_sub(window);
            if past.is_some_and(|past| past.is_multiple_of(GATING_HOP_SUB_BLOCKS)) {
                let [wet, dry] = learning.momentary.value();
                learning.wet.push_pair(wet / window as f64, dry / window as f64);
                learning.dry.push_pair(dry / window as f64, wet / window as f64);
            }
        }
    }

    /// Loudness of the wet above the dry in LU, over the last 3 s of programme or what there is of them; `None` before
    /// the first sub-block of programme.
    #[must_use]
    pub fn difference_lu(&self) -> Option<f64> {
        let [wet, dry] = self.window.value();
        (self.collected > 0 && wet > 0.0 && dry > 0.0).then(|| 10.0 * (wet / dry).log10())
    }

    /// Whether the full 3 s of programme have been collected.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.collected >= SHORT_TERM_SUB_BLOCKS
    }

    /// Seconds of programme in the window, 0 to 3.
    #[must_use]
    pub fn programme_s(&self) -> f64 {
        self.collected as f64 / SUB_BLOCKS_PER_S
    }

    /// Begins to learn for Match, forgetting what was learnt before. Realtime-safe.
    pub fn start(&mut self) {
        self.learning.momentary.reset();
        self.learning.wet.reset();
        self.learning.dry.reset();
        self.learning.sub_blocks = 0;
        self.learning.active = true;
    }

    /// Whether [`start`](Self::start) was called and [`finish`](Self::finish) not yet.
    #[must_use]
    pub fn is_learning(&self) -> bool {
        self.learning.active
    }

    /// Seconds since [`start`](Self::start).
    #[must_use]
    pub fn learnt_s(&self) -> f64 {
        self.learning.sub_blocks as f64 / SUB_BLOCKS_PER_S
    }

    /// Ends learning. Integrated loudness (BS.1770-5, both gates) of the wet above the dry's in LU since
    /// [`start`](Self::start), the same numbers that a meter on either side would show; `None` if nothing was being
    /// learnt or either side had no 400 ms above the gate. Realtime-safe.
    pub fn finish(&mut self) -> Option<f64> {
        if !std::mem::take(&mut self.learning.active) {
            return None;
        }
        let wet = self.learning.wet.gated_mean(-10.0)?;
        let dry = self.learning.dry.gated_mean(-10.0)?;
        Some(10.0 * (wet / dry).log10())
    }

    /// The loudness of the wet above the dry's in LU over the same blocks of both since [`start`](Self::start), while learning goes
    /// on: once over those that pass the wet's gate, once over those that pass the dry's, and the mean of the two. Where one is the
    /// other but for a gain, that is it, exactly: the difference of integrated loudness depends on the blocks that just pass the
    /// gate on one side. `None` where either side had no 400 ms above the gate. Realtime-safe.
    #[must_use]
    pub fn paired_difference_lu(&self) -> Option<f64> {
        if !self.learning.active {
            return None;
        }
        let wet = self.learning.wet.gated_ratio(-10.0)?;
        let dry = self.learning.dry.gated_ratio(-10.0)?;
        Some(5.0 * (wet / dry).log10())
    }

    /// Samples that were not finite since the reset, taken as silence.
    #[must_use]
    pub fn scrubbed_samples(&self) -> u64 {
        self.scrubbed
    }
}
