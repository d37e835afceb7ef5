//! The anhysteretic curve of a magnetic medium: Langevin's function, antialiased.

use fearless_simd::prelude::*;

use super::approx::{expm1, ln};
use crate::simd::{self, dispatch};

/// Inputs are held within this.
const LIMIT: f32 = 1e6;
/// At least as many numbers as any vector has.
const MOST_LANES: usize = 16;
/// From here on `coth x` is 1 to all digits that count.
const FAR: f32 = 8.0;
/// Neighbours that are no further apart are averaged by quadrature at four places, others by the antiderivative;
const NEAR: f32 = 1.8;
/// at two, if they are no further apart than this.
const CLOSE: f32 = 0.2;

/// `L(x) = coth x - 1/x`, scaled to a slope of one: `f(x) = 3 L(x)`, which saturates at ±3.
///
/// Tape that is recorded with enough high-frequency bias follows it: its third harmonic falls by 2 dB with each dB (Paul
/// Langevin, *Magnétisme et théorie des électrons*, 1905; as the anhysteretic magnetisation: David Jiles and David Atherton,
/// *Theory of ferromagnetic hysteresis*, 1986). What is computed is the residual `f(x) - x`, as its mean over the straight way
/// between two neighbouring samples: antiderivative antialiasing of the first order, a delay of half a sample.
///
/// Up to 8 the curve is Lambert's continued fraction `x / (3 + x^2 / (5 + x^2 / (7 + ..)))` down to 21, which tells the residual
/// without a difference; beyond, `1 - 1/x`. Neighbours that are less than 0.2 apart are averaged by Gauss' quadrature at two
/// points (error below 1.5e-7), up to 1.8 apart at four (below 1e-7); for others the difference of the antiderivative `ln(sinh x / x)` is large enough to be
/// exact in `f32`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Langevin;

impl Langevin {
    /// The field, in the curve's own unit, at which a sine has 3 % of third harmonic: the maximum output level (MOL).
    pub const MOL_FIELD: f64 = 1.4328;
    /// How far the fundamental stands there below the small-signal line, dB.
    pub const MOL_COMPRESSION_DB: f64 = 0.797;

    /// `L(x)`, -1..1.
    #[must_use]
    pub fn value(x: f64) -> f64 {
        if x.abs() < 0.1 {
            let s = x * x;
            return x / 3.0 * (1.0 - s / 15.0 * (1.0 - 2.0 * s / 21.0 * (1.0 - s / 10.0)));
        }
        1.0 / x.tanh() - 1.0 / x
    }

    /// Amplitudes of the first and the third harmonic of `f` for a sine of this amplitude.
    #[must_use]
    pub fn harmonics(amplitude: f64) -> [f64; 2] {
        // A quarter of the wave says it all; the midpoint rule is exact for what is periodic and smooth.
        const POINTS: usize = 128;
        let mut sums = [0.0; 2];
        for n in 0..POINTS {
            let phase = std::f64::consts::FRAC_PI_2 * (n as f64 + 0.5) / POINTS as f64;
            let y = 3.0 * Self::value(amplitude * phase.sin());
            sums[0] += y * phase.sin();
            sums[1] += y * (3.0 * phase).sin();
        }
        sums.map(|sum| 2.0 * sum / POINTS as f64)
    }

