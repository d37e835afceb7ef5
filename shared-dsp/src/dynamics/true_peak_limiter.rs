//! A limiter that holds a true-peak ceiling on every meter.

use super::attack_curves::AttackCurves;
use super::attack_shape::AttackShape;
use super::centred_minimum::CentredMinimum;
use super::fine_peaks::FinePeaks;
use super::held_peaks::{HeldPeaks, WINDOWS};
use super::meter_trim::MeterTrim;
use super::moving_averages::STEPS_PER_DB;
use super::{Sustained, SustainedTimes, gain_of_reduction, level_db};
use crate::delay::DelayLine;
use crate::simd::{self, dispatch};

/// Frames handled at once.
const CHUNK: usize = 64;
/// Frames on both sides of a peak that get its whole reduction: what interpolates the peak sees one gain.
const MARGIN: usize = 1;
/// How long the whole reduction of a peak lasts beyond its own frame.
const PLATEAU: usize = 2 + 2 * MARGIN;
/// A limit for the sums: no signal is louder.
const MOST_DB: f64 = 200.0;
/// The arithmetic's errors, dB: the reduction is greater by this.
const ROUNDING_DB: f64 = 3e-6;
/// The gain aims below the ceiling by this share of the reduction, up to so many dB: what the detector does not see of what lies above
/// 0.45 of the rate, as in music that was clipped before, and of what moves between the samples while the gain moves.
const UNSEEN: f64 = 0.25;
const MOST_UNSEEN_DB: f64 = 0.05;
/// It is so much where the gain moves fast.
const MOST_UNSEEN_FAST_DB: f64 = 0.12;
/// Look-ahead from which on the gain moves slowly enough, s.
const SLOW_S: f64 = 0.001;
/// Below this it moves so fast that the margin grows as the look-ahead shrinks, s.
const FASTEST_S: f64 = 0.000_3;

/// What the limiter is to do. It may change at any sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LimiterControls {
    /// How far a channel follows the peaks of the other, 0..1.
    pub peak_link: f64,
    /// How far its slower parts do, 0..1.
    pub sustain_link: f64,
    /// How long the reduction of a hit stays whole before it lets go, s, up to [`TruePeakLimiter::MAX_HOLD_S`].
    pub hit_hold_s: f64,
    /// The same of what the slower parts go to: half a period of a bass and more leaves a bass alone, and need not keep a hit.
    pub hold_s: f64,
    /// How it lets go.
    pub times: SustainedTimes,
}

/// The reductions of two channels that hold the true peak of stereo frames below a ceiling, applied.
///
/// The wave's own peaks ([`FinePeaks`]) tell how much is wanted. That is held over the look-ahead and on, lets go by
/// [`Sustained`], and is smoothed by weights that are not negative and sum to one ([`MovingAverages`](super::MovingAverages)) within the hold: every one of them
/// sees at least what its peak wants, so no sample is above the ceiling. What true-peak meters still read above it is taken by a
/// second, slow stage ([`MeterTrim`]). What does not reach the ceiling passes to the bit.
#[derive(Debug, Clone)]
pub struct TruePeakLimiter {
    sample_rate_hz: f64,
    controls: LimiterControls,
    peaks: FinePeaks,
    key_peaks: FinePeaks,
    /// Whether the key was there in the last frames.
    has_key: bool,
    look_ahead_samples: usize,
    /// Of the hit's and of the slower parts.
    hold_samples: [usize; WINDOWS],
    most_unseen_db: f64,
    held: HeldPeaks,
    wanted: [[Wanted; 2]; WINDOWS],
    sustained: Sustained,
    curves: AttackCurves,
    /// Frames since the sustained reduction was last above none.
    quiet_samples: usize,
    delay: DelayLine<[f32; 2]>,
    lowest: CentredMinimum,
    /// To the peaks, and from there to the frames.
    ceiling_delays: [DelayLine<f32>; 2],
    trim: MeterTrim,
    scratch: Box<Scratch>,
}

#[derive(Debug, Clone)]
struct Scratch {
    peaks: [[f32; 2]; CHUNK],
    key_peaks: [[f32; 2]; CHUNK],
    steps: [[i64; 2]; CHUNK],
    db: [[f64; 2]; CHUNK],
    trim_db: [f64; CHUNK],
}

