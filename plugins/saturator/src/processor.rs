//! The Saturator's sound.
//!
//! ```text
//!        +-> emphasis -> [rate x 4, 8, 16 -> mid/side -> bands -> drive -> curve - x -> / drive -> sum -> left/right -> rate /]
//!        |                                        -> de-emphasis -> 2 Hz high-pass -> residual
//! input -+-> delay -> dry;  wet = tone(makeup (dry + residual));  output = dry + mix (wet - dry)
//! ```
//!
//! Only the residual is shaped, so drive 0 is bit-exact: nothing but the delay and the tone is computed then. In Live the dry
//! goes through the residual's filters (see [`ResidualPath`](shared_dsp::nonlinear::ResidualPath)); when there is nothing to do it is faded over to the delayed
//! input.
//!
//! Continuous settings glide sample by sample, what is discrete cross-fades from voice to voice, and everything that is
//! decided is decided at a control point or on a grid of 64 frames counted from `reset`: how a host cuts its blocks changes
//! nothing.

mod bias;
mod character;
mod colour;
mod law;
mod meters;
mod settings;
mod shaper;
mod track;
mod voice;

pub use character::{Character, Shape};
use colour::{Emphasis, Tone};
use law::Law;
use meters::Meters;
pub use meters::SaturatorReading;
pub use settings::{ChannelMode, MOST_BANDS, SaturatorSettings};
use shared_dsp::delay::DelayLine;
use shared_dsp::filters::{OnePoleCoefs, OnePoleState};
use shared_dsp::glide::Glide;
use shared_dsp::math::{db_to_gain, gain_to_db};
use shared_dsp::nonlinear::StereoFrame;
use shared_dsp::{Io, Processor, Quality, changed_settings, usable_rate_hz};
use track::Track;
use voice::CHUNK;

/// How long every setting glides or cross-fades.
const GLIDE_S: f64 = 0.015;
/// The residual's direct current is kept out below this: -0.04 dB at 20 Hz.
const BLOCK_HZ: f64 = 2.0;
/// Everything that is decided is decided every so many frames from `reset`.
const GRID: usize = CHUNK;

/// The saturator.
#[derive(Debug, Clone)]
pub struct Saturator {
    sample_rate_hz: f64,
    channels: usize,
    settings: SaturatorSettings,
    /// Frames since `reset`, wrapped at the grid.
    position: usize,

    line: DelayLine<StereoFrame>,
    emphasis: Emphasis,
    track: Track,
    block_coefs: OnePoleCoefs,
    block: OnePoleState<2>,
    tone: Tone,
    makeup: Glide,
    /// What the makeup's target was made for.
    law: Law,
    /// Whether that target was read from the table and is to be put right at the next point of the grid.
    is_law_rough: bool,
    mix: Glide,

    /// Whether the residual is computed.
    is_awake: bool,
    /// From the delayed input (0) to what the path makes of it (1).
    gate: Glide,
    /// Frames until the path's filters are full and the gate may open.
    warm_up_frames: usize,

    meters: Meters,
}

/// What one chunk needs; none of it is memory, so it is on the stack, which all instances find warm.
struct ChunkFrames {
    dry: [StereoFrame; CHUNK],
    driven: [StereoFrame; CHUNK],
    residual: [StereoFrame; CHUNK],
    wet: [StereoFrame; CHUNK],
    delayed: [StereoFrame; CHUNK],
}

impl Default for Saturator {
    fn default() -> Self {
        Self::new()
    }
}

impl Saturator {
    /// A saturator with default settings at 48 kHz, stereo; `prepare` and `reset` it before use. Allocates.
    #[must_use]
    pub fn new() -> Self {
        let mut new = Self {
            sample_rate_hz: 48_000.0,
            channels: 2,
            settings: SaturatorSettings::default(),
            position: 0,
            line: DelayLine::new(0),
            emphasis: Emphasis::new(),
            track: Track::new(),
            block_coefs: OnePoleCoefs::highpass(48_000.0, BLOCK_HZ),
            block: OnePoleState::default(),
            tone: Tone::new(),
            makeup: Glide::new(1.0),
            law: Law::of(&SaturatorSettings::default()),
            is_law_rough: false,
            mix: Glide::new(1.0),
            is_awake: false,
            gate: Glide::new(0.0),
            warm_up_frames: 0,
            meters: Meters::new(),
        };
        new.prepare(48_000.0, CHUNK, 2);
        new
    }

    fn glide_frames(&self) -> u32 {
        (GLIDE_S * self.sample_rate_hz) as u32
    }

