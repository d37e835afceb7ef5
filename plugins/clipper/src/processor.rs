//! Clipper's sound.
//!
//! ```text
//! input -> drive -> up -> clip's residual -> down -+
//! input -> delay -> drive -------------------------+-> makeup -> mix -> guard (ceiling) -> drive link's cut -> output
//! ```
//!
//! Only what the clip takes away passes the filters, so below the knee the output is the input to the bit, but for the delay.
//! Live is the exception: its filters delay treble more than bass, so the input goes through them, too (and a mix of exactly 0
//! fades over to the input itself). Every quality but Off is antialiased to second order: in vectors it costs hardly more than first
//! order, and leaves 26 dB less.
//!
//! | quality | rate | filters | antialiasing | guard | latency at 48 kHz |
//! |---|---|---|---|---|---|
//! | Off | 1x | none | none | quick | 41 |
//! | Live | 4x | minimum phase | second order | quick | 46 |
//! | Standard | 8x | linear, no folding | second order | thorough | 222 |
//! | High | 16x | linear, no folding | second order | thorough | 222 |
//!
//! At 88.2 and 96 kHz the factors halve, at 176.4 and 192 kHz they quarter. The latency covers the guard whatever it does, so
//! that its switch never changes it.
//!
//! Everything glides sample by sample, so how a host cuts its blocks changes nothing.

mod glides;
mod limiter;
mod meters;
mod settings;

use glides::{CHUNK, Glides, Slot};
use limiter::Limiter;
use meters::Meters;
pub use meters::{COLUMN_FRAMES, ClipperReading, Column, MAX_COLUMNS};
pub use settings::{ChannelMode, ClipperSettings, Hold};
use shared_dsp::delay::DelayLine;
use shared_dsp::nonlinear::{Clip, ClipSettings, Guard, ResidualPath, Route, Shaped, StereoFrame};
use shared_dsp::oversampling::{Factor, Phase};
use shared_dsp::simd::{self, dispatch};
use shared_dsp::{Io, Processor, Quality, usable_rate_hz};

/// How long every setting glides or cross-fades.
const GLIDE_S: f64 = 0.02;

/// The processor; see the module.
#[derive(Debug, Clone)]
pub struct Clipper {
    sample_rate_hz: f64,
    is_stereo: bool,
    settings: ClipperSettings,
    glides: Glides,
    path: ResidualPath,
    clip: Clip,
    guard: Guard,
    limiter: Limiter,
    is_limiter_awake: bool,
    meters: Meters,
    /// The input as late as what comes out of the path, for a path that is not the input itself.
    untouched: DelayLine<StereoFrame>,
    /// The drive as late.
    drive_delay: DelayLine<f32>,
    /// Frames since the last point of the grid of [`CHUNK`].
    position: usize,
    scratch: Scratch,
}

/// Scratch for one chunk.
#[derive(Debug, Clone)]
struct Scratch {
    dry: [StereoFrame; CHUNK],
    driven: [StereoFrame; CHUNK],
    residual: [StereoFrame; CHUNK],
    input: [StereoFrame; CHUNK],
    out: [StereoFrame; CHUNK],
    limited: [StereoFrame; CHUNK],
    untouched: [StereoFrame; CHUNK],
    drive: [f32; CHUNK],
}

impl Default for Scratch {
    fn default() -> Self {
        let frames = [[0.0; 2]; CHUNK];
        Self {
            dry: frames,
            driven: frames,
            residual: frames,
            input: frames,
            out: frames,
            limited: frames,
            untouched: frames,
            drive: [0.0; CHUNK],
        }
    }
}

fn route(quality: Quality, sample_rate_hz: f64) -> Route {
    let route = Route::of(quality, Factor::X16, sample_rate_hz);
    // A tone must come to the guard with harmonics only, or what the guard does to it would be none.
    let phase = if route.phase == Phase::Linear { Phase::Steep } else { route.phase };
    Route { phase, ..route }
}

/// The clip's own delay at the top rate.
fn clip_delay(quality: Quality) -> usize {
    usize::from(quality != Quality::Off)
}

fn path_latency(quality: Quality, sample_rate_hz: f64) -> usize {
    route(quality, sample_rate_hz).latency_samples(clip_delay(quality))
}

fn is_thorough(quality: Quality) -> bool {
    matches!(quality, Quality::Standard | Quality::High)
}

impl Clipper {
    /// A processor that must be prepared before use. Allocates.
    #[must_use]
    pub fn new() -> Self {
        let mut new = Self::at_rate(48_000.0, true);
        new.reset(&ClipperSettings::default(), Quality::default());
        new
    }

