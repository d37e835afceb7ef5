//! Glue's sound.
//!
//! ```text
//! key (input or port) -> high-pass, tilt -> L/R or M/S -> [rate x 1, 4, 8] -> detector -> link -> curve
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

mod drive;
mod meters;
mod settings;

use drive::Drive;
pub use meters::GlueReading;
use settings::UNLIMITED_DB;
pub use settings::{Detector, GlueSettings, LinkMode, Model, SidechainSlope, SidechainSource, knee_db};
pub use shared_dsp::dynamics::Release;
use shared_dsp::dynamics::{
    Curve, Decoupled, DecoupledCoefs, FeedbackCoefs, FeedbackLoop, GainDecimator, KeyInterpolator, MeanSquare,
    PeakHold, SINE_CREST_DB, gain_of_reduction, level_db,
};
use shared_dsp::filters::{GlidingSvf, GlidingTilt, SvfCoefs, TiltCoefs};
use shared_dsp::loudness::Crest;
use shared_dsp::math::{Ramp, db_to_gain};
use shared_dsp::{Io, Processor, Quality};

/// The most frames computed at once; also the grid of slow housekeeping.
const CHUNK: usize = 64;
/// The grid on which the side chain's settings move.
const CELL: usize = 8;
const HIGHEST_FACTOR: usize = 8;
/// How long every setting glides or cross-fades.
const GLIDE_S: f64 = 0.02;
/// The console's detector holds for this long: an attack means the same for every tone above 833 Hz, while bass keeps
/// the ripple that makes a feedback compressor growl.
const CONSOLE_HOLD_S: f64 = 0.0006;
/// The clean model's longer hold takes ripple, and so distortion, out of the bass.
const CLEAN_HOLD_S: f64 = 0.005;
/// Time constant of the RMS detector.
const RMS_S: f64 = 0.005;
/// Side chains of linked channels become one when they are no further apart than this.
const UNITED_DB: f64 = 1e-6;

/// A value that moves in a straight line on the grid of cells.
#[derive(Debug, Clone, Copy, Default)]
struct Glide {
    start: f64,
    target: f64,
    now: f64,
    position: u32,
    length: u32,
}

impl Glide {
    fn set_now(&mut self, value: f64) {
        *self = Self { start: value, target: value, now: value, position: 0, length: 0 };
    }

    fn glide_to(&mut self, target: f64, length: u32) {
        if target != self.target {
            *self = Self { start: self.now, target, now: self.now, position: 0, length };
        }
    }

    fn advance(&mut self, frames: u32) {
        self.position = self.length.min(self.position.saturating_add(frames));
        self.now = if self.position >= self.length {
            self.target
        } else {
            self.start + (self.target - self.start) * (f64::from(self.position) / f64::from(self.length))
        };
    }

    fn is_settled(&self) -> bool {
        self.position >= self.length
    }
}

/// What the side chain glides.
#[derive(Debug, Clone, Copy)]
enum Slot {
    ThresholdDb,
    /// 1 - 1/ratio.
    Slope,
    KneeDb,
    RangeDb,
    Link,
    /// 0 clean, 1 console.
    Console,
    /// 0 peak, 1 RMS.
    Rms,
    MidSide,
    External,
    HighPass,
}

const SLOTS: usize = 10;

/// What the programme glides, sample by sample.
#[derive(Debug, Clone)]
struct Ramps {
    makeup: Ramp,
    mix: Ramp,
    drive: Ramp,
    listen: Ramp,
    mid_side: Ramp,
    /// The least gain that the range allows; 0 without a range. In linear gain, no limit is an even fade away.
    floor: Ramp,
}

impl Ramps {
    fn at_rest(s: &GlueSettings) -> Self {
        Self {
            makeup: Ramp::new(makeup_gain(s)),
            mix: Ramp::new(s.mix),
            drive: Ramp::new(s.drive),
            listen: Ramp::new(f64::from(u8::from(s.sidechain_listen))),
            mid_side: Ramp::new(f64::from(u8::from(s.link_mode == LinkMode::MidSide))),
            floor: Ramp::new(s.range_db.map_or(0.0, |range_db| db_to_gain(-range_db))),
        }
    }

    fn glide_to(&mut self, s: &GlueSettings, length: u32) {
        let to = Self::at_rest(s);
        self.makeup.glide_to(to.makeup.target(), length);
        self.mix.glide_to(to.mix.target(), length);
        self.drive.glide_to(to.drive.target(), length);
        self.listen.glide_to(to.listen.target(), length);
        self.mid_side.glide_to(to.mid_side.target(), length);
        self.floor.glide_to(to.floor.target(), length);
    }

