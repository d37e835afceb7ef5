//! The Saturator's settings as plain numbers, and what follows from them without a signal: the curve and its harmonics.

use shared_dsp::math::{db_to_gain, gain_to_db};
use shared_dsp::nonlinear::Winding;

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
    /// The operating level that the loudness law is made for: the programme's rms in each channel, dBFS, -24..-6. It moves the
    /// makeup only, never the curve.
    pub zero_vu_db: f64,
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
            zero_vu_db: -18.0,
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
            None => Winding::<2>::drop(gain * x * 20.0 / TRANSFORMER_HZ, shape.scale, shape.even),
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

    /// The same within the ranges above.
    pub(super) fn clamped(&self) -> Self {
        let d = Self::default();
        let within =
            |x: f64, low: f64, high: f64, default: f64| if x.is_finite() { x.clamp(low, high) } else { default };
        let [low, high] = self.crossover_hz;
        let low_hz = within(low, 60.0, 12_000.0, d.crossover_hz[0]);
        Self {
            drive_db: self.drive_db.map(|drive_db| within(drive_db, 0.0, 24.0, 0.0)),
            zero_vu_db: within(self.zero_vu_db, -24.0, -6.0, d.zero_vu_db),
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
