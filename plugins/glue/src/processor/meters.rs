//! What the window draws.

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
