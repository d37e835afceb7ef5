//! A slow reduction for what true-peak meters read above the wave.

use super::level_db;
use super::moving_averages::{MovingAverages, STEPS_PER_DB};
use crate::delay::DelayLine;
use crate::loudness::MeterPeaks;

/// Frames handled at once.
const CHUNK: usize = 64;
/// Frames on both sides of a reading that get its whole reduction: those under the meter's filter count for less and less.
const MARGIN: usize = 1;
/// A reading lies between two frames.
const SPAN: usize = 1;
/// How long a reduction stays whole, s: longer than most beats of a tone with the sample rate.
const HOLD_S: f64 = 0.7;
/// How fast it goes then.
const RELEASE_DB_PER_S: f64 = 0.3;
/// A reading that is lower by no more than this holds it anew, dB.
const ALIKE_DB: f64 = 0.005;
/// How soon it comes before what it is for, s.
const LOOK_AHEAD_S: f64 = 0.000_25;
/// For rounding.
const MARGIN_DB: f64 = 1e-4;
/// What no meter reads above a wave that the fine detector has held: white noise to half the sample rate is 0.5 dB. More comes of
/// numbers that are no sound (1e20), and would take minutes to let go.
const MOST_DB: f64 = 1.5;

/// Turns frames down by what true-peak meters ([`MeterPeaks`]) read above a ceiling, at once, and lets go over seconds.
///
/// A meter errs by up to 0.22 dB, differently at each peak. A gain that followed that would beat with a tone against the
/// sample rate; this one stands still on it.
#[derive(Debug, Clone)]
pub struct MeterTrim {
    meters: MeterPeaks,
    smooth: MovingAverages,
    look_ahead_samples: usize,
    delay: DelayLine<[f32; 2]>,
    ceiling_delay: DelayLine<f32>,
    /// Of the reading's time, not of the output's.
    reading_delay: DelayLine<f32>,
    reduction_steps: i64,
    alike_steps: i64,
    release_steps: i64,
    hold_samples: u32,
    remaining_samples: u32,
    /// Frames for which there was no reduction.
    quiet_samples: usize,
    peaks: Vec<f32>,
    sums: Vec<[i64; 2]>,
}

impl MeterTrim {
    /// For one rate. Allocates.
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        let look_ahead_samples = look_ahead(sample_rate_hz);
        let latency = Self::latency_of(sample_rate_hz);
        Self {
            meters: MeterPeaks::new(sample_rate_hz),
            smooth: MovingAverages::new(2, look_ahead_samples + 1),
            look_ahead_samples,
            delay: DelayLine::new(latency),
            ceiling_delay: DelayLine::new(latency),
            reading_delay: DelayLine::new(MeterPeaks::delay_of(sample_rate_hz)),
            reduction_steps: 0,
            alike_steps: (ALIKE_DB * STEPS_PER_DB) as i64,
            release_steps: ((RELEASE_DB_PER_S * STEPS_PER_DB / sample_rate_hz) as i64).max(1),
            hold_samples: (HOLD_S * sample_rate_hz) as u32,
            remaining_samples: 0,
            quiet_samples: usize::MAX / 2,
            peaks: vec![0.0; CHUNK],
            sums: vec![[0; 2]; CHUNK],
        }
    }

    /// The delay in samples at a rate. Realtime-safe.
    #[must_use]
    pub fn latency_of(sample_rate_hz: f64) -> usize {
        MeterPeaks::delay_of(sample_rate_hz) + look_ahead(sample_rate_hz) + MARGIN
    }

    /// Clears the memory; the ceiling has always been this (linear). Realtime-safe.
    pub fn reset(&mut self, ceiling: f32) {
        self.meters.reset();
        self.smooth.reset();
        self.delay.reset();
        for line in [&mut self.ceiling_delay, &mut self.reading_delay] {
            (0..=line.max_delay_samples()).for_each(|_| _ = line.tick(ceiling));
        }
        self.reduction_steps = 0;
        self.remaining_samples = 0;
        self.quiet_samples = usize::MAX / 2;
    }

    /// Delays frames and ceilings (linear) in place; `reductions_db` has what it reduces each frame by, of both channels, which it
    /// does not apply. Whether that is any. Any block split gives the same numbers. Realtime-safe.
    pub fn process(&mut self, frames: &mut [[f32; 2]], ceilings: &mut [f32], reductions_db: &mut [f64]) -> bool {
        let mut any = false;
        for ((frames, ceilings), reductions_db) in
            frames.chunks_mut(CHUNK).zip(ceilings.chunks_mut(CHUNK)).zip(reductions_db.chunks_mut(CHUNK))
        {
            any |= self.chunk(frames, ceilings, reductions_db);
        }
        any
    }

    fn chunk(&mut self, frames: &mut [[f32; 2]], ceilings: &mut [f32], reductions_db: &mut [f64]) -> bool {
        let count = frames.len();
        let mut readings = [0.0_f32; CHUNK];
        readings[..count].copy_from_slice(ceilings);
        self.reading_delay.process(&mut readings[..count]);
        self.ceiling_delay.process(ceilings);
        let lowest = readings[..count].iter().fold(f32::INFINITY, |least, &ceiling| least.min(ceiling));
        let peaks = &mut self.peaks[..count];
        self.meters.process(frames, lowest, peaks);
        self.delay.process(frames);
        let is_over = peaks.iter().zip(&readings).any(|(peak, ceiling)| peak > ceiling);
        let is_at_rest = self.reduction_steps == 0 && self.quiet_samples > self.look_ahead_samples;
        if !is_over && is_at_rest {
            self.quiet_samples = self.quiet_samples.saturating_add(count).min(usize::MAX / 2);
            reductions_db.fill(0.0);
            return false;
        }
        let sums = &mut self.sums[..count];
        for ((sum, &peak), &ceiling) in sums.iter_mut().zip(peaks.iter()).zip(&readings) {
            let mut over = 0;
            if peak > ceiling {
                let db = level_db(f64::from(peak) / f64::from(ceiling)) + MARGIN_DB;
                over = (db.min(MOST_DB) * STEPS_PER_DB).ceil() as i64;
            }
            if over > 0 && over + self.alike_steps >= self.reduction_steps {
                self.reduction_steps = self.reduction_steps.max(over);
                self.remaining_samples = self.hold_samples;
            } else if self.remaining_samples > 0 {
                self.remaining_samples -= 1;
            } else {
                self.reduction_steps = (self.reduction_steps - self.release_steps).max(over).max(0);
            }
            self.quiet_samples = if self.reduction_steps > 0 { 0 } else { self.quiet_samples.saturating_add(1) };
            *sum = [self.reduction_steps, 0];
        }
        self.smooth.process(sums);
        let scale = self.smooth.scale();
        for (db, sum) in reductions_db.iter_mut().zip(sums) {
            *db = sum[0] as f64 * scale;
        }
        true
    }
}

fn look_ahead(sample_rate_hz: f64) -> usize {
    ((LOOK_AHEAD_S * sample_rate_hz).round() as usize).max(2)
}

// The hold covers a reading's frames, the look-ahead and the margins many times over.
const _: () = assert!(SPAN + 2 * MARGIN < 64);
