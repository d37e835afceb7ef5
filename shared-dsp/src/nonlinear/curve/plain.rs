//! Means of the curves that are computed place by place: `a` is now, `b` before, `m` their mean and `d` half their difference.

use std::f32::consts::FRAC_PI_2;

use crate::nonlinear::approx::{atan_slope, cos, sinc};
use fearless_simd::prelude::*;

/// `x / sqrt(1 + x^2)`: with `s = sqrt(1 + x^2)` the mean is `(a + b) / (sa + sb)`, and `1 - s = -x^2 / (1 + s)`.
#[inline(always)]
pub(super) fn algebraic<S: Simd>(simd: S, a: S::f32s, b: S::f32s) -> S::f32s {
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
pub(super) fn square_of_algebraic<S: Simd>(simd: S, a: S::f32s, b: S::f32s) -> S::f32s {
    S::f32s::splat(simd, 1.0) - atan_slope(simd, a, b)
}

/// Parted at zero: each side has its own share of the way, bends by its own `1 - even` or `1 + even`.
#[inline(always)]
pub(super) fn sided<S: Simd>(simd: S, a: S::f32s, b: S::f32s, even: S::f32s) -> S::f32s {
    let (zero, one) = (S::f32s::splat(simd, 0.0), S::f32s::splat(simd, 1.0));
    let is_up = a.min(b).simd_ge(zero);
    if (is_up | a.max(b).simd_le(zero)).all_true() {
        // The same numbers: no way crosses zero. What is added makes a zero of less than zero.
        let bend = is_up.select(one - even, one + even);
        return algebraic::<S>(simd, bend * a, bend * b) / bend + zero;
    }
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

/// Held to the quarters of the circle, `c`; the flat rest of the way, `|x| - |c|`, counts in full.
#[inline(always)]
pub(super) fn sine<S: Simd, const WITH_EVEN: bool>(simd: S, a: S::f32s, b: S::f32s, even: S::f32s) -> S::f32s {
    let (zero, one) = (S::f32s::splat(simd, 0.0), S::f32s::splat(simd, 1.0));
    let quarter = S::f32s::splat(simd, FRAC_PI_2);
    if !WITH_EVEN && a.abs().max(b.abs()).simd_lt(quarter).all_true() {
        // The same numbers: none of the way is flat.
        let (m, d) = ((a + b) * 0.5, (a - b) * 0.5);
        return (m * sinc(simd, m * m)).mul_add(sinc(simd, d * d), -m);
    }
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
