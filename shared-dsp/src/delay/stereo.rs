//! One or two channels behind one delay by whole samples.

use super::integer::{RingPosition, SPARE};
use crate::Io;

/// Delays a mono or stereo signal, bit for bit; see [`DelayLine`](super::DelayLine).
#[derive(Debug, Clone)]
pub struct StereoDelay {
    /// The left channel, and close behind it, on the same page where the delay is short, the right one.
    rings: Vec<f32>,
    position: RingPosition,
}

impl Default for StereoDelay {
    /// No delay, and room for none.
    fn default() -> Self {
        Self { rings: vec![0.0; 2 * SPARE], position: RingPosition::new(0) }
    }
}

impl StereoDelay {
    /// Makes room for up to `max_delay_samples`, and begins with silence and the delay of before, if that fits. Allocates.
    pub fn prepare(&mut self, max_delay_samples: usize) {
        self.rings.clear();
        self.rings.resize(2 * (max_delay_samples + SPARE), 0.0);
        self.position = RingPosition::new(self.position.delay_samples.min(max_delay_samples));
    }

    /// Takes a delay, held to the room there is, from silence. Realtime-safe.
    pub fn start(&mut self, delay_samples: usize) {
        self.position = RingPosition::new(delay_samples.min(self.rings.len() / 2 - SPARE));
        self.rings[..2 * self.position.length].fill(0.0);
    }

    /// In place; without a delay nothing is done. Realtime-safe.
    pub fn process(&mut self, io: &mut Io<'_>) {
        if self.position.delay_samples == 0 {
            return;
        }
        let (left, right) = self.rings.split_at_mut(self.position.length);
        let mut start = 0;
        while start < io.frames() {
            let [to, from] = self.position.step(io.frames() - start);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_channels_come_as_late_however_they_are_cut() {
        for delay_samples in [0_usize, 1, 32, 64, 100, 1000] {
            for is_stereo in [true, false] {
                let mut delay = StereoDelay::default();
                delay.prepare(1000);
                delay.start(delay_samples);
                let mut left: Vec<f32> = (1..4000_u16).map(f32::from).collect();
                let mut right: Vec<f32> = left.iter().map(|x| -x).collect();
                let mut io = Io { left: &mut left, right: is_stereo.then_some(&mut right[..]), sidechain: None };
                let mut size = 1;
                while io.frames() > 0 {
                    delay.process(&mut io.split_to(size));
                    size = (size * 7) % 331;
                }
                for n in 0..left.len() {
                    let expected = (n + 1).saturating_sub(delay_samples) as f32;
                    assert_eq!(left[n], expected, "{delay_samples}, frame {n}");
                    let other = if is_stereo { -expected } else { -(n as f32 + 1.0) };
                    assert_eq!(right[n], other, "{delay_samples}, frame {n}");
                }
            }
        }
    }
}
