//! What is heard of the plugin: the programme, Delta or Compare, as loud as it is or at unity gain; and the loudness of wet
//! and dry that Compare, Unity gain and Match need.

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
/// The farthest that the compared dry, or the wet at unity gain, is lifted or lowered, dB.
const MATCH_MAX_DB: f64 = 24.0;

#[derive(Debug)]
pub(super) struct Listening {
    listen: Listen,
    delta: Glide,
    compare: Glide,
    /// Linear gain of the dry while it is compared.
    compare_gain: Glide,
    is_at_unity: bool,
    /// Linear gain that takes the loudness of the wet back to the dry's; 1 unless that is wanted.
    unity_gain: Glide,
    /// Of the wet, dB: taken out of what is measured, so that whoever moves it need not wait for the measurement.
    known_gain_db: f64,
    /// Wet without the known gain against dry.
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
            is_at_unity: false,
            unity_gain: Glide::new(1.0),
            known_gain_db: 0.0,
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
    pub fn reset(&mut self, listen: Listen, is_at_unity: bool, known_gain_db: f32) {
        self.switch(listen, is_at_unity, known_gain_db, 0);
        for glide in [&mut self.delta, &mut self.compare, &mut self.compare_gain, &mut self.unity_gain] {
            glide.set_now(glide.target());
        }
        self.loudness.interrupt();
    }

    /// Fades.
    pub fn switch(&mut self, listen: Listen, is_at_unity: bool, known_gain_db: f32, fade_samples: u32) {
        self.listen = listen;
        self.is_at_unity = is_at_unity;
        self.known_gain_db = f64::from(known_gain_db);
        self.delta.glide_to(end_of(listen == Listen::Delta), fade_samples);
        self.compare.glide_to(end_of(listen == Listen::Compare), fade_samples);
        self.unity_gain.glide_to(self.wanted_unity_gain(), fade_samples);
    }

    /// Loudness of the wet above the dry, LU; `None` before there is programme.
    fn offset_lu(&self) -> Option<f64> {
        self.loudness.difference_lu().map(|lu| lu + self.known_gain_db)
    }

    fn wanted_unity_gain(&self) -> f64 {
        if !self.is_at_unity {
            return 1.0;
        }
        let offset_lu = self.offset_lu().unwrap_or(self.known_gain_db);
        db_to_gain(-offset_lu.clamp(-MATCH_MAX_DB, MATCH_MAX_DB))
    }

    fn has_heard_enough(&self) -> bool {
        self.loudness.is_settled() && self.measured_frames as f64 >= self.enough_frames
    }

    /// Feeds the loudness of wet and dry, but only while somebody needs it. Answers whether it has just begun to.
    pub fn measure<R>(&mut self, wet: &Channels, dry: &Channels, size: Size, shared: &Shared<R>) -> bool {
        let is_comparing = self.listen == Listen::Compare;
        let is_needed = is_comparing || self.is_at_unity || shared.is_watched.load(Ordering::Relaxed);
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
        if self.known_gain_db == 0.0 {
            self.loudness.process(size.sides(wet), size.sides(dry));
        } else {
            let mut without = *wet;
            let gain = db_to_gain(-self.known_gain_db) as f32;
            for channel in &mut without[..size.channels] {
                channel[..size.frames].iter_mut().for_each(|x| *x *= gain);
            }
            self.loudness.process(size.sides(&without), size.sides(dry));
        }
        if shared.match_phase() == MatchPhase::Finish {
            let learnt_lu = self.loudness.finish().map_or(f32::NAN, |lu| (lu + self.known_gain_db) as f32);
            shared.learnt_lu.store(learnt_lu, Ordering::Relaxed);
            // Given up meanwhile, perhaps: then nobody reads it.
            shared.take_match_on(MatchPhase::Finish, MatchPhase::Done);
        }
        has_begun
    }

    /// At a control point: lets the gain of the compared dry, and that of the wet at unity gain, follow the measured offset.
    pub fn update<R>(&mut self, fade_samples: u32, shared: &Shared<R>) {
        if !self.is_measuring {
            return;
        }
        let offset_lu = self.offset_lu();
        shared.offset_lu.store(offset_lu.map_or(f32::NAN, |lu| lu as f32), Ordering::Relaxed);
        if let Some(offset_lu) = offset_lu {
            let offset_db = offset_lu.clamp(-MATCH_MAX_DB, MATCH_MAX_DB);
            self.compare_gain.glide_to(db_to_gain(offset_db), fade_samples);
        }
        self.unity_gain.glide_to(self.wanted_unity_gain(), fade_samples);
    }

    /// Whether the programme is heard as it is in the frames that come next.
    pub fn is_programme(&self) -> bool {
        [(&self.compare, 0.0), (&self.delta, 0.0), (&self.unity_gain, 1.0)]
            .iter()
            .all(|(glide, at)| glide.rests_at(*at))
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
        if !self.unity_gain.rests_at(1.0) {
            for n in 0..size.frames {
                let gain = self.unity_gain.next_value() as f32;
                for channel in &mut wet[..size.channels] {
                    channel[n] *= gain;
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