    /// How many frames anything of it still moves.
    fn left_samples(&self) -> u32 {
        let all = [&self.makeup, &self.mix, &self.drive, &self.listen, &self.mid_side, &self.floor];
        all.iter().map(|ramp| ramp.left_samples()).max().unwrap_or(0)
    }
}

fn makeup_gain(s: &GlueSettings) -> f64 {
    // Zero must be exactly one.
    if s.makeup_db == 0.0 { 1.0 } else { db_to_gain(s.makeup_db) }
}

/// The values of the side chain's settings in one cell.
#[derive(Debug, Clone, Copy)]
struct Cell {
    curve: Curve,
    link: f64,
    console: f64,
    rms: f64,
    mid_side: f64,
    external: f64,
    high_pass: f64,
    feedback: FeedbackCoefs,
}

/// Room for one chunk, per channel.
#[derive(Debug, Clone)]
struct Room {
    key: [[f32; CHUNK]; 2],
    fast: [[f32; CHUNK * HIGHEST_FACTOR]; 2],
    held: [f32; CHUNK * HIGHEST_FACTOR],
    rms: [[f64; CHUNK * HIGHEST_FACTOR]; 2],
    clean: [[f64; CHUNK * HIGHEST_FACTOR]; 2],
    console: [[f64; CHUNK * HIGHEST_FACTOR]; 2],
    reduction: [[f64; CHUNK]; 2],
    gain: [[f64; CHUNK]; 2],
}

impl Default for Room {
    fn default() -> Self {
        const WIDE: usize = CHUNK * HIGHEST_FACTOR;
        Self {
            key: [[0.0; CHUNK]; 2],
            fast: [[0.0; WIDE]; 2],
            held: [0.0; WIDE],
            rms: [[0.0; WIDE]; 2],
            clean: [[0.0; WIDE]; 2],
            console: [[0.0; WIDE]; 2],
            reduction: [[0.0; CHUNK]; 2],
            gain: [[1.0; CHUNK]; 2],
        }
    }
}

/// An integer delay for one channel of one chunk at a time.
#[derive(Debug, Clone)]
struct Line {
    samples: [f32; CHUNK + 2 * 16],
    delay: usize,
}

impl Line {
    fn new(delay: usize) -> Self {
        Self { samples: [0.0; CHUNK + 32], delay: delay.min(32) }
    }

    /// Takes a chunk in; the delayed chunk is `out(frames)`.
    #[inline(always)]
    fn push(&mut self, input: &[f32]) {
        self.samples[self.delay..self.delay + input.len()].copy_from_slice(input);
    }

    #[inline(always)]
    fn out(&self, frames: usize) -> &[f32] {
        &self.samples[..frames]
    }

    /// To be called once the delayed chunk has been used.
    #[inline(always)]
    fn step(&mut self, frames: usize) {
        self.samples.copy_within(frames..frames + self.delay, 0);
    }
}

/// The bus compressor.
#[derive(Debug, Clone)]
pub struct Glue {
    sample_rate_hz: f64,
    stereo: bool,
    settings: GlueSettings,
    factor: usize,
    /// Frames since `reset`, wrapped at the chunk.
    position: usize,
    /// Frames since the cell was taken.
    cell_age: u32,
    slots: [Glide; SLOTS],
    ramps: Ramps,
    cell: Cell,
    clean_coefs: DecoupledCoefs,
    rms_step: f64,
    hold_samples: [u32; 2],

    high_pass: GlidingSvf<2>,
    high_pass_on: bool,
    tilt: GlidingTilt<2>,
    /// Frames that the tilt still glides.
    tilt_left: usize,
    tilt_on: bool,

    interpolators: [KeyInterpolator; 2],
    /// One for each channel, for the clean and the console model.
    peaks: [[PeakHold; 2]; 2],
    squares: [MeanSquare; 2],
    rms_on: bool,
    clean: Decoupled,
    clean_on: bool,
    console: FeedbackLoop,
    console_on: bool,
    decimators: [GainDecimator; 2],
    /// Linked channels whose side chains have become the same: one is enough.
    united: bool,

    lines: [Line; 2],
    key_lines: [Line; 2],
    drives: [Drive; 2],
    room: Box<Room>,
    #[cfg(target_arch = "x86_64")]
    wide_vectors: bool,

    crest_in: Crest,
    crest_out: Crest,
    reduction_now_db: f64,
    reduction_span_db: (f64, f64),
    level_max_db: f64,
    frames_read: u64,
}

