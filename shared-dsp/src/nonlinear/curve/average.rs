//! The means of the residuals, free of cancellation, many places at once.
//!
//! Throughout, `a` is now, `b` is before, `m` their mean and `d` half their difference.

use std::f32::consts::FRAC_PI_2;

use crate::simd::{self, dispatch};
use fearless_simd::prelude::*;

use super::SaturationCurve;
use crate::nonlinear::approx::{asinh, asinh_over, atan_slope, cos, exp_negative, expm1, log1p_over, polynomial, sinc};

/// Inputs are held within this: squares of squares must not overflow.
const LIMIT: f32 = 1e6;
/// At least as many numbers as any vector has.
const MOST_LANES: usize = 16;

impl SaturationCurve {
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
                dispatch!(simd::level(), simd => run(simd, self, Even::Each(even), now, before, out));
            }
            None => dispatch!(simd::level(), simd => run(simd, self, Even::None, now, before, out)),
        }
    }

    /// The same along a path of interleaved stereo frames that is one frame longer than `out`: the means over the ways from
    /// each frame to the next. Where neighbours share dear parts, these are computed once. The same bits. Realtime-safe.
    pub fn average_residual_along(self, path: &[f32], even: Option<&[f32]>, out: &mut [f32]) {
        let count = path.len().saturating_sub(2).min(out.len()).min(even.map_or(usize::MAX, <[f32]>::len));
        let (path, out) = (&path[..path.len().min(count + 2)], &mut out[..count]);
        if count == 0 {
            return;
        }
        if !matches!(self, Self::Tanh | Self::Asinh) {
            return self.average_residual(&path[2..], path, even, out);
        }
        let even = even.map_or(Even::None, |even| Even::Each(&even[..count]));
        dispatch!(simd::level(), simd => run_along(simd, self, even, path, out));
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
fn run<S: Simd>(simd: S, curve: SaturationCurve, even: Even<'_>, now: &[f32], before: &[f32], out: &mut [f32]) {
    match (curve, even) {
        (SaturationCurve::Sine, Even::None) => each(
            simd,
            now,
            before,
            now,
            out,
            #[inline(always)]
            |a, b, _| sine::<S, false>(simd, a, b, a),
        ),
        (SaturationCurve::Sine, Even::Each(e)) => each(
            simd,
            now,
            before,
            e,
            out,
            #[inline(always)]
            |a, b, e| sine::<S, true>(simd, a, b, e),
        ),
        (SaturationCurve::Tanh, Even::None) => each(
            simd,
            now,
            before,
            now,
            out,
            #[inline(always)]
            |a, b, _| tanh_whole::<S, false>(simd, a, b, a),
        ),
        (SaturationCurve::Tanh, Even::Each(e)) => each(
            simd,
            now,
            before,
            e,
            out,
            #[inline(always)]
            |a, b, e| tanh_whole::<S, true>(simd, a, b, e),
        ),
        (SaturationCurve::Algebraic | SaturationCurve::Sided, Even::None) => {
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
        (SaturationCurve::Algebraic, Even::Each(e)) => each(
            simd,
            now,
            before,
            e,
            out,
            #[inline(always)]
            |a, b, e| e.mul_add(square_of_algebraic::<S>(simd, a, b), algebraic::<S>(simd, a, b)),
        ),
        (SaturationCurve::Asinh, Even::None) => each(
            simd,
            now,
            before,
            now,
            out,
            #[inline(always)]
            |a, b, _| asinh_whole::<S, false>(simd, a, b, a),
        ),
        (SaturationCurve::Asinh, Even::Each(e)) => each(
            simd,
            now,
            before,
            e,
            out,
            #[inline(always)]
            |a, b, e| asinh_whole::<S, true>(simd, a, b, e),
        ),
        (SaturationCurve::Sided, Even::Each(e)) => each(
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

/// So many as there are, and zeros.
fn filled(from: &[f32]) -> [f32; MOST_LANES] {
    let mut all = [0.0; MOST_LANES];
    let from = &from[..from.len().min(MOST_LANES)];
    all[..from.len()].copy_from_slice(from);
    all
}

/// A vector of inputs, within the limit.
#[inline(always)]
fn load<S: Simd>(simd: S, from: &[f32]) -> S::f32s {
    held(simd, S::f32s::from_slice(simd, from))
}

#[inline(always)]
fn held<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
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

/// A sample and what it brings to both of its means, the dear parts of them: `e^-2|x|` and that over 1 more of it, of tanh;
/// `sqrt(1 + x^2)` and `asinh x`.
#[derive(Clone, Copy)]
struct Point<S: Simd> {
    x: S::f32s,
    parts: [S::f32s; 2],
}

impl<S: Simd> Point<S> {
    #[inline(always)]
    fn tanh(simd: S, x: S::f32s) -> Self {
        let exp = exp_negative(simd, x.abs() * -2.0);
        Self { x, parts: [exp, exp / (exp + 1.0)] }
    }

    #[inline(always)]
    fn asinh(simd: S, x: S::f32s) -> Self {
        let root = x.mul_add(x, S::f32s::splat(simd, 1.0)).sqrt();
        Self { x, parts: [root, asinh(simd, x, root)] }
    }

    /// The points from a place on.
    #[inline(always)]
    fn read(simd: S, xs: &[f32], parts: &[[f32; STRETCH_ROOM]; 2], at: usize) -> Self {
        let lanes = S::f32s::N;
        let x = S::f32s::from_slice(simd, &xs[at..at + lanes]);
        let first = S::f32s::from_slice(simd, &parts[0][at..at + lanes]);
        let second = S::f32s::from_slice(simd, &parts[1][at..at + lanes]);
        Self { x, parts: [first, second] }
    }
}

/// The antiderivative of tanh is `|x| + ln(1 + e^-2|x|)` up to a constant. With `D = |a| - |b| >= 0` (else they change
/// places) and `w = e^-2|b| / (1 + e^-2|b|)`, its difference is `D (1 - 2 w phi l)`, `phi = (e^-2D - 1) / -2D` and `l` the
/// `ln(1 + x) / x` of `x = w (e^-2D - 1)`, which lies in -1/2..0.
#[inline(always)]
fn tanh<S: Simd, const WITH_EVEN: bool>(simd: S, now: Point<S>, before: Point<S>, even: S::f32s) -> S::f32s {
    let (zero, one) = (S::f32s::splat(simd, 0.0), S::f32s::splat(simd, 1.0));
    let (a, b, [exp_a, weight_a], [exp_b, weight_b]) = (now.x, before.x, now.parts, before.parts);
    let way = a - b;
    let apart = a.abs().max(b.abs()) - a.abs().min(b.abs());
    // The smaller has the larger weight.
    let weight = weight_a.max(weight_b);
    let [phi, fall] = expm1(simd, apart * -2.0);
    let rise = one - weight * 2.0 * phi * log1p_over(simd, weight * fall);
    // D over the way: the sign on one side of zero, less than that across it.
    let sum = a + b;
    let same_side = (a * b).simd_gt(zero);
    let is_plain = same_side.all_true();
    let share = if is_plain {
        one
    } else {
        let length = way.abs();
        let length = length.simd_gt(zero).select(length, one);
        same_side.select(one, apart / length)
    };
    let odd = share.copysign(sum) * rise - sum * 0.5;
    if !WITH_EVEN {
        return odd;
    }
    // tanh^2 is 1 less the slope of tanh, (tanh a - tanh b) / (a - b) = tanh(a - b) / (a - b) (1 - tanh a tanh b).
    let [phi, fall] = if is_plain { [phi, fall] } else { expm1(simd, way.abs() * -2.0) };
    let tanh_over = phi * 2.0 / (fall + 2.0);
    let product = (one - exp_a) * (one - exp_b) / ((one + exp_a) * (one + exp_b));
    let product = same_side.select(product, -product);
    even.mul_add(one - tanh_over * (one - product), odd)
}

/// Held to the quarters of the circle, `c`; the flat rest of the way, `|x| - |c|`, counts in full.
#[inline(always)]
fn sine<S: Simd, const WITH_EVEN: bool>(simd: S, a: S::f32s, b: S::f32s, even: S::f32s) -> S::f32s {
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

/// The antiderivative of asinh is `x asinh x - sqrt(1 + x^2)`.
#[inline(always)]
fn asinh_average<S: Simd, const WITH_EVEN: bool>(simd: S, now: Point<S>, before: Point<S>, even: S::f32s) -> S::f32s {
    let (zero, one) = (S::f32s::splat(simd, 0.0), S::f32s::splat(simd, 1.0));
    let (a, [sa, asinh_a], b, [sb, asinh_b]) = (now.x, now.parts, before.x, before.parts);
    let sum = a + b;
    // (asinh a - asinh b) / (a - b) is asinh(D) / (a - b), D = a sb - b sa. On one side of zero that difference cancels;
    // D / (a - b) is (a + b) / (a sb + b sa) there.
    let same_side = (a * b).simd_gt(zero);
    let way = a - b;
    let (plus, minus) = (a * sb + b * sa, a * sb - b * sa);
    let over_way = same_side.select(sum, minus) / same_side.select(plus, way.simd_eq(zero).select(one, way));
    let difference = same_side.select(over_way * way, minus);
    let slope = over_way * asinh_over(simd, difference);
    let mean = (asinh_a + asinh_b) * 0.5;
    let both_zero = way.simd_eq(zero) & !same_side;
    let correction = sum * (slope * 0.5 - one / (sa + sb));
    let odd = mean + both_zero.select(zero, correction) - sum * 0.5;
    if WITH_EVEN { even.mul_add(square_of_algebraic::<S>(simd, a, b), odd) } else { odd }
}

/// The half of a way up to which it is short: what follows the terms of the series below is less than 3e-8 there.
const SHORT: f32 = 0.2;

/// The way between two neighbours: its middle, and the square of its half.
#[derive(Clone, Copy)]
struct Way<S: Simd> {
    middle: S::f32s,
    square: S::f32s,
}

impl<S: Simd> Way<S> {
    #[inline(always)]
    fn new(now: S::f32s, before: S::f32s) -> Self {
        let half = (now - before) * 0.5;
        Self { middle: (now + before) * 0.5, square: half * half }
    }

    #[inline(always)]
    fn is_short(self, simd: S) -> S::mask32s {
        self.square.simd_le(S::f32s::splat(simd, SHORT * SHORT))
    }
}

/// Over a short way, from its middle: the mean is the even terms of Taylor's series, `f(m) + f''(m) d^2 / 3! + f4(m) d^4 / 5! +
/// f6(m) d^6 / 7!`; every derivative of tanh is a polynomial in tanh, with `s = 1 - tanh^2` its slope.
#[inline(always)]
fn tanh_short<S: Simd, const WITH_EVEN: bool>(simd: S, way: Way<S>, even: S::f32s) -> S::f32s {
    let splat = |x| S::f32s::splat(simd, x);
    let Way { middle, square } = way;
    let exp = exp_negative(simd, middle.abs() * -2.0);
    let tanh = ((splat(1.0) - exp) / (exp + 1.0)).copysign(middle);
    let s = splat(1.0) - tanh * tanh;
    let third = s.mul_add(s.mul_add(splat(-1.0 / 7.0), splat(2.0 / 21.0)), splat(-2.0 / 315.0));
    let second = s.mul_add(splat(0.2), splat(-1.0 / 15.0));
    let series = square.mul_add(square.mul_add(third, second), splat(-1.0 / 3.0));
    let odd = (tanh * s * square).mul_add(series, tanh - middle);
    if !WITH_EVEN {
        return odd;
    }
    // tanh^2 is 1 less the slope, whose mean has the odd derivatives.
    let third = s.mul_add(s.mul_add(splat(4.0 / 3.0) - s, splat(-0.4)), splat(4.0 / 315.0));
    let second = s.mul_add(s - 1.0, splat(2.0 / 15.0));
    let series = square.mul_add(square.mul_add(third, second), splat(2.0 / 3.0) - s);
    even.mul_add((tanh * tanh) - s * square * series, odd)
}

/// The same of asinh: its derivatives are `q = 1 / sqrt(1 + m^2)` times polynomials in its square.
#[inline(always)]
fn asinh_short<S: Simd, const WITH_EVEN: bool>(simd: S, way: Way<S>, even: S::f32s) -> S::f32s {
    let splat = |x| S::f32s::splat(simd, x);
    let Way { middle, square } = way;
    let root = middle.mul_add(middle, splat(1.0)).sqrt();
    let q = splat(1.0) / root;
    let r = q * q;
    // What a way of this length is at a place that is so little bent.
    let bent = square * r;
    let third = r.mul_add(r.mul_add(splat(-3.0 / 16.0), splat(1.0 / 6.0)), splat(-1.0 / 42.0));
    let second = r.mul_add(splat(1.0 / 8.0), splat(-1.0 / 20.0));
    let series = bent.mul_add(bent.mul_add(third, second), splat(-1.0 / 6.0));
    let odd = (middle * q * bent).mul_add(series, asinh(simd, middle, root) - middle);
    if !WITH_EVEN {
        return odd;
    }
    // x^2 / (1 + x^2) is 1 less 1 / (1 + x^2); one term more, as these grow faster.
    let fourth = polynomial(simd, r, [1.0, -40.0 / 3.0, 48.0, -64.0, 256.0 / 9.0]);
    let third = polynomial(simd, r, [1.0, -8.0, 16.0, -64.0 / 7.0]);
    let second = polynomial(simd, r, [1.0, -4.0, 3.2]);
    let first = polynomial(simd, r, [1.0, -4.0 / 3.0]);
    let series = bent.mul_add(bent.mul_add(bent.mul_add(fourth, third), second), first);
    even.mul_add(middle * middle * r - r * bent * series, odd)
}

#[inline(always)]
fn tanh_whole<S: Simd, const WITH_EVEN: bool>(simd: S, now: S::f32s, before: S::f32s, even: S::f32s) -> S::f32s {
    let way = Way::new(now, before);
    let (is_short, means) = (way.is_short(simd), tanh_short::<S, WITH_EVEN>(simd, way, even));
    if is_short.all_true() {
        return means;
    }
    is_short.select(means, tanh::<S, WITH_EVEN>(simd, Point::tanh(simd, now), Point::tanh(simd, before), even))
}

#[inline(always)]
fn asinh_whole<S: Simd, const WITH_EVEN: bool>(simd: S, now: S::f32s, before: S::f32s, even: S::f32s) -> S::f32s {
    let way = Way::new(now, before);
    let (is_short, means) = (way.is_short(simd), asinh_short::<S, WITH_EVEN>(simd, way, even));
    if is_short.all_true() {
        return means;
    }
    is_short
        .select(means, asinh_average::<S, WITH_EVEN>(simd, Point::asinh(simd, now), Point::asinh(simd, before), even))
}

/// Places that are worked on at once where neighbours share their parts.
const STRETCH: usize = 64;
/// The frame before them, and room to fill up the last vector.
const STRETCH_ROOM: usize = 2 + STRETCH + MOST_LANES;

/// [`run`] along a path of interleaved stereo frames, one frame longer than `out`: what a sample brings to both of its means
/// is computed once. The same bits. For the curves that have such parts.
#[inline(always)]
fn run_along<S: Simd>(simd: S, curve: SaturationCurve, even: Even<'_>, path: &[f32], out: &mut [f32]) {
    match (curve, even) {
        (SaturationCurve::Tanh, Even::None) => along(
            simd,
            path,
            None,
            out,
            #[inline(always)]
            |way, even| tanh_short::<S, false>(simd, way, even),
            #[inline(always)]
            |x| Point::tanh(simd, x),
            #[inline(always)]
            |now, before, even| tanh::<S, false>(simd, now, before, even),
        ),
        (SaturationCurve::Tanh, Even::Each(even)) => along(
            simd,
            path,
            Some(even),
            out,
            #[inline(always)]
            |way, even| tanh_short::<S, true>(simd, way, even),
            #[inline(always)]
            |x| Point::tanh(simd, x),
            #[inline(always)]
            |now, before, even| tanh::<S, true>(simd, now, before, even),
        ),
        (_, Even::None) => along(
            simd,
            path,
            None,
            out,
            #[inline(always)]
            |way, even| asinh_short::<S, false>(simd, way, even),
            #[inline(always)]
            |x| Point::asinh(simd, x),
            #[inline(always)]
            |now, before, even| asinh_average::<S, false>(simd, now, before, even),
        ),
        (_, Even::Each(even)) => along(
            simd,
            path,
            Some(even),
            out,
            #[inline(always)]
            |way, even| asinh_short::<S, true>(simd, way, even),
            #[inline(always)]
            |x| Point::asinh(simd, x),
            #[inline(always)]
            |now, before, even| asinh_average::<S, true>(simd, now, before, even),
        ),
    }
}

/// The mean at every place: `short` where the way is one, `average` elsewhere, from points that are made once, and only where
/// there is a place that needs them.
#[inline(always)]
fn along<S: Simd>(
    simd: S,
    path: &[f32],
    even: Option<&[f32]>,
    out: &mut [f32],
    short: impl Fn(Way<S>, S::f32s) -> S::f32s,
    point: impl Fn(S::f32s) -> Point<S>,
    average: impl Fn(Point<S>, Point<S>, S::f32s) -> S::f32s,
) {
    let lanes = S::f32s::N;
    // Behind the last sample they are filled up to whole vectors.
    let mut xs = [0.0; STRETCH_ROOM];
    let mut parts = [xs; 2];
    for (number, out) in out.chunks_mut(STRETCH).enumerate() {
        let start = number * STRETCH;
        let samples = out.len() + 2;
        let mut has_points = false;
        for (at, out) in (0..).step_by(lanes).zip(out.chunks_mut(lanes)) {
            // From the path itself: what was just stored is not yet where a vector across it could be read at once.
            let read = |from: &[f32]| match from.get(..lanes) {
                Some(whole) => S::f32s::from_slice(simd, whole),
                None => S::f32s::from_slice(simd, &filled(from)[..lanes]),
            };
            let even = even.map_or(S::f32s::splat(simd, 0.0), |even| read(&even[start + at..]));
            let way = Way::new(held(simd, read(&path[start + at + 2..])), held(simd, read(&path[start + at..])));
            let is_short = way.is_short(simd);
            let mut means = short(way, even);
            if !is_short.all_true() {
                if !has_points {
                    xs[..samples].copy_from_slice(&path[start..start + samples]);
                    for at in (0..samples).step_by(lanes) {
                        let point = point(load(simd, &xs[at..at + lanes]));
                        point.x.store_slice(&mut xs[at..at + lanes]);
                        for (to, part) in parts.iter_mut().zip(point.parts) {
                            part.store_slice(&mut to[at..at + lanes]);
                        }
                    }
                    has_points = true;
                }
                let (now, before) = (Point::read(simd, &xs, &parts, at + 2), Point::read(simd, &xs, &parts, at));
                means = is_short.select(means, average(now, before, even));
            }
            if out.len() == lanes {
                means.store_slice(out);
            } else {
                let mut last = [0.0; MOST_LANES];
                means.store_slice(&mut last[..lanes]);
                out.copy_from_slice(&last[..out.len()]);
            }
        }
    }
}