    /// Whether there is anything for the shaper to do that could be heard.
    fn is_wanted(settings: &SaturatorSettings) -> bool {
        settings.mix > 0.0 && settings.drive_db[..settings.bands].iter().any(|&drive_db| drive_db > 0.0)
    }

    /// Reads the law's gain for the present settings from the table, if it is another one, to be put right at the next point of
    /// the grid. `None` if nothing has changed that it depends on.
    fn rough_makeup_gain(&mut self) -> Option<f64> {
        let law = Law::of(&self.settings);
        if law == self.law {
            return None;
        }
        self.law = law;
        self.is_law_rough = true;
        Some(makeup_gain(self.law.look_up()))
    }

    /// Everything of the residual, at rest at the present settings and with an empty memory, but for the makeup.
    fn start_residual(&mut self) {
        self.track.restart(&self.settings);
        self.emphasis.reset(&self.settings, self.sample_rate_hz);
        self.block.reset();
    }

    /// From `delayed` and, where it is awake, the path to `wet`; `dry` becomes what mix starts from.
    fn shape(&mut self, chunk: &mut ChunkFrames, frames: usize) {
        let (dry, delayed) = (&mut chunk.dry[..frames], &chunk.delayed[..frames]);
        let (residual, wet) = (&mut chunk.residual[..frames], &mut chunk.wet[..frames]);
        if !self.is_awake {
            residual.fill([0.0; 2]);
            dry.copy_from_slice(delayed);
            wet.copy_from_slice(delayed);
            return;
        }
        let driven = &mut chunk.driven[..frames];
        driven.copy_from_slice(dry);
        self.emphasis.before(driven);
        let glide_frames = (GLIDE_S * self.sample_rate_hz) as u32;
        self.track.process(dry, driven, residual, &mut self.meters);
        self.emphasis.behind(residual);
        for frame in residual.iter_mut() {
            *frame = self.block.tick(&self.block_coefs, frame.map(f64::from)).map(|x| x as f32);
        }
        let is_open = self.gate.is_settled() && self.gate.value() == 1.0;
        if is_open && self.makeup.is_settled() {
            let makeup = self.makeup.value() as f32;
            for ((wet, dry), residual) in wet.iter_mut().zip(dry.iter()).zip(residual.iter()) {
                *wet = [(dry[0] + residual[0]) * makeup, (dry[1] + residual[1]) * makeup];
            }
            return;
        }
        for (n, wet) in wet.iter_mut().enumerate() {
            if self.warm_up_frames > 0 {
                self.warm_up_frames -= 1;
                if self.warm_up_frames == 0 {
                    self.gate.glide_to(1.0, glide_frames);
                }
            }
            let (gate, makeup) = (self.gate.next_value() as f32, self.makeup.next_value() as f32);
            for ch in 0..2 {
                let processed = (dry[n][ch] + residual[n][ch]) * makeup;
                let from = delayed[n][ch];
                // At its end the fade is exact.
                let faded = |to: f32| if gate == 1.0 { to } else { from + gate * (to - from) };
                wet[ch] = faded(processed);
                dry[n][ch] = faded(dry[n][ch]);
            }
        }
    }

    /// One segment within the grid.
    fn chunk(&mut self, left: &mut [f32], right: Option<&mut [f32]>) {
        let frames = left.len();
        let empty = [[0.0; 2]; CHUNK];
        let mut chunk = ChunkFrames { dry: empty, driven: empty, residual: empty, wet: empty, delayed: empty };
        match &right {
            Some(right) => {
                for ((frame, &l), &r) in chunk.dry.iter_mut().zip(left.iter()).zip(right.iter()) {
                    *frame = [l, r];
                }
            }
            None => chunk.dry.iter_mut().zip(left.iter()).for_each(|(frame, &x)| *frame = [x, 0.0]),
        }
        chunk.delayed[..frames].copy_from_slice(&chunk.dry[..frames]);
        self.line.process(&mut chunk.delayed[..frames]);
        self.shape(&mut chunk, frames);
        let wet = &mut chunk.wet[..frames];
        self.tone.process(wet);
        if !(self.mix.is_settled() && self.mix.value() == 1.0) {
            for (wet, dry) in wet.iter_mut().zip(&chunk.dry) {
                let mix = self.mix.next_value() as f32;
                for ch in 0..2 {
                    wet[ch] = if mix == 1.0 { wet[ch] } else { dry[ch] + mix * (wet[ch] - dry[ch]) };
                }
            }
        }
        self.meters.feed(&chunk.delayed[..frames], &chunk.residual[..frames]);
        for (out, wet) in left.iter_mut().zip(wet.iter()) {
            *out = wet[0];
        }
        if let Some(right) = right {
            for (out, wet) in right.iter_mut().zip(wet.iter()) {
                *out = wet[1];
            }
        }
    }

