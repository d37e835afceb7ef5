//! Decibels and linear gain.

/// What silence reads in dB: low enough to be below any 24-bit or float programme, finite so that arithmetic stays finite.
pub const MINUS_INFINITY_DB: f64 = -300.0;

/// Linear gain of a level in dB.
#[must_use]
pub fn db_to_gain(db: f64) -> f64 {
    // exp() is markedly cheaper than powf(10, x) and as exact here (below 1e-15 relative).
    (db * (std::f64::consts::LN_10 / 20.0)).exp()
}

/// Level in dB of a linear gain; [`MINUS_INFINITY_DB`] for zero and below.
#[must_use]
pub fn gain_to_db(gain: f64) -> f64 {
    if gain > 1e-15 { 20.0 * gain.log10() } else { MINUS_INFINITY_DB }
}

/// Level in dB of a power (squared amplitude); [`MINUS_INFINITY_DB`] for zero and below.
#[must_use]
pub fn power_to_db(power: f64) -> f64 {
    if power > 1e-30 { 10.0 * power.log10() } else { MINUS_INFINITY_DB }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_over_the_range_of_audio() {
        for tenth_db in -2900..=500 {
            let db = f64::from(tenth_db) / 10.0;
            assert!((gain_to_db(db_to_gain(db)) - db).abs() < 1e-9, "{db} dB");
        }
        assert_eq!(gain_to_db(0.0), MINUS_INFINITY_DB);
        assert_eq!(power_to_db(0.0), MINUS_INFINITY_DB);
        assert!((power_to_db(0.25) - gain_to_db(0.5)).abs() < 1e-12);
    }
}
