//! What a programme reads: as a whole, where, and now.

/// The readings of a programme, or of as much of one as has been measured. `None` where there is none (silence).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Readings {
    /// Integrated loudness in LUFS (BS.1770-5).
    pub integrated_lufs: Option<f64>,
    /// Greatest momentary loudness (400 ms) in LUFS.
    pub max_momentary_lufs: Option<f64>,
    /// Greatest short-term loudness (3 s) in LUFS.
    pub max_short_term_lufs: Option<f64>,
    /// Loudness range in LU (EBU Tech 3342).
    pub loudness_range_lu: Option<f64>,
    /// True peak of the loudest channel in dBTP.
    pub true_peak_dbtp: Option<f64>,
    /// Sample peak of the loudest channel in dBFS.
    pub sample_peak_dbfs: Option<f64>,
    /// RMS over the whole programme, power mean of the channels, in dBFS; a full-scale sine reads -3.01.
    pub rms_dbfs: Option<f64>,
    /// Sample peak above RMS in dB; a sine reads 3.01.
    pub crest_factor_db: Option<f64>,
    /// True peak above integrated loudness, in dB.
    pub plr_db: Option<f64>,
    /// The least of (true peak of the last 3 s - short-term loudness), where short-term is above -70 LUFS, in dB.
    pub psr_db: Option<f64>,
    /// Correlation of left and right over the whole programme, -1 to 1; 1 in mono.
    pub correlation: Option<f64>,
    /// Power of the right channel above the left's in dB: positive leans to the right; 0 in mono. Within ±120.
    pub balance_db: Option<f64>,
    /// Power lost when left and right are summed to mono, in dB: 0 for equal channels, 3.01 for unrelated ones, up to 120.
    pub mono_sum_loss_db: Option<f64>,
    /// The side's share of the power below 150 Hz, 0 (mono) to 1 (opposite phase).
    pub low_end_width: Option<f64>,
    /// Mean of the channel that is farthest from zero, signed, 1 at full scale.
    pub dc_offset: Option<f64>,
    /// Samples at or above the greatest code of 16 bits (32767/32768), all channels.
    pub clipped_samples: u64,
    /// Stretches in which the true peak is above 0 dBTP, told apart by at least 10 ms without.
    pub true_peak_overs: u64,
}

/// Where the extremes of a programme are: seconds of measured programme at the end of the window or sub-block of 10 ms.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Places {
    /// The highest true peak.
    pub true_peak_s: Option<f64>,
    /// The highest sample.
    pub sample_peak_s: Option<f64>,
    /// The end of the loudest 400 ms.
    pub max_momentary_s: Option<f64>,
    /// The end of the loudest 3 s.
    pub max_short_term_s: Option<f64>,
    /// The end of the 3 s with the least peak over loudness: where the dynamics are flattest.
    pub least_psr_s: Option<f64>,
}

/// What moves: the readings of the last moments. Levels are [`MINUS_INFINITY_DB`](crate::math::MINUS_INFINITY_DB) in
/// silence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LiveReadings {
    /// Momentary loudness (400 ms) in LUFS.
    pub momentary_lufs: f64,
    /// Short-term loudness (3 s) in LUFS.
    pub short_term_lufs: f64,
    /// True peak of the last 10 ms of left and right in dBTP.
    pub true_peak_dbtp: [f64; 2],
    /// Sample peak of the last 10 ms of left and right in dBFS.
    pub sample_peak_dbfs: [f64; 2],
    /// RMS over 600 ms of left and right in dBFS; see [`KScale::reading_db`](super::KScale::reading_db).
    pub rms_dbfs: [f64; 2],
    /// Where the VU needles of left and right stand, in dBFS of a sine's peak.
    pub vu_dbfs: [f64; 2],
    /// True peak of the last 3 s above short-term loudness, in dB; 0 in silence.
    pub psr_db: f64,
    /// Correlation over 600 ms, -1 to 1; 0 in silence.
    pub correlation: f64,
    /// Balance over 600 ms in dB, positive to the right; 0 in silence.
    pub balance_db: f64,
    /// The side's share of the power below 150 Hz over 600 ms; 0 in silence.
    pub low_end_width: f64,
}

impl Default for LiveReadings {
    /// Silence.
    fn default() -> Self {
        const SILENT: f64 = crate::math::MINUS_INFINITY_DB;
        Self {
            momentary_lufs: SILENT,
            short_term_lufs: SILENT,
            true_peak_dbtp: [SILENT; 2],
            sample_peak_dbfs: [SILENT; 2],
            rms_dbfs: [SILENT; 2],
            vu_dbfs: [SILENT; 2],
            psr_db: 0.0,
            correlation: 0.0,
            balance_db: 0.0,
            low_end_width: 0.0,
        }
    }
}
