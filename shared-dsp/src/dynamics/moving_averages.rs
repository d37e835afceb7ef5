//! Smoothing by weights that sum to one, at a cost that does not grow with their number.

/// What the sums count in: a quarter of a millionth of a decibel. Whole numbers add up without error, however long they run.
pub const STEPS_PER_DB: f64 = 4_194_304.0;

/// A running sum over the last `length` frames.
#[derive(Debug, Clone)]
struct BoxSum {
    ring: Vec<[i64; 2]>,
    length: usize,
    place: usize,
    sum: [i64; 2],
}

impl BoxSum {
    fn new(max_length: usize) -> Self {
        Self { ring: vec![[0; 2]; max_length], length: max_length, place: 0, sum: [0; 2] }
    }

    fn reset(&mut self) {
        self.ring.fill([0; 2]);
        (self.place, self.sum) = (0, [0; 2]);
    }

    #[inline(always)]
    fn process(&mut self, frames: &mut [[i64; 2]]) {
        let (mut place, mut sum) = (self.place, self.sum);
        let ring = &mut self.ring[..self.length];
        for frame in frames {
            let old = std::mem::replace(&mut ring[place], *frame);
            sum = [sum[0] + (frame[0] - old[0]), sum[1] + (frame[1] - old[1])];
            *frame = sum;
            place = if place + 1 == ring.len() { 0 } else { place + 1 };
        }
        (self.place, self.sum) = (place, sum);
    }
}

/// Up to three running means in a row, of two channels: a box, a triangle or a smooth bell. No weight is negative and their sum is
/// one, so that what is smoothed never leaves the range of what went in.
#[derive(Debug, Clone)]
pub struct MovingAverages {
    boxes: Vec<BoxSum>,
    scale: f64,
}

impl MovingAverages {
    /// `boxes` running means, with room for `max_taps` in all. Allocates.
    #[must_use]
    pub fn new(boxes: usize, max_taps: usize) -> Self {
        let longest = lengths(boxes, max_taps).next().unwrap_or(1);
        let mut new = Self { boxes: vec![BoxSum::new(longest); boxes], scale: 1.0 };
        new.select(max_taps);
        new
    }

    /// Takes so many taps, within the room there is, and clears the memory. Realtime-safe.
    pub fn select(&mut self, taps: usize) {
        self.scale = 1.0 / STEPS_PER_DB;
        let count = self.boxes.len();
        for (unit, length) in self.boxes.iter_mut().zip(lengths(count, taps)) {
            unit.length = length.min(unit.ring.len());
            self.scale /= unit.length as f64;
        }
        self.reset();
    }

    /// Clears the memory. Realtime-safe.
    pub fn reset(&mut self) {
        self.boxes.iter_mut().for_each(BoxSum::reset);
    }

    /// What the sums count by, in dB.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Steps in, sums out, in place; [`scale`](Self::scale) makes decibels of them. Any block split gives the same numbers.
    /// Realtime-safe.
    pub fn process(&mut self, frames: &mut [[i64; 2]]) {
        for unit in &mut self.boxes {
            unit.process(frames);
        }
    }
}

/// The lengths of so many boxes, the longest first, that have `taps` taps in a row.
fn lengths(boxes: usize, taps: usize) -> impl Iterator<Item = usize> {
    // Each further box makes the whole longer by its length less one.
    let total = taps.max(1) + boxes - 1;
    (0..boxes).map(move |n| (total / boxes + usize::from(n < total % boxes)).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_positive_sum_to_one_and_are_as_many_as_asked_for() {
        for boxes in 1..=3 {
            for taps in [1, 2, 3, 5, 24, 97, 481] {
                let mut unit = MovingAverages::new(boxes, 481);
                unit.select(taps);
                let mut frames = vec![[0; 2]; 1000];
                frames[0] = [(STEPS_PER_DB * 3.0) as i64, 0];
                unit.process(&mut frames);
                let weights: Vec<f64> = frames.iter().map(|frame| frame[0] as f64 * unit.scale() / 3.0).collect();
                assert!(weights.iter().all(|&w| w >= 0.0) && frames.iter().all(|frame| frame[1] == 0));
                assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{boxes} boxes, {taps} taps");
                assert_eq!(weights.iter().filter(|&&w| w > 0.0).count(), taps, "{boxes} boxes, {taps} taps");
            }
        }
    }

    #[test]
    fn a_day_of_numbers_leaves_no_error() {
        let mut unit = MovingAverages::new(3, 97);
        let mut state = 1_u64;
        for _ in 0..2000 {
            let mut frames = [[0; 2]; 64];
            for frame in &mut frames {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                *frame = [(state >> 34) as i64, (state >> 38) as i64];
            }
            unit.process(&mut frames);
            assert!(frames.iter().flatten().any(|&x| x > 0));
        }
        let mut frames = [[0; 2]; 200];
        unit.process(&mut frames);
        assert_eq!(frames[199], [0; 2]);
    }
}
