//! Glue's parameters and how they become settings.

use nice_plug::prelude::{FloatParam, FloatRange, IntParam, Params};
use shared_plugin::monitoring::{Heard, MonitoringSwitch};
use shared_plugin::params::{choice, level_db, percent};
use shared_plugin::text;

use std::sync::Arc;

use crate::processor::{Detector, GlueSettings, LinkMode, Model, Release, SidechainSlope, SidechainSource};

const RATIOS: [f64; 5] = [1.5, 2.0, 3.0, 4.0, 10.0];
const RATIO_LABELS: &[&str] = &["1.5:1", "2:1", "3:1", "4:1", "10:1"];
const ATTACKS_MS: [f64; 6] = [0.1, 0.3, 1.0, 3.0, 10.0, 30.0];
const ATTACK_LABELS: &[&str] = &["0.1 ms", "0.3 ms", "1 ms", "3 ms", "10 ms", "30 ms"];
const RELEASES_S: [f64; 4] = [0.1, 0.3, 0.6, 1.2];
const RELEASE_LABELS: &[&str] = &["0.1 s", "0.3 s", "0.6 s", "1.2 s", "Auto"];

/// The topmost 0.1 dB of the range control means no limit at all.
const RANGE_MAX_DB: f32 = 24.0;
const RANGE_OFF_DB: f32 = 24.1;
/// The lowest hertz of the high-pass control means none at all.
const HIGH_PASS_MIN_HZ: f32 = 20.0;
const HIGH_PASS_OFF_HZ: f32 = 19.0;

/// Hear the key instead of the programme.
pub const SIDECHAIN_LISTEN: MonitoringSwitch = MonitoringSwitch::toggle("sidechain_listen", "Sidechain listen");

/// Everything on Glue's panel.
#[derive(Params)]
pub struct GlueParams {
    /// Where the reduction begins, dBFS.
    #[id = "threshold"]
    pub threshold: FloatParam,
    /// How many dB in make one dB out, far above the threshold.
    #[id = "ratio"]
    pub ratio: IntParam,
    /// Time to 63 % of a step up, closed loop.
    #[id = "attack"]
    pub attack: IntParam,
    /// Time to 63 % of a step down, closed loop; Auto follows the programme.
    #[id = "release"]
    pub release: IntParam,
    /// Gain after the reduction, dB.
    #[id = "makeup"]
    pub makeup: FloatParam,
    /// The most reduction allowed, dB; the top is off.
    #[id = "range"]
    pub range: FloatParam,
    /// Takes the bass out of the key, Hz; the bottom is off.
    #[id = "sidechain_high_pass"]
    pub sidechain_high_pass: FloatParam,
    /// Steepness of the high-pass.
    #[id = "sidechain_slope"]
    pub sidechain_slope: IntParam,
    /// Tilt of the key about 1 kHz, dB/oct.
    #[id = "sidechain_tilt"]
    pub sidechain_tilt: FloatParam,
    /// Where the key comes from.
    #[id = "sidechain_source"]
    pub sidechain_source: IntParam,
    /// Console (feedback) or Clean (feed-forward).
    #[id = "model"]
    pub model: IntParam,
    /// Peak or RMS.
    #[id = "detector"]
    pub detector: IntParam,
    /// How far the channels share one gain, percent.
    #[id = "link"]
    pub link: FloatParam,
    /// What the two channels are: left and right, or mid and side.
    #[id = "link_mode"]
    pub link_mode: IntParam,
    /// Colour of the gain cell and the transformer, percent; 0 is exact.
    #[id = "drive"]
    pub drive: FloatParam,
}

fn range() -> FloatParam {
    FloatParam::new("Range", RANGE_OFF_DB, FloatRange::Linear { min: 0.0, max: RANGE_OFF_DB })
        .with_value_to_string(Arc::new(|db| {
            if db > RANGE_MAX_DB + 0.05 {
                "Off".to_owned()
            } else {
                format!("{} dB", text::write_db(db).trim_start_matches('+'))
            }
        }))
        .with_string_to_value(Arc::new(|text| {
            if text.eq_ignore_ascii_case("off") {
                return Some(RANGE_OFF_DB);
            }
            // A number never means "off": typing 30 gives the widest range there is.
            text::parse_db(text).map(|db| if db.is_finite() { db.clamp(0.0, RANGE_MAX_DB) } else { RANGE_OFF_DB })
        }))
}

fn sidechain_high_pass() -> FloatParam {
    // The skew puts 100 Hz near the middle, where the ear's octaves would.
    let range = FloatRange::Skewed { min: HIGH_PASS_OFF_HZ, max: 500.0, factor: FloatRange::skew_factor(-1.2) };
    FloatParam::new("Sidechain high-pass", HIGH_PASS_OFF_HZ, range)
        .with_value_to_string(Arc::new(|hz| {
            if hz < HIGH_PASS_MIN_HZ - 0.05 { "Off".to_owned() } else { text::write_hz(hz) }
        }))
        .with_string_to_value(Arc::new(|text| {
            if text.eq_ignore_ascii_case("off") {
                return Some(HIGH_PASS_OFF_HZ);
            }
            text::parse_hz(text).map(|hz| hz.max(HIGH_PASS_MIN_HZ))
        }))
}

