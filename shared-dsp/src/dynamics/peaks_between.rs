//! The peaks that a wave reaches between its samples, as they come.

use fearless_simd::{Level, Simd, dispatch, prelude::*};

use crate::delay::DelayLine;
use crate::oversampling::{Factor, Phase, Upsampler};

/// Frames handled at once.
const CHUNK: usize = 64;
const MAX_TIMES: usize = 8;
/// Samples under BS.1770's filter, at the base rate.
const TAPS: usize = 12;
/// Taps of libebur128's filter over all phases.
const HANN_TAPS: usize = 48;
/// From here on libebur128 oversamples by two only, and then not at all.
const HALVED_HZ: f64 = 96e3;
const NONE_HZ: f64 = 192e3;
/// Numbers of interleaved stereo before a chunk, under the longest filter.
const HISTORY: usize = 2 * (HANN_TAPS / 2 - 1);
/// A multiple of the widest vector.
const LANES_MULTIPLE: usize = 16;

/// ITU-R BS.1770-5, Annex 2, the first two phases of the interpolator; the others are these backwards.
const BS1770: [[f32; TAPS]; 2] = [
    [
        0.001_708_984_4,
        0.010_986_328,
        -0.019_653_32,
        0.033_203_125,
        -0.059_448_242,
        0.137_329_1,
        0.972_167_97,
        -0.102_294_92,
        0.047_607_422,
        -0.026_611_328,
        0.014_892_578,
        -0.008_300_781,
    ],
    [
        -0.029_174_805,
        0.029_296_875,
        -0.051_757_812,
        0.089_111_33,
        -0.166_503_9,
        0.465_087_9,
        0.779_785_16,
        -0.200_317_38,
        0.101_562_5,
        -0.058_227_54,
        0.033_081_055,
        -0.018_920_898,
    ],
];

/// For each frame the greatest magnitude that the wave of either channel reaches around it.
///
/// Three interpolators are asked and the greatest answer counts: a steep one at 8x (half of that from 64 kHz on, a quarter
/// from 128 kHz), close to the ideal; the one of BS.1770-5 Annex 2 at 4x; and the Hann-windowed sinc of the library
/// libebur128, on which many meters stand. The two short ones read up to 0.2 dB above the ideal near the top of the band,
/// and a ceiling must hold on them, too.
#[derive(Debug, Clone)]
pub struct PeaksBetween {
    level: Level,
    steep: Upsampler<f32, 2>,
    /// Puts the earlier answer beside the later one.
    steep_wait: DelayLine<f32>,
    meter_wait: DelayLine<f32>,
    delay_samples: usize,
    /// The phases of both meters, newest tap first.
    meters: Vec<Vec<f32>>,
    meter_delay: usize,
    line: Vec<f32>,
    top: Vec<[f32; 2]>,
    between: Vec<f32>,
    steep_peaks: Vec<f32>,
}

impl PeaksBetween {
    /// For one rate, with room for any phase of the steep interpolator; takes this one. Allocates.
    #[must_use]
    pub fn new(sample_rate_hz: f64, phase: Phase) -> Self {
        let mut new = Self {
            level: Level::new(),
            steep: Upsampler::new(Factor::X1, Phase::Linear),
            steep_wait: DelayLine::new(HANN_TAPS),
            meter_wait: DelayLine::new(CHUNK),
            delay_samples: 0,
            meters: Vec::new(),
            meter_delay: 0,
            line: vec![0.0; HISTORY + 2 * CHUNK + LANES_MULTIPLE],
            top: vec![[0.0; 2]; CHUNK * MAX_TIMES],
            between: vec![0.0; 2 * CHUNK + LANES_MULTIPLE],
            steep_peaks: vec![0.0; CHUNK],
        };
        new.meters = meters(sample_rate_hz);
        new.meter_delay = meter_delay(sample_rate_hz);
        new.select(sample_rate_hz, phase);
        new
    }

    /// The delay at a rate and with a phase of the steep interpolator: a reading lies between this many frames ago and
    /// two later. Realtime-safe once any filter was built.
    #[must_use]
    pub fn delay_of(sample_rate_hz: f64, phase: Phase) -> usize {
        let factor = Factor::X8.at_rate(sample_rate_hz);
        meter_delay(sample_rate_hz).max(steep_delay(factor, phase))
    }

    /// Takes another phase of the steep interpolator at the rate that it was made for, and clears the memory. Realtime-safe.
    pub fn select(&mut self, sample_rate_hz: f64, phase: Phase) {
        let factor = Factor::X8.at_rate(sample_rate_hz);
        self.steep.select(factor, phase);
        self.delay_samples = Self::delay_of(sample_rate_hz, phase);
        self.steep_wait.set_delay_samples(self.delay_samples - steep_delay(factor, phase));
        self.meter_wait.set_delay_samples(self.delay_samples - self.meter_delay);
        self.reset();
    }

