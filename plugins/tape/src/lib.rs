//! Twobus Tape: the master tape, calibrated.
//!
//! Identity and export; the sound is in [`processor`], the window in [`editor`].

pub mod editor;
pub mod params;
pub mod processor;

use shared_plugin::prelude::*;

use crate::editor::TapePanel;
use crate::params::{MONITOR_INPUT, MONITOR_SYNC, TapeParams};
use crate::processor::{Tape as TapeProcessor, TapeSettings};

/// The product.
pub struct Tape;

impl Product for Tape {
    const NAME: &'static str = "Twobus Tape";
    const CLAP_ID: &'static str = "org.twobus.tape";
    const VST3_ID: [u8; 16] = *b"TwobusTape__0001";
    const DESCRIPTION: &'static str = "Tape: a calibrated two-track machine that makes a mix one piece";
    const KIND: Kind = Kind::Saturator;
    const MODE: ModeOf<Self> = ModeChoice::QUALITY;
    const MONITORING: &'static [MonitoringSwitch] = &[MONITOR_INPUT, MONITOR_SYNC];

    type Params = TapeParams;
    type Processor = TapeProcessor;
    type Panel = TapePanel;

    fn settings(params: &TapeParams, mix: f64, monitoring: ActiveMonitoring<'_>) -> TapeSettings {
        params.settings(mix, monitoring)
    }

    fn remote_pages(params: &AllParams<TapeParams>) -> Vec<RemotePage<'_>> {
        let (p, shell) = (&params.product, &params.shell);
        vec![
            RemotePage::new(
                "Tape",
                [&p.drive, &p.formulation, &p.speed, &p.equalisation, &p.bias, &p.head_bump, &p.align, &shell.mix],
            ),
            RemotePage::new(
                "Character",
                [&p.wow, &p.flutter, &p.hiss, &p.modulation_noise, &p.crosstalk, &p.azimuth, &p.zero_vu, &p.fluxivity],
            ),
        ]
    }

    fn starting_points(params: &AllParams<TapeParams>) -> Vec<StartingPoint<'_>> {
        let p = &params.product;
        vec![
            StartingPoint::new("Well-aligned two-track", [(&p.formulation, "+6"), (&p.speed, "15 ips")]),
            StartingPoint::new(
                "Master at 30 ips, open and clean",
                [(&p.formulation, "+9"), (&p.speed, "30 ips"), (&p.equalisation, "AES"), (&p.drive, "2 dB")],
            ),
            StartingPoint::new(
                "Rock mix, pushed into the tape",
                [(&p.formulation, "+6"), (&p.equalisation, "NAB"), (&p.drive, "6 dB"), (&p.bias, "1.5 dB")],
            ),
            StartingPoint::new(
                "Seventies, soft and hot",
                [(&p.formulation, "Vintage"), (&p.drive, "3 dB"), (&p.wow, "0.03"), (&p.flutter, "0.04")],
            ),
            StartingPoint::new(
                "Demo at 7.5 ips",
                [
                    (&p.formulation, "+3"),
                    (&p.speed, "7.5 ips"),
                    (&p.drive, "4 dB"),
                    (&p.bias, "-1.5 dB"),
                    (&p.wow, "0.08"),
                    (&p.flutter, "0.1"),
                    (&p.hiss, "-62 dB"),
                ],
            ),
        ]
    }
}

// The tests stand in tests/ as everywhere, but as modules of this library: a cdylib alone can be linked by nothing.
#[cfg(test)]
extern crate self as tape;
#[cfg(test)]
#[path = "../tests/sound/main.rs"]
mod sound;

shared_plugin::export!(Tape);
