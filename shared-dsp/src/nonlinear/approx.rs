//! Elementary functions on vectors of `f32`, as exact as `f32` is for numbers of the size of one.
//!
//! The coefficients are ours: weighted least squares on Chebyshev nodes, reweighted until the error ripples evenly (Charles
//! Lawson's iteration, 1961). What is stated as an error is that of the polynomial, before it is rounded.

use std::f32::consts::{FRAC_PI_2, LN_2, LOG2_E, PI};

use fearless_simd::prelude::*;

/// `c[0] + c[1] x + c[2] x^2 + ...`.
#[inline(always)]
pub(super) fn polynomial<S: Simd, const N: usize>(simd: S, x: S::f32s, c: [f32; N]) -> S::f32s {
    let mut sum = S::f32s::splat(simd, c[N - 1]);
    for &c in c[..N - 1].iter().rev() {
        sum = sum.mul_add(x, S::f32s::splat(simd, c));
    }
    sum
}

/// `e^x` for `x <= 0`; below -80 it is as good as zero. Absolute error 1e-7.
#[inline(always)]
pub(super) fn exp_negative<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // 2^f, f in ±0.5: error 2e-9.
    const C: [f32; 7] = [1.0, LN_2, 0.240_226_52, 0.055_503_27, 0.009_617_995, 0.001_340_043_1, 0.000_154_780_18];
    let octaves = x.max(S::f32s::splat(simd, -80.0)) * LOG2_E;
    let whole = octaves.round_ties_even();
    let power: S::i32s = whole.to_int();
    let scale: S::f32s = ((power + 127) << 23).bitcast();
    polynomial(simd, octaves - whole, C) * scale
}

/// `(e^y - 1) / y`, 1 at 0, and `e^y - 1`, for `y <= 0`. Relative error 1e-7.
#[inline(always)]
pub(super) fn expm1<S: Simd>(simd: S, y: S::f32s) -> [S::f32s; 2] {
    // On -0.5..0: error 2e-11.
    const C: [f32; 7] = [1.0, 0.5, 0.166_666_55, 0.041_665_2, 0.008_324_834_5, 0.001_363_415_4, 0.000_159_800_18];
    let far = y.simd_lt(S::f32s::splat(simd, -0.5));
    let over = polynomial(simd, y, C);
    let near = [over, over * y];
    // Neighbours at a multiple of the sample rate are seldom that far apart.
    if far.all_false() {
        return near;
    }
    let fall = exp_negative(simd, y) - 1.0;
    let divisor = far.select(y, S::f32s::splat(simd, -1.0));
    [far.select(fall / divisor, near[0]), far.select(fall, near[1])]
}

/// `ln(1 + x) / x` for `x` in -0.5..0, 1 at 0. Error 4e-9.
#[inline(always)]
pub(super) fn log1p_over<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    const C: [f32; 10] = [
        1.0,
        -0.500_001_6,
        0.333_233_54,
        -0.252_404_96,
        0.170_793_09,
        -0.367_791_4,
        -0.682_451_55,
        -2.143_574_7,
        -2.655_875,
        -1.821_513_2,
    ];
    polynomial(simd, x, C)
}

/// `ln x` for positive normal numbers. Absolute error 1e-7 near 1.
#[inline(always)]
pub(super) fn ln<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // ln(1 + t) / t for 1 + t in sqrt(0.5)..sqrt(2): error 4e-9.
    const C: [f32; 10] = [
        1.0,
        -0.499_999_88,
        0.333_333_02,
        -0.250_015_7,
        0.200_032_05,
        -0.166_103_41,
        0.141_607_31,
        -0.132_122_78,
        0.130_191,
        -0.078_307_17,
    ];
    const SQRT_HALF_BITS: i32 = 0x3f35_04f3;
    let bits: S::i32s = x.bitcast();
    let octaves = (bits - SQRT_HALF_BITS) >> 23;
    let mantissa: S::f32s = (bits - (octaves << 23)).bitcast();
    let t = mantissa - 1.0;
    let whole: S::f32s = octaves.to_float();
    whole.mul_add(S::f32s::splat(simd, LN_2), t * polynomial(simd, t, C))
}

