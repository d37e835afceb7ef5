//! The means of the residuals, free of cancellation, many places at once.
//!
//! Throughout, `a` is now, `b` is before, `m` their mean and `d` half their difference.

use std::f32::consts::FRAC_PI_2;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch};

use super::Curve;
use crate::nonlinear::approx::{asinh, asinh_over, atan_slope, cos, exp_negative, expm1_over, log1p_over, sinc};

/// Inputs are held within this: squares of squares must not overflow.
const LIMIT: f32 = 1e6;
/// At least as many numbers as any vector has.
const MOST_LANES: usize = 16;

impl Curve {
    /// The mean of `f(u) - u` over `before[i]..now[i]`, into `out[i]`; at one point where the two are equal. `even` is
    /// given for each place, or `None` where it is zero throughout. Numbers are held within ±1e6. The shortest slice
    /// rules. Error at most 4e-7 (-128 dB) of 1, or of the residual where that is more.
    ///
    /// Every place is computed by itself, in the same way wherever it lies: results do not depend on the cut.
    /// Realtime-safe.
    pub fn average_residual(self, now: &[f32], before: &[f32], even: Option<&[f32]>, out: &mut [f32]) {
        let frames = now.len().min(before.len()).min(out.len()).min(even.map_or(usize::MAX, <[f32]>::len));
        let (now, before, out) = (&now[..frames], &before[..frames], &mut out[..frames]);
        match even {
            Some(even) => {
                let even = &even[..frames];
                dispatch!(Level::new(), simd => run(simd, self, Even::Each(even), now, before, out));
            }
            None => dispatch!(Level::new(), simd => run(simd, self, Even::None, now, before, out)),
        }
    }
}

/// How much of the even part.
#[derive(Clone, Copy)]
enum Even<'a> {
    None,
    Each(&'a [f32]),
}

/// All slices have one length.
#[inline(always)]
fn run<S: Simd>(simd: S, curve: Curve, even: Even<'_>, now: &[f32], before: &[f32], out: &mut [f32]) {
    match (curve, even) {
        (Curve::Sine, Even::None) => each(
            simd,
            now,
            before,
            now,
            out,
            #[inline(always)]
            |a, b, _| sine::<S, false>(simd, a, b, a),
        ),
        (Curve::Sine, Even::Each(e)) => each(
            simd,
            now,
            before,
            e,
            out,
            #[inline(always)]
            |a, b, e| sine::<S, true>(simd, a, b, e),
        ),
        (Curve::Tanh, Even::None) => each(
            simd,
            now,
            before,
            now,
            out,
            #[inline(always)]
            |a, b, _| tanh::<S, false>(simd, a, b, a),
        ),
        (Curve::Tanh, Even::Each(e)) => each(
            simd,
            now,
            before,
            e,
            out,
            #[inline(always)]
            |a, b, e| tanh::<S, true>(simd, a, b, e),
        ),
        (Curve::Algebraic | Curve::Sided, Even::None) => {
            each(
                simd,
                now,
                before,
                now,
                out,
                #[inline(always)]
                |a, b, _| algebraic::<S>(simd, a, b),
            );
        }
        (Curve::Algebraic, Even::Each(e)) => each(
            simd,
            now,
            before,
            e,
            out,
            #[inline(always)]
            |a, b, e| e.mul_add(square_of_algebraic::<S>(simd, a, b), algebraic::<S>(simd, a, b)),
        ),
        (Curve::Asinh, Even::None) => each(
            simd,
            now,
            before,
            now,
            out,
            #[inline(always)]
            |a, b, _| asinh_average::<S>(simd, a, b),
        ),
        (Curve::Asinh, Even::Each(e)) => each(
            simd,
            now,
            before,
            e,
            out,
            #[inline(always)]
            |a, b, e| e.mul_add(square_of_algebraic::<S>(simd, a, b), asinh_average::<S>(simd, a, b)),
        ),
        (Curve::Sided, Even::Each(e)) => each(
            simd,
            now,
            before,
            e,
            out,
            #[inline(always)]
            |a, b, e| sided::<S>(simd, a, b, e),
        ),
    }
}

