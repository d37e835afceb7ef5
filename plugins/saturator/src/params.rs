//! The Saturator's parameters and how they become settings.

use nice_plug::prelude::{FloatParam, FloatRange, IntParam, Params};
use shared_plugin::params::{choice, level_db, percent};
use shared_plugin::text;

use std::sync::Arc;

use crate::processor::{ChannelMode, Character, SaturatorSettings};

const CHARACTER_LABELS: &[&str] = &["Console", "Push-pull", "Tape", "Diode", "Triode", "Class-A", "Transformer"];
const CHANNEL_MODES: [ChannelMode; 4] =
    [ChannelMode::Stereo, ChannelMode::MidSide, ChannelMode::MidOnly, ChannelMode::SideOnly];

const DRIVE_MAX_DB: f32 = 24.0;
/// The topmost hertz of the high cut mean none at all.
const HIGH_CUT_MAX_HZ: f32 = 20_000.0;
const HIGH_CUT_OFF_HZ: f32 = 20_100.0;

/// Everything on the Saturator's panel.
#[derive(Params)]
pub struct SaturatorParams {
    /// Gain into the curve, dB; of the lowest band where there are several.
    #[id = "drive"]
    pub drive: FloatParam,
    /// The same of the second band.
    #[id = "mid_drive"]
    pub mid_drive: FloatParam,
    /// The same of the third band.
    #[id = "high_drive"]
    pub high_drive: FloatParam,
    /// Which curve.
    #[id = "character"]
    pub character: IntParam,
    /// Balance of even and odd harmonics, percent; 50 is the character's own.
    #[id = "even_odd"]
    pub even_odd: FloatParam,
    /// How far the working point follows the level, percent.
    #[id = "bias_motion"]
    pub bias_motion: FloatParam,
    /// Treble into the curve and back out of what it adds, dB.
    #[id = "emphasis"]
    pub emphasis: FloatParam,
    /// Where the emphasis is half way, Hz.
    #[id = "emphasis_frequency"]
    pub emphasis_frequency: FloatParam,
    /// 1 to 3.
    #[id = "bands"]
    pub bands: IntParam,
    /// Between the first band and the second, Hz.
    #[id = "low_crossover"]
    pub low_crossover: FloatParam,
    /// Between the second band and the third, Hz.
    #[id = "high_crossover"]
    pub high_crossover: FloatParam,
    /// What the two channels are.
    #[id = "channel_mode"]
    pub channel_mode: IntParam,
    /// Slope of the wet signal about 1 kHz, dB/oct.
    #[id = "tilt"]
    pub tilt: FloatParam,
    /// Low pass of the wet signal, Hz; the top is off.
    #[id = "high_cut"]
    pub high_cut: FloatParam,
    /// The operating level that the loudness law is made for, dBFS rms.
    #[id = "zero_vu"]
    pub zero_vu: FloatParam,
}

/// What sessions, slots and presets that know no 0 VU were made for, dBFS.
pub(crate) const FIRST_ZERO_VU_DB: f32 = -12.0;

/// A frequency with the octaves evenly spread.
fn frequency(name: &str, default_hz: f32, min_hz: f32, max_hz: f32) -> FloatParam {
    let range = FloatRange::Skewed { min: min_hz, max: max_hz, factor: FloatRange::skew_factor(-1.6) };
    FloatParam::new(name, default_hz, range)
        .with_value_to_string(Arc::new(text::write_hz))
        .with_string_to_value(Arc::new(text::parse_hz))
}

/// The operating level, read with its unit and without.
fn zero_vu() -> FloatParam {
    FloatParam::new("0 VU", -18.0, FloatRange::Linear { min: -24.0, max: -6.0 })
        .with_unit(" dBFS")
        .with_value_to_string(Arc::new(text::write_db))
        .with_string_to_value(Arc::new(|text| {
            let text = text.trim().to_ascii_lowercase();
            text::parse_db(text.strip_suffix("dbfs").unwrap_or(&text))
        }))
}

fn high_cut() -> FloatParam {
    frequency("High cut", HIGH_CUT_OFF_HZ, 1000.0, HIGH_CUT_OFF_HZ)
        .with_value_to_string(Arc::new(
            |hz| {
                if hz > HIGH_CUT_MAX_HZ + 50.0 { "Off".to_owned() } else { text::write_hz(hz) }
            },
        ))
        .with_string_to_value(Arc::new(|text| {
            if text.eq_ignore_ascii_case("off") {
                return Some(HIGH_CUT_OFF_HZ);
            }
            // A number never means "off".
            text::parse_hz(text).map(|hz| hz.min(HIGH_CUT_MAX_HZ))
        }))
}

