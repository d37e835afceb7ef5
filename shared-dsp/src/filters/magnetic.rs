//! Responses of recording on a magnetic medium: what a wavelength loses, and the flux that standards ask for.
//!
//! Magnitudes only, as functions of frequency and speed; a machine puts them together and has kernels designed of them
//! ([`zero_phase_taps`](super::kernels::zero_phase_taps)). Lengths in metres, speeds in metres a second.

use std::f64::consts::{PI, TAU};

/// `sin(x) / x`, with its sign.
fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-6 { 1.0 } else { x.sin() / x }
}

/// What is lost as the whole depth of the coating is read from its surface: `(1 - e^-kd) / kd`, `k = 2 pi hz / speed` (R. L.
/// Wallace, *The reproduction of magnetically recorded signals*, 1951).
#[must_use]
pub fn thickness_loss(hz: f64, speed: f64, thickness: f64) -> f64 {
    let kd = TAU * hz / speed * thickness;
    if kd < 1e-9 { 1.0 } else { -(-kd).exp_m1() / kd }
}

/// What a distance between medium and head loses: `e^-kd`, 54.6 dB for a wavelength (Wallace, 1951).
#[must_use]
pub fn spacing_loss(hz: f64, speed: f64, distance: f64) -> f64 {
    (-TAU * hz / speed * distance).exp()
}

/// What a reading gap loses, with the sign beyond its null: `sin(pi g / l) / (pi g / l)`. `gap` is the effective length, 1.11
/// of the optical one (W. K. Westmijze, *Studies on magnetic recording*, 1953).
#[must_use]
pub fn gap_loss(hz: f64, speed: f64, gap: f64) -> f64 {
    sinc(PI * gap * hz / speed)
}

/// What recording with bias loses as its zone gets longer than the wave: `1 / sqrt(1 + (length / wavelength)^2)`.
#[must_use]
pub fn bias_loss(hz: f64, speed: f64, length: f64) -> f64 {
    1.0 / (1.0 + (length * hz / speed).powi(2)).sqrt()
}

/// What a track of this width loses that is read under an angle (radians), with the sign beyond its null.
#[must_use]
pub fn azimuth_loss(hz: f64, speed: f64, width: f64, angle: f64) -> f64 {
    sinc(PI * width * angle.tan() * hz / speed)
}

/// How much later a head that stands under an angle (radians) reads a track that lies `distance` away from another, s.
#[must_use]
pub fn azimuth_delay_s(speed: f64, distance: f64, angle: f64) -> f64 {
    distance * angle.tan() / speed
}

/// The recorded flux that a standard with this upper time constant (s) asks for: that of a capacitance and a resistance in
/// series or parallel, falling (IEC 60094-1; IASA TC-04, 5.4.10). The lower time constant, where there is one, is
/// [`flux_lift`].
#[must_use]
pub fn standard_flux(hz: f64, time_constant_s: f64) -> f64 {
    1.0 / (1.0 + (TAU * hz * time_constant_s).powi(2)).sqrt()
}

/// The bass that a standard with this lower time constant (s) lifts in the recorded flux: `sqrt(1 + 1 / (w t)^2)`, which is
/// 3 dB at 50 Hz for 3180 microseconds.
#[must_use]
pub fn flux_lift(hz: f64, time_constant_s: f64) -> f64 {
    (1.0 + (TAU * hz * time_constant_s).powi(-2)).sqrt()
}

/// The amplitude density of the noise that the particles of a medium leave in the flux, behind the equaliser of
/// [`standard_flux`], in a unit of its own: `S ~ (1 - e^-2kd) / k e^-2ks (1 + (w t)^2)` (J. C. Mallinson, *Maximum
/// signal-to-noise ratio of a tape recorder*, 1969).
#[must_use]
pub fn particle_noise(hz: f64, speed: f64, thickness: f64, spacing: f64, time_constant_s: f64) -> f64 {
    let power = thickness_loss(hz, speed, 2.0 * thickness) * spacing_loss(hz, speed, 2.0 * spacing);
    power.sqrt() / standard_flux(hz, time_constant_s)
}