impl Default for GlueParams {
    fn default() -> Self {
        let tilt = FloatParam::new("Sidechain tilt", 0.0, FloatRange::Linear { min: -3.0, max: 3.0 })
            .with_unit(" dB/oct")
            .with_value_to_string(Arc::new(text::write_db))
            .with_string_to_value(Arc::new(text::parse_db));
        Self {
            threshold: level_db("Threshold", 0.0, -40.0, 10.0),
            ratio: choice("Ratio", 1, RATIO_LABELS),
            attack: choice("Attack", 4, ATTACK_LABELS),
            release: choice("Release", 4, RELEASE_LABELS),
            makeup: level_db("Makeup", 0.0, -6.0, 18.0),
            range: range(),
            sidechain_high_pass: sidechain_high_pass(),
            sidechain_slope: choice("Sidechain slope", 1, &["6 dB/oct", "12 dB/oct"]),
            sidechain_tilt: tilt,
            sidechain_source: choice("Sidechain source", 0, &["Internal", "External"]),
            model: choice("Model", 0, &["Console", "Clean"]),
            detector: choice("Detector", 0, &["Peak", "RMS"]),
            link: percent("Link", 100.0),
            link_mode: choice("Link mode", 0, &["Stereo", "Mid/side"]),
            drive: percent("Drive", 0.0),
        }
    }
}

fn pick<T: Copy>(values: &[T], param: &IntParam) -> T {
    values[(param.value().max(0) as usize).min(values.len() - 1)]
}

impl GlueParams {
    /// The processor's settings as the parameters stand; `mix` is 0..1. Realtime-safe.
    #[must_use]
    pub fn settings(&self, mix: f64, heard: Heard<'_>) -> GlueSettings {
        let range_db = self.range.value();
        let high_pass_hz = self.sidechain_high_pass.value();
        GlueSettings {
            threshold_db: f64::from(self.threshold.value()),
            ratio: pick(&RATIOS, &self.ratio),
            attack_ms: pick(&ATTACKS_MS, &self.attack),
            release: match RELEASES_S.get(self.release.value().max(0) as usize) {
                Some(&seconds) => Release::Fixed(seconds),
                None => Release::Auto,
            },
            makeup_db: f64::from(self.makeup.value()),
            range_db: (range_db <= RANGE_MAX_DB + 0.05).then(|| f64::from(range_db.min(RANGE_MAX_DB))),
            sidechain_high_pass_hz: (high_pass_hz >= HIGH_PASS_MIN_HZ - 0.05)
                .then(|| f64::from(high_pass_hz.max(HIGH_PASS_MIN_HZ))),
            sidechain_slope: pick(&[SidechainSlope::Db6, SidechainSlope::Db12], &self.sidechain_slope),
            sidechain_listen: heard.is_on(&SIDECHAIN_LISTEN),
            sidechain_tilt_db_per_octave: f64::from(self.sidechain_tilt.value()),
            sidechain_source: pick(&[SidechainSource::Internal, SidechainSource::External], &self.sidechain_source),
            model: pick(&[Model::Console, Model::Clean], &self.model),
            detector: pick(&[Detector::Peak, Detector::Rms], &self.detector),
            link: f64::from(self.link.value()) / 100.0,
            link_mode: pick(&[LinkMode::Stereo, LinkMode::MidSide], &self.link_mode),
            drive: f64::from(self.drive.value()) / 100.0,
            mix,
        }
    }
}

/// One sentence on each control.
pub(crate) fn hint(id: &str) -> Option<&'static str> {
    Some(match id {
        "threshold" => "Where the reduction begins: the middle of the knee. Aim for one to four dB on the needle.",
        "ratio" => "How firmly the mix is held. The knee widens as the ratio falls.",
        "attack" => "Time to 63 % of the reduction. Slow lets the drums through.",
        "release" => "Time to 63 % of the recovery. Auto is quick after a peak and slow after a loud passage.",
        "makeup" => "Gain after the reduction. Match sets it from the measured loudness.",
        "range" => "The most reduction allowed.",
        "sidechain_high_pass" => "Keeps the bass out of the key, so that it does not pump the mix.",
        "sidechain_slope" => "Steepness of the high-pass.",
        "sidechain_tilt" => "Makes the key listen more to the treble (up) or to the bass (down).",
        "sidechain_source" => "Internal: the mix itself. External: the port named Sidechain.",
        "sidechain_listen" => "Hear the key. Monitoring only: never rendered.",
        "model" => "Console: feedback, with a grip of its own. Clean: feed-forward and smooth.",
        "detector" => "Peak follows every hit, RMS the body of the sound.",
        "link" => "100 %: both channels share one gain and the image stands still.",
        "link_mode" => "Whether the two channels are left and right, or mid and side.",
        "drive" => "Colour of the gain cell and the output transformer. Off is exact.",
        _ => return None,
    })
}
