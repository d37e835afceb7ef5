//! One pass of clip-and-filter.

use super::clip::{Clip, ClipSettings};
use super::clip_curve::ClipCurve;
use super::residual::{Shaped, StereoFrame};
use crate::delay::DelayLine;
use crate::math::reaches;
use crate::oversampling::{Downsampler, Factor, LowPass, Phase, RecentFrames, Upsampler, latency_around};
use crate::simd::{self, dispatch};

/// Base frames handled at once, at most.
pub(super) const CHUNK: usize = 64;
/// The clip's rate is at most so many times that of the doubled wave.
const MAX_TIMES: usize = 4;
/// Half the length of the filter of what was clipped, at twice the base rate, its cutoff there and its window: it passes
/// 16 kHz at 44.1 kHz and stops at 22.8 kHz (70 dB).
const FILTER_HALF: usize = 26;
const FILTER_CUTOFF: f64 = 0.215;
const FILTER_BETA: f64 = 7.0;
/// How late the antialiased clip is at its own rate.
const CLIP_DELAY: usize = 1;
/// A wave sampled at twice its rate may stand higher between the samples by 3.01 dB; this is 4 dB.
const DOUBLED_BELOW: f32 = 0.63;

/// Takes away from a wave at twice the base rate what a hard clip at the ceiling would cut, filtered.
///
/// Everything on the way is linear or an antialiased curve, and nothing folds: a tone comes out as a tone and its harmonics.
/// While the wave is low, nothing is computed.
#[derive(Debug, Clone)]
pub(super) struct ClipPass {
    factor: Factor,
    /// By how much what was cut is overdone: it converges faster.
    relaxation: f32,
    up: Upsampler<f32, 2>,
    recent: RecentFrames,
    clip: Clip,
    down: Downsampler<f32, 2>,
    filter: LowPass<f32, 2>,
    /// Makes the delay of what was cut whole at the base rate.
    cut_alignment: DelayLine<StereoFrame>,
    wave_delay: DelayLine<StereoFrame>,
    delay: DelayLine<StereoFrame>,
    /// Doubled frames since anything was last cut, and how many of them the way down remembers.
    quiet_frames: usize,
    memory_frames: usize,
    top: Vec<StereoFrame>,
    cut_top: Vec<StereoFrame>,
    unfiltered: Vec<StereoFrame>,
    cut: Vec<StereoFrame>,
}

/// To 8x the base rate at 44.1 and 48 kHz, and not less from there to 96 kHz, where the wave has harmonics twice as high.
fn factor_at(sample_rate_hz: f64) -> Factor {
    Factor::X8.at_rate(sample_rate_hz).min(Factor::X4)
}

/// Of the doubled wave, before it is made even.
fn cut_delay(factor: Factor) -> usize {
    latency_around(factor, Phase::DoubledShort, CLIP_DELAY) + FILTER_HALF
}

impl ClipPass {
    /// For one rate. Allocates.
    pub(super) fn new(sample_rate_hz: f64, relaxation: f32) -> Self {
        let factor = factor_at(sample_rate_hz);
        let latency = Self::latency_of(sample_rate_hz);
        let top = || vec![[0.0; 2]; 2 * CHUNK * MAX_TIMES];
        let mut down = Downsampler::new(factor, Phase::DoubledShort);
        down.select_around(factor, Phase::DoubledShort, CLIP_DELAY);
        // A symmetric response is twice its delay and one long; the pad stands before it.
        let memory_top = 2 * down.delay_top_samples() as usize + 1 + down.pad_top_samples();
        let late = 2 * latency - cut_delay(factor);
        Self {
            factor,
            relaxation,
            up: Upsampler::new(factor, Phase::DoubledShort),
            recent: RecentFrames::default(),
            clip: Clip::new(),
            down,
            filter: LowPass::new(FILTER_HALF, FILTER_CUTOFF, FILTER_BETA),
            cut_alignment: DelayLine::new(late),
            wave_delay: DelayLine::new(2 * latency),
            delay: DelayLine::new(latency),
            quiet_frames: usize::MAX,
            memory_frames: memory_top.div_ceil(factor.times()) + 2 * FILTER_HALF + 2 + late,
            top: top(),
            cut_top: top(),
            unfiltered: vec![[0.0; 2]; 2 * CHUNK],
            cut: vec![[0.0; 2]; 2 * CHUNK],
        }
    }

    /// The delay in base samples. Realtime-safe once any filter was built.
    pub(super) fn latency_of(sample_rate_hz: f64) -> usize {
        cut_delay(factor_at(sample_rate_hz)).div_ceil(2)
    }

