//! The gain with which a programme would pass.

use shared_dsp::loudness::Readings;

use crate::limits::{failures, upper_levels};
use crate::{Limits, Programme};

/// The gain nearest to 0 dB with which a programme passes all of these limits; `None` where there is none.
///
/// Every limit on a level is a corner at which the answer may change, and the least gain that passes is at one of them:
/// so the corners are tried, each rounded to hundredths away from what fails.
pub(crate) fn gain_to_pass(all: &[&Limits], programme: &Programme) -> Option<f64> {
    let readings = &programme.readings;
    let down = |gain: f64| (gain * 100.0).floor() / 100.0;
    let up = |gain: f64| (gain * 100.0).ceil() / 100.0;
    let corner = |allowed: Option<f64>, reading: Option<f64>| Some(allowed? - reading?);
    let mut corners = Vec::new();
    for limits in all {
        let peaks = [limits.max_true_peak_dbtp, limits.max_true_peak_when_louder_dbtp];
        corners.extend(
            upper_levels(limits, programme)
                .iter()
                .map(|level| corner(level.allowed, level.reading))
                .chain(peaks.map(|peak| corner(peak, readings.true_peak_dbtp)))
                .chain([corner(limits.louder_than_lufs, readings.integrated_lufs)])
                .flatten()
                .map(down)
                .chain(corner(limits.min_integrated_lufs, readings.integrated_lufs).map(up)),
        );
    }
    corners.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let passes = |gain: f64| {
        let readings = with_gain(readings, gain);
        let louder = Programme { facts: programme.facts, readings, ..Programme::default() };
        all.iter().all(|limits| failures(limits, &louder).is_empty())
    };
    corners.into_iter().find(|&gain| passes(gain))
}

/// What the programme would read with a gain in dB. Samples that are clipped stay so.
fn with_gain(readings: &Readings, gain_db: f64) -> Readings {
    let louder = |level: Option<f64>| level.map(|level| level + gain_db);
    Readings {
        integrated_lufs: louder(readings.integrated_lufs),
        max_momentary_lufs: louder(readings.max_momentary_lufs),
        max_short_term_lufs: louder(readings.max_short_term_lufs),
        true_peak_dbtp: louder(readings.true_peak_dbtp),
        sample_peak_dbfs: louder(readings.sample_peak_dbfs),
        ..*readings
    }
}