/// What a peak wants, computed when it is another one.
#[derive(Debug, Clone, Copy, Default)]
struct Wanted {
    over: f32,
    db: f64,
}

impl Wanted {
    /// For so many times the ceiling, dB.
    #[inline(always)]
    fn of(&mut self, over: f32, most_unseen_db: f64) -> f64 {
        if over != self.over {
            *self = Self { over, db: if over > 0.0 { wanted_db(over, most_unseen_db) } else { 0.0 } };
        }
        self.db
    }

    /// For two channels of which each follows the other by `link`, 0..1.
    #[inline(always)]
    fn linked(channels: &mut [Self; 2], over: [f32; 2], link: f64, most_unseen_db: f64) -> [f64; 2] {
        if link >= 1.0 {
            return [channels[0].of(over[0].max(over[1]), most_unseen_db); 2];
        }
        let db = [0, 1].map(|ch: usize| channels[ch].of(over[ch], most_unseen_db));
        let most = db[0].max(db[1]);
        db.map(|db| db + link * (most - db))
    }
}

impl TruePeakLimiter {
    /// The longest hold, s.
    pub const MAX_HOLD_S: f64 = 0.025;

    /// For one rate, with room for so much look-ahead; takes that. Allocates.
    #[must_use]
    pub fn new(sample_rate_hz: f64, max_look_ahead_samples: usize, controls: LimiterControls) -> Self {
        let most = max_look_ahead_samples.max(1);
        let latency = FinePeaks::delay_samples() + most + MARGIN;
        let hold = (Self::MAX_HOLD_S * sample_rate_hz).ceil() as usize;
        let mut new = Self {
            sample_rate_hz,
            controls,
            peaks: FinePeaks::new(),
            key_peaks: FinePeaks::new(),
            has_key: false,
            look_ahead_samples: most,
            hold_samples: [0; WINDOWS],
            most_unseen_db: 0.0,
            held: HeldPeaks::new(most + PLATEAU + 1 + hold),
            wanted: [[Wanted::default(); 2]; WINDOWS],
            sustained: Sustained::new(&controls.times, sample_rate_hz),
            curves: AttackCurves::new(most),
            quiet_samples: 0,
            delay: DelayLine::new(latency),
            lowest: CentredMinimum::new(),
            ceiling_delays: [
                DelayLine::new(FinePeaks::delay_samples() - CentredMinimum::DELAY_SAMPLES),
                DelayLine::new(most + MARGIN),
            ],
            trim: MeterTrim::new(sample_rate_hz),
            scratch: Box::new(Scratch {
                peaks: [[0.0; 2]; CHUNK],
                key_peaks: [[0.0; 2]; CHUNK],
                steps: [[0; 2]; CHUNK],
                db: [[0.0; 2]; CHUNK],
                trim_db: [0.0; CHUNK],
            }),
        };
        new.select(most, 1.0, controls);
        new
    }

    /// The delay in samples. Realtime-safe once any filter was built.
    #[must_use]
    pub fn latency_of(sample_rate_hz: f64, look_ahead_samples: usize) -> usize {
        FinePeaks::delay_samples() + look_ahead_samples.max(1) + MARGIN + MeterTrim::latency_of(sample_rate_hz)
    }

    /// Takes another look-ahead within the room there is, and other controls, and clears the memory: the ceiling has always been
    /// `ceiling` (linear). Realtime-safe.
    pub fn select(&mut self, look_ahead_samples: usize, ceiling: f32, controls: LimiterControls) {
        let look_ahead = look_ahead_samples.clamp(1, self.curves.max_look_ahead_samples());
        self.look_ahead_samples = look_ahead;
        self.most_unseen_db = most_unseen_db(look_ahead as f64 / self.sample_rate_hz);
        self.curves.select(look_ahead, self.sample_rate_hz);
        let latency = FinePeaks::delay_samples() + look_ahead + MARGIN;
        self.delay.start(latency);
        self.ceiling_delays[1].start(look_ahead + MARGIN);
        self.set_controls(controls);
        self.reset(ceiling);
    }

    fn reset(&mut self, ceiling: f32) {
        self.peaks.reset();
        self.has_key = false;
        self.held.reset();
        self.wanted = [[Wanted::default(); 2]; WINDOWS];
        self.sustained.reset();
        self.quiet_samples = usize::MAX / 2;
        self.delay.reset();
        self.lowest.reset(ceiling);
        for line in &mut self.ceiling_delays {
            (0..=line.max_delay_samples()).for_each(|_| _ = line.tick(ceiling));
        }
        self.trim.reset(ceiling);
    }

