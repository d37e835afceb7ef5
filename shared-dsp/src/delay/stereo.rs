//! One or two channels behind one delay by whole samples.

use super::integer::{SPARE, Turn};
use crate::Io;

/// Delays a mono or stereo signal, bit for bit; see [`DelayLine`](super::DelayLine).
#[derive(Debug, Clone)]
pub struct StereoDelay {
    /// The left channel, and close behind it, on the same page where the delay is short, the right one.
    rings: Vec<f32>,
    turn: Turn,
}

impl Default for StereoDelay {
    /// No delay, and room for none.
    fn default() -> Self {
        Self { rings: vec![0.0; 2 * SPARE], turn: Turn::new(0) }
    }
}

impl StereoDelay {
    /// Makes room for up to `max_delay_samples`, and begins with silence and the delay of before, if that fits. Allocates.
    pub fn prepare(&mut self, max_delay_samples: usize) {
        self.rings.clear();
        self.rings.resize(2 * (max_delay_samples + SPARE), 0.0);
        self.turn = Turn::new(self.turn.delay_samples.min(max_delay_samples));
    }

    /// Takes a delay, held to the room there is, from silence. Realtime-safe.
    pub fn start(&mut self, delay_samples: usize) {
        self.turn = Turn::new(delay_samples.min(self.rings.len() / 2 - SPARE));
        self.rings[..2 * self.turn.length].fill(0.0);
    }

    /// In place; without a delay nothing is done. Realtime-safe.
    pub fn process(&mut self, io: &mut Io<'_>) {
        if self.turn.delay_samples == 0 {
            return;
        }
        let (left, right) = self.rings.split_at_mut(self.turn.length);
        let mut start = 0;
        while start < io.frames() {
            let [to, from] = self.turn.step(io.frames() - start);
            let end = start + to.len();
            for (ring, channel) in [&mut *left, &mut *right].into_iter().zip(io.channels()) {
                let Some(now) = channel.get_mut(start..end) else { continue };
                ring[to.clone()].copy_from_slice(now);
                now.copy_from_slice(&ring[from.clone()]);
            }
            start = end;
        }
    }
}
