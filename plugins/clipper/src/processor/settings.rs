//! Clipper's settings as plain numbers, and the static curve that they draw.

use shared_dsp::math::db_to_gain;
use shared_dsp::nonlinear::ClipCurve;

/// What holds the ceiling behind the clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hold {
    /// The clip alone: what band-limiting adds stays above the ceiling.
    Nothing,
    /// No sample is above the ceiling; this aliases like no oversampling at all.
    Sample,
    /// The wave between the samples stays below the ceiling.
    #[default]
    TruePeak,
}

/// What the two channels of the clip are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChannelMode {
    /// Left and right.
    #[default]
    Stereo,
    /// Mid and side, half sum and half difference. Mono stays as it is.
    MidSide,
}

/// Everything that Clipper's sound depends on. Numbers out of range are clamped, non-finite ones become the default.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipperSettings {
    /// Gain into the clip, dB, 0..24.
    pub drive_db: f64,
    /// Whether the drive is taken away again after the ceiling.
    pub is_drive_linked: bool,
    /// What nothing passes, dBFS or dBTP, -12..0.
    pub ceiling_db: f64,
    /// 0 hard .. 1 soft.
    pub knee: f64,
    /// What holds the ceiling.
    pub hold: Hold,
    /// How far a channel follows the one that is clipped more, 0..1.
    pub link: f64,
    /// What the two channels are.
    pub channel_mode: ChannelMode,
    /// Gain between the clip and its guard, dB, -24..24.
    pub makeup_db: f64,
    /// Puts out a limiter at the same ceiling and loudness. Monitoring only.
    pub limit_instead: bool,
    /// Dry to wet, 0..1. It comes before the guard, which holds the dry as well.
    pub mix: f64,
}

impl Default for ClipperSettings {
    fn default() -> Self {
        Self {
            drive_db: 0.0,
            is_drive_linked: false,
            ceiling_db: -0.3,
            knee: 0.2,
            hold: Hold::TruePeak,
            link: 0.0,
            channel_mode: ChannelMode::Stereo,
            makeup_db: 0.0,
            limit_instead: false,
            mix: 1.0,
        }
    }
}

fn within(value: f64, low: f64, high: f64, default: f64) -> f64 {
    if value.is_finite() { value.clamp(low, high) } else { default }
}

/// Zero dB is exactly one.
pub(super) fn exact_gain(db: f64) -> f64 {
    if db == 0.0 { 1.0 } else { db_to_gain(db) }
}

impl ClipperSettings {
    /// The clip's own curve, behind the drive and before makeup and mix.
    #[must_use]
    pub fn curve(&self) -> ClipCurve {
        let clean = self.clamped();
        ClipCurve::new(exact_gain(clean.ceiling_db), clean.knee)
    }

    /// The static transfer of input to output in linear amplitude, with drive, mix, makeup and the ceiling held, before
    /// the drive link's cut: what the window draws.
    #[must_use]
    pub fn output_of(&self, input: f64) -> f64 {
        let clean = self.clamped();
        let curve = clean.curve();
        let wet = curve.curve(input * exact_gain(clean.drive_db)) * exact_gain(clean.makeup_db);
        let mixed = input + clean.mix * (wet - input);
        if clean.hold == Hold::Nothing { mixed } else { mixed.clamp(-curve.ceiling(), curve.ceiling()) }
    }

    /// The same within the ranges above.
    pub(super) fn clamped(&self) -> Self {
        let d = Self::default();
        Self {
            drive_db: within(self.drive_db, 0.0, 48.0, d.drive_db),
            ceiling_db: within(self.ceiling_db, -48.0, 0.0, d.ceiling_db),
            knee: within(self.knee, 0.0, 1.0, d.knee),
            link: within(self.link, 0.0, 1.0, d.link),
            makeup_db: within(self.makeup_db, -48.0, 48.0, d.makeup_db),
            mix: within(self.mix, 0.0, 1.0, d.mix),
            ..self.clone()
        }
    }
}
