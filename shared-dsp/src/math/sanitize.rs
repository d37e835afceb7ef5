//! Clean numbers out of dirty ones.

/// Zero for a subnormal number, the number itself otherwise. A subnormal is below -758 dBFS, and slow on most processors.
#[must_use]
pub fn flush_denormal(x: f32) -> f32 {
    // A negative zero is no subnormal: it keeps its sign, so that bypass is exact to the bit.
    if x != 0.0 && x.abs() < f32::MIN_POSITIVE { 0.0 } else { x }
}

/// Zero for NaN, infinity and subnormals, the number itself otherwise; and whether it was NaN or infinite.
#[must_use]
pub fn clean(x: f32) -> (f32, bool) {
    if x.is_finite() { (flush_denormal(x), false) } else { (0.0, true) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bad_numbers_change() {
        for x in [0.0, -0.0, 1.0, -1.5, f32::MIN_POSITIVE, f32::MAX, -f32::MAX] {
            assert_eq!(clean(x).0.to_bits(), x.to_bits());
            assert!(!clean(x).1);
        }
        for x in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(clean(x), (0.0, true));
        }
        assert_eq!(clean(1e-40), (0.0, false));
        assert_eq!(clean(-1e-40).0, 0.0);
    }
}
