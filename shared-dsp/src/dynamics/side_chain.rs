//! A compressor's side chain, from the key to the reduction.

use std::ops::Range;

use super::{
    Decoupled, FeedbackLoop, Forecast, GainDecimator, HIGHEST_FACTOR, KeyInterpolator, LevelControls, MeanSquare,
    ReductionPath, Release, SINE_CREST_DB, StaticCurve, level_db,
};
use crate::math::{MINUS_INFINITY_DB, smoothing_coefficient};
use crate::scratch::Pool;
use crate::simd::{self, Simd, dispatch};

/// Side chains of linked channels become one when they are no further apart than this.
const LINKED_DB: f64 = 1e-6;

/// What does not change while a side chain lives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SideChainDesign {
    /// How long the feed-forward model's detector holds a peak, seconds.
    pub decoupled_hold_s: f64,
    /// How long the feedback model's detector does.
    pub feedback_hold_s: f64,
}

/// How fast it moves. All in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SideChainTimes {
    /// Of the ballistics, see [`Ballistics`](super::Ballistics).
    pub attack_s: f64,
    /// The same.
    pub release: Release,
    /// How long a reduction stays before it is released, once less of it is wanted; 0 is not at all. It comes on top of the
    /// release, which begins then as it would have begun without it.
    pub hold_s: f64,
    /// Time constant of the RMS detector's mean square.
    pub rms_s: f64,
}

/// What may move on the control grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SideChainControls {
    /// Link, detector and curve, which both models have in common.
    pub levels: LevelControls,
    /// From the feed-forward (0) to the feedback model (1), blended in dB.
    pub feedback: f64,
}

/// What is in use now or is about to be: a cross-fade that begins needs its far end before it has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SideChainUse {
    /// The feed-forward model.
    pub decoupled: bool,
    /// The feedback model.
    pub feedback: bool,
    /// The RMS detector.
    pub rms: bool,
    /// Two channels, each of which follows the louder one entirely: once their memories are the same, one is computed for both.
    pub linked: bool,
}

/// Values handled at once, at the side chain's own rate: few, so that a mix full of compressors finds its memories in the
/// caches.
const WIDE: usize = 256;
/// The most frames that they are, at the audio's rate.
const CHUNK: usize = 64;

/// What one chunk needs besides the settings; none of it is memory.
#[derive(Debug)]
struct Scratch {
    key: [[f32; WIDE]; 2],
    rms_db: [[f64; WIDE]; 2],
    held: [[f32; WIDE]; 2],
    other: [[f64; WIDE]; 2],
}

impl Default for Scratch {
    fn default() -> Self {
        Self { key: [[0.0; WIDE]; 2], rms_db: [[0.0; WIDE]; 2], held: [[0.0; WIDE]; 2], other: [[0.0; WIDE]; 2] }
    }
}

/// One for each audio thread.
static SCRATCH: Pool<Scratch> = Pool::new();

/// Two models of a compressor side by side, cross-faded, in stereo, at 1, 2, 4 or 8 times the audio's rate.
///
/// ```text
/// key -> rate x factor -> peak, RMS (dB) -> link -> curve -> feed-forward or feedback ballistics -> rate / factor -> reduction
/// ```
///
/// A model that is not in use is not computed. Silence, a level below the knee and a curve that allows nothing cost less. Any
/// block split gives the same numbers.
#[derive(Debug, Clone)]
pub struct SideChain {
    /// The audio's rate times the factor.
    key_rate_hz: f64,
    factor: usize,
    max_frames: usize,
    times: SideChainTimes,
    controls: SideChainControls,
    used: SideChainUse,
    rms_coefficient: f64,
    interpolators: [KeyInterpolator; 2],
    squares: [MeanSquare; 2],
    decoupled: ReductionPath<Decoupled>,
    feedback: ReductionPath<FeedbackLoop>,
    decimators: [GainDecimator; 2],
    level_max_db: f64,
    reductions: [Vec<f64>; 2],
}

