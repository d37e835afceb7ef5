//! Cutting time into sub-blocks of 10 ms, and clean lanes of f64 out of slices of f32.

/// Sub-blocks a second.
pub(super) const SUB_BLOCKS_PER_S: f64 = 100.0;
/// The length of a sub-block, seconds.
pub(super) const SUB_BLOCK_S: f64 = 1.0 / SUB_BLOCKS_PER_S;

/// A rate that arithmetic survives: what is not finite or below 8 kHz becomes 8 kHz.
pub(super) fn usable_rate(sample_rate_hz: f64) -> f64 {
    if sample_rate_hz.is_finite() { sample_rate_hz.clamp(8_000.0, 10_000_000.0) } else { 8_000.0 }
}

/// Tells how many frames are left in the running sub-block.
///
/// At 22.05 kHz, 10 ms are 220.5 frames. The boundaries are rounded one by one from the running index, so that the mean
/// length is exact and nothing drifts in 24 hours.
#[derive(Debug, Clone)]
pub(super) struct SubBlockClock {
    sample_rate_hz: f64,
    index: u64,
    length: usize,
    left: usize,
}

impl SubBlockClock {
    pub(super) fn new(sample_rate_hz: f64) -> Self {
        let mut clock = Self { sample_rate_hz: usable_rate(sample_rate_hz), index: 0, length: 0, left: 0 };
        clock.reset();
        clock
    }

    pub(super) fn reset(&mut self) {
        self.index = 0;
        self.begin();
    }

    /// Frames left until the running sub-block is full; at least one.
    pub(super) fn left(&self) -> usize {
        self.left
    }

    /// Steps on by `frames`, at most [`left`](Self::left); the full sub-block's length when that completes it.
    pub(super) fn advance(&mut self, frames: usize) -> Option<usize> {
        self.left -= frames.min(self.left);
        if self.left > 0 {
            return None;
        }
        let full = self.length;
        self.index += 1;
        self.begin();
        Some(full)
    }

    fn begin(&mut self) {
        // Whole rates keep this product exact up to 2^53, which is 1500 years of sub-blocks at 192 kHz.
        let boundary = |index: u64| (index as f64 * self.sample_rate_hz / SUB_BLOCKS_PER_S).floor() as u64;
        self.length = (boundary(self.index + 1) - boundary(self.index)) as usize;
        self.left = self.length;
    }
}

/// The sample as f64, zero if it is not finite, and one more on the counter then.
#[inline(always)]
pub(super) fn scrub(x: f32, scrubbed: &mut u64) -> f64 {
    let bad = !x.is_finite();
    *scrubbed += u64::from(bad);
    if bad { 0.0 } else { f64::from(x) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_its_frames_at_every_rate() {
        for rate_hz in [22_050.0, 44_100.0, 48_000.0, 88_200.0, 192_000.0, 384_000.0] {
            let mut clock = SubBlockClock::new(rate_hz);
            let mut frames = 0;
            for _ in 0..8_640_000 {
                let length = clock.left();
                assert!((length as f64 - rate_hz / 100.0).abs() < 1.0, "{length} frames at {rate_hz} Hz");
                assert_eq!(clock.advance(length), Some(length));
                frames += length as u64;
            }
            assert_eq!(frames, 86_400 * rate_hz as u64, "{rate_hz} Hz");
        }
    }
}
