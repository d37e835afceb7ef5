//! The two ends of a side chain that runs at a multiple of the audio's rate.

/// Taps on each side of a new sample, at the audio's rate: this is the interpolator's delay in samples.
const HALF_TAPS: usize = 8;
const TAPS: usize = 2 * HALF_TAPS;
/// Stop band 65 dB at its edge and falling.
const INTERPOLATOR_BETA: f64 = 6.2;
/// Frames computed side by side.
const GROUP: usize = 8;
/// The smoothing kernel reaches this many samples of the audio's rate to either side: the decimator's delay.
const KERNEL_REACH: usize = 3;
/// Side lobes 75 dB down and falling.
const KERNEL_BETA: f64 = 10.0;
const HIGHEST_FACTOR: usize = 8;

/// The modified Bessel function of the first kind, order zero, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > 1e-18 * sum {
        term *= (0.5 * x / k) * (0.5 * x / k);
        sum += term;
        k += 1.0;
    }
    sum
}

/// Kaiser's window at `place`, -1..1.
fn kaiser(beta: f64, place: f64) -> f64 {
    bessel_i0(beta * (1.0 - place * place).max(0.0).sqrt()) / bessel_i0(beta)
}

/// One phase of a group of frames.
#[inline(always)]
fn convolve(taps: &[f32; TAPS], line: &[f32; TAPS + GROUP - 1]) -> [f32; GROUP] {
    let mut sums = [0.0; GROUP];
    for (&tap, values) in taps.iter().zip(line.windows(GROUP)) {
        for lane in 0..GROUP {
            sums[lane] += tap * values[lane];
        }
    }
    sums
}

/// Raises the rate of a key signal by 1, 2, 4 or 8, linear phase, for one channel.
///
/// A windowed sinc (James F. Kaiser's window, *Nonrecursive digital filter design using the I0-sinh window function*,
/// 1974) whose every phase sums to one, so that a steady level stays one. Flat to 0.37 of the audio's rate, images 65
/// dB down from 0.63 and further above. Factor 1 is a plain copy without a delay.
#[derive(Debug, Clone)]
pub struct KeyInterpolator {
    factor: usize,
    /// One row of taps for each new sample between two old ones; the old ones pass as they are.
    phases: Vec<[f32; TAPS]>,
    /// The last `TAPS` samples, then the new ones, then room for a whole group.
    line: Vec<f32>,
    max_frames: usize,
}

impl KeyInterpolator {
    /// Room for up to `max_frames` frames a call. Allocates.
    #[must_use]
    pub fn new(max_frames: usize) -> Self {
        let mut unit = Self {
            factor: 1,
            phases: Vec::with_capacity(HIGHEST_FACTOR - 1),
            line: vec![0.0; TAPS + max_frames + GROUP],
            max_frames,
        };
        unit.set_factor(1);
        unit
    }

    /// Takes another factor (1, 2, 4 or 8) and clears the memory. Realtime-safe, some 10 µs.
    pub fn set_factor(&mut self, factor: usize) {
        self.factor = factor.clamp(1, HIGHEST_FACTOR);
        self.phases.clear();
        for phase in 1..self.factor {
            let shift = phase as f64 / self.factor as f64;
            // Tap k meets the sample k - (HALF_TAPS - 1) places after the one that the phase follows.
            let mut taps: [f64; TAPS] = std::array::from_fn(|k| {
                let distance = k as f64 - (HALF_TAPS as f64 - 1.0) - shift;
                let angle = std::f64::consts::PI * distance;
                angle.sin() / angle * kaiser(INTERPOLATOR_BETA, distance / HALF_TAPS as f64)
            });
            let sum: f64 = taps.iter().sum();
            taps.iter_mut().for_each(|tap| *tap /= sum);
            self.phases.push(taps.map(|tap| tap as f32));
        }
        self.reset();
    }

    /// Clears the memory.
    pub fn reset(&mut self) {
        self.line.fill(0.0);
    }

    /// The delay in samples of the audio's rate: 8, or 0 at factor 1.
    #[must_use]
    pub fn latency_samples(factor: usize) -> usize {
        if factor > 1 { HALF_TAPS } else { 0 }
    }

    /// Writes `factor` times as many samples as `input` has (at most `max_frames`) into `output`. Realtime-safe.
    #[inline(always)]
    pub fn process(&mut self, input: &[f32], output: &mut [f32]) {
        let frames = input.len().min(self.max_frames).min(output.len() / self.factor);
        if self.factor == 1 {
            output[..frames].copy_from_slice(&input[..frames]);
            return;
        }
        self.line[TAPS..TAPS + frames].copy_from_slice(&input[..frames]);
        match self.factor {
            2 => self.interpolate::<1>(frames, output),
            4 => self.interpolate::<3>(frames, output),
            _ => self.interpolate::<7>(frames, output),
        }
        self.line.copy_within(frames..frames + TAPS, 0);
    }

