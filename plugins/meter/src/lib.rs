//! Twobus Meter: every reading of what leaves the two-bus, true. The sound passes untouched.
//!
//! Identity and export; the readings are in [`processor`], the picture in [`editor`].

pub mod editor;
pub mod params;
pub mod processor;
pub mod report;

use nice_plug::prelude::{ClapFeature, Vst3SubCategory};
use shared_plugin::monitoring::{Heard, MonitoringSwitch};
use shared_plugin::params::AllParams;
use shared_plugin::{Features, Product, RemotePage, StartingPoint};

use crate::editor::MeterPanel;
use crate::params::{MeterParams, RESET};
use crate::processor::{Meter as MeterProcessor, MeterSettings};

/// The product.
pub struct Meter;

impl Product for Meter {
    const NAME: &'static str = "Twobus Meter";
    const CLAP_ID: &'static str = "org.twobus.meter";
    const VST3_ID: [u8; 16] = *b"TwobusMeter_0001";
    const DESCRIPTION: &'static str =
        "Loudness, true peak, stereo and spectrum of the finished mix, as it will be delivered";
    const CLAP_FEATURES: &'static [ClapFeature] = &[
        ClapFeature::Analyzer,
        ClapFeature::AudioEffect,
        ClapFeature::Utility,
        ClapFeature::Mastering,
        ClapFeature::Stereo,
        ClapFeature::Mono,
    ];
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] =
        &[Vst3SubCategory::Fx, Vst3SubCategory::Analyzer, Vst3SubCategory::Mastering];
    const FEATURES: Features = Features { compare: true, ..Features::NONE };
    const MONITORING: &'static [MonitoringSwitch] = &[RESET];
    const REMOTE_PAGES: &'static [RemotePage] = &[RemotePage {
        name: "Meter",
        ids: &[
            "target",
            "true_peak_limit",
            "scale",
            "follow_transport",
            "level_meter",
            "k_system",
            "spectrum_resolution",
            "history",
        ],
    }];
    const STARTING_POINTS: &'static [StartingPoint] = &[
        StartingPoint {
            name: "Streaming, -14 LUFS and -1 dBTP",
            values: &[("target", "-14"), ("true_peak_limit", "-1"), ("scale", "LUFS")],
        },
        StartingPoint {
            name: "Broadcast, EBU R 128",
            values: &[("target", "-23"), ("true_peak_limit", "-1"), ("scale", "LU"), ("lu_range", "+9")],
        },
        StartingPoint {
            name: "Mixing into the K-System, K-14",
            values: &[("level_meter", "K-System"), ("k_system", "K-14")],
        },
    ];

    type Params = MeterParams;
    type Processor = MeterProcessor;
    type Panel = MeterPanel;

    fn settings(params: &MeterParams, _mix: f64, heard: Heard<'_>) -> MeterSettings {
        params.settings(heard)
    }

    fn mode(_params: &AllParams<MeterParams>, _is_offline: bool) {}

    fn hint(id: &str) -> Option<&'static str> {
        params::hint(id)
    }
}

// The tests stand in tests/ as everywhere, but as modules of this library: a cdylib alone can be linked by nothing.
#[cfg(test)]
extern crate self as meter;
#[cfg(test)]
#[path = "../tests/sound/main.rs"]
mod sound;

shared_plugin::export!(Meter);
