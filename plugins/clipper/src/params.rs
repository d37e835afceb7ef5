//! Clipper's parameters and how they become settings.

use shared_plugin::monitoring::{ActiveMonitoring, MonitoringSwitch};
use shared_plugin::params::{Choice, Float, Switch, choice, level_db, percent, switch};

use crate::processor::{ChannelMode, ClipperSettings, Hold};

/// Hear a limiter at the same ceiling and loudness instead.
pub const LIMIT_INSTEAD: MonitoringSwitch = MonitoringSwitch::toggle(
    "limit_instead",
    "Limit instead",
    "Hear a limiter at the same ceiling and loudness. Monitoring only: never rendered.",
);

const HOLDS: &[(&str, Hold)] = &[("Off", Hold::Nothing), ("Sample", Hold::Sample), ("True peak", Hold::TruePeak)];
const CHANNEL_MODES: &[(&str, ChannelMode)] = &[("Stereo", ChannelMode::Stereo), ("Mid/side", ChannelMode::MidSide)];

shared_plugin::params! {
    /// Everything on Clipper's panel.
    pub struct ClipperParams {
        group "Clip" {
            /// Gain into the clip. A decibel or three is clipping; more is an effect.
            pub drive: Float = level_db("Drive", 0.0, 0.0..=24.0),
            /// Takes the drive away again after the ceiling, so that louder is not mistaken for better.
            pub drive_link: Switch = switch("Drive link", false),
            /// What nothing passes as long as Guard holds it.
            pub ceiling: Float = level_db("Ceiling", -0.3, -12.0..=0.0),
            /// 0 % is a hard edge, 100 % bends from silence on. The ceiling is the same.
            pub knee: Float = percent("Knee", 20.0),
            /// Off: ripple of a decibel or more above the ceiling. Sample: no sample above it, but it aliases like 1x. True
            /// peak: the wave itself stays below.
            pub guard: Choice<Hold> = choice("Guard", Hold::TruePeak, HOLDS),
        }
        group "Channels" {
            /// How far a channel is turned down with the one that is clipped more. 100 %: the image stands still.
            pub link: Float = percent("Link", 0.0),
            /// Clip left and right, or mid and side. The ceiling holds left and right in both.
            pub channel_mode: Choice<ChannelMode> = choice("Channel mode", ChannelMode::Stereo, CHANNEL_MODES),
        }
        group "Levels" {
            /// Gain between clip and guard. Match sets it from the measured loudness.
            pub makeup: Float = level_db("Makeup", 0.0, -24.0..=24.0),
        }
    }
}

impl ClipperParams {
    /// The processor's settings as the parameters stand; `mix` is 0..1. Realtime-safe.
    #[must_use]
    pub fn settings(&self, mix: f64, monitoring: ActiveMonitoring<'_>) -> ClipperSettings {
        ClipperSettings {
            drive_db: self.drive.get(),
            is_drive_linked: self.drive_link.value(),
            ceiling_db: self.ceiling.get(),
            knee: self.knee.share(),
            hold: self.guard.get(),
            link: self.link.share(),
            channel_mode: self.channel_mode.get(),
            makeup_db: self.makeup.get(),
            limit_instead: monitoring.is_on(&LIMIT_INSTEAD),
            mix,
        }
    }
}
