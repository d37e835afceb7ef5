//! Logarithm and exponential for side chains: branch-free, so that the compiler puts several into one vector, and
//! exact to [`FAST_DB_ERROR`], far below anything a reading or an ear resolves.

/// The most that [`level_db`] and [`gain_of_reduction`] deviate from the exact functions, in dB.
pub const FAST_DB_ERROR: f64 = 1e-6;

/// What a detector calls silence; -300 dB.
const SILENCE: f64 = 1e-15;
/// Bits of the square root of one half: the mantissa is reduced to sqrt(1/2)..sqrt(2), symmetrical about one.
const ROOT_HALF_BITS: u64 = 0x3FE6_A09E_667F_3BCD;
const ONE_BITS: u64 = 0x3FF0_0000_0000_0000;
const MANTISSA: u64 = 0x000F_FFFF_FFFF_FFFF;
/// Adding 2^52 puts a small integer into the low bits of the mantissa: a conversion that every vector unit has.
const TWO_52_BITS: u64 = 0x4330_0000_0000_0000;
const TWO_52: f64 = 4_503_599_627_370_496.0;
const DB_PER_DOUBLING: f64 = 6.020_599_913_279_624;
/// 40 / ln 10: twice the factor of the area hyperbolic tangent's series.
const SERIES_DB: f64 = 17.371_779_276_130_07;

/// `20 log10(amplitude)` within [`FAST_DB_ERROR`]; -300 dB for anything smaller than that, and for NaN.
#[inline(always)]
#[must_use]
pub fn level_db(amplitude: f64) -> f64 {
    // Not f64::max: this form is one instruction, and NaN fails the comparison.
    let x = if amplitude > SILENCE { amplitude } else { SILENCE };
    let shifted = x.to_bits().wrapping_add(ONE_BITS - ROOT_HALF_BITS);
    let exponent = f64::from_bits((shifted >> 52) | TWO_52_BITS) - (TWO_52 + 1023.0);
    let mantissa = f64::from_bits((shifted & MANTISSA).wrapping_add(ROOT_HALF_BITS));
    // ln m = 2 artanh((m-1)/(m+1)); the first term left out is 2.5e-7 dB at the ends (17.4 * 0.1716^9 / 9).
    let t = (mantissa - 1.0) / (mantissa + 1.0);
    let t2 = t * t;
    let series = 1.0 + t2 * (1.0 / 3.0 + t2 * (1.0 / 5.0 + t2 * (1.0 / 7.0)));
    exponent * DB_PER_DOUBLING + (SERIES_DB * t) * series
}

/// Rounds to the nearest integer when added and taken off again.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// The linear gain of a reduction in dB (positive reduces) within [`FAST_DB_ERROR`]; exactly 1 for 0 dB. Takes ±300 dB.
#[inline(always)]
#[must_use]
pub fn gain_of_reduction(reduction_db: f64) -> f64 {
    let octaves = reduction_db * (-1.0 / DB_PER_DOUBLING);
    let rounded = octaves + ROUND;
    let x = (octaves - (rounded - ROUND)) * std::f64::consts::LN_2;
    // Taylor's series of e^x for |x| <= 0.347; the first term left out is below 6e-9.
    let series = 1.0
        + x * (1.0
            + x * (0.5
                + x * (1.0 / 6.0 + x * (1.0 / 24.0 + x * (1.0 / 120.0 + x * (1.0 / 720.0 + x * (1.0 / 5040.0)))))));
    let scale = f64::from_bits(rounded.to_bits().wrapping_shl(52).wrapping_add(ONE_BITS));
    series * scale
}
