//! Tape's sound.
//!
//! ```text
//!                  +-> record equaliser -> bass lift -> [rate x 4, 8, 16 -> field -> magnetisation - field -> rate /]
//!                  |                               -> 2 Hz high-pass -> bass back -> losses and replay equaliser -> residual
//! input -> delay --+-> the whole machine's small-signal response -> linear
//!
//! linear + residual -> head bump -> modulation noise -> wow, flutter, azimuth -> crosstalk -> hiss -> mix -> monitor
//! ```
//!
//! What is not bent goes one way and what the tape adds another, so that the small signal is exact whatever the tape does, and
//! passes no oversampling. All kernels are linear in phase: a mix with the dry has no comb. In Live, dry and residual share
//! the filters (see [`ResidualPath`]); a mix of exactly nothing is the delayed input in every quality.
//!
//! Continuous settings glide; responses cross-fade from kernel to kernel. How a host cuts its blocks changes nothing.

mod bump;
mod equalisers;
mod machine;
mod magnetisation;
mod meters;
mod noise;
mod response;
mod settings;
mod shaper;

use std::sync::Arc;

use bump::HeadBump;
use equalisers::{Equalisers, Request, half_samples};
pub use machine::{Equalisation, Formulation, Machine, Speed, TapeSheet};
use meters::Meters;
pub use meters::TapeReading;
use noise::TapeNoise;
pub use response::{LineUpCard, MachineResponse};
use settings::{MOST_AZIMUTH_MINUTES, MOST_WANDER};
pub use settings::{Monitor, TapeSettings};
use shaper::Shaper;
use shared_dsp::delay::{DelayLine, WanderDepth, WanderingDelay};
use shared_dsp::filters::{OnePoleCoefs, OnePoleState};
use shared_dsp::glide::Glide;
use shared_dsp::math::db_to_gain;
use shared_dsp::nonlinear::{COMPLETION_DELAY_TOP_SAMPLES, ResidualPath, Route, Shaped, StereoFrame};
use shared_dsp::oversampling::Factor;
use shared_dsp::{Io, Job, Processor, Quality, changed_settings, usable_rate_hz};

/// The most frames handled at once.
const CHUNK: usize = 32;
/// How long every setting glides.
const GLIDE_S: f64 = 0.015;
/// What [`Quality::High`] runs at.
const HIGH: Factor = Factor::X16;
/// The tape is bent at no less than these rates, Hz: at 44.1 kHz and its multiples Live and Standard run at twice the factor of
/// the suite's table. There 4x and 8x would leave the last half octave 10 and 3 dB above what is promised of aliases.
const LEAST_TOP_HZ: [f64; 2] = [190_000.0, 380_000.0];
/// Direct current is kept out of the residual below this: -0.04 dB at 20 Hz.
const BLOCK_HZ: f64 = 2.0;
/// The bass lift of NAB, 3180 microseconds, ends at a tenth of where it begins.
const LIFT_HZ: f64 = 50.05;
const LIFT_END_HZ: f64 = 5.005;
const LIFT: f64 = LIFT_HZ / LIFT_END_HZ - 1.0;
const LIFT_BACK: f64 = 1.0 - LIFT_END_HZ / LIFT_HZ;
/// Crosstalk rises below 200 Hz (assumption), and no further below 20.
const CROSSTALK_END_HZ: f64 = 20.0;
const CROSSTALK_RISE: f64 = 200.0 / CROSSTALK_END_HZ - 1.0;
/// What makes it what it is called at 1 kHz.
const CROSSTALK_SCALE: f64 = 0.980_8;

/// The tape machine.
pub struct Tape {
    sample_rate_hz: f64,
    is_stereo: bool,
    quality: Quality,
    settings: TapeSettings,
    /// Frames since `reset`, wrapped at the chunk.
    position: usize,

    equalisers: Equalisers,
    before: DelayLine<StereoFrame>,
    path: ResidualPath,
    shaper: Shaper,
    /// How much of the bass lift.
    lift: Glide,
    lift_coefs: [OnePoleCoefs; 2],
    lift_states: [OnePoleState<2>; 2],
    block_coefs: OnePoleCoefs,
    block: OnePoleState<2>,
    bump: HeadBump,
    noise: TapeNoise,
    transport: WanderingDelay,
    crosstalk: Glide,
    crosstalk_coefs: OnePoleCoefs,
    crosstalk_state: OnePoleState<2>,

