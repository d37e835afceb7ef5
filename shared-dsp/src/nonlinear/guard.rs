//! What holds a ceiling after band-limiting.

use super::clip::{Clip, ClipSettings};
use super::clip_curve::ClipCurve;
use super::residual::{Frame, ResidualPath, Route, Shaped};
use crate::delay::DelayLine;
use crate::dynamics::{LookAhead, PeaksBetween};
use crate::oversampling::{Factor, Phase};

/// Frames handled at once.
const CHUNK: usize = 64;
const PASSES: usize = 2;
/// How soon the gain begins to fall before a peak.
const LOOK_AHEAD_S: f64 = 0.000_5;
/// Frames on both sides of a peak that get its whole reduction: what interpolates the peak hears one gain.
const MARGIN: usize = 1;
/// The gain aims this far below the ceiling (0.001 dB), for rounding;
const AIM: f32 = 0.999_9;
/// and below that by this share of the excess, up to 0.07 dB: no interpolator of finite length sees all that lies within
/// half a kilohertz of the top of the band.
const UNSEEN: f32 = 0.5;
const MOST_UNSEEN: f32 = 0.008;

/// What the guard is to do at one frame. Everything glides by gliding here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GuardFrame {
    /// The ceiling, linear.
    pub ceiling: f32,
    /// How far the true peak is held, 0 not at all .. 1 fully.
    pub true_peak: f32,
    /// How far the sample peak is held, 0 not at all .. 1 fully.
    pub sample: f32,
    /// By how much each pass of clip-and-filter overdoes what it finds: 2 converges fastest on programme up to 12 dB over
    /// the ceiling, 1.5 above.
    pub relaxation: f32,
}

/// Holds a ceiling on stereo frames at the base rate.
///
/// Band-limiting a clipped wave makes it ripple above the ceiling by 1 to 5 dB (Gibbs), and a clip at the base rate holds
/// the samples only. To hold the wave itself, two passes each take away what an 8x oversampled clip would cut, filtered
/// (J. Armstrong, *Peak-to-average power reduction for OFDM by repeated clipping and frequency domain filtering*, 2002; here
/// over-relaxed), and a look-ahead gain takes the rest, a decibel at most on programme driven 12 dB into the clip.
/// A signal below the ceiling passes to the bit, and the delay is the same whatever is held.
#[derive(Debug, Clone)]
pub struct Guard {
    passes: Vec<(ResidualPath, Clip)>,
    peaks: PeaksBetween,
    look_ahead: LookAhead,
    delay: DelayLine<Frame>,
    is_thorough: bool,
    is_awake: bool,
    latency_samples: usize,
    most_reduction: f32,
    driven: Vec<Frame>,
    residual: Vec<Frame>,
    reductions: Vec<f32>,
}

fn look_ahead_samples(sample_rate_hz: f64) -> usize {
    (LOOK_AHEAD_S * sample_rate_hz).round() as usize
}

fn peaks_phase(is_thorough: bool) -> Phase {
    if is_thorough { Phase::Peaks } else { Phase::PeaksShort }
}

fn pass_route(sample_rate_hz: f64) -> Route {
    Route { factor: Factor::X8.at_rate(sample_rate_hz), phase: Phase::Short }
}

