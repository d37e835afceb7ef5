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
    meters: Meters,
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
            meters: Meters::new(sample_rate_hz),
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
        dispatch!(self.level, simd => self.meters.read(simd, line, between));
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

/// The phases of both meters at a rate, newest tap first, each with zeros before it so that all have the delay of the longest.
#[derive(Debug, Clone, PartialEq)]
enum Meters {
    /// Up to where libebur128 halves: four of BS.1770 and three of libebur128, which leaves out the sample itself.
    Seven([[f32; TAPS]; 7]),
    /// Where it oversamples by two: four, and one that is twice as long.
    Five([[f32; 2 * TAPS]; 5]),
    /// Where it does not oversample.
    Four([[f32; TAPS]; 4]),
}

impl Meters {
    fn new(sample_rate_hz: f64) -> Self {
        match sample_rate_hz {
            rate if rate < HALVED_HZ => Self::Seven(phases(4)),
            rate if rate < NONE_HZ => Self::Five(phases(2)),
            _ => Self::Four(phases(1)),
        }
    }

    #[inline(always)]
    fn read<S: Simd>(&self, simd: S, line: &[f32], out: &mut [f32]) {
        match self {
            Self::Seven(phases) => read_phases(simd, phases, line, out),
            Self::Five(phases) => read_phases(simd, phases, line, out),
            Self::Four(phases) => read_phases(simd, phases, line, out),
        }
    }
}

/// The four phases of BS.1770, and what libebur128 has besides the sample when it oversamples so many times.
fn phases<const LENGTH: usize, const PHASES: usize>(times: usize) -> [[f32; LENGTH]; PHASES] {
    let late_samples = LENGTH / 2 - TAPS / 2;
    std::array::from_fn(|phase| {
        std::array::from_fn(|k| match phase {
            0..4 => {
                let taps = &BS1770[phase / 2];
                let at = k.wrapping_sub(late_samples);
                let backwards = if phase % 2 == 1 { TAPS.wrapping_sub(1).wrapping_sub(at) } else { at };
                taps.get(backwards).copied().unwrap_or(0.0)
            }
            _ => {
                // Phase 0 is the sample itself.
                let j = (times * k + phase - 3) as f64;
                let window = 0.5 - 0.5 * (std::f64::consts::TAU * j / HANN_TAPS as f64).cos();
                let angle = std::f64::consts::PI * (j - 0.5 * HANN_TAPS as f64) / times as f64;
                (window * angle.sin() / angle) as f32
            }
        })
    })
}

/// The greatest magnitude of all phases, for each number of interleaved stereo.
#[inline(always)]
fn read_phases<S: Simd, const LENGTH: usize, const PHASES: usize>(
    simd: S,
    phases: &[[f32; LENGTH]; PHASES],
    line: &[f32],
    out: &mut [f32],
) {
    for (place, out) in out.chunks_exact_mut(S::f32s::N).enumerate() {
        let newest = place * S::f32s::N + HISTORY;
        // Each number is read once for all phases, and no phase waits for its last sum.
        let mut sums = [S::f32s::splat(simd, 0.0); PHASES];
        for k in 0..LENGTH {
            let at = newest - 2 * k;
            let x = S::f32s::from_slice(simd, &line[at..at + S::f32s::N]);
            for (sum, taps) in sums.iter_mut().zip(phases) {
                *sum = x.mul_add(S::f32s::splat(simd, taps[k]), *sum);
            }
        }
        let most = sums.into_iter().fold(S::f32s::splat(simd, 0.0), |most, sum| most.max(sum.abs()));
        most.store_slice(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All phases at a rate.
    fn all(sample_rate_hz: f64) -> Vec<Vec<f32>> {
        match Meters::new(sample_rate_hz) {
            Meters::Seven(phases) => phases.iter().map(|taps| taps.to_vec()).collect(),
            Meters::Five(phases) => phases.iter().map(|taps| taps.to_vec()).collect(),
            Meters::Four(phases) => phases.iter().map(|taps| taps.to_vec()).collect(),
        }
    }

    #[test]
    fn no_phase_reads_higher_than_is_said() {
        for rate in [44_100.0, 48_000.0, 96_000.0, 192_000.0] {
            for taps in all(rate) {
                let sum: f32 = taps.iter().map(|tap| tap.abs()).sum();
                assert!(sum > 0.9 && sum < MOST_GAIN, "{rate} Hz: {sum}");
            }
        }
    }

    #[test]
    fn both_meters_are_read_as_they_are_defined() {
        let number = |i: usize| ((i * 7919 + 13) % 1009) as f32 / 504.5 - 1.0;
        let frames: Vec<[f32; 2]> = (0..200).map(|n| [number(2 * n), number(2 * n + 1)]).collect();
        for rate in [44_100.0, 96_000.0, 192_000.0] {
            let phases = all(rate);
            let late = phases[0].len() / 2 - TAPS / 2;
            for (phase, taps) in phases[..4].iter().enumerate() {
                let mut inner = taps[late..late + TAPS].to_vec();
                if phase % 2 == 1 {
                    inner.reverse();
                }
                assert_eq!(inner, BS1770[phase / 2], "phase {phase} at {rate} Hz");
            }
            // Those of libebur128 are symmetric about the middle, all together.
            let hann = &phases[4..];
            for (phase, taps) in hann.iter().enumerate() {
                let mirrored = &hann[hann.len() - 1 - phase];
                assert!(taps.iter().zip(mirrored.iter().rev()).all(|(a, b)| (a - b).abs() < 1e-6));
            }
            let mut peaks = vec![f32::NAN; frames.len()];
            MeterPeaks::new(rate).process(&frames, 0.0, &mut peaks);
            for (n, &peak) in peaks.iter().enumerate() {
                let read = |taps: &Vec<f32>, side: usize| -> f64 {
                    let at = |k: usize| if n >= k { f64::from(frames[n - k][side]) } else { 0.0 };
                    taps.iter().enumerate().map(|(k, &tap)| f64::from(tap) * at(k)).sum()
                };
                let readings = phases.iter().flat_map(|taps| [read(taps, 0).abs(), read(taps, 1).abs()]);
                let wanted = readings.fold(0.0, f64::max);
                assert!((f64::from(peak) - wanted).abs() < 1e-6, "{rate} Hz, {n}: {peak} for {wanted}");
            }
        }
    }
}