impl Default for SaturatorParams {
    fn default() -> Self {
        let tilt = FloatParam::new("Tilt", 0.0, FloatRange::Linear { min: -1.0, max: 1.0 })
            .with_unit(" dB/oct")
            .with_value_to_string(Arc::new(text::write_db))
            .with_string_to_value(Arc::new(text::parse_db));
        Self {
            drive: level_db("Drive", 0.0, 0.0, DRIVE_MAX_DB),
            mid_drive: level_db("Mid drive", 0.0, 0.0, DRIVE_MAX_DB),
            high_drive: level_db("High drive", 0.0, 0.0, DRIVE_MAX_DB),
            character: choice("Character", 0, CHARACTER_LABELS),
            even_odd: percent("Even/odd", 50.0),
            bias_motion: percent("Bias motion", 0.0),
            emphasis: level_db("Emphasis", 0.0, -12.0, 12.0),
            emphasis_frequency: frequency("Emphasis frequency", 3000.0, 500.0, 10_000.0),
            bands: choice("Bands", 0, &["1", "2", "3"]),
            low_crossover: frequency("Low crossover", 200.0, 60.0, 12_000.0),
            high_crossover: frequency("High crossover", 3000.0, 60.0, 12_000.0),
            channel_mode: choice("Channel mode", 0, &["Stereo", "Mid/side", "Mid only", "Side only"]),
            tilt,
            high_cut: high_cut(),
            zero_vu: zero_vu(),
        }
    }
}

fn pick<T: Copy>(values: &[T], param: &IntParam) -> T {
    values[(param.value().max(0) as usize).min(values.len() - 1)]
}

impl SaturatorParams {
    /// The processor's settings as the parameters stand; `mix` is 0..1. Realtime-safe.
    #[must_use]
    pub fn settings(&self, mix: f64) -> SaturatorSettings {
        let share = |param: &FloatParam| f64::from(param.value()) / 100.0;
        let value = |param: &FloatParam| f64::from(param.value());
        let high_cut_hz = self.high_cut.value();
        let low_hz = value(&self.low_crossover);
        SaturatorSettings {
            drive_db: [value(&self.drive), value(&self.mid_drive), value(&self.high_drive)],
            character: pick(&Character::ALL, &self.character),
            balance: share(&self.even_odd),
            bias_motion: share(&self.bias_motion),
            emphasis_db: value(&self.emphasis),
            emphasis_hz: value(&self.emphasis_frequency),
            bands: pick(&[1, 2, 3], &self.bands),
            crossover_hz: [low_hz, value(&self.high_crossover).max(low_hz)],
            channel_mode: pick(&CHANNEL_MODES, &self.channel_mode),
            tilt_db_per_octave: value(&self.tilt),
            high_cut_hz: (high_cut_hz <= HIGH_CUT_MAX_HZ + 50.0).then_some(f64::from(high_cut_hz)),
            mix,
            // To a thousandth: a host's 0..1 does not hit -12 exactly, and the law of old sessions is to be theirs to the bit.
            zero_vu_db: (value(&self.zero_vu) * 1000.0).round() / 1000.0,
        }
    }
}

/// One sentence on each control.
pub(crate) fn hint(id: &str) -> Option<&'static str> {
    Some(match id {
        "drive" => "How hard the curve is pushed. Loudness stays, harmonics rise; 0 is exact.",
        "mid_drive" => "Drive of the second band.",
        "high_drive" => "Drive of the third band.",
        "character" => "What bends the sound.",
        "even_odd" => "Moves harmonics from odd (up) to even (down), as many in all. 50 % is the character's own.",
        "bias_motion" => "Lets the working point follow the level: louder passages get more even harmonics.",
        "emphasis" => "More treble (up) or less into the curve, taken back from what it adds.",
        "emphasis_frequency" => "Where the emphasis is half way.",
        "bands" => "Drives bass, middle and treble by themselves.",
        "low_crossover" => "Between the first band and the second.",
        "high_crossover" => "Between the second band and the third.",
        "channel_mode" => "Whether left and right are driven, or mid and side, or one of these alone.",
        "tilt" => "Slope of the wet signal about 1 kHz.",
        "zero_vu" => "The level that loudness is kept at: set it to the programme's, as a VU meter is aligned.",
        "high_cut" => "Takes the top off the wet signal.",
        _ => return None,
    })
}
