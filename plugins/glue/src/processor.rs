//! Glue's sound.
//!
//! ```text
//! key (input to port) -> high-pass, tilt -> L/R or M/S -> [rate x 1, 4, 8] -> detector -> link -> curve
//!                             -> model (Clean or Console) -> [rate / 1, 4, 8] -> gain
//! input -> delay -------------------------------------------------------------> x -> drive -> makeup -> mix -> output
//! ```
//!
//! Quality is the side chain's alone: the programme only ever meets a gain and, when there is one, an integer delay. So
//! nothing to do (no reduction, no drive, makeup 0 dB), range 0 and mix 0 are bit-exact.
//!
//! Settings that act on the side chain move on a grid of eight frames counted from `reset`, those that act on the
//! programme move every sample, so how a host cuts its blocks changes nothing. A discrete switch is a cross-fade of
//! what it chooses between: keys, levels in dB, reductions in dB, curves.

mod controls;
mod drive;
mod grid;
mod key;
mod meters;
mod output;
mod settings;

use controls::{Controls, Slot};
use grid::{CELL, CHUNK};
use key::{Key, KeyControls};
pub use meters::GlueReading;
use meters::Meters;
use output::Output;
pub use settings::{Detector, GlueSettings, LinkMode, Model, SidechainSource, knee_db};
pub use shared_dsp::dynamics::KeySlope as SidechainSlope;
pub use shared_dsp::dynamics::Release;
use shared_dsp::dynamics::{SideChain, SideChainDesign};
use shared_dsp::oversampling::Factor;
use shared_dsp::{Io, Processor, Quality, changed_settings, usable_rate_hz};

/// How long every setting glides or cross-fades.
const GLIDE_S: f64 = 0.02;

const DESIGN: SideChainDesign = SideChainDesign {
    // The clean model's longer hold takes ripple, and so distortion, out of the bass.
    decoupled_hold_s: 0.005,
    // An attack means the same for every tone above 833 Hz, while bass keeps the ripple that makes a feedback compressor
    // growl.
    feedback_hold_s: 0.0006,
};

/// The bus compressor.
#[derive(Debug, Clone)]
pub struct Glue {
    sample_rate_hz: f64,
    is_stereo: bool,
    settings: GlueSettings,
    /// Frames since `reset`, wrapped at the chunk.
    position: usize,
    controls: Controls,
    key: Key,
    side_chain: SideChain,
    output: Output,
    meters: Meters,
}

impl Default for Glue {
    fn default() -> Self {
        Self::new()
    }
}

impl Glue {
    /// A compressor with default settings at 48 kHz, stereo; `prepare` and `reset` it before use. Allocates.
    #[must_use]
    pub fn new() -> Self {
        let mut new = Self::at_rest(GlueSettings::default(), 48_000.0, true);
        new.reset(&GlueSettings::default(), Quality::default());
        new
    }

    fn at_rest(settings: GlueSettings, sample_rate_hz: f64, is_stereo: bool) -> Self {
        let max_latency_samples = SideChain::latency_samples(Factor::X8.times());
        Self {
            sample_rate_hz,
            is_stereo,
            position: 0,
            controls: Controls::new(&settings),
            key: Key::new(max_latency_samples),
            side_chain: SideChain::new(CHUNK, DESIGN),
            output: Output::new(&settings, sample_rate_hz, max_latency_samples),
            meters: Meters::new(sample_rate_hz),
            settings,
        }
    }

    /// How many times the audio's rate the side chain runs at.
    fn factor(&self, quality: Quality) -> usize {
        let factor = match quality {
            Quality::Off | Quality::Live => Factor::X1,
            Quality::Standard => Factor::X4,
            Quality::High => Factor::X8,
        };
        factor.at_rate(self.sample_rate_hz).times()
    }

    /// Hands the controls on as they are at this point of the grid.
    fn set_controls(&mut self) {
        self.side_chain.set_controls(self.controls.side_chain(), self.controls.used(self.is_stereo));
        self.fade_high_pass();
    }

    fn fade_high_pass(&mut self) {
        self.key.filter.fade_high_pass(self.controls.value(Slot::HighPass), self.controls.is_used(Slot::HighPass));
    }

