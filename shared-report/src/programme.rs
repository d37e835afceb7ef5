//! What was measured of a programme, as plain numbers.

use serde::Serialize;
use shared_dsp::loudness::{Event, HistoryPoint, Places, Readings};
use shared_dsp::math::MINUS_INFINITY_DB;
use shared_dsp::spectrum::Spectrum;

/// What is known of a programme beside its readings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Facts {
    /// Sample rate in Hz.
    pub sample_rate_hz: u32,
    /// Channels.
    pub channels: usize,
    /// Bits of a sample, where that means something.
    pub bits: Option<u32>,
    /// Length in seconds.
    pub duration_s: f64,
}

/// A band of a spectrum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Band {
    /// Its centre in Hz.
    pub hz: f64,
    /// Its mean power over the programme in dBFS; `None` where there is none.
    pub average_db: Option<f64>,
    /// Its greatest power in dBFS.
    pub peak_db: Option<f64>,
}

impl Band {
    /// All bands of a spectrum as it stands, the lowest first.
    #[must_use]
    pub fn all_of(spectrum: &Spectrum) -> Vec<Self> {
        let level = |db: f64| (db > MINUS_INFINITY_DB).then_some(db);
        let levels = spectrum.average_dbfs().zip(spectrum.peak_dbfs());
        let bands = spectrum.centres_hz().iter().zip(levels);
        bands.map(|(&hz, (average, peak))| Self { hz, average_db: level(average), peak_db: level(peak) }).collect()
    }
}

/// Everything that was measured of a programme.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Programme {
    /// Its format and length.
    pub facts: Facts,
    /// Its readings.
    pub readings: Readings,
    /// When the worst came.
    pub places: Places,
    /// Loudness, peaks and correlation along the time.
    pub history: Vec<HistoryPoint>,
    /// Seconds that a point of the history stands for.
    pub history_period_s: f64,
    /// The worst passages above 0 dBTP, the worst first.
    pub overs: Vec<Event>,
    /// The worst passages of samples at full scale, the worst first.
    pub clips: Vec<Event>,
    /// The spectrum, in bands of equal width on a musical scale.
    pub spectrum: Vec<Band>,
    /// Non-finite samples, counted as silence.
    pub scrubbed_samples: u64,
    /// What was odd about its file, in words.
    pub warnings: Vec<String>,
    /// Whether sound is missing in it or wrong, which whoever measured it let pass.
    pub is_damaged: bool,
    /// Whether it is mono and was measured as it sounds from two loudspeakers, 3.01 LU louder.
    pub is_dual_mono: bool,
}
