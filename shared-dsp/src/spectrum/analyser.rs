//! Powers of a stretch of sound over frequency.

use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};
use std::f64::consts::TAU;
use std::sync::Arc;

/// The length that a stretch must have for the low end to be told apart, seconds.
const LENGTH_S: f64 = 0.3;

/// One Fourier transform with its window, the 4-term Blackman-Harris of 92 dB (Fredric J. Harris, *On the Use of Windows
/// for Harmonic Analysis with the Discrete Fourier Transform*, 1978). Its main lobe is 8 bins wide: 23 Hz at 48 kHz.
///
/// For a window's thread or a file's reader: it is not meant for the audio thread.
pub struct Analyser {
    sample_rate_hz: f64,
    window: Vec<f32>,
    /// What makes the squared magnitudes sum to the power of the stretch.
    scale: f32,
    transform: Arc<dyn RealToComplex<f32>>,
    windowed: Vec<f32>,
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
    /// An analyser of stretches of about a third of a second: 16384 frames at 44.1 and 48 kHz. A rate that is no rate is
    /// taken as 48 kHz. Allocates.
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        let rate = if sample_rate_hz.is_finite() { sample_rate_hz.clamp(8e3, 1e6) } else { 48e3 };
        Self::with_frames(rate, ((rate * LENGTH_S) as usize).next_power_of_two())
    }

    /// An analyser of stretches of `frames` frames, an even number of at least 16 (fewer are taken as 16, odd ones
    /// rounded up). Allocates.
    #[must_use]
    pub fn with_frames(sample_rate_hz: f64, frames: usize) -> Self {
        let frames = frames.max(16).next_multiple_of(2);
        let term = |k: f64, n: usize| (k * TAU * n as f64 / frames as f64).cos();
        let window: Vec<f32> = (0..frames)
            .map(|n| (0.35875 - 0.48829 * term(1.0, n) + 0.14128 * term(2.0, n) - 0.01168 * term(3.0, n)) as f32)
            .collect();
        let energy: f64 = window.iter().map(|&w| f64::from(w) * f64::from(w)).sum();
        let transform = RealFftPlanner::new().plan_fft_forward(frames);
        Self {
            sample_rate_hz,
            scale: (4.0 / (frames as f64 * energy)) as f32,
            windowed: transform.make_input_vec(),
            bins: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            powers: vec![0.0; frames / 2 + 1],
            transform,
            window,
        }
    }

    /// Frames of a stretch.
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
    /// sine add up to 1. What is no number counts as silence.
    pub fn analyse(&mut self, channels: &[&[f32]]) -> &[f32] {
        self.powers.fill(0.0);
        for channel in channels {
            self.windowed.fill(0.0);
            for ((to, &x), &w) in self.windowed.iter_mut().zip(*channel).zip(&self.window) {
                *to = crate::math::clean(x).0 * w;
            }
            // Lengths are those that the plan itself gave: it cannot fail.
            let result = self.transform.process_with_scratch(&mut self.windowed, &mut self.bins, &mut self.scratch);
            debug_assert!(result.is_ok());
            for (power, bin) in self.powers.iter_mut().zip(&self.bins) {
                *power += bin.norm_sqr();
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
