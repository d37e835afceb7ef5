//! What the window draws.

use shared_dsp::loudness::Crest;
use shared_dsp::math::{gain_to_db, greatest, least};
use shared_dsp::simd::{self, dispatch};

/// Glue's reading. Levels in dBFS, -300 for silence.
#[derive(Debug, Clone, PartialEq)]
pub struct GlueReading {
    /// Reduction applied now, dB, 0 and up; of two channels the greater one.
    pub gain_reduction_db: f64,
    /// The most reduction since the last reading, dB.
    pub gain_reduction_max_db: f64,
    /// The same of each channel (mid and side in mid/side): equal where one side chain serves both.
    pub channel_reduction_max_db: [f64; 2],
    /// The least reduction since the last reading, dB.
    pub gain_reduction_min_db: f64,
    /// The highest level that the curve was asked for since the last reading: where the live point stands on the input
    /// axis.
    pub detector_level_db: f64,
    /// Peak of the key as the detector hears it since the last reading: behind blend, high-pass, tilt and mid/side, the
    /// higher of two channels. What the detector makes of it is [`detector_level_db`](Self::detector_level_db).
    pub key_peak_db: f64,
    /// Sample peak of the programme going in since the last reading, of each channel; equal in mono.
    pub input_peak_db: [f64; 2],
    /// Sample peak of what came out since the last reading, of each channel.
    pub output_peak_db: [f64; 2],
    /// Peak over RMS of the last three seconds going in, dB; 3.01 for a sine, 0 in silence.
    pub crest_in_db: f64,
    /// The same of what came out.
    pub crest_out_db: f64,
    /// Seconds of programme since the last reading: the time axis of a history.
    pub elapsed_s: f64,
}

impl Default for GlueReading {
    fn default() -> Self {
        use shared_dsp::math::MINUS_INFINITY_DB as SILENT;
        Self {
            gain_reduction_db: 0.0,
            gain_reduction_max_db: 0.0,
            channel_reduction_max_db: [0.0; 2],
            gain_reduction_min_db: 0.0,
            detector_level_db: SILENT,
            key_peak_db: SILENT,
            input_peak_db: [SILENT; 2],
            output_peak_db: [SILENT; 2],
            crest_in_db: 0.0,
            crest_out_db: 0.0,
            elapsed_s: 0.0,
        }
    }
}

/// What is gathered from one reading to the next, as long as anybody reads.
#[derive(Debug, Clone)]
pub(super) struct Meters {
    sample_rate_hz: f64,
    /// Frames for which measuring goes on without being read.
    watched_frames: usize,
    crest_in: Crest,
    crest_out: Crest,
    reduction_db: f64,
    reduction_min_db: f64,
    reduction_max_db: [f64; 2],
    input_peaks: Peaks,
    key_peaks: Peaks,
    output_peaks: Peaks,
    frames: u64,
}

/// The largest magnitudes of two channels since they were taken.
#[derive(Debug, Clone, Copy, Default)]
struct Peaks([f32; 2]);

impl Peaks {
    /// A missing second channel is like the first.
    #[inline(always)]
    fn feed(&mut self, first: &[f32], second: Option<&[f32]>) {
        let magnitude = |most: f32, samples: &[f32]| greatest(most, samples).max(-least(-most, samples));
        let peak = magnitude(self.0[0], first);
        self.0 = [peak, second.map_or(peak, |second| magnitude(self.0[1], second))];
    }

    fn take_db(&mut self) -> [f64; 2] {
        std::mem::take(self).0.map(|peak| gain_to_db(f64::from(peak)))
    }
}

impl Meters {
    pub(super) fn new(sample_rate_hz: f64) -> Self {
        let (mut crest_in, mut crest_out) = (Crest::default(), Crest::default());
        crest_in.prepare(sample_rate_hz);
        crest_out.prepare(sample_rate_hz);
        Self {
            sample_rate_hz,
            watched_frames: 0,
            crest_in,
            crest_out,
            reduction_db: 0.0,
            reduction_min_db: 0.0,
            reduction_max_db: [0.0; 2],
            input_peaks: Peaks::default(),
            key_peaks: Peaks::default(),
            output_peaks: Peaks::default(),
            frames: 0,
        }
    }

    pub(super) fn reset(&mut self) {
        self.crest_in.reset();
        self.crest_out.reset();
        (self.reduction_db, self.reduction_min_db, self.reduction_max_db) = (0.0, 0.0, [0.0; 2]);
        (self.input_peaks, self.key_peaks, self.output_peaks) = Default::default();
        self.frames = 0;
    }

    pub(super) fn feed_input(&mut self, left: &[f32], right: Option<&[f32]>) {
        if self.watched_frames > 0 {
            dispatch!(simd::level(), _ => {
                self.crest_in.feed(left, right);
                self.input_peaks.feed(left, right);
            });
        }
    }

    /// The key as the side chain is given it; the second channel is empty if there is none.
    pub(super) fn feed_key(&mut self, [first, second]: [&[f32]; 2]) {
        if self.watched_frames > 0 {
            let second = (!second.is_empty()).then_some(second);
            dispatch!(simd::level(), _ => self.key_peaks.feed(first, second));
        }
    }

