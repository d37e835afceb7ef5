//! The end of what went by.

use crate::math::reaches;

/// The last frames of a wave, for a filter that sleeps while the wave is low: shown them anew, it goes on as if it had never
/// slept, to the bit.
///
/// 32 frames are more than the stages of [`Phase::Doubled`](super::Phase::Doubled) remember, up to 8x.
#[derive(Debug, Clone)]
pub struct RecentFrames<const FRAMES: usize = 32> {
    frames: [[f32; 2]; FRAMES],
    is_behind: bool,
}

impl<const FRAMES: usize> Default for RecentFrames<FRAMES> {
    fn default() -> Self {
        Self { frames: [[0.0; 2]; FRAMES], is_behind: false }
    }
}

impl<const FRAMES: usize> RecentFrames<FRAMES> {
    /// Forgets. Realtime-safe.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Whether any of them is beyond `bound`, linear.
    #[must_use]
    pub fn reaches(&self, bound: f32) -> bool {
        reaches(self.frames.as_flattened(), bound)
    }

    /// Takes frames that the filter does not see. Realtime-safe.
    pub fn skip(&mut self, frames: &[[f32; 2]]) {
        self.is_behind = true;
        self.keep(frames);
    }

    /// Takes frames that the filter sees; if it slept, what it must be reset for and shown first. Realtime-safe.
    #[must_use]
    pub fn push(&mut self, frames: &[[f32; 2]]) -> Option<[[f32; 2]; FRAMES]> {
        let missed = self.is_behind.then_some(self.frames);
        self.is_behind = false;
        self.keep(frames);
        missed
    }

    fn keep(&mut self, frames: &[[f32; 2]]) {
        let new = frames.len().min(FRAMES);
        self.frames.copy_within(new.., 0);
        self.frames[FRAMES - new..].copy_from_slice(&frames[frames.len() - new..]);
    }
}
