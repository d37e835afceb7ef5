//! From a rectified key to reduction, by one model.

use fearless_simd::Simd;

use super::{Ballistics, Decoupled, Forecast, PeakHold, Release, ReleaseHold, StaticCurve, level_db, link_levels};
use crate::math::{MINUS_INFINITY_DB, greatest};

/// Values computed from one end to the other before the next ones: short, so that a processor that looks ahead works on the
/// levels of one group while it waits for the ballistics of the one before, where each value waits for the last.
const GROUP: usize = 32;

/// What a side chain makes of its levels, at one point of the control grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelControls {
    /// How much reduction a level asks for.
    pub curve: StaticCurve,
    /// How much each channel follows the louder one, 0..1, blended in dB.
    pub link: f64,
    /// From the peak (0) to the RMS level (1), blended in dB.
    pub rms: f64,
}

/// Peak detector, link, curve and ballistics in a row, for one or two channels, at any rate.
#[derive(Debug, Clone)]
pub(super) struct ReductionPath<B: Ballistics> {
    peaks: [PeakHold; 2],
    ballistics: B,
    coefs: B::Coefs,
    /// Of the detector.
    hold_s: f64,
    hold_samples: u32,
    /// Before the release.
    release_hold: ReleaseHold,
    /// What the curve asked of the first channel last, dB.
    wanted_db: f64,
}

impl<B: Ballistics> ReductionPath<B> {
    /// With a detector that holds for `hold_s` seconds.
    pub(super) fn new(hold_s: f64) -> Self {
        let coefs = B::coefs(48_000.0, 1.0, 0.01, Release::Auto, hold_s);
        let release_hold = ReleaseHold::default();
        Self {
            peaks: Default::default(),
            ballistics: B::default(),
            coefs,
            hold_s,
            hold_samples: 0,
            release_hold,
            wanted_db: 0.0,
        }
    }

    /// Clears the memory.
    pub(super) fn reset(&mut self) {
        self.peaks = Default::default();
        self.ballistics.reset();
        self.release_hold.reset();
        self.wanted_db = 0.0;
    }

    /// Takes times; what they drive moves on smoothly, so they may jump.
    pub(super) fn set_times(&mut self, sample_rate_hz: f64, ratio: f64, attack_s: f64, release: Release) {
        self.coefs = B::coefs(sample_rate_hz, ratio, attack_s, release, self.hold_s);
        self.hold_samples = (self.hold_s * sample_rate_hz).round() as u32;
    }

    /// Holds a reduction for so long before it is released, seconds, in whole samples; 0 for not at all.
    pub(super) fn set_release_hold(&mut self, sample_rate_hz: f64, hold_s: f64) {
        self.release_hold.set_samples((hold_s * sample_rate_hz).round() as u32);
    }

    /// Begins where another model is.
    pub(super) fn start_at<C: Ballistics>(&mut self, other: &ReductionPath<C>) {
        for channel in 0..2 {
            self.ballistics.start_at(channel, other.ballistics.reduction_db(channel));
        }
        self.peaks.clone_from(&other.peaks);
        self.release_hold.clone_from(&other.release_hold);
    }

    /// The peak that is held, linear.
    pub(super) fn held(&self, channel: usize) -> f32 {
        self.peaks[channel & 1].held()
    }

    /// Gives the second channel the first one's memory.
    pub(super) fn link(&mut self) {
        self.ballistics.link();
        self.release_hold.link();
        self.peaks[1] = self.peaks[0].clone();
    }

    /// How far the two channels' reductions lie apart, in dB; as far as can be if one is let go before the other.
    pub(super) fn distance_db(&self) -> f64 {
        if self.release_hold.is_alike() { self.ballistics.distance_db() } else { f64::INFINITY }
    }

    /// Drops what is too small to matter. To be called at fixed sample positions.
    pub(super) fn settle(&mut self) {
        self.ballistics.settle();
    }

