//! The clip family and the averages of its residual over a triangle.

use fearless_simd::{Simd, prelude::*};

/// A clip that is the identity below the knee, flat above it, and a parabola between, tangent to both.
///
/// With the ceiling `c` and the knee `k` (0 hard .. 1 soft) the slope is one up to `c (1 - k)`, and the ceiling is reached
/// at `c (1 + k)` and never passed. In truncated powers, per unit of the ceiling:
/// `x - [(x-1+k)_+^2 - (x-1-k)_+^2 - (-x-1+k)_+^2 + (-x-1-k)_+^2] / (4k)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClipCurve {
    ceiling: f32,
    knee_start: f32,
    knee_end: f32,
    /// `1 / (4 k c)`; zero without a knee.
    bend: f32,
}

/// Below this a knee is none: its parabola would be narrower than the steps of the numbers.
const LEAST_KNEE: f64 = 1e-4;
/// The lowest ceiling, -80 dBFS.
const LEAST_CEILING: f64 = 1e-4;
/// Of a triangle, as a share of its greatest number: the four steps of an `f32` that cannot be lost in rounding.
const LEAST_WIDTH: f32 = 2.5e-7;
const LEAST_DIVISOR: f32 = 1e-20;
/// The numbers of the widest vector there is.
pub(super) const LANES_MULTIPLE: usize = 16;

impl ClipCurve {
    /// A curve with the ceiling in linear amplitude (above 0) and the knee 0..1. Numbers out of range are clamped.
    #[must_use]
    pub fn new(ceiling: f64, knee: f64) -> Self {
        let ceiling = if ceiling > LEAST_CEILING { ceiling.min(1e6) } else { LEAST_CEILING };
        let knee = if knee > LEAST_KNEE { knee.min(1.0) } else { 0.0 };
        Self {
            ceiling: ceiling as f32,
            knee_start: (ceiling * (1.0 - knee)) as f32,
            knee_end: (ceiling * (1.0 + knee)) as f32,
            bend: if knee > 0.0 { (1.0 / (4.0 * knee * ceiling)) as f32 } else { 0.0 },
        }
    }

    /// The greatest output, linear.
    #[must_use]
    pub fn ceiling(&self) -> f64 {
        f64::from(self.ceiling)
    }

    /// The amplitude up to which nothing is changed, linear.
    #[must_use]
    pub fn knee_start(&self) -> f64 {
        f64::from(self.knee_start)
    }

    /// The static curve: what the window draws.
    #[must_use]
    pub fn curve(&self, x: f64) -> f64 {
        x + self.residual(x)
    }

    /// `f(x) - x` of the static curve.
    #[must_use]
    pub fn residual(&self, x: f64) -> f64 {
        let magnitude = x.abs();
        let into_knee = (magnitude.min(f64::from(self.knee_end)) - f64::from(self.knee_start)).max(0.0);
        let beyond = (magnitude - f64::from(self.knee_end)).max(0.0);
        -(into_knee * into_knee * f64::from(self.bend) + beyond).copysign(x)
    }

    /// The residual of each number by itself, without antialiasing. Both slices have the same length, a multiple of
    /// [`LANES_MULTIPLE`].
    #[inline(always)]
    pub(super) fn shape<S: Simd>(&self, simd: S, x: &[f32], out: &mut [f32]) {
        let (start, end) = (S::f32s::splat(simd, self.knee_start), S::f32s::splat(simd, self.knee_end));
        let (zero, bend) = (S::f32s::splat(simd, 0.0), S::f32s::splat(simd, self.bend));
        for (x, out) in x.chunks_exact(S::f32s::N).zip(out.chunks_exact_mut(S::f32s::N)) {
            let x = S::f32s::from_slice(simd, x);
            let magnitude = x.abs();
            let into_knee = (magnitude.min(end) - start).max(zero);
            let beyond = (magnitude - end).max(zero);
            let removed = (into_knee * into_knee).mul_add(bend, beyond);
            (zero - removed.copysign(x)).store_slice(out);
        }
    }

    /// The residual, antialiased to second order, of interleaved stereo: `x` begins two frames before `out` does, and
    /// each output is the mean of the residual over all mixtures of its frame and the two before it, one sample late.
    /// `out` has a multiple of [`LANES_MULTIPLE`] numbers, `x` four more.
    ///
    /// S. Bilbao, F. Esqueda, J. D. Parker and V. Valimaki, *Antiderivative antialiasing for memoryless nonlinearities*
    /// (2017), define it as a second divided difference of the second antiderivative; by Hermite and Genocchi (C. de
    /// Boor, *Divided differences*, 2005) that is the integral of the residual under the triangle that stands on the
    /// least and the greatest of the three numbers and has its top at the third. Here it is taken as that integral,
    /// piece by piece (each half of the triangle over each piece of the residual), so that nothing cancels and `f32` is
    /// enough, whatever the amplitude.
    #[inline(always)]
    pub(super) fn shape_averaged<S: Simd>(&self, simd: S, x: &[f32], out: &mut [f32]) {
        if self.bend == 0.0 {
            self.average::<S, true>(simd, x, out);
        } else {
            self.average::<S, false>(simd, x, out);
        }
    }

