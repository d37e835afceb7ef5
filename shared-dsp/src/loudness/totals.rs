//! What is integrated of a programme: sums over all of it, and over each tenth of a second for its history.

use super::channels::MAX_PAIRS;
use super::history::HistoryPoint;
use super::levels::{Levels, PairSums};
use super::readings::{Places, Readings};
use super::stereo::{StereoReadings, width};
use super::sub_block::SUB_BLOCK_S;
use super::{GATING_HOP_SUB_BLOCKS, LoudnessMeter};
use crate::math::{MINUS_INFINITY_DB, gain_to_db};

/// What has been integrated since the reset, pauses left out.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Totals {
    frames: u64,
    sub_blocks: u64,
    pairs: [PairSums; MAX_PAIRS],
    low_end: [f64; 2],
    sample_peak: f64,
    true_peak: f64,
    clipped: u64,
    least_psr_db: Option<f64>,
    places: Places,
}

impl Totals {
    /// Frames so far.
    pub(super) fn frames(&self) -> u64 {
        self.frames
    }

    /// Seconds so far, in whole sub-blocks.
    pub(super) fn measured_s(&self) -> f64 {
        self.sub_blocks as f64 * SUB_BLOCK_S
    }

    /// Where the extremes of peak and PSR are.
    pub(super) fn places(&self) -> Places {
        self.places
    }

    fn add(&mut self, levels: &Levels, frames: u64) {
        self.frames += frames;
        for (total, pair) in self.pairs.iter_mut().zip(&levels.pairs) {
            total.add(pair);
        }
        self.clipped += levels.clipped;
    }

    /// Adds a sub-block of `frames` frames: its levels, the sums of squares of mid and side below
    /// [`LOW_END_HZ`](super::LOW_END_HZ), and its highest true peak.
    pub(super) fn push(&mut self, levels: &Levels, frames: u64, low_end: [f64; 2], true_peak: f64) {
        self.sub_blocks += 1;
        let end_s = self.measured_s();
        self.add(levels, frames);
        for (total, sum) in self.low_end.iter_mut().zip(low_end) {
            *total += sum;
        }
        let (_, sample_peak) = levels.highest();
        if sample_peak > self.sample_peak {
            (self.sample_peak, self.places.sample_peak_s) = (sample_peak, Some(end_s));
        }
        // The true peak runs 1 ms behind, of no account in 10.
        if true_peak > self.true_peak {
            (self.true_peak, self.places.true_peak_s) = (true_peak, Some(end_s));
        }
    }

    /// Adds the PSR of the last 3 s, dB, as of the sub-block pushed last; `None` where there is no programme.
    pub(super) fn push_psr(&mut self, psr_db: Option<f64>) {
        if let Some(psr_db) = psr_db
            && self.least_psr_db.is_none_or(|least| psr_db < least)
        {
            (self.least_psr_db, self.places.least_psr_s) = (Some(psr_db), Some(self.measured_s()));
        }
    }

    /// Adds the beginning of a sub-block that is not yet full. It has no place of its own, and its low end is not yet known.
    pub(super) fn add_running(&mut self, levels: &Levels, frames: u64, true_peaks: impl Iterator<Item = f64>) {
        self.add(levels, frames);
        self.sample_peak = self.sample_peak.max(levels.highest().1);
        self.true_peak = true_peaks.fold(self.true_peak, f64::max);
    }

    /// The readings of a programme of so many channels.
    pub(super) fn readings(&self, loudness: &LoudnessMeter, true_peak_overs: u64, channels: usize) -> Readings {
        let count = self.frames.max(1) as f64;
        let squares: f64 = self.pairs.iter().flat_map(|pair| pair.square).sum();
        let db = |power: f64| (power > 1e-30).then(|| 10.0 * power.log10());
        let rms_dbfs = db(squares / count / channels.max(1) as f64);
        let sample_peak_dbfs = db(self.sample_peak * self.sample_peak);
        let true_peak_dbtp = db(self.true_peak * self.true_peak);
        let integrated_lufs = loudness.integrated_lufs();
        let difference = |a: Option<f64>, b: Option<f64>| Some(a? - b?);
        let stereo = StereoReadings::of(&self.pairs[0], count, channels);
        let means = self.pairs.iter().flat_map(|pair| pair.sum).map(|sum| sum / count);
        let farthest = means.fold(0.0, |far: f64, mean| if mean.abs() > far.abs() { mean } else { far });
        Readings {
            integrated_lufs,
            max_momentary_lufs: loudness.max_momentary_lufs(),
            max_short_term_lufs: loudness.max_short_term_lufs(),
            loudness_range_lu: loudness.loudness_range_lu(),
            true_peak_dbtp,
            sample_peak_dbfs,
            rms_dbfs,
            crest_factor_db: difference(sample_peak_dbfs, rms_dbfs),
            plr_db: difference(true_peak_dbtp, integrated_lufs),
            psr_db: self.least_psr_db,
            correlation: stereo.correlation,
            balance_db: stereo.balance_db,
            mono_sum_loss_db: stereo.mono_sum_loss_db,
            low_end_width: width(self.low_end, count, channels),
            dc_offset: (self.frames > 0).then_some(farthest),
            clipped_samples: self.clipped,
            true_peak_overs,
        }
    }
}

/// What the next point of the history gathers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tenth {
    momentary_lufs: f64,
    peak: f64,
    front: PairSums,
    sub_blocks: u64,
}

impl Tenth {
    pub(super) const EMPTY: Self = Self {
        momentary_lufs: MINUS_INFINITY_DB,
        peak: 0.0,
        front: PairSums { sum: [0.0; 2], square: [0.0; 2], magnitude: [0.0; 2], product: 0.0 },
        sub_blocks: 0,
    };

    /// Adds a sub-block: the sums of its front pair, its highest true peak, and the loudness at its end. Answers a point each
    /// tenth of a second.
    pub(super) fn push(
        &mut self,
        front: &PairSums,
        true_peak: f64,
        loudness: &LoudnessMeter,
        channels: usize,
    ) -> Option<HistoryPoint> {
        let level = |lufs: Option<f64>| lufs.unwrap_or(MINUS_INFINITY_DB) as f32;
        self.momentary_lufs = self.momentary_lufs.max(f64::from(level(loudness.momentary_lufs())));
        self.peak = self.peak.max(true_peak);
        self.front.add(front);
        self.sub_blocks += 1;
        if self.sub_blocks < GATING_HOP_SUB_BLOCKS {
            return None;
        }
        let tenth = std::mem::replace(self, Self::EMPTY);
        Some(HistoryPoint {
            momentary_lufs: tenth.momentary_lufs as f32,
            short_term_lufs: level(loudness.short_term_lufs()),
            integrated_lufs: level(loudness.integrated_lufs()),
            true_peak_dbtp: gain_to_db(tenth.peak) as f32,
            correlation: StereoReadings::of(&tenth.front, 1.0, channels).correlation.unwrap_or(0.0) as f32,
        })
    }
}
