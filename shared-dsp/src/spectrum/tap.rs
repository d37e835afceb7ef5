//! The way of samples from the audio thread to whoever draws them.

use std::sync::atomic::{AtomicU64, Ordering};

/// A ring of the last frames of two channels, written by one thread and read by any number, without a lock and without
/// waiting.
///
/// It is for pictures: a reader that asks for nearly the whole ring while it is being written may get frames of two turns.
#[derive(Debug)]
pub struct SampleTap {
    /// The bits of left (low half) and right.
    frames: Vec<AtomicU64>,
    written: AtomicU64,
}

impl SampleTap {
    /// A ring of at least this many frames. Allocates.
    #[must_use]
    pub fn new(frames: usize) -> Self {
        let length = frames.max(2).next_power_of_two();
        let silence = || AtomicU64::new(0);
        Self { frames: std::iter::repeat_with(silence).take(length).collect(), written: AtomicU64::new(0) }
    }

    /// Takes the next frames; `right` is absent in mono, whose channel then stands on both sides. The shorter slice tells
    /// the length. For the one writing thread. Realtime-safe.
    pub fn push(&self, left: &[f32], right: Option<&[f32]>) {
        self.store(left.iter().zip(right.unwrap_or(left)).map(|(&left, &right)| [left, right]));
    }

    /// The same of frames whose channels lie side by side.
    pub fn push_frames(&self, frames: &[[f32; 2]]) {
        self.store(frames.iter().copied());
    }

    fn store(&self, frames: impl Iterator<Item = [f32; 2]>) {
        let at = self.written.load(Ordering::Relaxed);
        let mask = self.frames.len() - 1;
        let mut count = 0;
        for [left, right] in frames {
            let bits = u64::from(left.to_bits()) | u64::from(right.to_bits()) << 32;
            self.frames[(at as usize + count) & mask].store(bits, Ordering::Relaxed);
            count += 1;
        }
        self.written.store(at + count as u64, Ordering::Release);
    }

    /// Frames that it holds.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.frames.len()
    }

    /// Frames written so far.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written.load(Ordering::Acquire)
    }

    /// Fills `left` and `right`, which are of one length, with the frames before frame number `end` (see
    /// [`written`](Self::written)), the newest last. What was never written, or no longer is in the ring, is silence.
    pub fn read_before(&self, end: u64, left: &mut [f32], right: &mut [f32]) {
        let written = self.written();
        let oldest = written.saturating_sub(self.frames.len() as u64);
        let mask = self.frames.len() - 1;
        let length = left.len() as u64;
        for (k, (l, r)) in left.iter_mut().zip(right).enumerate() {
            let at = (end + k as u64).checked_sub(length).filter(|at| (oldest..written).contains(at));
            let bits = at.map_or(0, |at| self.frames[at as usize & mask].load(Ordering::Relaxed));
            *l = f32::from_bits(bits as u32);
            *r = f32::from_bits((bits >> 32) as u32);
        }
    }
}
