//! Twobus Glue: the bus compressor that makes the mix move as one.
//!
//! Identity and export; the sound is in [`processor`], the picture in [`editor`].

pub mod editor;
pub mod params;
pub mod processor;

use nice_plug::prelude::{ClapFeature, FloatParam, Vst3SubCategory};
use shared_dsp::Quality;
use shared_plugin::monitoring::{Heard, MonitoringSwitch};
use shared_plugin::params::AllParams;
use shared_plugin::{Features, Product, RemotePage, StartingPoint};

use crate::editor::GluePanel;
use crate::params::{GlueParams, SIDECHAIN_LISTEN};
use crate::processor::{Glue as GlueProcessor, GlueSettings};

/// The product.
pub struct Glue;

impl Product for Glue {
    const NAME: &'static str = "Twobus Glue";
    const CLAP_ID: &'static str = "org.twobus.glue";
    const VST3_ID: [u8; 16] = *b"TwobusGlue_00001";
    const DESCRIPTION: &'static str = "Bus compressor: one to four dB of slow, even glue over a full mix";
    const CLAP_FEATURES: &'static [ClapFeature] = &[
        ClapFeature::AudioEffect,
        ClapFeature::Compressor,
        ClapFeature::Mastering,
        ClapFeature::Mixing,
        ClapFeature::Stereo,
        ClapFeature::Mono,
    ];
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] =
        &[Vst3SubCategory::Fx, Vst3SubCategory::Dynamics, Vst3SubCategory::Mastering];
    const FEATURES: Features = Features { sidechain: true, ..Features::EFFECT };
    const MONITORING: &'static [MonitoringSwitch] = &[SIDECHAIN_LISTEN];
    const REMOTE_PAGES: &'static [RemotePage] = &[
        RemotePage {
            name: "Glue",
            ids: &["threshold", "ratio", "attack", "release", "makeup", "range", "sidechain_high_pass", "mix"],
        },
        RemotePage {
            name: "Side chain and character",
            ids: &[
                "sidechain_high_pass",
                "sidechain_slope",
                "sidechain_tilt",
                "sidechain_source",
                "model",
                "detector",
                "link",
                "drive",
            ],
        },
    ];
    const STARTING_POINTS: &'static [StartingPoint] = &[
        StartingPoint {
            name: "Full mix, 1-2 dB of glue",
            values: &[
                ("threshold", "-14 dB"),
                ("ratio", "2:1"),
                ("attack", "30 ms"),
                ("release", "Auto"),
                ("sidechain_high_pass", "60 Hz"),
                ("makeup", "+1 dB"),
            ],
        },
        StartingPoint {
            name: "Drum-heavy mix, 2-3 dB that let the kick through",
            values: &[
                ("threshold", "-16 dB"),
                ("ratio", "4:1"),
                ("attack", "30 ms"),
                ("release", "0.1 s"),
                ("sidechain_high_pass", "120 Hz"),
                ("makeup", "+1.5 dB"),
            ],
        },
        StartingPoint {
            name: "Dense mix, even and invisible",
            values: &[
                ("model", "Clean"),
                ("threshold", "-18 dB"),
                ("ratio", "1.5:1"),
                ("attack", "10 ms"),
                ("release", "0.6 s"),
                ("detector", "RMS"),
                ("makeup", "+1 dB"),
            ],
        },
        StartingPoint {
            name: "Parallel thickness under the mix",
            values: &[
                ("threshold", "-24 dB"),
                ("ratio", "10:1"),
                ("attack", "1 ms"),
                ("release", "0.3 s"),
                ("sidechain_high_pass", "90 Hz"),
                ("mix", "25 %"),
                ("makeup", "0 dB"),
            ],
        },
    ];

    type Params = GlueParams;
    type Processor = GlueProcessor;
    type Panel = GluePanel;

    fn settings(params: &GlueParams, mix: f64, heard: Heard<'_>) -> GlueSettings {
        params.settings(mix, heard)
    }

    fn mode(params: &AllParams<GlueParams>, is_offline: bool) -> Quality {
        params.shell.quality(is_offline)
    }

    fn hint(id: &str) -> Option<&'static str> {
        params::hint(id)
    }

    fn match_gain(params: &AllParams<GlueParams>) -> &FloatParam {
        &params.product.makeup
    }
}

// The tests stand in tests/ as everywhere, but as modules of this library: a cdylib alone can be linked by nothing.
#[cfg(test)]
extern crate self as glue;
#[cfg(test)]
#[path = "../tests/sound/main.rs"]
mod sound;

shared_plugin::export!(Glue);
