//! The loudness law: the gain that gives a programme at the operating level the loudness that driving takes from it.
//!
//! It is the mean over two kinds of programme, whose samples are spread as Gaussian noise and as Laplacian noise, between which
//! mixes lie (nonlinear.md takes a sine as well: it would leave drums 2 LU too quiet). With several bands, or mid and side,
//! each part counts by its share of a programme's power. The law knows neither emphasis nor bias motion. The transformer takes
//! nothing above the bass, and gets nothing.
//!
//! Solving it costs up to 492 values of the curve, too many for a setting that moves with every sample. What it is made of
//! depends on one number, the level in the curve's unit, so it can be read from a table (built once, in `prepare`), exact to
//! 1e-6 of the gain. A setting that moves takes that, and at the next point of the grid the gain it goes to is put right by
//! solving once: what rests is exact, and a block never costs more than one solution.

use std::f64::consts::{PI, SQRT_2};
use std::sync::OnceLock;

use shared_dsp::math::{db_to_gain, power_to_db};
use shared_dsp::nonlinear::SaturationCurve;

use super::character::{Character, Shape};
use super::settings::{ChannelMode, MOST_BANDS, SaturatorSettings, drive_share};

/// A programme's band of interest, over which the law spreads its power evenly by octaves.
const BAND_HZ: (f64, f64) = (40.0, 10_000.0);
/// A programme's share of power in half the difference of its channels.
const SIDE: f64 = 0.1;
/// Gaussian, Laplacian.
const PROGRAMMES: usize = 2;

/// Simpson's rule over the size of the samples in units of their rms, as far as 10.
const STEPS: usize = 40;
const STEP: f64 = 0.25;

/// All that the law depends on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Law {
    character: Character,
    shape: Shape,
    drive_db: [f64; MOST_BANDS],
    bands: usize,
    crossover_hz: [f64; MOST_BANDS - 1],
    channel_mode: ChannelMode,
    zero_vu_db: f64,
}

impl Law {
    pub(super) fn of(settings: &SaturatorSettings) -> Self {
        Self {
            character: settings.character,
            shape: settings.shape(),
            drive_db: settings.drive_db,
            bands: settings.bands,
            crossover_hz: settings.crossover_hz,
            channel_mode: settings.channel_mode,
            zero_vu_db: settings.zero_vu_db,
        }
    }

    /// The gain in dB, exactly 0 at drive 0. Realtime-safe after [`prepare`].
    pub(super) fn solve(&self) -> f64 {
        self.makeup_db(power_gains)
    }

    /// The same from the table.
    pub(super) fn look_up(&self) -> f64 {
        self.makeup_db(|curve, shape, rms, drive_db| table(curve).power_gains(curve, shape, rms, drive_db))
    }

    fn makeup_db(&self, power_gains: impl Fn(SaturationCurve, Shape, f64, f64) -> [f64; PROGRAMMES]) -> f64 {
        let Some(curve) = self.character.curve() else { return 0.0 };
        // The shares add up to one only nearly.
        if self.drive_db[..self.bands].iter().all(|&drive_db| drive_db <= 0.0) {
            return 0.0;
        }
        let lanes: &[(f64, bool)] = match self.channel_mode {
            ChannelMode::Stereo => &[(1.0, true)],
            ChannelMode::MidSide => &[(1.0 - SIDE, true), (SIDE, true)],
            ChannelMode::MidOnly => &[(1.0 - SIDE, true), (SIDE, false)],
            ChannelMode::SideOnly => &[(1.0 - SIDE, false), (SIDE, true)],
        };
        let rms = db_to_gain(self.zero_vu_db);
        let mut powers = [0.0; PROGRAMMES];
        for &(lane_share, is_driven) in lanes {
            for (band, band_share) in self.band_shares().into_iter().enumerate().take(self.bands) {
                let share = lane_share * band_share;
                let drive_db = self.drive_db[band];
                // Between crossovers that meet there is no band and no power to be divided by.
                let gains = if is_driven && drive_db > 0.0 && share > 0.0 {
                    power_gains(curve, self.shape, rms * share.sqrt(), drive_db)
                } else {
                    [1.0; PROGRAMMES]
                };
                powers.iter_mut().zip(gains).for_each(|(power, gain)| *power += share * gain);
            }
        }
        -powers.iter().map(|&power| power_to_db(power)).sum::<f64>() / PROGRAMMES as f64
    }

