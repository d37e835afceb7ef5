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

    /// Sets the delay, held to the room there is, at once and without a fade; the memory stays. Realtime-safe.
    pub fn set_delay_samples(&mut self, delay_samples: usize) {
        self.delay_samples = delay_samples.min(self.max_delay_samples());
        if self.delay_samples + SPARE > self.length {
            self.use_all();
        }
    }

    /// Goes on in the whole ring: what is older than its beginning belongs at its end.
    fn use_all(&mut self) {
        let older = self.length - self.write;
        let end = self.ring.len() - older;
        self.ring.copy_within(self.write..self.length, end);
        self.ring[self.write..end].fill(T::default());
        self.length = self.ring.len();
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

    /// The same as one that uses all of its memory, also where the delay then grows.
    #[test]
    fn less_memory_is_the_same_delay() {
        for (first, then) in [(0, 0), (1, 1), (32, 10), (32, 500), (100, 1000), (1000, 3)] {
            for frames in [1_usize, 70, 700, 1500] {
                let (mut small, mut whole) = (DelayLine::new(1000), DelayLine::new(1000));
                small.start(first);
                whole.set_delay_samples(first);
                for n in 0..frames {
                    assert_eq!(small.tick(n + 1), whole.tick(n + 1), "{first} samples, frame {n}");
                }
                small.set_delay_samples(then);
                whole.set_delay_samples(then);
                let known = first + SPARE;
                for n in frames..frames + 2000 {
                    let (mut a, mut b) = ([n + 1], [n + 1]);
                    small.process(&mut a);
                    whole.process(&mut b);
                    // What a small one has dropped is silence to it.
                    let is_dropped = b[0] <= frames.saturating_sub(known);
                    assert!(a == b || (is_dropped && a[0] == 0), "{first}, then {then}, frame {n}: {a:?}, {b:?}");
                }
            }
        }
    }
}
