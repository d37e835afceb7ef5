//! The last N values combined, for any associative combination, without ever subtracting.
//!
//! A running sum that adds the new and subtracts the old keeps the rounding of the loudest value it ever saw: a click of
//! +60 dB leaves a residue that a quiet passage would read as its loudness. Here the window is cut at fixed places: a
//! prefix grows over the values since the cut, and the suffixes of the segment before the cut wait in the ring (van Herk
//! 1992; Gil and Werman 1993). Each value costs two combinations, and one pass of N at each cut.

/// A sliding window over the last N values.
#[derive(Debug, Clone)]
pub(super) struct SlidingWindow<T> {
    /// Before `position` the values since the cut, from it on the suffixes of the segment before.
    ring: Vec<T>,
    position: usize,
    prefix: T,
    zero: T,
    combine: fn(T, T) -> T,
}

impl<T: Copy> SlidingWindow<T> {
    /// A window over `length` values, all `zero`, which must be neutral to `combine`.
    pub(super) fn new(length: usize, zero: T, combine: fn(T, T) -> T) -> Self {
        Self { ring: vec![zero; length.max(1)], position: 0, prefix: zero, zero, combine }
    }

    pub(super) fn reset(&mut self) {
        self.ring.fill(self.zero);
        self.position = 0;
        self.prefix = self.zero;
    }

    /// Takes the newest value, forgets the oldest.
    pub(super) fn push(&mut self, value: T) {
        self.ring[self.position] = value;
        self.prefix = (self.combine)(self.prefix, value);
        self.position += 1;
        if self.position == self.ring.len() {
            let mut suffix = self.zero;
            for slot in self.ring.iter_mut().rev() {
                suffix = (self.combine)(*slot, suffix);
                *slot = suffix;
            }
            self.position = 0;
            self.prefix = self.zero;
        }
    }

    /// All values of the window combined.
    pub(super) fn value(&self) -> T {
        (self.combine)(self.ring[self.position], self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equals_the_sum_and_the_maximum_taken_afresh() {
        for length in [1, 2, 7, 40] {
            let mut sum = SlidingWindow::new(length, 0i64, |a, b| a + b);
            let mut max = SlidingWindow::new(length, 0i64, i64::max);
            let mut history = vec![0i64; length];
            let mut noise = 12_345u64;
            for _ in 0..500 {
                noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let value = (noise >> 50) as i64;
                history.push(value);
                sum.push(value);
                max.push(value);
                let last = &history[history.len() - length..];
                assert_eq!(sum.value(), last.iter().sum::<i64>());
                assert_eq!(max.value(), *last.iter().max().unwrap());
            }
        }
    }
}