    /// The dry of the path, as late as the wet; and the input.
    dry_line: DelayLine<StereoFrame>,
    line: DelayLine<StereoFrame>,
    mix: Glide,
    /// From the delayed input (0) to the machine (1).
    gate: Glide,
    meters: Meters,
    /// Whether a kernel is yet to be asked for.
    is_waiting: bool,
}

/// The settings of the delay.
fn depth(settings: &TapeSettings, is_stereo: bool) -> WanderDepth {
    let skew_s = if is_stereo { settings.machine().skew_s() } else { 0.0 };
    WanderDepth { wow: settings.wow, flutter: settings.flutter, skew_s }
}

/// The deepest of them.
fn most_depth() -> WanderDepth {
    WanderDepth { wow: MOST_WANDER, flutter: MOST_WANDER, skew_s: Machine::most_skew_s(MOST_AZIMUTH_MINUTES) }
}

/// The shaper's own delay at the top rate: Off averages nothing.
fn inside(quality: Quality) -> usize {
    if quality == Quality::Off { 0 } else { COMPLETION_DELAY_TOP_SAMPLES }
}

/// Where and through which filters the tape is bent.
fn route_of(quality: Quality, sample_rate_hz: f64) -> Route {
    let route = Route::of(quality, HIGH, sample_rate_hz);
    let least_hz = match quality {
        Quality::Off | Quality::High => return route,
        Quality::Live => LEAST_TOP_HZ[0],
        Quality::Standard => LEAST_TOP_HZ[1],
    };
    let is_low = route.factor.times() as f64 * sample_rate_hz < least_hz;
    Route { factor: if is_low { route.factor.doubled() } else { route.factor }, ..route }
}

fn lift_of(settings: &TapeSettings) -> f64 {
    f64::from(u8::from(settings.equalisation.time_constants_s(settings.speed).1.is_some()))
}

fn crosstalk_of(settings: &TapeSettings) -> f64 {
    settings.crosstalk_db.map_or(0.0, |db| CROSSTALK_SCALE * db_to_gain(db))
}

fn gate_of(settings: &TapeSettings) -> f64 {
    f64::from(u8::from(settings.mix > 0.0 && settings.monitor != Monitor::Input))
}

impl Default for Tape {
    fn default() -> Self {
        Self::new()
    }
}

impl Tape {
    /// A machine with default settings at 48 kHz, stereo; `prepare` and `reset` it before use. Allocates.
    #[must_use]
    pub fn new() -> Self {
        let rate = 48_000.0;
        let settings = TapeSettings::default();
        let request = Request { machine: settings.machine(), sample_rate_hz: rate };
        let lowpass = |hz| OnePoleCoefs::lowpass(rate, hz);
        Self {
            sample_rate_hz: rate,
            is_stereo: true,
            quality: Quality::default(),
            settings,
            position: 0,
            equalisers: Equalisers::new(request),
            before: DelayLine::new(0),
            path: ResidualPath::new(),
            shaper: Shaper::new(),
            lift: Glide::new(0.0),
            lift_coefs: [lowpass(LIFT_END_HZ), lowpass(LIFT_HZ)],
            lift_states: Default::default(),
            block_coefs: OnePoleCoefs::highpass(rate, BLOCK_HZ),
            block: OnePoleState::default(),
            bump: HeadBump::new(),
            noise: TapeNoise::new(),
            transport: WanderingDelay::new(rate, most_depth()),
            crosstalk: Glide::new(0.0),
            crosstalk_coefs: lowpass(CROSSTALK_END_HZ),
            crosstalk_state: OnePoleState::default(),
            dry_line: DelayLine::new(0),
            line: DelayLine::new(0),
            mix: Glide::new(1.0),
            gate: Glide::new(1.0),
            meters: Meters::new(),
            is_waiting: true,
        }
    }

    fn glide_frames(&self) -> u32 {
        (GLIDE_S * self.sample_rate_hz) as u32
    }

    fn request(&self) -> Request {
        Request { machine: self.settings.machine(), sample_rate_hz: self.sample_rate_hz }
    }

    /// Behind the path: a kernel and the transport.
    fn later_samples(&self) -> usize {
        half_samples(self.sample_rate_hz) + WanderingDelay::mean_samples_of(self.sample_rate_hz, most_depth())
    }

