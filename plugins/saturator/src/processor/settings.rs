//! The Saturator's settings as plain numbers, and what follows from them without a signal: the curve, its harmonics and
//! the loudness law.

use std::f64::consts::{PI, SQRT_2};

use shared_dsp::math::{db_to_gain, gain_to_db, power_to_db};
use shared_dsp::nonlinear::{Curve, Winding};

use super::character::{Character, Shape, harmonics};

/// The most bands there are.
pub const MOST_BANDS: usize = 3;

/// What the two channels are while they are driven. The undriven part of the signal is never coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum ChannelMode {
    /// Left and right.
    #[default]
    Stereo,
    /// Half the sum and half the difference.
    MidSide,
    /// Half the sum alone.
    MidOnly,
    /// Half the difference alone.
    SideOnly,
}

/// Everything that the Saturator's sound depends on. Numbers out of range are clamped, non-finite ones become the default.
#[derive(Debug, Clone, PartialEq)]
pub struct SaturatorSettings {
    /// Gain into the curve, dB, 0..24, of each band from the lowest; the first is the whole signal when there is one band.
    pub drive_db: [f64; MOST_BANDS],
    /// What bends the sound.
    pub character: Character,
    /// Even (0) to odd (1) harmonics; 0.5 is the character's own.
    pub balance: f64,
    /// How far the working point follows the level, 0..1.
    pub bias_motion: f64,
    /// Treble into the curve, taken back behind it, dB, -12..12.
    pub emphasis_db: f64,
    /// Middle of the emphasis shelves' slope, Hz, 500..10 k.
    pub emphasis_hz: f64,
    /// 1 to 3.
    pub bands: usize,
    /// Between the bands, Hz, 60..12 k; the second is never below the first.
    pub crossover_hz: [f64; MOST_BANDS - 1],
    /// What the two channels are.
    pub channel_mode: ChannelMode,
    /// Slope of the wet signal about 1 kHz, dB per octave, -1..1.
    pub tilt_db_per_octave: f64,
    /// 12 dB/oct low pass of the wet signal, Hz; `None` is off.
    pub high_cut_hz: Option<f64>,
    /// Dry to wet, 0..1.
    pub mix: f64,
}

impl Default for SaturatorSettings {
    fn default() -> Self {
        Self {
            drive_db: [0.0; MOST_BANDS],
            character: Character::default(),
            balance: 0.5,
            bias_motion: 0.0,
            emphasis_db: 0.0,
            emphasis_hz: 3000.0,
            bands: 1,
            crossover_hz: [200.0, 3000.0],
            channel_mode: ChannelMode::Stereo,
            tilt_db_per_octave: 0.0,
            high_cut_hz: None,
            mix: 1.0,
        }
    }
}

/// From here on the drive is literal: the signal meets the curve with that gain, and nothing of it passes beside.
const FULL_DRIVE_DB: f64 = 6.0;
/// The programme that the loudness law was made for: its rms in each channel, -12 dBFS.
const LAW_RMS: f64 = 0.251_188_643_150_958;
/// A programme's band of interest, over which the law spreads its power evenly by octaves.
const LAW_BAND_HZ: (f64, f64) = (40.0, 10_000.0);
/// A programme's share of power in half the difference of its channels.
const LAW_SIDE: f64 = 0.1;
/// Where the transformer's static curve and harmonics are taken.
const TRANSFORMER_HZ: f64 = 40.0;

