//! A gain with one of everything that the shell offers: proves that a plugin that repeats nothing is given every promise.
//!
//! A mode of its own, a filter whose taps the worker designs, a last stage, and bands.

use std::sync::Arc;

use nice_plug::prelude::{ClapFeature, Vst3SubCategory};
use shared_dsp::convolution::FadedFir;
use shared_dsp::delay::StereoDelay;
use shared_dsp::glide::Glide;
use shared_dsp::math::db_to_gain;
use shared_dsp::{Io, Job, Mode, Processor};
use shared_plugin::params::{AllParams, Choice, Float, Parameter, Switch, bands, choice, level_db, percent, switch};
use shared_plugin::{Features, ModeFeature, Product, editor::PlainPanel, monitoring::ActiveMonitoring};

shared_plugin::params! {
    /// Declared once for all bands.
    pub struct Band {
        /// One of several gains.
        gain: Float = level_db("Gain", 0.0, -6.0..=6.0),
    }
}

shared_plugin::params! {
    /// One of each kind.
    pub struct TrivialParams {
        /// The gain.
        gain: Float = level_db("Gain", 0.0, -24.0..=24.0),
        /// How far it goes to the mean of two samples.
        smooth: Float = percent("Smooth", 0.0),
        /// Steps of the last stage.
        steps: Switch = switch("Steps", false),
        /// A delay.
        look_ahead: Choice<LookAhead> = choice("Look-ahead", LookAhead(0), LOOK_AHEADS).of_mode(),
        /// More gain.
        bands: [Band; 3] = bands("band", "Band"),
    }
}

const LOOK_AHEADS: &[(&str, LookAhead)] = &[("0 ms", LookAhead(0)), ("1 ms", LookAhead(1)), ("2 ms", LookAhead(2))];

/// A delay in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LookAhead(i32);

impl Mode for LookAhead {
    const LONGEST: &'static [Self] = &[Self(2)];
}

/// Gain, filter, delay and steps.
pub struct TrivialProcessor {
    gain: Glide,
    fir: FadedFir<f32>,
    delay: StereoDelay,
    has_steps: bool,
    rate_hz: f64,
}

impl Default for TrivialProcessor {
    fn default() -> Self {
        let fir = FadedFir::new(2, 0.0, |share| vec![1.0 - share, *share]);
        Self { gain: Glide::new(1.0), fir, delay: StereoDelay::default(), has_steps: false, rate_hz: 48_000.0 }
    }
}

impl Processor for TrivialProcessor {
    /// Gain, share of the sample before, steps.
    type Settings = (f64, f32, bool);
    type Mode = LookAhead;
    type Reading = ();

    fn prepare(&mut self, sample_rate_hz: f64, _max_block_frames: usize, _channels: usize) {
        self.rate_hz = sample_rate_hz;
        self.fir.prepare(sample_rate_hz);
        self.delay.prepare(self.latency_samples(LookAhead::LONGEST[0]));
    }

    fn reset(&mut self, &(gain, share, has_steps): &Self::Settings, mode: LookAhead) {
        self.gain.set_now(gain);
        self.fir.reset(share);
        self.has_steps = has_steps;
        self.delay.start(self.latency_samples(mode));
    }

    fn update(&mut self, &(gain, share, has_steps): &Self::Settings) {
        self.gain.glide_to(gain, (0.020 * self.rate_hz) as u32);
        self.fir.request(share);
        self.has_steps = has_steps;
    }

    fn process(&mut self, mut io: Io<'_>) {
        self.fir.process(io.left, io.right.as_deref_mut());
        for n in 0..io.frames() {
            let gain = self.gain.next_value() as f32;
            io.channels().for_each(|channel| channel[n] *= gain);
        }
        self.delay.process(&mut io);
    }

    fn finish(&mut self, mut io: Io<'_>) {
        if self.has_steps {
            io.channels().flatten().for_each(|x| *x = (65_536.0 * *x).round() / 65_536.0);
        }
    }

    fn latency_samples(&self, LookAhead(ms): LookAhead) -> usize {
        (f64::from(ms) * self.rate_hz / 1000.0).round() as usize
    }

    fn jobs(&self) -> Vec<Arc<dyn Job>> {
        vec![self.fir.job()]
    }
}

/// The plugin.
pub struct Trivial;

impl Product for Trivial {
    const NAME: &'static str = "Twobus Trivial";
    const CLAP_ID: &'static str = "org.twobus.trivial";
    const VST3_ID: [u8; 16] = *b"TwobusTrivial001";
    const DESCRIPTION: &'static str = "One of everything, for tests of the shell";
    const CLAP_FEATURES: &'static [ClapFeature] =
        &[ClapFeature::AudioEffect, ClapFeature::Utility, ClapFeature::Stereo];
    const VST3_SUBCATEGORIES: &'static [Vst3SubCategory] = &[Vst3SubCategory::Fx, Vst3SubCategory::Tools];
    const FEATURES: Features = Features { mode: ModeFeature::Own, match_gain: false, ..Features::EFFECT };
    type Params = TrivialParams;
    type Processor = TrivialProcessor;
    type Panel = PlainPanel<TrivialParams, ()>;

    fn settings(params: &TrivialParams, mix: f64, _monitoring: ActiveMonitoring<'_>) -> (f64, f32, bool) {
        let bands_db: f64 = params.bands.iter().map(|band| band.gain.get()).sum();
        let gain = 1.0 + mix * (db_to_gain(params.gain.get() + bands_db) - 1.0);
        (gain, mix as f32 * params.smooth.value() / 200.0, params.steps.value())
    }

    fn mode(params: &AllParams<TrivialParams>, is_offline: bool) -> LookAhead {
        LookAhead(params.product.look_ahead.get().0.max(i32::from(is_offline)))
    }

    fn mode_menu(params: &AllParams<TrivialParams>) -> Option<&dyn Parameter> {
        Some(&params.product.look_ahead)
    }
}

shared_plugin::export!(Trivial);
