//! The residual at the top rate: a voice, or two while one is faded over to the other, and the half sample that averaging
//! lacks.

use shared_dsp::glide::Glide;
use shared_dsp::nonlinear::{COMPLETION_MEMORY as MEMORY, StereoFrame, complete_averages};
use shared_dsp::scratch::Pool;

use super::settings::SaturatorSettings;
use super::voice::{Kind, MOST_FRAMES, Seen, Voice, VoiceScratch};

/// What a shaper needs while it works; none of it is memory.
#[derive(Debug)]
struct Scratch {
    voice: VoiceScratch,
    other: [StereoFrame; MOST_FRAMES],
    /// The last averages before the completion, and room for a chunk behind them.
    averaged: [StereoFrame; MEMORY + MOST_FRAMES],
}

impl Default for Scratch {
    fn default() -> Self {
        Self {
            voice: VoiceScratch::default(),
            other: [[0.0; 2]; MOST_FRAMES],
            averaged: [[0.0; 2]; MEMORY + MOST_FRAMES],
        }
    }
}

/// One for each audio thread.
static SCRATCH: Pool<Scratch> = Pool::new();

/// Makes what all shapers share. Allocates, once.
pub(super) fn prepare() {
    SCRATCH.prepare();
}

#[derive(Debug, Clone)]
pub(super) struct Shaper {
    voices: [Voice; 2],
    /// Which of them is heard, or faded in.
    current: usize,
    /// 0..1 for the current one; settled when the other is not heard.
    fade: Glide,
    settings: SaturatorSettings,
    sample_rate_hz: f64,
    times: usize,
    /// Whether neighbours are averaged along the curve; else every sample meets it by itself.
    is_averaged: bool,
    /// The last averages before the completion.
    averaged: [StereoFrame; MEMORY],
}

impl Shaper {
    pub(super) fn new() -> Self {
        let settings = SaturatorSettings::default();
        Self {
            voices: [Voice::new(&settings), Voice::new(&settings)],
            current: 0,
            fade: Glide::new(1.0),
            settings,
            sample_rate_hz: 48_000.0,
            times: 1,
            is_averaged: false,
            averaged: [[0.0; 2]; MEMORY],
        }
    }

    /// Takes a rate and settings at once and clears the memory. Realtime-safe.
    pub(super) fn reset(&mut self, settings: &SaturatorSettings, sample_rate_hz: f64, times: usize, is_averaged: bool) {
        self.settings = settings.clone();
        (self.sample_rate_hz, self.times, self.is_averaged) = (sample_rate_hz, times, is_averaged);
        self.fade.set_now(1.0);
        self.voices[self.current].start(Kind::of(settings), settings, sample_rate_hz, times);
        self.averaged = [[0.0; 2]; MEMORY];
    }

    /// Glides to these settings, as far as they are no matter of kind.
    pub(super) fn glide_to(&mut self, settings: &SaturatorSettings, glide_frames: u32) {
        self.settings = settings.clone();
        for voice in &mut self.voices {
            voice.glide_to(settings, glide_frames);
        }
    }

    /// Starts to fade to the kind that is asked for, unless a fade is under way: that one ends first.
    pub(super) fn change_kind(&mut self, glide_frames: u32) {
        let kind = Kind::of(&self.settings);
        if self.fade.is_settled() && kind != self.voices[self.current].kind {
            self.current = 1 - self.current;
            self.voices[self.current].start(kind, &self.settings, self.sample_rate_hz, self.times);
            self.fade.set_now(0.0);
            self.fade.glide_to(1.0, glide_frames);
        }
    }

    /// Fills `residual` for `input`, both at the top rate and of one length, a whole number of base frames up to the chunk.
    /// Returns where the lowest band went on the curve.
    pub(super) fn process(&mut self, input: &[StereoFrame], residual: &mut [StereoFrame]) -> Seen {
        SCRATCH.with(|scratch| self.process_in(scratch, input, residual))
    }

    fn process_in(&mut self, scratch: &mut Scratch, input: &[StereoFrame], residual: &mut [StereoFrame]) -> Seen {
        let wide = input.len();
        let averaged = &mut scratch.averaged[..MEMORY + wide];
        averaged[..MEMORY].copy_from_slice(&self.averaged);
        let naive = !self.is_averaged;
        let shaped = if naive { &mut *residual } else { &mut averaged[MEMORY..] };
        let seen = self.voices[self.current].process(&mut scratch.voice, input, shaped, naive);
        if !self.fade.is_settled() {
            let other = &mut scratch.other[..wide];
            self.voices[1 - self.current].process(&mut scratch.voice, input, other, naive);
            for (to, from) in shaped.chunks_exact_mut(self.times).zip(other.chunks_exact(self.times)) {
                let share = self.fade.next_value() as f32;
                if share == 1.0 {
                    break;
                }
                for (to, from) in to.iter_mut().zip(from) {
                    *to = [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
                }
            }
        }
        if self.is_averaged {
            complete_averages(averaged, residual);
            self.averaged.copy_from_slice(&averaged[wide..]);
        }
        seen
    }
}
