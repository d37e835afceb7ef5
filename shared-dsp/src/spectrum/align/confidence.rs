//! Which reading to believe, and how far.

use super::reading::Reading;

/// The error that the confidence is about, in samples.
const WITHIN_SAMPLES: f64 = 0.1;
/// Phases this well explained are explained: an average of squares of a two-hundredth of a radian.
const LEAST_REST: f64 = 2e-5;
/// How much the phases as they are are believed rather than the others where both explain as much.
const FAVOUR: f64 = 2.0;
/// How much more a whole delay is believed than another, because a digital chain delays by whole samples; and what is whole.
const FAVOUR_OF_WHOLE: f64 = 9.0;
const WHOLE_WITHIN_SAMPLES: f64 = 0.03;
/// How fast belief falls with what a reading leaves unexplained.
const STEEPNESS: f64 = 1.5;
/// Standard deviation of the delay in samples for what bending at the high end would explain: a low-pass whose end is not heard
/// errs by 6.
const ERROR_OF_BEND: f64 = 4.0;
/// The same for how far the delay moves when the low end may bend.
const ERROR_OF_LOW_END: f64 = 2.0;
/// The same for how far the parts of the excerpt disagree.
const ERROR_OF_WANDER: f64 = 0.7;
/// The same for what depends on the magnitude where there is no sound.
const ERROR_OF_UNKNOWN: f64 = 0.45;
/// The same for what nothing explains.
const ERROR_OF_NOISE: f64 = 0.5;
/// So many bins that agree are hardly chance, and three times as many are none.
const ENOUGH_BINS: f64 = 10.0;
/// No reading is better than this.
const LEAST_ERROR: f64 = 0.005;

/// The more believable of two readings, and the chance that it is right within 0.1 sample. Both readings speak: where they
/// disagree, the chance of one is the doubt in the other. `breadth` is that of [`Evidence`](super::reading::Evidence).
pub(super) fn judge(breadth: f64, readings: &[Reading; 2]) -> (Reading, f64) {
    let least = readings.iter().map(|reading| reading.rest_bent).fold(f64::INFINITY, f64::min);
    let belief = |reading: &Reading| {
        let off_whole = (reading.delay_samples - reading.delay_samples.round()) / WHOLE_WITHIN_SAMPLES;
        let whole = 1.0 + FAVOUR_OF_WHOLE * (-0.5 * off_whole * off_whole).exp();
        whole * (reading.rest - least + LEAST_REST).powf(-STEEPNESS)
    };
    let [as_it_is, other] = [FAVOUR * belief(&readings[0]), belief(&readings[1])];
    let shares = [as_it_is / (as_it_is + other), other / (as_it_is + other)];
    let found = if shares[0] >= 0.5 { readings[0] } else { readings[1] };
    let chance = |reading: &Reading| {
        let error = error_samples(reading);
        let off = reading.delay_samples - found.delay_samples;
        if reading.is_inverted != found.is_inverted {
            return 0.0;
        }
        below((WITHIN_SAMPLES - off) / error) - below((-WITHIN_SAMPLES - off) / error)
    };
    let confidence: f64 = readings.iter().zip(shares).map(|(reading, share)| share * chance(reading)).sum();
    let is_no_chance = 1.0 - (-breadth / ENOUGH_BINS).exp();
    (found, (is_no_chance * confidence).clamp(0.0, 1.0))
}

/// Standard deviation of a reading's delay.
fn error_samples(reading: &Reading) -> f64 {
    let bend = ERROR_OF_BEND * (reading.rest_bent_low - reading.rest_bent).max(0.0).sqrt();
    let low_end = ERROR_OF_LOW_END * reading.low_end_samples;
    let wander = ERROR_OF_WANDER * reading.wander_samples;
    let unknown = ERROR_OF_UNKNOWN * reading.unknown_samples;
    let noise = ERROR_OF_NOISE * reading.rest_bent;
    (bend.powi(2) + low_end.powi(2) + noise.powi(2) + wander.powi(2) + unknown.powi(2) + LEAST_ERROR.powi(2)).sqrt()
}

/// The normal distribution's share below `x` standard deviations, within 1e-7 (M. Abramowitz and I. Stegun, *Handbook of
/// Mathematical Functions*, 1964, 7.1.26).
fn below(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x.abs() / std::f64::consts::SQRT_2);
    let series = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    let tail = series.iter().fold(0.0, |sum, factor| (sum + factor) * t) * (-0.5 * x * x).exp();
    if x < 0.0 { 0.5 * tail } else { 1.0 - 0.5 * tail }
}
