//! Kernels of an equaliser: what makes its bands exact, or the whole of it at once. All bands of one channel together, off
//! the audio thread.
//!
//! Behind the sections of the bands ([`Digital`]), [`minimum_correction`] makes the magnitude that of the
//! prototypes without latency, and [`natural_correction`] magnitude and phase with [`NATURAL_LATENCY_SAMPLES`] of it.
//! [`linear_kernel`] stands for the bands themselves.
//!
//! Corrections work in shares of the sample rate, up to 20 kHz at 44.1 kHz and so further up at higher rates: their length
//! in samples and their latency are the same at every rate, and so are the matrices, which are made once.

mod crossed;
mod least_squares;
mod linear;
mod minimum;
mod minimum_across;
mod natural;
mod zero_phase;

pub use crossed::CrossedTaps;
pub use linear::{LinearLength, PRE_RING_AUDIBLE_DB, linear_kernel, pre_ringing_db};
pub use minimum::{MOST_MINIMUM_TAPS, minimum_correction, minimum_correction_of};
pub use minimum_across::minimum_correction_across;
pub use natural::{
    NATURAL_LATENCY_SAMPLES, NATURAL_TAPS, natural_correction, natural_correction_across, natural_correction_of,
    prepare_natural,
};
pub use zero_phase::{zero_phase_response, zero_phase_taps};

use super::{Band, Complex64, Digital, Prototype};

/// Corrections reach up to this share of the sample rate: 20 kHz at 44.1 kHz.
const TOP: f64 = 20_000.0 / 44_100.0;
/// More than this a correction never wants, either way, ln: 40 dB. Beyond are only zeros of one side.
const MOST_LN: f64 = 4.6;

/// Frequencies for a fit, denser towards the top, share of the sample rate.
fn grid(points: usize) -> impl Iterator<Item = f64> {
    (0..points).map(move |n| TOP * (std::f64::consts::FRAC_PI_2 * (n as f64 + 0.5) / points as f64).sin())
}

/// Prototype and digital response of bands in a row.
#[derive(Debug, Clone, Copy)]
struct Pair {
    prototype: Complex64,
    digital: Complex64,
}

impl Pair {
    const WIRE: Self = Self { prototype: Complex64::new(1.0, 0.0), digital: Complex64::new(1.0, 0.0) };

    /// What is missing, held within bounds.
    fn ratio(&self) -> Complex64 {
        let ratio = self.prototype / self.digital;
        let ln = ratio.norm().ln();
        if ln.abs() <= MOST_LN { ratio } else { Complex64::new(1.0, 0.0) }
    }
}

/// Both at each of the frequencies (shares of the sample rate), for the bands of each cascade that a channel passes; empty if
/// there is nothing to correct.
fn pairs(cascades: &[&[Band]], sample_rate_hz: f64, at: impl Iterator<Item = f64>) -> Vec<Pair> {
    if cascades.iter().copied().flatten().all(Band::is_flat) {
        return Vec::new();
    }
    let bands = cascades.iter().copied().flatten().filter(|band| !band.is_flat());
    let prototypes: Vec<_> = bands.map(Prototype::new).collect();
    let digital: Vec<_> = cascades.iter().map(|bands| Digital::new(bands, sample_rate_hz)).collect();
    at.map(|share| {
        let hz = share * sample_rate_hz;
        Pair {
            prototype: prototypes.iter().map(|band| band.at(hz)).product(),
            digital: digital.iter().map(|cascade| cascade.at(hz)).product(),
        }
    })
    .collect()
}
