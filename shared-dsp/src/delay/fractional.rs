//! A delay by any number of samples, free to move at any speed: a windowed-sinc reader.

use std::f64::consts::PI;
use std::sync::OnceLock;

use crate::math::kaiser;

/// Taps of the reader.
const TAPS: usize = 48;
/// Kernels between two samples. Linear interpolation between neighbours leaves an error of `pi^2 / 8 / PHASES^2` at
/// Nyquist, -106 dB, and 12 dB less for each octave below.
const PHASES: usize = 512;
/// Kaiser's beta: the error floor falls and the usable band narrows with it.
const BETA: f64 = 11.0;

/// One channel, `f64`, [`write`](Self::write) once a sample, [`read`](Self::read) as often as there are taps.
///
/// The reader has 48 taps under a Kaiser window (J. F. Kaiser, *Nonrecursive digital filter design using the I0-sinh
/// window function*, 1974): within -100 dB of the ideal delay up to 0.42 of the sample rate, -30 dB at 20 kHz when that
/// is 44.1 kHz (tests/delay.rs), so a wow of some samples costs no treble. Delays shorter than
/// [`MIN_DELAY_SAMPLES`](Self::MIN_DELAY_SAMPLES) would need the future.
#[derive(Debug, Clone)]
pub struct FractionalDelay {
    /// `PHASES + 1` kernels, newest sample's tap last.
    kernels: &'static [[f64; TAPS]],
    /// Twice the history: each sample is stored at two places, so that the taps always lie in one piece.
    ring: Vec<f64>,
    write: usize,
    max_delay_samples: f64,
}

/// The kernels for `PHASES + 1` fractions from 0 to 1, computed once per process.
fn kernels() -> &'static [[f64; TAPS]] {
    static KERNELS: OnceLock<Vec<[f64; TAPS]>> = OnceLock::new();
    let half = (TAPS / 2) as f64;
    let kernel = |phase: usize| {
        let fraction = phase as f64 / PHASES as f64;
        // Tap i holds the sample that lies `half - i` before the whole part of the delay.
        let mut taps: [f64; TAPS] = std::array::from_fn(|i| {
            let t = half - i as f64 - fraction;
            let sinc = if t == 0.0 { 1.0 } else { (PI * t).sin() / (PI * t) };
            sinc * if t.abs() < half { kaiser(BETA, t / half) } else { 0.0 }
        });
        // Unity at DC for every phase: otherwise modulation would amplitude-modulate the bass.
        let sum: f64 = taps.iter().sum();
        taps.iter_mut().for_each(|tap| *tap /= sum);
        taps
    };
    KERNELS.get_or_init(|| (0..=PHASES).map(kernel).collect())
}

impl FractionalDelay {
    /// The shortest delay, in samples.
    pub const MIN_DELAY_SAMPLES: f64 = (TAPS / 2) as f64;

    /// Room for delays up to `max_delay_samples` (at least the shortest one). Allocates and computes the kernels.
    #[must_use]
    pub fn new(max_delay_samples: usize) -> Self {
        let max_delay_samples = max_delay_samples.max(TAPS / 2);
        Self {
            kernels: kernels(),
            ring: vec![0.0; 2 * (max_delay_samples + TAPS)],
            write: 0,
            max_delay_samples: max_delay_samples as f64,
        }
    }

    /// Fills the memory with silence. Realtime-safe.
    pub fn reset(&mut self) {
        self.ring.fill(0.0);
    }

    /// The longest delay there is room for.
    #[must_use]
    pub fn max_delay_samples(&self) -> f64 {
        self.max_delay_samples
    }

    /// Stores the next sample. Realtime-safe.
    #[inline]
    pub fn write(&mut self, x: f64) {
        let length = self.ring.len() / 2;
        self.ring[self.write] = x;
        self.ring[self.write + length] = x;
        self.write = if self.write + 1 == length { 0 } else { self.write + 1 };
    }

    /// The signal `delay_samples` before the sample last written; held to the shortest and longest delay.
    /// Realtime-safe.
    #[must_use]
    #[inline]
    pub fn read(&self, delay_samples: f64) -> f64 {
        // NaN fails the comparison and takes the shortest delay.
        let delay = if delay_samples > Self::MIN_DELAY_SAMPLES {
            delay_samples.min(self.max_delay_samples)
        } else {
            Self::MIN_DELAY_SAMPLES
        };
        let whole = delay as usize;
        let place = (delay - whole as f64) * PHASES as f64;
        let phase = place as usize;
        let t = place - phase as f64;
        let (low, high) = (&self.kernels[phase], &self.kernels[phase + 1]);
        // The oldest tap lies TAPS / 2 before the whole delay; `write` is one past the newest sample.
        let length = self.ring.len() / 2;
        let start = self.write + length - 1 - whole - TAPS / 2;
        let start = if start >= length { start - length } else { start };
        let taps = &self.ring[start..start + TAPS];
        // Both kernels on their own, mixed at the end: half the work of mixing them tap by tap.
        let (mut below, mut above) = ([0.0; 4], [0.0; 4]);
        for ((x, low), high) in taps.chunks_exact(4).zip(low.chunks_exact(4)).zip(high.chunks_exact(4)) {
            for lane in 0..4 {
                below[lane] += x[lane] * low[lane];
                above[lane] += x[lane] * high[lane];
            }
        }
        let sums: [f64; 4] = std::array::from_fn(|lane| below[lane] + t * (above[lane] - below[lane]));
        (sums[0] + sums[1]) + (sums[2] + sums[3])
    }
}