    /// Takes other controls from the next frame on. Realtime-safe.
    pub fn set_controls(&mut self, controls: LimiterControls) {
        self.sustained.set_times(&controls.times, self.sample_rate_hz);
        self.hold_samples = [controls.hit_hold_s, controls.hold_s.max(controls.hit_hold_s)].map(|hold_s| {
            let hold = hold_s.clamp(0.0, Self::MAX_HOLD_S) * self.sample_rate_hz;
            self.look_ahead_samples + PLATEAU + 1 + hold as usize
        });
        self.held.link(controls.peak_link >= 1.0 && controls.sustain_link >= 1.0);
        self.controls = controls;
    }

    /// Limits and delays `frames` in place, and delays `ceilings` (linear, above 0) with them: while they move, each is the lowest of
    /// those around it. `key` is listened to as well, if it is there: the larger reduction wins. `attack_shapes` are the curves at each
    /// frame, or one for all. `reductions_db` has the reduction of each channel, of the frames that come
    /// out. Whether any is above zero. The shortest slice rules; any block split gives the same numbers. Realtime-safe.
    pub fn process(
        &mut self,
        frames: &mut [[f32; 2]],
        key: Option<&[[f32; 2]]>,
        ceilings: &mut [f32],
        attack_shapes: &[AttackShape],
        reductions_db: &mut [[f32; 2]],
    ) -> bool {
        let end = frames.len().min(ceilings.len()).min(reductions_db.len());
        let end = key.map_or(end, |key| end.min(key.len()));
        let end = if attack_shapes.len() == 1 { end } else { end.min(attack_shapes.len()) };
        let (mut any, mut start) = (false, 0);
        while start < end {
            let here = start..end.min(start + CHUNK);
            let key = key.map(|key| &key[here.clone()]);
            let (frames, ceilings) = (&mut frames[here.clone()], &mut ceilings[here.clone()]);
            let shapes = if attack_shapes.len() == 1 { attack_shapes } else { &attack_shapes[here.clone()] };
            any |= self.chunk(frames, key, ceilings, shapes, &mut reductions_db[here.clone()]);
            start = here.end;
        }
        any
    }

    fn chunk(
        &mut self,
        frames: &mut [[f32; 2]],
        key: Option<&[[f32; 2]]>,
        ceilings: &mut [f32],
        attack_shapes: &[AttackShape],
        reductions_db: &mut [[f32; 2]],
    ) -> bool {
        let count = frames.len();
        self.lowest.process(ceilings);
        self.ceiling_delays[0].process(ceilings);
        let mut any_peak = self.peaks.process(frames, ceilings, &mut self.scratch.peaks[..count]);
        any_peak |= self.listen_to_key(key, ceilings);
        let is_reduced = self.hold_and_release(any_peak, ceilings);
        let scratch = &mut *self.scratch;
        let db = &mut scratch.db[..count];
        if is_reduced {
            self.curves.smooth(&scratch.steps[..count], attack_shapes, db);
        } else {
            db.fill([0.0; 2]);
        }
        self.delay.process(frames);
        self.ceiling_delays[1].process(ceilings);
        if is_reduced {
            dispatch!(simd::level(), _ => reduce(frames, db));
        }
        let trim_db = &mut scratch.trim_db[..count];
        // The first stage's reduction goes on with its frames.
        let is_trimmed = self.trim.process(frames, ceilings, trim_db);
        if is_trimmed {
            dispatch!(simd::level(), _ => trim(frames, trim_db));
        }
        dispatch!(simd::level(), _ => hold_down(frames, ceilings));
        for ((reduction, db), trim_db) in reductions_db.iter_mut().zip(db.iter()).zip(trim_db.iter()) {
            *reduction = db.map(|db| (db + trim_db) as f32);
        }
        is_reduced || is_trimmed
    }

