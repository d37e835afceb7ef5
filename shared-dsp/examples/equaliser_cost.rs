//! What an equaliser's parts cost beside a plain cascade of as many transposed direct forms: in turn, in one run, the quickest of
//! many. It prints and judges nothing. `cargo run --release -p shared-dsp --example equaliser_cost`

use std::hint::black_box;
use std::time::Instant;

use shared_dsp::convolution::{FadedStereoFir, PartitionedFir, PartitionedKernel, StereoTaps};
use shared_dsp::filters::kernels::{LinearLength, linear_kernel, minimum_correction, natural_correction};
use shared_dsp::filters::{Band, BiquadCoefs, BiquadState, Cascade, Shape};

const RATE_HZ: f64 = 48_000.0;
const FRAMES: usize = 1 << 13;
const PASSES: usize = 60;

fn bands(count: usize) -> Vec<Band> {
    (0..count)
        .map(|n| Band {
            frequency_hz: 40.0 * 1.8_f64.powi(n as i32),
            gain_db: if n % 2 == 0 { 2.0 } else { -1.5 },
            q: 1.0,
            ..Band::default()
        })
        .collect()
}

type Method<'a> = (String, Box<dyn FnMut(&mut [[f64; 2]]) + 'a>);

fn plain<'a>(count: usize) -> Method<'a> {
    let coefs = vec![BiquadCoefs { b: [1.01, -1.8, 0.81], a: [-1.8, 0.82] }; count];
    let mut states = vec![BiquadState::<2>::default(); count];
    let run = move |frames: &mut [[f64; 2]]| {
        for (coefs, state) in coefs.iter().zip(&mut states) {
            for frame in frames.iter_mut() {
                *frame = state.tick(coefs, *frame);
            }
        }
    };
    (format!("{count} direct forms"), Box::new(run))
}

/// Frames between two places of a band that moves, as the plugin has it.
const CELL: usize = 16;

/// The first so many of them move.
fn cascade<'a>(count: usize, moving: usize) -> Method<'a> {
    let mut cascade = Cascade::new(12, RATE_HZ);
    let bands = bands(count);
    bands.iter().enumerate().for_each(|(n, &band)| cascade.set_band(n, [Some(band); 2]));
    cascade.glide(0);
    let mut share = 0.0;
    let run = move |frames: &mut [[f64; 2]]| {
        if moving == 0 {
            return cascade.process(frames);
        }
        for cell in frames.chunks_mut(CELL) {
            for (n, &band) in bands.iter().take(moving).enumerate() {
                share += 1e-6;
                cascade.set_band(n, [Some(Band { gain_db: band.gain_db + share, ..band }); 2]);
            }
            cascade.glide(CELL as u32);
            cascade.process(cell);
        }
    };
    (format!("{count} bands, {moving} moving"), Box::new(run))
}

/// Taps of a correction behind nothing.
fn correction<'a>(name: &str, taps: Vec<f64>) -> Method<'a> {
    let taps = StereoTaps::new([&taps, &taps]);
    let name = format!("{name}, {} taps", taps.len());
    let mut fir = FadedStereoFir::new(65, (), move |()| taps.clone());
    (name, Box::new(move |frames| fir.process(frames)))
}

fn random_taps(length: usize) -> Vec<f64> {
    (0..length).map(|n| (n as f64 * 12.9898).sin() / (1.0 + n as f64)).collect()
}

/// All of it: cascade and correction.
fn whole<'a>(count: usize, taps: fn(&[Band], f64) -> Vec<f64>) -> Method<'a> {
    let bands: Vec<_> = bands(count);
    let (_, mut run) = cascade(count, 0);
    let taps = taps(&bands, RATE_HZ);
    let (name, mut fir) = correction("with", taps);
    (
        format!("{count} bands {name}"),
        Box::new(move |frames| {
            run(frames);
            fir(frames);
        }),
    )
}

