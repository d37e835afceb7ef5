//! What is heard while a band is listened to: the part of the programme that it acts on.

use shared_dsp::filters::SvfCoefs;
use shared_dsp::glide::{Glide, GlidingFilter};

use super::dynamics::key_filter;
use super::grid::{CHUNK, Frame};
use super::settings::{BandChannels, EqSettings};

/// The input through a band's filter, cross-faded with the output.
#[derive(Debug, Clone)]
pub(super) struct Listen {
    filter: GlidingFilter<SvfCoefs, 2>,
    channels: BandChannels,
    /// 0 the output, 1 the band.
    share: Glide,
    input: [Frame; CHUNK],
}

impl Listen {
    pub(super) fn new() -> Self {
        Self {
            filter: GlidingFilter::default(),
            channels: BandChannels::Stereo,
            share: Glide::new(0.0),
            input: [[0.0; 2]; CHUNK],
        }
    }

    pub(super) fn reset(&mut self, settings: &EqSettings, sample_rate_hz: f64) {
        self.filter.reset();
        if let Some(band) = settings.listen.map(|band| &settings.bands[band]) {
            self.filter.set_now(key_filter(band, sample_rate_hz));
            self.channels = band.channels;
        }
        self.share.set_now(f64::from(u8::from(settings.listen.is_some())));
    }

    pub(super) fn update(&mut self, settings: &EqSettings, sample_rate_hz: f64, length_samples: u32) {
        if let Some(band) = settings.listen.map(|band| &settings.bands[band]) {
            let coefs = key_filter(band, sample_rate_hz);
            if self.share.rests_at(0.0) {
                self.filter.set_now(coefs);
                self.filter.reset();
                self.channels = band.channels;
            } else {
                self.filter.glide_to(coefs, length_samples);
                self.channels = band.channels;
            }
        }
        self.share.glide_to(f64::from(u8::from(settings.listen.is_some())), length_samples);
    }

    /// Keeps a segment of the input, before it is worked on.
    pub(super) fn take_in(&mut self, left: &[f32], right: Option<&[f32]>) {
        if self.share.rests_at(0.0) {
            return;
        }
        let right = right.unwrap_or(left);
        for ((frame, &left), &right) in self.input.iter_mut().zip(left).zip(right) {
            *frame = [f64::from(left), f64::from(right)];
        }
    }

    /// Fades the output to what the band hears of that input.
    pub(super) fn process(&mut self, left: &mut [f32], mut right: Option<&mut [f32]>) {
        if self.share.rests_at(0.0) {
            return;
        }
        for (n, left) in left.iter_mut().enumerate() {
            let share = self.share.next_value();
            let [l, r] = self.filter.tick(self.input[n]);
            let heard = match self.channels {
                BandChannels::Stereo => [l, r],
                BandChannels::Left => [l, 0.0],
                BandChannels::Right => [0.0, r],
                BandChannels::Mid => [0.5 * (l + r); 2],
                BandChannels::Side => [0.5 * (l - r), 0.5 * (r - l)],
            };
            let fade = |x: &mut f32, heard: f64| *x = (f64::from(*x) + share * (heard - f64::from(*x))) as f32;
            match right.as_deref_mut() {
                Some(right) => {
                    fade(left, heard[0]);
                    fade(&mut right[n], heard[1]);
                }
                None => fade(left, l),
            }
        }
    }
}
