//! Twobus EQ: the mastering equaliser, exact to 20 kHz.
//!
//! Identity and export; the sound is in [`processor`], the picture in [`editor`].

pub mod editor;
pub mod params;
pub mod processor;

use shared_plugin::prelude::*;

use crate::editor::EqPanel;
use crate::params::{EqParams, LISTEN};
use crate::processor::{Eq as EqProcessor, EqSettings};

/// The product.
pub struct Eq;

impl Product for Eq {
    const NAME: &'static str = "Twobus EQ";
    const CLAP_ID: &'static str = "org.twobus.eq";
    const VST3_ID: [u8; 16] = *b"TwobusEQ___00001";
    const DESCRIPTION: &'static str = "Mastering equaliser: twelve bands, analogue curves to 20 kHz, moves under 2 dB";
    const KIND: Kind = Kind::Equalizer;
    const FEATURES: Features = Features { sidechain: true, ..Features::EFFECT };
    const MODE: ModeOf<Self> = ModeOf::<Self>::own(|p, _| p.mode()).in_bottom_line(|p| &p.phase);
    const MONITORING: &'static [MonitoringSwitch] = &LISTEN;

    type Params = EqParams;
    type Processor = EqProcessor;
    type Panel = EqPanel;

    fn settings(params: &EqParams, mix: f64, monitoring: ActiveMonitoring<'_>) -> EqSettings {
        params.settings(mix, monitoring)
    }

    fn remote_pages(params: &AllParams<EqParams>) -> Vec<RemotePage<'_>> {
        const NAMES: [&str; 12] = [
            "Band 1", "Band 2", "Band 3", "Band 4", "Band 5", "Band 6", "Band 7", "Band 8", "Band 9", "Band 10",
            "Band 11", "Band 12",
        ];
        let p = &params.product;
        let global = RemotePage::new("Equaliser", [&p.gain_scale as &dyn Parameter, &p.mono_below, &params.shell.mix]);
        let bands = p.bands.iter().zip(NAMES).map(|(band, name)| {
            RemotePage::new(
                name,
                [
                    &band.frequency,
                    &band.gain,
                    &band.q,
                    &band.shape,
                    &band.channels,
                    &band.dynamic,
                    &band.threshold,
                    &band.range,
                ],
            )
        });
        bands.chain(std::iter::once(global)).collect()
    }

    fn starting_points(params: &AllParams<EqParams>) -> Vec<StartingPoint<'_>> {
        let b = &params.product.bands;
        vec![
            StartingPoint::new(
                "Two-bus, gentle lift",
                [
                    (&b[0].shape, "Low shelf"),
                    (&b[0].frequency, "70 Hz"),
                    (&b[0].gain, "+0.7 dB"),
                    (&b[1].shape, "Bell"),
                    (&b[1].frequency, "310 Hz"),
                    (&b[1].gain, "-0.8 dB"),
                    (&b[1].q, "0.9"),
                    (&b[2].shape, "High shelf"),
                    (&b[2].frequency, "9 kHz"),
                    (&b[2].gain, "+0.8 dB"),
                ],
            ),
            StartingPoint::new(
                "Boxy mix, half a decibel out of the low mids",
                [
                    (&b[0].shape, "Bell"),
                    (&b[0].frequency, "280 Hz"),
                    (&b[0].gain, "-0.9 dB"),
                    (&b[0].q, "0.8"),
                    (&b[1].shape, "Bell"),
                    (&b[1].frequency, "2.6 kHz"),
                    (&b[1].gain, "+0.5 dB"),
                    (&b[1].q, "0.6"),
                ],
            ),
            StartingPoint::new(
                "Harsh cymbals, only when they are",
                [
                    (&b[0].shape, "Bell"),
                    (&b[0].frequency, "6.5 kHz"),
                    (&b[0].gain, "0 dB"),
                    (&b[0].q, "1.2"),
                    (&b[0].dynamic, "On"),
                    (&b[0].threshold, "-30 dB"),
                    (&b[0].range, "-2 dB"),
                    (&b[0].attack, "5 ms"),
                    (&b[0].release, "120 ms"),
                ],
            ),
            StartingPoint::new(
                "For vinyl: no rumble, a mono bass",
                [
                    (&b[0].shape, "Low cut"),
                    (&b[0].frequency, "22 Hz"),
                    (&b[0].slope, "24 dB/oct"),
                    (&params.product.mono_below, "120 Hz"),
                ],
            ),
        ]
    }
}

// The tests stand in tests/ as everywhere, but as modules of this library: a cdylib alone can be linked by nothing.
#[cfg(test)]
extern crate self as eq;
#[cfg(test)]
#[path = "../tests/sound/main.rs"]
mod sound;

shared_plugin::export!(Eq);