    /// From the input to the path's dry and the wet.
    fn record_and_replay(&mut self, dry: &mut [StereoFrame], wet: &mut [[f64; 2]]) {
        let count = dry.len();
        for (wet, dry) in wet.iter_mut().zip(dry.iter()) {
            *wet = dry.map(f64::from);
        }
        self.before.process(dry);
        self.equalisers.record.process(wet);
        let mut driven = [[0.0; 2]; CHUNK];
        let mut residual = [[0.0; 2]; CHUNK];
        let (driven, residual) = (&mut driven[..count], &mut residual[..count]);
        let has_lift = !self.lift.rests_at(0.0);
        let mut lift = self.lift.clone();
        for (driven, wet) in driven.iter_mut().zip(wet.iter()) {
            let mut x = *wet;
            if has_lift {
                let low = self.lift_states[0].tick(&self.lift_coefs[0], x);
                let lift = LIFT * lift.next_value();
                x = [x[0] + lift * low[0], x[1] + lift * low[1]];
            }
            *driven = x.map(|x| x as f32);
        }
        let (shaper, meters) = (&mut self.shaper, &mut self.meters);
        self.path.process(dry, driven, residual, |input, output| {
            shaper.process(input, output, |field| meters.see(field));
            Shaped::Residual
        });
        let mut bent = [[0.0; 2]; CHUNK];
        let bent = &mut bent[..count];
        for (bent, residual) in bent.iter_mut().zip(residual.iter()) {
            let mut x = self.block.tick(&self.block_coefs, residual.map(f64::from));
            if has_lift {
                let low = self.lift_states[1].tick(&self.lift_coefs[1], x);
                let back = LIFT_BACK * self.lift.next_value();
                x = [x[0] - back * low[0], x[1] - back * low[1]];
            }
            *bent = x;
        }
        self.equalisers.replay.process(bent);
        for (wet, dry) in wet.iter_mut().zip(dry.iter()) {
            *wet = dry.map(f64::from);
        }
        self.equalisers.whole.process(wet);
        for (wet, bent) in wet.iter_mut().zip(bent.iter()) {
            *wet = [wet[0] + bent[0], wet[1] + bent[1]];
        }
    }

    fn cross(&mut self, frames: &mut [[f64; 2]]) {
        if !self.is_stereo {
            self.crosstalk.advance(frames.len() as u32);
            return;
        }
        for frame in frames {
            if self.crosstalk.rests_at(0.0) {
                return;
            }
            let gain = self.crosstalk.next_value();
            let low = self.crosstalk_state.tick(&self.crosstalk_coefs, *frame);
            let over = [0, 1].map(|ch| gain * (frame[ch] + CROSSTALK_RISE * low[ch]));
            *frame = [frame[0] + over[1], frame[1] + over[0]];
        }
    }

    /// One segment within the chunk.
    fn chunk(&mut self, left: &mut [f32], right: Option<&mut [f32]>) {
        let count = left.len();
        let mut delayed = [[0.0; 2]; CHUNK];
        match &right {
            Some(right) => {
                for ((frame, &l), &r) in delayed.iter_mut().zip(left.iter()).zip(right.iter()) {
                    *frame = [l, r];
                }
            }
            None => delayed.iter_mut().zip(left.iter()).for_each(|(frame, &x)| *frame = [x, 0.0]),
        }
        let mut dry = delayed;
        self.line.process(&mut delayed[..count]);
        let mut wet = [[0.0; 2]; CHUNK];
        let (dry, wet) = (&mut dry[..count], &mut wet[..count]);
        self.record_and_replay(dry, wet);
        self.dry_line.process(dry);
        self.bump.process(wet);
        self.noise.modulate(wet);
        self.transport.process(wet);
        self.cross(wet);
        self.noise.add_hiss(&mut self.equalisers.hiss, wet);
        let mut out = [[0.0; 2]; CHUNK];
        let out = &mut out[..count];
        for (n, out) in out.iter_mut().enumerate() {
            let (mix, gate) = (self.mix.next_value(), self.gate.next_value());
            for ch in 0..2 {
                let x = f64::from(dry[n][ch]);
                let mixed = if mix == 1.0 { wet[n][ch] } else { x + mix * (wet[n][ch] - x) };
                let from = delayed[n][ch];
                // At either end the fade is exact.
                out[ch] = if gate == 1.0 {
                    mixed as f32
                } else if gate == 0.0 {
                    from
                } else {
                    (f64::from(from) + gate * (mixed - f64::from(from))) as f32
                };
            }
        }
        if right.is_none() {
            out.iter_mut().for_each(|frame| frame[1] = 0.0);
        }
        self.meters.feed(&delayed, out);
        for (to, out) in left.iter_mut().zip(out.iter()) {
            *to = out[0];
        }
        if let Some(right) = right {
            for (to, out) in right.iter_mut().zip(out.iter()) {
                *to = out[1];
            }
        }
    }
}

