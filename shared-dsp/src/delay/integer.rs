//! A delay by whole samples: what goes in comes out, bit for bit.

use std::ops::Range;

/// How much longer the ring is than the longest delay: at least one, so that no delay and the longest one are told
/// apart, and more, so that a block can be stored in one piece before as much of the past is read.
pub(super) const SPARE: usize = 64;

/// Where a ring is written next, and how far behind it is read.
#[derive(Debug, Clone)]
pub(super) struct RingPosition {
    /// How much of the ring is in use: what is never touched need not be in the cache.
    pub(super) length: usize,
    write: usize,
    pub(super) delay_samples: usize,
}

impl RingPosition {
    /// At the beginning, for this delay.
    pub(super) fn new(delay_samples: usize) -> Self {
        Self { length: delay_samples + SPARE, write: 0, delay_samples }
    }

    /// Places for up to `frames`, as many as neither end wraps for: where they go in, and where as many come out from. What goes in
    /// is to be stored first: nothing that is to be read is written over.
    pub(super) fn step(&mut self, frames: usize) -> [Range<usize>; 2] {
        let (length, delay) = (self.length, self.delay_samples);
        let (write, read) = (self.write, self.place(delay));
        let step = frames.min(length - write).min(length - read).min(length - delay);
        self.write = if write + step == length { 0 } else { write + step };
        [write..write + step, read..read + step]
    }

    /// From the write position back, before it moves on.
    #[inline]
    fn place(&self, delay_samples: usize) -> usize {
        // Both operands are below the length, so one conditional addition replaces the remainder.
        if self.write >= delay_samples { self.write - delay_samples } else { self.write + self.length - delay_samples }
    }
}

/// Delays anything `Copy`: one channel (`f32`, `f64`) or a frame of several (`[f64; 2]`).
#[derive(Debug, Clone)]
pub struct DelayLine<T> {
    /// Longer than the longest delay by `SPARE`.
    ring: Vec<T>,
    position: RingPosition,
}

impl<T: Copy + Default> Default for DelayLine<T> {
    fn default() -> Self {
        Self::new(0)
    }
}

impl<T: Copy + Default> DelayLine<T> {
    /// Room for up to `max_delay_samples`; the delay is that. Allocates.
    #[must_use]
    pub fn new(max_delay_samples: usize) -> Self {
        let position = RingPosition::new(max_delay_samples);
        Self { ring: vec![T::default(); position.length], position }
    }

    /// Makes room for up to `max_delay_samples`, and begins with silence and the delay of before, if that fits. Allocates.
    pub fn prepare(&mut self, max_delay_samples: usize) {
        self.ring.clear();
        self.ring.resize(max_delay_samples + SPARE, T::default());
        self.position = RingPosition::new(self.position.delay_samples.min(max_delay_samples));
    }

    /// Fills the memory with silence. Realtime-safe.
    pub fn reset(&mut self) {
        self.ring[..self.position.length].fill(T::default());
    }

    /// Begins with silence and this delay, held to the room there is, in no more memory than that takes: a delay that is far
    /// below the longest one costs less so. Realtime-safe.
    pub fn start(&mut self, delay_samples: usize) {
        self.position = RingPosition::new(delay_samples.min(self.max_delay_samples()));
        self.reset();
    }

    /// The delay.
    #[must_use]
    pub fn delay_samples(&self) -> usize {
        self.position.delay_samples
    }

    /// The longest delay there is room for.
    #[must_use]
    pub fn max_delay_samples(&self) -> usize {
        self.ring.len() - SPARE
    }

    /// One sample in, one out. Realtime-safe.
    #[inline]
    pub fn tick(&mut self, x: T) -> T {
        self.ring[self.position.write] = x;
        let y = self.ring[self.position.place(self.position.delay_samples)];
        self.position.write += 1;
        if self.position.write == self.position.length {
            self.position.write = 0;
        }
        y
    }

    /// A block in place; the same as [`tick`](Self::tick) on each sample. Realtime-safe.
    pub fn process(&mut self, block: &mut [T]) {
        if self.position.delay_samples == 0 {
            self.write(block);
            return;
        }
        let mut rest = block;
        while !rest.is_empty() {
            let [to, from] = self.position.step(rest.len());
            let (now, later) = rest.split_at_mut(to.len());
            self.ring[to].copy_from_slice(now);
            now.copy_from_slice(&self.ring[from]);
            rest = later;
        }
    }

    /// Stores a block as [`process`](Self::process) does, without reading what comes out. Realtime-safe.
    pub fn write(&mut self, block: &[T]) {
        let mut rest = block;
        while !rest.is_empty() {
            let [to, _] = self.position.step(rest.len());
            let (now, later) = rest.split_at(to.len());
            self.ring[to].copy_from_slice(now);
            rest = later;
        }
    }

    /// The sample `delay_samples` before the one that was last stored, held to the room there is, or was [started](Self::start) with:
    /// for whoever reads at more than one place. Realtime-safe.
    #[must_use]
    #[inline]
    pub fn read(&self, delay_samples: usize) -> T {
        self.ring[self.position.place(delay_samples.min(self.position.length - SPARE) + 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same as one that uses all of its memory, and what is behind its part of it is never read.
    #[test]
    fn less_memory_is_the_same_delay() {
        for delay_samples in [0_usize, 1, 32, 100, 936, 1000] {
            let (mut part, mut whole) = (DelayLine::new(1000), DelayLine::new(delay_samples));
            part.ring.fill(usize::MAX);
            part.start(delay_samples);
            assert_eq!(part.delay_samples(), delay_samples);
            for n in 1..4000_usize {
                let expected = n.saturating_sub(delay_samples);
                if n % 300 < 200 {
                    assert_eq!((part.tick(n), whole.tick(n)), (expected, expected), "{delay_samples}, frame {n}");
                } else {
                    let (mut a, mut b) = ([n], [n]);
                    part.process(&mut a);
                    whole.process(&mut b);
                    assert_eq!((a, b), ([expected], [expected]), "{delay_samples}, frame {n}");
                }
                assert_eq!(part.read(delay_samples), n.saturating_sub(delay_samples), "{delay_samples}, frame {n}");
            }
        }
    }
}
