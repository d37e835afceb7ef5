//! The half-band designs, computed once per process (about a millisecond) rather than carried as tables.

use std::f64::consts::{PI, TAU};
use std::sync::OnceLock;

use super::Phase;
use crate::math::bessel_i0;

/// The stages of the largest factor.
pub(super) const STAGES: usize = 4;

/// Passband edges of the stages as a share of each stage's higher rate, at 44.1 kHz: the first passes 20 kHz, the
/// others only have to keep images and aliases out of the base band.
const PASS_EDGES: [f64; STAGES] = [20.0 / 88.2, 22.05 / 176.4, 22.05 / 352.8, 22.05 / 705.6];

/// A set of half-band filters: for each stage the non-zero outer taps (`2 m` of a filter of `4 m - 1`, here `m`), and how
/// the first one is made; the others are equiripple up to their edges, a share of each stage's higher rate.
struct FirSet {
    half_taps: [usize; STAGES],
    edges: [f64; STAGES],
    first: First,
}

enum First {
    /// The least error up to its edge.
    Equiripple,
    /// A sinc under a Kaiser window of this beta: next to exact far below the edge, where an equiripple filter with so
    /// little attenuation would be off by a tenth of a decibel.
    Kaiser(f64),
}

/// The shortest filters with 120 dB: 163, 27, 15 and 11 taps.
const LINEAR: FirSet = FirSet { half_taps: [41, 7, 4, 3], edges: PASS_EDGES, first: First::Equiripple };
/// What is left of [`LINEAR`] for a wave that is at twice its rate already, and the shortest with 80 dB: 19, 11, 7 and 7 taps.
const DOUBLED: FirSet = FirSet { half_taps: [7, 4, 3, 3], edges: LATER_EDGES, first: First::Equiripple };
const DOUBLED_SHORT: FirSet = FirSet { half_taps: [5, 3, 2, 2], edges: LATER_EDGES, first: First::Equiripple };
const LATER_EDGES: [f64; STAGES] = [PASS_EDGES[1], PASS_EDGES[2], PASS_EDGES[3], 0.5 * PASS_EDGES[3]];
/// To find a peak within 0.2 dB as far up the band as 51 taps can.
const PEAKS: FirSet = FirSet { half_taps: [13, 5, 3, 2], edges: PASS_EDGES, first: First::Kaiser(3.5) };

/// Half the length of the filter that comes down to the base rate and folds nothing; odd, for 8x and 16x to delay alike.
pub(super) const STEEP_HALF: usize = 107;
/// Half the length of the one that doubles the rate without images; even, for whole base samples.
pub(super) const DOUBLER_HALF: usize = 100;

/// The first half of [`STEEP_HALF`]'s filter with its middle: passes 19.4 kHz at 44.1 kHz and stops from half the base rate on,
/// at twice the base rate.
pub(super) fn steep_low_pass() -> Vec<f64> {
    low_pass(STEEP_HALF, 0.2365, 9.5)
}

/// The same of [`DOUBLER_HALF`]: within 0.1 dB up to 19.8 kHz at 44.1 kHz, 70 dB.
pub(super) fn doubler_low_pass() -> Vec<f64> {
    low_pass(DOUBLER_HALF, 0.238, 7.0)
}

/// The first half of the taps between the samples of a half-band filter: `2 half` of a sinc under a Kaiser window of `beta`, with
/// unit sum. Its slope about half the rate is a raised cosine of this width, a share of the rate, which the window widens.
pub(super) fn between_samples(half: usize, beta: f64, slope: f64) -> Vec<f64> {
    let tap = |n: usize| {
        let offset = (half - n) as f64 - 0.5;
        let within = offset / half as f64;
        let x = 2.0 * slope * offset;
        let raised = if x == 1.0 { 0.25 * PI } else { (0.5 * PI * x).cos() / (1.0 - x * x) };
        (PI * offset).sin() / (PI * offset) * raised * bessel_i0(beta * (1.0 - within * within).sqrt())
    };
    let taps: Vec<f64> = (0..half).map(tap).collect();
    let sum = 2.0 * taps.iter().sum::<f64>();
    taps.iter().map(|tap| tap / sum).collect()
}

/// The first half, with its middle, of a sinc under a Kaiser window of `2 half + 1` taps and unit sum; the cutoff (-6 dB) is a
/// share of the sample rate. J. F. Kaiser, *Nonrecursive digital filter design using the I0-sinh window function* (1974).
pub(super) fn low_pass(half: usize, cutoff: f64, beta: f64) -> Vec<f64> {
    let tap = |n: usize| {
        let offset = (half - n) as f64;
        let within = offset / half.max(1) as f64;
        let sinc = if n == half { 2.0 * cutoff } else { (TAU * cutoff * offset).sin() / (PI * offset) };
        sinc * bessel_i0(beta * (1.0 - within * within).max(0.0).sqrt())
    };
    let taps: Vec<f64> = (0..=half).map(tap).collect();
    let sum = 2.0 * taps.iter().sum::<f64>() - taps[half];
    taps.iter().map(|tap| tap / sum).collect()
}