impl Default for Glue {
    fn default() -> Self {
        Self::new()
    }
}

impl Glue {
    /// A compressor with default settings at 48 kHz, stereo; `prepare` and `reset` it before use.
    #[must_use]
    pub fn new() -> Self {
        let settings = GlueSettings::default();
        let rate = 48_000.0;
        let clean_coefs = DecoupledCoefs::new(rate, 0.01, Release::Auto, 0.0);
        let feedback = FeedbackCoefs::new(rate, settings.ratio, 0.01, Release::Auto, 0.0);
        let mut unit = Self {
            sample_rate_hz: rate,
            stereo: true,
            factor: 1,
            position: 0,
            cell_age: 0,
            slots: [Glide::default(); SLOTS],
            ramps: Ramps::at_rest(&settings),
            cell: Cell {
                curve: settings.curve(),
                link: 1.0,
                console: 1.0,
                rms: 0.0,
                mid_side: 0.0,
                external: 0.0,
                high_pass: 0.0,
                feedback,
            },
            clean_coefs,
            rms_step: 0.0,
            hold_samples: [0; 2],
            high_pass: GlidingSvf::default(),
            high_pass_on: false,
            tilt: GlidingTilt::new(TiltCoefs::new(rate, 0.0)),
            tilt_left: 0,
            tilt_on: false,
            interpolators: [KeyInterpolator::new(CHUNK), KeyInterpolator::new(CHUNK)],
            peaks: Default::default(),
            squares: Default::default(),
            rms_on: false,
            clean: Decoupled::default(),
            clean_on: false,
            console: FeedbackLoop::default(),
            console_on: true,
            decimators: [GainDecimator::new(CHUNK), GainDecimator::new(CHUNK)],
            united: true,
            lines: [Line::new(0), Line::new(0)],
            key_lines: [Line::new(0), Line::new(0)],
            drives: [Drive::new(rate), Drive::new(rate)],
            room: Box::default(),
            #[cfg(target_arch = "x86_64")]
            wide_vectors: std::arch::is_x86_feature_detected!("avx2"),
            crest_in: Crest::default(),
            crest_out: Crest::default(),
            reduction_now_db: 0.0,
            reduction_span_db: (0.0, 0.0),
            level_max_db: shared_dsp::math::MINUS_INFINITY_DB,
            frames_read: 0,
            settings: settings.clone(),
        };
        unit.prepare(rate, CHUNK, 2);
        unit.reset(&settings, Quality::default());
        unit
    }

    /// How many times the audio's rate the side chain runs at.
    fn factor_at(&self, quality: Quality) -> usize {
        let factor = match quality {
            Quality::Off | Quality::Live => 1,
            Quality::Standard => 4,
            Quality::High => 8,
        };
        // At 88.2 kHz a factor of half the size reaches as high, and so on.
        let divisor = match self.sample_rate_hz {
            rate if rate < 66_000.0 => 1,
            rate if rate < 132_000.0 => 2,
            rate if rate < 264_000.0 => 4,
            _ => 8,
        };
        (factor / divisor).max(1)
    }

    fn glide_frames(&self) -> u32 {
        (GLIDE_S * self.sample_rate_hz) as u32
    }

    fn slot(&self, slot: Slot) -> f64 {
        self.slots[slot as usize].now
    }

    /// Where the slots shall go with these settings.
    fn targets(s: &GlueSettings) -> [f64; SLOTS] {
        let on = |condition: bool| f64::from(u8::from(condition));
        let mut targets = [0.0; SLOTS];
        let mut put = |slot: Slot, value: f64| targets[slot as usize] = value;
        put(Slot::ThresholdDb, s.threshold_db);
        put(Slot::Slope, 1.0 - 1.0 / s.ratio);
        put(Slot::KneeDb, knee_db(s.ratio));
        put(Slot::RangeDb, s.range_db.unwrap_or(UNLIMITED_DB));
        put(Slot::Link, s.link);
        put(Slot::Console, on(s.model == Model::Console));
        put(Slot::Rms, on(s.detector == Detector::Rms));
        put(Slot::MidSide, on(s.link_mode == LinkMode::MidSide));
        put(Slot::External, on(s.sidechain_source == SidechainSource::External));
        put(Slot::HighPass, on(s.sidechain_high_pass_hz.is_some()));
        targets
    }