fn linear(length: LinearLength, rate_hz: f64) {
    let samples = length.samples(rate_hz);
    let start = Instant::now();
    let taps = linear_kernel(&bands(8), rate_hz, samples);
    let kernel = PartitionedKernel::new([Some(&taps), Some(&taps[..samples])], samples);
    let design_ms = start.elapsed().as_secs_f64() * 1e3;
    let mut fir = PartitionedFir::new(samples, samples, (), move |()| kernel.clone());
    let mut frames = [[0.5; 2]; 64];
    let blocks = 8 * samples / 64;
    let (mut all_ns, mut worst_ns) = (0.0, 0.0_f64);
    let mut quickest = vec![f64::INFINITY; samples / 64];
    // The same places of a block come round again: the quickest of each is what it costs without others.
    for n in 0..blocks {
        let start = Instant::now();
        fir.process(&mut frames);
        let ns = start.elapsed().as_nanos() as f64;
        let place = &mut quickest[n % (samples / 64)];
        *place = place.min(ns);
    }
    for ns in &quickest {
        all_ns += ns;
        worst_ns = worst_ns.max(*ns);
    }
    let deadline_ns = 64e9 / rate_hz;
    println!(
        "linear {samples:>7} at {rate_hz}: {:>6.1} ns/frame, worst block of 64 {:.1} us, {:.1} % of its deadline; design {design_ms:.0} ms",
        all_ns / quickest.len() as f64 / 64.0,
        worst_ns / 1e3,
        100.0 * worst_ns / deadline_ns
    );
}

fn main() {
    for rate_hz in [48_000.0, 192_000.0] {
        LinearLength::ALL.into_iter().for_each(|length| linear(length, rate_hz));
    }
    let start = Instant::now();
    black_box(minimum_correction(&bands(12), RATE_HZ));
    println!("design of the minimum correction of 12 bands {:.2} ms", start.elapsed().as_secs_f64() * 1e3);
    black_box(natural_correction(&bands(12), RATE_HZ));
    let start = Instant::now();
    black_box(natural_correction(&bands(12), RATE_HZ));
    println!("design of the natural correction of 12 bands {:.2} ms", start.elapsed().as_secs_f64() * 1e3);
    for block in [64, 512] {
        let mut methods = vec![
            plain(8),
            cascade(8, 0),
            cascade(8, 1),
            cascade(8, 8),
            whole(8, minimum_correction),
            whole(8, natural_correction),
            plain(12),
            cascade(12, 0),
            cascade(12, 1),
            cascade(12, 12),
            whole(12, minimum_correction),
            whole(12, natural_correction),
        ];
        methods.extend([8, 16, 32, 65].map(|length| correction("correction", random_taps(length))));
        let mut quickest = vec![f64::INFINITY; methods.len()];
        let mut signal: Vec<[f64; 2]> =
            (0..FRAMES).map(|n| [(n as f64 * 0.1).sin(), (n as f64 * 0.37).cos()]).collect();
        for _ in 0..PASSES {
            for ((_, method), quickest) in methods.iter_mut().zip(&mut quickest) {
                let mut work = signal.clone();
                let start = Instant::now();
                work.chunks_mut(block).for_each(&mut **method);
                *quickest = quickest.min(start.elapsed().as_nanos() as f64 / FRAMES as f64);
                black_box(&work);
            }
            signal[0][0] += 1e-9;
        }
        println!("block {block}");
        for ((name, _), ns) in methods.iter().zip(&quickest) {
            println!("  {name:<24} {ns:>7.2} ns/frame");
        }
    }
    let start = Instant::now();
    let count = 20_000;
    for n in 0..count {
        black_box(Band { gain_db: 1.0 + f64::from(n) * 1e-4, ..Band::default() }.design(RATE_HZ));
    }
    println!("design of a bell {:.0} ns", start.elapsed().as_nanos() as f64 / f64::from(count));
    let cut = Band { shape: Shape::LowCut, slope_db_per_octave: 96, ..Band::default() };
    let start = Instant::now();
    for n in 0..count {
        black_box(Band { frequency_hz: 1000.0 + f64::from(n) * 1e-2, ..cut }.design(RATE_HZ));
    }
    println!("design of a cut of 96 dB/oct {:.0} ns", start.elapsed().as_nanos() as f64 / f64::from(count));
    let (_, missing) = cut.design(RATE_HZ);
    let start = Instant::now();
    for _ in 0..count {
        black_box(black_box(&missing).tail());
    }
    println!("tail {:.0} ns", start.elapsed().as_nanos() as f64 / f64::from(count));
}
