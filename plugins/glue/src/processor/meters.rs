//! What the window draws.

use shared_dsp::loudness::Crest;
use shared_dsp::math::{greatest, least};
use shared_dsp::simd::{self, dispatch};

/// Glue's reading. Levels in dBFS, -300 for silence.
#[derive(Debug, Clone, PartialEq)]
pub struct GlueReading {
    /// Reduction applied now, dB, 0 and up; of two channels the greater one.
    pub gain_reduction_db: f64,
    /// The most reduction since the last reading, dB.
    pub gain_reduction_max_db: f64,
    /// The least reduction since the last reading, dB.
    pub gain_reduction_min_db: f64,
    /// The highest level that the curve was asked for since the last reading: where the live point stands on the input
    /// axis.
    pub detector_level_db: f64,
    /// Sample peak of the programme going in since the last reading.
    pub input_peak_db: f64,
    /// Sample peak of what came out since the last reading.
    pub output_peak_db: f64,
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
            gain_reduction_min_db: 0.0,
            detector_level_db: SILENT,
            input_peak_db: SILENT,
            output_peak_db: SILENT,
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
    reduction_max_db: f64,
    frames: u64,
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
            reduction_max_db: 0.0,
            frames: 0,
        }
    }

    pub(super) fn reset(&mut self) {
        self.crest_in.reset();
        self.crest_out.reset();
        (self.reduction_db, self.reduction_min_db, self.reduction_max_db) = (0.0, 0.0, 0.0);
        self.frames = 0;
    }

    pub(super) fn feed_input(&mut self, left: &[f32], right: Option<&[f32]>) {
        if self.watched_frames > 0 {
            dispatch!(simd::level(), _ => self.crest_in.feed(left, right));
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
            for reductions in reductions {
                self.reduction_min_db = least(self.reduction_min_db, reductions);
                self.reduction_max_db = greatest(self.reduction_max_db, reductions);
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
                (reduction_db, reduction_db, reduction_db);
        }
        self.watched_frames = self.sample_rate_hz as usize;
        let reading = GlueReading {
            gain_reduction_db: self.reduction_db,
            gain_reduction_min_db: self.reduction_min_db.min(self.reduction_db),
            gain_reduction_max_db: self.reduction_max_db.max(self.reduction_db),
            detector_level_db,
            input_peak_db: self.crest_in.take_peak_db(),
            output_peak_db: self.crest_out.take_peak_db(),
            crest_in_db: self.crest_in.crest_db(),
            crest_out_db: self.crest_out.crest_db(),
            elapsed_s: self.frames as f64 / self.sample_rate_hz,
        };
        (self.reduction_min_db, self.reduction_max_db) = (self.reduction_db, self.reduction_db);
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
        let (input, output) = ([0.5; 64], [0.25; 64]);
        let feed = |meters: &mut Meters, frames: usize, reductions_db: [f64; 64]| {
            for _ in 0..frames / 64 {
                meters.feed_input(&input, Some(&input));
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
        assert!((second.input_peak_db + 6.02).abs() < 0.01 && (second.output_peak_db + 12.04).abs() < 0.01);
        assert!((second.elapsed_s - 0.1).abs() < 1e-12 && second.crest_in_db.abs() < 1e-3, "{second:?}");
        feed(&mut meters, 96_000, [0.0; 64]);
        assert_eq!(meters.reduction_db(), 0.0);
        let late = meters.take_reading(-20.0);
        assert_eq!((late.elapsed_s, late.gain_reduction_max_db), (0.0, 0.0), "nobody has looked for a second");
    }
}
