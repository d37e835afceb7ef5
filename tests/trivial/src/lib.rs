//! A gain with one of everything that the shell offers: proves that a plugin that repeats nothing is given every promise.
//!
//! A mode of its own, a filter whose taps the worker designs, a last stage, and bands.

use shared_dsp::math::{db_to_gain, gain_to_db};
use shared_dsp::{convolution::FadedFir, delay::StereoDelay, glide::GainGlide};
use shared_plugin::prelude::*;

shared_plugin::params! {
    /// Declared once for all bands.
    pub struct Band {
        /// One of several gains.
        gain: Float = level_db("Gain", 0.0, -6.0..=6.0),
    }

    /// One of each kind.
    pub struct TrivialParams {
        /// The gain.
        gain: Float = level_db("Gain", 0.0, -24.0..=24.0),
        /// How far it goes to the mean of two samples.
        smooth: Float = percent("Smooth", 0.0),
        /// Steps of the last stage.
        steps: Switch = switch("Steps", false),
        /// A delay.
        look_ahead: Choice<u8> = choice("Look-ahead", 0, &[("0 ms", 0), ("1 ms", 1), ("2 ms", 2)]).of_mode(),
        /// More gain.
        bands: [Band; 3] = bands("band", "Band"),
    }
}

/// Gain, filter, delay and steps.
pub struct TrivialProcessor {
    gain: GainGlide,
    fir: FadedFir<f32>,
    delay: StereoDelay,
    has_steps: bool,
    rate_hz: f64,
}

impl Default for TrivialProcessor {
    fn default() -> Self {
        let fir = FadedFir::new(2, 0.0, |share| vec![1.0 - share, *share]);
        Self { gain: GainGlide::default(), fir, delay: StereoDelay::default(), has_steps: false, rate_hz: 48_000.0 }
    }
}

impl Processor for TrivialProcessor {
    /// Gain in dB, share of the sample before, steps.
    type Settings = (f64, f32, bool);
    /// Look-ahead, ms.
    type Mode = u8;
    type Reading = ();

    fn prepare(&mut self, sample_rate_hz: f64, _max_block_frames: usize, _channels: usize) {
        self.rate_hz = sample_rate_hz;
        self.fir.prepare(sample_rate_hz);
        self.delay.prepare(self.latency_samples(u8::MAX));
    }

    fn reset(&mut self, &(gain, share, has_steps): &Self::Settings, look_ahead_ms: u8) {
        self.gain.set_now(gain);
        self.fir.reset(share);
        self.has_steps = has_steps;
        self.delay.start(self.latency_samples(look_ahead_ms));
    }

    fn update(&mut self, &(gain, share, has_steps): &Self::Settings) {
        self.gain.glide_to(gain, (0.020 * self.rate_hz) as u32);
        self.fir.request(share);
        self.has_steps = has_steps;
    }

    fn process(&mut self, mut io: Io<'_>) {
        self.fir.process(&mut io);
        self.gain.process(&mut io);
        self.delay.process(&mut io);
    }

    fn finish(&mut self, mut io: Io<'_>) {
        if self.has_steps {
            io.channels().flatten().for_each(|x| *x = (65_536.0 * *x).round() / 65_536.0);
        }
    }

    fn latency_samples(&self, look_ahead_ms: u8) -> usize {
        (f64::from(look_ahead_ms) * self.rate_hz / 1000.0).round() as usize
    }

    fn jobs(&self) -> JobList {
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
    const KIND: Kind = Kind::Utility;
    const FEATURES: Features = Features { match_gain: false, ..Features::EFFECT };
    const MODE: ModeOf<Self> = ModeOf::<Self>::own(|p, is_offline| p.look_ahead.get().max(is_offline.into()))
        .in_bottom_line(|p| &p.look_ahead);
    type Params = TrivialParams;
    type Processor = TrivialProcessor;
    type Panel = PlainPanel<TrivialParams, ()>;

    fn settings(params: &TrivialParams, mix: f64, _monitoring: ActiveMonitoring<'_>) -> (f64, f32, bool) {
        let bands_db: f64 = params.bands.iter().map(|band| band.gain.get()).sum();
        let gain = 1.0 + mix * (db_to_gain(params.gain.get() + bands_db) - 1.0);
        (gain_to_db(gain), mix as f32 * params.smooth.value() / 200.0, params.steps.value())
    }
}

shared_plugin::export!(Trivial);