    #[inline(always)]
    fn average<S: Simd, const IS_HARD: bool>(&self, simd: S, x: &[f32], out: &mut [f32]) {
        let knee_start = S::f32s::splat(simd, self.knee_start);
        let zero = S::f32s::splat(simd, 0.0);
        for (place, out) in out.chunks_exact_mut(S::f32s::N).enumerate() {
            let from = place * S::f32s::N;
            let x0 = S::f32s::from_slice(simd, &x[from..from + S::f32s::N]);
            let x1 = S::f32s::from_slice(simd, &x[from + 2..from + 2 + S::f32s::N]);
            let x2 = S::f32s::from_slice(simd, &x[from + 4..from + 4 + S::f32s::N]);
            let (smaller, larger) = (x0.min(x1), x0.max(x1));
            let (low, mid, high) = (smaller.min(x2), smaller.max(larger.min(x2)), larger.max(x2));
            let mut sum = zero;
            if high.simd_gt(knee_start).any_true() {
                sum = self.one_side::<S, IS_HARD>(simd, low, mid, high);
            }
            if low.simd_lt(zero - knee_start).any_true() {
                sum -= self.one_side::<S, IS_HARD>(simd, zero - high, zero - mid, zero - low);
            }
            sum.store_slice(out);
        }
    }

    /// What the positive side of the curve adds: the integral over the part of the triangle `low`, `mid`, `high` above
    /// the knee's start.
    #[inline(always)]
    fn one_side<S: Simd, const IS_HARD: bool>(&self, simd: S, low: S::f32s, mid: S::f32s, high: S::f32s) -> S::f32s {
        // A triangle of no width would have no integral: it gets one of about a rounding.
        let high = high + high.abs().mul_add(S::f32s::splat(simd, LEAST_WIDTH), S::f32s::splat(simd, LEAST_DIVISOR));
        let (one, least) = (S::f32s::splat(simd, 1.0), S::f32s::splat(simd, LEAST_DIVISOR));
        let per_width = one / (high - low);
        // The triangle's height at `u`, as a share of its top, is (u - low) or (high - u) over its width.
        let rise =
            Half { from: low, to: mid, per_length: one / (mid - low).max(least), foot: low, per_foot: per_width };
        let fall = Half {
            from: mid,
            to: high,
            per_length: one / (high - mid).max(least),
            foot: high,
            per_foot: S::f32s::splat(simd, 0.0) - per_width,
        };
        rise.integral::<S, IS_HARD>(simd, self) + fall.integral::<S, IS_HARD>(simd, self)
    }
}

/// Half of a triangle: its height is `(u - foot) per_foot` on `from..to`, whose length is `1 / per_length`.
struct Half<V> {
    from: V,
    to: V,
    per_length: V,
    foot: V,
    per_foot: V,
}

impl<V> Half<V> {
    /// The integral of this half's height times the residual of the curve's positive side, for a triangle of area one.
    ///
    /// The share of the half that a piece takes, times the mean over that piece of height times residual. Differences
    /// are taken of clamped ends and never of shifted ones: so they are exact, however short the piece.
    #[inline(always)]
    fn integral<S: Simd, const IS_HARD: bool>(&self, simd: S, curve: &ClipCurve) -> V
    where
        V: SimdFloat<S, Element = f32>,
    {
        let (start, end) = (V::splat(simd, curve.knee_start), V::splat(simd, curve.knee_end));
        let (from, to) = (self.from.max(start), self.to.max(start));
        let of_knee = if IS_HARD {
            // A knee of no width.
            V::splat(simd, 0.0)
        } else {
            let (p, q) = (from.min(end), to.min(end));
            let (a, b) = (p - start, q - start);
            let (at_p, at_q) = ((p - self.foot) * self.per_foot, (q - self.foot) * self.per_foot);
            let (both, squares) = (a + b, (a * a).mul_add(at_p, b * b * at_q));
            let parabola = (both * both).mul_add(at_p + at_q, squares + squares);
            let share = (q - p) * self.per_length;
            share * V::splat(simd, curve.bend / -6.0) * parabola
        };
        let (p, q) = (from.max(end), to.max(end));
        let ceiling = V::splat(simd, curve.ceiling);
        let (a, b) = (p - ceiling, q - ceiling);
        let (at_p, at_q) = ((p - self.foot) * self.per_foot, (q - self.foot) * self.per_foot);
        let line = (a + b).mul_add(at_p + at_q, a.mul_add(at_p, b * at_q));
        let share = (q - p) * self.per_length;
        (share * V::splat(simd, -1.0 / 3.0)).mul_add(line, of_knee)
    }
}
