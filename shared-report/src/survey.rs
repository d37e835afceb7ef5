//! Everything that a report needs, measured in one pass over a programme of any length in constant memory.

use shared_dsp::loudness::{Event, LoudnessMeter, ProgrammeMeter};
use shared_dsp::math::MINUS_INFINITY_DB;
use shared_dsp::spectrum::{Fraction, Spectrum};

use crate::{Band, Facts, Programme};

/// At least as long as a segment of the spectrum, in seconds.
const SEGMENT_S: f64 = 0.75;

/// Measures a programme block by block.
#[derive(Debug)]
pub struct Survey {
    sample_rate_hz: u32,
    channels: usize,
    meter: ProgrammeMeter,
    spectrum: Option<Spectrum>,
}

impl Survey {
    /// A survey at rest of as many channels as there are weights (what each counts in loudness, BS.1770-5). The spectrum,
    /// in bands of a fraction of an octave, costs as much as all else, and may be left out.
    #[must_use]
    pub fn new(sample_rate_hz: u32, loudness_weights: &[f64], spectrum: Option<Fraction>) -> Self {
        let rate = f64::from(sample_rate_hz);
        let channels = loudness_weights.len();
        Self {
            sample_rate_hz,
            channels,
            meter: ProgrammeMeter::with_weights(rate, loudness_weights),
            spectrum: spectrum.map(|fraction| Spectrum::new(rate, channels, fraction, 0.0)),
        }
    }

    /// Measures the next frames, a slice a channel, all of one length, full scale at ±1, finite.
    pub fn process(&mut self, channels: &[&[f32]]) {
        self.meter.process_channels(channels);
        if let Some(spectrum) = &mut self.spectrum {
            spectrum.process_channels(channels, |_| {});
        }
    }

    /// The loudness meter inside, for those who put several programmes together.
    #[must_use]
    pub fn loudness(&self) -> &LoudnessMeter {
        self.meter.loudness()
    }

    /// Ends the programme and reads it. `bits` is its format's, where that means something.
    #[must_use]
    pub fn finish(mut self, bits: Option<u32>) -> Programme {
        self.meter.finish();
        let mut history = Vec::new();
        let history_period_s = self.meter.history().read_whole(&mut history);
        Programme {
            facts: Facts {
                sample_rate_hz: self.sample_rate_hz,
                channels: self.channels,
                bits,
                duration_s: self.meter.frames() as f64 / f64::from(self.sample_rate_hz),
            },
            readings: self.meter.readings(),
            places: self.meter.places(),
            history,
            history_period_s,
            overs: worst_first(self.meter.overs()),
            clips: worst_first(self.meter.clips()),
            spectrum: self
                .spectrum
                .map_or_else(Vec::new, |spectrum| bands(spectrum, self.sample_rate_hz, self.channels)),
            scrubbed_samples: 0,
            warnings: Vec::new(),
            is_damaged: false,
            is_dual_mono: false,
        }
    }
}

/// The spectrum at the end of a programme.
fn bands(mut spectrum: Spectrum, sample_rate_hz: u32, channels: usize) -> Vec<Band> {
    let is_empty = |spectrum: &Spectrum| spectrum.peak_dbfs().all(|level| level <= MINUS_INFINITY_DB);
    if is_empty(&spectrum) {
        // Shorter than a segment, or silent: silence behind it completes one.
        let silence = vec![0.0; (f64::from(sample_rate_hz) * SEGMENT_S) as usize];
        spectrum.process_channels(&vec![silence.as_slice(); channels], |_| {});
    }
    Band::all_of(&spectrum)
}

fn worst_first(events: &[Event]) -> Vec<Event> {
    let mut events = events.to_vec();
    events.sort_by(|a, b| b.peak.total_cmp(&a.peak).then(b.clipped_samples.cmp(&a.clipped_samples)));
    events
}