    /// The shares of a programme's power in the bands.
    fn band_shares(&self) -> [f64; MOST_BANDS] {
        let place = |hz: f64| ((hz / BAND_HZ.0).ln() / (BAND_HZ.1 / BAND_HZ.0).ln()).clamp(0.02, 0.98);
        let [low, high] = self.crossover_hz.map(place);
        match self.bands {
            1 => [1.0, 0.0, 0.0],
            2 => [low, 1.0 - low, 0.0],
            _ => [low, high - low, 1.0 - high],
        }
    }
}

#[cfg(test)]
thread_local! {
    /// Values of a curve that this thread has computed for the law.
    static EVALUATIONS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// How many values of a curve this thread has computed for the law, tables included.
#[cfg(test)]
fn evaluations() -> usize {
    EVALUATIONS.get()
}

fn count_evaluation() {
    #[cfg(test)]
    EVALUATIONS.set(EVALUATIONS.get() + 1);
}

/// The weights of both kinds of programme at each size of sample, both signs together.
fn weights() -> &'static [[f64; PROGRAMMES]; STEPS + 1] {
    static WEIGHTS: OnceLock<[[f64; PROGRAMMES]; STEPS + 1]> = OnceLock::new();
    WEIGHTS.get_or_init(|| {
        std::array::from_fn(|step| {
            let z = STEP * step as f64;
            let simpson = if step == 0 || step == STEPS { 1.0 } else { 2.0 + 2.0 * (step % 2) as f64 };
            let weight = simpson * STEP / 3.0;
            [weight * (2.0 / PI).sqrt() * (-0.5 * z * z).exp(), weight * SQRT_2 * (-SQRT_2 * z).exp()]
        })
    })
}

/// The power that a curve leaves of each kind of programme of an rms of `rms`, DC apart.
fn power_gains(curve: SaturationCurve, shape: Shape, rms: f64, drive_db: f64) -> [f64; PROGRAMMES] {
    let (gain, share) = (db_to_gain(drive_db), drive_share(drive_db));
    let output = |x: f64| {
        count_evaluation();
        x + share * (shape.value(curve, gain * x) - gain * x) / gain
    };
    let mut sums = [[0.0; 2]; PROGRAMMES];
    for (step, weights) in weights().iter().enumerate() {
        let z = STEP * step as f64;
        let [up, down] = [output(rms * z), output(-rms * z)];
        for (sums, weight) in sums.iter_mut().zip(weights) {
            sums[0] += weight * 0.5 * (up + down);
            sums[1] += weight * 0.5 * (up * up + down * down);
        }
    }
    sums.map(|[mean, square]| (square - mean * mean) / (rms * rms))
}

/// What the powers are made of, for each kind of programme. With `r` the residual `o(v z) - v z` of a curve's odd part and `e`
/// its even part, for samples of `z` rms at a level of `v` in the curve: the means of `2 z r / v`, of `r^2 / v^2`, of
/// `e^2 / v^2`, of `e / v`, and of `r / v`, which odd samples on both sides of zero cancel unless these are bent apart.
const MOMENTS: usize = 5;
type Moments = [[f64; PROGRAMMES]; MOMENTS];

/// Levels in the curve that the table spans, dB: more than any setting reaches.
const LOWEST_DB: f64 = -80.0;
const HIGHEST_DB: f64 = 48.0;

/// The moments of one curve over the level in it.
struct Table {
    points_per_db: usize,
    points: Vec<Moments>,
}

impl Table {
    fn new(curve: SaturationCurve) -> Self {
        // The sine's sudden flat leaves corners in the moments, which take finer steps.
        let points_per_db = if curve == SaturationCurve::Sine { 32 } else { 8 };
        // One before and two behind, for the cubic.
        let count = (HIGHEST_DB - LOWEST_DB) as usize * points_per_db + 4;
        let level_db = |point: usize| LOWEST_DB + (point as f64 - 1.0) / points_per_db as f64;
        Self { points_per_db, points: (0..count).map(|point| moments(curve, level_db(point))).collect() }
    }

