//! From a time constant to a coefficient.

/// The share of the way to its target that a one-pole smoother goes in a sample: `1 - e^(-1 / (time_constant_s
/// sample_rate_hz))`. After the time constant (seconds; held to a nanosecond and up) a step is 63 % done.
#[must_use]
pub fn smoothing_coefficient(time_constant_s: f64, sample_rate_hz: f64) -> f64 {
    // -expm1 keeps all digits for times much longer than a sample.
    -(-1.0 / (time_constant_s.max(1e-9) * sample_rate_hz)).exp_m1()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_63_percent_done_after_the_time_constant() {
        for (time_s, rate_hz) in [(0.001, 48_000.0), (0.3, 44_100.0), (5.1, 384_000.0)] {
            let coefficient = smoothing_coefficient(time_s, rate_hz);
            let mut value = 0.0;
            for _ in 0..(time_s * rate_hz) as usize {
                value += coefficient * (1.0 - value);
            }
            assert!((value - (1.0 - (-1.0_f64).exp())).abs() < 0.01, "{time_s} s at {rate_hz} Hz: {value}");
        }
        assert_eq!(smoothing_coefficient(0.0, 48_000.0), 1.0);
    }
}
