//! The peaks of two channels, held.

use super::RunningMax;

/// The windows that peaks are held for: a hit's, and that of the slower parts.
pub(super) const WINDOWS: usize = 2;

/// The greatest of the last peaks of each channel in each window; of both channels together while they are linked, at half the cost.
#[derive(Debug, Clone)]
pub(super) struct HeldPeaks {
    channels: [RunningMax<WINDOWS>; 2],
    both: RunningMax<WINDOWS>,
    is_linked: bool,
    /// For how many samples `both` has been told what came. Once that is a window the channels are not needed, and empty.
    linked_samples: usize,
}

impl HeldPeaks {
    /// With room for windows of so many samples. Allocates.
    pub(super) fn new(max_window_samples: usize) -> Self {
        let maxima = || RunningMax::new(max_window_samples);
        Self { channels: [maxima(), maxima()], both: maxima(), is_linked: false, linked_samples: 0 }
    }

    /// Forgets all peaks.
    pub(super) fn reset(&mut self) {
        self.channels.iter_mut().for_each(RunningMax::reset);
        self.both.reset();
        self.linked_samples = usize::MAX / 2;
    }

    /// Whether nothing is held.
    pub(super) fn is_empty(&self) -> bool {
        self.both.is_empty() && self.channels.iter().all(RunningMax::is_empty)
    }

    /// Whether both channels are to read the greater of both. What was held while they were is held by each of them on.
    pub(super) fn link(&mut self, is_linked: bool) {
        let was_linked = std::mem::replace(&mut self.is_linked, is_linked);
        if was_linked == is_linked {
            return;
        }
        if is_linked {
            self.both.reset();
            self.linked_samples = 0;
        } else if self.linked_samples >= self.both.max_window_samples() {
            self.channels.iter_mut().for_each(|channel| channel.copy_from(&self.both));
        }
    }

    /// Takes the peaks of a frame, 0 and up, and tells the greatest of each window, for each channel.
    #[inline(always)]
    pub(super) fn push(&mut self, peaks: [f32; 2], window_samples: [usize; WINDOWS]) -> [[f32; 2]; WINDOWS] {
        if self.is_linked && self.linked_samples >= self.both.max_window_samples() {
            return self.both.push(peaks[0].max(peaks[1]), window_samples).map(|most| [most; 2]);
        }
        let [left, right] = [0, 1].map(|side: usize| self.channels[side].push(peaks[side], window_samples));
        if !self.is_linked {
            return [0, 1].map(|window: usize| [left[window], right[window]]);
        }
        self.both.push(peaks[0].max(peaks[1]), window_samples);
        self.linked_samples += 1;
        if self.linked_samples >= self.both.max_window_samples() {
            self.channels.iter_mut().for_each(RunningMax::reset);
        }
        [0, 1].map(|window: usize| [left[window].max(right[window]); 2])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linked_or_not_it_is_the_greatest_of_each_window() {
        let mut state = 5_u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if state >> 30 == 0 { (state >> 8 & 0xffff) as f32 } else { 0.0 }
        };
        let peaks: Vec<[f32; 2]> = (0..9000).map(|_| [random(), random()]).collect();
        let windows = [20, 100];
        let mut unit = HeldPeaks::new(128);
        unit.reset();
        // Linked for longer than the room, for shorter, and not.
        let mut since_link = 0;
        let mut has_differed = false;
        for n in 0..peaks.len() {
            let is_linked = (1000..3000).contains(&n) || (4000..4050).contains(&n);
            since_link = if is_linked { 0 } else { since_link + 1 };
            unit.link(is_linked);
            let read = unit.push(peaks[n], windows);
            for (read, window) in read.iter().zip(windows) {
                let last = &peaks[(n + 1).saturating_sub(window)..=n];
                let own = [0, 1].map(|side: usize| last.iter().fold(0.0_f32, |most, x| most.max(x[side])));
                let both = [own[0].max(own[1]); 2];
                if is_linked {
                    assert_eq!(*read, both, "linked, {n}");
                } else if since_link > window || n < 1000 {
                    assert_eq!(*read, own, "not linked, {n}");
                } else {
                    // What was held for both is not let go of at once.
                    assert!(read[0] >= own[0] && read[1] >= own[1], "{n}");
                }
                has_differed |= read[0] != read[1];
            }
        }
        assert!(has_differed && !unit.is_empty());
        unit.reset();
        assert!(unit.is_empty());
    }
}
