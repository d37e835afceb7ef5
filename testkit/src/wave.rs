//! The wave that samples stand for, by Fourier transform: a judge of true peaks that shares neither code nor design with the
//! detectors that it judges, which are all windowed sincs.
//!
//! Between its samples a signal with nothing above 0.45 of the rate has one wave, and every reference agrees on it. What lies between
//! there and half the rate (white noise, samples of alternating sign) comes out as the reference's own slope has it: see [`Edge`].

use std::f64::consts::PI;

use realfft::RealFftPlanner;
use realfft::num_complex::Complex;

/// How much finer than the samples.
const FINER: usize = 32;
/// Samples transformed at once.
const BLOCK: usize = 8192;
/// Samples at both ends of a block that are faded and not looked at.
const MARGIN: usize = 1024;
/// The part of the margin that is faded.
const FADE: usize = 512;

/// What is kept near half the sample rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// All below half the rate and nothing above: Shannon's wave. Up to 0.498 of the rate, where what is faded spreads to.
    Ideal,
    /// All up to 0.45 of the rate and nothing from 0.55 on, by a raised cosine: a passband that is as wide at every rate, with a slope as
    /// converters have it. It passes through the samples.
    Passband,
}

impl Edge {
    /// At a share of the sample rate.
    fn weight(self, at: f64) -> f64 {
        let half_width = match self {
            Self::Ideal => 0.0,
            Self::Passband => 0.05,
        };
        match at - 0.5 {
            0.0 => 0.5,
            below if below <= -half_width => 1.0,
            above if above >= half_width => 0.0,
            off => 0.5 - 0.5 * (0.5 * PI * off / half_width).sin(),
        }
    }

    /// The part of the spectrum that is not all nothing, as a share of the rate.
    fn end(self) -> f64 {
        match self {
            Self::Ideal => 0.5,
            Self::Passband => 0.55,
        }
    }
}

/// For each sample the greatest magnitude of the wave from it to the next, at 32 points. Silence goes before the signal; its last
/// 512 samples are faded, as nobody knows what comes behind them.
#[track_caller]
pub fn wave_peaks(signal: &[f32], edge: Edge) -> Vec<f64> {
    assert!(signal.iter().all(|x| x.is_finite()), "what is no number has no wave");
    let mut planner = RealFftPlanner::<f64>::new();
    let (forward, inverse) = (planner.plan_fft_forward(BLOCK), planner.plan_fft_inverse(BLOCK * FINER));
    let (mut block, mut bins) = (forward.make_input_vec(), forward.make_output_vec());
    let (mut wide, mut fine) = (inverse.make_input_vec(), inverse.make_output_vec());
    let fade = |place: usize, length: usize| (0.5 * PI * (place as f64 / length as f64).min(1.0)).sin().powi(2);
    let mut peaks = Vec::with_capacity(signal.len());
    while peaks.len() < signal.len() {
        let start = peaks.len();
        for (n, x) in block.iter_mut().enumerate() {
            let at = (start + n).checked_sub(MARGIN).filter(|&at| at < signal.len());
            let sample = at.map_or(0.0, |at| f64::from(signal[at]) * fade(signal.len() - at, FADE));
            *x = sample * fade(n, FADE) * fade(BLOCK - n, FADE);
        }
        forward.process(&mut block, &mut bins).expect("the buffers are the plan's own");
        wide.fill(Complex::default());
        for (k, bin) in wide.iter_mut().enumerate().take((edge.end() * BLOCK as f64) as usize + 1) {
            // The images that zeros between the samples make.
            let image = if k <= BLOCK / 2 { bins[k] } else { bins[BLOCK - k].conj() };
            *bin = image * edge.weight(k as f64 / BLOCK as f64);
        }
        inverse.process(&mut wide, &mut fine).expect("the buffers are the plan's own");
        let looked_at = &fine[MARGIN * FINER..(BLOCK - MARGIN) * FINER];
        let greatest = |points: &[f64]| points.iter().fold(0.0_f64, |most, x| most.max(x.abs())) / BLOCK as f64;
        peaks.extend(looked_at.chunks_exact(FINER).take(signal.len() - start).map(greatest));
    }
    peaks
}

/// The greatest magnitude of the wave of a signal. Fails on silence and on what is no number.
#[track_caller]
pub fn wave_peak(signal: &[f32], edge: Edge) -> f64 {
    let most = wave_peaks(signal, edge).into_iter().fold(0.0, f64::max);
    assert!(most > 0.0, "silence has no peak");
    most
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    /// Tones of known sum, faded in and out over the first and the last `FADE`.
    fn chord(frames: usize, at: f64) -> f64 {
        let edge = at.min(frames as f64 - at) / FADE as f64;
        let fade = (0.5 * PI * edge.clamp(0.0, 1.0)).sin().powi(2);
        let tones = [(0.013, 0.4, 0.3), (0.137, 0.3, 1.9), (0.311, 0.2, 2.7), (0.44, 0.25, 0.9)];
        fade * tones.iter().map(|(nu, peak, phase)| peak * (TAU * nu * at + phase).sin()).sum::<f64>()
    }

    #[test]
    fn it_is_the_wave_between_the_samples() {
        let frames = 20_000;
        let signal: Vec<f32> = (0..frames).map(|n| chord(frames, n as f64) as f32).collect();
        for edge in [Edge::Ideal, Edge::Passband] {
            let peaks = wave_peaks(&signal, edge);
            // Up to the stretch that is faded twice.
            let mut worst = 0.0_f64;
            for (n, peak) in peaks[..frames - FADE].iter().enumerate() {
                let points = (0..FINER).map(|k| chord(frames, n as f64 + k as f64 / FINER as f64).abs());
                worst = worst.max((peak - points.fold(0.0, f64::max)).abs());
            }
            println!("{edge:?}: off by {worst:.1e}");
            assert!(worst < 1e-5, "{edge:?}: {worst:e}");
        }
        assert!(std::panic::catch_unwind(|| wave_peak(&[0.0; 100], Edge::Ideal)).is_err(), "silence");
        assert!(std::panic::catch_unwind(|| wave_peak(&[f32::NAN; 100], Edge::Ideal)).is_err(), "no number");
    }

    #[test]
    fn the_edges_are_where_they_are_said_to_be() {
        for (nu, passband, ideal) in [(0.45, 1.0, 1.0), (0.475, 0.853_553, 1.0), (0.525, 0.146_447, 0.0)] {
            assert!((Edge::Passband.weight(nu) - passband).abs() < 1e-6);
            assert!((Edge::Ideal.weight(nu) - ideal).abs() < 1e-12);
        }
        // Shannon's wave of samples of alternating sign around a step in it grows without end (reference/linear.md C1).
        let alternating = |count: usize| -> Vec<f32> {
            let sign = |n: usize| if n.is_multiple_of(2) == (n < 2000) { 1.0 } else { -1.0 };
            (0..4000_usize).map(|n| if n.abs_diff(2000) <= count { sign(n) } else { 0.0 }).collect()
        };
        let db = |count: usize, edge: Edge| 20.0 * wave_peak(&alternating(count), edge).log10();
        let [few, many] = [16, 64].map(|count| db(count, Edge::Ideal));
        println!("alternating: {few:.2} and {many:.2} dB");
        assert!(few > 8.0 && many > few + 1.5 && db(64, Edge::Passband) < many - 3.0);
    }
}