impl Guard {
    /// A thorough guard. Allocates all that it will ever need at this rate.
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        let mut clip = Clip::new();
        clip.select(false);
        let mut new = Self {
            passes: vec![(ResidualPath::new(), clip); PASSES],
            peaks: PeaksBetween::new(sample_rate_hz, Phase::Peaks),
            look_ahead: LookAhead::new(look_ahead_samples(sample_rate_hz), 2 + 2 * MARGIN),
            delay: DelayLine::new(Self::latency_of(sample_rate_hz, true)),
            is_thorough: true,
            is_awake: false,
            latency_samples: 0,
            most_reduction: 0.0,
            driven: vec![[0.0; 2]; CHUNK],
            residual: vec![[0.0; 2]; CHUNK],
            reductions: vec![0.0; CHUNK],
        };
        new.select(sample_rate_hz, true);
        new
    }

    /// The delay in samples, whatever is held. A thorough guard has its two passes and a steep interpolator; one that is
    /// not has a shorter one and no passes: 41 samples instead of 132 at 48 kHz.
    #[must_use]
    pub fn latency_of(sample_rate_hz: f64, is_thorough: bool) -> usize {
        let passes = if is_thorough { PASSES * pass_route(sample_rate_hz).latency_samples(0) } else { 0 };
        passes + Self::gain_delay(sample_rate_hz, is_thorough)
    }

    fn gain_delay(sample_rate_hz: f64, is_thorough: bool) -> usize {
        let peaks = PeaksBetween::delay_of(sample_rate_hz, peaks_phase(is_thorough));
        peaks + look_ahead_samples(sample_rate_hz) + MARGIN
    }

    /// Thorough or quick, at the rate that it was made for; clears the memory. Realtime-safe.
    pub fn select(&mut self, sample_rate_hz: f64, is_thorough: bool) {
        self.is_thorough = is_thorough;
        for (path, _) in &mut self.passes {
            path.select(pass_route(sample_rate_hz), 0);
        }
        self.peaks.select(sample_rate_hz, peaks_phase(is_thorough));
        self.look_ahead.select(look_ahead_samples(sample_rate_hz), 2 + 2 * MARGIN);
        self.delay.set_delay_samples(Self::gain_delay(sample_rate_hz, is_thorough));
        self.latency_samples = Self::latency_of(sample_rate_hz, is_thorough);
        self.reset();
    }

    /// Clears the memory. Realtime-safe.
    pub fn reset(&mut self) {
        self.passes.iter_mut().for_each(|(path, _)| path.reset());
        self.delay.reset();
        self.is_awake = false;
        self.most_reduction = 0.0;
    }

    /// The delay in samples.
    #[must_use]
    pub fn latency_samples(&self) -> usize {
        self.latency_samples
    }

    /// The greatest linear reduction of the gain since this was last asked: 0 none .. 1 silence.
    pub fn take_most_reduction(&mut self) -> f32 {
        std::mem::take(&mut self.most_reduction)
    }

    /// Processes in place; `controls` has as many entries. Any block split gives the same numbers. Realtime-safe.
    pub fn process(&mut self, frames: &mut [Frame], controls: &[GuardFrame]) {
        let mut start = 0;
        let end = frames.len().min(controls.len());
        while start < end {
            // A stretch of one kind: what sleeps keeps no memory, and wakes up with a clear one.
            let is_awake = controls[start].true_peak > 0.0;
            let stretch = controls[start..end].iter().take(CHUNK);
            let count = stretch.take_while(|control| (control.true_peak > 0.0) == is_awake).count();
            let (frames, controls) = (&mut frames[start..start + count], &controls[start..start + count]);
            if is_awake {
                if !self.is_awake {
                    self.wake();
                }
                self.hold_true_peak(frames, controls);
            } else {
                self.pass_by(frames);
            }
            self.is_awake = is_awake;
            hold_samples(frames, controls);
            start += count;
        }
    }

    fn wake(&mut self) {
        self.passes.iter_mut().for_each(|(path, _)| path.reset_filters());
        self.peaks.reset();
        self.look_ahead.reset();
    }

    fn pass_by(&mut self, frames: &mut [Frame]) {
        if self.is_thorough {
            self.passes.iter_mut().for_each(|(path, _)| path.delay_only(frames));
        }
        self.delay.process(frames);
    }

    fn hold_true_peak(&mut self, frames: &mut [Frame], controls: &[GuardFrame]) {
        let count = frames.len();
        let (driven, residual) = (&mut self.driven[..count], &mut self.residual[..count]);
        if self.is_thorough {
            for (path, clip) in &mut self.passes {
                driven.copy_from_slice(frames);
                let times = path.route().factor.times();
                let mut done = 0;
                let shaped = path.process(frames, driven, residual, |x, r| {
                    let controls = &controls[done..done + x.len() / times];
                    done += controls.len();
                    clip_at(clip, controls, times, x, r)
                });
                if shaped == Shaped::Residual {
                    for ((frame, residual), control) in frames.iter_mut().zip(residual.iter()).zip(controls) {
                        let amount = control.true_peak * control.relaxation;
                        *frame = [frame[0] + amount * residual[0], frame[1] + amount * residual[1]];
                    }
                }
            }
        }
        let reductions = &mut self.reductions[..count];
        self.peaks.process(frames, reductions);
        for (reduction, control) in reductions.iter_mut().zip(controls) {
            let excess = *reduction / control.ceiling - 1.0;
            let aim = AIM - (UNSEEN * excess).min(MOST_UNSEEN);
            *reduction = if excess > 0.0 { 1.0 - aim / (1.0 + excess) } else { 0.0 };
        }
        self.delay.process(frames);
        if self.look_ahead.process(reductions) {
            for ((frame, reduction), control) in frames.iter_mut().zip(reductions.iter()).zip(controls) {
                let reduction = reduction * control.true_peak;
                self.most_reduction = self.most_reduction.max(reduction);
                *frame = frame.map(|x| x * (1.0 - reduction));
            }
        }
    }
}

/// A hard clip at each frame's own ceiling, all at once where it is the same throughout.
fn clip_at(clip: &mut Clip, controls: &[GuardFrame], times: usize, x: &[Frame], r: &mut [Frame]) -> Shaped {
    let settings = |control: &GuardFrame| ClipSettings {
        curve: ClipCurve::new(control.ceiling.into(), 0.0),
        link: 0.0,
        mid_side: 0.0,
    };
    let Some(first) = controls.first() else { return Shaped::Nothing };
    if controls.iter().all(|control| control.ceiling == first.ceiling) {
        return clip.shape(&settings(first), x, r);
    }
    let mut shaped = Shaped::Nothing;
    for ((control, x), r) in controls.iter().zip(x.chunks(times)).zip(r.chunks_mut(times)) {
        if clip.shape(&settings(control), x, r) == Shaped::Residual {
            shaped = Shaped::Residual;
        }
    }
    shaped
}

fn hold_samples(frames: &mut [Frame], controls: &[GuardFrame]) {
    for (frame, control) in frames.iter_mut().zip(controls) {
        // What is held fully is held to the bit.
        *frame = frame.map(|x| {
            let held = x.max(-control.ceiling).min(control.ceiling);
            if control.sample >= 1.0 { held } else { x + control.sample * (held - x) }
        });
    }
}