    /// Clears the memory. Realtime-safe.
    pub(super) fn reset(&mut self) {
        self.delay.reset();
        self.wake();
    }

    /// Clears the memory of all but the delayed frames: what a pass does that was asleep. Realtime-safe.
    pub(super) fn wake(&mut self) {
        self.up.reset();
        self.recent.reset();
        self.clip.reset();
        self.down.reset();
        self.filter.reset();
        self.cut_alignment.reset();
        self.wave_delay.reset();
        self.quiet_frames = usize::MAX;
    }

    /// Delays the frames, and clips nothing. Realtime-safe.
    pub(super) fn pass_by(&mut self, frames: &mut [StereoFrame]) {
        self.delay.process(frames);
    }

    /// Delays `frames` and `wave`, which is the same at twice the rate, and takes away from both; up to [`CHUNK`] frames. There
    /// is a ceiling and an amount (0 nothing, 1 all) for each frame. Any block split gives the same numbers. Realtime-safe.
    pub(super) fn process(
        &mut self,
        frames: &mut [StereoFrame],
        wave: &mut [StereoFrame],
        controls: impl Fn(usize) -> (f32, f32),
    ) {
        let top_frames = wave.len() * self.factor.times();
        let shaped = self.shape(wave, frames.len(), &controls);
        self.delay.process(frames);
        self.wave_delay.process(wave);
        let cut_top = &mut self.cut_top[..top_frames];
        match shaped {
            Shaped::Nothing if self.quiet_frames >= self.memory_frames => return,
            Shaped::Nothing => {
                cut_top.fill([0.0; 2]);
                self.quiet_frames += wave.len();
            }
            Shaped::Residual => self.quiet_frames = 0,
        }
        let (unfiltered, cut) = (&mut self.unfiltered[..wave.len()], &mut self.cut[..wave.len()]);
        self.down.process(cut_top, unfiltered);
        self.filter.process(unfiltered, cut);
        self.cut_alignment.process(cut);
        let relaxation = self.relaxation;
        dispatch!(simd::level(), _ => take_away(frames, wave, cut, |n| relaxation * controls(n).1));
    }

    /// What a hard clip at each frame's own ceiling takes away, at the top rate; in one piece where the ceiling is the same
    /// throughout.
    fn shape(&mut self, wave: &[StereoFrame], frames: usize, controls: &impl Fn(usize) -> (f32, f32)) -> Shaped {
        let ceiling = |n: usize| controls(n).0;
        let lowest = (0..frames).map(ceiling).fold(f32::INFINITY, f32::min);
        let bound = DOUBLED_BELOW * lowest;
        if !self.recent.reaches(bound) && !reaches(wave.as_flattened(), bound) {
            self.recent.skip(wave);
            return Shaped::Nothing;
        }
        let settings =
            |ceiling: f32| ClipSettings { curve: ClipCurve::new(ceiling.into(), 0.0), link: 0.0, mid_side: 0.0 };
        let times = self.factor.times();
        if let Some(missed) = self.recent.push(wave) {
            self.up.reset();
            let (top, cut) = (&mut self.top[..missed.len() * times], &mut self.cut_top[..missed.len() * times]);
            self.up.process(&missed, top);
            // For its memory only: all of it is below the ceiling.
            self.clip.shape(&settings(lowest), top, cut);
        }
        let (top, cut) = (&mut self.top[..wave.len() * times], &mut self.cut_top[..wave.len() * times]);
        self.up.process(wave, top);
        if (0..frames).all(|n| ceiling(n) == lowest) {
            return self.clip.shape(&settings(lowest), top, cut);
        }
        let mut shaped = Shaped::Nothing;
        for ((top, cut), n) in top.chunks(2 * times).zip(cut.chunks_mut(2 * times)).zip(0..) {
            if self.clip.shape(&settings(ceiling(n)), top, cut) == Shaped::Residual {
                shaped = Shaped::Residual;
            }
        }
        shaped
    }
}

/// Adds `amount` of the residual `cut` to the doubled `wave`, and of its every other frame to `frames`.
#[inline(always)]
fn take_away(frames: &mut [StereoFrame], wave: &mut [StereoFrame], cut: &[StereoFrame], amount: impl Fn(usize) -> f32) {
    let pairs = wave.as_chunks_mut::<2>().0.iter_mut().zip(cut.as_chunks::<2>().0);
    for (n, (frame, (pair, cut))) in frames.iter_mut().zip(pairs).enumerate() {
        let amount = amount(n);
        for side in 0..2 {
            frame[side] += amount * cut[0][side];
            pair[0][side] += amount * cut[0][side];
            pair[1][side] += amount * cut[1][side];
        }
    }
}