    /// Every [`GRID`] frames from reset.
    fn housekeeping(&mut self) {
        if !self.is_awake {
            return;
        }
        if !Self::is_wanted(&self.settings) && self.gate.is_settled() {
            self.is_awake = false;
        } else {
            if std::mem::take(&mut self.is_law_rough) {
                self.makeup.correct_target(makeup_gain(self.law.solve()));
            }
            let glide_frames = self.glide_frames();
            self.track.change_kind(glide_frames);
        }
    }
}

/// Zero must be exactly one.
fn makeup_gain(makeup_db: f64) -> f64 {
    if makeup_db == 0.0 { 1.0 } else { db_to_gain(makeup_db) }
}

impl Processor for Saturator {
    type Settings = SaturatorSettings;
    type Mode = Quality;
    type Reading = SaturatorReading;

    fn prepare(&mut self, sample_rate_hz: f64, _max_block_frames: usize, channels: usize) {
        self.sample_rate_hz = usable_rate_hz(sample_rate_hz);
        self.channels = channels.clamp(1, 2);
        self.block_coefs = OnePoleCoefs::highpass(self.sample_rate_hz, BLOCK_HZ);
        // Once in a process, so that no later call has to.
        law::prepare();
        shaper::prepare();
        let longest = Quality::ALL.map(|quality| self.latency_samples(quality)).into_iter().max();
        self.line.prepare(longest.unwrap_or(0));
        let settings = self.settings.clone();
        self.reset(&settings, Quality::default());
    }

    fn reset(&mut self, settings: &SaturatorSettings, quality: Quality) {
        self.settings = settings.clamped();
        self.position = 0;
        self.line.start(self.latency_samples(quality));
        self.track.reset(&self.settings, quality, self.sample_rate_hz);
        self.start_residual();
        self.law = Law::of(&self.settings);
        self.is_law_rough = false;
        self.makeup.set_now(makeup_gain(self.law.solve()));
        self.tone.reset(&self.settings, self.sample_rate_hz);
        self.mix.set_now(self.settings.mix);
        self.is_awake = Self::is_wanted(&self.settings);
        self.gate.set_now(f64::from(u8::from(self.is_awake)));
        self.warm_up_frames = 0;
        self.meters.reset();
    }

    fn update(&mut self, settings: &SaturatorSettings) {
        let Some(settings) = changed_settings(&self.settings, settings, SaturatorSettings::clamped) else { return };
        self.settings = settings;
        let glide_frames = self.glide_frames();
        self.mix.glide_to(self.settings.mix, glide_frames);
        self.tone.update(&self.settings, self.sample_rate_hz, glide_frames);
        let is_wanted = Self::is_wanted(&self.settings);
        if is_wanted && !self.is_awake {
            self.is_awake = true;
            self.start_residual();
            if let Some(makeup) = self.rough_makeup_gain() {
                self.makeup.set_now(makeup);
            } else {
                self.makeup.set_now(self.makeup.target());
            }
            self.gate.set_now(0.0);
            self.warm_up_frames = self.track.latency_samples() + GRID;
        } else if self.is_awake {
            self.track.update(&self.settings, glide_frames);
            self.emphasis.update(&self.settings, self.sample_rate_hz, glide_frames);
            if let Some(makeup) = self.rough_makeup_gain() {
                self.makeup.glide_to(makeup, glide_frames);
            }
            if !is_wanted {
                self.warm_up_frames = 0;
                self.gate.glide_to(0.0, glide_frames);
            } else if self.warm_up_frames == 0 {
                self.gate.glide_to(1.0, glide_frames);
            }
        }
    }

    fn wants_update(&self) -> bool {
        false
    }

    fn process(&mut self, mut io: Io<'_>) {
        while io.frames() > 0 {
            let head = io.split_to(GRID - self.position);
            let frames = head.frames();
            self.chunk(head.left, head.right);
            self.position = (self.position + frames) % GRID;
            if self.position == 0 {
                self.housekeeping();
            }
        }
    }

    fn latency_samples(&self, quality: Quality) -> usize {
        track::latency_samples(quality, self.sample_rate_hz)
    }

    fn reading(&mut self) -> SaturatorReading {
        let makeup_db = if self.is_awake { gain_to_db(self.makeup.value()) } else { 0.0 };
        self.meters.take_reading(self.sample_rate_hz, self.channels, makeup_db)
    }
}