impl Processor for Tape {
    type Settings = TapeSettings;
    type Mode = Quality;
    type Reading = TapeReading;

    fn prepare(&mut self, sample_rate_hz: f64, _max_block_frames: usize, channels: usize) {
        let rate = usable_rate_hz(sample_rate_hz);
        self.sample_rate_hz = rate;
        self.is_stereo = channels > 1;
        self.equalisers.prepare(rate);
        self.block_coefs = OnePoleCoefs::highpass(rate, BLOCK_HZ);
        self.lift_coefs = [LIFT_END_HZ, LIFT_HZ].map(|hz| OnePoleCoefs::lowpass(rate, hz));
        self.crosstalk_coefs = OnePoleCoefs::lowpass(rate, CROSSTALK_END_HZ);
        self.transport = WanderingDelay::new(rate, most_depth());
        self.before.prepare(half_samples(rate));
        self.dry_line.prepare(self.later_samples());
        let longest = Quality::ALL.map(|quality| self.latency_samples(quality)).into_iter().max();
        self.line.prepare(longest.unwrap_or(0));
        self.meters.prepare(rate);
        let settings = self.settings.clone();
        self.reset(&settings, Quality::default());
    }

    fn reset(&mut self, settings: &TapeSettings, quality: Quality) {
        self.settings = settings.clamped();
        self.quality = quality;
        self.position = 0;
        let rate = self.sample_rate_hz;
        self.equalisers.reset(self.request());
        for (line, samples) in [
            (&mut self.before, half_samples(rate)),
            (&mut self.dry_line, half_samples(rate) + self.transport.mean_samples()),
        ] {
            line.start(samples);
        }
        self.line.start(self.latency_samples(quality));
        let route = route_of(quality, rate);
        self.path.select(route, inside(quality));
        let settings = &self.settings;
        self.shaper.reset(settings, route.factor.times(), quality != Quality::Off);
        self.lift.set_now(lift_of(settings));
        self.lift_states = Default::default();
        self.block.reset();
        self.bump.reset(settings.speed, settings.head_bump, rate);
        self.noise.reset(settings, rate);
        self.transport.reset(depth(settings, self.is_stereo));
        self.crosstalk.set_now(crosstalk_of(settings));
        self.crosstalk_state.reset();
        self.mix.set_now(settings.mix);
        self.gate.set_now(gate_of(settings));
        self.meters.reset();
        self.is_waiting = true;
    }

    fn update(&mut self, settings: &TapeSettings) {
        self.is_waiting = !self.equalisers.request(self.request());
        let Some(settings) = changed_settings(&self.settings, settings, TapeSettings::clamped) else { return };
        self.settings = settings;
        let length = self.glide_frames();
        self.is_waiting = !self.equalisers.request(self.request());
        let settings = &self.settings;
        self.shaper.update(settings, length);
        if self.lift.rests_at(0.0) {
            self.lift_states = Default::default();
        }
        self.lift.glide_to(lift_of(settings), length);
        self.bump.update(settings.speed, settings.head_bump, length);
        self.noise.update(settings, length);
        self.transport.glide_to(depth(settings, self.is_stereo), length);
        if self.crosstalk.rests_at(0.0) {
            self.crosstalk_state.reset();
        }
        self.crosstalk.glide_to(crosstalk_of(settings), length);
        self.mix.glide_to(settings.mix, length);
        self.gate.glide_to(gate_of(settings), length);
    }

    fn wants_update(&self) -> bool {
        self.is_waiting
    }

    fn process(&mut self, mut io: Io<'_>) {
        while io.frames() > 0 {
            let head = io.split_to(CHUNK - self.position);
            let count = head.frames();
            let right = if self.is_stereo { head.right } else { None };
            self.chunk(head.left, right);
            self.position = (self.position + count) % CHUNK;
        }
    }

    fn jobs(&self) -> Vec<Arc<dyn Job>> {
        self.equalisers.jobs()
    }

    fn latency_samples(&self, quality: Quality) -> usize {
        let path = route_of(quality, self.sample_rate_hz).latency_samples(inside(quality));
        half_samples(self.sample_rate_hz) + path + self.later_samples()
    }

    fn is_at_rest(&self) -> bool {
        !self.noise.has_hiss()
    }

    fn reading(&mut self) -> TapeReading {
        self.meters.take_reading(&self.settings, self.sample_rate_hz, if self.is_stereo { 2 } else { 1 })
    }
}
