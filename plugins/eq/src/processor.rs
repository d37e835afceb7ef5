//! EQ's sound.
//!
//! ```text
//! input -> bands on left and right -> bands on mid and side -> correction FIR -> mono below -> mix -> output
//!    +---> key of each dynamic band -> level -> how far its gain moves
//! ```
//!
//! The bands run as matched state-variable sections, whose coefficients move on straight lines; behind them one short FIR makes
//! the whole exact ([`Phase::Minimum`]: its magnitude, [`Phase::Natural`]: its phase, too). In linear phase one long
//! kernel stands for the bands, and only what dynamics add runs as sections. Kernels are designed off the audio thread.
//!
//! Bands on left, right and both come before those on mid and side, whatever their numbers. Flat bands pass bit for bit.

mod correction;
mod dynamics;
mod grid;
mod listen;
mod meters;
mod movement;
mod settings;
mod switching;

use std::sync::Arc;

use correction::Correction;
use dynamics::BandDynamics;
use grid::{CELL, CHUNK, Frame, in_mid_and_side};
use listen::Listen;
pub use meters::EqReading;
use meters::Meters;
use movement::Movement;
pub use settings::{BANDS, BandChannels, BandSettings, Detector, EqMode, EqSettings, Phase};
use shared_dsp::delay::StereoDelay;
use shared_dsp::filters::{Band, Cascade, MonoBelow};
use shared_dsp::glide::Glide;
use shared_dsp::math::{db_to_gain, power_to_db};
use shared_dsp::{Io, Job, Mode as _, Processor, usable_rate_hz};
use switching::Switching;

/// How long every setting glides.
const GLIDE_S: f64 = 0.02;

/// The equaliser.
pub struct Eq {
    sample_rate_hz: f64,
    is_stereo: bool,
    mode: EqMode,
    settings: EqSettings,
    /// Frames since `reset`, wrapped at the chunk.
    position: usize,
    movement: Movement,
    left_right: Cascade,
    mid_side: Cascade,
    switching: Switching,
    dynamics: [BandDynamics; BANDS],
    moved_db: [f64; BANDS],
    /// Whether each band's dynamics had anything to do when the bands were last set.
    is_dynamic: [bool; BANDS],
    /// Whether any of them has, or had on this cell's grid.
    has_dynamics: bool,
    correction: Correction,
    mono_below: MonoBelow,
    listen: Listen,
    dry: StereoDelay,
    mix: Glide,
    meters: Meters,
    /// Whether a kernel is yet to be asked for, or a band waits for the end of a switch.
    is_waiting: bool,
}

impl Default for Eq {
    fn default() -> Self {
        let rate = 48_000.0;
        Self {
            sample_rate_hz: rate,
            is_stereo: true,
            mode: EqMode::default(),
            settings: EqSettings::default(),
            position: 0,
            movement: Movement::new(&EqSettings::default()),
            left_right: Cascade::new(BANDS, rate),
            mid_side: Cascade::new(BANDS, rate),
            switching: Switching::new(),
            dynamics: std::array::from_fn(|_| BandDynamics::new()),
            moved_db: [0.0; BANDS],
            is_dynamic: [false; BANDS],
            has_dynamics: false,
            correction: Correction::new(),
            mono_below: MonoBelow::new(rate),
            listen: Listen::new(),
            dry: StereoDelay::default(),
            mix: Glide::new(1.0),
            meters: Meters::new(rate),
            is_waiting: true,
        }
    }
}

/// The two of a cascade that a band acts on: the first and the second channel of left and right, then of mid and side.
/// In mono left, mid and stereo are the one channel, which stands on both sides, so that it sounds as it does in stereo.
fn places(band: Option<Band>, channels: BandChannels, is_stereo: bool) -> [[Option<Band>; 2]; 2] {
    let none = [None, None];
    match (channels, is_stereo) {
        (BandChannels::Stereo, _) => [[band, band], none],
        (BandChannels::Left, true) => [[band, None], none],
        (BandChannels::Left, false) => [[band, band], none],
        (BandChannels::Right, true) => [[None, band], none],
        (BandChannels::Mid, _) => [none, [band, None]],
        (BandChannels::Side, true) => [none, [None, band]],
        (BandChannels::Right | BandChannels::Side, false) => [none, none],
    }
}

impl Eq {
    fn glide_samples(&self) -> u32 {
        (GLIDE_S * self.sample_rate_hz) as u32
    }

