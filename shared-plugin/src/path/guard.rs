//! Nothing non-finite gets in, and nothing that is too loud gets out.

use shared_dsp::math::clean;
use shared_dsp::simd::{self, dispatch};

use super::segment::{Channels, GRID_FRAMES, Size};

/// Nothing leaves a plugin above +24 dBFS: enough for any trim, not enough to harm a speaker by much.
pub(super) const CEILING: f32 = 15.848_932;

/// Copies clean numbers and counts the bad ones.
pub(super) fn guard(from: &[f32], to: &mut [f32; GRID_FRAMES]) -> u64 {
    dispatch!(simd::level(), _ => copy_clean(from, to))
}

#[inline(always)]
fn copy_clean(from: &[f32], to: &mut [f32; GRID_FRAMES]) -> u64 {
    let mut bad = 0_u32;
    for (to, &from) in to.iter_mut().zip(from) {
        let (x, was_bad) = clean(from);
        *to = x;
        bad += u32::from(was_bad);
    }
    u64::from(bad)
}

/// Holds a segment within the ceiling.
pub(super) fn hold(segment: &mut Channels, size: Size) {
    for channel in &mut segment[..size.channels] {
        let samples = &mut channel[..size.frames];
        dispatch!(simd::level(), _ => samples.iter_mut().for_each(|x| *x = held(*x)));
    }
}

/// Within the ceiling. No processor of ours makes a NaN; if one ever did, it must not reach the speakers. Written so that a
/// loop over it becomes vector code.
#[inline(always)]
fn held(x: f32) -> f32 {
    let below = if x > CEILING { CEILING } else { x };
    let within = if below < -CEILING { -CEILING } else { below };
    if within.is_nan() { 0.0 } else { within }
}