    /// Clears the memory. Realtime-safe.
    pub fn reset(&mut self) {
        self.steep.reset();
        self.steep_wait.reset();
        self.meter_wait.reset();
        self.line.fill(0.0);
    }

    /// Fills `peaks` from `frames`; the shorter rules. The wave between the frames [`delay_of`](Self::delay_of) ago and two
    /// later is below the reading. Any block split gives the same numbers. Realtime-safe.
    pub fn process(&mut self, frames: &[[f32; 2]], peaks: &mut [f32]) {
        for (frames, peaks) in frames.chunks(CHUNK).zip(peaks.chunks_mut(CHUNK)) {
            let count = frames.len().min(peaks.len());
            self.chunk(&frames[..count], &mut peaks[..count]);
        }
    }

    fn chunk(&mut self, frames: &[[f32; 2]], peaks: &mut [f32]) {
        let times = self.steep.factor().times();
        let top = &mut self.top[..frames.len() * times];
        self.steep.process(frames, top);
        let steep_peaks = &mut self.steep_peaks[..frames.len()];
        for (group, peak) in top.chunks_exact(times).zip(steep_peaks.iter_mut()) {
            *peak = group.as_flattened().iter().fold(0.0, |most, x| if x.abs() > most { x.abs() } else { most });
        }
        self.steep_wait.process(steep_peaks);

        let end = HISTORY + 2 * frames.len();
        self.line[HISTORY..end].copy_from_slice(frames.as_flattened());
        let whole = (2 * frames.len()).next_multiple_of(LANES_MULTIPLE);
        let (line, between) = (&self.line[..HISTORY + whole], &mut self.between[..whole]);
        dispatch!(self.level, simd => read_meters(simd, &self.meters, line, between));
        for (pair, peak) in between.as_chunks::<2>().0.iter().zip(peaks.iter_mut()) {
            *peak = pair[0].max(pair[1]);
        }
        self.line.copy_within(end - HISTORY..end, 0);
        self.meter_wait.process(peaks);

        for (peak, steep) in peaks.iter_mut().zip(steep_peaks.iter()) {
            *peak = peak.max(*steep);
        }
    }
}

/// In base samples, rounded up.
fn steep_delay(factor: Factor, phase: Phase) -> usize {
    (crate::oversampling::way_up_delay_top_samples(factor, phase) as usize).div_ceil(factor.times())
}

/// A meter's reading lies between the samples this many frames ago and one later.
fn meter_delay(sample_rate_hz: f64) -> usize {
    if (HALVED_HZ..NONE_HZ).contains(&sample_rate_hz) { HANN_TAPS / 4 } else { TAPS / 2 }
}

/// The phases of both meters at a rate, each with zeros before it so that all have the delay of the longest.
fn meters(sample_rate_hz: f64) -> Vec<Vec<f32>> {
    let wait = meter_delay(sample_rate_hz) - TAPS / 2;
    let late = |taps: &[f32]| -> Vec<f32> { std::iter::repeat_n(0.0, wait).chain(taps.iter().copied()).collect() };
    let mut meters: Vec<Vec<f32>> = Vec::new();
    for taps in &BS1770 {
        let backwards: Vec<f32> = taps.iter().rev().copied().collect();
        meters.extend([late(taps), late(&backwards)]);
    }
    let times = match sample_rate_hz {
        rate if rate < HALVED_HZ => 4,
        rate if rate < NONE_HZ => 2,
        _ => return meters,
    };
    // Phase 0 is the sample itself, which the steep interpolator passes on.
    meters.extend((1..times).map(|phase| {
        let tap = |k: usize| {
            let j = (times * k + phase) as f64;
            let window = 0.5 - 0.5 * (std::f64::consts::TAU * j / HANN_TAPS as f64).cos();
            let angle = std::f64::consts::PI * (j - 0.5 * HANN_TAPS as f64) / times as f64;
            (window * angle.sin() / angle) as f32
        };
        (0..HANN_TAPS / times).map(tap).collect()
    }));
    meters
}

/// The greatest magnitude of all phases, for each number of interleaved stereo.
#[inline(always)]
fn read_meters<S: Simd>(simd: S, meters: &[Vec<f32>], line: &[f32], out: &mut [f32]) {
    for (place, out) in out.chunks_exact_mut(S::f32s::N).enumerate() {
        let newest = place * S::f32s::N + HISTORY;
        let mut most = S::f32s::splat(simd, 0.0);
        for taps in meters {
            let mut sum = S::f32s::splat(simd, 0.0);
            for (k, &tap) in taps.iter().enumerate() {
                let at = newest - 2 * k;
                let x = S::f32s::from_slice(simd, &line[at..at + S::f32s::N]);
                sum = x.mul_add(S::f32s::splat(simd, tap), sum);
            }
            most = most.max(sum.abs());
        }
        most.store_slice(out);
    }
}
