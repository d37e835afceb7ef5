//! K-weighting, loudness and true peak.
//!
//! Everything here runs on sub-blocks of 10 ms: the mean square of each is all that the windows of 400 ms and 3 s, the
//! gates and the range need to remember, so the memory is constant and no block of audio costs more than another.
//!
//! Sources: ITU-R BS.1770-5 (2023); EBU R 128, Tech 3341 v4 and Tech 3342 v4 (2023).

mod channels;
mod classic;
mod crest;
mod events;
mod gating;
mod history;
mod k_weighting;
mod levels;
mod meter;
mod meter_peaks;
mod operating_level;
mod pair;
mod programme;
mod readings;
mod stereo;
mod sub_block;
mod totals;
mod true_peak;
mod window;

pub use channels::{MAX_CHANNELS, channel_weights};
pub use classic::{KScale, VuNeedle};
pub use crest::Crest;
pub use events::Event;
pub use history::{HISTORY_PERIOD_S, History, HistoryPoint};
pub use k_weighting::{KFilter, KWeighting};
pub use meter::LoudnessMeter;
pub use meter_peaks::MeterPeaks;
pub use operating_level::operating_level_db;
pub use pair::LoudnessPair;
pub use programme::ProgrammeMeter;
pub use readings::{LiveReadings, Places, Readings};
pub use stereo::{LOW_END_HZ, StereoReadings};
pub use true_peak::TruePeak;

/// Loudness of a K-weighted mean power summed over the channels, in LUFS (BS.1770-5, equation 2); `None` for silence.
///
/// -0.691 dB makes a full-scale 997 Hz sine in one channel read -3.01 LUFS.
#[must_use]
pub fn power_to_lufs(power: f64) -> Option<f64> {
    (power > SILENCE_POWER).then(|| LOUDNESS_OFFSET_LU + 10.0 * power.log10())
}

/// K-weighted mean power of a loudness in LUFS: the inverse of [`power_to_lufs`].
#[must_use]
pub fn lufs_to_power(lufs: f64) -> f64 {
    10f64.powf((lufs - LOUDNESS_OFFSET_LU) / 10.0)
}

/// The constant of BS.1770's loudness equation, which cancels the K-weighting's own gain at 997 Hz.
const LOUDNESS_OFFSET_LU: f64 = -0.691;
/// Below this power there is no loudness to speak of: -200 dB, far below the rounding noise of 24 bits.
const SILENCE_POWER: f64 = 1e-20;
/// The absolute gate of BS.1770, in LUFS.
const ABSOLUTE_GATE_LUFS: f64 = -70.0;
/// Sub-blocks in the momentary window of 400 ms.
const MOMENTARY_SUB_BLOCKS: usize = 40;
/// Sub-blocks in the short-term window of 3 s.
const SHORT_TERM_SUB_BLOCKS: usize = 300;
/// Sub-blocks between two gating blocks: 100 ms, which is 75 % overlap of 400 ms and the 10 Hz that Tech 3342 asks of 3 s.
const GATING_HOP_SUB_BLOCKS: u64 = 10;
