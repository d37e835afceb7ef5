//! A reader's end of a ring.

use std::sync::atomic::Ordering;

use super::layout::{CLAIMED_AT, Layout, WRITTEN_AT};
use super::{Block, Word, Words};

/// Reads a ring from its newest block on. Wait-free and without allocation, whatever the writer does; the memory is only ever read.
#[derive(Debug, Clone)]
pub struct RingReader<M> {
    memory: M,
    layout: Layout,
    /// The next block to be read.
    number: u64,
    /// Where its first frame should stand; `None` at the start and after a gap.
    expected_frames: Option<u64>,
    lost_blocks: u64,
}

impl<M: Words> RingReader<M> {
    /// Reads what is written from now on. `None` if the memory holds no ring of its own size.
    pub fn new(memory: M) -> Option<Self> {
        let layout = Layout::read(memory.words())?;
        let mut reader = Self { memory, layout, number: 0, expected_frames: None, lost_blocks: 0 };
        reader.skip_to_newest();
        Some(reader)
    }

    fn written(&self) -> u64 {
        self.memory.words()[WRITTEN_AT].load(Ordering::Acquire)
    }

    /// Skips all that was written so far.
    pub fn skip_to_newest(&mut self) {
        self.number = self.written();
        self.expected_frames = None;
    }

    /// Blocks that wait to be read; what is too old to be read does not count.
    #[must_use]
    pub fn waiting_blocks(&self) -> u64 {
        self.written().wrapping_sub(self.number).min(self.layout.blocks())
    }

    /// Blocks that were lost so far: this reader came too late, or what stood there was none. Wraps.
    #[must_use]
    pub fn lost_blocks(&self) -> u64 {
        self.lost_blocks
    }

    /// Takes the next block. False, and an empty block, if there is none yet.
    pub fn read(&mut self, block: &mut Block) -> bool {
        block.frames = 0;
        // Once more after a block that was lost, so that a reader who falls behind still gets on.
        (0..2).any(|_| self.attempt(block))
    }

    fn attempt(&mut self, block: &mut Block) -> bool {
        let blocks = self.layout.blocks();
        let ahead = self.written().wrapping_sub(self.number);
        if ahead == 0 {
            return false;
        }
        if ahead > blocks {
            self.fall_back();
            return false;
        }
        let words = self.memory.words();
        let is_block = block.copy(&words[self.layout.block(self.number)], self.number);
        // Whoever has seen anything of a newer block sees its claim here.
        M::Word::fence(Ordering::Acquire);
        let claimed = words[CLAIMED_AT].load(Ordering::Relaxed);
        if claimed.wrapping_sub(self.number) > blocks {
            block.frames = 0;
            self.fall_back();
            return false;
        }
        let number = self.number;
        self.number = number.wrapping_add(1);
        if !is_block {
            block.frames = 0;
            self.lose(1);
            return false;
        }
        block.is_after_gap = self.expected_frames != Some(block.position_frames);
        self.expected_frames = Some(block.position_frames.wrapping_add(block.frames as u64));
        true
    }

    fn lose(&mut self, blocks: u64) {
        self.lost_blocks = self.lost_blocks.wrapping_add(blocks);
        self.expected_frames = None;
    }

    /// Lapped: goes on in the middle of what there is, as far from being lapped again as from having nothing to read.
    fn fall_back(&mut self) {
        let number = self.written().wrapping_sub(self.layout.blocks() / 2);
        self.lose(number.wrapping_sub(self.number));
        self.number = number;
    }
}
