//! What the sections of bands still miss in magnitude, and the one section that brings most of it.

use std::f64::consts::PI;

use super::analogue::Analogue;
use super::matched;
use crate::filters::SvfCoefs;
use crate::simd::{self, Simd, dispatch};

/// Frequencies at which it is known, share of the sample rate: denser towards 20 kHz at 44.1 kHz, with half the tangents
/// of their angles.
const NODES: usize = 10;
/// In whole vectors.
const PLACES: usize = 12;
const TOP: f64 = 0.4558;
/// Where a section without zeros of its own, or a low cut's without a place for its poles, is made exact, share of the sample rate.
const FITTED: [f64; 2] = [0.4535, 0.4];
/// Poles of low cuts begin to be those fitted ones above this share of the sample rate,
const FITTED_ABOVE: f64 = 0.455;
/// and above this they are.
const ALL_FITTED_ABOVE: f64 = 0.465;
/// What is fitted keeps so much of what makes it one of minimum phase.
const LEAST_FAR: f64 = 1e-6;
const LEAST_DAMPING: f64 = 0.02;

/// Where all bands together leave less than this power (-50 dB), the tail minds less and less.
const FAINT: f64 = 1e-5;
/// Of the least squares; relative to each unknown's own curvature, more each time.
const DAMPINGS: [f64; 4] = [1e-6, 1e-4, 1e-2, 1.0];
/// So many steps.
const STEPS: usize = 2;
/// Of a wire the steps may not take more away than this leaves.
const LEAST_LEFT: f64 = 0.05;
/// `tan^2` that `u` is measured in.
const UNIT: f64 = 2.0;
/// The powers of zeros and poles at `z = 0`.
const WIRE: [f64; 3] = [1.0, 2.0 * UNIT, UNIT * UNIT];

/// What is left to do for the magnitude of some bands of a channel: at ten frequencies the power that is missing, and how
/// much there is of all of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Missing {
    ratio: [f64; PLACES],
    power: [f64; PLACES],
}

impl Default for Missing {
    /// Nothing.
    fn default() -> Self {
        Self { ratio: [1.0; PLACES], power: [1.0; PLACES] }
    }
}

/// The squares of the nodes (share of the sample rate), and `tan^2` of half their angle.
struct Nodes {
    square: [f64; PLACES],
    u: [f64; PLACES],
    /// The same of [`FITTED`].
    fitted: [[f64; 2]; 2],
}

fn nodes() -> &'static Nodes {
    static NODES_MADE: std::sync::LazyLock<Nodes> = std::sync::LazyLock::new(|| {
        // What fills the last vector is a node like the others, and never looked at.
        let share: [f64; PLACES] = std::array::from_fn(|n| {
            let place = n.min(NODES - 1) as f64;
            TOP * (0.5 * PI * (place + 0.7) / (NODES as f64 - 0.3)).sin()
        });
        let u = |share: f64| (PI * share).tan().powi(2);
        Nodes {
            square: share.map(|share| share * share),
            u: share.map(u),
            fitted: FITTED.map(|share| [share * share, u(share)]),
        }
    });
    &NODES_MADE
}

/// `|a + b jx + c (jx)^2|^2` of `x^2`.
#[inline(always)]
fn power(p: &[f64; 3], square: f64) -> f64 {
    let even = p[0] - p[2] * square;
    even * even + p[1] * p[1] * square
}

impl Missing {
    /// Of one section.
    #[inline(always)]
    fn push(&mut self, analogue: &Analogue, zeros: &[f64; 3], poles: &[f64; 3], centre: f64) {
        let nodes = nodes();
        let per_square = 1.0 / (centre * centre);
        for n in 0..PLACES {
            let (square, u) = (nodes.square[n] * per_square, nodes.u[n]);
            let (aim, over) = (power(&analogue.zeros, square), power(&analogue.poles, square));
            let (inverse, gain) = (1.0 / (over * power(zeros, u)), power(zeros, u));
            self.ratio[n] *= aim * power(poles, u) * inverse;
            self.power[n] *= aim * gain * inverse;
        }
    }

