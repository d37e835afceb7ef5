//! From an analogue section to the digital one.

use super::Band;
use super::analogue::Analogue;
use crate::filters::{SvfCoefs, prewarped};

/// The digital section for one analogue section of `band`.
pub(super) fn section(band: &Band, analogue: &Analogue, sample_rate_hz: f64) -> SvfCoefs {
    let t = prewarped(sample_rate_hz, band.frequency_hz.min(0.49 * sample_rate_hz));
    let scaled = |p: [f64; 3]| [p[0] * t * t, p[1] * t, p[2]];
    SvfCoefs::from_warped(scaled(analogue.zeros), scaled(analogue.poles))
}
