//! A given magnitude without any turn of phase.

use std::f64::consts::PI;

use super::least_squares::LeastSquares;

/// The top of what is minded, Hz.
const TOP_HZ: f64 = 20_500.0;
/// How much is minded above.
const WEIGHT_ABOVE: f64 = 1e-3;
/// What is fainter is minded as if it were as loud.
const FAINT: f64 = 0.02;
const DAMPING: f64 = 1e-12;
/// Frequencies for each tap on one side, and at least in all.
const POINTS_A_TAP: usize = 12;
const LEAST_POINTS: usize = 256;

/// `2 half + 1` taps, symmetric, whose response is `aim` (real; negative turns the wave over) behind a delay of `half` samples,
/// as nearly in dB as so many can make it up to 20 kHz; at `exact_hz` to the last digit. Where `aim` bends within less than
/// `rate / half` it is rounded off. Takes a millisecond or so at 48 kHz: not for the audio thread.
#[must_use]
pub fn zero_phase_taps(half: usize, sample_rate_hz: f64, exact_hz: f64, aim: impl Fn(f64) -> f64) -> Vec<f64> {
    let size = half + 1;
    let points = (POINTS_A_TAP * half).max(LEAST_POINTS);
    let mut squares = LeastSquares::new(size);
    let mut row = vec![0.0; size];
    for point in 0..points {
        let share = (point as f64 + 0.5) / points as f64;
        let hz = 0.5 * share * sample_rate_hz;
        let aimed = aim(hz);
        let weight = aimed.abs().max(FAINT).powi(-2) * if hz > TOP_HZ { WEIGHT_ABOVE } else { 1.0 };
        row.iter_mut().enumerate().for_each(|(n, x)| *x = (PI * share * n as f64).cos());
        squares.add(&row, aimed, weight);
    }
    let cosines = squares.factored(DAMPING).solution();
    let exact = |hz: f64| -> f64 {
        let angle = 2.0 * PI * hz / sample_rate_hz;
        cosines.iter().enumerate().map(|(n, c)| c * (angle * n as f64).cos()).sum()
    };
    let (got, wanted) = (exact(exact_hz), aim(exact_hz));
    let scale = if got != 0.0 && (wanted / got).is_finite() { wanted / got } else { 1.0 };
    (0..=2 * half)
        .map(|n| {
            let place = n.abs_diff(half);
            scale * if place == 0 { cosines[0] } else { 0.5 * cosines[place] }
        })
        .collect()
}

/// The response of such taps at a frequency, without the delay.
#[must_use]
pub fn zero_phase_response(taps: &[f64], sample_rate_hz: f64, hz: f64) -> f64 {
    let half = taps.len() / 2;
    let angle = 2.0 * PI * hz / sample_rate_hz;
    taps.iter().enumerate().map(|(n, tap)| tap * (angle * (n as f64 - half as f64)).cos()).sum()
}
