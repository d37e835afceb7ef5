//! What holds a ceiling after band-limiting.

use super::clip_pass::{CHUNK, ClipPass};
use super::residual::StereoFrame;
use crate::delay::DelayLine;
use crate::dynamics::{PeakWave, TruePeakGain};
use crate::oversampling::Doubler;
use crate::simd::{self, dispatch};

/// By how much each pass overdoes what it finds. More converges faster on noise, but takes a steady tone below the ceiling.
const RELAXATIONS: [f32; 2] = [1.5, 2.0];
/// How soon the gain begins to fall before a peak.
const LOOK_AHEAD_S: f64 = 0.000_5;

/// What the guard is to do at one frame. Everything glides by gliding here.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GuardFrame {
    /// The ceiling, linear.
    pub ceiling: f32,
    /// How far the true peak is held, 0 not at all .. 1 fully.
    pub true_peak: f32,
    /// How far the sample peak is held, 0 not at all .. 1 fully.
    pub sample: f32,
}

/// Holds a ceiling on stereo frames at the base rate.
///
/// Band-limiting a clipped wave makes it ripple above the ceiling by 1 to 5 dB (Gibbs), and a clip at the base rate holds
/// the samples only. To hold the wave itself, two passes each take away what an 8x oversampled clip would cut, filtered
/// (J. Armstrong, *Peak-to-average power reduction for OFDM by repeated clipping and frequency domain filtering*, 2002; here
/// over-relaxed), and a look-ahead gain takes the rest, a decibel at most on programme driven 12 dB into the clip.
///
/// A tone that comes in with its harmonics and nothing else leaves so, too: the wave is doubled without images and stays
/// at twice its rate from pass to pass, the clips are antialiased, and on a held tone the gain stands still
/// ([`TruePeakGain`]). What clips before must not fold ([`Phase::Steep`](crate::oversampling::Phase::Steep)).
/// A signal below the ceiling passes to the bit, and the delay is the same whatever is held.
#[derive(Debug, Clone)]
pub struct Guard {
    doubler: Doubler<f32, 2>,
    doubler_delay: DelayLine<StereoFrame>,
    passes: Vec<ClipPass>,
    gain: TruePeakGain,
    is_thorough: bool,
    is_awake: bool,
    latency_samples: usize,
    most_reduction: f32,
    wave: Vec<StereoFrame>,
    ceilings: Vec<f32>,
    reductions: Vec<f32>,
}

fn look_ahead_samples(sample_rate_hz: f64) -> usize {
    (LOOK_AHEAD_S * sample_rate_hz).round() as usize
}

fn peak_wave(is_thorough: bool) -> PeakWave {
    if is_thorough { PeakWave::Doubled } else { PeakWave::Plain }
}