    /// One segment within a cell and a chunk.
    fn segment(&mut self, io: Io<'_>) {
        let Io { left, right, sidechain } = io;
        let frames = left.len();
        let mut right = if self.is_stereo { right } else { None };
        let external = self.controls.value(Slot::External);
        let controls = KeyControls {
            external,
            mid_side: self.controls.value(Slot::MidSide),
            is_listened_to: self.output.is_listening(),
        };
        self.key.process(left, right.as_deref(), sidechain, controls);
        self.meters.feed_input(left, right.as_deref());
        // A linked side chain still hears both channels, and a mono programme may have a stereo key.
        let [first, second] = self.key.samples(frames);
        let key = [first, if self.is_stereo || external > 0.0 { second } else { &[] }];
        self.meters.feed_key(key);
        let channels = if right.is_some() && !self.side_chain.is_linked() { 2 } else { 1 };
        let mut reductions = self.side_chain.process(key, channels);
        self.output.process(left, right.as_deref_mut(), &mut reductions, self.key.delayed());
        self.meters.feed_output(left, right.as_deref(), &reductions);
    }

    /// Every [`CHUNK`] frames from reset.
    fn housekeeping(&mut self) {
        self.side_chain.settle();
        self.output.settle();
        self.side_chain.set_used(self.controls.used(self.is_stereo));
        self.fade_high_pass();
    }
}

impl Processor for Glue {
    type Settings = GlueSettings;
    type Mode = Quality;
    type Reading = GlueReading;

    fn prepare(&mut self, sample_rate_hz: f64, _max_block_frames: usize, channels: usize) {
        let rate = usable_rate_hz(sample_rate_hz);
        let settings = self.settings.clone();
        *self = Self::at_rest(settings.clone(), rate, channels > 1);
        self.reset(&settings, Quality::default());
    }

    fn reset(&mut self, settings: &GlueSettings, quality: Quality) {
        self.settings = settings.clamped();
        self.position = 0;
        let latency_samples = self.latency_samples(quality);
        self.controls = Controls::new(&self.settings);
        self.key.filter.reset(&self.settings.key_filter(), self.sample_rate_hz);
        self.key.reset(latency_samples);
        self.side_chain.reset(self.sample_rate_hz, self.factor(quality));
        self.side_chain.set_times(self.settings.times());
        self.output.reset(&self.settings, latency_samples);
        self.meters.reset();
        self.set_controls();
    }

    fn update(&mut self, settings: &GlueSettings) {
        let Some(settings) = changed_settings(&self.settings, settings, GlueSettings::clamped) else { return };
        let length_samples = (GLIDE_S * self.sample_rate_hz) as u32;
        self.settings = settings;
        self.controls.glide_to(&self.settings, length_samples);
        self.output.update(&self.settings, length_samples);
        self.side_chain.set_times(self.settings.times());
        self.key.filter.update(&self.settings.key_filter(), self.sample_rate_hz, length_samples);
        self.set_controls();
    }

    fn wants_update(&self) -> bool {
        false
    }

    fn process(&mut self, mut io: Io<'_>) {
        while io.frames() > 0 {
            if self.position.is_multiple_of(CELL) && self.controls.is_gliding() {
                self.controls.step();
                self.set_controls();
            }
            let grid = if self.controls.is_gliding() { CELL } else { CHUNK };
            let head = io.split_to(grid - self.position % grid);
            let frames = head.frames();
            self.segment(head);
            self.controls.pass(frames);
            self.position = (self.position + frames) % CHUNK;
            if self.position == 0 {
                self.housekeeping();
            }
        }
    }

    fn latency_samples(&self, quality: Quality) -> usize {
        SideChain::latency_samples(self.factor(quality))
    }

    fn is_at_rest(&self) -> bool {
        // The needle shows tenths of a decibel.
        self.meters.reduction_db() < 0.05
    }

    fn reading(&mut self) -> GlueReading {
        let level_db = self.side_chain.take_level_max_db();
        self.meters.take_reading(level_db)
    }
}
