//! The level that a programme works at, judged by its peaks.

use crate::math::power_to_db;

/// How far the mean fourth power of a dense programme lies above its rms, as levels, dB: half way between Gaussian noise (3
/// times the square of the power) and Laplacian noise (6 times).
const FOURTH_OVER_RMS_DB: f64 = 3.138_181;

/// The operating level of a programme, dBFS: the rms of one half way between Gaussian and Laplacian with the same mean fourth
/// power (given full scale 1).
///
/// It is the rms of a programme with usual peaks, and somewhat above it for one with more of them. What a curve takes away grows
/// with the fourth power at first, so of two programmes with one rms the spikier loses more loudness; by the rms (or by
/// K-weighted loudness) Saturator's law was up to 1.4 LU short for drums and voice.
#[must_use]
pub fn operating_level_db(mean_fourth_power: f64) -> f64 {
    0.5 * power_to_db(mean_fourth_power) - FOURTH_OVER_RMS_DB
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::db_to_gain;

    /// Such a programme reads its own rms, half way between the two kinds.
    #[test]
    fn it_is_the_rms_of_a_usual_programme() {
        let rms = db_to_gain(-18.0);
        let [gaussian, laplacian] = [3.0, 6.0].map(|moment: f64| operating_level_db(moment * rms.powi(4)));
        assert!((0.5 * (gaussian + laplacian) + 18.0).abs() <= 1e-5, "{gaussian}, {laplacian}");
        assert!(gaussian < -18.5 && laplacian > -17.5, "spikier programme reads higher: {gaussian}, {laplacian}");
        assert!(operating_level_db(0.0) < -100.0);
    }
}