    /// Times for the rate of the side chain. What they drive moves on smoothly, so they may jump.
    fn take_times(&mut self) {
        let rate = self.sample_rate_hz * self.factor as f64;
        let attack_s = 1e-3 * self.settings.attack_ms;
        self.clean_coefs = DecoupledCoefs::new(rate, attack_s, self.settings.release, CLEAN_HOLD_S);
        self.rms_step = -(-1.0 / (RMS_S * rate)).exp_m1();
        self.hold_samples = [CLEAN_HOLD_S, CONSOLE_HOLD_S].map(|hold_s| (hold_s * rate).round() as u32);
    }

    fn take_cell(&mut self) {
        let s = &self.settings;
        let rate = self.sample_rate_hz * self.factor as f64;
        let curve = Curve::from_slope(
            self.slot(Slot::ThresholdDb),
            self.slot(Slot::Slope),
            self.slot(Slot::KneeDb),
            self.slot(Slot::RangeDb),
        );
        let feedback = FeedbackCoefs::new(rate, curve.ratio(), 1e-3 * s.attack_ms, s.release, CONSOLE_HOLD_S);
        self.cell = Cell {
            curve,
            link: self.slot(Slot::Link),
            console: self.slot(Slot::Console),
            rms: self.slot(Slot::Rms),
            mid_side: self.slot(Slot::MidSide),
            external: self.slot(Slot::External),
            high_pass: self.slot(Slot::HighPass),
            feedback,
        };
        self.cell_age = 0;
        self.wake();
    }

    /// Starts what a cross-fade is about to bring in, so that it does not come from an old memory, and unites or parts
    /// the side chains of the two channels.
    fn wake(&mut self) {
        let cell = self.cell;
        // The glides may have begun without having moved yet, so their targets count too.
        let going = |slot: Slot| self.slots[slot as usize].target;
        let clean = cell.console < 1.0 || going(Slot::Console) < 1.0;
        let console = cell.console > 0.0 || going(Slot::Console) > 0.0;
        let rms = cell.rms > 0.0 || going(Slot::Rms) > 0.0;
        let high_pass = cell.high_pass > 0.0 || going(Slot::HighPass) > 0.0;
        if clean && !self.clean_on {
            for ch in 0..2 {
                self.clean.take_over(ch, self.console.reduction_db(ch));
                self.peaks[0][ch] = self.peaks[1][ch].clone();
            }
        }
        if console && !self.console_on {
            for ch in 0..2 {
                self.console.take_over(ch, self.clean.reduction_db(ch));
                self.peaks[1][ch] = self.peaks[0][ch].clone();
            }
        }
        if rms && !self.rms_on {
            let peaks = &self.peaks[usize::from(cell.console > 0.0)];
            for (square, peak) in self.squares.iter_mut().zip(peaks) {
                square.start_at(f64::from(peak.held()) * std::f64::consts::FRAC_1_SQRT_2);
            }
        }
        if high_pass && !self.high_pass_on {
            self.high_pass.reset();
        }
        (self.clean_on, self.console_on, self.rms_on, self.high_pass_on) = (clean, console, rms, high_pass);
        let linked = self.stereo && cell.link == 1.0 && self.slots[Slot::Link as usize].is_settled();
        if self.united && !linked {
            self.clean.unite();
            self.console.unite();
            for peaks in &mut self.peaks {
                peaks[1] = peaks[0].clone();
            }
            let [first, second] = &mut self.decimators;
            second.take_over(first);
        } else if !self.united && linked {
            let clean_apart_db = if clean { self.clean.apart_db() } else { 0.0 };
            let console_apart_db = if console { self.console.apart_db() } else { 0.0 };
            if clean_apart_db.max(console_apart_db) > UNITED_DB {
                return;
            }
        }
        self.united = linked;
    }

    fn take_filters(&mut self, glide_frames: u32) {
        let rate = self.sample_rate_hz;
        if let Some(hz) = self.settings.sidechain_high_pass_hz {
            let coefs = match self.settings.sidechain_slope {
                SidechainSlope::Db6 => SvfCoefs::highpass_6db(rate, hz),
                SidechainSlope::Db12 => SvfCoefs::highpass(rate, hz, std::f64::consts::FRAC_1_SQRT_2),
            };
            // While it is not heard there is nothing to glide from.
            self.high_pass.glide_to(coefs, if self.high_pass_on { glide_frames } else { 0 });
        }
        let tilt = TiltCoefs::new(rate, self.settings.sidechain_tilt_db_per_octave);
        if tilt != *self.tilt.target() {
            if !self.tilt_on {
                self.tilt.reset();
            }
            self.tilt.glide_to(tilt, glide_frames);
            self.tilt_left = glide_frames as usize;
            self.tilt_on = true;
        }
    }