    /// Takes the key's peaks, where they are larger. Whether any may be above its ceiling.
    fn listen_to_key(&mut self, key: Option<&[[f32; 2]]>, ceilings: &[f32]) -> bool {
        let had_key = std::mem::replace(&mut self.has_key, key.is_some());
        let Some(key) = key else {
            return false;
        };
        if !had_key {
            self.key_peaks.reset();
        }
        let (peaks, key_peaks) = (&mut self.scratch.peaks[..key.len()], &mut self.scratch.key_peaks[..key.len()]);
        let any = self.key_peaks.process(key, ceilings, key_peaks);
        if any {
            for (peak, key) in peaks.iter_mut().zip(key_peaks) {
                *peak = [peak[0].max(key[0]), peak[1].max(key[1])];
            }
        }
        any
    }

    /// From peaks to reductions in steps. Whether any is above none, or was within the look-ahead.
    fn hold_and_release(&mut self, any_peak: bool, ceilings: &[f32]) -> bool {
        let count = ceilings.len();
        let steps = &mut self.scratch.steps[..count];
        let is_resting = self.sustained.is_at_rest() && self.held.is_empty();
        let peaks = &self.scratch.peaks[..count];
        if is_resting && !(any_peak && peaks.iter().zip(ceilings).any(|(peak, &c)| peak[0] > c || peak[1] > c)) {
            self.quiet_samples = self.quiet_samples.saturating_add(count).min(usize::MAX / 2);
            steps.fill([0; 2]);
            return self.quiet_samples <= self.look_ahead_samples + count;
        }
        let links = [self.controls.peak_link, self.controls.sustain_link];
        for ((steps, peak), &ceiling) in steps.iter_mut().zip(peaks).zip(ceilings) {
            // Divided, so that what is at the ceiling is at it to the bit.
            let over = peak.map(|peak| if peak > ceiling { peak / ceiling } else { 0.0 });
            let greatest = self.held.push(over, self.hold_samples);
            let [wanted, lasting] = [0, 1].map(|part: usize| {
                Wanted::linked(&mut self.wanted[part], greatest[part], links[part], self.most_unseen_db)
            });
            let reduction = self.sustained.tick(wanted, lasting);
            // Upwards, and nothing stays nothing.
            *steps = reduction.map(|db| whole_above(db * STEPS_PER_DB));
            self.quiet_samples = if *steps == [0; 2] { self.quiet_samples.saturating_add(1) } else { 0 };
        }
        self.quiet_samples <= self.look_ahead_samples + count
    }
}

/// The least whole number that is not below, of 0 and up: without `ceil`, which is a call where the processor need not have it.
#[inline(always)]
fn whole_above(x: f64) -> i64 {
    let whole = x as i64;
    whole + i64::from(x > whole as f64)
}

/// The margin below the ceiling where much is reduced, dB.
fn most_unseen_db(look_ahead_s: f64) -> f64 {
    // A whole number of samples may be a little less than what was asked for.
    if look_ahead_s > 0.98 * SLOW_S {
        MOST_UNSEEN_DB
    } else {
        MOST_UNSEEN_FAST_DB * (FASTEST_S / look_ahead_s).max(1.0)
    }
}

/// The reduction that a peak so many times the ceiling wants, dB.
#[inline(always)]
fn wanted_db(over: f32, most_unseen_db: f64) -> f64 {
    let db = level_db(f64::from(over)).clamp(0.0, MOST_DB);
    db + (UNSEEN * db).min(most_unseen_db) + ROUNDING_DB
}

#[inline(always)]
fn reduced(x: f32, gain: f64) -> f32 {
    (f64::from(x) * gain) as f32
}

#[inline(always)]
fn reduce(frames: &mut [[f32; 2]], db: &[[f64; 2]]) {
    for (x, &db) in frames.as_flattened_mut().iter_mut().zip(db.as_flattened()) {
        *x = reduced(*x, gain_of_reduction(db));
    }
}

#[inline(always)]
fn trim(frames: &mut [[f32; 2]], db: &[f64]) {
    for (frame, &db) in frames.iter_mut().zip(db) {
        let gain = gain_of_reduction(db);
        *frame = frame.map(|x| reduced(x, gain));
    }
}

/// Proved but for arithmetic that overflows: a wave beyond all numbers has no peak.
#[inline(always)]
fn hold_down(frames: &mut [[f32; 2]], ceilings: &[f32]) {
    for (frame, &ceiling) in frames.iter_mut().zip(ceilings) {
        *frame = frame.map(|x| x.max(-ceiling).min(ceiling));
    }
}
