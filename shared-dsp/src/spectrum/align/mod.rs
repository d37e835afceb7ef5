//! How far two versions of one sound lie apart in time, and whether one is upside down.
//!
//! First the whole sample by the cross-correlation of the phases alone ([`coarse`]), then, of what belongs together in both,
//! the averaged cross-spectrum ([`cross`]), whose phases give the fraction twice ([`reading`]): as they are, and with the
//! phase removed that a minimum-phase filter of the same magnitude has ([`minimum`]). What the two readings leave unexplained,
//! and how far they and the parts of the excerpt disagree, is the confidence ([`confidence`]).

mod coarse;
mod confidence;
mod cross;
mod minimum;
mod reading;

use cross::CrossSpectrum;
use reading::{Evidence, Reading};

/// Below this, rumble and DC; in Hz.
const LOWEST_HZ: f64 = 100.0;
/// Above this, what lossy coders and slow filters leave; in Hz.
const HIGHEST_HZ: f64 = 16_000.0;
/// A delay closer than this to a whole number of samples is taken as whole.
const SNAP_SAMPLES: f64 = 0.1;

/// What [`align`] found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alignment {
    /// By how many samples the second sound is later than the first; negative where it is earlier.
    pub delay_samples: f64,
    /// Whether the second is the first upside down.
    pub is_inverted: bool,
    /// The chance that the delay is right within 0.1 sample, 0 to 1. Of what it calls 0.9 or more at least 95 % were, in the
    /// surveys of `tests/spectrum_align.rs` and `tests/tests/recordings.rs`; sounds that have nothing in common stay below 0.3.
    pub confidence: f64,
}

impl Alignment {
    /// The delay, made whole where it is within 0.1 sample of it: what a digital chain delays by is whole.
    #[must_use]
    pub fn snapped_delay_samples(&self) -> f64 {
        let whole = self.delay_samples.round();
        if (self.delay_samples - whole).abs() <= SNAP_SAMPLES { whole } else { self.delay_samples }
    }
}

/// Finds how far `b` lies behind `a`, up to `max_delay_samples` in either direction; `None` where nothing stands out: one
/// of them is silent or shorter than a tenth of a second, or they are unrelated.
///
/// The delay is the one that a processor would report as its latency: what a minimum-phase filter turns the phases by does
/// not count. Where phases bend in a way that no delay and no such filter explains (an allpass, recursive oversampling), or
/// where the delay moves (flutter), the answer is the best straight line and the confidence low. Non-finite samples count as
/// silence.
///
/// For a file's reader or a window's thread: it allocates, about 40 bytes a sample of `a` and `b`.
#[must_use]
pub fn align(a: &[f32], b: &[f32], sample_rate_hz: f64, max_delay_samples: usize) -> Option<Alignment> {
    let coarse = coarse::nearest_sample(a, b, sample_rate_hz, max_delay_samples)?;
    // Once more, with what belongs together in both: the window would else pull at the phases of long notes.
    let skip = coarse.unsigned_abs() as usize;
    let (a, b) = if coarse > 0 { (a, b.get(skip..)?) } else { (a.get(skip..)?, b) };
    let evidence = Evidence::new(CrossSpectrum::new(a, b, sample_rate_hz)?)?;
    let readings = [Reading::as_it_is(&evidence), Reading::without_minimum_phase(&evidence)];
    let (found, confidence) = confidence::judge(evidence.breadth(), &readings);
    Some(Alignment { delay_samples: coarse as f64 + found.delay_samples, is_inverted: found.is_inverted, confidence })
}
