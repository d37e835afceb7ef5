//! The peaks that a wave reaches between its samples, as they come.

use crate::delay::DelayLine;
use crate::math::reaches;
use crate::oversampling::{Factor, Phase, RecentFrames, Upsampler, way_up_delay_top_samples};
use crate::simd::{self, Kernel};

/// Readings made at once.
pub(super) const CHUNK: usize = 64;
const MAX_TIMES: usize = 8;
/// Frames of the top rate kept from chunk to chunk: both neighbours of the first that is new.
pub(super) const HISTORY: usize = 2;
/// A wave sampled at twice its rate may stand higher between the samples by 3.01 dB; this is 4 dB.
const DOUBLED_BELOW: f32 = 0.63;

/// What a [`PeaksBetween`] looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeakWave {
    /// The wave at its own rate. Its detector is short, and near the top of the band it lets through images: it reads a tone's
    /// peaks within 0.2 dB, but each a little differently.
    Plain,
    /// The wave at twice its rate, as a [`Doubler`](crate::oversampling::Doubler) leaves it: two frames for each reading. The
    /// peaks of a tone read alike.
    Doubled,
}

impl PeakWave {
    fn frames_per_reading(self) -> usize {
        match self {
            Self::Plain => 1,
            Self::Doubled => 2,
        }
    }

    /// To 8x the base rate at 44.1 and 48 kHz.
    fn route(self, sample_rate_hz: f64) -> (Factor, Phase) {
        match self {
            Self::Plain => (Factor::X8.at_rate(sample_rate_hz), Phase::Peaks),
            Self::Doubled => (Factor::X4.at_rate(sample_rate_hz), Phase::DoubledShort),
        }
    }
}

/// For each frame of the base rate the greatest magnitude that the wave of either channel reaches around it.
///
/// The wave is interpolated at 8x (half of that from 64 kHz on, a quarter from 128 kHz), and a parabola goes through the three
/// points at each top, so that it matters little where between its samples a peak falls.
#[derive(Debug, Clone)]
pub struct PeaksBetween {
    wave: PeakWave,
    up: Upsampler<f32, 2>,
    /// What the interpolator has to be shown before it goes on after a quiet time.
    recent: RecentFrames,
    delay: DelayLine<f32>,
    top: Vec<[f32; 2]>,
    /// Room for what is made of them.
    tops: Vec<[f32; 2]>,
}

impl PeaksBetween {
    /// For one rate and either wave; takes the doubled one. Allocates.
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        let mut new = Self {
            wave: PeakWave::Doubled,
            up: Upsampler::new(Factor::X1, Phase::Linear),
            recent: RecentFrames::default(),
            delay: DelayLine::new(CHUNK),
            top: vec![[0.0; 2]; HISTORY + CHUNK * MAX_TIMES],
            tops: vec![[0.0; 2]; CHUNK * MAX_TIMES],
        };
        new.select(sample_rate_hz, PeakWave::Doubled, 0);
        new
    }

    /// The delay in frames of the base rate: a reading lies between this many frames ago and two later. Realtime-safe once any
    /// filter was built.
    #[must_use]
    pub fn delay_of(sample_rate_hz: f64, wave: PeakWave) -> usize {
        let (factor, phase) = wave.route(sample_rate_hz);
        // A top is known one point later.
        let top_samples = way_up_delay_top_samples(factor, phase) as usize + HISTORY / 2;
        top_samples.div_ceil(factor.times() * wave.frames_per_reading())
    }

    /// Takes the other wave at the rate that it was made for, makes up the delay to `delay_samples` if that is longer (by 64
    /// frames at most), and clears the memory. Realtime-safe.
    pub fn select(&mut self, sample_rate_hz: f64, wave: PeakWave, delay_samples: usize) {
        let (factor, phase) = wave.route(sample_rate_hz);
        self.wave = wave;
        self.up.select(factor, phase);
        self.delay.start(delay_samples.saturating_sub(Self::delay_of(sample_rate_hz, wave)));
        self.reset();
    }

    /// Clears the memory. Realtime-safe.
    pub fn reset(&mut self) {
        self.up.reset();
        self.recent.reset();
        self.delay.reset();
        self.top.fill([0.0; 2]);
    }

    /// Fills `peaks` from `frames`, one or two for each reading; the shortest rules. What is below its frame's ceiling (linear)
    /// may read too low: it is looked at closely only where it could reach the ceiling. The wave between the frames
    /// [`delay_of`](Self::delay_of) ago and two later is below the reading; readings above the ceiling are the same whatever
    /// the block split. Realtime-safe.
    pub fn process(&mut self, frames: &[[f32; 2]], ceilings: &[f32], peaks: &mut [f32]) {
        let per_reading = self.wave.frames_per_reading();
        let chunks = frames.chunks(per_reading * CHUNK).zip(ceilings.chunks(CHUNK)).zip(peaks.chunks_mut(CHUNK));
        for ((frames, ceilings), peaks) in chunks {
            let count = (frames.len() / per_reading).min(ceilings.len()).min(peaks.len());
            self.chunk(&frames[..per_reading * count], &ceilings[..count], &mut peaks[..count]);
            self.delay.process(&mut peaks[..count]);
        }
    }

    fn chunk(&mut self, frames: &[[f32; 2]], ceilings: &[f32], peaks: &mut [f32]) {
        if self.wave == PeakWave::Doubled {
            let lowest = ceilings.iter().fold(f32::INFINITY, |least, &ceiling| least.min(ceiling));
            let bound = DOUBLED_BELOW * lowest;
            if !self.recent.reaches(bound) && !reaches(frames.as_flattened(), bound) {
                self.recent.skip(frames);
                peaks.fill(0.0);
                return;
            }
        }
        let times = self.up.factor().times();
        if let Some(missed) = self.recent.push(frames) {
            self.up.reset();
            let end = missed.len() * times;
            self.up.process(&missed, &mut self.top[..end]);
            self.top.copy_within(end - HISTORY..end, 0);
        }
        let end = HISTORY + frames.len() * times;
        self.up.process(frames, &mut self.top[HISTORY..end]);
        let times = times * self.wave.frames_per_reading();
        simd::run(PeakReader { top: &self.top[..end], tops: &mut self.tops, times, peaks });
        self.top.copy_within(end - HISTORY..end, 0);
    }
}

