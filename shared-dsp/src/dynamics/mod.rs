//! Level detectors, gain computers and ballistics.
//!
//! A side chain is four small units in a row, each working on plain slices at the side chain's own rate: [`PeakHold`]
//! or [`MeanSquare`] (what the level is), [`level_db`] (in dB), [`Curve`] (how much reduction that level asks for) and
//! [`Decoupled`] or [`FeedbackLoop`] (how fast it comes and goes). [`KeyInterpolator`] and [`GainDecimator`] stand at
//! both ends when the side chain runs at a multiple of the audio's rate: what aliases in a compressor is the
//! rectifier, so it alone needs the higher rate. Reduction is positive, in dB, everywhere.

mod ballistics;
mod curve;
mod detector;
mod fast_db;
mod key_rate;
mod look_ahead;
mod peaks_between;
mod standing;
mod true_peak_gain;

pub use ballistics::{Decoupled, DecoupledCoefs, FeedbackCoefs, FeedbackLoop, Release};
pub use curve::Curve;
pub use detector::{MeanSquare, PeakHold, SINE_CREST_DB};
pub use fast_db::{FAST_DB_ERROR, gain_of_reduction, level_db};
pub use key_rate::{GainDecimator, KeyInterpolator};
pub use look_ahead::LookAhead;
pub use peaks_between::{PeakWave, PeaksBetween};
pub use standing::Standing;
pub use true_peak_gain::TruePeakGain;