impl SideChain {
    /// Room for up to `max_frames` frames a call. [`reset`](Self::reset) it before use. Allocates.
    #[must_use]
    pub fn new(max_frames: usize, design: SideChainDesign) -> Self {
        SCRATCH.prepare();
        Self {
            key_rate_hz: 48_000.0,
            factor: 1,
            max_frames,
            times: SideChainTimes { attack_s: 0.01, release: Release::Auto, hold_s: 0.0, rms_s: 0.005 },
            controls: SideChainControls {
                levels: LevelControls { curve: StaticCurve::new(0.0, 1.0, 0.0, 0.0), link: 1.0, rms: 0.0 },
                feedback: 0.0,
            },
            used: SideChainUse { decoupled: false, feedback: false, rms: false, linked: false },
            rms_coefficient: 1.0,
            interpolators: [KeyInterpolator::new(CHUNK), KeyInterpolator::new(CHUNK)],
            squares: Default::default(),
            decoupled: ReductionPath::new(design.decoupled_hold_s),
            feedback: ReductionPath::new(design.feedback_hold_s),
            decimators: [GainDecimator::new(CHUNK), GainDecimator::new(CHUNK)],
            level_max_db: MINUS_INFINITY_DB,
            reductions: [vec![0.0; max_frames], vec![0.0; max_frames]],
        }
    }

    /// The delay at a factor, in samples of the audio's rate: 11, or 0 at factor 1.
    #[must_use]
    pub fn latency_samples(factor: usize) -> usize {
        KeyInterpolator::latency_samples(factor) + GainDecimator::latency_samples(factor)
    }

    /// Takes a rate and a factor (1, 2, 4 or 8) and clears the memory; nothing is in use until [`set_controls`](Self::set_controls).
    /// Realtime-safe.
    pub fn reset(&mut self, sample_rate_hz: f64, factor: usize) {
        self.factor = factor.clamp(1, HIGHEST_FACTOR);
        self.key_rate_hz = sample_rate_hz * self.factor as f64;
        self.interpolators.iter_mut().for_each(|interpolator| interpolator.set_factor(self.factor));
        self.decimators.iter_mut().for_each(|decimator| decimator.set_factor(self.factor));
        self.squares.iter_mut().for_each(MeanSquare::reset);
        self.decoupled.reset();
        self.feedback.reset();
        self.used = SideChainUse { linked: false, ..self.used };
        self.level_max_db = MINUS_INFINITY_DB;
        self.set_all_times();
    }

    /// Takes times. What they drive moves on smoothly, so they may jump. Realtime-safe.
    pub fn set_times(&mut self, times: SideChainTimes) {
        if times != self.times {
            self.times = times;
            self.set_all_times();
        }
    }

    fn set_all_times(&mut self) {
        let ratio = self.controls.levels.curve.ratio();
        self.decoupled.set_times(self.key_rate_hz, ratio, self.times.attack_s, self.times.release);
        self.set_feedback_times();
        self.decoupled.set_release_hold(self.key_rate_hz, self.times.hold_s);
        self.feedback.set_release_hold(self.key_rate_hz, self.times.hold_s);
        self.rms_coefficient = smoothing_coefficient(self.times.rms_s, self.key_rate_hz);
    }

    /// The loop's times depend on the ratio.
    fn set_feedback_times(&mut self) {
        let ratio = self.controls.levels.curve.ratio();
        self.feedback.set_times(self.key_rate_hz, ratio, self.times.attack_s, self.times.release);
    }

    /// Takes the values of one point of the control grid, and what is in use from there on. Realtime-safe.
    pub fn set_controls(&mut self, controls: SideChainControls, used: SideChainUse) {
        self.controls = controls;
        self.set_feedback_times();
        self.set_used(used);
    }

    /// Starts what a cross-fade is about to bring in, so that it does not come from an old memory, and links or parts the side
    /// chains of the two channels. To be called at fixed sample positions. Realtime-safe.
    pub fn set_used(&mut self, used: SideChainUse) {
        if used.decoupled && !self.used.decoupled {
            self.decoupled.start_at(&self.feedback);
        }
        if used.feedback && !self.used.feedback {
            self.feedback.start_at(&self.decoupled);
        }
        if used.rms && !self.used.rms {
            for (channel, square) in self.squares.iter_mut().enumerate() {
                let is_feedback = self.controls.feedback > 0.0;
                let peak = if is_feedback { self.feedback.held(channel) } else { self.decoupled.held(channel) };
                square.start_at(f64::from(peak) * std::f64::consts::FRAC_1_SQRT_2);
            }
        }
        let was_linked = self.used.linked;
        self.used = SideChainUse { linked: was_linked, ..used };
        if was_linked && !used.linked {
            self.decoupled.link();
            self.feedback.link();
            let [first, second] = &mut self.decimators;
            second.copy_memory(first);
            self.used.linked = false;
        } else if !was_linked && used.linked {
            let decoupled_db = if used.decoupled { self.decoupled.distance_db() } else { 0.0 };
            let feedback_db = if used.feedback { self.feedback.distance_db() } else { 0.0 };
            self.used.linked = decoupled_db.max(feedback_db) <= LINKED_DB;
        }
    }

