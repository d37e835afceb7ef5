//! What the meter costs a frame, all readings on, beside the `ebur128` crate with all modes on: the same input, the same
//! blocks, one run. It prints and judges nothing. `cargo run --release -p shared-dsp --example meter_cost`

use shared_dsp::loudness::ProgrammeMeter;
use std::time::Instant;

const SECONDS: usize = 20;
const PASSES: usize = 7;

/// Noise under a slow swell with tones in it, hot enough to touch full scale: a programme as dense as a loud master.
fn programme(rate_hz: usize) -> [Vec<f32>; 2] {
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    let mut low = [0.0_f32; 2];
    let mut out = [Vec::new(), Vec::new()];
    for n in 0..SECONDS * rate_hz {
        let t = n as f32 / rate_hz as f32;
        let level = 0.35 + 0.25 * (t * 0.7).sin();
        let tone = (t * 220.0 * std::f32::consts::TAU).sin();
        for (channel, low) in out.iter_mut().zip(&mut low) {
            *low += 0.3 * (noise() - *low);
            channel.push((level * (1.6 * *low + 0.9 * tone)).clamp(-0.99, 0.99));
        }
    }
    out
}

/// Nanoseconds a frame, and the dearest block as a multiple of the median. Each block counts at its quickest of several
/// passes, each with a meter of its own: what is left is the meter's, not the machine's.
fn time(
    left: &[f32],
    right: &[f32],
    block: usize,
    mut pass: impl FnMut() -> Box<dyn FnMut(&[f32], &[f32])>,
) -> (f64, f64) {
    let mut blocks = vec![f64::INFINITY; left.len() / block];
    for _ in 0..PASSES {
        let mut run = pass();
        let pairs = left.chunks_exact(block).zip(right.chunks_exact(block));
        for (best, (l, r)) in blocks.iter_mut().zip(pairs) {
            let start = Instant::now();
            run(l, r);
            *best = best.min(start.elapsed().as_nanos() as f64);
        }
    }
    let total: f64 = blocks.iter().sum();
    let count = blocks.len();
    blocks.sort_by(f64::total_cmp);
    (total / (count * block) as f64, blocks[count - 1] / blocks[count / 2])
}

fn main() {
    println!("rate, block: ours ns/frame (dearest block over the median); ebur128 the same");
    for rate_hz in [44_100, 48_000, 96_000, 192_000] {
        let [left, right] = programme(rate_hz);
        for block in [64, 512] {
            let (mine, worst) = time(&left, &right, block, || {
                let mut ours = ProgrammeMeter::new(rate_hz as f64);
                Box::new(move |l, r| ours.process(l, Some(r)))
            });
            let (other, other_worst) = time(&left, &right, block, || {
                let mut theirs = ebur128::EbuR128::new(2, rate_hz as u32, ebur128::Mode::all()).expect("a rate");
                Box::new(move |l, r| theirs.add_frames_planar_f32(&[l, r]).expect("two channels"))
            });
            println!("{rate_hz:6} Hz, {block:4}: {mine:5.1} (x{worst:.1}); {other:5.1} (x{other_worst:.1})");
        }
    }
}