/// `asinh x`, given `root = sqrt(1 + x^2)`. Absolute error 1e-7 near 1.
#[inline(always)]
pub(super) fn asinh<S: Simd>(simd: S, x: S::f32s, root: S::f32s) -> S::f32s {
    ln(simd, x.abs() + root).copysign(x)
}

/// `asinh(x) / x`, 1 at 0. Relative error 1e-7.
#[inline(always)]
pub(super) fn asinh_over<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // In x^2 on 0..0.25: error 5e-11.
    const C: [f32; 7] = [1.0, -0.166_666_64, 0.074_998_71, -0.044_610_668, 0.029_995_71, -0.019_924_81, 0.009_099_858];
    let square = x * x;
    let far = square.simd_gt(S::f32s::splat(simd, 0.25));
    let near = polynomial(simd, square, C);
    if far.all_false() {
        return near;
    }
    let magnitude = x.abs();
    let divisor = far.select(magnitude, S::f32s::splat(simd, 1.0));
    far.select(ln(simd, magnitude + (square + 1.0).sqrt()) / divisor, near)
}

/// `sin(x) / x` for `x` in ±pi/2, 1 at 0, from `square = x^2`. Error 2e-11.
#[inline(always)]
pub(super) fn sinc<S: Simd>(simd: S, square: S::f32s) -> S::f32s {
    const C: [f32; 6] = [1.0, -0.166_666_67, 0.008_333_331, -0.000_198_408_61, 2.752_529_8e-6, -2.388_966_5e-8];
    polynomial(simd, square, C)
}

/// `cos x` for `x` in ±pi/2, from `square = x^2`. Error 2e-10.
#[inline(always)]
pub(super) fn cos<S: Simd>(simd: S, square: S::f32s) -> S::f32s {
    const C: [f32; 6] = [1.0, -0.5, 0.041_666_638, -0.001_388_836_1, 2.476_015_3e-5, -2.605_134_7e-7];
    polynomial(simd, square, C)
}

/// `(atan a - atan b) / (a - b)`, `1 / (1 + a^2)` where they are one. Absolute error 1e-7.
#[inline(always)]
pub(super) fn atan_slope<S: Simd>(simd: S, a: S::f32s, b: S::f32s) -> S::f32s {
    // atan(t) / t in t^2 on 0..1: error 2e-9.
    const C: [f32; 10] = [
        1.0,
        -0.333_332_87,
        0.199_983_75,
        -0.142_630_5,
        0.109_477_89,
        -0.083_939_895,
        0.057_835_586,
        -0.031_085_413,
        0.010_876_919,
        -0.001_787_298,
    ];
    // The angle between the directions (1, a) and (1, b): its sine and cosine, up to a common factor.
    let y = (a - b).abs();
    let x = a.mul_add(b, S::f32s::splat(simd, 1.0));
    let across = x.abs();
    let steep = y.simd_gt(across);
    let larger = steep.select(y, across);
    let t = steep.select(across, y) / larger;
    let ratio = polynomial(simd, t * t, C);
    let behind = x.simd_lt(S::f32s::splat(simd, 0.0));
    // A small angle is divided by y before it is multiplied by it: no singularity. In the other cases y is 1 and more.
    let shallow_ahead = ratio / larger;
    let angle = t * ratio;
    let from_up = S::f32s::splat(simd, FRAC_PI_2) - behind.select(-angle, angle);
    let other = steep.select(from_up, S::f32s::splat(simd, PI) - angle);
    let is_plain = !steep & !behind;
    let divisor = is_plain.select(S::f32s::splat(simd, 1.0), y);
    is_plain.select(shallow_ahead, other / divisor)
}
