//! A band that becomes another filter, or acts elsewhere: all bands as they were, faded over to all as they are.
//!
//! What is behind such a band hears a signal that breaks off, and rings. So those that are wanted run unheard for a while
//! before they are faded in.

use shared_dsp::filters::{Cascade, OutgoingCascade};
use shared_dsp::glide::{Glide, eased};

use super::grid::{CHUNK, Frame, in_mid_and_side};
use super::settings::BANDS;

/// In fades: how long the bands that are wanted run unheard.
const WARM_UP: u32 = 2;

/// The cascades of before, while they are faded out.
pub(super) struct Switching {
    left_right: OutgoingCascade,
    mid_side: OutgoingCascade,
    /// How much of the switch is done: [`WARM_UP`] of it before anything is faded.
    progress: Glide,
    before: [Frame; CHUNK],
}

impl Switching {
    /// Allocates.
    pub(super) fn new() -> Self {
        Self {
            left_right: OutgoingCascade::new(BANDS),
            mid_side: OutgoingCascade::new(BANDS),
            progress: Glide::new(1.0),
            before: [[0.0; 2]; CHUNK],
        }
    }

    /// Nothing is faded.
    pub(super) fn reset(&mut self) {
        self.progress.set_now(1.0);
    }

    /// Keeps the cascades as they are, to be faded out over `length_samples` when the others have run unheard.
    pub(super) fn leave(&mut self, left_right: &Cascade, mid_side: &Cascade, length_samples: u32) {
        left_right.copy_to(&mut self.left_right);
        mid_side.copy_to(&mut self.mid_side);
        self.progress.set_now(0.0);
        self.progress.glide_to(1.0, (WARM_UP + 1) * length_samples);
    }

    /// Whether something fades.
    pub(super) fn is_on(&self) -> bool {
        !self.progress.rests_at(1.0)
    }

    /// Takes a segment before the bands, of at most a chunk.
    pub(super) fn take_in(&mut self, frames: &[Frame]) {
        if !self.is_on() {
            return;
        }
        let before = &mut self.before[..frames.len()];
        before.copy_from_slice(frames);
        self.left_right.process(before);
        if !self.mid_side.is_wire() {
            in_mid_and_side(before, |frames| self.mid_side.process(frames));
        }
    }

    /// Fades that over to the same segment behind the bands.
    pub(super) fn process(&mut self, frames: &mut [Frame]) {
        if !self.is_on() {
            return;
        }
        for (frame, before) in frames.iter_mut().zip(&self.before) {
            let fades = f64::from(WARM_UP + 1) * self.progress.next_value();
            let t = (fades - f64::from(WARM_UP)).max(0.0);
            let share = eased(t);
            for (now, before) in frame.iter_mut().zip(before) {
                *now = if t < 1.0 { before + (*now - before) * share } else { *now };
            }
        }
    }
}
