//! The delay that the phases of a cross-spectrum tell.

use realfft::num_complex::Complex64;
use std::f64::consts::TAU;

use super::cross::{CrossSpectrum, PARTS};
use super::minimum::MinimumPhase;
use super::{HIGHEST_HZ, LOWEST_HZ};

/// The most that one bin counts, as the ratio of what is common to what is not: what is alike to the bit must not drown the
/// rest.
const MOST_WEIGHT: f64 = 20.0;
/// The farthest from the nearest sample that the fraction is looked for.
const REACH_SAMPLES: i32 = 48;
/// Steps in a sample in which the peak is looked for.
const STEPS: i32 = 8;
/// Rounds in which the bent line is fitted.
const ROUNDS: usize = 7;
/// Phases farther off than this, in radians, count less and less: they may be a turn away.
const ROBUST_RAD: f64 = 0.5;

/// What is known of the phases.
pub(super) struct Evidence {
    cross: CrossSpectrum,
    minimum: MinimumPhase,
    /// How much each bin says (the weights of Hannan and Thomson: C. Knapp and G. Carter, 1976).
    weights: Vec<f64>,
    total: f64,
}

impl Evidence {
    /// `None` where no bin says anything.
    pub fn new(cross: CrossSpectrum) -> Option<Self> {
        let coherence = cross.coherence();
        let least = cross.least_coherence();
        let band = (LOWEST_HZ / cross.bin_hz).ceil() as usize..=(HIGHEST_HZ / cross.bin_hz) as usize;
        let weight = |(k, &coherence): (usize, &f64)| {
            if !band.contains(&k) || coherence < least || k + 1 >= cross.cross.len() {
                return 0.0;
            }
            (coherence / (1.0 - coherence).max(1e-9)).min(MOST_WEIGHT)
        };
        let weights: Vec<f64> = coherence.iter().enumerate().map(weight).collect();
        let total = weights.iter().sum();
        let minimum = MinimumPhase::new(&cross, &coherence);
        (total > 0.0).then_some(Self { cross, minimum, weights, total })
    }

    /// As how many bins that say alike all of them count: of a few, any delay will explain the phases.
    pub fn breadth(&self) -> f64 {
        self.total.powi(2) / self.weights.iter().map(|weight| weight * weight).sum::<f64>()
    }

    /// Radians by which one sample turns one bin.
    fn step(&self) -> f64 {
        TAU / self.cross.size as f64
    }

    /// Unit vectors of the bins' phases without `removed`.
    fn phases(&self, bins: &[Complex64], removed: impl Fn(usize) -> f64) -> Vec<Complex64> {
        let unit = |(k, bin): (usize, &Complex64)| {
            let length = bin.norm();
            if length > 0.0 && self.weights[k] > 0.0 {
                bin / length * Complex64::from_polar(1.0, -removed(k))
            } else {
                Complex64::default()
            }
        };
        bins.iter().enumerate().map(unit).collect()
    }

    /// The weighted correlation of phases at a delay, -1 to 1.
    fn correlate(&self, phases: &[Complex64], delay_samples: f64) -> f64 {
        /// Bins after which the angle is set right, before rounding shows.
        const RUN: usize = 512;
        let step = self.step() * delay_samples;
        let turn = Complex64::from_polar(1.0, step);
        let mut sum = 0.0;
        for (index, (phases, weights)) in phases.chunks(RUN).zip(self.weights.chunks(RUN)).enumerate() {
            let mut at = Complex64::from_polar(1.0, step * (index * RUN) as f64);
            for (phase, weight) in phases.iter().zip(weights) {
                sum += weight * (phase.re * at.re - phase.im * at.im);
                at *= turn;
            }
        }
        sum / self.total
    }

    /// The delay within `reach` samples of `centre` at which `height` of the correlation is greatest.
    fn peak(&self, phases: &[Complex64], centre: f64, reach: i32, height: impl Fn(f64) -> f64) -> f64 {
        let at = |delay: f64| height(self.correlate(phases, delay));
        let grid = (-reach * STEPS..=reach * STEPS).map(|step| centre + f64::from(step) / f64::from(STEPS));
        let heights = grid.map(|delay| (delay, at(delay)));
        let (mut delay, _) = heights.max_by(|x, y| x.1.total_cmp(&y.1)).unwrap_or((centre, 0.0));
        let mut width = 1.0 / f64::from(STEPS);
        for _ in 0..4 {
            let [before, peak, after] = [at(delay - width), at(delay), at(delay + width)];
            let bend = before - 2.0 * peak + after;
            if bend < 0.0 {
                delay += (0.5 * (before - after) / bend).clamp(-1.0, 1.0) * width;
            }
            width *= 0.5;
        }
        delay
    }
}

/// What one way of reading the phases gives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// By how many samples the second is later.
    pub delay_samples: f64,
    /// Whether the second is upside down.
    pub is_inverted: bool,
    /// What the delay leaves unexplained: the weighted mean of `1 - cos` of the phases that remain, 0 to 1.
    pub rest: f64,
    /// The same, had the phases been free to bend at the low end.
    pub rest_bent_low: f64,
    /// The same, had they been free to bend at both ends.
    pub rest_bent: f64,
    /// By how much the delay moves when the low end may bend, in samples.
    pub low_end_samples: f64,
    /// Standard deviation of the delay over the parts of the excerpt, in samples.
    pub wander_samples: f64,
    /// By how much the delay depends on how the magnitude goes on where there is no sound, in samples.
    pub unknown_samples: f64,
}

