//! The whole sample: the cross-correlation of the phases alone.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex32;
use std::f64::consts::TAU;

use super::{HIGHEST_HZ, LOWEST_HZ};

/// Bins whose product is weaker than this against the strongest (-140 dB, so -70 dB in each of the two) say nothing.
const LEAST_PRODUCT: f32 = 1e-14;
/// A product of two spectra below this is silence.
const LEAST_POWER: f32 = 1e-12;
/// A peak this far above the median is no chance: unrelated noises reach 6 to 8. Unrelated songs reach 12, rarely more: the
/// confidence knows them.
const LEAST_PEAK_OVER_MEDIAN: f32 = 9.0;
/// Among fewer delays the peak itself makes the median: they are no question of chance.
const FEW_DELAYS: usize = 64;

/// The whole delay at which the correlation stands out; `None` where none does.
///
/// GCC-PHAT (C. Knapp and G. Carter, "The generalized correlation method for estimation of time delay", IEEE Trans. ASSP
/// 24(4), 1976) over 100 Hz to 16 kHz.
pub(super) fn nearest_sample(a: &[f32], b: &[f32], sample_rate_hz: f64, max_delay_samples: usize) -> Option<i64> {
    let longest = a.len().max(b.len());
    // The farthest delay that does not wrap around onto another.
    let max_delay = max_delay_samples.min(longest);
    let size = (longest + max_delay + 1).next_power_of_two().max(64);
    let mut phases = phases(a, b, sample_rate_hz, size)?;
    let inverse = RealFftPlanner::<f32>::new().plan_fft_inverse(size);
    let mut correlation = inverse.make_output_vec();
    inverse.process(&mut phases, &mut correlation).ok()?;
    let at = |delay: i64| correlation[delay.rem_euclid(size as i64) as usize].abs();
    let delays = -(max_delay as i64)..=max_delay as i64;
    let best = delays.clone().max_by(|&x, &y| at(x).total_cmp(&at(y)))?;
    let mut heights: Vec<f32> = delays.map(at).collect();
    let middle = heights.len() / 2;
    let (_, &mut median, _) = heights.select_nth_unstable_by(middle, f32::total_cmp);
    (heights.len() <= FEW_DELAYS || at(best) >= LEAST_PEAK_OVER_MEDIAN * median).then_some(best)
}

/// The phases by which the bins of one sound lie behind those of another, as unit vectors; zero where a bin says nothing.
/// `None` where no bin says anything.
fn phases(a: &[f32], b: &[f32], sample_rate_hz: f64, size: usize) -> Option<Vec<Complex32>> {
    let bin_hz = sample_rate_hz / size as f64;
    let forward = RealFftPlanner::<f32>::new().plan_fft_forward(size);
    let mut input = forward.make_input_vec();
    let mut transform = |sound: &[f32]| {
        input.fill(0.0);
        for (n, (to, &x)) in input.iter_mut().zip(sound).enumerate() {
            // Hann's window: without one, the skirts of a long note would speak of where the excerpt was cut.
            let window = 0.5 - 0.5 * (TAU * (n as f64 + 0.5) / sound.len() as f64).cos();
            *to = crate::math::clean(x).0 * window as f32;
        }
        let mut bins = forward.make_output_vec();
        forward.process(&mut input, &mut bins).ok().map(|()| bins)
    };
    let of_a = transform(a)?;
    let mut bins = transform(b)?;
    let band = (LOWEST_HZ / bin_hz).ceil() as usize..=(HIGHEST_HZ / bin_hz).floor() as usize;
    for (k, (bin, a)) in bins.iter_mut().zip(&of_a).enumerate() {
        *bin = if band.contains(&k) { *bin * a.conj() } else { Complex32::default() };
    }
    // The end of a real spectrum is real.
    if let Some(last) = bins.last_mut() {
        *last = Complex32::default();
    }
    let strongest = bins.iter().map(Complex32::norm_sqr).fold(0.0, f32::max).sqrt();
    if strongest <= LEAST_POWER {
        return None;
    }
    for bin in &mut bins {
        let magnitude = bin.norm();
        *bin = if magnitude > LEAST_PRODUCT * strongest { *bin / magnitude } else { Complex32::default() };
    }
    Some(bins)
}