    /// Hands the bands to the cascades, as far as their gains have moved, to be there in so many frames. A flat one is left out
    /// where it rests; a gain on its way, or one that follows a level, is to find its memory when it comes through 0 dB.
    fn set_bands(&mut self, length_samples: u32) {
        let is_linear = matches!(self.mode, EqMode::Linear(_));
        let bands = self.settings.bands.iter().zip(self.movement.bands()).zip(&self.moved_db).enumerate();
        for (n, ((settings, band), &moved_db)) in bands {
            let band = band.and_then(|band| match is_linear {
                // The kernel has the rest.
                true => band.shape.has_gain().then_some(Band { gain_db: moved_db, ..band }),
                false => Some(Band { gain_db: band.gain_db + moved_db, ..band }),
            });
            let keeps_memory = self.is_dynamic[n] || (!is_linear && self.movement.moves(n));
            let band = band.filter(|band| keeps_memory || !band.is_flat());
            let [left_right, mid_side] = places(band, settings.channels, self.is_stereo);
            self.left_right.set_band(n, left_right);
            self.mid_side.set_band(n, mid_side);
        }
        self.left_right.glide(length_samples);
        self.mid_side.glide(length_samples);
    }

    fn find_dynamics(&mut self) {
        self.has_dynamics = self.dynamics.iter().any(BandDynamics::is_on) || self.is_dynamic.contains(&true);
    }

    /// One segment within a cell and a chunk.
    fn segment(&mut self, io: Io<'_>) {
        let Io { left, right, sidechain } = io;
        let count = left.len();
        let mut right = if self.is_stereo { right } else { None };
        let mut dry = [[0.0; CHUNK]; 2];
        let [dry_left, dry_right] = &mut dry;
        dry_left[..count].copy_from_slice(left);
        dry_right[..count].copy_from_slice(right.as_deref().unwrap_or(left));
        self.meters.feed(0, left, right.as_deref());
        self.meters.feed_sidechain(sidechain);
        if self.has_dynamics {
            for dynamics in self.dynamics.iter_mut().filter(|dynamics| dynamics.is_on()) {
                dynamics.process([&dry[0][..count], &dry[1][..count]], sidechain);
            }
        }
        self.filter(left, right.as_deref_mut());
        let [dry_left, dry_right] = &mut dry;
        let right_of_dry = Some(&mut dry_right[..count]);
        self.dry.process(&mut Io { left: &mut dry_left[..count], right: right_of_dry, sidechain: None });
        self.listen.take_in(&dry[0][..count], &dry[1][..count]);
        let channels = [Some(left), right];
        let share = self.mix.clone();
        for (wet, dry) in channels.into_iter().zip(&dry) {
            let Some(wet) = wet else { continue };
            let mut mix = share.clone();
            if mix.rests_at(1.0) {
                continue;
            }
            for (wet, &dry) in wet.iter_mut().zip(dry) {
                let mix = mix.next_value();
                *wet =
                    if mix <= 0.0 { dry } else { (f64::from(dry) + mix * (f64::from(*wet) - f64::from(dry))) as f32 };
            }
        }
        self.mix.advance(count as u32);
    }

    fn filter(&mut self, left: &mut [f32], right: Option<&mut [f32]>) {
        let mut frames: [Frame; CHUNK] = [[0.0; 2]; CHUNK];
        let frames = &mut frames[..left.len()];
        let other = right.as_deref().unwrap_or(left);
        for ((frame, &left), &right) in frames.iter_mut().zip(&*left).zip(other) {
            *frame = [f64::from(left), f64::from(right)];
        }
        self.switching.take_in(frames);
        self.left_right.process(frames);
        if !self.mid_side.is_wire() {
            in_mid_and_side(frames, |frames| self.mid_side.process(frames));
        }
        self.switching.process(frames);
        self.correction.process(frames);
        // In mono, too: it is one channel of two that are the same.
        if !self.mono_below.is_wire() {
            in_mid_and_side(frames, |frames| self.mono_below.process(frames));
        }
        left.iter_mut().zip(&*frames).for_each(|(x, frame)| *x = frame[0] as f32);
        if let Some(right) = right {
            right.iter_mut().zip(&*frames).for_each(|(x, frame)| *x = frame[1] as f32);
        }
    }

    /// Every cell while a band moves: to where it is put, and its gain to where its level wants it.
    fn move_bands(&mut self) {
        let mut has_moved = self.movement.is_moving();
        if has_moved {
            self.movement.step();
        }
        for ((moved_db, is_dynamic), dynamics) in
            self.moved_db.iter_mut().zip(&mut self.is_dynamic).zip(&mut self.dynamics)
        {
            dynamics.step();
            let wanted = (dynamics.moved_db(), dynamics.is_on());
            has_moved |= wanted != (*moved_db, *is_dynamic);
            (*moved_db, *is_dynamic) = wanted;
        }
        if has_moved {
            self.set_bands(CELL as u32);
        }
        self.find_dynamics();
    }

