//! Twobus Clipper: chops the spikes and keeps the punch.
//!
//! Identity and export; the sound is in [`processor`], the picture in [`editor`].

pub mod editor;
pub mod params;
pub mod processor;

use nice_plug::prelude::{ClapFeature, FloatParam, Vst3SubCategory};
use shared_dsp::Quality;
use shared_plugin::monitoring::{Heard, MonitoringSwitch};
use shared_plugin::params::AllParams;
use shared_plugin::{Product, RemotePage, StartingPoint};

use crate::editor::ClipperPanel;
use crate::params::{ClipperParams, LIMIT_INSTEAD};
use crate::processor::{Clipper as ClipperProcessor, ClipperSettings};

/// The product.
pub struct Clipper;

impl Product for Clipper {
    const NAME: &'static str = "Twobus Clipper";
    const CLAP_ID: &'static str = "org.twobus.clipper";
    const VST3_ID: [u8; 16] = *b"TwobusClipper_01";
    const DESCRIPTION: &'static str = "Clipper: takes the last transients down without pulling the mix with them";
    const CLAP_FEATURES: &'static [ClapFeature] = &[
        ClapFeature::AudioEffect,
        ClapFeature::Distortion,
        ClapFeature::Limiter,
        ClapFeature::Mastering,
        ClapFeature::Mixing,
        ClapFeature::Stereo,
        ClapFeature::Mono,
    ];
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] =
        &[Vst3SubCategory::Fx, Vst3SubCategory::Dynamics, Vst3SubCategory::Mastering];
    // Nothing may lift what the ceiling holds.
    const OUTPUT_MAX_DB: f32 = 0.0;
    const MONITORING: &'static [MonitoringSwitch] = &[LIMIT_INSTEAD];
    const REMOTE_PAGES: &'static [RemotePage] = &[RemotePage {
        name: "Clipper",
        ids: &["drive", "drive_link", "knee", "link", "channel_mode", "mix", "makeup", "ceiling"],
    }];
    const STARTING_POINTS: &'static [StartingPoint] = &[
        StartingPoint {
            name: "Drum-heavy mix, only the snare's spikes",
            values: &[("drive", "2 dB"), ("drive_link", "On"), ("knee", "10 %")],
        },
        StartingPoint {
            name: "Full mix, 2 dB off before the limiter",
            values: &[("drive", "3 dB"), ("drive_link", "On"), ("knee", "35 %")],
        },
        StartingPoint {
            name: "Dense mix, soft and wide",
            values: &[("drive", "4 dB"), ("drive_link", "On"), ("knee", "100 %"), ("link", "50 %")],
        },
        StartingPoint {
            name: "Vocal-led mix, spikes at the sides",
            values: &[("drive", "3 dB"), ("drive_link", "On"), ("knee", "50 %"), ("channel_mode", "Mid/side")],
        },
    ];

    type Params = ClipperParams;
    type Processor = ClipperProcessor;
    type Panel = ClipperPanel;

    fn settings(params: &ClipperParams, mix: f64, heard: Heard<'_>) -> ClipperSettings {
        params.settings(mix, heard)
    }

    fn mode(params: &AllParams<ClipperParams>, is_offline: bool) -> Quality {
        params.shell.quality(is_offline)
    }

    fn hint(id: &str) -> Option<&'static str> {
        params::hint(id)
    }

    fn match_gain(params: &AllParams<ClipperParams>) -> &FloatParam {
        &params.product.makeup
    }
}

// The tests stand in tests/ as everywhere, but as modules of this library: a cdylib alone can be linked by nothing.
#[cfg(test)]
extern crate self as clipper;
#[cfg(test)]
#[path = "../tests/sound/main.rs"]
mod sound;

shared_plugin::export!(Clipper);
