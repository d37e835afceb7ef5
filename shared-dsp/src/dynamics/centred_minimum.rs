//! One number for what reaches over some frames.

/// The most numbers at once.
const CHUNK: usize = 64;

/// The centred moving minimum: what reaches over some frames sees one ceiling, the lowest of them.
#[derive(Debug, Clone)]
pub(super) struct CentredMinimum {
    /// The last numbers, oldest first.
    last: [f32; 2 * Self::DELAY_SAMPLES],
}

impl CentredMinimum {
    /// So far it reaches to either side.
    pub(super) const DELAY_SAMPLES: usize = 4;

    pub(super) fn new() -> Self {
        Self { last: [0.0; 2 * Self::DELAY_SAMPLES] }
    }

    pub(super) fn reset(&mut self, value: f32) {
        self.last.fill(value);
    }

    /// In place, up to [`CHUNK`] of them, late by [`DELAY_SAMPLES`](Self::DELAY_SAMPLES).
    pub(super) fn process(&mut self, numbers: &mut [f32]) {
        const PAST: usize = 2 * CentredMinimum::DELAY_SAMPLES;
        let count = numbers.len();
        let first = self.last[0];
        if self.last.iter().chain(numbers.iter()).all(|&x| x == first) {
            return;
        }
        let mut line = [0.0; PAST + CHUNK];
        line[..PAST].copy_from_slice(&self.last);
        line[PAST..PAST + count].copy_from_slice(numbers);
        for (number, window) in numbers.iter_mut().zip(line.windows(PAST + 1)) {
            *number = window.iter().fold(f32::INFINITY, |least, &x| least.min(x));
        }
        self.last.copy_from_slice(&line[count..count + PAST]);
    }
}
