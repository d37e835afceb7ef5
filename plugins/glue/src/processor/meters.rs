//! What the window draws.

use shared_dsp::loudness::Crest;
use shared_dsp::simd::{self, dispatch};

/// Reductions compared side by side.
const LANES: usize = 8;

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

/// What is gathered from one reading to the next.
#[derive(Debug, Clone)]
pub(super) struct Meters {
    sample_rate_hz: f64,
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
        dispatch!(simd::level(), _ => self.crest_in.feed(left, right));
    }

    /// The output, and the reductions that made it.
    pub(super) fn feed_output(&mut self, left: &[f32], right: Option<&[f32]>, reductions: &[&mut [f64]; 2]) {
        dispatch!(simd::level(), _ => {
            self.crest_out.feed(left, right);
            self.feed_reductions(reductions);
        });
        self.frames += left.len() as u64;
    }

    #[inline(always)]
    fn feed_reductions(&mut self, reductions: &[&mut [f64]; 2]) {
        self.reduction_db = 0.0;
        for reductions in reductions {
            // In lanes, so that no frame waits for the one before.
            let (mut least_db, mut most_db) = ([self.reduction_min_db; LANES], [self.reduction_max_db; LANES]);
            let (groups, rest) = reductions.as_chunks::<LANES>();
            for group in groups {
                for lane in 0..LANES {
                    most_db[lane] = if group[lane] > most_db[lane] { group[lane] } else { most_db[lane] };
                    least_db[lane] = if group[lane] < least_db[lane] { group[lane] } else { least_db[lane] };
                }
            }
            self.reduction_min_db = rest.iter().chain(&least_db).copied().fold(f64::INFINITY, f64::min);
            self.reduction_max_db = rest.iter().chain(&most_db).copied().fold(f64::NEG_INFINITY, f64::max);
            self.reduction_db = self.reduction_db.max(reductions.last().copied().unwrap_or(0.0));
        }
    }

    /// The reduction applied now, dB.
    pub(super) fn reduction_db(&self) -> f64 {
        self.reduction_db
    }

    /// What the window draws now.
    pub(super) fn take_reading(&mut self, detector_level_db: f64) -> GlueReading {
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