/// `average(now, before, even)` at every place. The last, shorter vector is filled up: it is computed as all others.
///
/// Everything down to the single operation must be inlined: only here does the compiler know which vectors there are. A
/// closure is not, unless it is told to.
#[inline(always)]
fn each<S: Simd>(
    simd: S,
    now: &[f32],
    before: &[f32],
    even: &[f32],
    out: &mut [f32],
    average: impl Fn(S::f32s, S::f32s, S::f32s) -> S::f32s,
) {
    let lanes = S::f32s::N;
    let whole = now.len() / lanes * lanes;
    let inputs = now.chunks_exact(lanes).zip(before.chunks_exact(lanes)).zip(even.chunks_exact(lanes));
    for (((now, before), even), out) in inputs.zip(out.chunks_exact_mut(lanes)) {
        let (a, b) = (load(simd, now), load(simd, before));
        average(a, b, S::f32s::from_slice(simd, even)).store_slice(out);
    }
    if whole < now.len() {
        let left = now.len() - whole;
        let (now, before, even) = (filled(&now[whole..]), filled(&before[whole..]), filled(&even[whole..]));
        let (a, b) = (load(simd, &now[..lanes]), load(simd, &before[..lanes]));
        let mut last = [0.0; MOST_LANES];
        average(a, b, S::f32s::from_slice(simd, &even[..lanes])).store_slice(&mut last[..lanes]);
        out[whole..].copy_from_slice(&last[..left]);
    }
}

fn filled(from: &[f32]) -> [f32; MOST_LANES] {
    let mut all = [0.0; MOST_LANES];
    all[..from.len()].copy_from_slice(from);
    all
}

/// A vector of inputs, within the limit.
#[inline(always)]
fn load<S: Simd>(simd: S, from: &[f32]) -> S::f32s {
    let x = S::f32s::from_slice(simd, from);
    x.max(S::f32s::splat(simd, -LIMIT)).min(S::f32s::splat(simd, LIMIT))
}

/// `x / sqrt(1 + x^2)`: with `s = sqrt(1 + x^2)` the mean is `(a + b) / (sa + sb)`, and `1 - s = -x^2 / (1 + s)`.
#[inline(always)]
fn algebraic<S: Simd>(simd: S, a: S::f32s, b: S::f32s) -> S::f32s {
    let one = S::f32s::splat(simd, 1.0);
    let (aa, bb) = (a * a, b * b);
    let (sa, sb) = ((aa + 1.0).sqrt(), (bb + 1.0).sqrt());
    let (ta, tb) = (one + sa, one + sb);
    // Both quotients over one denominator: a division less.
    let bent = (aa * tb + bb * ta) * (a + b);
    bent * -0.5 / ((sa + sb) * (ta * tb))
}

/// `x^2 / (1 + x^2)`, which is 1 less the slope of the arc tangent.
#[inline(always)]
fn square_of_algebraic<S: Simd>(simd: S, a: S::f32s, b: S::f32s) -> S::f32s {
    S::f32s::splat(simd, 1.0) - atan_slope(simd, a, b)
}

/// Parted at zero: each side has its own share of the way, bends by its own `1 - even` or `1 + even`.
#[inline(always)]
fn sided<S: Simd>(simd: S, a: S::f32s, b: S::f32s, even: S::f32s) -> S::f32s {
    let (zero, one) = (S::f32s::splat(simd, 0.0), S::f32s::splat(simd, 1.0));
    let way = a - b;
    let still = way.simd_eq(zero);
    let divisor = still.select(one, way);
    let (a_up, b_up) = (a.max(zero), b.max(zero));
    let (a_down, b_down) = (a.min(zero), b.min(zero));
    let above = still.select(a.simd_gt(zero).select(one, zero), (a_up - b_up) / divisor);
    let (bend_up, bend_down) = (one - even, one + even);
    let up = algebraic::<S>(simd, bend_up * a_up, bend_up * b_up) / bend_up;
    let down = algebraic::<S>(simd, bend_down * a_down, bend_down * b_down) / bend_down;
    above.mul_add(up, (one - above) * down)
}