    /// One stretch within a cell and a chunk.
    fn chunk(&mut self, left: &mut [f32], mut right: Option<&mut [f32]>, sidechain: Option<(&[f32], &[f32])>) {
        if !self.stereo {
            right = None;
        }
        self.key(left, right.as_deref(), sidechain);
        #[cfg(target_arch = "x86_64")]
        if self.wide_vectors {
            // SAFETY: `wide_vectors` is set only where the processor was found to have AVX2.
            unsafe { self.compress_avx2(left, right) };
            return;
        }
        self.compress(left, right);
    }

    /// In the widest vectors there are. Computes the same bits: the compiler neither reorders nor fuses floating point.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn compress_avx2(&mut self, left: &mut [f32], right: Option<&mut [f32]>) {
        self.compress(left, right);
    }

    #[inline(always)]
    fn compress(&mut self, left: &mut [f32], mut right: Option<&mut [f32]>) {
        let frames = left.len();
        self.crest_in.feed(left, right.as_deref());
        let channels = if right.is_some() && !self.united { 2 } else { 1 };
        if channels == 1 {
            self.side_chain::<1>(frames)
        } else {
            self.side_chain::<2>(frames)
        }
        self.apply(left, right.as_deref_mut(), channels);
        self.crest_out.feed(left, right.as_deref());
    }

    /// Fills `room.key` with the filtered key, left and right, and keeps it for listening; then turns it to mid and
    /// side.
    fn key(&mut self, left: &[f32], right: Option<&[f32]>, sidechain: Option<(&[f32], &[f32])>) {
        let frames = left.len();
        let cell = self.cell;
        let [key_left, key_right] = &mut self.room.key;
        let (key_left, key_right) = (&mut key_left[..frames], &mut key_right[..frames]);
        key_left.copy_from_slice(left);
        key_right.copy_from_slice(right.unwrap_or(left));
        if cell.external > 0.0 {
            let share = cell.external as f32;
            let (other_left, other_right) = match sidechain {
                Some((l, r)) => (Some(l), Some(r)),
                None => (None, None),
            };
            for (key, other) in [(&mut *key_left, other_left), (&mut *key_right, other_right)] {
                for (n, key) in key.iter_mut().enumerate() {
                    let other = other.and_then(|o| o.get(n)).copied().unwrap_or(0.0);
                    // At the far end the programme is gone entirely, whatever it holds.
                    *key = if share == 1.0 { other } else { *key + share * (other - *key) };
                }
            }
        }
        if self.high_pass_on {
            for (l, r) in key_left.iter_mut().zip(key_right.iter_mut()) {
                let x = [f64::from(*l), f64::from(*r)];
                let y = self.high_pass.tick(x);
                *l = (x[0] + cell.high_pass * (y[0] - x[0])) as f32;
                *r = (x[1] + cell.high_pass * (y[1] - x[1])) as f32;
            }
        }
        if self.tilt_on {
            for (l, r) in key_left.iter_mut().zip(key_right.iter_mut()) {
                let [a, b] = self.tilt.tick([f64::from(*l), f64::from(*r)]);
                (*l, *r) = (a as f32, b as f32);
            }
            self.tilt_left = self.tilt_left.saturating_sub(frames);
            self.tilt_on = self.tilt_left > 0 || self.settings.sidechain_tilt_db_per_octave != 0.0;
        }
        self.key_lines[0].push(key_left);
        self.key_lines[1].push(key_right);
        if cell.mid_side > 0.0 && right.is_some() {
            let share = cell.mid_side as f32;
            for (l, r) in key_left.iter_mut().zip(key_right.iter_mut()) {
                let (mid, side) = (0.5 * (*l + *r), 0.5 * (*l - *r));
                (*l, *r) = (*l + share * (mid - *l), *r + share * (side - *r));
            }
        }
    }

    /// From `room.key` to `room.reduction` and `room.gain`, for one (mono, or united) or two channels.
    #[inline(always)]
    fn side_chain<const CH: usize>(&mut self, frames: usize) {
        let cell = self.cell;
        let wide = frames * self.factor;
        let room = &mut *self.room;
        // A united side chain still hears both channels, and a mono programme may have a stereo key.
        let heard = if self.stereo || cell.external > 0.0 { 2 } else { 1 };
        for ch in 0..heard {
            self.interpolators[ch].process(&room.key[ch][..frames], &mut room.fast[ch][..wide]);
        }
        if self.rms_on {
            for ch in 0..heard {
                self.squares[ch].process(&room.fast[ch][..wide], &mut room.rms[ch][..wide], self.rms_step);
            }
            if CH < heard {
                let [first, second] = &mut room.rms;
                for (a, &b) in first[..wide].iter_mut().zip(&second[..wide]) {
                    *a = if b > *a { b } else { *a };
                }
            }
            for levels in &mut room.rms[..CH] {
                levels[..wide].iter_mut().for_each(|level| *level = level_db(*level) + SINE_CREST_DB);
            }
        }
        let mut level_max_db = self.level_max_db;
        for model in 0..2 {
            if ![self.clean_on, self.console_on][model] {
                continue;
            }
            let levels = if model == 0 { &mut room.clean } else { &mut room.console };
            for ch in 0..CH {
                let (levels, rms) = (&mut levels[ch][..wide], &room.rms[ch][..wide]);
                if cell.rms == 1.0 {
                    levels.copy_from_slice(rms);
                    continue;
                }
                let held = &mut room.held[..wide];
                let hold_samples = self.hold_samples[model];
                let own = room.fast[ch][..wide].iter().map(|x| x.abs());
                if CH < heard {
                    // One side chain for both channels: the larger of the two.
                    let both = own.zip(&room.fast[1][..wide]).map(|(x, y)| if x > y.abs() { x } else { y.abs() });
                    self.peaks[model][ch].process(both, held, hold_samples);
                } else {
                    self.peaks[model][ch].process(own, held, hold_samples);
                }
                for (level, &held) in levels.iter_mut().zip(held.iter()) {
                    *level = level_db(f64::from(held));
                }
                if cell.rms > 0.0 {
                    for (level, &rms) in levels.iter_mut().zip(rms) {
                        *level += cell.rms * (rms - *level);
                    }
                }
            }
            let [first, second] = levels;
            if CH == 2 {
                for (a, b) in first[..wide].iter_mut().zip(&mut second[..wide]) {
                    let loudest = if *a > *b { *a } else { *b };
                    *a += cell.link * (loudest - *a);
                    *b += cell.link * (loudest - *b);
                }
            }
            for levels in [&mut *first, &mut *second].into_iter().take(CH) {
                let mut lanes = [level_max_db; 4];
                let (chunks, rest) = levels[..wide].as_chunks_mut::<4>();
                for chunk in chunks {
                    for lane in 0..4 {
                        let level = chunk[lane];
                        lanes[lane] = if level > lanes[lane] { level } else { lanes[lane] };
                        chunk[lane] = cell.curve.reduction_db(level);
                    }
                }
                for level in rest {
                    lanes[0] = lanes[0].max(*level);
                    *level = cell.curve.reduction_db(*level);
                }
                level_max_db = lanes.iter().fold(level_max_db, |a, &b| a.max(b));
            }
            let mut channels = [&mut first[..wide], &mut second[..wide]].into_iter();
            let reductions: [&mut [f64]; CH] = std::array::from_fn(|_| channels.next().unwrap_or_default());
            if model == 0 {
                self.clean.process(&self.clean_coefs, reductions);
            } else {
                self.console.process(&cell.feedback, reductions);
            }
        }
        self.level_max_db = level_max_db;
        for ch in 0..CH {
            let (clean, console) = (&mut room.clean[ch][..wide], &room.console[ch][..wide]);
            let reductions = if !self.clean_on {
                console
            } else {
                if self.console_on {
                    for (a, &b) in clean.iter_mut().zip(console) {
                        *a += cell.console * (b - *a);
                    }
                }
                &*clean
            };
            self.decimators[ch].process(reductions, &mut room.reduction[ch][..frames]);
        }
    }

    /// Turns `room.reduction` into gains, limited to the range, and applies them to the delayed programme.
    #[inline(always)]
    fn apply(&mut self, left: &mut [f32], mut right: Option<&mut [f32]>, channels: usize) {
        let frames = left.len();
        let floor = self.ramps.floor.clone();
        let room = &mut *self.room;
        let (mut most_db, mut least_db, mut now_db) = (self.reduction_span_db.1, self.reduction_span_db.0, 0.0f64);
        for ch in 0..channels {
            let reductions = &mut room.reduction[ch][..frames];
            // Frame by frame: from where the floor rests on the range is exact, wherever the chunk ends.
            let (moving, resting) = reductions.split_at_mut(frames.min(floor.left_samples() as usize));
            let mut floor = floor.clone();
            moving.iter_mut().for_each(|r| *r = r.min(-level_db(floor.next_value())));
            let limit_db = self.settings.range_db.unwrap_or(f64::INFINITY);
            resting.iter_mut().for_each(|r| *r = if *r > limit_db { limit_db } else { *r });
            for (gain, &reduction) in room.gain[ch][..frames].iter_mut().zip(reductions.iter()) {
                *gain = gain_of_reduction(reduction);
            }
            for &reduction in reductions.iter() {
                most_db = if reduction > most_db { reduction } else { most_db };
                least_db = if reduction < least_db { reduction } else { least_db };
            }
            now_db = now_db.max(reductions.last().copied().unwrap_or(0.0));
        }
        self.reduction_now_db = now_db;
        self.reduction_span_db = (least_db, most_db);
        // Asked before the ramps move on, and for each frame: what follows has two ways that round differently, and which
        // one a frame takes must not depend on where the chunk ends.
        let moving = frames.min(self.ramps.left_samples() as usize);
        if !floor.is_settled() {
            (0..frames).for_each(|_| _ = self.ramps.floor.next_value());
        }
        let [gain_left, gain_right] = &room.gain;
        let gain_left = &gain_left[..frames];
        // One side chain serves both channels.
        let gain_right = if channels == 2 { &gain_right[..frames] } else { gain_left };
        self.lines[0].push(left);
        if let Some(right) = right.as_deref() {
            self.lines[1].push(right);
        }
        let r = &mut self.ramps;
        let is_plain = r.drive.target() == 0.0
            && r.listen.target() == 0.0
            && (right.is_none() || channels < 2 || r.mid_side.target() == 0.0);
        let moving = if is_plain { moving } else { frames };
        let stereo = right.is_some();
        for n in 0..moving {
            let (makeup, mix, drive) = (r.makeup.next_value(), r.mix.next_value(), r.drive.next_value());
            let (listen, side) = (r.listen.next_value(), r.mid_side.next_value());
            let dry = [0, 1].map(|ch: usize| f64::from(self.lines[ch].samples[n]));
            let (g, h) = (gain_left[n], gain_right[n]);
            // Mid gained by g and side by h, seen from left and right; `side` fades over to that.
            let half = if stereo { 0.5 * side * (g - h) } else { 0.0 };
            let mut wet = [(g - half) * dry[0] + half * dry[1], (h + half) * dry[1] + half * dry[0]];
            if drive > 0.0 || r.drive.target() > 0.0 {
                for (wet, unit) in wet.iter_mut().zip(&mut self.drives).take(if stereo { 2 } else { 1 }) {
                    *wet += drive * unit.residual(*wet);
                }
            }
            for (ch, out) in [Some(&mut *left), right.as_deref_mut()].into_iter().flatten().enumerate() {
                let mixed = dry[ch] * (1.0 - mix) + wet[ch] * (mix * makeup);
                let key = f64::from(self.key_lines[ch].samples[n]);
                out[n] = (mixed * (1.0 - listen) + key * listen) as f32;
            }
        }
        if moving < frames {
            // Dry and wet are one gain: exactly 1 whenever nothing is to be done.
            let (dry, wet) = (1.0 - r.mix.value(), r.mix.value() * r.makeup.value());
            let apply = |out: &mut [f32], line: &Line, gains: &[f64]| {
                let (line, gains) = (&line.out(frames)[moving..], &gains[moving..]);
                for ((out, &x), &gain) in out[moving..].iter_mut().zip(line).zip(gains) {
                    *out = (f64::from(x) * (dry + wet * gain)) as f32;
                }
            };
            apply(left, &self.lines[0], gain_left);
            if let Some(right) = right {
                apply(right, &self.lines[1], gain_right);
            }
        }
        for line in self.lines.iter_mut().chain(&mut self.key_lines) {
            line.step(frames);
        }
    }

    /// Every [`CHUNK`] frames from reset.
    fn housekeeping(&mut self) {
        self.clean.settle();
        self.console.settle();
        if self.ramps.drive.value() == 0.0 {
            self.drives.iter_mut().for_each(Drive::reset);
        }
        self.wake();
    }
}

