//! A delay by whole samples: what goes in comes out, bit for bit.

/// Delays anything `Copy`: one channel (`f32`, `f64`) or a frame of several (`[f64; 2]`).
#[derive(Debug, Clone)]
pub struct DelayLine<T> {
    /// Always one longer than the longest delay, so that a delay of zero and the longest one are told apart.
    ring: Vec<T>,
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
        Self { ring: vec![T::default(); max_delay_samples + 1], write: 0, delay_samples: max_delay_samples }
    }

    /// Makes room for up to `max_delay_samples`, clears, and keeps the delay if it fits. Allocates.
    pub fn prepare(&mut self, max_delay_samples: usize) {
        self.ring.clear();
        self.ring.resize(max_delay_samples + 1, T::default());
        self.write = 0;
        self.delay_samples = self.delay_samples.min(max_delay_samples);
    }

    /// Fills the memory with silence. Realtime-safe.
    pub fn reset(&mut self) {
        self.ring.fill(T::default());
    }

    /// Sets the delay, held to the room there is, at once and without a fade; the memory stays. Realtime-safe.
    pub fn set_delay_samples(&mut self, delay_samples: usize) {
        self.delay_samples = delay_samples.min(self.max_delay_samples());
    }

    /// The delay.
    #[must_use]
    pub fn delay_samples(&self) -> usize {
        self.delay_samples
    }

    /// The longest delay there is room for.
    #[must_use]
    pub fn max_delay_samples(&self) -> usize {
        self.ring.len() - 1
    }

    /// One sample in, one out. Realtime-safe.
    #[inline]
    pub fn tick(&mut self, x: T) -> T {
        self.ring[self.write] = x;
        let y = self.tap(self.delay_samples);
        self.write += 1;
        if self.write == self.ring.len() {
            self.write = 0;
        }
        y
    }

    /// A block in place; the same as [`tick`](Self::tick) on each sample. Realtime-safe.
    pub fn process(&mut self, block: &mut [T]) {
        if self.delay_samples == 0 && self.ring.len() == 1 {
            return;
        }
        for x in block {
            *x = self.tick(*x);
        }
    }

    /// From the write position back, before it moves on.
    #[inline]
    fn tap(&self, delay_samples: usize) -> T {
        // Both operands are below the length, so one conditional addition replaces the remainder.
        let index = if self.write >= delay_samples {
            self.write - delay_samples
        } else {
            self.write + self.ring.len() - delay_samples
        };
        self.ring[index]
    }
}
