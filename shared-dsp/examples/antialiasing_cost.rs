//! What an antialiased hard clip costs beside naive oversampling of the same curve, and what each leaves of aliases: one
//! run, one signal. It prints and judges nothing. `cargo run --release -p shared-dsp --example antialiasing_cost`
//!
//! The aliases are the rms sum of every bin up to 20 kHz that is no harmonic, below the fundamental, for a full-scale
//! sine driven by 12 dB into a ceiling of 0 dBFS at 48 kHz.

use realfft::RealFftPlanner;
use shared_dsp::Quality;
use shared_dsp::nonlinear::{Clip, ClipCurve, ClipSettings, ResidualPath, Route, Shaped, StereoFrame};
use shared_dsp::oversampling::{Factor, Oversampler, Phase};
use std::time::Instant;

const RATE_HZ: f64 = 48_000.0;
const FRAMES: usize = 1 << 16;
/// A prime, so that no harmonic's alias falls on a harmonic: 5000.24 Hz.
const BIN: usize = 6827;
const DRIVE: f32 = 3.981_071_7;
const BLOCK: usize = 64;
const PASSES: usize = 9;

/// Runs stereo frames in place.
type Method = Box<dyn FnMut(&mut [StereoFrame])>;

/// The rms sum of all that is no harmonic up to 20 kHz, dB below the fundamental at `bin`.
fn aliases_db(signal: &[f32], bin: usize) -> f64 {
    let mut input: Vec<f64> = signal.iter().map(|&x| f64::from(x)).collect();
    let mut spectrum = vec![realfft::num_complex::Complex64::default(); FRAMES / 2 + 1];
    let plan = RealFftPlanner::new().plan_fft_forward(FRAMES);
    if plan.process(&mut input, &mut spectrum).is_err() {
        return f64::NAN;
    }
    let top = (20_000.0 / RATE_HZ * FRAMES as f64) as usize;
    let alien: f64 = (1..=top).filter(|at| at % bin != 0).map(|at| spectrum[at].norm_sqr()).sum();
    10.0 * (alien / spectrum[bin].norm_sqr()).log10()
}

fn naive(factor: Factor) -> Method {
    let mut oversampler = Oversampler::<f32, 2>::new(factor, Phase::Linear);
    Box::new(move |frames| {
        oversampler.process_frames(frames, |top| {
            top.as_flattened_mut().iter_mut().for_each(|x| *x = x.clamp(-1.0, 1.0));
        });
    })
}

fn ours(quality: Quality) -> Method {
    let mut clip = Clip::new();
    clip.select(quality != Quality::Off);
    let mut path = ResidualPath::new();
    path.select(Route::of(quality, Factor::X8, RATE_HZ), clip.delay_samples());
    let settings = ClipSettings { curve: ClipCurve::new(1.0, 0.0), link: 0.0, mid_side: 0.0 };
    let (mut driven, mut residual) = (vec![[0.0; 2]; BLOCK], vec![[0.0; 2]; BLOCK]);
    Box::new(move |frames| {
        let (driven, residual) = (&mut driven[..frames.len()], &mut residual[..frames.len()]);
        driven.copy_from_slice(frames);
        let shaped = path.process(frames, driven, residual, |top, out| clip.shape(&settings, top, out));
        if shaped == Shaped::Residual {
            for (frame, residual) in frames.iter_mut().zip(residual.iter()) {
                *frame = [frame[0] + residual[0], frame[1] + residual[1]];
            }
        }
    })
}

fn main() {
    type Make = fn() -> Method;
    let methods: [(&str, Make); 8] = [
        ("naive, 1x", || naive(Factor::X1)),
        ("naive, 2x", || naive(Factor::X2)),
        ("naive, 4x", || naive(Factor::X4)),
        ("naive, 8x", || naive(Factor::X8)),
        ("naive, 16x", || naive(Factor::X16)),
        ("ours, Off", || ours(Quality::Off)),
        ("ours, Live", || ours(Quality::Live)),
        ("ours, Standard", || ours(Quality::Standard)),
    ];
    println!("{:<16} {:>12} {:>20} {:>10}", "hard clip", "5 kHz, dB", "worst to 10 kHz, dB", "ns/frame");
    // Odd bins, evenly spaced in octaves from 1 kHz to 10 kHz.
    let sweep: Vec<usize> = (0..24).map(|n| (1366.0 * 10_f64.powf(f64::from(n) / 23.0)) as usize | 1).collect();
    for (name, method) in methods {
        let run = |bin: usize| {
            let step = std::f64::consts::TAU * bin as f64 / FRAMES as f64;
            let sine = |n: usize| DRIVE * (step * (n % FRAMES) as f64).sin() as f32;
            let mut signal: Vec<StereoFrame> = (0..2 * FRAMES).map(|n| [sine(n); 2]).collect();
            let mut process = method();
            let mut quickest_ns = f64::INFINITY;
            for chunk in signal.chunks_mut(2 * FRAMES / PASSES) {
                let start = Instant::now();
                chunk.chunks_mut(BLOCK).for_each(&mut process);
                quickest_ns = quickest_ns.min(start.elapsed().as_nanos() as f64 / chunk.len() as f64);
            }
            let left: Vec<f32> = signal[FRAMES..].iter().map(|frame| frame[0]).collect();
            (aliases_db(&left, bin), quickest_ns)
        };
        let (at_5k_db, ns) = run(BIN);
        let worst_db = sweep.iter().map(|&bin| run(bin).0).fold(f64::NEG_INFINITY, f64::max);
        println!("{name:<16} {at_5k_db:>12.1} {worst_db:>20.1} {ns:>10.1}");
    }
}