    /// `L` at each place, held within ±1e6; the shorter slice rules. Realtime-safe.
    pub fn values(x: &[f32], out: &mut [f32]) {
        dispatch!(simd::level(), simd => each(simd, x, x, out, #[inline(always)] |x, _| value(simd, x)));
    }

    /// `f(x) - x` at each place, held within ±1e6; the shorter slice rules. Realtime-safe.
    pub fn residuals(x: &[f32], out: &mut [f32]) {
        dispatch!(simd::level(), simd => each(simd, x, x, out, #[inline(always)] |x, _| residual(simd, x)));
    }

    /// The mean of `f(u) - u` over the way from each frame to the next along a path of interleaved stereo frames, which is
    /// one frame longer than `out`. Error at most 6e-7 of 1, or of the residual where that is more; every place is computed
    /// by itself, so results do not depend on the cut. Realtime-safe.
    pub fn average_residuals_along(path: &[f32], out: &mut [f32]) {
        let now = path.get(2..).unwrap_or_default();
        dispatch!(simd::level(), simd => each(simd, now, path, out, #[inline(always)] |a, b| average(simd, a, b)));
    }
}

/// `law(now, before)` at every place. The last, shorter vector is filled up: it is computed as all others.
#[inline(always)]
fn each<S: Simd>(simd: S, now: &[f32], before: &[f32], out: &mut [f32], law: impl Fn(S::f32s, S::f32s) -> S::f32s) {
    let lanes = S::f32s::N;
    let count = now.len().min(before.len()).min(out.len());
    let (now, before, out) = (&now[..count], &before[..count], &mut out[..count]);
    let whole = count / lanes * lanes;
    for ((now, before), out) in now.chunks_exact(lanes).zip(before.chunks_exact(lanes)).zip(out.chunks_exact_mut(lanes))
    {
        law(load(simd, now), load(simd, before)).store_slice(out);
    }
    if whole < count {
        let mut filled = [[0.0; MOST_LANES]; 3];
        filled[0][..count - whole].copy_from_slice(&now[whole..]);
        filled[1][..count - whole].copy_from_slice(&before[whole..]);
        law(load(simd, &filled[0][..lanes]), load(simd, &filled[1][..lanes])).store_slice(&mut filled[2][..lanes]);
        out[whole..].copy_from_slice(&filled[2][..count - whole]);
    }
}

/// A vector of inputs, within the limit.
#[inline(always)]
fn load<S: Simd>(simd: S, from: &[f32]) -> S::f32s {
    let x = S::f32s::from_slice(simd, from);
    x.max(S::f32s::splat(simd, -LIMIT)).min(S::f32s::splat(simd, LIMIT))
}

#[inline(always)]
fn polynomial<S: Simd, const N: usize>(simd: S, s: S::f32s, c: [f32; N]) -> S::f32s {
    let mut sum = S::f32s::splat(simd, c[N - 1]);
    for &c in c[..N - 1].iter().rev() {
        sum = sum.mul_add(s, S::f32s::splat(simd, c));
    }
    sum
}

/// The continued fraction's denominator.
const BELOW: [f32; 6] = [1.0, 0.142_857_15, 0.004_678_362_6, 4.914_246_4e-5, 1.560_078_2e-7, 7.273_092e-11];

/// `f(x) - x = -x s P(s) / Q(s)` with `s = x^2`.
#[inline(always)]
fn residual<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const ABOVE: [f32; 5] = [0.066_666_67, 0.003_174_603_2, 3.978_199_5e-5, 1.418_253e-7, 7.273_092e-11];
    let magnitude = x.abs();
    let far = magnitude.simd_gt(S::f32s::splat(simd, FAR));
    let near = magnitude.min(S::f32s::splat(simd, FAR));
    let s = near * near;
    let above = polynomial(simd, s, ABOVE) * (s * near);
    let below = polynomial(simd, s, BELOW);
    // 3 (1 - 1/x) - x = -((x - 3) x + 3) / x.
    let above = far.select((magnitude - 3.0).mul_add(magnitude, S::f32s::splat(simd, 3.0)), above);
    let size = above / far.select(magnitude, below);
    size.copysign(-x)
}

/// `L(x)`, from the same fraction.
#[inline(always)]
fn value<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const ABOVE: [f32; 5] = [0.333_333_34, 0.025_396_826, 5.012_531e-4, 3.120_156_5e-6, 4.727_51e-9];
    let magnitude = x.abs();
    let far = magnitude.simd_gt(S::f32s::splat(simd, FAR));
    let near = magnitude.min(S::f32s::splat(simd, FAR));
    let s = near * near;
    let above = far.select(magnitude - 1.0, polynomial(simd, s, ABOVE) * near);
    (above / far.select(magnitude, polynomial(simd, s, BELOW))).copysign(x)
}

/// The mean over the way from `b` to `a`.
#[inline(always)]
fn average<S: Simd>(simd: S, a: S::f32s, b: S::f32s) -> S::f32s {
    // Gauss and Legendre's two points, on either side of the middle,
    const PLACE: f32 = 0.577_350_3;
    // and four: places, and weights (of both sides).
    const PLACES: [f32; 2] = [0.861_136_3, 0.339_981_05];
    const WEIGHTS: [f32; 2] = [0.173_927_42, 0.326_072_57];
    let (m, d) = ((a + b) * 0.5, (a - b) * 0.5);
    let way = a - b;
    let off = d * PLACE;
    let close = (residual(simd, m + off) + residual(simd, m - off)) * 0.5;
    let is_further = way.abs().simd_gt(S::f32s::splat(simd, CLOSE));
    // At a multiple of the sample rate neighbours seldom are.
    if is_further.all_false() {
        return close;
    }
    let (outer, inner) = (d * PLACES[0], d * PLACES[1]);
    let outer = residual(simd, m + outer) + residual(simd, m - outer);
    let inner = residual(simd, m + inner) + residual(simd, m - inner);
    let near = is_further.select(outer * WEIGHTS[0] + inner * WEIGHTS[1], close);
    let far = way.abs().simd_gt(S::f32s::splat(simd, NEAR));
    if far.all_false() {
        return near;
    }
    // ln(sinh x / x) is |x| and the logarithm of a number in 0..1; the difference of the magnitudes is known exactly.
    let (size_a, size_b) = (a.abs(), b.abs());
    let [over_a, _] = expm1(simd, size_a * -2.0);
    let [over_b, _] = expm1(simd, size_b * -2.0);
    let divisor = far.select(way, S::f32s::splat(simd, 1.0));
    let both = far.select(size_a + size_b, S::f32s::splat(simd, 1.0));
    let mean = (a + b) / both + (ln(simd, over_a) - ln(simd, over_b)) / divisor;
    far.select(mean * 3.0 - m, near)
}
