//! Twobus Saturator: togetherness, depth and sparkle.
//!
//! Identity and export; the sound is in [`processor`], the picture in [`editor`].

pub mod editor;
pub mod params;
pub mod processor;

use nice_plug::prelude::{ClapFeature, Vst3SubCategory};
use shared_dsp::Quality;
use shared_plugin::monitoring::Heard;
use shared_plugin::params::AllParams;
use shared_plugin::{Product, RemotePage, StartingPoint};

use crate::editor::SaturatorPanel;
use crate::params::SaturatorParams;
use crate::processor::{Saturator as SaturatorProcessor, SaturatorSettings};

/// The product.
pub struct Saturator;

impl Product for Saturator {
    const NAME: &'static str = "Twobus Saturator";
    const CLAP_ID: &'static str = "org.twobus.saturator";
    const VST3_ID: [u8; 16] = *b"TwobusSaturat_01";
    const DESCRIPTION: &'static str = "Saturator: harmonics without aliases, at equal loudness";
    const CLAP_FEATURES: &'static [ClapFeature] = &[
        ClapFeature::AudioEffect,
        ClapFeature::Distortion,
        ClapFeature::Mastering,
        ClapFeature::Mixing,
        ClapFeature::Stereo,
        ClapFeature::Mono,
    ];
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] =
        &[Vst3SubCategory::Fx, Vst3SubCategory::Distortion, Vst3SubCategory::Mastering];
    const REMOTE_PAGES: &'static [RemotePage] = &[
        RemotePage {
            name: "Saturator",
            ids: &["drive", "character", "even_odd", "bias_motion", "emphasis", "tilt", "high_cut", "mix"],
        },
        RemotePage {
            name: "Bands and channels",
            ids: &[
                "bands",
                "drive",
                "mid_drive",
                "high_drive",
                "low_crossover",
                "high_crossover",
                "emphasis_frequency",
                "channel_mode",
            ],
        },
        RemotePage { name: "Operating level", ids: &["zero_vu"] },
    ];
    const LEGACY_VALUES: &'static [(&'static str, f32)] = &[("zero_vu", params::FIRST_ZERO_VU_DB)];
    const CALIBRATION_IDS: &'static [&'static str] = &["zero_vu"];
    const STARTING_POINTS: &'static [StartingPoint] = &[
        StartingPoint {
            name: "Full mix, felt before it is heard",
            values: &[("character", "Console"), ("drive", "6 dB"), ("even_odd", "35 %")],
        },
        StartingPoint {
            name: "Thin mix, warmth from the second harmonic",
            values: &[
                ("character", "Triode"),
                ("drive", "7 dB"),
                ("emphasis", "-4 dB"),
                ("emphasis_frequency", "2 kHz"),
            ],
        },
        StartingPoint {
            name: "Dull mix, sparkle above 3 kHz",
            values: &[
                ("character", "Tape"),
                ("bands", "2"),
                ("low_crossover", "3 kHz"),
                ("drive", "0 dB"),
                ("mid_drive", "12 dB"),
            ],
        },
        StartingPoint {
            name: "Spiky drums, transients absorbed",
            values: &[("character", "Push-pull"), ("drive", "9 dB"), ("emphasis", "3 dB"), ("bias_motion", "20 %")],
        },
        StartingPoint {
            name: "Small speakers, bass by its harmonics",
            values: &[
                ("character", "Class-A"),
                ("bands", "2"),
                ("low_crossover", "140 Hz"),
                ("drive", "12 dB"),
                ("channel_mode", "Mid only"),
            ],
        },
    ];

    type Params = SaturatorParams;
    type Processor = SaturatorProcessor;
    type Panel = SaturatorPanel;

    fn settings(params: &SaturatorParams, mix: f64, _heard: Heard<'_>) -> SaturatorSettings {
        params.settings(mix)
    }

    fn mode(params: &AllParams<SaturatorParams>, is_offline: bool) -> Quality {
        params.shell.quality(is_offline)
    }

    fn hint(id: &str) -> Option<&'static str> {
        params::hint(id)
    }
}

// The tests stand in tests/ as everywhere, but as modules of this library: a cdylib alone can be linked by nothing.
#[cfg(test)]
extern crate self as saturator;
#[cfg(test)]
#[path = "../tests/sound/main.rs"]
mod sound;

shared_plugin::export!(Saturator);