    fn at_rate(sample_rate_hz: f64, is_stereo: bool) -> Self {
        let settings = ClipperSettings::default();
        let longest = Quality::ALL.map(|quality| path_latency(quality, sample_rate_hz)).into_iter().max().unwrap_or(0);
        Self {
            sample_rate_hz,
            is_stereo,
            glides: Glides::new(&settings, is_stereo),
            settings,
            path: ResidualPath::new(),
            clip: Clip::new(),
            guard: Guard::new(sample_rate_hz),
            limiter: Limiter::new(sample_rate_hz, longest),
            is_limiter_awake: false,
            meters: Meters::new(sample_rate_hz, Guard::latency_of(sample_rate_hz, true)),
            untouched: DelayLine::new(longest),
            drive_delay: DelayLine::new(longest),
            position: 0,
            scratch: Scratch::default(),
        }
    }

    fn chunk(&mut self, left: &mut [f32], mut right: Option<&mut [f32]>) {
        let frames = left.len();
        self.glides.advance(frames);
        for (n, frame) in self.scratch.dry[..frames].iter_mut().enumerate() {
            *frame = [left[n], right.as_deref().map_or(0.0, |right| right[n])];
        }
        self.clip_and_mix(frames);
        if !self.glides.rests_at(Slot::Limit, 0.0) || self.is_limiter_awake {
            self.limit_instead(frames);
        }
        if self.path.route().takes_dry_along() {
            self.leave_untouched(frames);
        }
        let out = &mut self.scratch.out[..frames];
        self.guard.process(out, self.glides.guards(frames));
        if self.meters.is_watched() {
            let ceilings = &self.glides.values(Slot::Ceiling)[..frames];
            self.meters.push(&self.scratch.input[..frames], out, ceilings, self.is_stereo);
        }
        let cuts = self.glides.values(Slot::Cut);
        for (n, frame) in out.iter().enumerate() {
            left[n] = frame[0] * cuts[n];
            if let Some(right) = right.as_deref_mut() {
                right[n] = frame[1] * cuts[n];
            }
        }
    }

    /// From the input in `dry` to the mixed output in `out`, and what it would be without the clip in `input`.
    fn clip_and_mix(&mut self, frames: usize) {
        let scratch = &mut self.scratch;
        let (dry, driven, residual) =
            (&mut scratch.dry[..frames], &mut scratch.driven[..frames], &mut scratch.residual[..frames]);
        let drive = &mut scratch.drive[..frames];
        drive.copy_from_slice(&self.glides.values(Slot::Drive)[..frames]);
        dispatch!(simd::level(), _ => {
            for ((driven, dry), drive) in driven.iter_mut().zip(dry.iter()).zip(drive.iter()) {
                *driven = dry.map(|x| x * drive);
            }
        });
        if self.path.route().takes_dry_along() {
            scratch.untouched[..frames].copy_from_slice(dry);
        }
        self.drive_delay.process(drive);
        let (clip, clips) = (&mut self.clip, self.glides.clips(frames));
        let times = self.path.route().factor.times();
        let floor = clips.iter().fold(f64::INFINITY, |least, clip| clip.curve.knee_start().min(least)) as f32;
        let shaped = self.path.process_above(dry, driven, residual, floor, |at, x, r| match clips {
            [settings] => clip.shape(settings, x, r),
            _ => shape_each(clip, &clips[at..at + x.len() / times], times, x, r),
        });
        let (mix, makeup) = (&self.glides.values(Slot::Mix)[..frames], &self.glides.values(Slot::Makeup)[..frames]);
        let input = &mut scratch.input[..frames];
        dispatch!(simd::level(), _ => {
            for (n, (input, dry)) in input.iter_mut().zip(dry.iter()).enumerate() {
                // One exactly when drive and makeup are.
                let through = 1.0 + mix[n] * (drive[n] * makeup[n] - 1.0);
                *input = dry.map(|x| x * through);
            }
        });
        let out = &mut scratch.out[..frames];
        if shaped == Shaped::Nothing {
            out.copy_from_slice(input);
            return;
        }
        dispatch!(simd::level(), _ => {
            for (n, (out, (input, residual))) in out.iter_mut().zip(input.iter().zip(residual.iter())).enumerate() {
                let cut = mix[n] * makeup[n];
                *out = [0, 1].map(|side: usize| input[side] + cut * residual[side]);
            }
        });
    }

