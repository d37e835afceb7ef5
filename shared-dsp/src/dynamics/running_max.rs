//! The greatest of the last so many numbers, at a cost that does not grow with how many.

/// A monotonic deque: falling maxima with the sample each came at. Numbers are 0 and up; zeros are not kept.
#[derive(Debug, Clone)]
pub struct RunningMax {
    maxima: Vec<(u64, f32)>,
    first: usize,
    count: usize,
    now: u64,
}

impl RunningMax {
    /// With room for windows of up to `max_window_samples`. Allocates.
    #[must_use]
    pub fn new(max_window_samples: usize) -> Self {
        Self { maxima: vec![(0, 0.0); max_window_samples.max(1)], first: 0, count: 0, now: 0 }
    }

    /// The longest window, samples.
    #[must_use]
    pub fn max_window_samples(&self) -> usize {
        self.maxima.len()
    }

    /// Forgets everything. Realtime-safe.
    pub fn reset(&mut self) {
        (self.first, self.count, self.now) = (0, 0, 0);
    }

    /// Whether the greatest is 0, and stays so while nothing but zeros comes.
    #[must_use]
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// So many zeros while it [`is_empty`](Self::is_empty). Realtime-safe.
    pub fn pass_by(&mut self, samples: usize) {
        self.now += samples as u64;
    }

    /// The greatest of the last `window_samples` (1 up to the room there is) numbers, `x` included. The window may change at any
    /// time: what a shorter one has dropped does not come back. Realtime-safe.
    #[inline(always)]
    pub fn push(&mut self, x: f32, window_samples: usize) -> f32 {
        let capacity = self.maxima.len();
        let at = |place: usize| if place >= capacity { place - capacity } else { place };
        while self.count > 0 && self.maxima[self.first].0 + window_samples as u64 <= self.now {
            self.first = at(self.first + 1);
            self.count -= 1;
        }
        while self.count > 0 && self.maxima[at(self.first + self.count - 1)].1 <= x {
            self.count -= 1;
        }
        if x > 0.0 {
            self.maxima[at(self.first + self.count)] = (self.now, x);
            self.count += 1;
        }
        self.now += 1;
        if self.count > 0 { self.maxima[self.first].1 } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_greatest_of_the_window() {
        let mut state = 7_u32;
        let input: Vec<f32> = (0..4000)
            .map(|n| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if n / 100 % 3 == 0 { 0.0 } else { (state >> 20) as f32 }
            })
            .collect();
        for window in [1, 2, 7, 64, 300] {
            let mut unit = RunningMax::new(300);
            for n in 0..input.len() {
                let wanted = input[(n + 1).saturating_sub(window)..=n].iter().fold(0.0_f32, |a, &b| a.max(b));
                assert_eq!(unit.push(input[n], window), wanted, "window {window} at {n}");
            }
            assert!(input.iter().any(|&x| x > 1000.0));
        }
    }
}
