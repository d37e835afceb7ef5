//! What the true-peak limiter costs, whole and in parts: ns per stereo frame at 48 kHz, the least of many passes.

use std::time::Instant;

use shared_dsp::dynamics::{AttackShape, FinePeaks, LimiterControls, MeterTrim, SustainedTimes, TruePeakLimiter};

const RATE_HZ: f64 = 48_000.0;
const FRAMES: usize = 48_000;
const BLOCK: usize = 64;
const PASSES: usize = 15;

/// Hits over a body, peaks at full scale.
fn music() -> Vec<[f32; 2]> {
    let mut state = 1_u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..FRAMES)
        .map(|n| {
            let t = n as f32 / RATE_HZ as f32;
            let since = t % 0.125;
            let kick = (-since / 0.06).exp() * (314.0 * since).sin();
            let snare = 0.5 * (-since / 0.03).exp();
            let body = 0.1 * (345.0 * t).sin() + 0.1 * (1400.0 * t).sin();
            [0.6 * kick + snare * random() + body, 0.6 * kick + snare * random() + body]
        })
        .collect()
}

fn least_ns(mut pass: impl FnMut(usize) -> f64) -> f64 {
    (0..PASSES).map(&mut pass).fold(f64::INFINITY, f64::min) / FRAMES as f64 * 1e9
}

fn at_level(input: &[[f32; 2]], db: f32) -> Vec<[f32; 2]> {
    let gain = 10_f32.powf(db / 20.0);
    input.iter().map(|frame| frame.map(|x| x * gain)).collect()
}

fn main() {
    let controls = LimiterControls {
        peak_link: 1.0,
        sustain_link: 1.0,
        hit_hold_s: 0.001,
        hold_s: 0.012,
        times: SustainedTimes { hit_release_s: 0.02, attack_s: 0.06, release_s: 0.07, slow: Some((2.5, 0.7)) },
    };
    let smooth = AttackShape { smooth: 1.0, late: 0.0, straight: 0.0 };
    let music = music();
    let scenes = [("limiting, +9 dB", 9.0), ("limiting, +3 dB", 3.0), ("6 dB below", -6.0), ("15 dB below", -15.0)];
    for (name, db) in scenes {
        let input = at_level(&music, db);
        for look_ahead in [48, 96, 480] {
            let mut unit = TruePeakLimiter::new(RATE_HZ, 480, controls);
            unit.select(look_ahead, 1.0, controls);
            let mut frames = input.clone();
            let (mut ceilings, mut reductions) = ([1.0_f32; BLOCK], [[0.0_f32; 2]; BLOCK]);
            let ns = least_ns(|_| {
                frames.copy_from_slice(&input);
                let start = Instant::now();
                for frames in frames.chunks_mut(BLOCK) {
                    ceilings.fill(1.0);
                    let count = frames.len();
                    unit.process(frames, None, &mut ceilings[..count], &[smooth], &mut reductions[..count]);
                }
                start.elapsed().as_secs_f64()
            });
            println!("  {name:<16} look-ahead {look_ahead:>3} samples: {ns:>6.1} ns/frame");
        }
        let mut fine = FinePeaks::new();
        let mut peaks = [[0.0_f32; 2]; BLOCK];
        let fine_ns = least_ns(|_| {
            let start = Instant::now();
            for frames in input.chunks(BLOCK) {
                fine.process(frames, &[1.0; BLOCK][..frames.len()], &mut peaks[..frames.len()]);
                std::hint::black_box(&mut peaks);
            }
            start.elapsed().as_secs_f64()
        });
        let mut trim = MeterTrim::new(RATE_HZ);
        let held: Vec<[f32; 2]> = input.iter().map(|frame| frame.map(|x| x.clamp(-0.99, 0.99))).collect();
        let mut frames = held.clone();
        let (mut ceilings, mut trims) = ([1.0_f32; BLOCK], [0.0_f64; BLOCK]);
        let trim_ns = least_ns(|_| {
            frames.copy_from_slice(&held);
            let start = Instant::now();
            for frames in frames.chunks_mut(BLOCK) {
                let count = frames.len();
                trim.process(frames, &mut ceilings[..count], &mut trims[..count]);
            }
            start.elapsed().as_secs_f64()
        });
        println!("  {name:<16} the fine detector alone {fine_ns:.1}, the meters' trim alone {trim_ns:.1} ns/frame");
    }
}
