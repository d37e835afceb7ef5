//! Twobus Meter: every reading of what leaves the two-bus, true. The sound passes untouched.
//!
//! Identity and export; the readings are in [`processor`], the picture in [`editor`].

pub mod ab;
pub mod editor;
pub mod params;
pub mod processor;
pub mod report;

use shared_plugin::prelude::*;

use crate::editor::MeterPanel;
use crate::params::{HEAR_A, HEAR_B, HEAR_DELTA, MeterParams, RESET};
use crate::processor::{Meter as MeterProcessor, MeterSettings};

/// The product.
pub struct Meter;

impl Product for Meter {
    const NAME: &'static str = "Twobus Meter";
    const CLAP_ID: &'static str = "org.twobus.meter";
    const VST3_ID: [u8; 16] = *b"TwobusMeter_0001";
    const DESCRIPTION: &'static str =
        "Loudness, true peak, stereo and spectrum of the finished mix, as it will be delivered";
    const KIND: Kind = Kind::Analyzer;
    const FEATURES: Features = Features { reference: true, compare: true, ..Features::NONE };
    const MODE: ModeOf<Self> = ModeChoice::NONE;
    const MONITORING: &'static [MonitoringSwitch] = &[RESET, HEAR_A, HEAR_B, HEAR_DELTA];

    type Params = MeterParams;
    type Processor = MeterProcessor;
    type Panel = MeterPanel;

    fn settings(params: &MeterParams, _mix: f64, monitoring: ActiveMonitoring<'_>) -> MeterSettings {
        params.settings(monitoring)
    }

    fn remote_pages(params: &AllParams<MeterParams>) -> Vec<RemotePage<'_>> {
        let p = &params.product;
        vec![RemotePage::new(
            "Meter",
            [
                &p.target,
                &p.true_peak_limit,
                &p.scale,
                &p.follow_transport,
                &p.level_meter,
                &p.k_system,
                &p.spectrum_resolution,
                &p.history,
            ],
        )]
    }

    fn starting_points(params: &AllParams<MeterParams>) -> Vec<StartingPoint<'_>> {
        let p = &params.product;
        vec![
            StartingPoint::new(
                "Streaming, -14 LUFS and -1 dBTP",
                [(&p.target, "-14"), (&p.true_peak_limit, "-1"), (&p.scale, "LUFS")],
            ),
            StartingPoint::new(
                "Broadcast, EBU R 128",
                [(&p.target, "-23"), (&p.true_peak_limit, "-1"), (&p.scale, "LU"), (&p.lu_range, "+9")],
            ),
            StartingPoint::new("Mixing into the K-System, K-14", [(&p.level_meter, "K-System"), (&p.k_system, "K-14")]),
        ]
    }
}

// The tests stand in tests/ as everywhere, but as modules of this library: a cdylib alone can be linked by nothing.
#[cfg(test)]
extern crate self as meter;
#[cfg(test)]
#[path = "../tests/sound/main.rs"]
mod sound;

shared_plugin::export!(Meter);
