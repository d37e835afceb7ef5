//! Where things stand in a ring.

use std::ops::Range;
use std::sync::atomic::Ordering;

use super::Word;

/// Most frames of a block.
pub const BLOCK_FRAMES: usize = 64;
/// Blocks of a ring that a station makes: 2.7 s at 48 kHz, 0.3 s at 384 kHz, 2.2 MB.
pub const BLOCKS: usize = 2048;
/// The largest ring that a reader maps.
const MAX_BLOCKS: u64 = 1 << 16;

/// "Twobus", and the version of all that follows.
const MAGIC: u64 = u64::from_le_bytes(*b"Twobus\x00\x01");
const HEADER_WORDS: usize = 64;
/// What stands in front of the frames of a block.
pub(super) const INFO_WORDS: usize = 8;
/// A frame is one word (left in the lower half, right in the upper), at two points: what came in, and what goes out.
const BLOCK_WORDS: usize = INFO_WORDS + 2 * BLOCK_FRAMES;

/// Words of the header. The two that move have a cache line each.
const MAGIC_AT: usize = 0;
const BLOCKS_AT: usize = 1;
/// Blocks that the writer has begun so far.
pub(super) const CLAIMED_AT: usize = 16;
/// Blocks that it has finished.
pub(super) const WRITTEN_AT: usize = 32;

/// The size of a ring: all that its header says. Read once, checked, and kept where no peer can change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    blocks: u64,
}

impl Layout {
    /// A ring of so many blocks, a power of two from 2 to 65536.
    #[must_use]
    pub fn new(blocks: u64) -> Option<Self> {
        (blocks.is_power_of_two() && (2..=MAX_BLOCKS).contains(&blocks)).then_some(Self { blocks })
    }

    /// Words of the whole ring.
    #[must_use]
    pub fn words(self) -> usize {
        HEADER_WORDS + self.blocks as usize * BLOCK_WORDS
    }

    /// Blocks of the ring.
    #[must_use]
    pub fn blocks(self) -> u64 {
        self.blocks
    }

    /// Writes the header of an empty ring.
    pub fn write<W: Word>(self, words: &[W]) {
        words[MAGIC_AT].store(MAGIC, Ordering::Relaxed);
        words[BLOCKS_AT].store(self.blocks, Ordering::Relaxed);
    }

    /// Reads a header; `None` unless it is one of this version, and of memory of just this size.
    #[must_use]
    pub fn read<W: Word>(words: &[W]) -> Option<Self> {
        if words.len() < HEADER_WORDS || words[MAGIC_AT].load(Ordering::Relaxed) != MAGIC {
            return None;
        }
        Self::new(words[BLOCKS_AT].load(Ordering::Relaxed)).filter(|layout| layout.words() == words.len())
    }

    /// The words of a block, counted from the ring's birth.
    #[inline]
    pub(super) fn block(self, number: u64) -> Range<usize> {
        let start = HEADER_WORDS + (number & (self.blocks - 1)) as usize * BLOCK_WORDS;
        start..start + BLOCK_WORDS
    }
}
