//! Clipper's parameters and how they become settings.

use nice_plug::prelude::{BoolParam, FloatParam, IntParam, Params};
use shared_plugin::monitoring::{Heard, MonitoringSwitch};
use shared_plugin::params::{choice, level_db, percent, switch};

use crate::processor::{ChannelMode, ClipperSettings, Hold};

const HOLDS: [Hold; 3] = [Hold::Nothing, Hold::Sample, Hold::TruePeak];
const CHANNEL_MODES: [ChannelMode; 2] = [ChannelMode::Stereo, ChannelMode::MidSide];

/// Hear a limiter at the same ceiling and loudness instead.
pub const LIMIT_INSTEAD: MonitoringSwitch = MonitoringSwitch::toggle("limit_instead", "Limit instead");

/// Everything on Clipper's panel.
#[derive(Params)]
pub struct ClipperParams {
    /// Gain into the clip, dB.
    #[id = "drive"]
    pub drive: FloatParam,
    /// Takes the drive away again after the ceiling.
    #[id = "drive_link"]
    pub drive_link: BoolParam,
    /// What nothing passes, dBFS or dBTP.
    #[id = "ceiling"]
    pub ceiling: FloatParam,
    /// 0 hard .. 100 % soft.
    #[id = "knee"]
    pub knee: FloatParam,
    /// What holds the ceiling behind the clip.
    #[id = "guard"]
    pub guard: IntParam,
    /// How far a channel follows the one that is clipped more, percent.
    #[id = "link"]
    pub link: FloatParam,
    /// Left and right, or mid and side.
    #[id = "channel_mode"]
    pub channel_mode: IntParam,
    /// Gain between the clip and its guard, dB; Match writes it.
    #[id = "makeup"]
    pub makeup: FloatParam,
}

impl Default for ClipperParams {
    fn default() -> Self {
        Self {
            drive: level_db("Drive", 0.0, 0.0, 24.0),
            drive_link: switch("Drive link", false),
            ceiling: level_db("Ceiling", -0.3, -12.0, 0.0),
            knee: percent("Knee", 20.0),
            guard: choice("Guard", 2, &["Off", "Sample", "True peak"]),
            link: percent("Link", 0.0),
            channel_mode: choice("Channel mode", 0, &["Stereo", "Mid/side"]),
            makeup: level_db("Makeup", 0.0, -24.0, 24.0),
        }
    }
}

fn pick<T: Copy>(values: &[T], param: &IntParam) -> T {
    values[(param.value().max(0) as usize).min(values.len() - 1)]
}

impl ClipperParams {
    /// The processor's settings as the parameters stand; `mix` is 0..1. Realtime-safe.
    #[must_use]
    pub fn settings(&self, mix: f64, heard: Heard<'_>) -> ClipperSettings {
        ClipperSettings {
            drive_db: f64::from(self.drive.value()),
            is_drive_linked: self.drive_link.value(),
            ceiling_db: f64::from(self.ceiling.value()),
            knee: f64::from(self.knee.value()) / 100.0,
            hold: pick(&HOLDS, &self.guard),
            link: f64::from(self.link.value()) / 100.0,
            channel_mode: pick(&CHANNEL_MODES, &self.channel_mode),
            makeup_db: f64::from(self.makeup.value()),
            limit_instead: heard.is_on(&LIMIT_INSTEAD),
            mix,
        }
    }
}

/// One sentence on each control.
pub(crate) fn hint(id: &str) -> Option<&'static str> {
    Some(match id {
        "drive" => "Gain into the clip. A decibel or three is clipping; more is an effect.",
        "drive_link" => "Takes the drive away again after the ceiling, so that louder is not mistaken for better.",
        "ceiling" => "What nothing passes as long as Guard holds it.",
        "knee" => "0 % is a hard edge, 100 % bends from silence on. The ceiling is the same.",
        "guard" => {
            "Off: ripple of a decibel or more above the ceiling. Sample: no sample above it, but it aliases like 1x. True \
             peak: the wave itself stays below."
        }
        "link" => "How far a channel is turned down with the one that is clipped more. 100 %: the image stands still.",
        "channel_mode" => "Clip left and right, or mid and side. The ceiling holds left and right in both.",
        "makeup" => "Gain between clip and guard. Match sets it from the measured loudness.",
        "limit_instead" => "Hear a limiter at the same ceiling and loudness. Monitoring only: never rendered.",
        _ => return None,
    })
}
