//! Magnitude alone, at once: a short filter of minimum phase.

use std::f64::consts::TAU;

use super::least_squares::LeastSquares;
use super::{Band, Complex64, TOP, grid, pairs};
use crate::math::gain_to_db;

/// The most taps of [`minimum_correction`].
pub const MOST_MINIMUM_TAPS: usize = 64;

/// Lengths that are tried, until one will do.
pub(super) const LENGTHS: [usize; 6] = [8, 16, 24, 32, 48, MOST_MINIMUM_TAPS];
/// What is left where a length will do, ln: 0.002 dB.
const GOOD_LN: f64 = 0.002 / 8.686;
const POINTS: usize = 224;
/// Points above the top, which hold the filter there by a little.
const POINTS_ABOVE: usize = 16;
const WEIGHT_ABOVE: f64 = 1e-4;
/// Of a point where next to nothing is left.
const LEAST_WEIGHT: f64 = 1e-3;
/// From here down less and less is aimed at,
const LESS_DB: f64 = -85.0;
/// and here nothing.
const NOTHING_DB: f64 = -145.0;
/// Where a prototype is below this (-70 dB) the fit minds less and less.
const FAINT: f64 = 3.2e-4;
const DAMPING: f64 = 1e-12;
const STEPS: usize = 3;

/// One frequency of the fit.
struct Point {
    angle: f64,
    missing_ln: f64,
    weight: f64,
}

/// The taps of a filter of minimum phase which, behind the sections of all bands of a channel, makes their magnitude that of
/// the prototypes up to 0.4535 of the sample rate (20 kHz at 44.1 kHz): bells and shelves within 0.01 dB, cuts within 0.05
/// dB down to -60 dB. As many as that takes, 1 to [`MOST_MINIMUM_TAPS`]; without delay. Takes about a millisecond: not for
/// the audio thread.
#[must_use]
pub fn minimum_correction(bands: &[Band], sample_rate_hz: f64) -> Vec<f64> {
    minimum_correction_of(&[bands], sample_rate_hz)
}

/// The same behind several cascades in a row, each with the tail of its own bands.
#[must_use]
pub fn minimum_correction_of(bands: &[&[Band]], sample_rate_hz: f64) -> Vec<f64> {
    let points = points(bands, sample_rate_hz);
    if points.is_empty() {
        return vec![1.0];
    }
    let mut best = (f64::INFINITY, vec![1.0]);
    for length in LENGTHS {
        let (left_ln, taps) = fitted(&points, length);
        if left_ln < best.0 {
            best = (left_ln, taps);
        }
        if left_ln < GOOD_LN {
            break;
        }
    }
    best.1
}

fn points(bands: &[&[Band]], sample_rate_hz: f64) -> Vec<Point> {
    let mut points: Vec<_> = pairs(bands, sample_rate_hz, grid(POINTS))
        .iter()
        .zip(grid(POINTS))
        .map(|(pair, share)| {
            let level = pair.prototype.norm();
            // What is faint is minded less, and far down nothing is aimed at: there a cut has lost its way long ago.
            let aimed_at = ((gain_to_db(level) - NOTHING_DB) / (LESS_DB - NOTHING_DB)).clamp(0.0, 1.0);
            Point {
                angle: TAU * share,
                missing_ln: aimed_at * pair.ratio().norm().ln(),
                weight: (level / FAINT).clamp(LEAST_WEIGHT, 1.0),
            }
        })
        .collect();
    let edge_ln = points.last().map(|edge| edge.missing_ln);
    if edge_ln.is_some() {
        // Nothing is missing at 0 Hz, where a cut may have all that is heard between two points.
        points.push(Point { angle: 0.0, missing_ln: 0.0, weight: 1.0 });
    }
    if let Some(edge_ln) = edge_ln {
        points.extend((0..POINTS_ABOVE).map(|n| {
            let share = TOP + (0.5 - TOP) * (n as f64 + 1.0) / POINTS_ABOVE as f64;
            Point { angle: TAU * share, missing_ln: edge_ln, weight: WEIGHT_ABOVE }
        }));
    }
    points
}

/// The largest error that is minded, ln, and the taps.
fn fitted(points: &[Point], length: usize) -> (f64, Vec<f64>) {
    // The logarithm as a sum of cosines is the cepstrum of the filter of minimum phase.
    let mut squares = LeastSquares::new(length);
    let mut row = vec![0.0; length];
    for point in points {
        row.iter_mut().enumerate().for_each(|(n, x)| *x = (point.angle * n as f64).cos());
        squares.add(&row, point.missing_ln, point.weight);
    }
    let cepstrum = squares.factored(DAMPING).solution();
    let mut taps = vec![cepstrum[0].exp(); length];
    for n in 1..length {
        taps[n] = (1..=n).map(|k| k as f64 * cepstrum[k] * taps[n - k]).sum::<f64>() / n as f64;
    }
    // What its end cut off is mended from there.
    let mut best = (f64::INFINITY, taps.clone());
    for step in 0..=STEPS {
        let mut squares = LeastSquares::new(length);
        let mut left_ln: f64 = 0.0;
        for point in points {
            let turn = Complex64::cis(-point.angle);
            let (response, _) = taps
                .iter()
                .fold((Complex64::default(), Complex64::new(1.0, 0.0)), |(sum, z), tap| (sum + tap * z, z * turn));
            let error_ln = point.missing_ln - response.norm().ln();
            if point.weight > LEAST_WEIGHT {
                left_ln = left_ln.max(error_ln.abs() * point.weight);
            }
            // d ln|F| = Re(dF / F).
            let mut z = response.inv();
            for x in &mut row {
                *x = z.re;
                z *= turn;
            }
            squares.add(&row, error_ln, point.weight);
        }
        if left_ln < best.0 {
            best = (left_ln, taps.clone());
        }
        if step < STEPS && left_ln.is_finite() {
            let change = squares.factored(DAMPING).solution();
            taps.iter_mut().zip(change).for_each(|(tap, change)| *tap += change);
        }
    }
    best
}
