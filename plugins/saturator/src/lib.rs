//! Twobus Saturator: togetherness, depth and sparkle.
//!
//! Identity and export; the sound is in [`processor`], the picture in [`editor`].

pub mod editor;
pub mod params;
pub mod processor;

use shared_plugin::prelude::*;

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
    const KIND: Kind = Kind::Saturator;
    const MODE: ModeOf<Self> = ModeChoice::QUALITY;

    type Params = SaturatorParams;
    type Processor = SaturatorProcessor;
    type Panel = SaturatorPanel;

    fn settings(params: &SaturatorParams, mix: f64, _monitoring: ActiveMonitoring<'_>) -> SaturatorSettings {
        params.settings(mix)
    }

    fn remote_pages(params: &AllParams<SaturatorParams>) -> Vec<RemotePage<'_>> {
        let (p, shell) = (&params.product, &params.shell);
        vec![
            RemotePage::new(
                "Saturator",
                [&p.drive, &p.character, &p.even_odd, &p.bias_motion, &p.emphasis, &p.tilt, &p.high_cut, &shell.mix],
            ),
            RemotePage::new(
                "Bands and channels",
                [
                    &p.bands,
                    &p.drive,
                    &p.mid_drive,
                    &p.high_drive,
                    &p.low_crossover,
                    &p.high_crossover,
                    &p.emphasis_frequency,
                    &p.channel_mode,
                ],
            ),
            RemotePage::new("Operating level", [&p.zero_vu]),
        ]
    }

    fn starting_points(params: &AllParams<SaturatorParams>) -> Vec<StartingPoint<'_>> {
        let p = &params.product;
        vec![
            StartingPoint::new(
                "Full mix, felt before it is heard",
                [(&p.character, "Console"), (&p.drive, "6 dB"), (&p.even_odd, "35 %")],
            ),
            StartingPoint::new(
                "Thin mix, warmth from the second harmonic",
                [
                    (&p.character, "Triode"),
                    (&p.drive, "6 dB"),
                    (&p.emphasis, "-4 dB"),
                    (&p.emphasis_frequency, "2 kHz"),
                ],
            ),
            StartingPoint::new(
                "Dull mix, sparkle above 3 kHz",
                [
                    (&p.character, "Tape"),
                    (&p.bands, "2"),
                    (&p.low_crossover, "3 kHz"),
                    (&p.drive, "0 dB"),
                    (&p.mid_drive, "12 dB"),
                ],
            ),
            StartingPoint::new(
                "Spiky drums, transients absorbed",
                [(&p.character, "Push-pull"), (&p.drive, "7 dB"), (&p.emphasis, "3 dB"), (&p.bias_motion, "20 %")],
            ),
            StartingPoint::new(
                "Small speakers, bass by its harmonics",
                [
                    (&p.character, "Class-A"),
                    (&p.bands, "2"),
                    (&p.low_crossover, "140 Hz"),
                    (&p.drive, "12 dB"),
                    (&p.channel_mode, "Mid only"),
                ],
            ),
        ]
    }
}

// The tests stand in tests/ as everywhere, but as modules of this library: a cdylib alone can be linked by nothing.
#[cfg(test)]
extern crate self as saturator;
#[cfg(test)]
#[path = "../tests/sound/main.rs"]
mod sound;

shared_plugin::export!(Saturator);