    /// With what others miss.
    pub fn add(&mut self, other: &Self) {
        for n in 0..PLACES {
            self.ratio[n] *= other.ratio[n];
            self.power[n] *= other.power[n];
        }
    }

    /// The section that brings most of it: the ratio of two quadratics in `u = tan^2(w/2)` that is closest to the missing power, in
    /// two steps of damped least squares from a wire (after C. K. Sanathanan and J. Koerner, *Transfer Function Synthesis
    /// as a Ratio of Two Complex Polynomials*, 1963), as the section of minimum phase with these powers (after Martin Vicanek,
    /// *Matched Second Order Digital Filters*, 2016). A wire if nothing is missing. Stable whatever is. Realtime-safe.
    #[must_use]
    pub fn tail(&self) -> SvfCoefs {
        // A wire with its roots at z = 0.
        let (mut zeros, mut poles) = (WIRE, WIRE);
        for _ in 0..STEPS {
            let Some(better) = self.step(&zeros, &poles) else { break };
            (zeros, poles) = better;
        }
        SvfCoefs::from_warped(factor(&zeros), factor(&poles))
    }

    /// From these powers to closer ones, if there are any.
    fn step(&self, zeros: &[f64; 3], poles: &[f64; 3]) -> Option<([f64; 3], [f64; 3])> {
        let (mut curvature, mut slope) = ([[0.0; 4]; 4], [0.0; 4]);
        for ((&ratio, &power), &u) in self.ratio.iter().zip(&self.power).zip(&nodes().u).take(NODES) {
            let aim = if ratio > 1e-9 { ratio.min(1e9) } else { 1e-9 };
            let u = u / UNIT;
            let (over, under) = (1.0 + u * (zeros[1] + u * zeros[2]), 1.0 + u * (poles[1] + u * poles[2]));
            let faint = if power < FAINT { power / FAINT } else { 1.0 };
            let weight = faint / (aim * over * under);
            let error = over - aim * under;
            let columns = [u, u * u, -u * aim, -u * u * aim];
            for i in 0..4 {
                slope[i] += weight * columns[i] * error;
                for j in 0..=i {
                    curvature[i][j] += weight * columns[i] * columns[j];
                }
            }
        }
        DAMPINGS.into_iter().find_map(|damping| {
            let [a, b, c, d] = solve(&curvature, &slope, damping);
            let new = ([1.0, zeros[1] - a, zeros[2] - b], [1.0, poles[1] - c, poles[2] - d]);
            (is_left(&new.0) && is_left(&new.1)).then_some(new)
        })
    }
}

fn damping_of(p: &[f64; 3]) -> f64 {
    p[1] + 2.0 * (p[0] * p[2]).max(0.0).sqrt()
}

/// Whether there is enough left of the wire. False for what is not a number.
fn is_left(new: &[f64; 3]) -> bool {
    new[2] >= LEAST_LEFT * WIRE[2] && damping_of(new) >= LEAST_LEFT * damping_of(&WIRE)
}

/// The factor in `p` whose power this is.
fn factor(power: &[f64; 3]) -> [f64; 3] {
    [1.0, (damping_of(power) / UNIT).sqrt(), power[2].sqrt() / UNIT]
}

/// Cholesky's solution of `(curvature + damping) x = slope`.
#[inline(always)]
fn solve(curvature: &[[f64; 4]; 4], slope: &[f64; 4], damping: f64) -> [f64; 4] {
    let mut l = [[0.0; 4]; 4];
    let (mut inverse, mut x) = ([0.0; 4], [0.0; 4]);
    for i in 0..4 {
        let mut sum = slope[i];
        let mut square = curvature[i][i] * (1.0 + damping);
        for j in 0..i {
            let mut product = curvature[i][j];
            for (a, b) in l[i][..j].iter().zip(&l[j][..j]) {
                product -= a * b;
            }
            l[i][j] = product * inverse[j];
            sum -= l[i][j] * x[j];
            square -= l[i][j] * l[i][j];
        }
        inverse[i] = if square > 0.0 { 1.0 / square.sqrt() } else { 0.0 };
        x[i] = sum * inverse[i];
    }
    for i in (0..4).rev() {
        for j in i + 1..4 {
            x[i] -= l[j][i] * x[j];
        }
        x[i] *= inverse[i];
    }
    x
}

