//! What an antialiased hard clip costs beside naive oversampling of the same curve, and what each leaves of aliases: one
//! run, one signal. It prints and judges nothing. `cargo run --release -p shared-dsp --example antialiasing_cost`
//!
//! The aliases are the rms sum of every bin up to 20 kHz that is no harmonic, below the fundamental, for a full-scale
//! sine driven by 12 dB into a ceiling of 0 dBFS at 48 kHz.

mod alias_table;

use alias_table::{Method, Named, RATE_HZ};
use shared_dsp::Quality;
use shared_dsp::nonlinear::{Clip, ClipCurve, ClipSettings, ResidualPath, Route, Shaped};
use shared_dsp::oversampling::{Factor, Oversampler, Phase};

const DRIVE: f32 = 3.981_071_7;
const BLOCK: usize = 64;

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
    let methods: [Named; 8] = [
        ("naive, 1x", || naive(Factor::X1)),
        ("naive, 2x", || naive(Factor::X2)),
        ("naive, 4x", || naive(Factor::X4)),
        ("naive, 8x", || naive(Factor::X8)),
        ("naive, 16x", || naive(Factor::X16)),
        ("ours, Off", || ours(Quality::Off)),
        ("ours, Live", || ours(Quality::Live)),
        ("ours, Standard", || ours(Quality::Standard)),
    ];
    alias_table::print("hard clip", DRIVE, 24, BLOCK, &methods);
}
