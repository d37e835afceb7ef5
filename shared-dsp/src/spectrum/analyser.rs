//! Powers of a segment of sound over frequency.

use crate::math::clean;
use rustfft::algorithm::Radix4;
use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftDirection};
use std::f64::consts::TAU;

/// The length that a segment must have for the low end to be told apart, seconds.
const LENGTH_S: f64 = 0.3;

/// One Fourier transform with its window, the 4-term Blackman-Harris of 92 dB (Fredric J. Harris, *On the Use of Windows
/// for Harmonic Analysis with the Discrete Fourier Transform*, 1978). Its main lobe is 8 bins wide: 23 Hz at 48 kHz.
///
/// Two channels go through one complex transform, as its real and its imaginary part: their summed power is that of the
/// bins k and -k together. The transform is the plain power of two of `rustfft`: its planner brings every algorithm for
/// every processor along, a megabyte for each plugin that shows a spectrum.
///
/// For a window's thread or a file's reader: it is not meant for the audio thread.
pub struct Analyser {
    sample_rate_hz: f64,
    window: Vec<f32>,
    /// What makes the squared magnitudes sum to the power of the segment.
    scale: f32,
    transform: Radix4<f32>,
    bins: Vec<Complex32>,
    scratch: Vec<Complex32>,
    powers: Vec<f32>,
}

impl std::fmt::Debug for Analyser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Analyser")
            .field("sample_rate_hz", &self.sample_rate_hz)
            .field("frames", &self.frames())
            .finish()
    }
}

impl Analyser {
    /// An analyser of segments of about a third of a second: 16384 frames at 44.1 and 48 kHz. A rate that is no rate is
    /// taken as 48 kHz. Allocates.
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        let rate = if sample_rate_hz.is_finite() { sample_rate_hz.clamp(8e3, 1e6) } else { 48e3 };
        Self::with_frames(rate, ((rate * LENGTH_S) as usize).next_power_of_two())
    }

    /// An analyser of segments of `frames` frames, a power of two of at least 16 (anything else is rounded up to one).
    /// Allocates.
    #[must_use]
    pub fn with_frames(sample_rate_hz: f64, frames: usize) -> Self {
        let frames = frames.max(16).next_power_of_two();
        let term = |k: f64, n: usize| (k * TAU * n as f64 / frames as f64).cos();
        let window: Vec<f32> = (0..frames)
            .map(|n| (0.35875 - 0.48829 * term(1.0, n) + 0.14128 * term(2.0, n) - 0.01168 * term(3.0, n)) as f32)
            .collect();
        let energy: f64 = window.iter().map(|&w| f64::from(w) * f64::from(w)).sum();
        let transform = Radix4::new(frames, FftDirection::Forward);
        Self {
            sample_rate_hz,
            scale: (4.0 / (frames as f64 * energy)) as f32,
            bins: vec![Complex32::default(); frames],
            scratch: vec![Complex32::default(); transform.get_inplace_scratch_len()],
            powers: vec![0.0; frames / 2 + 1],
            transform,
            window,
        }
    }

    /// Frames of a segment.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.window.len()
    }

    /// The sample rate in Hz.
    #[must_use]
    pub fn sample_rate_hz(&self) -> f64 {
        self.sample_rate_hz
    }

    /// The distance of two bins in Hz.
    #[must_use]
    pub fn bin_hz(&self) -> f64 {
        self.sample_rate_hz / self.frames() as f64
    }

    /// The powers of the bins from 0 Hz to half the sample rate for [`frames`](Self::frames) frames of as many channels
    /// as there are, the mean of the channels. Frames too few count as silence behind them. All powers of a full-scale
    /// sine add up to 1. Non-finite samples count as silence.
    pub fn analyse(&mut self, channels: &[&[f32]]) -> &[f32] {
        self.powers.fill(0.0);
        let frames = self.frames();
        for pair in channels.chunks(2) {
            let sample = |side: usize, n: usize| pair.get(side).and_then(|x| x.get(n)).map_or(0.0, |&x| clean(x).0);
            for (n, (bin, &w)) in self.bins.iter_mut().zip(&self.window).enumerate() {
                *bin = Complex32::new(sample(0, n) * w, sample(1, n) * w);
            }
            self.transform.process_with_scratch(&mut self.bins, &mut self.scratch);
            for (k, power) in self.powers.iter_mut().enumerate() {
                let mirrored = &self.bins[(frames - k) % frames];
                *power += 0.5 * (self.bins[k].norm_sqr() + mirrored.norm_sqr());
            }
        }
        let scale = self.scale / channels.len().max(1) as f32;
        self.powers.iter_mut().for_each(|power| *power *= scale);
        // The ends have no mirror image.
        let last = self.powers.len() - 1;
        self.powers[0] *= 0.5;
        self.powers[last] *= 0.5;
        &self.powers
    }
}
