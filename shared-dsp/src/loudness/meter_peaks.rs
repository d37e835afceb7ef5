//! What meters read between the samples, as it comes.

use fearless_simd::{Level, Simd, dispatch, prelude::*};

use crate::math::reaches;

/// Frames handled at once.
const CHUNK: usize = 64;
/// Samples under BS.1770's filter, at the base rate.
const TAPS: usize = 12;
/// Taps of libebur128's filter over all phases.
const HANN_TAPS: usize = 48;
/// From here on libebur128 oversamples by two only, and then not at all.
const HALVED_HZ: f64 = 96e3;
const NONE_HZ: f64 = 192e3;
/// Numbers of interleaved stereo before a chunk, under the longest filter.
const HISTORY: usize = 2 * (HANN_TAPS / 2 - 1);
/// The sum of any phase's magnitudes is below this: so much higher than the samples a meter may read.
const MOST_GAIN: f32 = 2.4;
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

/// For each frame the greatest magnitude that a true-peak meter reads around it in either channel, but for the samples
/// themselves.
///
/// Two meters are asked: the interpolator of ITU-R BS.1770-5 Annex 2 at 4x, and the Hann-windowed sinc of the library libebur128,
/// on which many meters stand. Both are short: they read up to 0.22 dB above the wave near the top of the band, by an amount that
/// depends on where between the samples a peak falls. A ceiling must hold on them; a gain that follows them peak by peak
/// modulates a tone by its beat against the sample rate.
#[derive(Debug, Clone)]
pub struct MeterPeaks {
    level: Level,
    /// The phases of both meters, newest tap first.
    meters: Vec<Vec<f32>>,
    delay_samples: usize,
    line: Vec<f32>,
    between: Vec<f32>,
}

impl MeterPeaks {
    /// For one rate. Allocates.
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        Self {
            level: Level::new(),
            meters: meters(sample_rate_hz),
            delay_samples: Self::delay_of(sample_rate_hz),
            line: vec![0.0; HISTORY + 2 * CHUNK + LANES_MULTIPLE],
            between: vec![0.0; 2 * CHUNK + LANES_MULTIPLE],
        }
    }

    /// The delay at a rate: a reading lies between the samples this many frames ago and one later.
    #[must_use]
    pub fn delay_of(sample_rate_hz: f64) -> usize {
        meter_delay(sample_rate_hz)
    }

    /// The delay in frames.
    #[must_use]
    pub fn delay_samples(&self) -> usize {
        self.delay_samples
    }

    /// Clears the memory. Realtime-safe.
    pub fn reset(&mut self) {
        self.line.fill(0.0);
    }

    /// Fills `peaks` from `frames`; the shorter rules. What is below `floor` (linear) may read as nothing, which saves the work
    /// where everything is; apart from that, any block split gives the same numbers. Realtime-safe.
    pub fn process(&mut self, frames: &[[f32; 2]], floor: f32, peaks: &mut [f32]) {
        for (frames, peaks) in frames.chunks(CHUNK).zip(peaks.chunks_mut(CHUNK)) {
            let count = frames.len().min(peaks.len());
            self.chunk(&frames[..count], floor, &mut peaks[..count]);
        }
    }

    fn chunk(&mut self, frames: &[[f32; 2]], floor: f32, peaks: &mut [f32]) {
        let end = HISTORY + 2 * frames.len();
        self.line[HISTORY..end].copy_from_slice(frames.as_flattened());
        if !reaches(&self.line[..end], floor / MOST_GAIN) {
            peaks.fill(0.0);
            self.line.copy_within(end - HISTORY..end, 0);
            return;
        }
        let whole = (2 * frames.len()).next_multiple_of(LANES_MULTIPLE);
        let (line, between) = (&self.line[..HISTORY + whole], &mut self.between[..whole]);
        dispatch!(self.level, simd => read_meters(simd, &self.meters, line, between));
        for (pair, peak) in between.as_chunks::<2>().0.iter().zip(peaks.iter_mut()) {
            *peak = pair[0].max(pair[1]);
        }
        self.line.copy_within(end - HISTORY..end, 0);
    }
}

/// A meter's reading lies between the samples this many frames ago and one later.
fn meter_delay(sample_rate_hz: f64) -> usize {
    if (HALVED_HZ..NONE_HZ).contains(&sample_rate_hz) { HANN_TAPS / 4 } else { TAPS / 2 }
}

/// The phases of both meters at a rate, each with zeros before it so that all have the delay of the longest.
fn meters(sample_rate_hz: f64) -> Vec<Vec<f32>> {
    let late_samples = meter_delay(sample_rate_hz) - TAPS / 2;
    let late =
        |taps: &[f32]| -> Vec<f32> { std::iter::repeat_n(0.0, late_samples).chain(taps.iter().copied()).collect() };
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
    // Phase 0 is the sample itself.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_phase_reads_higher_than_is_said() {
        for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
            for taps in meters(rate) {
                let sum: f32 = taps.iter().map(|tap| tap.abs()).sum();
                assert!(sum > 0.9 && sum < MOST_GAIN, "{rate} Hz: {sum}");
            }
        }
    }
}
