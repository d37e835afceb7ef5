//! The residual at the top rate: a voice, or two while one is faded over to the other, and the half sample that averaging
//! lacks.

use shared_dsp::glide::Glide;
use shared_dsp::nonlinear::Frame;

use super::settings::SaturatorSettings;
use super::voice::{CHUNK, Kind, MOST_TIMES, Room, Seen, Voice};

/// Averaging between neighbours delays by half a sample. This filter delays by one and a half and is flat at small
/// frequencies, so that together they delay by two whole samples: -0.009 dB at 20 kHz, 8x, 44.1 kHz.
const WHOLE: [f32; 4] = [-0.125, 0.625, 0.625, -0.125];
/// The delay in samples of the top rate of both together.
pub(super) const AVERAGED_DELAY: usize = 2;

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
    naive: bool,
    room: Room,
    other: Vec<Frame>,
    /// The last three frames before [`WHOLE`], and room for a chunk behind them.
    averaged: Vec<Frame>,
}

impl Shaper {
    /// Allocates.
    pub(super) fn new() -> Self {
        let settings = SaturatorSettings::default();
        Self {
            voices: [Voice::new(&settings), Voice::new(&settings)],
            current: 0,
            fade: Glide::new(1.0),
            settings,
            sample_rate_hz: 48_000.0,
            times: 1,
            naive: true,
            room: Room::new(),
            other: vec![[0.0; 2]; CHUNK * MOST_TIMES],
            averaged: vec![[0.0; 2]; WHOLE.len() - 1 + CHUNK * MOST_TIMES],
        }
    }

    /// Takes a rate and settings at once and clears the memory. Realtime-safe.
    pub(super) fn reset(&mut self, settings: &SaturatorSettings, sample_rate_hz: f64, times: usize, naive: bool) {
        self.settings = settings.clone();
        (self.sample_rate_hz, self.times, self.naive) = (sample_rate_hz, times, naive);
        self.fade.set_now(1.0);
        self.voices[self.current].start(Kind::of(settings), settings, sample_rate_hz, times);
        self.averaged[..WHOLE.len() - 1].fill([0.0; 2]);
    }

    /// Glides and fades to these settings.
    pub(super) fn update(&mut self, settings: &SaturatorSettings, glide_frames: u32) {
        self.settings = settings.clone();
        for voice in &mut self.voices {
            voice.aim(settings, glide_frames);
        }
        self.change_kind(glide_frames);
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
    pub(super) fn process(&mut self, input: &[Frame], residual: &mut [Frame]) -> Seen {
        let wide = input.len();
        let memory = WHOLE.len() - 1;
        let averaged = &mut self.averaged[..memory + wide];
        let shaped = if self.naive { &mut *residual } else { &mut averaged[memory..] };
        let seen = self.voices[self.current].process(&mut self.room, input, shaped, self.naive);
        if !self.fade.is_settled() {
            let other = &mut self.other[..wide];
            self.voices[1 - self.current].process(&mut self.room, input, other, self.naive);
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
        if !self.naive {
            for (window, out) in averaged.windows(WHOLE.len()).zip(residual.iter_mut()) {
                for ch in 0..2 {
                    out[ch] = WHOLE[0] * (window[0][ch] + window[3][ch]) + WHOLE[1] * (window[1][ch] + window[2][ch]);
                }
            }
            averaged.copy_within(wide.., 0);
        }
        seen
    }
}
