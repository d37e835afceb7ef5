//! A delay by whole samples: what goes in comes out, bit for bit.

/// How much longer the ring is than the longest delay: at least one, so that no delay and the longest one are told
/// apart, and more, so that a block can be stored in one piece before as much of the past is read.
const SPARE: usize = 64;

/// Delays anything `Copy`: one channel (`f32`, `f64`) or a frame of several (`[f64; 2]`).
#[derive(Debug, Clone)]
pub struct DelayLine<T> {
    /// Longer than the longest delay by `SPARE`.
    ring: Vec<T>,
    /// How much of it is in use: what is never touched need not be in the cache.
    length: usize,
    write: usize,
    delay_samples: usize,
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
        let length = max_delay_samples + SPARE;
        Self { ring: vec![T::default(); length], length, write: 0, delay_samples: max_delay_samples }
    }

    /// Makes room for up to `max_delay_samples`, clears, and keeps the delay if it fits. Allocates.
    pub fn prepare(&mut self, max_delay_samples: usize) {
        self.ring.clear();
        self.ring.resize(max_delay_samples + SPARE, T::default());
        (self.length, self.write) = (self.ring.len(), 0);
        self.delay_samples = self.delay_samples.min(max_delay_samples);
    }

    /// Fills the memory with silence. Realtime-safe.
    pub fn reset(&mut self) {
        self.ring[..self.length].fill(T::default());
    }

    /// Begins with silence and this delay, held to the room there is, in no more memory than that takes: a delay that is far
    /// below the longest one costs less so. Realtime-safe.
    pub fn start(&mut self, delay_samples: usize) {
        self.delay_samples = delay_samples.min(self.max_delay_samples());
        (self.length, self.write) = (self.delay_samples + SPARE, 0);
        self.reset();
    }

    /// The delay.
    #[must_use]
    pub fn delay_samples(&self) -> usize {
        self.delay_samples
    }

    /// The longest delay there is room for.
    #[must_use]
    pub fn max_delay_samples(&self) -> usize {
        self.ring.len() - SPARE
    }

    /// One sample in, one out. Realtime-safe.
    #[inline]
    pub fn tick(&mut self, x: T) -> T {
        self.ring[self.write] = x;
        let y = self.tap(self.delay_samples);
        self.write += 1;
        if self.write == self.length {
            self.write = 0;
        }
        y
    }

    /// A block in place; the same as [`tick`](Self::tick) on each sample. Realtime-safe.
    pub fn process(&mut self, block: &mut [T]) {
        let (length, delay) = (self.length, self.delay_samples);
        if delay == 0 {
            self.write(block);
            return;
        }
        let mut rest = block;
        while !rest.is_empty() {
            let read = if self.write >= delay { self.write - delay } else { self.write + length - delay };
            // As far as neither end wraps, and without writing over what is to be read: what goes in is stored first.
            let step = rest.len().min(length - self.write).min(length - read).min(length - delay);
            let (now, later) = rest.split_at_mut(step);
            self.ring[self.write..self.write + step].copy_from_slice(now);
            now.copy_from_slice(&self.ring[read..read + step]);
            self.write = if self.write + step == length { 0 } else { self.write + step };
            rest = later;
        }
    }

    /// Stores a block as [`process`](Self::process) does, without reading what comes out. Realtime-safe.
    pub fn write(&mut self, block: &[T]) {
        let mut rest = block;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(self.length - self.write));
            self.ring[self.write..self.write + now.len()].copy_from_slice(now);
            self.write = if self.write + now.len() == self.length { 0 } else { self.write + now.len() };
            rest = later;
        }
    }

    /// The sample `delay_samples` before the one that was last stored, held to the room there is, or was [started](Self::start) with:
    /// for whoever reads at more than one place. Realtime-safe.
    #[must_use]
    #[inline]
    pub fn read(&self, delay_samples: usize) -> T {
        self.tap(delay_samples.min(self.length - SPARE) + 1)
    }

    /// From the write position back, before it moves on.
    #[inline]
    fn tap(&self, delay_samples: usize) -> T {
        // Both operands are below the length, so one conditional addition replaces the remainder.
        let index = if self.write >= delay_samples {
            self.write - delay_samples
        } else {
            self.write + self.length - delay_samples
        };
        self.ring[index]
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
