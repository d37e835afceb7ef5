//! Limiter's settings as plain numbers.

use shared_dsp::Mode;
pub use shared_dsp::dither::DitherShape;

/// The look-ahead: what the latency depends on. In steps of 0.01 ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookAhead(u16);

impl LookAhead {
    /// The shortest, ms.
    pub const MIN_MS: f64 = 0.1;
    /// The longest, ms.
    pub const MAX_MS: f64 = 10.0;

    /// The nearest there is; 2 ms for what is no number.
    #[must_use]
    pub fn of_ms(ms: f64) -> Self {
        Self((100.0 * within(ms, Self::MIN_MS, Self::MAX_MS, 2.0)).round() as u16)
    }

    /// In milliseconds.
    #[must_use]
    pub fn ms(self) -> f64 {
        f64::from(self.0) / 100.0
    }

    /// In whole samples, at least 2.
    #[must_use]
    pub fn samples(self, sample_rate_hz: f64) -> usize {
        ((self.ms() * 1e-3 * sample_rate_hz).round() as usize).max(2)
    }
}

impl Default for LookAhead {
    fn default() -> Self {
        Self(200)
    }
}

impl Mode for LookAhead {
    const LONGEST: &'static [Self] = &[Self(1000)];
}

/// How the gain falls before a peak and comes back behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// The least distortion.
    #[default]
    Clean,
    /// The gain falls late and comes back soon.
    Punch,
    /// Slow and even.
    Glue,
}

/// How the slow part of the reduction lets go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReleaseMode {
    /// The longer it had to hold, the slower.
    #[default]
    Auto,
    /// In the time that is set.
    Fixed,
}

/// What Learn brings to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LearnAim {
    /// The integrated loudness (BS.1770-5).
    #[default]
    Integrated,
    /// The greatest short-term loudness (3 s).
    ShortTerm,
    /// The greatest momentary loudness (400 ms).
    Momentary,
}

/// Everything that Limiter's sound depends on. Numbers out of range are clamped, non-finite ones become the default.
#[derive(Debug, Clone, PartialEq)]
pub struct LimiterSettings {
    /// Gain into the limiter, dB, 0..24.
    pub gain_db: f64,
    /// What nothing passes, dBTP, -12..0.
    pub ceiling_db: f64,
    /// How the gain falls and comes back.
    pub style: Style,
    /// Time constant with which the slow part of the reduction takes over, ms, 0..200.
    pub attack_ms: f64,
    /// Time constant with which it lets go, ms, 1..1000.
    pub release_ms: f64,
    /// Whether that time counts.
    pub release_mode: ReleaseMode,
    /// How far a channel follows the other's peaks, 0..1.
    pub peak_link: f64,
    /// How far it follows the other's slow reduction, 0..1.
    pub sustain_link: f64,
    /// Whether the side chain is listened to as well.
    pub has_external_key: bool,
    /// Below this the image is mono, Hz, 40..250, or none.
    pub mono_below_hz: Option<f64>,
    /// Word length to dither for, 16, 20 or 24, or none.
    pub dither_bits: Option<u32>,
    /// Where the noise of the dither lies.
    pub dither_shape: DitherShape,
    /// Each change begins a new measurement.
    pub resets: u32,
}

impl Default for LimiterSettings {
    fn default() -> Self {
        Self {
            gain_db: 0.0,
            ceiling_db: -0.3,
            style: Style::Clean,
            attack_ms: 60.0,
            release_ms: 200.0,
            release_mode: ReleaseMode::Auto,
            peak_link: 1.0,
            sustain_link: 1.0,
            has_external_key: false,
            mono_below_hz: None,
            dither_bits: None,
            dither_shape: DitherShape::Tpdf,
            resets: 0,
        }
    }
}

fn within(value: f64, low: f64, high: f64, default: f64) -> f64 {
    if value.is_finite() { value.clamp(low, high) } else { default }
}

impl LimiterSettings {
    /// The same within the ranges above.
    pub(super) fn clamped(&self) -> Self {
        let d = Self::default();
        Self {
            gain_db: within(self.gain_db, 0.0, 24.0, d.gain_db),
            ceiling_db: within(self.ceiling_db, -12.0, 0.0, d.ceiling_db),
            attack_ms: within(self.attack_ms, 0.0, 200.0, d.attack_ms),
            release_ms: within(self.release_ms, 1.0, 1000.0, d.release_ms),
            peak_link: within(self.peak_link, 0.0, 1.0, d.peak_link),
            sustain_link: within(self.sustain_link, 0.0, 1.0, d.sustain_link),
            mono_below_hz: self.mono_below_hz.map(|hz| within(hz, 40.0, 250.0, 40.0)),
            ..self.clone()
        }
    }
}