/// Room for any of them.
pub(super) const MAX_HALF_TAPS: [usize; STAGES] = LINEAR.half_taps;

/// Allpass sections of the shortest elliptic filters with 100 dB: order 17, 9, 9 and 5. Order 7 would do for the third
/// stage; an even number of sections keeps both branches equally long, so that one vector holds them.
const IIR_SECTIONS: [usize; STAGES] = [8, 4, 4, 2];

/// For each stage the first half of the symmetric branch `g` of `H(z) = (g(z^2) + z^-(2m-1)) / 2`. Minimum phase has none
/// and is given those of linear phase.
pub(super) fn fir_branches(phase: Phase) -> &'static [Vec<f64>; STAGES] {
    // All sets at once: whatever is selected later was then computed when the first filter was made.
    static SETS: OnceLock<[[Vec<f64>; STAGES]; 4]> = OnceLock::new();
    let branches = |set: &FirSet| -> [Vec<f64>; STAGES] {
        std::array::from_fn(|s| match set.first {
            First::Kaiser(beta) if s == 0 => between_samples(set.half_taps[s], beta, 0.0),
            _ => one_band_equiripple(set.half_taps[s], 2.0 * set.edges[s]),
        })
    };
    let sets = SETS.get_or_init(|| [LINEAR, DOUBLED, DOUBLED_SHORT, PEAKS].each_ref().map(branches));
    match phase {
        Phase::Linear | Phase::Steep | Phase::Minimum => &sets[0],
        Phase::Doubled => &sets[1],
        Phase::DoubledShort => &sets[2],
        Phase::Peaks => &sets[3],
    }
}

/// For each stage the coefficients of the sections `(a + z^-2) / (1 + a z^-2)`, ascending; they alternate between the
/// branches of `H(z) = (A0(z^2) + z^-1 A1(z^2)) / 2`.
pub(super) fn iir_sections() -> &'static [Vec<f64>; STAGES] {
    static SECTIONS: OnceLock<[Vec<f64>; STAGES]> = OnceLock::new();
    SECTIONS.get_or_init(|| std::array::from_fn(|s| elliptic_half_band(IIR_SECTIONS[s], PASS_EDGES[s])))
}

/// The first `m` taps of the symmetric filter of `2 m` taps that approximates 1 on `0..edge` (a share of its sample
/// rate) in the Chebyshev sense.
///
/// P. P. Vaidyanathan and T. Q. Nguyen, *A "trick" for the design of FIR half-band filters* (1987), turns the half-band
/// problem into this one-band one; the exchange is that of J. H. McClellan and T. W. Parks, *A unified approach to the
/// design of optimum FIR linear phase digital filters* (1973). A symmetric filter of even length has the amplitude
/// `cos(w/2) P(cos w)` with P of degree m - 1, so P approximates `1/cos(w/2)` under the weight `cos(w/2)`.
fn one_band_equiripple(m: usize, edge: f64) -> Vec<f64> {
    let edge_w = TAU * edge;
    let weight = |w: f64| (0.5 * w).cos();
    let grid: Vec<f64> = (0..=64 * m).map(|i| edge_w * i as f64 / (64 * m) as f64).collect();
    // Chebyshev's extrema on the band: close enough for the exchange to converge in a handful of rounds.
    let mut extrema: Vec<f64> = (0..=m)
        .map(|i| {
            let x = 0.5 * ((1.0 + edge_w.cos()) + (1.0 - edge_w.cos()) * (PI * i as f64 / m as f64).cos());
            x.clamp(-1.0, 1.0).acos().clamp(0.0, edge_w)
        })
        .collect();
    let mut polynomial = Barycentric::default();
    for _round in 0..40 {
        let x: Vec<f64> = extrema.iter().map(|w| w.cos()).collect();
        let weights = barycentric_weights(&x);
        // The levelled error: the one delta for which a polynomial of degree m - 1 fits m + 1 points.
        let (mut above, mut below) = (0.0, 0.0);
        for (i, (b, w)) in weights.iter().zip(&extrema).enumerate() {
            above += b / weight(*w);
            below += sign(i) * b / weight(*w);
        }
        let delta = above / below;
        let values = extrema.iter().enumerate().map(|(i, &w)| (1.0 - sign(i) * delta) / weight(w)).collect::<Vec<_>>();
        polynomial = Barycentric::new(x[..m].to_vec(), values[..m].to_vec());
        let error = |w: f64| 1.0 - weight(w) * polynomial.at(w.cos());
        let next = alternation(&grid, &error, m + 1);
        if next.len() != m + 1 {
            break;
        }
        let moved = next.iter().zip(&extrema).any(|(a, b)| (a - b).abs() > 1e-9);
        extrema = next;
        if !moved {
            break;
        }
    }
    // The inverse transform of the amplitude, which is zero at Nyquist.
    let taps = 2 * m;
    let amplitude = |k: usize| {
        let w = TAU * k as f64 / taps as f64;
        weight(w) * polynomial.at(w.cos())
    };
    let amplitudes: Vec<f64> = (0..m).map(amplitude).collect();
    let tap = |n: usize| {
        let offset = n as f64 - 0.5 * (taps - 1) as f64;
        let cosines = (1..m).map(|k| 2.0 * amplitudes[k] * (TAU * k as f64 * offset / taps as f64).cos());
        (amplitudes[0] + cosines.sum::<f64>()) / taps as f64
    };
    (0..m).map(tap).collect()
}

