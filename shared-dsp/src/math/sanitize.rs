//! Clean numbers out of dirty ones.

/// Zero for a subnormal number, the number itself otherwise. A subnormal is below -758 dBFS, and slow on most processors.
#[must_use]
pub fn flush_denormal(x: f32) -> f32 {
    // A negative zero is no subnormal: it keeps its sign, so that bypass is exact to the bit.
    if x != 0.0 && x.abs() < f32::MIN_POSITIVE { 0.0 } else { x }
}

/// Zero for NaN, infinity, subnormals and anything beyond ±1e30, the number itself otherwise; and whether it was one of
/// the bad ones. (+600 dBFS is no sound, and would overflow at the next gain.)
///
/// Works on the bits and without a branch, so that a loop over it becomes vector code: every plugin does this to every
/// sample that comes in.
#[must_use]
#[inline(always)]
pub fn clean(x: f32) -> (f32, bool) {
    const SIGN: u32 = 0x8000_0000;
    const LEAST_NORMAL: u32 = 0x0080_0000;
    // The bits of 1e30; infinity and NaN lie above it.
    const LEAST_BAD: u32 = 0x7149_f2ca;
    let bits = x.to_bits();
    let magnitude = bits & !SIGN;
    let is_bad = magnitude >= LEAST_BAD;
    let is_flushed = magnitude < LEAST_NORMAL;
    // A zero keeps its sign.
    let kept = if is_flushed { bits & SIGN } else { bits };
    (f32::from_bits(if is_bad { 0 } else { kept }), is_bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bad_numbers_change() {
        for x in [0.0, -0.0, 1.0, -1.5, f32::MIN_POSITIVE, 9e29, -9e29] {
            assert_eq!(clean(x).0.to_bits(), x.to_bits());
            assert!(!clean(x).1);
        }
        for x in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, -1e30] {
            assert_eq!(clean(x), (0.0, true));
        }
        assert_eq!(clean(1e-40), (0.0, false));
        assert_eq!(clean(-1e-40).0, 0.0);
    }
}
