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

/// Two phases, one of which is the other backwards, as the sum and the difference of the two, halved: one half of the taps each,
/// the outermost first. Over what is added, and what is taken off, from both ends of the window they read `s + d` and `s - d`, so
/// that the greater magnitude is `|s| + |d|`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Mirrored {
    sum: [f32; TAPS / 2],
    difference: [f32; TAPS / 2],
}

impl Mirrored {
    fn new(taps: &[f32; TAPS]) -> Self {
        let halved = |sign: f32| std::array::from_fn(|k| 0.5 * (taps[k] + sign * taps[TAPS - 1 - k]));
        Self { sum: halved(1.0), difference: halved(-1.0) }
    }
}

/// The phases of libebur128's filter, but for the sample itself.
#[derive(Debug, Clone, PartialEq)]
enum Hann {
    /// At 4x: a pair, and the one in the middle, which is its own mirror image.
    Four(Mirrored, [f32; TAPS / 2]),
    /// At 2x the one in the middle.
    Two([f32; HANN_TAPS / 4]),
    None,
}

/// The phases of both meters at a rate.
#[derive(Debug, Clone, PartialEq)]
struct Meters {
    bs1770: [Mirrored; 2],
    hann: Hann,
}

impl Meters {
    fn new(sample_rate_hz: f64) -> Self {
        let tap = |times: usize, phase: usize, k: usize| {
            let j = (times * k + phase) as f64;
            let window = 0.5 - 0.5 * (std::f64::consts::TAU * j / HANN_TAPS as f64).cos();
            let angle = std::f64::consts::PI * (j - 0.5 * HANN_TAPS as f64) / times as f64;
            (window * angle.sin() / angle) as f32
        };
        let hann = match sample_rate_hz {
            rate if rate < HALVED_HZ => {
                let outer = Mirrored::new(&std::array::from_fn(|k| tap(4, 1, k)));
                Hann::Four(outer, std::array::from_fn(|k| tap(4, 2, k)))
            }
            rate if rate < NONE_HZ => Hann::Two(std::array::from_fn(|k| tap(2, 1, k))),
            _ => Hann::None,
        };
        Self { bs1770: BS1770.each_ref().map(Mirrored::new), hann }
    }

    /// The greatest magnitude of all phases, for each number of interleaved stereo.
    #[inline(always)]
    fn read<S: Simd>(&self, simd: S, line: &[f32], out: &mut [f32]) {
        let [first, second] = self.bs1770;
        match &self.hann {
            Hann::Four(outer, middle) => read_phases(simd, [first, second, *outer], Some(middle), line, out),
            Hann::Two(middle) => read_phases(simd, [first, second], Some(middle), line, out),
            Hann::None => read_phases::<S, { TAPS / 2 }, 2>(simd, [first, second], None, line, out),
        }
    }
}

/// Over a window of twice `HALF` frames: pairs of phases, in its middle if they are shorter, and one that is its own mirror image.
#[inline(always)]
fn read_phases<S: Simd, const HALF: usize, const PAIRS: usize>(
    simd: S,
    pairs: [Mirrored; PAIRS],
    middle: Option<&[f32; HALF]>,
    line: &[f32],
    out: &mut [f32],
) {
    for (place, out) in out.chunks_exact_mut(S::f32s::N).enumerate() {
        let newest = place * S::f32s::N + HISTORY;
        // Read once for all phases.
        let at = |k: usize| S::f32s::from_slice(simd, &line[newest - 2 * k..newest - 2 * k + S::f32s::N]);
        let ends: [_; HALF] = std::array::from_fn(|k| (at(k), at(2 * HALF - 1 - k)));
        let sums = ends.map(|(new, old)| new + old);
        let differences = ends.map(|(new, old)| new - old);
        let zero = S::f32s::splat(simd, 0.0);
        let mut most = zero;
        for pair in &pairs {
            let (mut sum, mut difference) = (zero, zero);
            for k in 0..TAPS / 2 {
                let inner = HALF - TAPS / 2 + k;
                sum = sums[inner].mul_add(S::f32s::splat(simd, pair.sum[k]), sum);
                difference = differences[inner].mul_add(S::f32s::splat(simd, pair.difference[k]), difference);
            }
            most = most.max(sum.abs() + difference.abs());
        }
        if let Some(taps) = middle {
            let mut sum = zero;
            for k in 0..HALF {
                sum = sums[k].mul_add(S::f32s::splat(simd, taps[k]), sum);
            }
            most = most.max(sum.abs());
        }
        most.store_slice(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every phase at a rate, newest tap first, with zeros before and behind the shorter ones.
    fn phases(sample_rate_hz: f64) -> Vec<Vec<f32>> {
        let Meters { bs1770, hann } = Meters::new(sample_rate_hz);
        let taps = 2 * meter_delay(sample_rate_hz);
        let mut pairs = bs1770.to_vec();
        let middle = match hann {
            Hann::Four(outer, middle) => {
                pairs.push(outer);
                middle.to_vec()
            }
            Hann::Two(middle) => middle.to_vec(),
            Hann::None => Vec::new(),
        };
        let around = |taps_of: &dyn Fn(usize) -> f32, count: usize| {
            let mut phase = vec![0.0; taps];
            (0..count).for_each(|k| phase[(taps - count) / 2 + k] = taps_of(k));
            phase
        };
        let mut phases: Vec<Vec<f32>> = Vec::new();
        for Mirrored { sum, difference } in pairs {
            let tap = |k: usize| {
                if k < TAPS / 2 { sum[k] + difference[k] } else { sum[TAPS - 1 - k] - difference[TAPS - 1 - k] }
            };
            phases.extend([around(&tap, TAPS), around(&|k| tap(TAPS - 1 - k), TAPS)]);
        }
        if !middle.is_empty() {
            let count = 2 * middle.len();
            phases.push(around(&|k| middle[k.min(count - 1 - k)], count));
        }
        phases
    }

    #[test]
    fn no_phase_reads_higher_than_is_said() {
        for (rate, count) in [(44_100.0, 7), (48_000.0, 7), (96_000.0, 5), (192_000.0, 4)] {
            let phases = phases(rate);
            assert_eq!(phases.len(), count);
            for taps in phases {
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
            let phases = phases(rate);
            // The tables themselves, at least.
            for (k, tap) in BS1770[1].iter().enumerate() {
                let found = phases[2][phases[2].len() / 2 - TAPS / 2 + k];
                assert!((found - tap).abs() < 1e-7, "{found} for {tap}");
            }
            let mut peaks = vec![f32::NAN; frames.len()];
            MeterPeaks::new(rate).process(&frames, 0.0, &mut peaks);
            for (n, &peak) in peaks.iter().enumerate() {
                let read = |taps: &Vec<f32>, side: usize| -> f64 {
                    let at = |k: usize| if n >= k { f64::from(frames[n - k][side]) } else { 0.0 };
                    taps.iter().enumerate().map(|(k, &tap)| f64::from(tap) * at(k)).sum()
                };
                let wanted =
                    phases.iter().flat_map(|taps| [read(taps, 0).abs(), read(taps, 1).abs()]).fold(0.0, f64::max);
                assert!((f64::from(peak) - wanted).abs() < 1e-6, "{rate} Hz, {n}: {peak} for {wanted}");
            }
        }
    }
}
