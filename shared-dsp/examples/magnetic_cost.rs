//! What a magnetic medium costs and leaves of aliases: Langevin's curve and the hysteresis of ours, beside the same equations of
//! hysteresis solved by Runge and Kutta's fourth-order step, as open models do. One run, one signal. It prints and judges
//! nothing. `cargo run --release -p shared-dsp --example magnetic_cost`
//!
//! The aliases are the rms sum of every bin up to 20 kHz that is no harmonic, below the fundamental, for sines whose field peaks
//! at 4 (9 dB over 3 % of third harmonic) at 48 kHz.

mod alias_table;

use shared_dsp::Quality;
use shared_dsp::nonlinear::{
    COMPLETION_DELAY_TOP_SAMPLES, COMPLETION_MEMORY, Hysteresis, Langevin, ResidualPath, Route, Shaped,
    complete_averages,
};
use shared_dsp::oversampling::{Factor, Oversampler, Phase};

use alias_table::{Method, Named, RATE_HZ};

const FIELD: f32 = 4.0;
const BLOCK: usize = 32;
const MOST_TOP: usize = 16 * BLOCK;
/// Pinning over the Langevin parameter, and the reversible share: those of [`Hysteresis`].
const PINNING: f64 = 27.0 / 22.0;
const REVERSIBLE: f64 = 0.17;

/// The slope of the magnetisation over a field that goes up or down.
fn slope(field: f64, magnetisation: f64, direction: f64) -> f64 {
    let (curve, curve_slope) = if field.abs() < 1e-3 {
        (field / 3.0, 1.0 / 3.0)
    } else {
        let coth = 1.0 / field.tanh();
        (coth - 1.0 / field, 1.0 / (field * field) - coth * coth + 1.0)
    };
    let off = curve - magnetisation;
    let moved = if off * direction > 0.0 { off * direction / PINNING } else { 0.0 };
    moved + REVERSIBLE * curve_slope
}

fn runge_kutta(factor: Factor) -> Method {
    let mut oversampler = Oversampler::<f32, 2>::new(factor, Phase::Linear);
    let mut state = [[0.0_f64; 2]; 2];
    Box::new(move |frames| {
        oversampler.process_frames(frames, |top| {
            for frame in top {
                for (x, [field, m]) in frame.iter_mut().zip(&mut state) {
                    let next = f64::from(*x);
                    let (way, direction) = (next - *field, if next < *field { -1.0 } else { 1.0 });
                    let middle = *field + 0.5 * way;
                    let k1 = way * slope(*field, *m, direction);
                    let k2 = way * slope(middle, *m + 0.5 * k1, direction);
                    let k3 = way * slope(middle, *m + 0.5 * k2, direction);
                    let k4 = way * slope(next, *m + k3, direction);
                    *m += (k1 + 2.0 * (k2 + k3) + k4) / 6.0;
                    *field = next;
                    *x = (3.0 * *m) as f32;
                }
            }
        });
    })
}

/// What a law makes of a path of frames, the first of which is the last one of before, into residuals.
fn ours(quality: Quality, mut law: impl FnMut(&[f32], &mut [f32]) + 'static) -> Method {
    let mut path = ResidualPath::new();
    path.select(Route::of(quality, Factor::X16, RATE_HZ), COMPLETION_DELAY_TOP_SAMPLES);
    let (mut driven, mut residual) = (vec![[0.0; 2]; BLOCK], vec![[0.0; 2]; BLOCK]);
    let mut field = vec![0.0_f32; 2 + 2 * MOST_TOP];
    let mut averaged = vec![[0.0_f32; 2]; COMPLETION_MEMORY + MOST_TOP];
    Box::new(move |frames| {
        let (driven, residual) = (&mut driven[..frames.len()], &mut residual[..frames.len()]);
        driven.copy_from_slice(frames);
        path.process(frames, driven, residual, |top, out| {
            let wide = 2 * top.len();
            field[2..2 + wide].copy_from_slice(top.as_flattened());
            let averages = &mut averaged[COMPLETION_MEMORY..COMPLETION_MEMORY + top.len()];
            law(&field[..2 + wide], averages.as_flattened_mut());
            complete_averages(&averaged[..COMPLETION_MEMORY + top.len()], out);
            field.copy_within(wide..wide + 2, 0);
            averaged.copy_within(top.len()..top.len() + COMPLETION_MEMORY, 0);
            Shaped::Residual
        });
        for (frame, residual) in frames.iter_mut().zip(residual.iter()) {
            *frame = [frame[0] + residual[0], frame[1] + residual[1]];
        }
    })
}

fn curve(quality: Quality) -> Method {
    ours(quality, Langevin::average_residuals_along)
}

fn hysteresis(quality: Quality) -> Method {
    let mut unit = Hysteresis::default();
    let mut trace = vec![0.0_f32; 2 + 2 * MOST_TOP];
    ours(quality, move |field, out| {
        let trace = &mut trace[..field.len()];
        unit.follow(field, trace);
        for (n, out) in out.iter_mut().enumerate() {
            *out = 0.5 * (3.0 * (trace[n] + trace[n + 2]) - field[n] - field[n + 2]);
        }
    })
}

fn main() {
    let methods: [Named; 10] = [
        ("RK4, 2x", || runge_kutta(Factor::X2)),
        ("RK4, 4x", || runge_kutta(Factor::X4)),
        ("RK4, 8x", || runge_kutta(Factor::X8)),
        ("RK4, 16x", || runge_kutta(Factor::X16)),
        ("curve, Live", || curve(Quality::Live)),
        ("curve, Standard", || curve(Quality::Standard)),
        ("curve, High", || curve(Quality::High)),
        ("memory, Live", || hysteresis(Quality::Live)),
        ("memory, Standard", || hysteresis(Quality::Standard)),
        ("memory, High", || hysteresis(Quality::High)),
    ];
    alias_table::print("magnetisation", FIELD, 12, BLOCK, &methods);
}