    /// Whether one side chain is computed for both channels.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        self.used.linked
    }

    /// Drops what is too small to matter. To be called at fixed sample positions. Realtime-safe.
    pub fn settle(&mut self) {
        self.decoupled.settle();
        self.feedback.settle();
    }

    /// So many frames ahead of the feed-forward model, at factor 1 and as its times are now: for one that applies what it is told
    /// over the next frames, and would come late by as many. Realtime-safe.
    #[must_use]
    pub fn forecast(&self, frames: u32) -> Forecast {
        self.decoupled.forecast(frames)
    }

    /// The reduction of the first channel by the feed-forward model at the end of the forecast if the level stays what it is, dB. No
    /// more than what is wanted or applied now. Realtime-safe.
    #[must_use]
    pub fn forecast_db(&self, forecast: &Forecast) -> f64 {
        self.decoupled.forecast_db(forecast)
    }

    /// The highest level that the curve was asked for since this was last called, dB; -300 for silence.
    pub fn take_level_max_db(&mut self) -> f64 {
        std::mem::replace(&mut self.level_max_db, MINUS_INFINITY_DB)
    }

    /// Computes the reductions of `channels` (1 or 2) for the key, dB, 0 and up, and lends them, the second channel's empty if
    /// there is none. With one channel a key of two counts as the louder of them; a second key that is empty does not count.
    /// At most `max_frames` frames. Realtime-safe.
    pub fn process(&mut self, key: [&[f32]; 2], channels: usize) -> [&mut [f64]; 2] {
        let frames = key[0].len().min(self.max_frames);
        let key = [&key[0][..frames], &key[1][..key[1].len().min(frames)]];
        let key_channels = if key[1].len() == frames { 2 } else { 1 };
        let channels = channels.min(key_channels);
        let most = CHUNK.min(WIDE / self.factor);
        for start in (0..frames).step_by(most) {
            let end = frames.min(start + most);
            let key = [&key[0][start..end], if key_channels == 2 { &key[1][start..end] } else { &[] }];
            if self.is_idle(key, channels) {
                self.level_max_db = self.level_max_db.max(level_db(0.0));
                self.reductions.iter_mut().for_each(|reductions| reductions[start..end].fill(0.0));
            } else {
                SCRATCH.with(|scratch| self.chunk(scratch, key, start, channels));
            }
        }
        let [first, second] = &mut self.reductions;
        [&mut first[..frames], &mut second[..if channels == 2 { frames } else { 0 }]]
    }

    /// The reductions of one chunk, which go where the others have come to.
    fn chunk(&mut self, scratch: &mut Scratch, key: [&[f32]; 2], start: usize, channels: usize) {
        for (interpolator, (key, fast)) in self.interpolators.iter_mut().zip(key.iter().zip(&mut scratch.key)) {
            interpolator.process(key, &mut fast[..key.len() * self.factor]);
        }
        let key_channels = if key[1].is_empty() { 1 } else { 2 };
        let place = start..start + key[0].len();
        dispatch!(simd::level(), simd => {
            if channels == 2 {
                self.run::<_, 2>(simd, scratch, place, key_channels);
            } else {
                self.run::<_, 1>(simd, scratch, place, key_channels);
            }
        });
    }

    /// Whether the key is silent and has been for so long that nothing would move.
    fn is_idle(&self, key: [&[f32]; 2], channels: usize) -> bool {
        // The mean square never comes to an end.
        if self.used.rms || key.iter().any(|key| key.iter().any(|&x| x != 0.0)) {
            return false;
        }
        let key_channels = key.iter().filter(|key| !key.is_empty()).count();
        let are_paths_idle = if channels == 2 {
            (!self.used.decoupled || self.decoupled.is_idle::<2>())
                && (!self.used.feedback || self.feedback.is_idle::<2>())
        } else {
            (!self.used.decoupled || self.decoupled.is_idle::<1>())
                && (!self.used.feedback || self.feedback.is_idle::<1>())
        };
        are_paths_idle
            && self.interpolators[..key_channels].iter().all(KeyInterpolator::is_silent)
            && self.decimators[..channels].iter().all(GainDecimator::is_at_rest)
    }

    /// `CH` side chains of an interpolated key that listen to `key_channels`, as many or more.
    #[inline(always)]
    fn run<S: Simd, const CH: usize>(
        &mut self,
        simd: S,
        scratch: &mut Scratch,
        place: Range<usize>,
        key_channels: usize,
    ) {
        let frames = place.len();
        let wide = frames * self.factor;
        if self.used.rms {
            self.measure_rms::<CH>(scratch, wide, key_channels);
        }
        let Scratch { key, rms_db, held, other } = scratch;
        rectify::<CH>(key, wide, key_channels);
        let rectified = std::array::from_fn(|ch: usize| &key[ch & 1][..wide]);
        let rms_db = std::array::from_fn(|ch: usize| &rms_db[ch & 1][..wide]);
        let levels = &self.controls.levels;
        let is_fading = self.used.decoupled && self.used.feedback;
        let [first, second] = &mut self.decimators;
        if self.used.decoupled {
            let into = channels::<CH>(first.input_mut(frames), second.input_mut(frames));
            let level_db = self.decoupled.process(simd, levels, rectified, rms_db, slices(held), into);
            self.level_max_db = self.level_max_db.max(level_db);
        }
        if self.used.feedback {
            let [first_other, second_other] = other;
            let into = if is_fading {
                [&mut first_other[..wide], &mut second_other[..wide]]
            } else {
                [first.input_mut(frames), second.input_mut(frames)]
            };
            let [first, second] = into;
            let into = channels::<CH>(first, second);
            let level_db = self.feedback.process(simd, levels, rectified, rms_db, slices(held), into);
            self.level_max_db = self.level_max_db.max(level_db);
        }
        for ((decimator, other), reductions) in
            self.decimators.iter_mut().zip(&*other).zip(&mut self.reductions).take(CH)
        {
            if is_fading {
                for (a, &b) in decimator.input_mut(frames).iter_mut().zip(&other[..wide]) {
                    *a += self.controls.feedback * (b - *a);
                }
            }
            decimator.process(&mut reductions[place.clone()]);
        }
    }

    /// RMS levels in dB: of each channel, or the larger of two for one side chain.
    #[inline(always)]
    fn measure_rms<const CH: usize>(&mut self, scratch: &mut Scratch, wide: usize, key_channels: usize) {
        let Scratch { key, rms_db, .. } = scratch;
        let [first, second] = rms_db;
        if key_channels == 2 {
            let (samples, rms) = ([&key[0][..wide], &key[1][..wide]], [&mut first[..wide], &mut second[..wide]]);
            MeanSquare::process_pair(&mut self.squares, samples, rms, self.rms_coefficient);
        } else {
            self.squares[0].process(&key[0][..wide], &mut first[..wide], self.rms_coefficient);
        }
        if CH < key_channels {
            for (a, &b) in first[..wide].iter_mut().zip(&second[..wide]) {
                *a = if b > *a { b } else { *a };
            }
        }
        for levels in [first, second].into_iter().take(CH) {
            levels[..wide].iter_mut().for_each(|level| *level = level_db(*level) + SINE_CREST_DB);
        }
    }
}

/// Takes the sign off each channel, or makes the first the larger of two for one side chain.
#[inline(always)]
fn rectify<const CH: usize>(key: &mut [[f32; WIDE]; 2], wide: usize, key_channels: usize) {
    let [first, second] = key;
    if CH < key_channels {
        for (x, y) in first[..wide].iter_mut().zip(&second[..wide]) {
            *x = if x.abs() > y.abs() { x.abs() } else { y.abs() };
        }
    } else {
        for samples in [first, second].into_iter().take(CH) {
            samples[..wide].iter_mut().for_each(|x| *x = x.abs());
        }
    }
}

/// The first `CH` (1 or 2) of two.
#[inline(always)]
fn channels<'a, const CH: usize>(first: &'a mut [f64], second: &'a mut [f64]) -> [&'a mut [f64]; CH] {
    let mut both = [first, second].into_iter();
    std::array::from_fn(|_| both.next().unwrap_or_default())
}

/// Both as slices.
fn slices(both: &mut [[f32; WIDE]; 2]) -> [&mut [f32]; 2] {
    both.each_mut().map(|one| &mut one[..])
}
