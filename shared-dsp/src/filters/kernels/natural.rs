//! Magnitude and phase: the complex least squares of what is missing, delayed.

use std::f64::consts::TAU;
use std::sync::OnceLock;

use super::least_squares::LeastSquares;
use super::{Band, Complex64, CrossedTaps, Pair, grid, pairs};

/// The delay of [`natural_correction`], samples at every rate.
pub const NATURAL_LATENCY_SAMPLES: usize = 32;
/// The length of [`natural_correction`].
pub const NATURAL_TAPS: usize = 2 * NATURAL_LATENCY_SAMPLES + 1;

/// Taps on either side of the middle that are tried, until they will do.
const HALVES: [usize; 5] = [8, 12, 16, 24, NATURAL_LATENCY_SAMPLES];
/// What is left where a length will do: 0.001 dB, 0.007 degrees.
const GOOD: f64 = 1.2e-4;
const POINTS: usize = 384;
/// Below this (-30 dB) a channel is made of another one less and less.
const FAINT: f64 = 0.03;
/// Keeps what is free (above the top) within a few dB.
const DAMPING: f64 = 1e-11;

/// From the real part of what is missing to the even part of the taps, from the imaginary one to the odd part.
struct Inverses {
    half: usize,
    even: Inverse,
    odd: Inverse,
}

/// Least squares: the rows of its equations, and those of its solution, one after the other.
struct Inverse {
    rows: Vec<Vec<f64>>,
    solution: Vec<Vec<f64>>,
}

impl Inverse {
    fn new(rows: Vec<Vec<f64>>) -> Self {
        let size = rows.first().map_or(0, Vec::len);
        let mut squares = LeastSquares::new(size);
        rows.iter().for_each(|row| squares.add(row, 0.0, 1.0));
        let factored = squares.factored(DAMPING);
        let columns: Vec<Vec<f64>> = rows.iter().map(|row| factored.solve(row)).collect();
        let solution = (0..size).map(|i| columns.iter().map(|column| column[i]).collect()).collect();
        Self { rows, solution }
    }

    fn solve(&self, aims: &[f64]) -> Vec<f64> {
        self.solution.iter().map(|row| row.iter().zip(aims).map(|(a, b)| a * b).sum()).collect()
    }

    /// What a solution makes of each equation.
    fn made<'a>(&'a self, solution: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        self.rows.iter().map(move |row| row.iter().zip(solution).map(|(a, b)| a * b).sum())
    }
}

fn inverses() -> &'static [Inverses] {
    static INVERSES: OnceLock<Vec<Inverses>> = OnceLock::new();
    INVERSES.get_or_init(|| {
        let of = |half: usize| Inverses {
            half,
            even: Inverse::new(
                grid(POINTS).map(|f| (0..=half).map(|n| (TAU * f * n as f64).cos()).collect()).collect(),
            ),
            odd: Inverse::new(grid(POINTS).map(|f| (1..=half).map(|n| (TAU * f * n as f64).sin()).collect()).collect()),
        };
        HALVES.map(of).into()
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
    natural_correction_of(&[bands], sample_rate_hz)
}

/// The same behind several cascades in a row, each with the tail of its own bands.
#[must_use]
pub fn natural_correction_of(bands: &[&[Band]], sample_rate_hz: f64) -> Vec<f64> {
    let missing: Vec<_> = pairs(bands, sample_rate_hz, grid(POINTS)).iter().map(Pair::ratio).collect();
    fitted(&missing, |n| missing[n].norm())
}

/// The same for a cascade on left and right with one on mid and side behind it, each given as its bands: what left and right
/// miss has passed mid and side, so that it takes a way from mid to side and one back to bring it.
///
/// With `l` and `r` what is missing on left and right, `a = (l + r) / 2` and `b = (l - r) / 2`: of mid, `a` times what is missing on
/// mid; from side to mid, `b` times what mid is to be over what side is; and so with mid and side exchanged.
#[must_use]
pub fn natural_correction_across(left_right: [&[Band]; 2], mid_side: [&[Band]; 2], sample_rate_hz: f64) -> CrossedTaps {
    let responses = |bands: &[Band]| pairs_or_wire(bands, sample_rate_hz);
    let ([left, right], channels) = (left_right.map(responses), mid_side.map(responses));
    let mixed = |sign: f64| -> Vec<Complex64> {
        left.iter().zip(&right).map(|(left, right)| 0.5 * (left.ratio() + sign * right.ratio())).collect()
    };
    let (sum, difference) = (mixed(1.0), mixed(-1.0));
    let own = [0, 1].map(|n: usize| {
        let missing: Vec<_> = channels[n].iter().zip(&sum).map(|(channel, sum)| channel.ratio() * sum).collect();
        fitted(&missing, |n| missing[n].norm())
    });
    let to = [0, 1].map(|n: usize| {
        let ways = channels[n].iter().zip(&channels[1 - n]).zip(&difference);
        let missing: Vec<_> = ways
            .map(|((to, from), difference)| {
                // Its inverse, but where next to nothing is left of one the other is not made of it.
                let inverse = from.digital.conj() / from.digital.norm().max(FAINT).powi(2);
                to.prototype * difference * inverse
            })
            .collect();
        fitted(&missing, |_| 1.0)
    });
    CrossedTaps::of_mid_and_side(&own, &to)
}

/// What a cascade is and is to be at each point; a wire if there is nothing to correct.
fn pairs_or_wire(bands: &[Band], sample_rate_hz: f64) -> Vec<Pair> {
    let found = pairs(&[bands], sample_rate_hz, grid(POINTS));
    if found.is_empty() { vec![Pair::WIRE; POINTS] } else { found }
}

/// The shortest taps whose error over `scale` at each point will do, or the longest; a wire for nothing.
fn fitted(missing: &[Complex64], scale: impl Fn(usize) -> f64) -> Vec<f64> {
    const MIDDLE: usize = NATURAL_LATENCY_SAMPLES;
    let mut taps = vec![0.0; NATURAL_TAPS];
    if missing.is_empty() {
        taps[MIDDLE] = 1.0;
        return taps;
    }
    let (real, imaginary): (Vec<f64>, Vec<f64>) = missing.iter().map(|x| (x.re, x.im)).unzip();
    for Inverses { half, even: to_even, odd: to_odd } in inverses() {
        let (even, odd) = (to_even.solve(&real), to_odd.solve(&imaginary));
        let made = to_even.made(&even).zip(to_odd.made(&odd)).map(|(re, im)| Complex64::new(re, im));
        let errors = made.zip(missing).enumerate().map(|(n, (made, missing))| (made - missing).norm() / scale(n));
        let left = errors.fold(0.0, f64::max);
        if left > GOOD && *half < MIDDLE {
            continue;
        }
        taps[MIDDLE] = even[0];
        for n in 1..=*half {
            // A later tap turns the phase down: e^(-jwn).
            taps[MIDDLE + n] = 0.5 * (even[n] - odd[n - 1]);
            taps[MIDDLE - n] = 0.5 * (even[n] + odd[n - 1]);
        }
        break;
    }
    taps
}