impl Reading {
    /// The phases as they are: right where the phase is linear, whatever the magnitude.
    pub fn as_it_is(evidence: &Evidence) -> Self {
        Self::new(evidence, |_| 0.0)
    }

    /// Without what a minimum-phase filter of the measured magnitude turns them by.
    pub fn without_minimum_phase(evidence: &Evidence) -> Self {
        let minimum = &evidence.minimum;
        let mut reading = Self::new(evidence, |k| minimum.level[k]);
        // The straight line of the difference between the two continuations.
        let (mut up, mut across) = (0.0, 0.0);
        for (k, weight) in evidence.weights.iter().enumerate() {
            let omega = evidence.step() * k as f64;
            up += weight * omega * (minimum.continued[k] - minimum.level[k]);
            across += weight * omega * omega;
        }
        reading.unknown_samples = (up / across).abs();
        reading
    }

    fn new(evidence: &Evidence, removed: impl Fn(usize) -> f64) -> Self {
        let phases = evidence.phases(&evidence.cross.cross, &removed);
        let delay = evidence.peak(&phases, 0.0, REACH_SAMPLES, f64::abs);
        let height = evidence.correlate(&phases, delay);
        let sign = height.signum();
        let parts: [f64; PARTS] = std::array::from_fn(|part| {
            let phases = evidence.phases(&evidence.cross.parts[part], &removed);
            evidence.peak(&phases, delay, 2, |height| sign * height)
        });
        let mean = parts.iter().sum::<f64>() / PARTS as f64;
        let variance = parts.iter().map(|delay| (delay - mean).powi(2)).sum::<f64>() / (PARTS - 1) as f64;
        let rest = 1.0 - height.abs();
        let (delay_low, rest_low) = bent::<2>(evidence, &phases, delay, sign);
        let (_, rest_both) = bent::<4>(evidence, &phases, delay, sign);
        Self {
            delay_samples: delay,
            is_inverted: sign < 0.0,
            rest,
            rest_bent_low: rest_low.min(rest),
            rest_bent: rest_both.min(rest_low).min(rest),
            low_end_samples: delay_low - delay,
            wander_samples: variance.sqrt(),
            unknown_samples: 0.0,
        }
    }
}

/// The delay and what remains when the phases may bend smoothly, as allpasses and recursive filters bend them: at the low end,
/// where `COLUMNS` is 2, and at the high one too, where it is 4. By weighted least squares from a straight line on.
fn bent<const COLUMNS: usize>(evidence: &Evidence, phases: &[Complex64], delay_samples: f64, sign: f64) -> (f64, f64) {
    let columns = |k: usize| -> [f64; COLUMNS] {
        let hz = k as f64 * evidence.cross.bin_hz;
        let high = hz / 10_000.0;
        let all = [-evidence.step() * k as f64, 500.0 / hz, high.powi(3), high.powi(5)];
        std::array::from_fn(|column| all[column])
    };
    let mut factors = [0.0; COLUMNS];
    factors[0] = delay_samples;
    let mut best = (delay_samples, f64::INFINITY);
    for _ in 0..ROUNDS {
        let (mut matrix, mut right, mut rest) = ([[0.0; COLUMNS]; COLUMNS], [0.0; COLUMNS], 0.0);
        for (k, (phase, &weight)) in phases.iter().zip(&evidence.weights).enumerate().filter(|(_, (_, w))| **w > 0.0) {
            let columns = columns(k);
            let line: f64 = columns.iter().zip(&factors).map(|(column, factor)| column * factor).sum();
            let off = sign * phase * Complex64::from_polar(1.0, -line);
            rest += weight * (1.0 - off.re);
            let angle = off.arg();
            let weight = weight / (1.0 + (angle / ROBUST_RAD).powi(2));
            for row in 0..COLUMNS {
                right[row] += weight * columns[row] * angle;
                for column in 0..COLUMNS {
                    matrix[row][column] += weight * columns[row] * columns[column];
                }
            }
        }
        if rest / evidence.total < best.1 {
            best = (factors[0], rest / evidence.total);
        }
        let Some(change) = solve(matrix, right) else { break };
        factors.iter_mut().zip(change).for_each(|(factor, change)| *factor += change);
    }
    best
}

/// Solves a symmetric positive system by elimination; `None` where it has no single solution.
fn solve<const N: usize>(mut matrix: [[f64; N]; N], mut right: [f64; N]) -> Option<[f64; N]> {
    for at in 0..N {
        let pivot = matrix[at];
        if pivot[at] < 1e-12 {
            return None;
        }
        for row in at + 1..N {
            let share = matrix[row][at] / pivot[at];
            matrix[row].iter_mut().zip(pivot).for_each(|(x, y)| *x -= share * y);
            right[row] -= share * right[at];
        }
    }
    for at in (0..N).rev() {
        let known: f64 = (at + 1..N).map(|column| matrix[at][column] * right[column]).sum();
        right[at] = (right[at] - known) / matrix[at][at];
    }
    Some(right)
}
