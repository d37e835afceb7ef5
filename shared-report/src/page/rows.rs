//! The readings in the order and words in which every report shows them.

use shared_dsp::loudness::Readings;

/// One row of a table of readings: name, unit, decimals, what it means, and where it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// What it is called.
    pub name: &'static str,
    /// Its unit; empty where it has none.
    pub unit: &'static str,
    /// Decimals that mean something.
    pub digits: usize,
    /// What it tells, in a sentence or two.
    pub meaning: &'static str,
    /// Reads it.
    pub get: fn(&Readings) -> Option<f64>,
}

/// All rows.
pub const ROWS: [Row; 15] = [
    Row {
        name: "Integrated loudness",
        unit: "LUFS",
        digits: 1,
        meaning: "How loud the whole song is (EBU R 128). The number that streaming services turn up or down to.",
        get: |r| r.integrated_lufs,
    },
    Row {
        name: "Max momentary",
        unit: "LUFS",
        digits: 1,
        meaning: "The loudest 0.4 s.",
        get: |r| r.max_momentary_lufs,
    },
    Row {
        name: "Max short-term",
        unit: "LUFS",
        digits: 1,
        meaning: "The loudest 3 s.",
        get: |r| r.max_short_term_lufs,
    },
    Row {
        name: "Loudness range (LRA)",
        unit: "LU",
        digits: 1,
        meaning: "From the quiet to the loud passages. Takes a minute of music to mean much.",
        get: |r| r.loudness_range_lu,
    },
    Row {
        name: "True peak",
        unit: "dBTP",
        digits: 2,
        meaning: "The waveform's peak between the samples: what a converter or an encoder will meet. Above 0 it may clip.",
        get: |r| r.true_peak_dbtp,
    },
    Row {
        name: "Sample peak",
        unit: "dBFS",
        digits: 2,
        meaning: "The greatest sample in the file.",
        get: |r| r.sample_peak_dbfs,
    },
    Row {
        name: "RMS",
        unit: "dBFS",
        digits: 1,
        meaning: "Mean power, no weighting by the ear; a full-scale sine reads \u{2212}3.0.",
        get: |r| r.rms_dbfs,
    },
    Row {
        name: "Crest factor",
        unit: "dB",
        digits: 1,
        meaning: "Peak above RMS. Compression lowers it; much below 12 dB a mix starts to sound flat.",
        get: |r| r.crest_factor_db,
    },
    Row {
        name: "PLR",
        unit: "dB",
        digits: 1,
        meaning: "True peak above integrated loudness: the punch of the whole song.",
        get: |r| r.plr_db,
    },
    Row {
        name: "PSR",
        unit: "dB",
        digits: 1,
        meaning: "True peak above short-term loudness where that is least: the punch of the densest passage.",
        get: |r| r.psr_db,
    },
    Row {
        name: "Correlation",
        unit: "",
        digits: 2,
        meaning: "1 is mono, 0 is as wide as it gets, below 0 cancels in mono.",
        get: |r| r.correlation,
    },
    Row {
        name: "Balance",
        unit: "dB",
        digits: 2,
        meaning: "Right above left. A linked compressor does not move it.",
        get: |r| r.balance_db,
    },
    Row {
        name: "Mono-sum loss",
        unit: "dB",
        digits: 2,
        meaning: "What is lost on a single loudspeaker. Unrelated channels lose 3 dB.",
        get: |r| r.mono_sum_loss_db,
    },
    Row {
        name: "Low-end width",
        unit: "",
        digits: 2,
        meaning: "The side's share of the power below 150 Hz: 0 is mono. Bass out of phase costs level and, on vinyl, the groove.",
        get: |r| r.low_end_width,
    },
    Row {
        name: "DC offset",
        unit: "ppm FS",
        digits: 1,
        meaning: "The mean of the waveform, in millionths of full scale. Should be next to nothing.",
        get: |r| r.dc_offset.map(|dc| dc * 1e6),
    },
];
