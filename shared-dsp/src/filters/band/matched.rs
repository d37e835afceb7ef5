//! From an analogue section to a digital one: each root where it is exact.
//!
//! A root of the `s` plane goes to `e^s` (the matched z transform). What is missing then has no feature anywhere near the
//! band: it is smooth, whatever the Q, so that one section for all bands together (see `Missing`) comes
//! within a few hundredths of a decibel of it, and a handful of taps make it exact in magnitude or in phase too. A
//! section fitted to the magnitude by itself comes closer by itself, but with roots that are a little beside the true
//! ones, and what is missing then is as sharp as they are.
//!
//! A root whose ringing is beyond Nyquist has no place in `e^s`. It goes by the map `f^2 ~ u / (1 + b u)`, `u = tan^2(w/2)`, of
//! the powers instead, which has a place for every frequency (for `b = 0` it is the bilinear transform).
//!
//! All polynomials here are in `p = j tan(w/2)`, where `1 + a1 z^-1 + a2 z^-2` is `(1 + a1 + a2) + 2 (1 - a2) p + (1 - a1 +
//! a2) p^2`, up to a power of `1 + p` which zeros and poles share.

use std::f64::consts::PI;

/// Roots that ring below this share of the sample rate go to `e^s`,
const EXACT_BELOW: f64 = 0.485;
/// those that ring above this one by the map, and those between are between.
const MAPPED_ABOVE: f64 = 0.4999;
/// The map is exact at the frequency of the roots, or here.
const MAP_CAP: f64 = 0.469;

/// A polynomial of up to second order in `s` as one of second order in `p`, of the same value at 0 Hz.
pub(super) fn digital(p: &[f64; 3], centre: f64) -> [f64; 3] {
    let angle = 2.0 * PI * centre;
    match *p {
        [p0, 0.0, 0.0] => {
            // Nothing: as good as zeros far away.
            let (b, _) = map_at(centre);
            let root = b.sqrt();
            [p0, 2.0 * root * p0, b * p0]
        }
        // At 0 Hz it stays there: s is 2p / angle.
        [0.0, p1, 0.0] => {
            let slope = 2.0 * p1 / angle;
            [0.0, slope, slope]
        }
        [0.0, 0.0, p2] => [0.0, 0.0, 4.0 * p2 / (angle * angle)],
        [p0, p1, 0.0] => {
            let root = real_root(angle * p0 / p1.abs()).copysign(p1);
            [p0, p0 * (1.0 + root), p0 * root]
        }
        [p0, p1, p2] => {
            let corner = (p0 / p2).abs().sqrt();
            let half_damping = 0.5 * p1.abs() / (p0 * p2).abs().sqrt();
            let [d1, d2] = pair(angle * corner, half_damping);
            [p0, (p0 * d1).copysign(p1), p0 * d2]
        }
    }
}

/// `(1 + e) / (1 - e)` of `e^-decay`: a real root in `p`.
fn real_root(decay: f64) -> f64 {
    let gone = -(-decay).exp_m1();
    (2.0 - gone) / gone
}

/// A pair of roots at `angle` radians a sample with this half of `1 / Q`, as `1 + d1 p + d2 p^2`.
fn pair(angle: f64, half_damping: f64) -> [f64; 2] {
    if half_damping >= 1.0 {
        let apart = (half_damping * half_damping - 1.0).sqrt();
        // The slow one without cancellation.
        let fast = half_damping + apart;
        let (slow, fast) = (real_root(angle / fast), real_root(angle * fast));
        return [slow + fast, slow * fast];
    }
    let ringing = angle * (1.0 - half_damping * half_damping).sqrt();
    let share = ringing / (2.0 * PI);
    if share <= EXACT_BELOW {
        return exact_pair(angle * half_damping, ringing);
    }
    let mapped = mapped_pair(angle, half_damping);
    if share >= MAPPED_ABOVE {
        return mapped;
    }
    let t = (share - EXACT_BELOW) / (MAPPED_ABOVE - EXACT_BELOW);
    let exact = exact_pair(angle * half_damping, ringing);
    [0, 1].map(|n| exact[n] + (mapped[n] - exact[n]) * t)
}

fn exact_pair(decay: f64, ringing: f64) -> [f64; 2] {
    // e^-decay, and what is gone of one: apart, so that low frequencies keep their digits.
    let gone = -(-decay).exp_m1();
    let left = 1.0 - gone;
    let (sin, cos) = (0.5 * ringing).sin_cos();
    let at_dc = gone * gone + 4.0 * left * sin * sin;
    let at_nyquist = gone * gone + 4.0 * left * cos * cos;
    [2.0 * gone * (1.0 + left) / at_dc, at_nyquist / at_dc]
}

/// By the map of the powers.
fn mapped_pair(angle: f64, half_damping: f64) -> [f64; 2] {
    let (b, scale) = map_at(angle / (2.0 * PI));
    // x^2 = scale u / (1 + b u) in (1 - x^2)^2 + (2 half_damping)^2 x^2.
    let middle = 4.0 * half_damping * half_damping - 2.0;
    let (p1, p2) = (2.0 * b + middle * scale, b * b + middle * scale * b + scale * scale);
    let d2 = p2.max(0.0).sqrt();
    [(p1 + 2.0 * d2).max(0.0).sqrt(), d2]
}

/// `b` of the map, and the square of 1 over the frequency's half angle.
fn map_at(centre: f64) -> (f64, f64) {
    let ratio = (centre / MAP_CAP).powi(16);
    let capped = centre / (1.0 + ratio).sqrt().sqrt().sqrt().sqrt();
    let half = PI * capped;
    let sin = half.sin();
    let (square, y) = (sin * sin, half * half);
    let b = 1.0 - (1.0 - square / y) / square;
    (if square > 1e-6 { b } else { 2.0 / 3.0 }, 1.0 / (PI * centre * PI * centre))
}