    /// Cross-fades to the limiter.
    fn limit_instead(&mut self, frames: usize) {
        if !self.is_limiter_awake {
            self.limiter.wake();
            self.is_limiter_awake = true;
        }
        let scratch = &mut self.scratch;
        let limited = &mut scratch.limited[..frames];
        for (n, limited) in limited.iter_mut().enumerate() {
            *limited = scratch.dry[n].map(|x| x * scratch.drive[n]);
            // What the clip makes of it, for the limiter to be as loud as.
            scratch.residual[n] = [0, 1].map(|side: usize| limited[side] + scratch.residual[n][side]);
        }
        let ceilings = &self.glides.values(Slot::Ceiling)[..frames];
        self.limiter.process(&scratch.driven[..frames], limited, &scratch.residual[..frames], ceilings);
        let (mix, makeup) = (self.glides.values(Slot::Mix), self.glides.values(Slot::Makeup));
        let weight = self.glides.values(Slot::Limit);
        for (n, limited) in limited.iter().enumerate() {
            let sides = scratch.out[n].iter_mut().zip(&scratch.dry[n]).zip(limited);
            for ((out, dry), limited) in sides {
                let mixed = dry + mix[n] * (limited * makeup[n] - dry);
                *out += weight[n] * (mixed - *out);
            }
        }
    }

    /// Cross-fades to the input itself, where the dry is not.
    fn leave_untouched(&mut self, frames: usize) {
        let untouched = &mut self.scratch.untouched[..frames];
        self.untouched.process(untouched);
        if self.glides.rests_at(Slot::Untouched, 0.0) {
            return;
        }
        let weight = self.glides.values(Slot::Untouched);
        for ((out, untouched), &weight) in self.scratch.out.iter_mut().zip(untouched).zip(weight) {
            for (out, &mut untouched) in out.iter_mut().zip(untouched) {
                *out = if weight >= 1.0 { untouched } else { *out + weight * (untouched - *out) };
            }
        }
    }

    /// Every [`CHUNK`] frames from reset.
    fn housekeeping(&mut self) {
        if self.is_limiter_awake {
            self.limiter.step();
            self.is_limiter_awake = !self.glides.has_arrived_at(Slot::Limit, 0.0);
        }
    }
}

/// Each base frame's worth of frames with its own settings.
fn shape_each(
    clip: &mut Clip,
    settings: &[ClipSettings],
    times: usize,
    x: &[StereoFrame],
    r: &mut [StereoFrame],
) -> Shaped {
    let mut shaped = Shaped::Nothing;
    for ((settings, x), r) in settings.iter().zip(x.chunks(times)).zip(r.chunks_mut(times)) {
        if clip.shape(settings, x, r) == Shaped::Residual {
            shaped = Shaped::Residual;
        }
    }
    shaped
}

impl Default for Clipper {
    fn default() -> Self {
        Self::new()
    }
}

impl Processor for Clipper {
    type Settings = ClipperSettings;
    type Mode = Quality;
    type Reading = ClipperReading;

    fn prepare(&mut self, sample_rate_hz: f64, _max_block_frames: usize, channels: usize) {
        let rate = usable_rate_hz(sample_rate_hz);
        let settings = self.settings.clone();
        *self = Self::at_rate(rate, channels > 1);
        self.reset(&settings, Quality::default());
    }

    fn reset(&mut self, settings: &ClipperSettings, quality: Quality) {
        self.settings = settings.clamped();
        self.glides = Glides::new(&self.settings, self.is_stereo);
        self.clip.select(quality != Quality::Off);
        self.path.select(route(quality, self.sample_rate_hz), clip_delay(quality));
        let latency = self.path.latency_samples();
        self.guard.select(self.sample_rate_hz, is_thorough(quality));
        self.limiter.select(self.sample_rate_hz, latency);
        self.is_limiter_awake = false;
        self.meters.reset(self.guard.latency_samples());
        self.untouched.start(latency);
        self.drive_delay.start(latency);
        // As if the drive had always been what it is.
        let drive = self.glides.target(Slot::Drive);
        (0..latency).for_each(|_| _ = self.drive_delay.tick(drive));
        self.position = 0;
    }

    fn update(&mut self, settings: &ClipperSettings) {
        if *settings == self.settings {
            return;
        }
        self.settings = settings.clamped();
        let glide_frames = (GLIDE_S * self.sample_rate_hz).round() as u32;
        self.glides.glide_to(&self.settings, self.is_stereo, glide_frames);
    }

    fn wants_update(&self) -> bool {
        false
    }

    fn process(&mut self, mut io: Io<'_>) {
        while io.frames() > 0 {
            let head = io.split_to(CHUNK - self.position);
            let frames = head.frames();
            self.chunk(head.left, head.right);
            self.position = (self.position + frames) % CHUNK;
            if self.position == 0 {
                self.housekeeping();
            }
        }
    }

    fn latency_samples(&self, quality: Quality) -> usize {
        path_latency(quality, self.sample_rate_hz) + Guard::latency_of(self.sample_rate_hz, is_thorough(quality))
    }

    fn reading(&mut self) -> ClipperReading {
        self.meters.read(self.guard.take_most_reduction())
    }
}
