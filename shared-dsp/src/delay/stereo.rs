//! One or two channels behind one delay by whole samples.

use super::DelayLine;
use crate::Io;

/// Delays a mono or stereo signal, bit for bit; see [`DelayLine`].
#[derive(Debug, Clone, Default)]
pub struct StereoDelay {
    lines: [DelayLine<f32>; 2],
}

impl StereoDelay {
    /// Makes room for up to `max_delay_samples`, and clears. Allocates.
    pub fn prepare(&mut self, max_delay_samples: usize) {
        self.lines.iter_mut().for_each(|line| line.prepare(max_delay_samples));
    }

    /// Takes a delay, held to the room there is, from silence. Realtime-safe.
    pub fn start(&mut self, delay_samples: usize) {
        self.lines.iter_mut().for_each(|line| line.start(delay_samples));
    }

    /// In place; without a delay nothing is done. Realtime-safe.
    pub fn process(&mut self, io: &mut Io<'_>) {
        if self.lines[0].delay_samples() > 0 {
            self.lines.iter_mut().zip(io.channels()).for_each(|(line, channel)| line.process(channel));
        }
    }
}
