//! A delay that wanders about its mean.

use super::{DelayLine, FractionalDelay, Wander};
use crate::glide::Glide;

/// How much it wanders.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct WanderDepth {
    /// Weighted wow as a share of the speed: 0.001 is 0.1 %.
    pub wow: f64,
    /// Weighted flutter, the same.
    pub flutter: f64,
    /// How much later the second channel comes than the first, s; each takes half.
    pub skew_s: f64,
}

/// Two channels behind one delay whose mean is a whole number of samples and constant. At rest it is that delay, bit for
/// bit; else it reads between the samples by 48 taps ([`FractionalDelay`]).
#[derive(Debug, Clone)]
pub struct WanderingDelay {
    wander: Wander,
    still: DelayLine<[f64; 2]>,
    readers: [FractionalDelay; 2],
    mean_samples: usize,
    wow: Glide,
    flutter: Glide,
    skew: Glide,
    sample_rate_hz: f64,
}

impl WanderingDelay {
    /// With a mean delay that covers `most` at this rate. Allocates.
    #[must_use]
    pub fn new(sample_rate_hz: f64, most: WanderDepth) -> Self {
        let mean_samples = Self::mean_samples_of(sample_rate_hz, most);
        let longest = 2 * mean_samples;
        Self {
            wander: Wander::new(sample_rate_hz),
            still: DelayLine::new(mean_samples),
            readers: [FractionalDelay::new(longest), FractionalDelay::new(longest)],
            mean_samples,
            wow: Glide::new(0.0),
            flutter: Glide::new(0.0),
            skew: Glide::new(0.0),
            sample_rate_hz,
        }
    }

    /// The mean delay, samples, that covers `most`.
    #[must_use]
    pub fn mean_samples_of(sample_rate_hz: f64, most: WanderDepth) -> usize {
        let around = Wander::most_delay_s(most.wow, most.flutter) + 0.5 * most.skew_s.abs();
        (around * sample_rate_hz + FractionalDelay::MIN_DELAY_SAMPLES).ceil() as usize + 1
    }

    /// The mean delay, samples.
    #[must_use]
    pub fn mean_samples(&self) -> usize {
        self.mean_samples
    }

    /// Clears the memory, and starts at this depth from time zero. Realtime-safe.
    pub fn reset(&mut self, depth: WanderDepth) {
        self.wander.reset();
        self.still.reset();
        self.readers.iter_mut().for_each(FractionalDelay::reset);
        self.wow.set_now(depth.wow);
        self.flutter.set_now(depth.flutter);
        self.skew.set_now(depth.skew_s);
    }

    /// Glides to another depth. Realtime-safe.
    pub fn glide_to(&mut self, depth: WanderDepth, length_samples: u32) {
        self.wow.glide_to(depth.wow, length_samples);
        self.flutter.glide_to(depth.flutter, length_samples);
        self.skew.glide_to(depth.skew_s, length_samples);
    }

    /// Whether all is at rest and the delay is the mean.
    #[must_use]
    pub fn is_still(&self) -> bool {
        self.wow.rests_at(0.0) && self.flutter.rests_at(0.0) && self.skew.rests_at(0.0)
    }

    /// In place. The wander goes on while nothing is heard of it. Realtime-safe.
    pub fn process(&mut self, frames: &mut [[f64; 2]]) {
        if self.is_still() {
            // Until it is sent elsewhere.
            for frame in frames.iter() {
                for (reader, &x) in self.readers.iter_mut().zip(frame) {
                    reader.write(x);
                }
            }
            self.still.process(frames);
            self.wander.skip(frames.len());
            return;
        }
        for frame in frames {
            for (reader, &x) in self.readers.iter_mut().zip(frame.iter()) {
                reader.write(x);
            }
            let delayed = self.still.tick(*frame);
            if self.is_still() {
                *frame = delayed;
                self.wander.skip(1);
                continue;
            }
            let [wow, flutter] = self.wander.next_delays();
            let off = self.wow.next_value() * wow + self.flutter.next_value() * flutter;
            let skew = 0.5 * self.skew.next_value() * self.sample_rate_hz;
            let mean = self.mean_samples as f64 + off;
            *frame = [self.readers[0].read(mean - skew), self.readers[1].read(mean + skew)];
        }
    }
}
