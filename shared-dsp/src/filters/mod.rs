//! Linear filters: coefficients apart from state, each answering for its own response.
//!
//! Coefficients (`…Coefs`) are plain data from pure constructors: cheap enough for the audio thread, safe for any
//! argument (frequencies are held inside the band, non-finite numbers replaced), shared by all channels. State
//! (`…State<CH>`) holds the memory of `CH` channels side by side, so that the compiler puts them in one vector. All of
//! it computes in `f64`: a 20 Hz filter at 192 kHz in `f32` would add audible noise of its own. Coefficients that move while
//! the filter runs are put in a [`GlidingFilter`](crate::glide::GlidingFilter).

mod band;
mod biquad;
mod cascade;
pub mod kernels;
pub mod magnetic;
mod mono_below;
mod one_pole;
mod svf;
mod tilt;

pub use band::{Band, Digital, MOST_SECTIONS, Missing, Prototype, Sections, Shape};
pub use biquad::{BiquadCoefs, BiquadState};
pub use cascade::{Cascade, OutgoingCascade};
pub use mono_below::MonoBelow;
pub use one_pole::{OnePoleCoefs, OnePoleState};
pub use realfft::num_complex::Complex64;
pub use svf::{SvfCoefs, SvfState};
pub use tilt::{TILT_LIMIT_DB_PER_OCTAVE, TiltCoefs, TiltState};

/// The lowest frequency any design here takes.
const LOWEST_HZ: f64 = 0.01;
/// The highest frequency any design here takes, as a share of the sample rate: tan() blows up at one half.
const HIGHEST_SHARE: f64 = 0.499;

/// A frequency (or sample rate) held where the designs are well behaved; a non-finite one becomes the lowest.
fn bounded_hz(sample_rate_hz: f64, hz: f64) -> f64 {
    // The comparison is false for NaN, so that NaN takes the safe side as well.
    if hz > LOWEST_HZ { hz.min(HIGHEST_SHARE * sample_rate_hz) } else { LOWEST_HZ }
}

/// `tan(pi f / fs)`, the bilinear transform's image of `f`, for a bounded `f`.
fn prewarped(sample_rate_hz: f64, hz: f64) -> f64 {
    (std::f64::consts::PI * bounded_hz(sample_rate_hz, hz) / sample_rate_hz).tan()
}

/// Sine and cosine of `pi f / fs`: half the angle on the unit circle.
fn half_angle(sample_rate_hz: f64, hz: f64) -> (f64, f64) {
    (std::f64::consts::PI * hz / sample_rate_hz).sin_cos()
}
