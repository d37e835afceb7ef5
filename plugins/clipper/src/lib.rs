//! Twobus Clipper: chops the spikes and keeps the punch.
//!
//! Identity and export; the sound is in [`processor`], the picture in [`editor`].

pub mod editor;
pub mod params;
pub mod processor;

use shared_plugin::prelude::*;

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
    const KIND: Kind = Kind::Clipper;
    const MODE: ModeOf<Self> = ModeChoice::QUALITY;
    // Nothing may lift what the ceiling holds.
    const OUTPUT_MAX_DB: f32 = 0.0;
    const MONITORING: &'static [MonitoringSwitch] = &[LIMIT_INSTEAD];

    type Params = ClipperParams;
    type Processor = ClipperProcessor;
    type Panel = ClipperPanel;

    fn settings(params: &ClipperParams, mix: f64, monitoring: ActiveMonitoring<'_>) -> ClipperSettings {
        params.settings(mix, monitoring)
    }

    fn remote_pages(params: &AllParams<ClipperParams>) -> Vec<RemotePage<'_>> {
        let (p, shell) = (&params.product, &params.shell);
        vec![RemotePage::new(
            "Clipper",
            [&p.drive, &p.drive_link, &p.knee, &p.link, &p.channel_mode, &shell.mix, &p.makeup, &p.ceiling],
        )]
    }

    fn starting_points(params: &AllParams<ClipperParams>) -> Vec<StartingPoint<'_>> {
        let p = &params.product;
        vec![
            StartingPoint::new(
                "Drum-heavy mix, only the snare's spikes",
                [(&p.drive, "2 dB"), (&p.drive_link, "On"), (&p.knee, "10 %")],
            ),
            StartingPoint::new(
                "Full mix, 2 dB off before the limiter",
                [(&p.drive, "3 dB"), (&p.drive_link, "On"), (&p.knee, "35 %")],
            ),
            StartingPoint::new(
                "Dense mix, soft and wide",
                [
                    (&p.drive, "4 dB"),
                    (&p.drive_link, "On"),
                    (&p.knee, "100 %"),
                    (&p.link, "50 %"),
                    (&p.makeup, "0.7 dB"),
                ],
            ),
            StartingPoint::new(
                "Vocal-led mix, spikes at the sides",
                [(&p.drive, "3 dB"), (&p.drive_link, "On"), (&p.knee, "50 %"), (&p.channel_mode, "Mid/side")],
            ),
        ]
    }

    fn match_gain(params: &AllParams<ClipperParams>) -> &Float {
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