/// The greater of two; non-finite ones are no peak.
#[inline(always)]
fn higher(a: f32, b: f32) -> f32 {
    if b > a { b } else { a }
}

/// For each of some frames the greatest of its `TIMES` points and of the parabolas through them, of each channel. The points come
/// after [`HISTORY`] more; `tops` has room for as many.
#[inline(always)]
pub(super) fn parabolic_peaks<const TIMES: usize>(
    points: &[[f32; 2]],
    tops: &mut [[f32; 2]],
    mut peak: impl FnMut(usize, [f32; 2]),
) {
    let tops = &mut tops[..points.len() - HISTORY];
    // Both sides lie next to each other, so that it runs in vectors.
    let line = points.as_flattened();
    let neighbours = line.iter().zip(&line[2..]).zip(&line[4..]);
    for (top, ((&before, &middle), &after)) in tops.as_flattened_mut().iter_mut().zip(neighbours) {
        let curvature = (middle - before) + (middle - after);
        let slope = after - before;
        // The vertex counts if it lies nearer to the middle than to a neighbour, on the outer side.
        let is_vertex = (slope.abs() <= curvature.abs()) & (middle * curvature > 0.0);
        let beyond = slope * slope / (8.0 * curvature.abs());
        *top = higher(0.0, middle.abs() + if is_vertex { beyond } else { 0.0 });
    }
    for (n, tops) in tops.as_chunks::<TIMES>().0.iter().enumerate() {
        // By halves, and the point after them: a slope's end.
        let mut most = *tops;
        let mut left = TIMES;
        while left > 1 {
            left /= 2;
            for k in 0..left {
                most[k] = [0, 1].map(|side: usize| higher(most[k][side], most[k + left][side]));
            }
        }
        let end = points[(n + 1) * TIMES + 1];
        peak(n, [0, 1].map(|side: usize| higher(most[0][side], end[side].abs())));
    }
}

/// The greatest of both channels.
struct PeakReader<'a> {
    /// `HISTORY` frames and `times` for each of `peaks`.
    top: &'a [[f32; 2]],
    /// Room for as many.
    tops: &'a mut [[f32; 2]],
    times: usize,
    peaks: &'a mut [f32],
}

impl PeakReader<'_> {
    #[inline(always)]
    fn read<const TIMES: usize>(self) {
        parabolic_peaks::<TIMES>(self.top, self.tops, |n, peak| self.peaks[n] = peak[0].max(peak[1]));
    }
}

impl Kernel for PeakReader<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        match self.times {
            8 => self.read::<8>(),
            4 => self.read::<4>(),
            2 => self.read::<2>(),
            _ => self.read::<1>(),
        }
    }
}
