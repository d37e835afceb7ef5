//! Every setting as a value for each frame.

use shared_dsp::glide::Glide;
use shared_dsp::nonlinear::{ClipCurve, ClipSettings, GuardFrame};

use super::settings::{ChannelMode, ClipperSettings, Hold, exact_gain};

/// The most frames computed at once.
pub(super) const CHUNK: usize = 64;

/// What glides. Switches are weights of 0 or 1, cross-faded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// Linear gain into the clip.
    Drive,
    /// Linear.
    Ceiling,
    Knee,
    Link,
    MidSide,
    Mix,
    /// Linear gain behind the clip.
    Makeup,
    /// Linear gain of the drive link, behind the guard.
    Cut,
    SampleHeld,
    TruePeakHeld,
    /// The limiter instead of the clip.
    Limit,
    /// Nothing of the processor at all: mix at exactly 0.
    Untouched,
}

const SLOTS: usize = Slot::Untouched as usize + 1;

/// The values of one chunk, and whether each is the same throughout.
#[derive(Debug, Clone)]
pub(super) struct Glides {
    ramps: [Glide; SLOTS],
    values: [[f32; CHUNK]; SLOTS],
    is_steady: [bool; SLOTS],
    clips: [ClipSettings; CHUNK],
    guards: [GuardFrame; CHUNK],
}

fn targets(s: &ClipperSettings, is_stereo: bool) -> [f64; SLOTS] {
    let weight = |on: bool| f64::from(u8::from(on));
    let drive = exact_gain(s.drive_db);
    let mut targets = [0.0; SLOTS];
    for (slot, target) in [
        (Slot::Drive, drive),
        (Slot::Ceiling, exact_gain(s.ceiling_db)),
        (Slot::Knee, s.knee),
        (Slot::Link, s.link),
        (Slot::MidSide, weight(is_stereo && s.channel_mode == ChannelMode::MidSide)),
        (Slot::Mix, s.mix),
        (Slot::Makeup, exact_gain(s.makeup_db)),
        (Slot::Cut, if s.is_drive_linked { 1.0 / drive } else { 1.0 }),
        (Slot::SampleHeld, weight(s.hold != Hold::Nothing)),
        (Slot::TruePeakHeld, weight(s.hold == Hold::TruePeak)),
        (Slot::Limit, weight(s.limit_instead)),
        (Slot::Untouched, weight(s.mix == 0.0)),
    ] {
        targets[slot as usize] = target;
    }
    targets
}

impl Glides {
    /// At rest at `settings`.
    pub(super) fn new(settings: &ClipperSettings, is_stereo: bool) -> Self {
        let clip = ClipSettings { curve: ClipCurve::new(1.0, 0.0), link: 0.0, mid_side: 0.0 };
        let guard = GuardFrame { ceiling: 1.0, true_peak: 0.0, sample: 0.0 };
        Self {
            ramps: targets(settings, is_stereo).map(Glide::new),
            values: [[0.0; CHUNK]; SLOTS],
            is_steady: [false; SLOTS],
            clips: [clip; CHUNK],
            guards: [guard; CHUNK],
        }
    }

    /// Begins to glide to `settings`.
    pub(super) fn glide_to(&mut self, settings: &ClipperSettings, is_stereo: bool, frames: u32) {
        for (slot, target) in targets(settings, is_stereo).into_iter().enumerate() {
            self.ramps[slot].glide_to(target, frames);
            self.is_steady[slot] &= self.ramps[slot].is_settled();
        }
    }

    /// Steps `frames` on and computes the values there.
    pub(super) fn advance(&mut self, frames: usize) {
        use Slot::{Ceiling, Knee, Link, MidSide, SampleHeld, TruePeakHeld};
        let clips_rest = self.are_steady(&[Ceiling, Knee, Link, MidSide]);
        let guards_rest = self.are_steady(&[Ceiling, SampleHeld, TruePeakHeld]);
        for slot in 0..SLOTS {
            if self.is_steady[slot] {
                continue;
            }
            let ramp = &mut self.ramps[slot];
            if ramp.is_settled() {
                self.values[slot].fill(ramp.value() as f32);
                self.is_steady[slot] = true;
            } else {
                self.values[slot][..frames].iter_mut().for_each(|value| *value = ramp.next_value() as f32);
            }
        }
        let value = |slot: Slot, n: usize| self.values[slot as usize][n];
        // Settings at rest are filled in to the end, for the chunks to come.
        if !clips_rest {
            let count = if self.are_steady(&[Ceiling, Knee, Link, MidSide]) { CHUNK } else { frames };
            let clip = |n: usize| ClipSettings {
                curve: ClipCurve::new(value(Ceiling, n).into(), value(Knee, n).into()),
                link: value(Link, n),
                mid_side: value(MidSide, n),
            };
            let clips: [ClipSettings; CHUNK] = std::array::from_fn(|n| clip(n.min(count - 1)));
            self.clips = clips;
        }
        let value = |slot: Slot, n: usize| self.values[slot as usize][n];
        if !guards_rest {
            let count = if self.are_steady(&[Ceiling, SampleHeld, TruePeakHeld]) { CHUNK } else { frames };
            let guard = |n: usize| GuardFrame {
                ceiling: value(Ceiling, n),
                true_peak: value(TruePeakHeld, n),
                sample: value(SampleHeld, n),
            };
            let guards: [GuardFrame; CHUNK] = std::array::from_fn(|n| guard(n.min(count - 1)));
            self.guards = guards;
        }
    }

    fn are_steady(&self, slots: &[Slot]) -> bool {
        slots.iter().all(|&slot| self.is_steady[slot as usize])
    }

    /// The values of this chunk.
    pub(super) fn values(&self, slot: Slot) -> &[f32; CHUNK] {
        &self.values[slot as usize]
    }

    /// Whether this value is, and stays, nothing but `value`.
    pub(super) fn rests_at(&self, slot: Slot, value: f32) -> bool {
        self.is_steady[slot as usize] && self.values[slot as usize][0] == value
    }

    /// Whether this value has just come to be `value`, to stay.
    pub(super) fn has_arrived_at(&self, slot: Slot, value: f64) -> bool {
        self.ramps[slot as usize].is_settled() && self.ramps[slot as usize].value() == value
    }

    /// Where this value goes.
    pub(super) fn target(&self, slot: Slot) -> f32 {
        self.ramps[slot as usize].target() as f32
    }

    /// The clip at each frame of this chunk, or once if it is the same throughout.
    pub(super) fn clips(&self, frames: usize) -> &[ClipSettings] {
        let is_steady = self.are_steady(&[Slot::Ceiling, Slot::Knee, Slot::Link, Slot::MidSide]);
        if is_steady { &self.clips[..1] } else { &self.clips[..frames] }
    }

    /// The guard at each frame of this chunk, or once if it is the same throughout.
    pub(super) fn guards(&self, frames: usize) -> &[GuardFrame] {
        let is_steady = self.are_steady(&[Slot::Ceiling, Slot::SampleHeld, Slot::TruePeakHeld]);
        if is_steady { &self.guards[..1] } else { &self.guards[..frames] }
    }
}