    /// Whether silence changes nothing any more in the first `CH` channels, and no reduction is left.
    pub(super) fn is_idle<const CH: usize>(&self) -> bool {
        self.peaks[..CH].iter().all(|peak| peak.is_silent(self.hold_samples)) && self.ballistics.is_at_rest::<CH>()
    }

    /// Writes the reductions of `CH` (1 or 2) channels, dB, for rectified samples; with them the RMS levels, dB, which are
    /// looked at only if the controls ask for them, and room for the held peaks. Returns the highest level, dB. Realtime-safe.
    #[inline(always)]
    pub(super) fn process<S: Simd, const CH: usize>(
        &mut self,
        simd: S,
        controls: &LevelControls,
        rectified: [&[f32]; CH],
        rms_db: [&[f64]; CH],
        mut held: [&mut [f32]; 2],
        mut reductions: [&mut [f64]; CH],
    ) -> f64 {
        let count = reductions.iter().map(|r| r.len()).min().unwrap_or(0);
        // With nothing but RMS the peaks are not looked at, and stand still.
        if controls.rms < 1.0 {
            for ((peaks, rectified), held) in self.peaks.iter_mut().zip(rectified).zip(held.iter_mut()) {
                peaks.process_in(simd, rectified, &mut held[..count], self.hold_samples);
            }
        }
        let mut highest_db = MINUS_INFINITY_DB;
        for start in (0..count).step_by(GROUP) {
            let end = count.min(start + GROUP);
            let mut group = reductions.each_mut().map(|reductions| &mut reductions[start..end]);
            for ((levels, rms_db), held) in group.iter_mut().zip(rms_db).zip(held.iter()) {
                fill_levels(controls.rms, &held[start..end], &rms_db[start..end], levels);
            }
            if let [first, second] = &mut group[..] {
                link_levels(controls.link, first, second);
            }
            let mut group_db = MINUS_INFINITY_DB;
            group.iter().for_each(|levels| group_db = greatest(group_db, levels));
            highest_db = highest_db.max(group_db);
            // The curve rises with the level: where the highest asks for nothing, none does.
            if controls.curve.reduction_db(group_db) == 0.0 {
                group.iter_mut().for_each(|levels| levels.fill(0.0));
                if self.ballistics.is_at_rest::<CH>() {
                    self.wanted_db = 0.0;
                    continue;
                }
            } else {
                for levels in &mut group {
                    levels.iter_mut().for_each(|level| *level = controls.curve.reduction_db(*level));
                }
            }
            self.wanted_db = group[0].last().copied().unwrap_or(self.wanted_db);
            if self.release_hold.is_on() {
                self.ballistics.process_held::<CH, true>(&self.coefs, &mut self.release_hold, group);
            } else {
                self.ballistics.process(&self.coefs, group);
            }
        }
        highest_db
    }
}

impl ReductionPath<Decoupled> {
    /// So many frames ahead, as the times are now.
    pub(super) fn forecast(&self, frames: u32) -> Forecast {
        self.coefs.forecast(frames)
    }

    /// The reduction of the first channel at the end of the forecast if the level stays what it is, dB.
    pub(super) fn forecast_db(&self, forecast: &Forecast) -> f64 {
        self.ballistics.forecast_db(forecast, self.wanted_db)
    }
}

/// The levels of one channel, dB, from its held peaks (linear) to its RMS levels (dB).
#[inline(always)]
fn fill_levels(rms: f64, held: &[f32], rms_db: &[f64], levels: &mut [f64]) {
    if rms == 1.0 {
        levels.copy_from_slice(rms_db);
        return;
    }
    for (level, &held) in levels.iter_mut().zip(held) {
        *level = level_db(f64::from(held));
    }
    if rms > 0.0 {
        for (level, &rms_db) in levels.iter_mut().zip(rms_db) {
            *level += rms * (rms_db - *level);
        }
    }
}
