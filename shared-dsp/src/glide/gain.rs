//! A gain that glides.

use super::Glide;
use crate::Io;

/// A gain on both channels: exact at rest, a linear ramp on the way. It begins at 1.
#[derive(Debug, Clone)]
pub struct GlidingGain {
    gain: Glide,
}

impl Default for GlidingGain {
    fn default() -> Self {
        Self { gain: Glide::new(1.0) }
    }
}

impl GlidingGain {
    /// Jumps to `gain` (linear).
    pub fn set_now(&mut self, gain: f64) {
        self.gain.set_now(gain);
    }

    /// Glides to `gain` (linear) over `length_samples`; see [`Glide::glide_to`].
    pub fn glide_to(&mut self, gain: f64, length_samples: u32) {
        self.gain.glide_to(gain, length_samples);
    }

    /// In place; at rest at 1 nothing is done. Realtime-safe.
    pub fn process(&mut self, io: &mut Io<'_>) {
        if self.gain.is_settled() {
            let gain = self.gain.value() as f32;
            if gain != 1.0 {
                io.channels().for_each(|channel| channel.iter_mut().for_each(|x| *x *= gain));
            }
            return;
        }
        for n in 0..io.frames() {
            let gain = self.gain.next_value() as f32;
            io.channels().for_each(|channel| channel[n] *= gain);
        }
    }
}
