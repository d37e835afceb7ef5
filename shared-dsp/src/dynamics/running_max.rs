//! The greatest of the last so many numbers, at a cost that does not grow with how many.

/// A monotonic deque: falling maxima with the sample each came at. Numbers are 0 and up; zeros are not kept.
///
/// One of them answers for several windows: what a shorter one holds is the end of what the longest holds.
#[derive(Debug, Clone)]
pub struct RunningMax<const WINDOWS: usize = 1> {
    /// A power of two of them: places are counted on for ever.
    maxima: Vec<(u64, f32)>,
    max_window_samples: usize,
    /// The place of each window's greatest.
    firsts: [usize; WINDOWS],
    end: usize,
    now: u64,
}

impl<const WINDOWS: usize> RunningMax<WINDOWS> {
    /// With room for windows of up to `max_window_samples`. Allocates.
    #[must_use]
    pub fn new(max_window_samples: usize) -> Self {
        let max_window_samples = max_window_samples.max(1);
        let maxima = vec![(0, 0.0); max_window_samples.next_power_of_two()];
        Self { maxima, max_window_samples, firsts: [0; WINDOWS], end: 0, now: 0 }
    }

    /// The longest window, samples.
    #[must_use]
    pub fn max_window_samples(&self) -> usize {
        self.max_window_samples
    }

    /// Forgets everything. Realtime-safe.
    pub fn reset(&mut self) {
        (self.firsts, self.end, self.now) = ([0; WINDOWS], 0, 0);
    }

    /// Holds what `other` holds, which has as much room. Realtime-safe.
    pub fn copy_from(&mut self, other: &Self) {
        self.maxima.copy_from_slice(&other.maxima);
        (self.firsts, self.end, self.now) = (other.firsts, other.end, other.now);
    }

    /// Whether the greatest is 0 in every window, and stays so while nothing but zeros comes.
    #[must_use]
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.firsts.iter().all(|&first| first == self.end)
    }

    /// The greatest of the last so many numbers (1 up to the room there is), `x` included, for each window. They may change at any
    /// time: what a shorter one has dropped does not come back. Realtime-safe.
    #[inline(always)]
    pub fn push(&mut self, x: f32, window_samples: [usize; WINDOWS]) -> [f32; WINDOWS] {
        let mask = self.maxima.len() - 1;
        for (first, window) in self.firsts.iter_mut().zip(window_samples) {
            while *first < self.end && self.maxima[*first & mask].0 + window as u64 <= self.now {
                *first += 1;
            }
        }
        if x > 0.0 {
            let oldest = self.firsts.iter().fold(self.end, |oldest, &first| oldest.min(first));
            while self.end > oldest && self.maxima[(self.end - 1) & mask].1 <= x {
                self.end -= 1;
            }
            self.firsts = self.firsts.map(|first| first.min(self.end));
            self.maxima[self.end & mask] = (self.now, x);
            self.end += 1;
        }
        self.now += 1;
        self.firsts.map(|first| if first < self.end { self.maxima[first & mask].1 } else { 0.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_greatest_of_each_window() {
        let mut state = 7_u32;
        let input: Vec<f32> = (0..4000)
            .map(|n| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if n / 100 % 3 == 0 { 0.0 } else { (state >> 20) as f32 }
            })
            .collect();
        let greatest =
            |n: usize, window: usize| input[(n + 1).saturating_sub(window)..=n].iter().fold(0.0_f32, |a, &b| a.max(b));
        for windows in [[1, 300], [2, 7], [7, 7], [64, 300], [300, 64]] {
            let mut unit = RunningMax::new(300);
            let mut copy = RunningMax::new(300);
            for (n, &x) in input.iter().enumerate() {
                let wanted = windows.map(|window| greatest(n, window));
                assert_eq!(unit.push(x, windows), wanted, "windows {windows:?} at {n}");
                if n == 1000 {
                    copy.copy_from(&unit);
                } else if n > 1000 {
                    assert_eq!(copy.push(x, windows), wanted, "a copy, windows {windows:?} at {n}");
                }
                assert_eq!(unit.is_empty(), wanted == [0.0; 2], "at {n}");
            }
            assert!(input.iter().any(|&x| x > 1000.0));
        }
    }
}