fn sign(i: usize) -> f64 {
    if i.is_multiple_of(2) { 1.0 } else { -1.0 }
}

fn barycentric_weights(x: &[f64]) -> Vec<f64> {
    let product = |i: usize| (0..x.len()).filter(|&j| j != i).map(|j| 2.0 * (x[i] - x[j])).product::<f64>();
    (0..x.len()).map(|i| 1.0 / product(i)).collect()
}

/// The points of `grid` where `error` alternates, the largest of each run of one sign, `count` of them if there are.
fn alternation(grid: &[f64], error: &dyn Fn(f64) -> f64, count: usize) -> Vec<f64> {
    let mut runs: Vec<(f64, f64)> = Vec::new();
    for &w in grid {
        let e = error(w);
        match runs.last_mut() {
            Some(last) if (last.1 >= 0.0) == (e >= 0.0) => {
                if e.abs() > last.1.abs() {
                    *last = (w, e);
                }
            }
            _ => runs.push((w, e)),
        }
    }
    // Too many can only come from rounding at the ends, where the smaller one goes.
    while runs.len() > count {
        if runs[0].1.abs() < runs[runs.len() - 1].1.abs() {
            runs.remove(0);
        } else {
            runs.pop();
        }
    }
    runs.into_iter().map(|(w, _)| w).collect()
}

/// A polynomial by its values (J.-P. Berrut and L. N. Trefethen, *Barycentric Lagrange Interpolation*, 2004).
#[derive(Default)]
struct Barycentric {
    x: Vec<f64>,
    y: Vec<f64>,
    weights: Vec<f64>,
}

impl Barycentric {
    fn new(x: Vec<f64>, y: Vec<f64>) -> Self {
        let weights = barycentric_weights(&x);
        Self { x, y, weights }
    }

    fn at(&self, x: f64) -> f64 {
        let (mut above, mut below) = (0.0, 0.0);
        for ((xi, yi), weight) in self.x.iter().zip(&self.y).zip(&self.weights) {
            if x == *xi {
                return *yi;
            }
            let share = weight / (x - xi);
            above += share * yi;
            below += share;
        }
        above / below
    }
}