/// The antiderivative of tanh is `|x| + ln(1 + e^-2|x|)` up to a constant. With `D = |a| - |b| >= 0` (else they change
/// places) and `w = e^-2|b| / (1 + e^-2|b|)`, its difference is `D (1 - 2 w phi l)`, `phi = (e^-2D - 1) / -2D` and `l` the
/// `ln(1 + x) / x` of `x = w (e^-2D - 1)`, which lies in -1/2..0.
#[inline(always)]
fn tanh<S: Simd, const WITH_EVEN: bool>(simd: S, a: S::f32s, b: S::f32s, even: S::f32s) -> S::f32s {
    let (zero, one) = (S::f32s::splat(simd, 0.0), S::f32s::splat(simd, 1.0));
    let way = a - b;
    let (larger, smaller) = (a.abs().max(b.abs()), a.abs().min(b.abs()));
    let exp = exp_negative(simd, smaller * -2.0);
    let weight = exp / (one + exp);
    let apart = larger - smaller;
    let exp_apart = exp_negative(simd, apart * -2.0);
    let phi = expm1_over(simd, apart * -2.0, exp_apart);
    let x = weight * (exp_apart - one);
    let rise = one - weight * 2.0 * phi * log1p_over(simd, x);
    // D over the way: the sign on one side of zero, less than that across it.
    let sum = a + b;
    let same_side = (a * b).simd_gt(zero);
    let length = way.abs();
    let length = length.simd_gt(zero).select(length, one);
    let share = same_side.select(one, apart / length).copysign(sum);
    let odd = share * rise - sum * 0.5;
    if !WITH_EVEN {
        return odd;
    }
    // tanh^2 is 1 less the slope of tanh, (tanh a - tanh b) / (a - b) = tanh(a - b) / (a - b) (1 - tanh a tanh b).
    let way = way.abs();
    let exp_way = exp_negative(simd, way * -2.0);
    let tanh_over = expm1_over(simd, way * -2.0, exp_way) * 2.0 / (one + exp_way);
    let exp_larger = exp_negative(simd, larger * -2.0);
    let product = (one - exp) * (one - exp_larger) / ((one + exp) * (one + exp_larger));
    let product = same_side.select(product, -product);
    even.mul_add(one - tanh_over * (one - product), odd)
}

/// Held to the quarters of the circle, `c`; the flat rest of the way, `|x| - |c|`, counts in full.
#[inline(always)]
fn sine<S: Simd, const WITH_EVEN: bool>(simd: S, a: S::f32s, b: S::f32s, even: S::f32s) -> S::f32s {
    let (zero, one) = (S::f32s::splat(simd, 0.0), S::f32s::splat(simd, 1.0));
    let quarter = S::f32s::splat(simd, FRAC_PI_2);
    let way = a - b;
    let (ca, cb) = (a.max(-quarter).min(quarter), b.max(-quarter).min(quarter));
    let still = way.simd_eq(zero);
    let divisor = still.select(one, way);
    // The share of the way that is not flat.
    let bent = still.select(a.abs().simd_lt(quarter).select(one, zero), (ca - cb) / divisor);
    // Differences of |x| - |c| round, and a short way would make much of it: on one side of zero the rest is known.
    let same_side = (a * b).simd_gt(zero);
    let across = ((a.abs() - ca.abs()) - (b.abs() - cb.abs())) / divisor;
    let flat = (same_side | still).select((one - bent).copysign(a), across);
    let (m, d) = ((ca + cb) * 0.5, (ca - cb) * 0.5);
    let sin_m = m * sinc(simd, m * m);
    let dd = d * d;
    let sinc_d = sinc(simd, dd);
    // The mean over the bent share, from its own middle: sin m - m is what is left of it, without the sum's rounding.
    let odd = (bent * sin_m).mul_add(sinc_d, flat - (a + b) * 0.5);
    if !WITH_EVEN {
        return odd;
    }
    // sin^2 = (1 - cos 2x) / 2, and 1 on the flat.
    let cos_twice_m = one - sin_m * sin_m * 2.0;
    let square = (one - cos_twice_m * (sinc_d * cos(simd, dd))) * 0.5;
    even.mul_add(bent.mul_add(square - one, one), odd)
}

/// The antiderivative of asinh is `x asinh x - sqrt(1 + x^2)`.
#[inline(always)]
fn asinh_average<S: Simd>(simd: S, a: S::f32s, b: S::f32s) -> S::f32s {
    let (zero, one) = (S::f32s::splat(simd, 0.0), S::f32s::splat(simd, 1.0));
    let (sa, sb) = (a.mul_add(a, one).sqrt(), b.mul_add(b, one).sqrt());
    let sum = a + b;
    // (asinh a - asinh b) / (a - b) is asinh(D) / (a - b), D = a sb - b sa. On one side of zero that difference cancels;
    // D / (a - b) is (a + b) / (a sb + b sa) there.
    let same_side = (a * b).simd_gt(zero);
    let way = a - b;
    let (plus, minus) = (a * sb + b * sa, a * sb - b * sa);
    let over_way = same_side.select(sum, minus) / same_side.select(plus, way.simd_eq(zero).select(one, way));
    let difference = same_side.select(over_way * way, minus);
    let slope = over_way * asinh_over(simd, difference);
    let mean = (asinh(simd, a, sa) + asinh(simd, b, sb)) * 0.5;
    let both_zero = way.simd_eq(zero) & !same_side;
    let correction = sum * (slope * 0.5 - one / (sa + sb));
    mean + both_zero.select(zero, correction) - sum * 0.5
}