impl Processor for Glue {
    type Settings = GlueSettings;
    type Mode = Quality;
    type Reading = GlueReading;

    fn prepare(&mut self, sample_rate_hz: f64, _max_block_frames: usize, channels: usize) {
        self.sample_rate_hz =
            if sample_rate_hz.is_finite() { sample_rate_hz.clamp(4_000.0, 1_600_000.0) } else { 48_000.0 };
        self.stereo = channels > 1;
        self.drives = [Drive::new(self.sample_rate_hz), Drive::new(self.sample_rate_hz)];
        self.crest_in.prepare(self.sample_rate_hz);
        self.crest_out.prepare(self.sample_rate_hz);
        let settings = self.settings.clone();
        self.reset(&settings, Quality::default());
    }

    fn reset(&mut self, settings: &GlueSettings, quality: Quality) {
        self.settings = settings.clamped();
        self.factor = self.factor_at(quality);
        self.position = 0;
        for (slot, target) in self.slots.iter_mut().zip(Self::targets(&self.settings)) {
            slot.set_now(target);
        }
        self.ramps = Ramps::at_rest(&self.settings);
        self.interpolators.iter_mut().for_each(|i| i.set_factor(self.factor));
        self.decimators.iter_mut().for_each(|d| d.set_factor(self.factor));
        self.peaks.iter_mut().flatten().for_each(PeakHold::reset);
        self.squares.iter_mut().for_each(MeanSquare::reset);
        self.clean.reset();
        self.console.reset();
        self.drives.iter_mut().for_each(Drive::reset);
        let latency = self.latency_samples(quality);
        self.lines = [Line::new(latency), Line::new(latency)];
        self.key_lines = self.lines.clone();
        self.tilt = GlidingTilt::new(TiltCoefs::new(self.sample_rate_hz, self.settings.sidechain_tilt_db_per_octave));
        self.tilt_left = 0;
        self.tilt_on = self.settings.sidechain_tilt_db_per_octave != 0.0;
        self.high_pass_on = false;
        self.high_pass.reset();
        self.take_times();
        self.take_filters(0);
        self.united = false;
        self.take_cell();
        self.crest_in.reset();
        self.crest_out.reset();
        self.reduction_now_db = 0.0;
        let _ = self.reading();
    }

