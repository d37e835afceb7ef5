//! How far A and B lie apart, found in what was last heard of them.

use std::sync::Arc;

use shared_dsp::spectrum::{Alignment, SampleTap, align};

/// How much of both is aligned, seconds: as much as `twobus compare` takes at 48 kHz.
const EXCERPT_S: f64 = 11.0;

/// Aligns what two taps last held. For a window's thread or a worker: it allocates and takes a tenth of a second.
#[derive(Debug, Clone)]
pub struct Aligner {
    sides: [Arc<SampleTap>; 2],
    sample_rate_hz: f64,
    max_delay_samples: usize,
}

impl Aligner {
    /// Of taps that one thread writes in step.
    #[must_use]
    pub(super) fn new(sample_rate_hz: f64, max_delay_samples: usize) -> Self {
        // Half as much again: what is read must not be written over meanwhile.
        let tap = || Arc::new(SampleTap::new((1.5 * EXCERPT_S * sample_rate_hz) as usize));
        Self { sides: [tap(), tap()], sample_rate_hz, max_delay_samples }
    }

    /// Takes the next frames of both, of one length. For the one writing thread; realtime-safe.
    pub(super) fn push(&self, a: &[[f32; 2]], b: &[[f32; 2]]) {
        self.sides[0].push_frames(a);
        self.sides[1].push_frames(b);
    }

    /// What was last heard of A and of B, before either was aligned or matched: for pictures.
    #[must_use]
    pub fn taps(&self) -> [&SampleTap; 2] {
        [&self.sides[0], &self.sides[1]]
    }

    /// Frames of both that were heard since it was made.
    #[must_use]
    pub fn heard_frames(&self) -> u64 {
        self.sides[1].written()
    }

    /// Seconds of both that are there, up to what is aligned.
    #[must_use]
    pub fn heard_s(&self) -> f64 {
        (self.sides[1].written() as f64 / self.sample_rate_hz).min(EXCERPT_S)
    }

    /// By how much B is later than A, whether it is upside down, and what that is worth; `None` where nothing stands out, or
    /// too little was heard.
    #[must_use]
    pub fn align(&self) -> Option<Alignment> {
        self.align_last(EXCERPT_S)
    }

    /// The same of the last few seconds alone: what was heard before may have been something else.
    #[must_use]
    pub fn align_last(&self, seconds: f64) -> Option<Alignment> {
        let frames = (self.heard_s().min(seconds) * self.sample_rate_hz) as usize;
        let end = self.sides[1].written();
        let [a, b] = [&self.sides[0], &self.sides[1]].map(|tap| {
            let (mut left, mut right) = (vec![0.0; frames], vec![0.0; frames]);
            tap.read_before(end, &mut left, &mut right);
            left.iter_mut().zip(&right).for_each(|(left, right)| *left = 0.5 * (*left + right));
            left
        });
        align(&a, &b, self.sample_rate_hz, self.max_delay_samples.min(frames / 2))
    }
}
