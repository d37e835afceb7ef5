//! What an equaliser's parts cost beside a plain cascade of as many transposed direct forms: in turn, in one run, the quickest of
//! many. It prints and judges nothing. `cargo run --release -p shared-dsp --example equaliser_cost`

use std::hint::black_box;
use std::time::Instant;

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

fn cascade<'a>(count: usize, is_moving: bool) -> Method<'a> {
    let mut cascade = Cascade::new(12, RATE_HZ);
    let bands = bands(count);
    bands.iter().enumerate().for_each(|(n, &band)| cascade.set_band(n, [Some(band); 2]));
    cascade.glide(0);
    let mut share = 0.0;
    let run = move |frames: &mut [[f64; 2]]| {
        if is_moving {
            for (n, &band) in bands.iter().enumerate() {
                share += 1e-6;
                cascade.set_band(n, [Some(Band { gain_db: band.gain_db + share, ..band }); 2]);
            }
            cascade.glide(64);
        }
        cascade.process(frames);
    };
    (format!("{count} bands{}", if is_moving { ", all moving" } else { "" }), Box::new(run))
}

fn main() {
    for block in [64, 512] {
        let mut methods =
            vec![plain(8), cascade(8, false), cascade(8, true), plain(12), cascade(12, false), cascade(12, true)];
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
