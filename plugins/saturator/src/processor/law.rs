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

/// How far the mean fourth power of the law's programme lies above its rms, as levels, dB: half way between Gaussian noise
/// (3 times the square of the power) and Laplacian noise (6 times).
const FOURTH_OVER_RMS_DB: f64 = 3.138_181;

/// The operating level of a programme, dBFS: of the law's own programme with the same mean fourth power (given full scale 1).
///
/// It is the rms of a programme with peaks like the law's, and somewhat above it for one with more of them. What a curve takes
/// away grows with the fourth power at first, so of two programmes with one rms the spikier loses more loudness; by the rms
/// (or by K-weighted loudness) the law was up to 1.4 LU short for drums and voice.
#[must_use]
pub fn operating_level_db(mean_fourth_power: f64) -> f64 {
    0.5 * power_to_db(mean_fourth_power) - FOURTH_OVER_RMS_DB
}

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
mod tests {
    use super::*;

    /// Settings all over the ranges, by a small generator of its own.
    fn anywhere(count: usize) -> impl Iterator<Item = SaturatorSettings> {
        let mut state = 1_u64;
        let mut unit = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..count).map(move |n| {
            let low_hz = 60.0 * 200f64.powf(unit());
            SaturatorSettings {
                character: Character::ALL[n % Character::ALL.len()],
                drive_db: std::array::from_fn(|_| 24.0 * unit()),
                balance: unit(),
                bands: 1 + (3.0 * unit()) as usize % 3,
                crossover_hz: [low_hz, low_hz * (12_000.0 / low_hz).powf(unit())],
                channel_mode: [ChannelMode::Stereo, ChannelMode::MidSide, ChannelMode::MidOnly, ChannelMode::SideOnly]
                    [(4.0 * unit()) as usize % 4],
                zero_vu_db: -24.0 + 18.0 * unit(),
                ..SaturatorSettings::default()
            }
        })
    }

    #[test]
    fn the_table_is_the_law_to_a_millionth() {
        let mut worst = (0.0_f64, String::new());
        for settings in anywhere(7000) {
            let law = Law::of(&settings);
            let off = (db_to_gain(law.look_up() - law.solve()) - 1.0).abs();
            assert!(off.is_finite(), "{settings:?}");
            if off > worst.0 {
                worst = (off, format!("{settings:?}"));
            }
        }
        println!("at most {:.2e} off the gain: {}", worst.0, worst.1);
        assert!(worst.0 <= 1e-6, "{:.2e} off at {}", worst.0, worst.1);
    }

    /// The law of version 0.1, written as it was: for a programme of -12 dBFS.
    fn first_law_db(settings: &SaturatorSettings) -> f64 {
        let Some(curve) = settings.character.curve() else { return 0.0 };
        let shape = settings.shape();
        let lanes: &[(f64, bool)] = match settings.channel_mode {
            ChannelMode::Stereo => &[(1.0, true)],
            ChannelMode::MidSide => &[(0.9, true), (0.1, true)],
            ChannelMode::MidOnly => &[(0.9, true), (0.1, false)],
            ChannelMode::SideOnly => &[(0.9, false), (0.1, true)],
        };
        let place = |hz: f64| ((hz / 40.0).ln() / (10_000.0_f64 / 40.0).ln()).clamp(0.02, 0.98);
        let [low, high] = settings.crossover_hz.map(place);
        let bands = match settings.bands {
            1 => [1.0, 0.0, 0.0],
            2 => [low, 1.0 - low, 0.0],
            _ => [low, high - low, 1.0 - high],
        };
        let gains = |rms: f64, drive_db: f64| {
            let (gain, share) = (db_to_gain(drive_db), drive_share(drive_db));
            let output = |x: f64| x + share * (shape.value(curve, gain * x) - gain * x) / gain;
            let mut sums = [[0.0; 2]; 2];
            let mut add = |programme: usize, weight: f64, [up, down]: [f64; 2]| {
                sums[programme][0] += weight * 0.5 * (up + down);
                sums[programme][1] += weight * 0.5 * (up * up + down * down);
            };
            for step in 0..=40_usize {
                let z = 0.25 * step as f64;
                let both = [output(rms * z), output(-rms * z)];
                let simpson = if step == 0 || step == 40 { 1.0 } else { 2.0 + 2.0 * (step % 2) as f64 };
                let weight = simpson * 0.25 / 3.0;
                add(0, weight * (2.0 / PI).sqrt() * (-0.5 * z * z).exp(), both);
                add(1, weight * SQRT_2 * (-SQRT_2 * z).exp(), both);
            }
            sums.map(|[mean, square]| (square - mean * mean) / (rms * rms))
        };
        let mut powers = [0.0; 2];
        for &(lane_share, is_driven) in lanes {
            for (band, band_share) in bands.into_iter().enumerate().take(settings.bands) {
                let share = lane_share * band_share;
                let drive_db = settings.drive_db[band];
                let gains = if is_driven && drive_db > 0.0 {
                    gains(0.251_188_643_150_958 * f64::sqrt(share), drive_db)
                } else {
                    [1.0; 2]
                };
                powers.iter_mut().zip(gains).for_each(|(power, gain)| *power += share * gain);
            }
        }
        -powers.iter().map(|&power| power_to_db(power)).sum::<f64>() / 2.0
    }

    #[test]
    fn at_minus_12_it_is_the_first_law_to_the_bit() {
        let mut driven = 0;
        for settings in anywhere(2000) {
            let settings = SaturatorSettings { zero_vu_db: -12.0, ..settings };
            let (now, then) = (settings.makeup_db(), first_law_db(&settings));
            // Where crossovers meet it was 300 dB.
            if settings.bands == 3 && Law::of(&settings).band_shares()[1] == 0.0 {
                continue;
            }
            assert_eq!(now.to_bits(), then.to_bits(), "{now} dB, was {then}: {settings:?}");
            driven += usize::from(now > 0.1);
        }
        assert!(driven > 1000, "the test is void unless there is makeup");
    }

    #[test]
    fn crossovers_that_meet_leave_the_law_whole() {
        for hz in [60.0, 3000.0, 11_000.0] {
            let three = SaturatorSettings {
                character: Character::Tape,
                drive_db: [12.0; 3],
                bands: 3,
                crossover_hz: [hz, hz],
                ..SaturatorSettings::default()
            };
            let two = SaturatorSettings { bands: 2, ..three.clone() };
            let (three, two) = (three.makeup_db(), two.makeup_db());
            assert!((three - two).abs() < 1e-9 && three > 1.0, "{hz} Hz: {three} dB, {two} dB with two bands");
        }
    }

    /// Automation of everything that the law depends on, at every sample, in its dearest setting. Counted, not timed: a block
    /// costs one solution, whatever comes in.
    #[test]
    fn dense_automation_costs_one_solution_a_block() {
        use crate::processor::Saturator;
        use shared_dsp::{Io, Processor, Quality};

        const FRAMES: usize = 64;
        const DEAREST: usize = 2 * 3 * 2 * (STEPS + 1);
        let moving = |n: usize| SaturatorSettings {
            character: Character::Console,
            drive_db: [6.0 + 0.01 * n as f64, 12.0, 18.0 - 0.01 * n as f64],
            balance: 0.3 + 1e-4 * n as f64,
            bands: 3,
            channel_mode: ChannelMode::MidSide,
            ..SaturatorSettings::default()
        };
        let mut unit = Saturator::new();
        unit.prepare(48_000.0, FRAMES, 2);
        unit.reset(&moving(0), Quality::Standard);
        let (mut left, mut right) = ([0.1_f32; FRAMES], [0.1_f32; FRAMES]);
        let mut dearest = 0;
        let mut quickest_ns = f64::INFINITY;
        for block in 0..20 {
            let (before, start) = (evaluations(), std::time::Instant::now());
            for n in 0..FRAMES {
                unit.update(&moving(1 + block * FRAMES + n));
                let (left, right) = (&mut left[n..=n], &mut right[n..=n]);
                unit.process(Io { left, right: Some(right), sidechain: None });
            }
            quickest_ns = quickest_ns.min(start.elapsed().as_nanos() as f64);
            dearest = dearest.max(evaluations() - before);
        }
        let start = std::time::Instant::now();
        let solved: f64 = (0..FRAMES).map(|n| Law::of(&moving(n)).solve()).sum();
        let solving_ns = start.elapsed().as_nanos() as f64;
        assert!(solved > 0.0);
        println!(
            "{dearest} values of the curve in the dearest block; once {} for an event each sample",
            FRAMES * DEAREST
        );
        println!(
            "a block with an event each sample: {quickest_ns:.0} ns; the solutions once spent in it: {solving_ns:.0} ns"
        );
        assert!((1..=DEAREST).contains(&dearest), "{dearest} values in a block, {DEAREST} in a solution");
    }

    /// The law's programme reads its own rms, half way between the two kinds.
    #[test]
    fn the_operating_level_is_that_of_the_laws_programme() {
        let rms = db_to_gain(-18.0);
        let [gaussian, laplacian] = [3.0, 6.0].map(|moment: f64| operating_level_db(moment * rms.powi(4)));
        println!("Gaussian {gaussian:.2} dBFS, Laplacian {laplacian:.2}");
        assert!((0.5 * (gaussian + laplacian) + 18.0).abs() <= 1e-5, "{gaussian}, {laplacian}");
        assert!(gaussian < -18.5 && laplacian > -17.5, "spikier programme reads higher: {gaussian}, {laplacian}");
        assert!(operating_level_db(0.0) < -100.0);
    }
}