/// Coefficients of the elliptic half-band filter of order `2 sections + 1` that passes up to `edge` (a share of its
/// sample rate): R. A. Valenzuela and A. G. Constantinides, *Digital signal processing schemes for efficient
/// interpolation and decimation* (1983). The theta series converge within a few terms, as the nome q is far below 1.
fn elliptic_half_band(sections: usize, edge: f64) -> Vec<f64> {
    let order = (2 * sections + 1) as f64;
    let k = (PI * edge).tan().powi(2);
    let root = (1.0 - k * k).sqrt().sqrt();
    let e = 0.5 * (1.0 - root) / (1.0 + root);
    let q = e + 2.0 * e.powi(5) + 15.0 * e.powi(9) + 150.0 * e.powi(13);
    let coefficient = |i: usize| {
        let angle = i as f64 * PI / order;
        let above: f64 =
            (0..12).map(|j| sign(j) * q.powi((j * (j + 1)) as i32) * ((2 * j + 1) as f64 * angle).sin()).sum();
        let below: f64 = (1..12).map(|j| sign(j) * q.powi((j * j) as i32) * ((2 * j) as f64 * angle).cos()).sum();
        let w = 2.0 * q.powf(0.25) * above / (1.0 + 2.0 * below);
        let x = ((1.0 - k * w * w) * (1.0 - w * w / k)).sqrt() / (1.0 + w * w);
        (1.0 - x) / (1.0 + x)
    };
    (1..=sections).map(coefficient).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use realfft::num_complex::Complex64;

    /// The levels that the orders were chosen for, read off the finished coefficients.
    #[test]
    fn stop_bands_hold() {
        // The stop band mirrors the pass band about a quarter of the rate.
        let places = |edge: f64| (0..=4000).map(move |i| 0.5 - edge * f64::from(i) / 4000.0);
        let stop_db = |taps: &[f64], edge: f64| {
            let response = |f: f64| {
                let m = taps.len() as f64;
                let g: f64 =
                    taps.iter().enumerate().map(|(j, t)| 2.0 * t * (TAU * 2.0 * f * (m - 0.5 - j as f64)).cos()).sum();
                0.5 * (g + 1.0).abs().min((g - 1.0).abs())
            };
            20.0 * places(edge).map(response).fold(0.0, f64::max).log10()
        };
        for (phase, set, promise_db) in [
            (Phase::Linear, LINEAR, -120.0),
            (Phase::Doubled, DOUBLED, -120.0),
            (Phase::DoubledShort, DOUBLED_SHORT, -80.0),
        ] {
            for (stage, taps) in fir_branches(phase).iter().enumerate() {
                let worst_db = stop_db(taps, set.edges[stage]);
                println!("{phase:?}, stage {}: {worst_db:.1} dB", stage + 1);
                assert!(worst_db <= promise_db, "{phase:?}, stage {stage}: {worst_db}");
            }
        }
        // For peaks: to the edge within a fifth of a decibel, which is 6 dB less in the branch alone, and a third of the
        // way within a hundredth.
        let peaks = &fir_branches(Phase::Peaks)[0];
        let (at_edge_db, far_below_db) = (stop_db(peaks, 0.5 * 20.0 / 48.0), stop_db(peaks, 0.16));
        println!("peaks: {at_edge_db:.1} dB, {far_below_db:.1} dB far below");
        assert!(at_edge_db <= -40.0 && far_below_db <= -47.0, "{at_edge_db}, {far_below_db}");
        // Those that neither fold nor leave images, at twice the base rate: nothing from a quarter of it on.
        for (name, half, pass, pass_db, stops) in [
            ("down", steep_low_pass(), 19.4 / 88.2, 0.01, [(0.25, -60.0), (0.254, -95.0)]),
            ("doubled", doubler_low_pass(), 19.8 / 88.2, 0.1, [(0.25, -60.0), (0.2515, -70.0)]),
        ] {
            let middle = half.len() - 1;
            let response = |f: f64| -> f64 {
                let tap = |n: usize| half[n] * (TAU * f * (middle - n) as f64).cos();
                half[middle] + 2.0 * (0..middle).map(tap).sum::<f64>()
            };
            let off =
                (0..=2000).map(|i| 20.0 * response(pass * f64::from(i) / 2000.0).log10().abs()).fold(0.0, f64::max);
            println!("{name}: {off:.4} dB up to {pass:.3}");
            assert!(off <= pass_db, "{name}: {off} dB in its band");
            for (from, promise_db) in stops {
                let places = (0..=4000).map(|i| from + (0.5 - from) * f64::from(i) / 4000.0);
                let worst_db = 20.0 * places.map(|f| response(f).abs()).fold(0.0, f64::max).log10();
                println!("{name}: {worst_db:.1} dB from {from}");
                assert!(worst_db <= promise_db, "{name}: {worst_db} dB from {from}");
            }
        }
        for (stage, sections) in iir_sections().iter().enumerate() {
            let response = |f: f64| {
                let z2 = Complex64::cis(-2.0 * TAU * f);
                let mut branch = [Complex64::new(1.0, 0.0), Complex64::cis(-TAU * f)];
                for (j, a) in sections.iter().enumerate() {
                    branch[j % 2] *= (a + z2) / (1.0 + a * z2);
                }
                0.5 * (branch[0] + branch[1]).norm()
            };
            let worst_db = 20.0 * places(PASS_EDGES[stage]).map(response).fold(0.0, f64::max).log10();
            println!("elliptic, stage {}: {worst_db:.1} dB, {sections:?}", stage + 1);
            assert!(worst_db <= -100.0, "stage {stage}: {worst_db}");
        }
        // The published values of reference/nonlinear.md A.
        let first = [
            0.037_365_116_7,
            0.139_361_824_8,
            0.281_346_011_4,
            0.436_261_826_8,
            0.584_461_170_8,
            0.717_065_429_7,
            0.834_582_043_5,
            0.944_304_068_9,
        ];
        for (ours, theirs) in iir_sections()[0].iter().zip(first) {
            assert!((ours - theirs).abs() < 1e-9, "{ours} {theirs}");
        }
    }
}
