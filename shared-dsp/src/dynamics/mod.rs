//! Level detectors, static curves and ballistics.
//!
//! A side chain is small units in a row, each working on plain slices at the side chain's own rate: [`KeyFilter`] (what it
//! listens through), [`PeakHold`] or [`MeanSquare`] (what the level is), [`level_db`] (in dB), [`link_levels`] (how the channels
//! are linked), [`StaticCurve`] (how much reduction that level asks for) and [`Ballistics`] (how fast it comes and goes).
//! [`KeyInterpolator`] and [`GainDecimator`] stand at both ends when the side chain runs at a multiple of the audio's rate: what
//! aliases in a compressor is the rectifier, so it alone needs the higher rate. [`SideChain`] is all of it. Reduction is
//! positive, in dB, everywhere.

mod attack_curves;
mod attack_shape;
mod ballistics;
mod centred_minimum;
mod decoupled;
mod fast_db;
mod feedback_loop;
mod fine_peaks;
mod gain_decimator;
mod held_peaks;
mod key_filter;
mod key_interpolator;
mod link;
mod look_ahead;
mod mean_square;
mod meter_trim;
mod moving_averages;
mod peak_hold;
mod peaks_between;
mod reduction_path;
mod release;
mod release_hold;
mod running_max;
mod side_chain;
mod static_curve;
mod steady_reduction;
mod sustained;
mod true_peak_gain;
mod true_peak_limiter;

pub use attack_shape::AttackShape;
pub use ballistics::Ballistics;
pub use decoupled::{Decoupled, DecoupledCoefs, Forecast};
pub use fast_db::{FAST_DB_ERROR, gain_of_reduction, level_db};
pub use feedback_loop::{FeedbackCoefs, FeedbackLoop};
pub use fine_peaks::FinePeaks;
pub use gain_decimator::GainDecimator;
pub use key_filter::{KeyFilter, KeyFilterSettings, KeySlope};
pub use key_interpolator::KeyInterpolator;
pub use link::{fade_to_mid_side, link_levels};
pub use look_ahead::LookAhead;
pub use mean_square::{MeanSquare, SINE_CREST_DB};
pub use meter_trim::MeterTrim;
pub use moving_averages::MovingAverages;
pub use peak_hold::PeakHold;
pub use peaks_between::{PeakWave, PeaksBetween};
pub use reduction_path::LevelControls;
use reduction_path::ReductionPath;
pub use release::Release;
pub use release_hold::ReleaseHold;
pub use running_max::RunningMax;
pub use side_chain::{SideChain, SideChainControls, SideChainDesign, SideChainTimes, SideChainUse};
pub use static_curve::StaticCurve;
pub use steady_reduction::SteadyReduction;
pub use sustained::{Sustained, SustainedTimes};
pub use true_peak_gain::TruePeakGain;
pub use true_peak_limiter::{LimiterControls, TruePeakLimiter};

/// The most times the audio's rate that a side chain runs at.
const HIGHEST_FACTOR: usize = 8;
