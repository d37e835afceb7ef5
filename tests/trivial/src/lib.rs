//! A gain of twenty lines: proves that the shell gives every promise to a plugin that repeats none of it.

use nice_plug::prelude::{ClapFeature, FloatParam, Params, Vst3SubCategory};
use shared_dsp::math::{Ramp, db_to_gain};
use shared_dsp::{Io, Processor};
use shared_plugin::editor::{Panel, PanelContext};
use shared_plugin::{
    Features, ModeFeature, Product,
    feed::Frame,
    monitoring::Heard,
    params::{AllParams, level_db},
};
use shared_ui::KnobSize;

/// Its only parameter.
#[derive(Params)]
pub struct TrivialParams {
    #[id = "gain"]
    gain: FloatParam,
}

impl Default for TrivialParams {
    fn default() -> Self {
        Self { gain: level_db("Gain", 0.0, -24.0, 24.0) }
    }
}

/// What the gain is now and how much of it is mixed in.
#[derive(Debug, Clone, PartialEq)]
pub struct TrivialSettings {
    gain_db: f64,
    mix: f64,
}

/// A gain that glides for 20 ms.
pub struct TrivialProcessor {
    gain: Ramp,
    glide_samples: u32,
}

impl Default for TrivialProcessor {
    fn default() -> Self {
        Self { gain: Ramp::new(1.0), glide_samples: 960 }
    }
}

fn gain_of(settings: &TrivialSettings) -> f64 {
    1.0 + settings.mix * (db_to_gain(settings.gain_db) - 1.0)
}

impl Processor for TrivialProcessor {
    type Settings = TrivialSettings;
    type Mode = ();
    type Reading = ();

    fn prepare(&mut self, sample_rate_hz: f64, _max_block_frames: usize, _channels: usize) {
        self.glide_samples = (0.020 * sample_rate_hz) as u32;
    }

    fn reset(&mut self, settings: &TrivialSettings, _mode: ()) {
        self.gain.set_now(gain_of(settings));
    }

    fn update(&mut self, settings: &TrivialSettings) {
        self.gain.glide_to(gain_of(settings), self.glide_samples);
    }

    fn process(&mut self, mut io: Io<'_>) {
        for n in 0..io.frames() {
            let gain = self.gain.next_value() as f32;
            io.left[n] *= gain;
            if let Some(right) = &mut io.right {
                right[n] *= gain;
            }
        }
    }

    fn latency_samples(&self, _mode: ()) -> usize {
        0
    }

    fn reading(&mut self) {}
}

/// No picture: the frame is enough for a gain.
#[derive(Default)]
pub struct TrivialPanel;

impl Panel<Trivial> for TrivialPanel {
    fn take(&mut self, _frame: &Frame<()>) {}

    fn ui(&mut self, ui: &mut egui::Ui, context: &mut PanelContext<'_, Trivial>) -> bool {
        context.knob(ui, "gain", KnobSize::Large)
    }
}

/// The plugin.
pub struct Trivial;

impl Product for Trivial {
    const NAME: &'static str = "Twobus Trivial";
    const CLAP_ID: &'static str = "org.twobus.trivial";
    const VST3_ID: [u8; 16] = *b"TwobusTrivial001";
    const DESCRIPTION: &'static str = "A gain, for tests of the shell";
    const CLAP_FEATURES: &'static [ClapFeature] =
        &[ClapFeature::AudioEffect, ClapFeature::Utility, ClapFeature::Stereo];
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] = &[Vst3SubCategory::Fx, Vst3SubCategory::Tools];
    const FEATURES: Features = Features { mode: ModeFeature::None, ..Features::EFFECT };
    type Params = TrivialParams;
    type Processor = TrivialProcessor;
    type Panel = TrivialPanel;

    fn mode(_params: &AllParams<TrivialParams>, _is_offline: bool) {}

    fn settings(params: &TrivialParams, mix: f64, _heard: Heard<'_>) -> TrivialSettings {
        TrivialSettings { gain_db: f64::from(params.gain.value()), mix }
    }
}

shared_plugin::export!(Trivial);