/// The share of the residual that is heard at a drive: 0 at 0 dB, 1 from 6 dB up, without a corner at either.
pub(super) fn drive_share(drive_db: f64) -> f64 {
    let t = (drive_db / FULL_DRIVE_DB).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

impl SaturatorSettings {
    /// The curve's shape at the present balance.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.character.shape(self.balance)
    }

    /// What the residual of a driven signal is: `share(drive) r(g x) / g`, with `r(x) = f(x) - x`.
    fn driven(&self, band: usize, x: f64) -> f64 {
        let drive_db = self.drive_db[band.min(MOST_BANDS - 1)];
        let (gain, shape) = (db_to_gain(drive_db), self.shape());
        let residual = match self.character.curve() {
            Some(curve) => shape.value(curve, gain * x) - gain * x,
            None => Winding::drop(gain * x * 20.0 / TRANSFORMER_HZ, shape.scale, shape.even),
        };
        drive_share(drive_db) * residual / gain
    }

    /// The static transfer curve of a band (0 is the lowest), wet, without the makeup: what comes out for `x`. The
    /// transformer's is that of 40 Hz.
    #[must_use]
    pub fn curve(&self, band: usize, x: f64) -> f64 {
        x + self.driven(band, x)
    }

    /// Levels of the harmonics 2 to 8 over the fundamental, dBc, of a sine that peaks at `level_db` in the lowest band, with
    /// mix; -300 for none. The transformer's are those of 40 Hz.
    #[must_use]
    pub fn harmonics(&self, level_db: f64) -> [f64; 7] {
        let amplitude = db_to_gain(level_db);
        let makeup = db_to_gain(self.makeup_db());
        let output = |phase: f64| {
            let x = amplitude * phase.sin();
            // Flux lags by a quarter.
            let bent = if self.character.curve().is_some() { x } else { -amplitude * phase.cos() };
            x + self.mix * (makeup * (x + self.driven(0, bent)) - x)
        };
        let [first, others @ ..]: [f64; 8] = harmonics(output);
        others.map(|harmonic| gain_to_db(if first > 0.0 { harmonic / first } else { 0.0 }))
    }

    /// The loudness law: the gain, dB, that gives a programme of -12 dBFS rms the loudness that driving takes from it. It is
    /// the mean over two kinds of programme, whose samples are spread as Gaussian noise and as Laplacian noise, between which
    /// mixes lie (nonlinear.md takes a sine as well: it would leave drums 2 LU too quiet). With several bands, or mid and side, each part counts by its share of a
    /// programme's power. The law knows neither emphasis nor bias motion. The transformer takes nothing above the bass, and
    /// gets nothing. Exactly 0 at drive 0. Realtime-safe once `Character::shape` is.
    #[must_use]
    pub fn makeup_db(&self) -> f64 {
        let Some(curve) = self.character.curve() else { return 0.0 };
        let shape = self.shape();
        let lanes: &[(f64, bool)] = match self.channel_mode {
            ChannelMode::Stereo => &[(1.0, true)],
            ChannelMode::MidSide => &[(1.0 - LAW_SIDE, true), (LAW_SIDE, true)],
            ChannelMode::MidOnly => &[(1.0 - LAW_SIDE, true), (LAW_SIDE, false)],
            ChannelMode::SideOnly => &[(1.0 - LAW_SIDE, false), (LAW_SIDE, true)],
        };
        let mut powers = [0.0; PROGRAMMES];
        for &(lane_share, is_driven) in lanes {
            for (band, band_share) in self.band_shares().into_iter().enumerate().take(self.bands) {
                let share = lane_share * band_share;
                let drive_db = self.drive_db[band];
                let gains = if is_driven && drive_db > 0.0 {
                    power_gains(curve, shape, LAW_RMS * share.sqrt(), drive_db)
                } else {
                    [1.0; PROGRAMMES]
                };
                powers.iter_mut().zip(gains).for_each(|(power, gain)| *power += share * gain);
            }
        }
        // The shares add up to one only nearly.
        if self.drive_db[..self.bands].iter().all(|&drive_db| drive_db <= 0.0) {
            return 0.0;
        }
        -powers.iter().map(|&power| power_to_db(power)).sum::<f64>() / PROGRAMMES as f64
    }

    /// The shares of a programme's power in the bands.
    fn band_shares(&self) -> [f64; MOST_BANDS] {
        let place = |hz: f64| ((hz / LAW_BAND_HZ.0).ln() / (LAW_BAND_HZ.1 / LAW_BAND_HZ.0).ln()).clamp(0.02, 0.98);
        let [low, high] = self.crossover_hz.map(place);
        match self.bands {
            1 => [1.0, 0.0, 0.0],
            2 => [low, 1.0 - low, 0.0],
            _ => [low, high - low, 1.0 - high],
        }
    }

    /// The same within the ranges above.
    pub(super) fn clamped(&self) -> Self {
        let d = Self::default();
        let within =
            |x: f64, low: f64, high: f64, default: f64| if x.is_finite() { x.clamp(low, high) } else { default };
        let [low, high] = self.crossover_hz;
        let low_hz = within(low, 60.0, 12_000.0, d.crossover_hz[0]);
        Self {
            drive_db: self.drive_db.map(|drive_db| within(drive_db, 0.0, 24.0, 0.0)),
            character: self.character,
            balance: within(self.balance, 0.0, 1.0, d.balance),
            bias_motion: within(self.bias_motion, 0.0, 1.0, 0.0),
            emphasis_db: within(self.emphasis_db, -12.0, 12.0, 0.0),
            emphasis_hz: within(self.emphasis_hz, 500.0, 10_000.0, d.emphasis_hz),
            bands: self.bands.clamp(1, MOST_BANDS),
            crossover_hz: [low_hz, within(high, low_hz, 12_000.0, d.crossover_hz[1].max(low_hz))],
            channel_mode: self.channel_mode,
            tilt_db_per_octave: within(self.tilt_db_per_octave, -1.0, 1.0, 0.0),
            high_cut_hz: self.high_cut_hz.map(|hz| within(hz, 1000.0, 20_000.0, 20_000.0)),
            mix: within(self.mix, 0.0, 1.0, d.mix),
        }
    }
}

/// Gaussian, Laplacian.
const PROGRAMMES: usize = 2;

/// The power that a curve leaves of each kind of programme of an rms of `rms`, DC apart.
fn power_gains(curve: Curve, shape: Shape, rms: f64, drive_db: f64) -> [f64; PROGRAMMES] {
    // Simpson's rule over the size of the samples in units of their rms, as far as 10.
    const STEPS: usize = 40;
    const STEP: f64 = 0.25;
    let (gain, share) = (db_to_gain(drive_db), drive_share(drive_db));
    let output = |x: f64| x + share * (shape.value(curve, gain * x) - gain * x) / gain;
    let mut sums = [[0.0; 2]; PROGRAMMES];
    let mut add = |programme: usize, weight: f64, [up, down]: [f64; 2]| {
        sums[programme][0] += weight * 0.5 * (up + down);
        sums[programme][1] += weight * 0.5 * (up * up + down * down);
    };
    for step in 0..=STEPS {
        let z = STEP * step as f64;
        let both = [output(rms * z), output(-rms * z)];
        let simpson = if step == 0 || step == STEPS { 1.0 } else { 2.0 + 2.0 * (step % 2) as f64 };
        let weight = simpson * STEP / 3.0;
        // Densities of both signs together.
        add(0, weight * (2.0 / PI).sqrt() * (-0.5 * z * z).exp(), both);
        add(1, weight * SQRT_2 * (-SQRT_2 * z).exp(), both);
    }
    sums.map(|[mean, square]| (square - mean * mean) / (rms * rms))
}