    /// The output, and the reductions that made it.
    pub(super) fn feed_output(&mut self, left: &[f32], right: Option<&[f32]>, reductions: &[&mut [f64]; 2]) {
        // Whether anything moves is asked without a reading, too.
        let last_db = |reductions: &&mut [f64]| reductions.last().copied().unwrap_or(0.0);
        self.reduction_db = reductions.iter().map(last_db).fold(0.0, f64::max);
        if self.watched_frames == 0 {
            return;
        }
        self.watched_frames = self.watched_frames.saturating_sub(left.len());
        self.frames += left.len() as u64;
        dispatch!(simd::level(), _ => {
            self.crest_out.feed(left, right);
            self.output_peaks.feed(left, right);
            for (reductions, most_db) in reductions.iter().zip(&mut self.reduction_max_db) {
                self.reduction_min_db = least(self.reduction_min_db, reductions);
                *most_db = greatest(*most_db, reductions);
            }
            if reductions[1].is_empty() {
                self.reduction_max_db[1] = self.reduction_max_db[0];
            }
        });
    }

    /// The reduction applied now, dB.
    pub(super) fn reduction_db(&self) -> f64 {
        self.reduction_db
    }

    /// What the window draws now. Measuring goes on for another second.
    pub(super) fn take_reading(&mut self, detector_level_db: f64) -> GlueReading {
        if self.watched_frames == 0 {
            let reduction_db = self.reduction_db;
            self.reset();
            (self.reduction_db, self.reduction_min_db, self.reduction_max_db) =
                (reduction_db, reduction_db, [reduction_db; 2]);
        }
        self.watched_frames = self.sample_rate_hz as usize;
        let [key_first_db, key_second_db] = self.key_peaks.take_db();
        let most_db = self.reduction_max_db[0].max(self.reduction_max_db[1]);
        let reading = GlueReading {
            gain_reduction_db: self.reduction_db,
            gain_reduction_min_db: self.reduction_min_db.min(self.reduction_db),
            gain_reduction_max_db: most_db.max(self.reduction_db),
            channel_reduction_max_db: self.reduction_max_db,
            detector_level_db,
            key_peak_db: key_first_db.max(key_second_db),
            input_peak_db: self.input_peaks.take_db(),
            output_peak_db: self.output_peaks.take_db(),
            crest_in_db: self.crest_in.crest_db(),
            crest_out_db: self.crest_out.crest_db(),
            elapsed_s: self.frames as f64 / self.sample_rate_hz,
        };
        (self.reduction_min_db, self.reduction_max_db) = (self.reduction_db, [self.reduction_db; 2]);
        self.frames = 0;
        reading
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing is gathered before somebody reads, nor a second after the last reading; in between it is what went by. The
    /// reduction of now is known all the time.
    #[test]
    fn only_what_is_watched_is_measured() {
        let mut meters = Meters::new(48_000.0);
        let (input, output, key) = ([0.5; 64], [0.25; 64], [-0.125; 64]);
        let feed = |meters: &mut Meters, frames: usize, reductions_db: [f64; 64]| {
            for _ in 0..frames / 64 {
                meters.feed_input(&input, Some(&input));
                meters.feed_key([&key, &[]]);
                meters.feed_output(&output, None, &[&mut reductions_db.clone(), &mut []]);
            }
        };
        let mut moving_db = [6.0; 64];
        (moving_db[20], moving_db[40]) = (2.0, 9.0);
        feed(&mut meters, 640, moving_db);
        assert_eq!(meters.reduction_db(), 6.0);
        let first = meters.take_reading(-20.0);
        assert_eq!(first.gain_reduction_db, 6.0);
        assert_eq!((first.gain_reduction_min_db, first.gain_reduction_max_db), (6.0, 6.0), "nobody looked");
        assert_eq!((first.elapsed_s, first.input_peak_db), (0.0, GlueReading::default().input_peak_db));
        feed(&mut meters, 4800, moving_db);
        let second = meters.take_reading(-20.0);
        assert_eq!((second.gain_reduction_min_db, second.gain_reduction_max_db), (2.0, 9.0));
        assert_eq!(second.channel_reduction_max_db, [9.0; 2], "one side chain serves both");
        for (db, wanted_db) in [
            (second.input_peak_db[0], -6.02),
            (second.input_peak_db[1], -6.02),
            (second.output_peak_db[1], -12.04),
            (second.key_peak_db, -18.06),
        ] {
            assert!((db - wanted_db).abs() < 0.01, "{db} dB, not {wanted_db}");
        }
        assert!((second.elapsed_s - 0.1).abs() < 1e-12 && second.crest_in_db.abs() < 1e-3, "{second:?}");
        feed(&mut meters, 96_000, [0.0; 64]);
        assert_eq!(meters.reduction_db(), 0.0);
        let late = meters.take_reading(-20.0);
        assert_eq!((late.elapsed_s, late.gain_reduction_max_db), (0.0, 0.0), "nobody has looked for a second");
    }
}
