//! What the filters need while they work, shared by all instances.

use super::Factor;
use super::design::STAGES;

/// Base-rate frames handled at once at the highest factor. Long enough to fill vectors, short enough for the top rate to stay in
/// the first cache.
pub(super) const CHUNK_FRAMES: usize = 32;
/// The most base-rate frames handled at once.
pub(crate) const MOST_CHUNK_FRAMES: usize = 64;
const TOP_TIMES: usize = 1 << STAGES;
/// The pad completes a base sample, so it is shorter than one.
pub(super) const MAX_PAD: usize = TOP_TIMES - 1;
/// The most frames of the top rate at once.
pub(crate) const TOP_FRAMES: usize = CHUNK_FRAMES * TOP_TIMES;
/// The most channels of a filter.
const MOST_CHANNELS: usize = 4;
/// The most frames that a stage has at its lower rate.
const MOST_LOW_FRAMES: usize = TOP_FRAMES / 2;

/// Base-rate frames handled at once at this factor: the fewer calls, the less of the time goes into filling and emptying vectors.
pub(crate) fn chunk_frames(factor: Factor) -> usize {
    MOST_CHUNK_FRAMES.min(TOP_FRAMES / factor.times())
}

/// Rows of frames of up to [`MOST_CHANNELS`] channels; none of them is memory.
#[derive(Debug)]
pub struct FilterBuffers<T> {
    /// From stage to stage, behind the pad.
    pub(super) between: [[T; MOST_CHANNELS * (MAX_PAD + TOP_FRAMES)]; 2],
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

impl<T: Copy + Default> Default for FilterBuffers<T> {
    fn default() -> Self {
        Self {
            between: [[T::default(); MOST_CHANNELS * (MAX_PAD + TOP_FRAMES)]; 2],
            stage: StageBuffers {
                lines: [[T::default(); MOST_CHANNELS * 2 * MOST_LOW_FRAMES]; 2],
                branch: [T::default(); MOST_CHANNELS * MOST_LOW_FRAMES],
            },
        }
    }
}

/// A row as frames.
pub(super) fn as_frames<T, const CH: usize>(row: &mut [T]) -> &mut [[T; CH]] {
    const { assert!(CH <= MOST_CHANNELS) }
    row.as_chunks_mut::<CH>().0
}
