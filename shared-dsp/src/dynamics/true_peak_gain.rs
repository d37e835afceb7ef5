//! A gain that holds a true-peak ceiling and leaves tones pure.

use super::steady_reduction::{SteadyReduction, TARGET};
use super::{LookAhead, PeakWave, PeaksBetween};
use crate::delay::DelayLine;
use crate::loudness::MeterPeaks;
use crate::math::reaches;
use crate::simd::{self, dispatch};

/// Frames handled at once.
const CHUNK: usize = 64;
/// Frames on both sides of a peak that get its whole reduction: what interpolates the peak sees one gain.
const MARGIN: usize = 1;
/// How long the whole reduction of a peak lasts beyond its own frame.
const PLATEAU: usize = 2 + 2 * MARGIN;
/// On a plain wave the gain aims below the ceiling by this share of the excess, up to 0.07 dB: its short interpolator does not
/// see all that lies near the top of the band.
const UNSEEN: f32 = 0.5;
const MOST_UNSEEN: f32 = 0.008;

/// Finds the gain reductions that hold the true peak of stereo frames below a ceiling, and delays the frames to go with them.
///
/// The greatest of all readings counts: the wave's own peaks ([`PeaksBetween`]) and what true-peak meters make of them
/// ([`MeterPeaks`]). It works at two speeds. What a held tone needs all the time is a [`SteadyReduction`]; all else is taken by
/// a transient one, gone as soon as the peak is.
#[derive(Debug, Clone)]
pub struct TruePeakGain {
    fine: PeaksBetween,
    wave: PeakWave,
    meters: MeterPeaks,
    meter_delay: DelayLine<f32>,
    steady: SteadyReduction,
    look_ahead: LookAhead,
    delay: DelayLine<[f32; 2]>,
    meter_peaks: Vec<f32>,
    scratch: Scratch,
}

/// What one chunk needs, for each frame; none of it is memory.
#[derive(Debug, Clone)]
struct Scratch {
    /// The wave's own peaks, as multiples of the ceiling.
    fines: [f32; CHUNK],
    /// The greatest readings, as multiples of the ceiling.
    most: [f32; CHUNK],
    steady: [f32; CHUNK],
}

fn detector_delay(sample_rate_hz: f64, wave: PeakWave) -> usize {
    MeterPeaks::delay_of(sample_rate_hz).max(PeaksBetween::delay_of(sample_rate_hz, wave))
}

impl TruePeakGain {
    /// For one rate, with room for so much look-ahead; takes that, and a doubled wave. Allocates.
    #[must_use]
    pub fn new(sample_rate_hz: f64, max_look_ahead_samples: usize) -> Self {
        let most = max_look_ahead_samples;
        let longest = [PeakWave::Plain, PeakWave::Doubled].map(|wave| Self::latency_of(sample_rate_hz, wave, most));
        let mut new = Self {
            fine: PeaksBetween::new(sample_rate_hz),
            wave: PeakWave::Doubled,
            meters: MeterPeaks::new(sample_rate_hz),
            meter_delay: DelayLine::new(CHUNK),
            steady: SteadyReduction::new(sample_rate_hz),
            look_ahead: LookAhead::new(most, PLATEAU),
            delay: DelayLine::new(longest[0].max(longest[1])),
            meter_peaks: vec![0.0; CHUNK],
            scratch: Scratch { fines: [0.0; CHUNK], most: [0.0; CHUNK], steady: [0.0; CHUNK] },
        };
        new.select(sample_rate_hz, PeakWave::Doubled, most);
        new
    }

    /// The delay in samples. Realtime-safe once any filter was built.
    #[must_use]
    pub fn latency_of(sample_rate_hz: f64, wave: PeakWave, look_ahead_samples: usize) -> usize {
        detector_delay(sample_rate_hz, wave) + look_ahead_samples + MARGIN
    }

    /// Takes the peaks from another wave, and another look-ahead within the room there is, at the rate that it was made for;
    /// clears the memory. Realtime-safe.
    pub fn select(&mut self, sample_rate_hz: f64, wave: PeakWave, look_ahead_samples: usize) {
        let detectors = detector_delay(sample_rate_hz, wave);
        self.wave = wave;
        self.fine.select(sample_rate_hz, wave, detectors);
        self.meter_delay.start(detectors - MeterPeaks::delay_of(sample_rate_hz));
        self.look_ahead.select(look_ahead_samples, PLATEAU);
        self.delay.start(detectors + self.look_ahead.delay_samples() + MARGIN);
        self.reset();
    }

    /// Clears the memory. Realtime-safe.
    pub fn reset(&mut self) {
        self.delay.reset();
        self.wake();
    }