    /// `NEW` samples between each two: factor - 1.
    #[inline(always)]
    fn interpolate<const NEW: usize>(&self, frames: usize, output: &mut [f32]) {
        let Some((phases, _)) = self.phases.split_first_chunk::<NEW>() else { return };
        for start in (0..frames).step_by(GROUP) {
            // The group may reach past the new samples into old ones: what it makes of them is not copied out.
            let Some((line, _)) = self.line[start + 1..].split_first_chunk::<{ TAPS + GROUP - 1 }>() else { return };
            let sums: [[f32; GROUP]; NEW] = std::array::from_fn(|phase| convolve(&phases[phase], line));
            let count = GROUP.min(frames - start);
            let out = &mut output[start * (NEW + 1)..(start + count) * (NEW + 1)];
            for (lane, frame) in out.chunks_exact_mut(NEW + 1).enumerate() {
                // The newest sample in the window is HALF_TAPS after the one that all phases follow.
                frame[0] = line[HALF_TAPS - 1 + lane];
                for (new, sum) in frame[1..].iter_mut().zip(&sums) {
                    *new = sum[lane];
                }
            }
        }
    }
}

/// Brings a reduction in dB back to the audio's rate, smoothly, for one channel.
///
/// The kernel is Kaiser's window itself, all taps positive and of sum one: the result never leaves the range of what
/// goes in (no reduction turns into a boost beside an attack), and a steady reduction stays what it is. It blurs an
/// attack by 19 µs rms at 48 kHz. Above 0.56 of the audio's rate it is 75 dB down, so nothing folds back into what is
/// heard. Factor 1 is a plain copy.
#[derive(Debug, Clone)]
pub struct GainDecimator {
    factor: usize,
    kernel: Vec<f64>,
    line: Vec<f64>,
    max_frames: usize,
}

impl GainDecimator {
    /// Room for up to `max_frames` frames of the audio's rate a call. Allocates.
    #[must_use]
    pub fn new(max_frames: usize) -> Self {
        let reach = KERNEL_REACH * HIGHEST_FACTOR;
        Self {
            factor: 1,
            kernel: Vec::with_capacity(2 * reach),
            line: vec![0.0; 2 * reach + max_frames * HIGHEST_FACTOR],
            max_frames,
        }
    }

    /// Takes another factor (1, 2, 4 or 8) and clears the memory. Realtime-safe, some 10 µs.
    pub fn set_factor(&mut self, factor: usize) {
        self.factor = factor.clamp(1, HIGHEST_FACTOR);
        let reach = KERNEL_REACH * self.factor;
        self.kernel.clear();
        if self.factor > 1 {
            // 2 reach - 1 taps about a centre; the window's ends are no taps. One zero evens the length for vectors.
            self.kernel.extend((1..2 * reach).map(|k| kaiser(KERNEL_BETA, k as f64 / reach as f64 - 1.0)));
            let sum: f64 = self.kernel.iter().sum();
            self.kernel.iter_mut().for_each(|tap| *tap /= sum);
            self.kernel.insert(0, 0.0);
        }
        self.reset();
    }

    /// Clears the memory.
    pub fn reset(&mut self) {
        self.line.fill(0.0);
    }

    /// Takes over the memory of another one of the same factor.
    pub fn take_over(&mut self, other: &Self) {
        let count = self.kernel.len().min(other.line.len());
        self.line[..count].copy_from_slice(&other.line[..count]);
    }

    /// The delay in samples of the audio's rate: 3, or 0 at factor 1.
    #[must_use]
    pub fn latency_samples(factor: usize) -> usize {
        if factor > 1 { KERNEL_REACH } else { 0 }
    }

    /// Reads `factor` values of `input` for each one it writes to `output` (at most `max_frames`). Realtime-safe.
    #[inline(always)]
    pub fn process(&mut self, input: &[f64], output: &mut [f64]) {
        let frames = output.len().min(self.max_frames).min(input.len() / self.factor);
        if self.factor == 1 {
            output[..frames].copy_from_slice(&input[..frames]);
            return;
        }
        let memory = self.kernel.len();
        let fresh = frames * self.factor;
        self.line[memory..memory + fresh].copy_from_slice(&input[..fresh]);
        match self.factor {
            2 => self.decimate::<{ 4 * KERNEL_REACH }>(&mut output[..frames]),
            4 => self.decimate::<{ 8 * KERNEL_REACH }>(&mut output[..frames]),
            _ => self.decimate::<{ 16 * KERNEL_REACH }>(&mut output[..frames]),
        }
        self.line.copy_within(fresh..fresh + memory, 0);
    }

    #[inline(always)]
    fn decimate<const MEMORY: usize>(&self, output: &mut [f64]) {
        let Some((kernel, _)) = self.kernel.split_first_chunk::<MEMORY>() else { return };
        for (n, out) in output.iter_mut().enumerate() {
            // The kernel's centre, half the memory in, lies `reach` before the first value of this frame: a whole
            // number of frames back.
            let Some((window, _)) = self.line[n * self.factor..].split_first_chunk::<MEMORY>() else { return };
            let mut sums = [0.0; 4];
            for (taps, values) in kernel.as_chunks::<4>().0.iter().zip(window.as_chunks::<4>().0) {
                for lane in 0..4 {
                    sums[lane] += taps[lane] * values[lane];
                }
            }
            // In the order in which a vector folds.
            *out = (sums[0] + sums[2]) + (sums[1] + sums[3]);
        }
    }
}
