//! The writer's end of a ring.

use std::sync::atomic::Ordering;

use super::block::{FRAMES_AT, Moment, pack};
use super::layout::{BLOCK_FRAMES, CLAIMED_AT, INFO_WORDS, Layout, WRITTEN_AT};
use super::{Block, Word, Words};

/// Writes audio into a ring; there is one. Wait-free: it stores and never looks at what others do.
#[derive(Debug)]
pub struct RingWriter<M> {
    memory: M,
    layout: Layout,
    /// Blocks that were published.
    number: u64,
    /// Frames in the one that is not yet.
    filled: usize,
    position_frames: u64,
    /// What holds for the next frame.
    moment: Moment,
}

impl<M: Words> RingWriter<M> {
    /// Makes an empty ring of the whole memory; `None` if it is of another size.
    pub fn new(memory: M, layout: Layout) -> Option<Self> {
        if memory.words().len() != layout.words() {
            return None;
        }
        layout.write(memory.words());
        Some(Self { memory, layout, number: 0, filled: 0, position_frames: 0, moment: Block::default().moment })
    }

    /// What holds for the frames that follow. Ends the block that is not full where they do not go on from those before.
    pub fn begin(&mut self, moment: &Moment) {
        if self.filled > 0 && !self.goes_on(moment) {
            self.publish();
        }
        self.moment = *moment;
    }

    fn goes_on(&self, moment: &Moment) -> bool {
        let is_near = match (self.moment.transport_sample, moment.transport_sample) {
            // Hosts count in seconds or beats, and round.
            (Some(expected), Some(given)) => expected.abs_diff(given) <= 1,
            (None, None) => true,
            _ => false,
        };
        is_near && self.moment == Moment { transport_sample: self.moment.transport_sample, ..*moment }
    }

    /// Writes frames of both points, left and right of each, as many as the shortest has.
    pub fn write(&mut self, input: [&[f32]; 2], output: [&[f32]; 2]) {
        let frames = input.iter().chain(&output).map(|side| side.len()).min().unwrap_or(0);
        let mut start = 0;
        while start < frames {
            let count = (BLOCK_FRAMES - self.filled).min(frames - start);
            self.fill([input, output].map(|point| point.map(|side| &side[start..start + count])), count);
            start += count;
        }
    }

    #[inline]
    fn fill(&mut self, points: [[&[f32]; 2]; 2], count: usize) {
        let words = self.memory.words();
        let block = &words[self.layout.block(self.number)];
        if self.filled == 0 {
            words[CLAIMED_AT].store(self.number + 1, Ordering::Relaxed);
            // Whoever sees anything of what follows sees the claim, too.
            M::Word::fence(Ordering::Release);
            self.moment.write(block, self.number, self.position_frames);
        }
        for (point, [left, right]) in points.into_iter().enumerate() {
            let start = INFO_WORDS + point * BLOCK_FRAMES + self.filled;
            for ((word, &left), &right) in block[start..start + count].iter().zip(left).zip(right) {
                word.store(pack(left, right), Ordering::Relaxed);
            }
        }
        self.filled += count;
        if self.moment.is_playing {
            self.moment.transport_sample = self.moment.transport_sample.map(|at| at.saturating_add(count as i64));
        }
        if self.filled == BLOCK_FRAMES {
            self.publish();
        }
    }

    fn publish(&mut self) {
        let words = self.memory.words();
        let block = &words[self.layout.block(self.number)];
        block[FRAMES_AT].store(self.filled as u64, Ordering::Relaxed);
        self.number += 1;
        self.position_frames += self.filled as u64;
        self.filled = 0;
        words[WRITTEN_AT].store(self.number, Ordering::Release);
    }
}