    fn update(&mut self, settings: &GlueSettings) {
        if *settings == self.settings {
            return;
        }
        let settings = settings.clamped();
        if settings == self.settings {
            return;
        }
        let glide_frames = self.glide_frames();
        // Whatever glides already has come as far as this sample.
        let age = std::mem::take(&mut self.cell_age);
        self.slots.iter_mut().for_each(|slot| slot.advance(age));
        let same_times = settings.attack_ms == self.settings.attack_ms && settings.release == self.settings.release;
        self.settings = settings;
        for (slot, target) in self.slots.iter_mut().zip(Self::targets(&self.settings)) {
            slot.glide_to(target, glide_frames);
        }
        self.ramps.glide_to(&self.settings, glide_frames);
        if !same_times {
            self.take_times();
        }
        self.take_filters(glide_frames);
        self.take_cell();
    }

    fn process(&mut self, mut io: Io<'_>) {
        while io.frames() > 0 {
            if self.position.is_multiple_of(CELL) && self.slots.iter().any(|slot| !slot.is_settled()) {
                let age = std::mem::take(&mut self.cell_age);
                self.slots.iter_mut().for_each(|slot| slot.advance(age));
                self.take_cell();
            }
            let gliding = self.slots.iter().any(|slot| !slot.is_settled());
            let grid = if gliding { CELL } else { CHUNK };
            let head = io.take(grid - self.position % grid);
            let frames = head.frames();
            self.chunk(head.left, head.right, head.sidechain);
            self.cell_age = self.cell_age.saturating_add(frames as u32);
            self.frames_read += frames as u64;
            self.position = (self.position + frames) % CHUNK;
            if self.position == 0 {
                self.housekeeping();
            }
        }
    }

    fn latency_samples(&self, quality: Quality) -> usize {
        let factor = self.factor_at(quality);
        KeyInterpolator::latency_samples(factor) + GainDecimator::latency_samples(factor)
    }

    fn is_at_rest(&self) -> bool {
        // The needle shows tenths of a decibel.
        self.reduction_now_db < 0.05
    }

    fn reading(&mut self) -> GlueReading {
        let reading = GlueReading {
            gain_reduction_db: self.reduction_now_db,
            gain_reduction_min_db: self.reduction_span_db.0.min(self.reduction_now_db),
            gain_reduction_max_db: self.reduction_span_db.1.max(self.reduction_now_db),
            detector_level_db: self.level_max_db,
            input_peak_db: self.crest_in.take_peak_db(),
            output_peak_db: self.crest_out.take_peak_db(),
            crest_in_db: self.crest_in.crest_db(),
            crest_out_db: self.crest_out.crest_db(),
            elapsed_s: self.frames_read as f64 / self.sample_rate_hz,
        };
        self.reduction_span_db = (self.reduction_now_db, self.reduction_now_db);
        self.level_max_db = shared_dsp::math::MINUS_INFINITY_DB;
        self.frames_read = 0;
        reading
    }
}