    fn request_kernel(&mut self) {
        let is_asked_for = self.correction.request(&self.settings);
        self.is_waiting = self.switching.is_on() || !is_asked_for;
    }

    fn is_moving(&self) -> bool {
        self.movement.is_moving() || self.has_dynamics
    }
}

impl Processor for Eq {
    type Settings = EqSettings;
    type Mode = EqMode;
    type Reading = EqReading;

    fn prepare(&mut self, sample_rate_hz: f64, _max_block_frames: usize, channels: usize) {
        let rate = usable_rate_hz(sample_rate_hz);
        self.sample_rate_hz = rate;
        self.is_stereo = channels > 1;
        self.left_right = Cascade::new(BANDS, rate);
        self.mid_side = Cascade::new(BANDS, rate);
        self.correction.prepare(rate, self.is_stereo);
        self.mono_below = MonoBelow::new(rate);
        let longest = EqMode::LONGEST.iter().map(|&mode| self.latency_samples(mode)).max().unwrap_or(0);
        self.dry.prepare(longest);
        self.meters.prepare(rate);
    }

    fn reset(&mut self, settings: &EqSettings, mode: EqMode) {
        self.settings = settings.clamped();
        self.mode = mode;
        self.position = 0;
        self.movement = Movement::new(&self.settings);
        self.moved_db = [0.0; BANDS];
        for (dynamics, settings) in self.dynamics.iter_mut().zip(&self.settings.bands) {
            dynamics.reset(settings, self.sample_rate_hz);
        }
        self.is_dynamic = self.dynamics.each_ref().map(BandDynamics::is_on);
        self.find_dynamics();
        self.set_bands(0);
        self.left_right.reset();
        self.mid_side.reset();
        self.switching.reset();
        self.correction.reset(&self.settings, mode);
        self.mono_below.glide_to(self.settings.mono_below_hz, 0);
        self.mono_below.reset();
        self.listen.reset(&self.settings, self.sample_rate_hz);
        let latency = self.latency_samples(mode);
        self.dry.start(latency);
        self.mix.set_now(self.settings.mix);
        self.meters.reset();
        self.is_waiting = true;
    }

    fn update(&mut self, settings: &EqSettings) {
        self.request_kernel();
        if *settings == self.settings {
            return;
        }
        let mut settings = settings.clamped();
        if self.switching.is_on() {
            // One switch after the other: what is asked for meanwhile waits for the end of the fade.
            settings = settings.with_kinds_of(&self.settings);
        }
        if settings == self.settings {
            return;
        }
        let length = self.glide_samples();
        let is_switched = self.movement.start(&self.settings.bands, &settings, length as usize);
        self.settings = settings;
        for (dynamics, settings) in self.dynamics.iter_mut().zip(&self.settings.bands) {
            dynamics.update(settings, self.sample_rate_hz, length);
        }
        if is_switched {
            self.switching.leave(&self.left_right, &self.mid_side, length);
            self.set_bands(0);
        }
        self.find_dynamics();
        self.request_kernel();
        self.mono_below.glide_to(self.settings.mono_below_hz, length);
        self.listen.update(&self.settings, self.sample_rate_hz, length);
        self.mix.glide_to(self.settings.mix, length);
    }

    fn wants_update(&self) -> bool {
        self.is_waiting
    }

    fn process(&mut self, mut io: Io<'_>) {
        while io.frames() > 0 {
            if self.position.is_multiple_of(CELL) && self.is_moving() {
                self.move_bands();
            }
            let grid = if self.is_moving() { CELL } else { CHUNK };
            let head = io.split_to(grid - self.position % grid);
            let count = head.frames();
            let Io { left, mut right, sidechain } = head;
            self.segment(Io { left: &mut *left, right: right.as_deref_mut(), sidechain });
            self.meters.feed(1, left, right.as_deref());
            self.listen.process(left, right);
            self.position = (self.position + count) % CHUNK;
        }
    }

    fn latency_samples(&self, mode: EqMode) -> usize {
        Correction::latency_samples(mode, self.sample_rate_hz)
    }

    fn jobs(&self) -> Vec<Arc<dyn Job>> {
        self.correction.jobs()
    }

    fn reading(&mut self) -> EqReading {
        let keys_db = self.dynamics.each_mut().map(BandDynamics::take_level_db);
        let mono_lost_db = power_to_db(1.0 - db_to_gain(self.mono_below.lost_db()).powi(2));
        self.meters.take_reading(&self.moved_db, keys_db, mono_lost_db, self.correction.pre_ringing_db())
    }
}
