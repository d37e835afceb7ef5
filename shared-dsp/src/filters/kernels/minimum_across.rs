//! Magnitude alone, at once, where bands on left and right come before others on mid and side.

use std::f64::consts::TAU;

use super::least_squares::LeastSquares;
use super::minimum::{LENGTHS, minimum_correction};
use super::{Band, Complex64, CrossedTaps, Digital, TOP, grid};

/// What is left where a length will do: 0.002 dB.
const GOOD: f64 = 2.3e-4;
const POINTS: usize = 256;
/// Points above the top, which hold the filter there by a little.
const POINTS_ABOVE: usize = 24;
const WEIGHT_ABOVE: f64 = 1e-4;
/// Below this (-60 dB) a channel minds less and less what comes to it from the other one.
const FAINT: f64 = 1e-3;
const DAMPING: f64 = 1e-12;

/// What a filter is to make of one frequency.
struct Aim {
    angle: f64,
    response: Complex64,
    /// Of an error's square.
    weight: f64,
}

/// The taps which, behind a cascade on left and right and one on mid and side behind it, each given as its bands, bring to each
/// of the four what [`minimum_correction`] would bring behind it alone: the way from left or right to mid or side has the magnitude of
/// the prototypes on it. Without delay. Takes some milliseconds: not for the audio thread.
///
/// With `l` and `r` what is missing on left and right, `a = (l + r) / 2` and `b = (l - r) / 2`: of mid, `a` times what is missing on
/// mid; from side to mid, `b` times what mid becomes over what the sections make of side; and so with mid and side exchanged. Sections of
/// minimum phase have an inverse of minimum phase, so all of it is there at once.
#[must_use]
pub fn minimum_correction_across(left_right: [&[Band]; 2], mid_side: [&[Band]; 2], sample_rate_hz: f64) -> CrossedTaps {
    let shares: Vec<f64> = grid(POINTS).chain(above()).collect();
    let corrections = |bands: &[Band]| -> Vec<Complex64> {
        let taps = minimum_correction(bands, sample_rate_hz);
        shares.iter().map(|share| response(&taps, TAU * share)).collect()
    };
    let sections = |bands: &[Band]| -> Vec<Complex64> {
        let digital = Digital::new(bands, sample_rate_hz);
        shares.iter().map(|share| digital.at(share * sample_rate_hz)).collect()
    };
    let ([left, right], missing) = (left_right.map(corrections), mid_side.map(corrections));
    let channels = mid_side.map(sections);
    let held = |n: usize| if n < POINTS { 1.0 } else { WEIGHT_ABOVE };
    let own = [0, 1].map(|channel: usize| {
        let aim = |n: usize| {
            let response = 0.5 * (left[n] + right[n]) * missing[channel][n];
            Aim { angle: TAU * shares[n], response, weight: held(n) / response.norm_sqr().max(FAINT * FAINT) }
        };
        shortest(&(0..shares.len()).map(aim).collect::<Vec<_>>())
    });
    let to = [0, 1].map(|channel: usize| {
        let aim = |n: usize| {
            let (to, from) = (channels[channel][n], channels[1 - channel][n]);
            // Where nothing is left of one the other is not made of it.
            let inverse = from.conj() / from.norm_sqr().max(1e-12);
            let response = 0.5 * (left[n] - right[n]) * missing[channel][n] * to * inverse;
            Aim {
                angle: TAU * shares[n],
                response,
                weight: held(n) * from.norm_sqr() / to.norm_sqr().max(FAINT * FAINT),
            }
        };
        shortest(&(0..shares.len()).map(aim).collect::<Vec<_>>())
    });
    CrossedTaps::of_mid_and_side(&own, &to)
}

/// Shares of the sample rate above the top.
fn above() -> impl Iterator<Item = f64> {
    (0..POINTS_ABOVE).map(|n| TOP + (0.5 - TOP) * (n as f64 + 1.0) / POINTS_ABOVE as f64)
}

fn response(taps: &[f64], angle: f64) -> Complex64 {
    let turn = Complex64::cis(-angle);
    taps.iter().rev().fold(Complex64::default(), |sum, tap| sum * turn + tap)
}

/// The shortest taps that will do, or the best.
fn shortest(aims: &[Aim]) -> Vec<f64> {
    let mut best = (f64::INFINITY, vec![1.0]);
    for length in LENGTHS {
        let taps = fitted(aims, length);
        let minded = aims.iter().take(POINTS);
        let left =
            minded.map(|aim| (response(&taps, aim.angle) - aim.response).norm_sqr() * aim.weight).fold(0.0, f64::max);
        let left = left.sqrt();
        if left < best.0 {
            best = (left, taps);
        }
        if left < GOOD {
            break;
        }
    }
    best.1
}

fn fitted(aims: &[Aim], length: usize) -> Vec<f64> {
    let mut squares = LeastSquares::new(length);
    let mut row = vec![0.0; length];
    for aim in aims {
        row.iter_mut().enumerate().for_each(|(n, x)| *x = (aim.angle * n as f64).cos());
        squares.add(&row, aim.response.re, aim.weight);
        row.iter_mut().enumerate().for_each(|(n, x)| *x = -(aim.angle * n as f64).sin());
        squares.add(&row, aim.response.im, aim.weight);
    }
    squares.factored(DAMPING).solution()
}
