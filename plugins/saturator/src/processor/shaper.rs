//! The residual at the top rate: a voice, or two while one is faded over to the other, and the half sample that averaging
//! lacks.

use shared_dsp::glide::Glide;
use shared_dsp::nonlinear::StereoFrame;
use shared_dsp::scratch::Pool;

use super::settings::SaturatorSettings;
use super::voice::{Kind, MOST_FRAMES, Seen, Voice, VoiceScratch};

/// The delay of averaging and its completion in samples of the top rate.
pub(super) const COMPLETION_DELAY_TOP_SAMPLES: usize = 2;
/// Frames that the completion remembers.
const MEMORY: usize = 3;

/// Averaging between neighbours delays by half a sample. This filter, symmetric and flat to the third order, delays by one and
/// a half more and gives back what averaging takes of the treble: -0.009 dB are left at 20 kHz, 8x, 44.1 kHz.
///
/// `averaged` has [`MEMORY`] frames from before.
fn complete(averaged: &[StereoFrame], out: &mut [StereoFrame]) {
    const INNER: f32 = 0.625;
    const OUTER: f32 = -0.125;
    let wide = 2 * out.len();
    let samples = averaged.as_flattened();
    // So many frames ago, in numbers of both channels: flat, so that it becomes vector code.
    let ago = |frames: usize| &samples[2 * (MEMORY - frames)..][..wide];
    let pairs = ago(3).iter().zip(ago(0)).zip(ago(2).iter().zip(ago(1)));
    for (out, ((a, d), (b, c))) in out.as_flattened_mut().iter_mut().zip(pairs) {
        *out = OUTER * (a + d) + INNER * (b + c);
    }
}

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
    pub(super) fn aim(&mut self, settings: &SaturatorSettings, glide_frames: u32) {
        self.settings = settings.clone();
        for voice in &mut self.voices {
            voice.aim(settings, glide_frames);
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
            complete(averaged, residual);
            self.averaged.copy_from_slice(&averaged[wide..]);
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Averaged between neighbours and completed, a tone is whole samples late and as large as it was.
    #[test]
    fn averaging_and_its_completion_are_a_delay() {
        let tone = |n: f32| (std::f32::consts::TAU * 20_000.0 / 352_800.0 * n).sin();
        let mut averaged: Vec<StereoFrame> =
            (0..2000).map(|n| [0.5 * (tone(n as f32) + tone(n as f32 - 1.0)), 0.0]).collect();
        averaged.splice(0..0, [[0.0; 2]; MEMORY]);
        let mut out = vec![[0.0; 2]; 2000];
        complete(&averaged, &mut out);
        let delay = COMPLETION_DELAY_TOP_SAMPLES as f32;
        let off = (100..2000).map(|n| (out[n][0] - tone(n as f32 - delay)).abs()).fold(0.0, f32::max);
        assert!(off.is_finite() && off < 0.0012, "{off}");
        assert!(out.iter().all(|frame| frame[1] == 0.0));
    }
}