    /// Clears the memory of all but the delayed frames: what a gain does that was asleep ([`pass_by`](Self::pass_by)), before
    /// it looks again. Realtime-safe.
    pub fn wake(&mut self) {
        self.fine.reset();
        self.meters.reset();
        self.meter_delay.reset();
        self.steady.reset();
        self.look_ahead.reset();
    }

    /// The standing reduction, linear: 0 none .. 1 silence. It goes within a second of its tone.
    #[must_use]
    pub fn steady_reduction(&self) -> f32 {
        self.steady.reduction()
    }

    /// Delays the frames and looks at nothing. Realtime-safe.
    pub fn pass_by(&mut self, frames: &mut [[f32; 2]]) {
        self.delay.process(frames);
    }

    /// Delays `frames` in place and writes the reduction of each, linear, 0 none .. 1 silence: `1 - reduction` is the gain.
    /// `wave` is the same as `frames`, or that at twice the rate, aligned; the shortest rules. Returns whether any reduction is
    /// above zero. Any block split gives the same numbers. Realtime-safe.
    pub fn process(
        &mut self,
        frames: &mut [[f32; 2]],
        wave: Option<&[[f32; 2]]>,
        ceilings: &[f32],
        reductions: &mut [f32],
    ) -> bool {
        let mut any = false;
        let per_frame = if wave.is_some() { 2 } else { 1 };
        let mut start = 0;
        let end = frames.len().min(ceilings.len()).min(reductions.len());
        while start < end {
            let count = (end - start).min(CHUNK);
            let here = start..start + count;
            let ceilings = &ceilings[here.clone()];
            let reductions = &mut reductions[here.clone()];
            match wave {
                Some(wave) => {
                    self.fine.process(&wave[per_frame * start..per_frame * (start + count)], ceilings, reductions);
                }
                None => self.fine.process(&frames[here.clone()], ceilings, reductions),
            }
            any |= self.chunk(&mut frames[here], ceilings, reductions);
            start += count;
        }
        any
    }

    /// From the fine peaks in `reductions` to reductions.
    fn chunk(&mut self, frames: &mut [[f32; 2]], ceilings: &[f32], reductions: &mut [f32]) -> bool {
        let meters = &mut self.meter_peaks[..frames.len()];
        let lowest = ceilings.iter().fold(f32::INFINITY, |least, &ceiling| least.min(ceiling));
        self.meters.process(frames, lowest, meters);
        self.meter_delay.process(meters);
        self.delay.process(frames);
        let mut start = 0;
        if !reaches(reductions, lowest) && !reaches(meters, lowest) {
            // Nothing to hold; and after a tone the standing reduction may yet have to go.
            while start < reductions.len() {
                let taken = self.steady.pass_by(reductions.len() - start);
                if taken == 0 {
                    break;
                }
                start += taken;
            }
            reductions[..start].fill(0.0);
        }
        let (reductions_left, meters, ceilings) = (&mut reductions[start..], &meters[start..], &ceilings[start..]);
        let unseen = if self.wave == PeakWave::Plain { UNSEEN } else { 0.0 };
        let (scratch, steady) = (&mut self.scratch, &mut self.steady);
        dispatch!(simd::level(), _ => scratch.reduce(steady, unseen, meters, ceilings, reductions_left));
        self.look_ahead.process(reductions)
    }
}

impl Scratch {
    /// From the fine peaks in `reductions` and what the meters read to reductions, in steps of which all but the middle one run in
    /// vectors.
    #[inline(always)]
    fn reduce(
        &mut self,
        steady: &mut SteadyReduction,
        unseen: f32,
        meters: &[f32],
        ceilings: &[f32],
        reductions: &mut [f32],
    ) {
        let frames = reductions.len();
        let (fines, most, stands) = (&mut self.fines[..frames], &mut self.most[..frames], &mut self.steady[..frames]);
        for n in 0..frames {
            // Divided, so that what is at the ceiling is at it to the bit.
            fines[n] = reductions[n] / ceilings[n];
            most[n] = fines[n].max(meters[n] / ceilings[n]);
        }
        let mut start = 0;
        while start < frames {
            let count = steady.constant_for(frames - start);
            if count == 0 {
                stands[start] = steady.tick(fines[start], most[start]);
                start += 1;
                continue;
            }
            steady.push_constant(&fines[start..start + count], &most[start..start + count]);
            stands[start..start + count].fill(steady.reduction());
            start += count;
        }
        for n in 0..frames {
            let over = most[n] * (1.0 - stands[n]);
            let target = TARGET - (unseen * (over - 1.0)).min(MOST_UNSEEN);
            let needed = 1.0 - target / over;
            let transient = if over > 1.0 { needed } else { 0.0 };
            reductions[n] = stands[n] + transient - stands[n] * transient;
        }
    }
}