    /// By a cubic through four points (Catmull and Rom).
    fn at(&self, level: f64) -> Moments {
        // Not the logarithm's own clamp: a level of zero would be minus infinity.
        let level_db = 20.0 * level.max(1e-12).log10();
        let place = (level_db.clamp(LOWEST_DB, HIGHEST_DB) - LOWEST_DB) * self.points_per_db as f64;
        let left = (place as usize).min(self.points.len() - 4);
        let t = place - left as f64;
        let (tt, ttt) = (t * t, t * t * t);
        let weights = [
            0.5 * (2.0 * tt - t - ttt),
            0.5 * (2.0 - 5.0 * tt + 3.0 * ttt),
            0.5 * (t + 4.0 * tt - 3.0 * ttt),
            0.5 * (ttt - tt),
        ];
        let mut sum = [[0.0; PROGRAMMES]; MOMENTS];
        for (weight, point) in weights.into_iter().zip(&self.points[left..]) {
            for (sum, point) in sum.as_flattened_mut().iter_mut().zip(point.as_flattened()) {
                *sum += weight * point;
            }
        }
        sum
    }

    /// As [`power_gains`] of a curve of this table.
    fn power_gains(&self, curve: SaturationCurve, shape: Shape, rms: f64, drive_db: f64) -> [f64; PROGRAMMES] {
        let (level, share) = (shape.scale * rms * db_to_gain(drive_db), drive_share(drive_db));
        let even = shape.even;
        // Residual's product with the programme, its power, and its mean.
        let parts: [[f64; PROGRAMMES]; 3] = if curve == SaturationCurve::Sided {
            // Each side is an algebraic curve of its own.
            let (above, below) = (self.at((1.0 - even) * level), self.at((1.0 + even) * level));
            let both = |moment: usize, sign: f64| {
                std::array::from_fn(|kind| 0.5 * (above[moment][kind] + sign * below[moment][kind]))
            };
            [both(0, 1.0), both(1, 1.0), both(4, -1.0)]
        } else {
            let [product, odd, square, mean, _] = self.at(level);
            let power = std::array::from_fn(|kind| odd[kind] + even * even * square[kind]);
            [product, power, mean.map(|mean| even * mean)]
        };
        std::array::from_fn(|kind| {
            let [product, power, mean] = parts.map(|part| part[kind]);
            unbent()[kind] + share * product + share * share * (power - mean * mean)
        })
    }
}

/// The power of each kind of programme itself, by the same rule: nearly 1.
fn unbent() -> [f64; PROGRAMMES] {
    static POWERS: OnceLock<[f64; PROGRAMMES]> = OnceLock::new();
    *POWERS.get_or_init(|| {
        let mut powers = [0.0; PROGRAMMES];
        for (step, weights) in weights().iter().enumerate() {
            let z = STEP * step as f64;
            powers.iter_mut().zip(weights).for_each(|(power, weight)| *power += weight * z * z);
        }
        powers
    })
}

fn moments(curve: SaturationCurve, level_db: f64) -> Moments {
    let level = db_to_gain(level_db);
    let mut sums = [[0.0; PROGRAMMES]; MOMENTS];
    for (step, weights) in weights().iter().enumerate() {
        let z = STEP * step as f64;
        let odd = curve.odd(level * z);
        let residual = (odd - level * z) / level;
        let even = (curve.with_even(level * z, odd, 0.5) - odd) / 0.5 / level;
        let of_sample = [2.0 * z * residual, residual * residual, even * even, even, residual];
        for (sums, x) in sums.iter_mut().zip(of_sample) {
            sums.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight * x);
        }
    }
    sums
}

fn table(curve: SaturationCurve) -> &'static Table {
    // Both sides of the sided curve are algebraic ones.
    const MADE: [SaturationCurve; 4] =
        [SaturationCurve::Sine, SaturationCurve::Tanh, SaturationCurve::Algebraic, SaturationCurve::Asinh];
    static TABLES: OnceLock<[Table; MADE.len()]> = OnceLock::new();
    let tables = TABLES.get_or_init(|| MADE.map(Table::new));
    let place = match curve {
        SaturationCurve::Sine => 0,
        SaturationCurve::Tanh => 1,
        SaturationCurve::Algebraic | SaturationCurve::Sided => 2,
        SaturationCurve::Asinh => 3,
    };
    &tables[place]
}

/// Computes the tables (some milliseconds, once), so that no later call has to.
pub(super) fn prepare() {
    let _ = (table(SaturationCurve::Sine), unbent());
}

impl SaturatorSettings {
    /// The loudness law: the gain, dB, that gives a programme at the operating level the loudness that driving takes from it.
    /// Exactly 0 at drive 0. Solves it anew: not for every sample. Realtime-safe once the processor has been
    /// prepared.
    #[must_use]
    pub fn makeup_db(&self) -> f64 {
        Law::of(self).solve()
    }
}

#[cfg(test)]
mod tests;
