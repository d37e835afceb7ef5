//! The whole equaliser as one symmetric kernel.

use rustfft::algorithm::Radix4;
use rustfft::{Fft, FftDirection};

use super::{Band, Complex64, Prototype};

/// What lies this far before the centre is not masked by what follows, s.
const UNMASKED_S: f64 = 0.010;
/// More than this of [`pre_ringing_db`] may be heard as a swell before an attack: of an impulse, which has little in the
/// bass, where it rings longest.
pub const PRE_RING_AUDIBLE_DB: f64 = -50.0;
/// Share of the kernel that is tapered, half at either end.
const TAPERED_SHARE: f64 = 0.3;
/// Points of the transform per sample of the kernel.
const FINENESS: usize = 4;
/// A kernel of one second is exact from this frequency up (bells of Q 4, 0.05 dB; tests/filters_kernels.rs).
const EXACT_PERIODS: f64 = 22.0;

/// How long a linear-phase kernel is: what it costs in delay, and from which frequency up it is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum LinearLength {
    /// 4096 samples at 44.1 and 48 kHz.
    Shortest,
    /// 8192 samples.
    Short,
    /// 16384 samples.
    #[default]
    Medium,
    /// 32768 samples.
    Long,
    /// 65536 samples.
    Longest,
}

impl LinearLength {
    /// All of them, the shortest first.
    pub const ALL: [Self; 5] = [Self::Shortest, Self::Short, Self::Medium, Self::Long, Self::Longest];

    /// The length of the kernel less one at this rate: as long in time at any rate, in steps of two.
    #[must_use]
    pub fn samples(self, sample_rate_hz: f64) -> usize {
        let octaves = (sample_rate_hz / 48_000.0).log2().ceil().clamp(0.0, 3.0) as u32;
        4096 << (self as u32 + octaves)
    }

    /// The delay of the kernel alone, without that of the convolution, samples: its centre.
    #[must_use]
    pub fn kernel_latency_samples(self, sample_rate_hz: f64) -> usize {
        self.samples(sample_rate_hz) / 2
    }

    /// The lowest frequency, Hz, from which up bells of Q 4 are within 0.05 dB.
    #[must_use]
    pub fn exact_from_hz(self, sample_rate_hz: f64) -> f64 {
        EXACT_PERIODS * sample_rate_hz / self.samples(sample_rate_hz) as f64
    }
}

/// The magnitude of all bands of a channel with exactly linear phase: `samples + 1` taps (even `samples`), symmetric about
/// the middle one. Flat bands make a single one in the middle. Takes up to some tens of milliseconds: not for the audio
/// thread.
#[must_use]
pub fn linear_kernel(bands: &[Band], sample_rate_hz: f64, samples: usize) -> Vec<f64> {
    let half = samples / 2;
    let mut taps = vec![0.0; 2 * half + 1];
    let bands: Vec<_> = bands.iter().filter(|band| !band.is_flat()).map(Prototype::new).collect();
    if bands.is_empty() || half == 0 {
        taps[half] = 1.0;
        return taps;
    }
    let size = (FINENESS * 2 * half).next_power_of_two();
    let mut spectrum: Vec<Complex64> = (0..=size / 2)
        .map(|bin| {
            let hz = sample_rate_hz * bin as f64 / size as f64;
            Complex64::new(bands.iter().map(|band| band.power(hz)).product::<f64>().sqrt() / size as f64, 0.0)
        })
        .collect();
    // Real and even: both directions are the same. The plain power of two, for a planner of f64 would bring every algorithm that
    // there is, a megabyte of a bundle, for the one in use.
    spectrum.extend_from_within(1..size / 2);
    spectrum[size / 2 + 1..].reverse();
    Radix4::new(size, FftDirection::Forward).process(&mut spectrum);
    let flat = half as f64 * (1.0 - TAPERED_SHARE);
    for n in 0..=half {
        let beyond = (n as f64 - flat).max(0.0) / (half as f64 - flat);
        let share = 0.5 + 0.5 * (std::f64::consts::PI * beyond).cos();
        taps[half + n] = spectrum[n].re * share;
        taps[half - n] = spectrum[n].re * share;
    }
    taps
}

/// The energy of a linear-phase kernel more than 10 ms before its centre, dB of all of it: what may be heard of pre-ringing.
#[must_use]
pub fn pre_ringing_db(taps: &[f64], sample_rate_hz: f64) -> f64 {
    let energy = |taps: &[f64]| taps.iter().map(|x| x * x).sum::<f64>();
    let before = (taps.len() / 2).saturating_sub((UNMASKED_S * sample_rate_hz) as usize);
    crate::math::power_to_db(energy(&taps[..before]) / energy(taps))
}
