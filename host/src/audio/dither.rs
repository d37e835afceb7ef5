//! From float to integer samples, with dither.

use super::Bits;

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014). Seeded alike for
/// every file, so that a render can be repeated to the bit.
#[derive(Clone, Debug)]
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in [0, 1).
    fn uniform(&mut self) -> f64 {
        // 53 bits fill a double's mantissa.
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Rounds samples of one channel to integers with triangular dither of two steps' width, which makes the error's mean
/// and variance independent of the signal (Lipshitz, Wannamaker and Vanderkooy, "Quantization and Dither: A Theoretical
/// Survey", JAES 40(5), 1992).
#[derive(Clone, Debug)]
pub(super) struct Quantizer {
    random: SplitMix64,
    scale: f64,
    /// Samples that were beyond full scale.
    pub(super) clipped: u64,
}

impl Quantizer {
    /// `channel` only seeds the dither: channels must not share it, or it would sum to a mono noise.
    pub(super) fn new(bits: Bits, channel: usize) -> Self {
        Self {
            random: SplitMix64(0x7477_6f62_7573_u64.wrapping_mul(2 * channel as u64 + 1)),
            scale: f64::from(1_u32 << (bits.count() - 1)),
            clipped: 0,
        }
    }

    /// Whether a sample is a whole number of the integer's steps: one of its own, or one next to its ends that is clipped, as
    /// dither in front of this may leave.
    pub(super) fn is_on_grid(&self, sample: f32) -> bool {
        let exact = f64::from(sample) * self.scale;
        // Without `fract`, which is a call where the processor need not have it.
        exact.abs() <= 2.0 * self.scale && f64::from(exact as i32) == exact
    }

    /// One sample; full scale ±1, clipped to what the integer holds.
    pub(super) fn quantize(&mut self, sample: f32, dithers: bool) -> i32 {
        let exact = f64::from(sample) * self.scale;
        // Both draws are taken whatever the sample, so that the noise does not depend on it.
        let dither = if dithers { self.random.uniform() - self.random.uniform() } else { 0.0 };
        let (low, high) = (-self.scale, self.scale - 1.0);
        if exact < low - 0.5 || exact > high + 0.5 {
            self.clipped += 1;
        }
        // In range by the clamp; NaN, which the renderer never lets through, becomes 0. Rounded half away from zero as by
        // `round`, which is a call where the processor need not have it; what is cut off is exact.
        let value = (exact + dither).clamp(low, high);
        let whole = value as i32;
        let rest = value - f64::from(whole);
        whole + i32::from(rest >= 0.5) - i32::from(rest <= -0.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The law that makes triangular dither worth its noise: the mean of the output is the input even far below one
    /// step, and the error's power is 1/4 step squared (1/12 of rounding and 2/12 of dither) wherever the input sits.
    #[test]
    fn error_has_zero_mean_and_constant_power() {
        for bits in [Bits::Int16, Bits::Int24] {
            let step = 1.0 / f64::from(1_u32 << (bits.count() - 1));
            for offset in [0.0, 0.1, 0.25, 0.5, 0.77] {
                let mut quantizer = Quantizer::new(bits, 0);
                let input = (offset * step) as f32;
                let n = 400_000;
                let (mut sum, mut power) = (0.0, 0.0);
                for _ in 0..n {
                    let error = f64::from(quantizer.quantize(input, true)) - f64::from(input) / step;
                    sum += error;
                    power += error * error;
                }
                let (mean, power) = (sum / f64::from(n), power / f64::from(n));
                // Standard error of the mean: 0.5 / sqrt(n) = 0.0008; of the power about the same.
                assert!(mean.abs() < 0.004, "{bits} at {offset}: mean {mean}");
                assert!((power - 0.25).abs() < 0.004, "{bits} at {offset}: power {power}");
                assert_eq!(quantizer.clipped, 0);
            }
        }
    }

    #[test]
    fn halves_go_away_from_zero() {
        let mut quantizer = Quantizer::new(Bits::Int24, 0);
        let step = 2f64.powi(-23);
        for steps in [0.0, 0.25, 0.499_999, 0.5, 0.75, 1.0, 1.5, 2.5, 4_194_303.5] {
            for value in [steps, -steps] {
                let quantized = quantizer.quantize((value * step) as f32, false);
                assert_eq!(f64::from(quantized), f64::from((value * step) as f32 * 8_388_608.0).round(), "{value}");
                let is_whole = f64::from((value * step) as f32 * 8_388_608.0).fract() == 0.0;
                assert_eq!(quantizer.is_on_grid((value * step) as f32), is_whole, "{value}");
            }
        }
        assert!(quantizer.is_on_grid(-1.0) && quantizer.is_on_grid(1.0), "full scale is clipped, and dithered no more");
        assert!(!quantizer.is_on_grid(f32::NAN) && !quantizer.is_on_grid(f32::INFINITY));
    }

    #[test]
    fn full_scale_clips_and_is_counted() {
        let mut quantizer = Quantizer::new(Bits::Int16, 1);
        assert!((-32_768..=-32_766).contains(&quantizer.quantize(-1.0, true)));
        assert_eq!(quantizer.clipped, 0, "-1 is a sample that 16 bits have");
        assert_eq!(quantizer.quantize(1.5, true), 32_767);
        assert_eq!(quantizer.quantize(-1.5, true), -32_768);
        assert_eq!(quantizer.clipped, 2);
        assert_eq!(quantizer.quantize(f32::INFINITY, true), 32_767);
    }

    #[test]
    fn channels_do_not_share_their_dither() {
        let draw = |channel| {
            let mut quantizer = Quantizer::new(Bits::Int16, channel);
            (0..64).map(|_| quantizer.quantize(0.0, true)).collect::<Vec<_>>()
        };
        assert_eq!(draw(0), draw(0));
        assert_ne!(draw(0), draw(1));
    }
}
