//! From samples to vectors and back.

use fearless_simd::prelude::*;

/// Inputs are held within this: squares of squares must not overflow.
const LIMIT: f32 = 1e6;
/// At least as many numbers as any vector has.
pub(super) const MOST_LANES: usize = 16;

/// As much as there is up to a whole vector, and zeros behind it.
#[inline(always)]
pub(super) fn read<S: Simd>(simd: S, from: &[f32]) -> S::f32s {
    let lanes = S::f32s::N;
    if let Some(whole) = from.get(..lanes) {
        return S::f32s::from_slice(simd, whole);
    }
    let mut filled = [0.0; MOST_LANES];
    filled[..from.len()].copy_from_slice(from);
    S::f32s::from_slice(simd, &filled[..lanes])
}

/// [Read](read) and held within the limit of inputs.
#[inline(always)]
pub(super) fn read_held<S: Simd>(simd: S, from: &[f32]) -> S::f32s {
    read(simd, from).max(S::f32s::splat(simd, -LIMIT)).min(S::f32s::splat(simd, LIMIT))
}

/// As much as there is room for.
#[inline(always)]
pub(super) fn write<S: Simd>(numbers: S::f32s, to: &mut [f32]) {
    let lanes = S::f32s::N;
    if let Some(whole) = to.get_mut(..lanes) {
        numbers.store_slice(whole);
        return;
    }
    let mut all = [0.0; MOST_LANES];
    numbers.store_slice(&mut all[..lanes]);
    to.copy_from_slice(&all[..to.len()]);
}
