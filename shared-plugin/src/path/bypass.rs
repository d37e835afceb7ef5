//! Bypass: the guarded input, delayed by the reported latency, to the bit.

use shared_dsp::delay::StereoDelay;
use shared_dsp::glide::Glide;

use super::segment::{Channels, Size, blend, end_of};

pub(super) const FADE_MS: f64 = 15.0;

#[derive(Debug)]
pub(super) struct Bypass {
    /// 0 processed .. 1 bypassed.
    share: Glide,
    pub delay: StereoDelay,
}

impl Bypass {
    pub fn new() -> Self {
        Self { share: Glide::new(0.0), delay: StereoDelay::default() }
    }

    /// At once.
    pub fn set_now(&mut self, is_bypassed: bool) {
        self.share.set_now(end_of(is_bypassed));
    }

    /// Fades.
    pub fn switch(&mut self, is_bypassed: bool, fade_samples: u32) {
        self.share.glide_to(end_of(is_bypassed), fade_samples);
    }

    /// Puts `raw`, the input that [`delay`](Self::delay) has delayed, in place of `wet` as far as it is bypassed.
    pub fn apply(&mut self, wet: &mut Channels, raw: &Channels, size: Size) {
        cross(&mut self.share, wet, raw, size);
    }

    /// What [`apply`](Self::apply) would make of `wet`, before it does so with another.
    pub fn preview(&self, wet: &mut Channels, raw: &Channels, size: Size) {
        cross(&mut self.share.clone(), wet, raw, size);
    }
}

fn cross(share: &mut Glide, wet: &mut Channels, raw: &Channels, size: Size) {
    if share.is_settled() {
        if share.value() > 0.5 {
            wet[..size.channels].copy_from_slice(&raw[..size.channels]);
        }
        return;
    }
    for n in 0..size.frames {
        let share = share.next_value() as f32;
        for channel in 0..size.channels {
            wet[channel][n] = blend(wet[channel][n], raw[channel][n], share);
        }
    }
}