impl Guard {
    /// A thorough guard. Allocates all that it will ever need at this rate.
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        let mut new = Self {
            doubler: Doubler::new(),
            doubler_delay: DelayLine::new(Doubler::<f32, 2>::DELAY_SAMPLES),
            passes: RELAXATIONS.map(|relaxation| ClipPass::new(sample_rate_hz, relaxation)).into(),
            gain: TruePeakGain::new(sample_rate_hz, look_ahead_samples(sample_rate_hz)),
            is_thorough: true,
            is_awake: false,
            latency_samples: 0,
            most_reduction: 0.0,
            wave: vec![[0.0; 2]; 2 * CHUNK],
            ceilings: vec![0.0; CHUNK],
            reductions: vec![0.0; CHUNK],
        };
        new.select(sample_rate_hz, true);
        new
    }

    /// The delay in samples, whatever is held. A thorough guard has its two passes and detects peaks on a wave without images;
    /// one that is not has no passes and a short detector: 41 samples instead of 119 at 48 kHz.
    #[must_use]
    pub fn latency_of(sample_rate_hz: f64, is_thorough: bool) -> usize {
        let passes = RELAXATIONS.len() * ClipPass::latency_of(sample_rate_hz);
        let before = if is_thorough { Doubler::<f32, 2>::DELAY_SAMPLES + passes } else { 0 };
        before + TruePeakGain::latency_of(sample_rate_hz, peak_wave(is_thorough), look_ahead_samples(sample_rate_hz))
    }

    /// Thorough or quick, at the rate that it was made for; clears the memory. Realtime-safe.
    pub fn select(&mut self, sample_rate_hz: f64, is_thorough: bool) {
        self.is_thorough = is_thorough;
        self.gain.select(sample_rate_hz, peak_wave(is_thorough), look_ahead_samples(sample_rate_hz));
        self.latency_samples = Self::latency_of(sample_rate_hz, is_thorough);
        self.reset();
    }

    /// Clears the memory. Realtime-safe.
    pub fn reset(&mut self) {
        self.doubler.reset();
        self.doubler_delay.reset();
        self.passes.iter_mut().for_each(ClipPass::reset);
        self.gain.reset();
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

    /// The reduction that stands still on a held tone, linear, 0 none .. 1 silence; gone within a second of the tone.
    #[must_use]
    pub fn steady_reduction(&self) -> f32 {
        self.gain.steady_reduction()
    }

    /// Processes in place; `controls` has as many entries, or a single one for all frames. Any block split gives the same numbers.
    /// Realtime-safe.
    pub fn process(&mut self, frames: &mut [StereoFrame], controls: &[GuardFrame]) {
        if let [_] = controls {
            frames.chunks_mut(CHUNK).for_each(|frames| self.segment(frames, controls));
            return;
        }
        let mut start = 0;
        let end = frames.len().min(controls.len());
        while start < end {
            // A segment of one kind: what sleeps keeps no memory, and wakes up with a clear one.
            let is_awake = controls[start].true_peak > 0.0;
            let segment = controls[start..end].iter().take(CHUNK);
            let count = segment.take_while(|control| (control.true_peak > 0.0) == is_awake).count();
            self.segment(&mut frames[start..start + count], &controls[start..start + count]);
            start += count;
        }
    }

    /// Up to [`CHUNK`] frames in all of which the true peak is held, or in none; with a control for each, or one for all.
    fn segment(&mut self, frames: &mut [StereoFrame], controls: &[GuardFrame]) {
        let is_awake = controls[0].true_peak > 0.0;
        if is_awake {
            if !self.is_awake {
                self.wake();
            }
            self.hold_true_peak(frames, controls);
        } else {
            self.pass_by(frames);
        }
        self.is_awake = is_awake;
        dispatch!(simd::level(), _ => match controls {
            [all] => hold_samples(frames, |_| *all),
            controls => hold_samples(frames, |n| controls[n]),
        });
    }

    fn wake(&mut self) {
        self.doubler.reset();
        self.passes.iter_mut().for_each(ClipPass::wake);
        self.gain.wake();
    }

    fn pass_by(&mut self, frames: &mut [StereoFrame]) {
        if self.is_thorough {
            self.doubler_delay.process(frames);
            self.passes.iter_mut().for_each(|pass| pass.pass_by(frames));
        }
        self.gain.pass_by(frames);
    }

    fn hold_true_peak(&mut self, frames: &mut [StereoFrame], controls: &[GuardFrame]) {
        let count = frames.len();
        let control = |n: usize| if let [all] = controls { *all } else { controls[n] };
        let wave = self.is_thorough.then(|| {
            let wave = &mut self.wave[..2 * count];
            self.doubler.process(frames, wave);
            self.doubler_delay.process(frames);
            for pass in &mut self.passes {
                pass.process(frames, wave, |n| (control(n).ceiling, control(n).true_peak));
            }
            &*wave
        });
        let (ceilings, reductions) = (&mut self.ceilings[..count], &mut self.reductions[..count]);
        ceilings.iter_mut().enumerate().for_each(|(n, ceiling)| *ceiling = control(n).ceiling);
        if self.gain.process(frames, wave, ceilings, reductions) {
            for (n, (frame, reduction)) in frames.iter_mut().zip(reductions.iter()).enumerate() {
                let reduction = reduction * control(n).true_peak;
                self.most_reduction = self.most_reduction.max(reduction);
                *frame = frame.map(|x| x * (1.0 - reduction));
            }
        }
    }
}

#[inline(always)]
fn hold_samples(frames: &mut [StereoFrame], control: impl Fn(usize) -> GuardFrame) {
    for (n, frame) in frames.iter_mut().enumerate() {
        let control = control(n);
        // What is held fully is held to the bit.
        *frame = frame.map(|x| {
            let held = x.max(-control.ceiling).min(control.ceiling);
            if control.sample >= 1.0 { held } else { x + control.sample * (held - x) }
        });
    }
}
