//! What the filters need while they work, shared by all instances.

use super::Sample;
use super::cascade::{CHUNK_FRAMES, MAX_PAD, TOP_TIMES};

/// The most channels of a filter.
pub(super) const MOST_CHANNELS: usize = 4;
/// The most frames that a stage has at its lower rate.
const MOST_LOW_FRAMES: usize = CHUNK_FRAMES * TOP_TIMES / 2;

/// Rows of frames of up to [`MOST_CHANNELS`] channels; none of them is memory.
#[derive(Debug)]
pub struct FilterBuffers<T> {
    /// From stage to stage, behind the pad.
    pub(super) between: [[T; MOST_CHANNELS * (MAX_PAD + CHUNK_FRAMES * TOP_TIMES)]; 2],
    pub(super) stage: StageBuffers<T>,
}

/// What one stage needs.
#[derive(Debug)]
pub(super) struct StageBuffers<T> {
    /// A short history, and behind it what is new: of both phases.
    pub(super) lines: [[T; MOST_CHANNELS * 2 * MOST_LOW_FRAMES]; 2],
    /// What a branch makes.
    pub(super) branch: [T; MOST_CHANNELS * MOST_LOW_FRAMES],
}

impl<T: Sample> Default for FilterBuffers<T> {
    fn default() -> Self {
        Self {
            between: [[T::default(); MOST_CHANNELS * (MAX_PAD + CHUNK_FRAMES * TOP_TIMES)]; 2],
            stage: StageBuffers {
                lines: [[T::default(); MOST_CHANNELS * 2 * MOST_LOW_FRAMES]; 2],
                branch: [T::default(); MOST_CHANNELS * MOST_LOW_FRAMES],
            },
        }
    }
}

/// The frames of a row.
pub(super) fn frames<T, const CH: usize>(row: &mut [T]) -> &mut [[T; CH]] {
    const { assert!(CH <= MOST_CHANNELS) }
    row.as_chunks_mut::<CH>().0
}
