//! Magnitude and phase: the complex least squares of what is missing, delayed.

use std::f64::consts::TAU;
use std::sync::OnceLock;

use super::least_squares::LeastSquares;
use super::{Band, grid, pairs};

/// The delay of [`natural_correction`], samples at every rate.
pub const NATURAL_LATENCY_SAMPLES: usize = 32;
/// The length of [`natural_correction`].
pub const NATURAL_TAPS: usize = 2 * NATURAL_LATENCY_SAMPLES + 1;

const POINTS: usize = 384;
/// Keeps what is free (above the top) within a few dB.
const DAMPING: f64 = 1e-11;

/// From the real part of what is missing to the even part of the taps, from the imaginary one to the odd part: row by row.
struct Inverses {
    even: Vec<f64>,
    odd: Vec<f64>,
}

fn inverses() -> &'static Inverses {
    static INVERSES: OnceLock<Inverses> = OnceLock::new();
    INVERSES.get_or_init(|| {
        let inverse = |size: usize, row: &dyn Fn(f64) -> Vec<f64>| {
            let rows: Vec<Vec<f64>> = grid(POINTS).map(row).collect();
            let mut squares = LeastSquares::new(size);
            rows.iter().for_each(|row| squares.add(row, 0.0, 1.0));
            let factored = squares.factored(DAMPING);
            let columns: Vec<Vec<f64>> = rows.iter().map(|row| factored.solve(row)).collect();
            (0..size).flat_map(|i| columns.iter().map(move |column| column[i]).collect::<Vec<_>>()).collect()
        };
        let half = NATURAL_LATENCY_SAMPLES;
        Inverses {
            even: inverse(half + 1, &|f| (0..=half).map(|n| (TAU * f * n as f64).cos()).collect()),
            odd: inverse(half, &|f| (1..=half).map(|n| (TAU * f * n as f64).sin()).collect()),
        }
    })
}

/// Makes what [`natural_correction`] needs: some milliseconds, once. Allocates.
pub fn prepare_natural() {
    inverses();
}

/// The taps of a linear filter which, behind the sections of all bands of a channel, makes their magnitude and phase those
/// of the prototypes, [`NATURAL_LATENCY_SAMPLES`] later: within 0.01 dB and 0.1 degree up to 0.4535 of the sample rate (20
/// kHz at 44.1 kHz). Takes a good part of a millisecond, and some the first time: not for the audio thread.
#[must_use]
pub fn natural_correction(bands: &[Band], sample_rate_hz: f64) -> Vec<f64> {
    const MIDDLE: usize = NATURAL_LATENCY_SAMPLES;
    let mut taps = vec![0.0; NATURAL_TAPS];
    let pairs = pairs(bands, sample_rate_hz, grid(POINTS));
    if pairs.is_empty() {
        taps[MIDDLE] = 1.0;
        return taps;
    }
    let missing: Vec<_> = pairs.iter().map(super::Pair::ratio).collect();
    let Inverses { even, odd } = inverses();
    for (n, row) in even.chunks_exact(POINTS).enumerate() {
        let part: f64 = row.iter().zip(&missing).map(|(a, b)| a * b.re).sum();
        let share = if n == 0 { part } else { 0.5 * part };
        taps[MIDDLE + n] = share;
        taps[MIDDLE - n] = share;
    }
    // A later tap turns the phase down: e^(-jwn).
    for (n, row) in odd.chunks_exact(POINTS).enumerate() {
        let part: f64 = row.iter().zip(&missing).map(|(a, b)| a * b.im).sum();
        taps[MIDDLE + n + 1] -= 0.5 * part;
        taps[MIDDLE - n - 1] += 0.5 * part;
    }
    taps
}
