//! Glue's settings as plain numbers, and the static curve that they draw.

use shared_dsp::dynamics::{KeyFilterSettings, KeySlope, Release, SideChainTimes, StaticCurve};

/// How reduction is controlled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Model {
    /// The detector hears the compressed signal: the console's.
    #[default]
    Console,
    /// The detector hears the input; smooth and decoupled, the least distortion.
    Clean,
}

/// What level means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detector {
    /// The rectified peak.
    #[default]
    Peak,
    /// The mean square over the window, raised by 3.01 dB so that a sine reads as its peak.
    Rms,
}

/// What the two side chains listen to and act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LinkMode {
    /// Left and right.
    #[default]
    Stereo,
    /// Mid and side.
    MidSide,
}

/// Where the key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SidechainSource {
    /// The programme itself.
    #[default]
    Internal,
    /// The side-chain port; silence when nothing is connected there.
    External,
}

/// Everything that Glue's sound depends on. Numbers out of range are clamped, non-finite ones become the default.
#[derive(Debug, Clone, PartialEq)]
pub struct GlueSettings {
    /// Where reduction begins (the middle of the knee), dBFS, -40..10.
    pub threshold_db: f64,
    /// 1..10; the panel has 1.5, 2, 3, 4 and 10.
    pub ratio: f64,
    /// Time to 63 % of the way in dB of a step from 10 dB below to 10 dB above the threshold, ms, 0.1..30.
    pub attack_ms: f64,
    /// The same backwards, seconds, 0.1..1.2; or by the programme.
    pub release: Release,
    /// How long reduction stays before it is released, ms, 1..500; `None` is not at all. To [`Release::Auto`] reduction that is
    /// held is reduction that lasts.
    pub hold_ms: Option<f64>,
    /// Gain behind the reduction, dB, -6..18.
    pub makeup_db: f64,
    /// The most reduction allowed, dB, 0..24; `None` has no limit.
    pub range_db: Option<f64>,
    /// Corner of the key's high-pass, Hz, 20..500; `None` is off.
    pub sidechain_high_pass_hz: Option<f64>,
    /// Steepness of that high-pass.
    pub sidechain_slope: KeySlope,
    /// Puts out the filtered key instead of the programme. Monitoring only.
    pub sidechain_listen: bool,
    /// Tilt of the key about 1 kHz, dB per octave, -3..3.
    pub sidechain_tilt_db_per_octave: f64,
    /// Where the key comes from.
    pub sidechain_source: SidechainSource,
    /// How much of an external key is the port, 0..1; the rest is the programme. In amplitude: a port that carries the programme
    /// changes nothing at any blend.
    pub sidechain_blend: f64,
    /// Feedback or feed-forward.
    pub model: Model,
    /// Peak or RMS.
    pub detector: Detector,
    /// Time constant of the RMS detector's mean square, ms, 5..300.
    pub rms_window_ms: f64,
    /// How much each channel follows the louder one, 0..1, blended in dB. In mid/side it holds for mid and side.
    pub link: f64,
    /// Left and right, or mid and side.
    pub link_mode: LinkMode,
    /// Colour, 0..1; 0 is exactly none.
    pub drive: f64,
    /// Dry to wet, 0..1.
    pub mix: f64,
}

impl Default for GlueSettings {
    fn default() -> Self {
        Self {
            threshold_db: -15.0,
            ratio: 4.0,
            attack_ms: 10.0,
            release: Release::Auto,
            hold_ms: None,
            makeup_db: 0.0,
            range_db: None,
            sidechain_high_pass_hz: None,
            sidechain_slope: KeySlope::Db6,
            sidechain_listen: false,
            sidechain_tilt_db_per_octave: 0.0,
            sidechain_source: SidechainSource::Internal,
            sidechain_blend: 1.0,
            model: Model::Console,
            detector: Detector::Peak,
            rms_window_ms: 5.0,
            link: 1.0,
            link_mode: LinkMode::Stereo,
            drive: 0.0,
            mix: 1.0,
        }
    }
}

/// Stands for no limit of the reduction: more than any key can ask for.
pub(super) const UNLIMITED_DB: f64 = 96.0;

/// The knee's width in dB for a ratio (1 and up): 20 dB / R, so 13.3 dB at 1.5:1, 10 at 2:1, 6.7 at 3:1, 5 at 4:1 and
/// 2 at 10:1. Gentle ratios ease in, hard ones bite; and at 10 dB over the threshold, where times are measured, every
/// ratio is out of its knee.
#[must_use]
pub fn knee_db(ratio: f64) -> f64 {
    20.0 / ratio.max(1.0)
}

fn within(value: f64, low: f64, high: f64, default: f64) -> f64 {
    if value.is_finite() { value.clamp(low, high) } else { default }
}

impl GlueSettings {
    /// The static curve of these settings, the same for both models; [`StaticCurve::output_db`] is what the panel draws.
    /// Without makeup and mix.
    #[must_use]
    pub fn curve(&self) -> StaticCurve {
        let clean = self.clamped();
        StaticCurve::new(clean.threshold_db, clean.ratio, knee_db(clean.ratio), clean.range_db.unwrap_or(UNLIMITED_DB))
    }

    /// How fast the side chain moves.
    pub(super) fn times(&self) -> SideChainTimes {
        SideChainTimes {
            attack_s: 1e-3 * self.attack_ms,
            release: self.release,
            hold_s: 1e-3 * self.hold_ms.unwrap_or(0.0),
            rms_s: 1e-3 * self.rms_window_ms,
        }
    }

    /// What the key goes through.
    pub(super) fn key_filter(&self) -> KeyFilterSettings {
        KeyFilterSettings {
            high_pass_hz: self.sidechain_high_pass_hz,
            slope: self.sidechain_slope,
            tilt_db_per_octave: self.sidechain_tilt_db_per_octave,
        }
    }

    /// The same within the ranges above.
    pub(super) fn clamped(&self) -> Self {
        let d = Self::default();
        Self {
            threshold_db: within(self.threshold_db, -60.0, 20.0, d.threshold_db),
            ratio: within(self.ratio, 1.0, 20.0, d.ratio),
            attack_ms: within(self.attack_ms, 0.02, 300.0, d.attack_ms),
            release: match self.release {
                Release::Fixed(seconds) => Release::Fixed(within(seconds, 0.02, 10.0, 0.3)),
                Release::Auto => Release::Auto,
            },
            hold_ms: self.hold_ms.map(|hold| within(hold, 0.0, 2000.0, 0.0)),
            makeup_db: within(self.makeup_db, -24.0, 24.0, d.makeup_db),
            range_db: self.range_db.map(|range| within(range, 0.0, UNLIMITED_DB, UNLIMITED_DB)),
            sidechain_high_pass_hz: self.sidechain_high_pass_hz.map(|hz| within(hz, 10.0, 2000.0, 20.0)),
            sidechain_tilt_db_per_octave: within(self.sidechain_tilt_db_per_octave, -3.0, 3.0, 0.0),
            sidechain_blend: within(self.sidechain_blend, 0.0, 1.0, d.sidechain_blend),
            rms_window_ms: within(self.rms_window_ms, 0.1, 2000.0, d.rms_window_ms),
            link: within(self.link, 0.0, 1.0, d.link),
            drive: within(self.drive, 0.0, 1.0, d.drive),
            mix: within(self.mix, 0.0, 1.0, d.mix),
            ..self.clone()
        }
    }
}
