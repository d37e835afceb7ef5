//! A change of mode while the sound runs: what goes out, the delayed input of bypass too, has another latency from one sample to the
//! next, and the processor begins anew. So the sound goes, is changed while it is gone, and comes back.

use shared_dsp::glide::eased;

use super::Modes;
use super::segment::{Channels, Size};

/// Of either fade.
pub(super) const FADE_MS: f64 = 10.0;

/// Where it is, and how many frames are left of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing is done to the sound.
    Rest,
    Going(u32),
    /// Until what came in after the change comes out.
    Gone(u32),
    Coming(u32),
}

/// The fade around a change of mode.
#[derive(Debug)]
pub(super) struct ModeFade<M> {
    stage: Stage,
    wanted: Option<Modes<M>>,
    fade_samples: u32,
}

impl<M: Copy> ModeFade<M> {
    pub fn new() -> Self {
        Self { stage: Stage::Rest, wanted: None, fade_samples: 1 }
    }

    /// How long either fade is from the next one on: at least a frame.
    pub fn prepare(&mut self, fade_samples: u32) {
        self.fade_samples = fade_samples.max(1);
    }

    /// Ends at once, and wants nothing.
    pub fn reset(&mut self) {
        (self.stage, self.wanted) = (Stage::Rest, None);
    }

    /// The modes that the sound is going for; `None` while it has those that it is to have.
    pub fn wanted(&self) -> Option<Modes<M>> {
        self.wanted
    }

    /// Goes for other modes.
    pub fn start(&mut self, modes: Modes<M>) {
        self.wanted = Some(modes);
        self.stage = match self.stage {
            Stage::Rest => Stage::Going(self.fade_samples),
            Stage::Gone(_) => Stage::Going(0),
            // From as loud as it is.
            Stage::Coming(left) => Stage::Going(self.fade_samples.saturating_sub(left)),
            going @ Stage::Going(_) => going,
        };
    }

    /// The modes to be taken now, while the sound is gone.
    pub fn take_due(&mut self) -> Option<Modes<M>> {
        if self.stage == Stage::Going(0) { self.wanted.take() } else { None }
    }

    /// They have been taken: what comes in from now on comes out so many frames later.
    pub fn taken(&mut self, latency_samples: usize) {
        self.stage = Stage::Gone(u32::try_from(latency_samples).unwrap_or(u32::MAX));
        self.go_on(0);
    }

    /// How many frames may be processed in one go.
    pub fn frames_left(&self) -> usize {
        match self.stage {
            Stage::Rest => usize::MAX,
            Stage::Going(left) | Stage::Gone(left) | Stage::Coming(left) => left.max(1) as usize,
        }
    }

    /// One segment of each of these sounds, of [`frames_left`](Self::frames_left) at most.
    pub fn apply(&mut self, mut sounds: [Option<&mut Channels>; 2], size: Size) {
        if self.stage == Stage::Rest {
            return;
        }
        let length = f64::from(self.fade_samples);
        for n in 0..size.frames {
            let share = match self.stage {
                Stage::Going(left) => eased((f64::from(left) - n as f64) / length),
                Stage::Coming(left) => eased(1.0 - (f64::from(left) - n as f64) / length),
                Stage::Rest | Stage::Gone(_) => 0.0,
            };
            for channel in sounds.iter_mut().flatten().flat_map(|sound| &mut sound[..size.channels]) {
                channel[n] *= share as f32;
            }
        }
        self.go_on(size.frames as u32);
    }

    fn go_on(&mut self, frames: u32) {
        self.stage = match self.stage {
            Stage::Rest => Stage::Rest,
            Stage::Going(left) => Stage::Going(left.saturating_sub(frames)),
            Stage::Gone(left) if left > frames => Stage::Gone(left - frames),
            Stage::Gone(_) => Stage::Coming(self.fade_samples),
            Stage::Coming(left) if left > frames => Stage::Coming(left - frames),
            Stage::Coming(_) => Stage::Rest,
        };
    }
}
