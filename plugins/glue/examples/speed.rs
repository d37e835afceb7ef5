//! Prints nanoseconds per stereo frame of Glue's processor, per quality. `cargo run --release -p glue --example speed`

use glue::processor::{Glue, GlueSettings, Model, Release};
use shared_dsp::{Io, Processor, Quality};
use std::time::Instant;

fn main() {
    const RATE: f64 = 48_000.0;
    const FRAMES: usize = 49_152;
    const STRETCH: usize = 8_192;
    // A tone that swells and decays over noise: reduction comes and goes, so no branch is always taken.
    let mut seed = 1u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(seed >> 8) / f64::from(1 << 23) - 1.0
    };
    let mut programme = |phase: f64| -> Vec<f32> {
        (0..FRAMES)
            .map(|n| {
                let t = n as f64 / RATE;
                let swell = 0.6 + 0.4 * (t * 12.0).sin();
                (0.3 * swell * (t * 1382.0 + phase).sin() + 0.2 * swell * noise()) as f32
            })
            .collect()
    };
    let (left, right) = (programme(0.0), programme(0.4));
    let base = GlueSettings { threshold_db: -18.0, release: Release::Fixed(0.1), ..GlueSettings::default() };
    let cases = [
        ("console, linked", base.clone()),
        ("console, auto", GlueSettings { release: Release::Auto, ..base.clone() }),
        ("clean, linked", GlueSettings { model: Model::Clean, ..base.clone() }),
        ("console, link 50 %", GlueSettings { link: 0.5, ..base.clone() }),
        ("console, high-pass", GlueSettings { sidechain_high_pass_hz: Some(100.0), ..base.clone() }),
        ("console, drive", GlueSettings { drive: 0.5, ..base }),
    ];
    for block in [64, 512] {
        println!("block {block}: ns per stereo frame at 48 kHz");
        for (name, settings) in &cases {
            print!("  {name:20}");
            for quality in [Quality::Live, Quality::Standard, Quality::High] {
                let mut glue = Glue::new();
                glue.prepare(RATE, block, 2);
                glue.reset(settings, quality);
                let mut best = f64::INFINITY;
                let (mut out_left, mut out_right) = (left.clone(), right.clone());
                for _ in 0..9 {
                    out_left.copy_from_slice(&left);
                    out_right.copy_from_slice(&right);
                    // Short stretches, the best of which no other process has interrupted.
                    for (l, r) in out_left.chunks_mut(STRETCH).zip(out_right.chunks_mut(STRETCH)) {
                        let start = Instant::now();
                        for (l, r) in l.chunks_mut(block).zip(r.chunks_mut(block)) {
                            glue.update(settings);
                            glue.process(Io { left: l, right: Some(r), sidechain: None });
                        }
                        best = best.min(start.elapsed().as_secs_f64() * 1e9 / STRETCH as f64);
                    }
                }
                print!("  {quality:?} {best:6.1}");
            }
            println!();
        }
    }
}
