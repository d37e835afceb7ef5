//! Magnetisation with a memory: what a medium does that is recorded with too little bias.

use fearless_simd::prelude::*;

use super::approx::expm1;
use super::langevin::Langevin;
use super::residual::StereoFrame;
use crate::simd::{self, dispatch};

/// The pinning parameter over the Langevin parameter, k / a.
const PINNING: f64 = 27.0 / 22.0;
/// The reversible share of the susceptibility, c.
const REVERSIBLE: f64 = 0.17;
const IRREVERSIBLE: f32 = (1.0 - REVERSIBLE) as f32;
/// Growth of the small-signal gain with amplitude, of the steady loop (measured on this solver: tests/nonlinear_magnetic.rs).
const GROWTH: f64 = 0.145;
/// Numbers that are prepared in vectors at once, and room to fill up the last one.
const STRETCH: usize = 64;
const MOST_LANES: usize = 16;

/// Jiles and Atherton's hysteresis (*Theory of ferromagnetic hysteresis*, 1986) about [`Langevin`]'s curve, of two channels.
///
/// With the field `h` in the curve's own unit, the deviation `e = L(h) - m` of the magnetisation obeys `de/dr = (1 - c) dL/dr -
/// e / k` along the way `r = |h|` where the walls move, and `de = (1 - c) dL` where they do not (on the way back, until `e`
/// is zero). The law knows no time, so there is nothing to integrate over it: with the mean slope of `L` over a step, `e`
/// moves exponentially and each step is exact, however large. From that follow bounds for any input: `m` moves only in the
/// direction of the field and never beyond `L`, so every loop takes energy. The domains' coupling, 2.5 % of the field at the
/// published values, is left out: with it `L` would depend on `m`.
///
/// `k / a` = 27 / 22 and `c` = 0.17: the values of Jatin Chowdhury, *Real-time physical modelling for analog tape machines*,
/// DAFx-19.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Hysteresis {
    deviation: StereoFrame,
}

impl Hysteresis {
    /// On the anhysteretic curve. Realtime-safe.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// The gain of a sine of this amplitude, small against 1, over that of the curve without hysteresis.
    #[must_use]
    pub fn small_gain(amplitude: f64) -> f64 {
        REVERSIBLE + GROWTH * amplitude.min(1.0)
    }

    /// The magnetisation, -1..1, at every frame of a path of interleaved stereo frames, whose first frame is the last one of
    /// before. Slices of one length. Any split gives the same numbers. Realtime-safe.
    pub fn follow(&mut self, path: &[f32], out: &mut [f32]) {
        let count = path.len().min(out.len());
        let (path, out) = (&path[..count], &mut out[..count]);
        Langevin::values(path, out);
        let Some(steps) = count.checked_sub(2) else { return };
        let mut prepared = [[0.0; STRETCH + MOST_LANES]; 2];
        let mut last = [out[0], out[1]];
        out[0] -= self.deviation[0];
        out[1] -= self.deviation[1];
        for start in (0..steps).step_by(STRETCH) {
            let length = STRETCH.min(steps - start);
            let path = &path[start..start + length + 2];
            dispatch!(simd::level(), simd => decays(simd, path, length, &mut prepared));
            let [lost, mean] = &prepared;
            for (at, m) in out[start + 2..start + 2 + length].chunks_exact_mut(2).enumerate() {
                for ch in 0..2 {
                    let place = 2 * at + ch;
                    let change = path[place + 2] - path[place];
                    let curve = m[ch];
                    let moved = IRREVERSIBLE * (curve - last[ch]);
                    last[ch] = curve;
                    let e = self.deviation[ch];
                    let freed = e + moved;
                    let up = if change < 0.0 { -1.0 } else { 1.0 };
                    self.deviation[ch] = if e * up >= 0.0 {
                        e + e * lost[place] + moved * mean[place]
                    } else if freed * up <= 0.0 || moved == 0.0 {
                        freed
                    } else {
                        // The rest of the way, from where the walls begin to move.
                        let rest = change.abs() / PINNING as f32 * (freed / moved);
                        freed * decayed_mean(rest)
                    };
                    m[ch] = curve - self.deviation[ch];
                }
            }
        }
    }
}

/// `(1 - e^-r) / r`.
fn decayed_mean(r: f32) -> f32 {
    if r > 1e-6 { -(-r).exp_m1() / r } else { 1.0 }
}

/// For each step `e^-r - 1` and `(1 - e^-r) / r`, `r` its length over `k`.
#[inline(always)]
fn decays<S: Simd>(simd: S, path: &[f32], length: usize, out: &mut [[f32; STRETCH + MOST_LANES]; 2]) {
    let lanes = S::f32s::N;
    let mut steps = [0.0; STRETCH + MOST_LANES];
    for (step, pair) in steps.iter_mut().zip(path.windows(3)).take(length) {
        *step = -(pair[2] - pair[0]).abs() / PINNING as f32;
    }
    for at in (0..length).step_by(lanes) {
        let [mean, lost] = expm1(simd, S::f32s::from_slice(simd, &steps[at..at + lanes]));
        lost.store_slice(&mut out[0][at..at + lanes]);
        mean.store_slice(&mut out[1][at..at + lanes]);
    }
}
