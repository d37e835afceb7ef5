//! Twobus Limiter: the ceiling that holds, last in the chain.
//!
//! Identity and export; the sound is in [`processor`], the picture in [`editor`].

pub mod editor;
pub mod learn_thread;
pub mod learner;
pub mod params;
pub mod processor;

use shared_plugin::prelude::*;

use crate::editor::LimiterPanel;
use crate::params::{LimiterParams, RESET};
use crate::processor::{Limiter as LimiterProcessor, LimiterSettings, LookAhead};

/// The product.
pub struct Limiter;

impl Product for Limiter {
    const NAME: &'static str = "Twobus Limiter";
    const CLAP_ID: &'static str = "org.twobus.limiter";
    const VST3_ID: [u8; 16] = *b"TwobusLimiter_01";
    const DESCRIPTION: &'static str = "True-peak limiter: the ceiling holds on every meter, and the mix stays a mix";
    const KIND: Kind = Kind::Limiter;
    // No Mix: a dry path would pass the ceiling. No Match: unity gain and Learn do it. No Quality: the detector is always
    // the best.
    const FEATURES: Features =
        Features { sidechain: true, delta: true, compare: true, unity_gain: true, ..Features::NONE };
    const MODE: ModeOf<Self> = ModeOf::<Self>::own(|p, _| LookAhead::of_ms(p.look_ahead.get()));
    // Nothing may lift what the ceiling holds.
    const OUTPUT_MAX_DB: f32 = 0.0;
    const MONITORING: &'static [MonitoringSwitch] = &[RESET];

    type Params = LimiterParams;
    type Processor = LimiterProcessor;
    type Panel = LimiterPanel;

    fn settings(params: &LimiterParams, _mix: f64, monitoring: ActiveMonitoring<'_>) -> LimiterSettings {
        params.settings(monitoring)
    }

    fn known_gain_db(params: &LimiterParams) -> f32 {
        params.gain.value()
    }

    fn remote_pages(params: &AllParams<LimiterParams>) -> Vec<RemotePage<'_>> {
        let p = &params.product;
        vec![
            RemotePage::new(
                "Limiter",
                [&p.gain, &p.style, &p.attack, &p.release, &p.release_mode, &p.peak_link, &p.sustain_link, &p.ceiling],
            ),
            RemotePage::new("Final level", [&p.mono_below, &p.external_key, &p.dither, &p.dither_shape]),
        ]
    }

    fn starting_points(params: &AllParams<LimiterParams>) -> Vec<StartingPoint<'_>> {
        let p = &params.product;
        vec![
            StartingPoint::new("Last in the chain, streaming", [(&p.gain, "3 dB"), (&p.style, "Clean")]),
            StartingPoint::new(
                "Drum-heavy mix, transients kept",
                [(&p.gain, "3 dB"), (&p.style, "Punch"), (&p.attack, "60 ms"), (&p.peak_link, "75 %")],
            ),
            StartingPoint::new(
                "Dense mix, held together",
                [(&p.gain, "4 dB"), (&p.style, "Glue"), (&p.attack, "20 ms"), (&p.release_mode, "Auto")],
            ),
            StartingPoint::new("For vinyl: a mono bass", [(&p.gain, "1 dB"), (&p.mono_below, "120 Hz")]),
        ]
    }
}

// The tests stand in tests/ as everywhere, but as modules of this library: a cdylib alone can be linked by nothing.
#[cfg(test)]
extern crate self as limiter;
#[cfg(test)]
#[path = "../tests/sound/main.rs"]
mod sound;

shared_plugin::export!(Limiter);
