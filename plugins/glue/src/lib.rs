//! Twobus Glue: the bus compressor that makes the mix move as one.
//!
//! Identity and export; the sound is in [`processor`], the picture in [`editor`].

pub mod editor;
pub mod params;
pub mod processor;

use shared_plugin::prelude::*;

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
    const KIND: Kind = Kind::Compressor;
    const FEATURES: Features = Features { sidechain: true, ..Features::EFFECT };
    const MODE: ModeOf<Self> = ModeChoice::QUALITY;
    const MONITORING: &'static [MonitoringSwitch] = &[SIDECHAIN_LISTEN];

    type Params = GlueParams;
    type Processor = GlueProcessor;
    type Panel = GluePanel;

    fn settings(params: &GlueParams, mix: f64, monitoring: ActiveMonitoring<'_>) -> GlueSettings {
        params.settings(mix, monitoring)
    }

    fn remote_pages(params: &AllParams<GlueParams>) -> Vec<RemotePage<'_>> {
        let (p, shell) = (&params.product, &params.shell);
        vec![
            RemotePage::new(
                "Glue",
                [
                    &p.threshold,
                    &p.ratio,
                    &p.attack,
                    &p.release,
                    &p.makeup,
                    &p.range,
                    &p.sidechain_high_pass,
                    &shell.mix,
                ],
            ),
            RemotePage::new(
                "Side chain and character",
                [
                    &p.sidechain_high_pass,
                    &p.sidechain_slope,
                    &p.sidechain_tilt,
                    &p.sidechain_source,
                    &p.model,
                    &p.detector,
                    &p.link,
                    &p.drive,
                ],
            ),
        ]
    }

    fn starting_points(params: &AllParams<GlueParams>) -> Vec<StartingPoint<'_>> {
        let (p, shell) = (&params.product, &params.shell);
        vec![
            StartingPoint::new(
                "Full mix, 1-2 dB of glue",
                [
                    (&p.threshold, "-14 dB"),
                    (&p.ratio, "2:1"),
                    (&p.attack, "30 ms"),
                    (&p.release, "Auto"),
                    (&p.sidechain_high_pass, "60 Hz"),
                    (&p.makeup, "+1 dB"),
                ],
            ),
            StartingPoint::new(
                "Drum-heavy mix, 2-3 dB that let the kick through",
                [
                    (&p.threshold, "-16 dB"),
                    (&p.ratio, "4:1"),
                    (&p.attack, "30 ms"),
                    (&p.release, "0.1 s"),
                    (&p.sidechain_high_pass, "120 Hz"),
                    (&p.makeup, "+1.3 dB"),
                ],
            ),
            StartingPoint::new(
                "Dense mix, even and invisible",
                [
                    (&p.model, "Clean"),
                    (&p.threshold, "-18 dB"),
                    (&p.ratio, "1.5:1"),
                    (&p.attack, "10 ms"),
                    (&p.release, "0.6 s"),
                    (&p.detector, "RMS"),
                    (&p.makeup, "+2 dB"),
                ],
            ),
            StartingPoint::new(
                "Parallel thickness under the mix",
                [
                    (&p.threshold, "-24 dB"),
                    (&p.ratio, "10:1"),
                    (&p.attack, "1 ms"),
                    (&p.release, "0.3 s"),
                    (&p.sidechain_high_pass, "90 Hz"),
                    (&shell.mix, "25 %"),
                    (&p.makeup, "+11 dB"),
                ],
            ),
        ]
    }

    fn match_gain(params: &AllParams<GlueParams>) -> &Float {
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
