//! What is heard of the plugin: the programme, Delta or Compare; and the loudness of wet and dry that Compare and Match need.

use std::sync::atomic::Ordering;

use shared_dsp::glide::Glide;
use shared_dsp::loudness::LoudnessPair;
use shared_dsp::math::db_to_gain;

use super::controls::Listen;
use super::segment::{Channels, Size, blend, end_of};
use crate::feed::{MatchPhase, Shared};

/// Compare freezes when it has heard this much, seconds: the full window of programme, and not the onset of the processor,
/// which a window filled in the first three seconds would still hold.
const COMPARE_AFTER_S: f64 = 4.5;
/// The farthest that the compared dry is lifted or lowered, dB.
const COMPARE_MAX_DB: f64 = 24.0;

#[derive(Debug)]
pub(super) struct Listening {
    listen: Listen,
    delta: Glide,
    compare: Glide,
    /// Linear gain of the dry while it is compared.
    compare_gain: Glide,
    loudness: LoudnessPair,
    is_measuring: bool,
    measured_frames: u64,
    enough_frames: f64,
}

impl Listening {
    pub fn new() -> Self {
        Self {
            listen: Listen::Programme,
            delta: Glide::new(0.0),
            compare: Glide::new(0.0),
            compare_gain: Glide::new(1.0),
            loudness: LoudnessPair::new(48_000.0),
            is_measuring: false,
            measured_frames: 0,
            enough_frames: COMPARE_AFTER_S * 48_000.0,
        }
    }

    /// At another rate everything that was measured is gone. Allocates.
    pub fn prepare(&mut self, sample_rate_hz: f64) {
        self.measured_frames = 0;
        self.enough_frames = COMPARE_AFTER_S * sample_rate_hz;
        self.loudness.prepare(sample_rate_hz);
    }

    /// At once. What is measured goes on where it was.
    pub fn reset(&mut self, listen: Listen) {
        self.listen = listen;
        self.delta.set_now(end_of(listen == Listen::Delta));
        self.compare.set_now(end_of(listen == Listen::Compare));
        self.compare_gain.set_now(self.compare_gain.target());
        self.loudness.interrupt();
    }

    /// Fades.
    pub fn switch(&mut self, listen: Listen, fade_samples: u32) {
        self.listen = listen;
        self.delta.glide_to(end_of(listen == Listen::Delta), fade_samples);
        self.compare.glide_to(end_of(listen == Listen::Compare), fade_samples);
    }

    fn has_heard_enough(&self) -> bool {
        self.loudness.is_settled() && self.measured_frames as f64 >= self.enough_frames
    }

    /// Feeds the loudness of wet and dry, but only while somebody needs it. Answers whether it has just begun to.
    pub fn measure<R>(&mut self, wet: &Channels, dry: &Channels, size: Size, shared: &Shared<R>) -> bool {
        let is_comparing = self.listen == Listen::Compare;
        let is_needed = is_comparing || shared.is_watched.load(Ordering::Relaxed);
        let has_begun = is_needed && !self.is_measuring;
        self.is_measuring = is_needed;
        if has_begun {
            self.measured_frames = 0;
            self.loudness.reset();
        }
        if !is_needed {
            return false;
        }
        // Frozen while comparing, as soon as there is something to freeze. Match learns all the same.
        self.loudness.set_frozen(is_comparing && self.has_heard_enough());
        match shared.match_phase() {
            MatchPhase::Start if shared.take_match_on(MatchPhase::Start, MatchPhase::Learning) => self.loudness.start(),
            // A new rate has made the meter anew: what it had learnt at the old one is lost, the run is not.
            MatchPhase::Learning | MatchPhase::Finish if !self.loudness.is_learning() => self.loudness.start(),
            _ => {}
        }
        self.measured_frames += size.frames as u64;
        self.loudness.process(size.sides(wet), size.sides(dry));
        if shared.match_phase() == MatchPhase::Finish {
            let learnt_lu = self.loudness.finish().map_or(f32::NAN, |lu| lu as f32);
            shared.learnt_lu.store(learnt_lu, Ordering::Relaxed);
            // Given up meanwhile, perhaps: then nobody reads it.
            shared.take_match_on(MatchPhase::Finish, MatchPhase::Done);
        }
        has_begun
    }

    /// At a control point: lets the gain of the compared dry follow the measured offset.
    pub fn update<R>(&mut self, fade_samples: u32, shared: &Shared<R>) {
        if !self.is_measuring {
            return;
        }
        let offset_lu = self.loudness.difference_lu();
        shared.offset_lu.store(offset_lu.map_or(f32::NAN, |lu| lu as f32), Ordering::Relaxed);
        if let Some(offset_lu) = offset_lu {
            let offset_db = offset_lu.clamp(-COMPARE_MAX_DB, COMPARE_MAX_DB);
            self.compare_gain.glide_to(db_to_gain(offset_db), fade_samples);
        }
    }

    /// Puts what is listened to in place of `wet`.
    pub fn apply(&mut self, wet: &mut Channels, dry: &Channels, size: Size) {
        if !self.compare_gain.is_settled() || self.compare.value() > 0.0 || !self.compare.is_settled() {
            for n in 0..size.frames {
                let gain = self.compare_gain.next_value() as f32;
                let share = self.compare.next_value() as f32;
                for channel in 0..size.channels {
                    let compared = dry[channel][n] * gain;
                    wet[channel][n] = blend(wet[channel][n], compared, share);
                }
            }
        }
        if self.delta.value() > 0.0 || !self.delta.is_settled() {
            for n in 0..size.frames {
                let share = self.delta.next_value() as f32;
                for channel in 0..size.channels {
                    let delta = wet[channel][n] - dry[channel][n];
                    wet[channel][n] = blend(wet[channel][n], delta, share);
                }
            }
        }
    }
}
