//! The means of the residuals, free of cancellation, many places at once.
//!
//! Throughout, `a` is now, `b` is before, `m` their mean and `d` half their difference.

use crate::simd::{self, dispatch};
use fearless_simd::prelude::*;

use super::SaturationCurve;
use super::parted::{Asinh, Tanh, along, place};
use super::plain::{algebraic, sided, sine, square_of_algebraic};
use super::vectors::{read, read_held, write};

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
        let even = even.map(|even| &even[..count]);
        dispatch!(simd::level(), simd => match (self, even) {
            (Self::Tanh, None) => along::<_, Tanh, false>(simd, path, &[], out),
            (Self::Tanh, Some(even)) => along::<_, Tanh, true>(simd, path, even, out),
            (_, None) => along::<_, Asinh, false>(simd, path, &[], out),
            (_, Some(even)) => along::<_, Asinh, true>(simd, path, even, out),
        });
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
            |a, b, _| place::<S, Tanh, false>(simd, a, b, a),
        ),
        (SaturationCurve::Tanh, Even::Each(e)) => each(
            simd,
            now,
            before,
            e,
            out,
            #[inline(always)]
            |a, b, e| place::<S, Tanh, true>(simd, a, b, e),
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
            |a, b, _| place::<S, Asinh, false>(simd, a, b, a),
        ),
        (SaturationCurve::Asinh, Even::Each(e)) => each(
            simd,
            now,
            before,
            e,
            out,
            #[inline(always)]
            |a, b, e| place::<S, Asinh, true>(simd, a, b, e),
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
    let inputs = now.chunks(lanes).zip(before.chunks(lanes)).zip(even.chunks(lanes));
    for (((now, before), even), out) in inputs.zip(out.chunks_mut(lanes)) {
        write::<S>(average(read_held(simd, now), read_held(simd, before), read(simd, even)), out);
    }
}