#[inline(always)]
fn push<S: Simd>(_: S, missing: &mut Missing, analogue: &Analogue, zeros: &[f64; 3], poles: &[f64; 3], centre: f64) {
    missing.push(analogue, zeros, poles, centre);
}

/// What zeros or poles must be (`own`) so that the magnitude is exact at 0 Hz and at two frequencies near the top, where the
/// others are as they are.
fn fitted(own: &[f64; 3], others: &[f64; 3], digital_others: &[f64; 3], centre: f64) -> [f64; 3] {
    let per_square = 1.0 / (centre * centre);
    let at_dc = own[0];
    // The power is that at 0 Hz times 1 + a u + b u^2.
    let [first, second] = nodes().fitted.map(|[square, u]| {
        let square = square * per_square;
        let wanted = power(digital_others, u) * power(own, square) / power(others, square);
        (u, (wanted / (at_dc * at_dc) - 1.0) / u)
    });
    let b = ((first.1 - second.1) / (first.0 - second.0)).max(LEAST_FAR);
    let far = b.sqrt();
    let damping = (first.1 - b * first.0 + 2.0 * far).max(2.0 * LEAST_DAMPING * far);
    [at_dc, at_dc * damping.sqrt(), at_dc * far]
}

/// Of a low cut near Nyquist and above: there neither `e^s` nor the map brings the few decibels at the top, and sections of a
/// steep cut miss the same, one like the other. Those with real poles far apart keep them: they are exact where it matters.
fn poles_of_high_pass(analogue: &Analogue, zeros: &[f64; 3], exact: &[f64; 3], centre: f64) -> [f64; 3] {
    let [p0, p1, p2] = analogue.poles;
    let near_top = ((centre - FITTED_ABOVE) / (ALL_FITTED_ABOVE - FITTED_ABOVE)).clamp(0.0, 1.0);
    let share = near_top * (2.0 - 0.5 * p1 / (p0 * p2).sqrt()).clamp(0.0, 1.0);
    if share <= 0.0 {
        return *exact;
    }
    let fitted = fitted(&analogue.poles, &analogue.zeros, zeros, centre);
    [0, 1, 2].map(|n| exact[n] + (fitted[n] - exact[n]) * share)
}

/// The digital section of an analogue one, and what it misses.
pub(super) fn matched(missing: &mut Missing, analogue: &Analogue, centre: f64) -> SvfCoefs {
    if analogue.zeros[1] < 0.0 {
        // An all-pass misses nothing of the magnitude.
        let [p0, p1, p2] = matched::digital(&analogue.poles, centre);
        return SvfCoefs::from_warped([p0, -p1, p2], [p0, p1, p2]);
    }
    let mut poles = matched::digital(&analogue.poles, centre);
    let zeros = match analogue.zeros {
        // Zeros at infinity have no place of their own in `z`, and sections of a steep cut miss the same, one like the other.
        [_, 0.0, 0.0] => fitted(&analogue.zeros, &analogue.poles, &poles, centre),
        _ => matched::digital(&analogue.zeros, centre),
    };
    if let [0.0, 0.0, _] = analogue.zeros {
        poles = poles_of_high_pass(analogue, &zeros, &poles, centre);
    }
    dispatch!(simd::level(), simd => push(simd, missing, analogue, &zeros, &poles, centre));
    SvfCoefs::from_warped(zeros, poles)
}
