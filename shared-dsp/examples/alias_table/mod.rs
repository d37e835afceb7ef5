//! A table of what methods cost and leave of aliases: one run, one signal.

use std::time::Instant;

use realfft::RealFftPlanner;
use shared_dsp::nonlinear::StereoFrame;

/// Sample rate of the signal.
pub const RATE_HZ: f64 = 48_000.0;
const FRAMES: usize = 1 << 16;
/// A prime, so that no harmonic's alias falls on a harmonic: 5000.24 Hz.
const BIN: usize = 6827;
const PASSES: usize = 9;

/// Runs stereo frames in place.
pub type Method = Box<dyn FnMut(&mut [StereoFrame])>;

/// A method by its name in the table, and how it is made anew.
pub type Named = (&'static str, fn() -> Method);

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

/// Prints a line for each method: its aliases from a sine of this `peak` at 5 kHz, the worst from `tones` sines up to 10 kHz, and its
/// time a frame in blocks of `block` frames.
pub fn print(title: &str, peak: f32, tones: u32, block: usize, methods: &[Named]) {
    println!("{title:<18} {:>12} {:>20} {:>10}", "5 kHz, dB", "worst to 10 kHz, dB", "ns/frame");
    // Odd bins, evenly spaced in octaves from 1 kHz to 10 kHz.
    let bin_of = |n: u32| (1366.0 * 10_f64.powf(f64::from(n) / f64::from(tones - 1))) as usize | 1;
    for (name, method) in methods {
        let run = |bin: usize| {
            let step = std::f64::consts::TAU * bin as f64 / FRAMES as f64;
            let sine = |n: usize| peak * (step * (n % FRAMES) as f64).sin() as f32;
            let mut signal: Vec<StereoFrame> = (0..2 * FRAMES).map(|n| [sine(n); 2]).collect();
            let mut process = method();
            let mut quickest_ns = f64::INFINITY;
            for chunk in signal.chunks_mut(2 * FRAMES / PASSES) {
                let start = Instant::now();
                chunk.chunks_mut(block).for_each(&mut process);
                quickest_ns = quickest_ns.min(start.elapsed().as_nanos() as f64 / chunk.len() as f64);
            }
            let left: Vec<f32> = signal[FRAMES..].iter().map(|frame| frame[0]).collect();
            (aliases_db(&left, bin), quickest_ns)
        };
        let (at_5k_db, ns) = run(BIN);
        let worst_db = (0..tones).map(|n| run(bin_of(n)).0).fold(f64::NEG_INFINITY, f64::max);
        println!("{name:<18} {at_5k_db:>12.1} {worst_db:>20.1} {ns:>10.1}");
    }
}
