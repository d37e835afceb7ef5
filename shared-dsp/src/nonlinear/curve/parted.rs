//! Means of the curves whose neighbours share dear parts, and which have a form of their own for a short way.

use super::plain::square_of_algebraic;
use super::vectors::{MOST_LANES, read, read_held, write};
use crate::nonlinear::approx::{asinh, asinh_over, exp_negative, expm1, log1p_over, polynomial};
use fearless_simd::prelude::*;

/// A curve of that kind. `WITH_EVEN` is whether there is an even part at all.
pub(super) trait Parted<S: Simd> {
    /// What a sample brings to both of its means.
    fn parts(simd: S, x: S::f32s) -> [S::f32s; 2];
    /// The mean of the residual over any way.
    fn far<const WITH_EVEN: bool>(simd: S, now: Point<S>, before: Point<S>, even: S::f32s) -> S::f32s;
    /// The same over a short way.
    fn short<const WITH_EVEN: bool>(simd: S, way: Way<S>, even: S::f32s) -> S::f32s;
}

/// A sample, and the dear parts that it brings to both of its means.
#[derive(Clone, Copy)]
pub(super) struct Point<S: Simd> {
    x: S::f32s,
    parts: [S::f32s; 2],
}

/// The half of a way up to which it is short: what follows the terms of the series below is less than 3e-8 there.
const SHORT: f32 = 0.2;

/// The way between two neighbours: its middle, and the square of its half.
#[derive(Clone, Copy)]
pub(super) struct Way<S: Simd> {
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

/// `tanh x`; its parts are `e^-2|x|` and that over 1 more of it.
pub(super) struct Tanh;

impl<S: Simd> Parted<S> for Tanh {
    #[inline(always)]
    fn parts(simd: S, x: S::f32s) -> [S::f32s; 2] {
        let exp = exp_negative(simd, x.abs() * -2.0);
        [exp, exp / (exp + 1.0)]
    }

    /// The antiderivative of tanh is `|x| + ln(1 + e^-2|x|)` up to a constant. With `D = |a| - |b| >= 0` (else they change
    /// places) and `w = e^-2|b| / (1 + e^-2|b|)`, its difference is `D (1 - 2 w phi l)`, `phi = (e^-2D - 1) / -2D` and `l` the
    /// `ln(1 + x) / x` of `x = w (e^-2D - 1)`, which lies in -1/2..0.
    #[inline(always)]
    fn far<const WITH_EVEN: bool>(simd: S, now: Point<S>, before: Point<S>, even: S::f32s) -> S::f32s {
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

    /// Over a short way, from its middle: the mean is the even terms of Taylor's series, `f(m) + f''(m) d^2 / 3! + f4(m) d^4 / 5! +
    /// f6(m) d^6 / 7!`; every derivative of tanh is a polynomial in tanh, with `s = 1 - tanh^2` its slope.
    #[inline(always)]
    fn short<const WITH_EVEN: bool>(simd: S, way: Way<S>, even: S::f32s) -> S::f32s {
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
}

/// `asinh x`; its parts are `sqrt(1 + x^2)` and itself.
pub(super) struct Asinh;

impl<S: Simd> Parted<S> for Asinh {
    #[inline(always)]
    fn parts(simd: S, x: S::f32s) -> [S::f32s; 2] {
        let root = x.mul_add(x, S::f32s::splat(simd, 1.0)).sqrt();
        [root, asinh(simd, x, root)]
    }

    /// The antiderivative of asinh is `x asinh x - sqrt(1 + x^2)`.
    #[inline(always)]
    fn far<const WITH_EVEN: bool>(simd: S, now: Point<S>, before: Point<S>, even: S::f32s) -> S::f32s {
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

    /// As of tanh; the derivatives are `q = 1 / sqrt(1 + m^2)` times polynomials in its square.
    #[inline(always)]
    fn short<const WITH_EVEN: bool>(simd: S, way: Way<S>, even: S::f32s) -> S::f32s {
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
}

/// The mean at places by themselves.
#[inline(always)]
pub(super) fn place<S: Simd, C: Parted<S>, const WITH_EVEN: bool>(
    simd: S,
    now: S::f32s,
    before: S::f32s,
    even: S::f32s,
) -> S::f32s {
    let way = Way::new(now, before);
    let (is_short, means) = (way.is_short(simd), C::short::<WITH_EVEN>(simd, way, even));
    if is_short.all_true() {
        return means;
    }
    let [now, before] = [now, before].map(|x| Point { x, parts: C::parts(simd, x) });
    is_short.select(means, C::far::<WITH_EVEN>(simd, now, before, even))
}

/// Places that are worked on at once where neighbours share their parts.
const STRETCH: usize = 64;
/// The frame before them, and room to fill up the last vector.
const STRETCH_ROOM: usize = 2 + STRETCH + MOST_LANES;

/// The means along a path of interleaved stereo frames, one frame longer than `out`: what a sample brings to both of its means is
/// computed once, and only where there is a way that is not short. The same bits.
#[inline(always)]
pub(super) fn along<S: Simd, C: Parted<S>, const WITH_EVEN: bool>(
    simd: S,
    path: &[f32],
    even: &[f32],
    out: &mut [f32],
) {
    let lanes = S::f32s::N;
    // Behind the last sample they are filled up to whole vectors.
    let mut xs = [0.0; STRETCH_ROOM];
    let mut parts = [xs; 2];
    for (number, out) in out.chunks_mut(STRETCH).enumerate() {
        let start = number * STRETCH;
        let path = &path[start..start + out.len() + 2];
        let mut has_points = false;
        for (at, out) in (0..).step_by(lanes).zip(out.chunks_mut(lanes)) {
            let even = if WITH_EVEN { read(simd, &even[start + at..]) } else { S::f32s::splat(simd, 0.0) };
            // From the path itself: what was just stored is not yet where a vector across it could be read at once.
            let way = Way::new(read_held(simd, &path[at + 2..]), read_held(simd, &path[at..]));
            let is_short = way.is_short(simd);
            let mut means = C::short::<WITH_EVEN>(simd, way, even);
            if !is_short.all_true() {
                if !has_points {
                    for at in (0..path.len()).step_by(lanes) {
                        let x = read_held(simd, &path[at..]);
                        x.store_slice(&mut xs[at..at + lanes]);
                        for (to, part) in parts.iter_mut().zip(C::parts(simd, x)) {
                            part.store_slice(&mut to[at..at + lanes]);
                        }
                    }
                    has_points = true;
                }
                let [now, before] = [at + 2, at].map(|at| Point {
                    x: S::f32s::from_slice(simd, &xs[at..at + lanes]),
                    parts: parts.each_ref().map(|part| S::f32s::from_slice(simd, &part[at..at + lanes])),
                });
                means = is_short.select(means, C::far::<WITH_EVEN>(simd, now, before, even));
            }
            write::<S>(means, out);
        }
    }
}
