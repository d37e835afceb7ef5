//! What is heard while a band is listened to: the part of the programme that it acts on.

use shared_dsp::filters::SvfCoefs;
use shared_dsp::glide::{Glide, GlidingFilter};

use super::dynamics::key_filter;
use super::grid::{CHUNK, Frame, Routing, route};
use super::settings::{BandChannels, EqSettings};

/// The part of the image that a band acts on, where it is.
fn routing(channels: BandChannels) -> Routing {
    match channels {
        BandChannels::Stereo => [1.0, 0.0, 0.0, 1.0],
        BandChannels::Left => [1.0, 0.0, 0.0, 0.0],
        BandChannels::Right => [0.0, 0.0, 0.0, 1.0],
        BandChannels::Mid => [0.5; 4],
        BandChannels::Side => [0.5, -0.5, -0.5, 0.5],
    }
}

/// The input through a band's filter, cross-faded with the output.
#[derive(Debug, Clone)]
pub(super) struct Listen {
    filter: GlidingFilter<SvfCoefs, 2>,
    routing: Glide<Routing>,
    /// 0 the output, 1 the band.
    share: Glide,
    input: [Frame; CHUNK],
}

impl Listen {
    pub(super) fn new() -> Self {
        Self {
            filter: GlidingFilter::default(),
            routing: Glide::new(routing(BandChannels::Stereo)),
            share: Glide::new(0.0),
            input: [[0.0; 2]; CHUNK],
        }
    }

    pub(super) fn reset(&mut self, settings: &EqSettings, sample_rate_hz: f64) {
        self.filter.reset();
        if let Some(band) = settings.listen.map(|band| &settings.bands[band]) {
            self.filter.set_now(key_filter(band, sample_rate_hz));
            self.routing.set_now(routing(band.channels));
        }
        self.share.set_now(f64::from(u8::from(settings.listen.is_some())));
    }

    pub(super) fn update(&mut self, settings: &EqSettings, sample_rate_hz: f64, length_samples: u32) {
        if let Some(band) = settings.listen.map(|band| &settings.bands[band]) {
            let coefs = key_filter(band, sample_rate_hz);
            if self.share.rests_at(0.0) {
                self.filter.set_now(coefs);
                self.filter.reset();
                self.routing.set_now(routing(band.channels));
            } else {
                self.filter.glide_to(coefs, length_samples);
                self.routing.glide_to(routing(band.channels), length_samples);
            }
        }
        self.share.glide_to(f64::from(u8::from(settings.listen.is_some())), length_samples);
    }

    /// Keeps a segment of the input, as late as the output.
    pub(super) fn take_in(&mut self, left: &[f32], right: &[f32]) {
        if self.share.rests_at(0.0) {
            return;
        }
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
            let filtered = self.filter.tick(self.input[n]);
            let heard = route(&self.routing.next_value(), filtered);
            let fade = |x: &mut f32, heard: f64| *x = (f64::from(*x) + share * (heard - f64::from(*x))) as f32;
            match right.as_deref_mut() {
                Some(right) => {
                    fade(left, heard[0]);
                    fade(&mut right[n], heard[1]);
                }
                None => fade(left, filtered[0]),
            }
        }
    }
}
