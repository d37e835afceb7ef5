//! One of two sounds on its way to the time of the other.

use shared_dsp::delay::{DelayLine, FractionalDelay};
use shared_dsp::glide::Glide;

/// How late a sound is made.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Lateness {
    whole_samples: usize,
    /// 0 to 1; `None` where what goes in comes out, bit for bit.
    fraction: Option<f64>,
}

impl Lateness {
    /// What both sounds are delayed by, so that the second, which is `delay_samples` late, comes at the time of the first.
    /// Whichever is early waits. A whole delay costs nothing more; for a fraction, both wait for the filter.
    pub fn of_both(delay_samples: f64) -> [Self; 2] {
        let reach = FractionalDelay::MIN_DELAY_SAMPLES as usize;
        let (whole, fraction) = (delay_samples.abs().floor(), delay_samples.abs().fract());
        let (early, late) = if fraction == 0.0 {
            (Self { whole_samples: whole as usize, fraction: None }, Self::default())
        } else {
            let early = Self { whole_samples: whole as usize, fraction: Some(fraction) };
            (early, Self { whole_samples: reach, fraction: None })
        };
        if delay_samples > 0.0 { [early, late] } else { [late, early] }
    }
}

/// Where the line is read.
#[derive(Debug, Clone)]
struct Head {
    lateness: Lateness,
    filters: [FractionalDelay; 2],
}

impl Head {
    fn new() -> Self {
        let filter = FractionalDelay::new(FractionalDelay::MIN_DELAY_SAMPLES as usize + 1);
        Self { lateness: Lateness::default(), filters: [filter.clone(), filter] }
    }

    /// Takes another lateness, as if it had always been so.
    fn move_to(&mut self, line: &DelayLine<[f32; 2]>, lateness: Lateness) {
        self.lateness = lateness;
        // What lies in the filter's reach before the present frame, oldest first.
        for back in (1..=2 * FractionalDelay::MIN_DELAY_SAMPLES as usize).rev() {
            self.write(line.read(lateness.whole_samples + back));
        }
    }

    fn write(&mut self, frame: [f32; 2]) {
        self.filters.iter_mut().zip(frame).for_each(|(filter, x)| filter.write(f64::from(x)));
    }

    fn read(&mut self, line: &DelayLine<[f32; 2]>) -> [f32; 2] {
        let frame = line.read(self.lateness.whole_samples);
        let Some(fraction) = self.lateness.fraction else { return frame };
        self.write(frame);
        let delay = FractionalDelay::MIN_DELAY_SAMPLES + fraction;
        [0, 1].map(|channel| self.filters[channel].read(delay) as f32)
    }
}

/// A stereo sound that is delayed, and whose delay changes by a cross-fade.
#[derive(Debug, Clone)]
pub(super) struct DelayedSide {
    line: DelayLine<[f32; 2]>,
    heads: [Head; 2],
    /// Which head is heard, and is faded to.
    current: usize,
    /// The share of that head.
    share: Glide,
    wanted: Lateness,
    /// Nothing was heard yet: there is nothing to fade from, and what is measured must not hear it.
    is_fresh: bool,
}

impl DelayedSide {
    /// Room for delays of up to `max_delay_samples`. Allocates.
    pub fn new(max_delay_samples: usize) -> Self {
        let reach = 4 * FractionalDelay::MIN_DELAY_SAMPLES as usize;
        Self {
            line: DelayLine::new(max_delay_samples + reach),
            heads: [Head::new(), Head::new()],
            current: 0,
            share: Glide::new(1.0),
            wanted: Lateness::default(),
            is_fresh: true,
        }
    }

    /// Forgets the sound. Realtime-safe.
    pub fn reset(&mut self) {
        self.line.reset();
        self.heads.iter_mut().flat_map(|head| &mut head.filters).for_each(FractionalDelay::reset);
        self.share.set_now(1.0);
        self.is_fresh = true;
    }

    pub fn set_lateness(&mut self, lateness: Lateness) {
        self.wanted = lateness;
    }

    /// One frame in, one out. Realtime-safe.
    pub fn tick(&mut self, frame: [f32; 2], fade_samples: u32) -> [f32; 2] {
        if self.is_fresh {
            self.heads[self.current].lateness = self.wanted;
            self.is_fresh = false;
        }
        self.line.write(&[frame]);
        if self.share.is_settled() && self.heads[self.current].lateness != self.wanted {
            self.current = 1 - self.current;
            self.heads[self.current].move_to(&self.line, self.wanted);
            self.share.set_now(0.0);
            self.share.glide_to(1.0, fade_samples);
        }
        let new = self.heads[self.current].read(&self.line);
        if self.share.is_settled() {
            return new;
        }
        let old = self.heads[1 - self.current].read(&self.line);
        let share = self.share.next_value() as f32;
        [0, 1].map(|channel| old[channel] + share * (new[channel] - old[channel]))
    }
}
