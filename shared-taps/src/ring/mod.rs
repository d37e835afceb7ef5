//! A ring of audio with one writer and any number of readers who may only look.
//!
//! Everything in it is a 64-bit atomic, so that what a hostile or a dead writer leaves is some number and never undefined. Blocks of up
//! to 64 frames carry what belongs to them: where they stand, where the transport stood, the rate, the latency, the mode.
//!
//! The writer claims a block, fills it with relaxed stores and publishes it with release. A reader copies it, and then looks whether the
//! writer has claimed it again meanwhile; if so it has been lapped, throws its copy away and goes on with newer ones. Neither
//! ever waits, and neither loops more than twice. (Hans-J. Boehm, *Can Seqlocks Get Along With Programming Language Memory Models?*, 2012.)

mod block;
mod layout;
mod reader;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use block::{Block, Mode, Moment, Point};
pub use layout::{BLOCK_FRAMES, BLOCKS, Layout};
pub use reader::RingReader;
pub use writer::RingWriter;

/// A 64-bit atomic: the real one, or that of a checker.
pub trait Word {
    /// Reads.
    fn load(&self, ordering: Ordering) -> u64;
    /// Writes.
    fn store(&self, value: u64, ordering: Ordering);
    /// A fence for such words.
    fn fence(ordering: Ordering);
}

impl Word for AtomicU64 {
    #[inline(always)]
    fn load(&self, ordering: Ordering) -> u64 {
        self.load(ordering)
    }

    #[inline(always)]
    fn store(&self, value: u64, ordering: Ordering) {
        self.store(value, ordering);
    }

    #[inline(always)]
    fn fence(ordering: Ordering) {
        std::sync::atomic::fence(ordering);
    }
}

/// Memory made of words, shared by whoever holds it.
pub trait Words {
    /// Of which it is made.
    type Word: Word;
    /// All of them.
    fn words(&self) -> &[Self::Word];
}

impl<W: Word> Words for Arc<[W]> {
    type Word = W;

    fn words(&self) -> &[W] {
        self
    }
}
