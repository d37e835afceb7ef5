//! The spectrum of B less that of A, at equal loudness, from what the aligner holds.

use egui::{Ui, Vec2};
use shared_dsp::spectrum::{Fraction, SampleTap, Spectrum, TapReader};
use shared_ui::spectrum::{Layer, SpectrumView, Style};

use crate::ab::{Aligner, Desk, Side, SourceId};

/// Of what a window missed the last half second is enough.
const MOST_FRAMES: usize = 96_000;
/// Levels are told to this, dB to either side.
const REACH_DB: f32 = 15.0;

/// Below this a side plays nothing.
const SILENCE: f32 = 1e-5;

/// The curve, and what it is made of.
#[derive(Default)]
pub struct Thirds {
    spectra: Option<Spectra>,
    /// What they are of.
    sources: Option<[SourceId; 2]>,
    rate_hz: f64,
    curve: Vec<(f32, f32)>,
}

impl Thirds {
    /// Analyses what was heard since the last picture.
    pub fn update(&mut self, desk: &Desk, rate_hz: f64) {
        let Some(taps) = desk.aligner().map(Aligner::taps).filter(|_| rate_hz > 0.0) else {
            self.spectra = None;
            return;
        };
        let sources = [Side::A, Side::B].map(|side| desk.source(side).clone());
        if self.rate_hz != rate_hz || self.sources.as_ref() != Some(&sources) {
            (self.spectra, self.rate_hz, self.sources) = (None, rate_hz, Some(sources));
        }
        self.spectra.get_or_insert_with(|| Spectra::new(taps, rate_hz)).update(taps);
    }

    /// Draws the curve.
    pub fn show(&mut self, ui: &mut Ui, size: Vec2, difference_lu: Option<f64>) {
        self.curve.clear();
        if let (Some(spectra), Some(lu)) = (&self.spectra, difference_lu) {
            self.curve.extend(spectra.difference_db().map(|(hz, db)| (hz as f32, (db + lu) as f32)));
        }
        let layers = [Layer { name: "B less A, dB at equal loudness", points: &self.curve, style: Style::Line }];
        SpectrumView::default().range_db(-REACH_DB, REACH_DB).show(ui, size, &layers);
    }
}

/// The average spectra of both, over the same time.
struct Spectra([(TapReader, Spectrum); 2]);

impl Spectra {
    /// From now on: what the taps hold already may be of other sounds.
    fn new(taps: [&SampleTap; 2], rate_hz: f64) -> Self {
        Self(taps.map(|tap| {
            let mut reader = TapReader::default();
            reader.fresh(tap, 0);
            (reader, Spectrum::new(rate_hz, 2, Fraction::Sixth, 20.0))
        }))
    }

    fn update(&mut self, [tap_a, tap_b]: [&SampleTap; 2]) {
        let [(reader_a, a), (reader_b, b)] = &mut self.0;
        if reader_a.missed(tap_a) || reader_b.missed(tap_b) {
            a.reset();
            b.reset();
        }
        let new = [reader_a.fresh(tap_a, MOST_FRAMES), reader_b.fresh(tap_b, MOST_FRAMES)];
        // Where one plays nothing the other's average would go on without it.
        if new.iter().all(is_heard) {
            a.process_channels(&new[0], |_| {});
            b.process_channels(&new[1], |_| {});
        }
    }

    /// By how much B is louder at each frequency in Hz, dB; nothing where either has nothing.
    fn difference_db(&self) -> impl Iterator<Item = (f64, f64)> {
        let [(_, a), (_, b)] = &self.0;
        let levels = a.centres_hz().iter().zip(a.average_dbfs().zip(b.average_dbfs()));
        levels.filter(|(_, (a, b))| a.min(*b) > -110.0).map(|(&hz, (a, b))| (hz, b - a))
    }
}

fn is_heard(channels: &[&[f32]; 2]) -> bool {
    channels.iter().copied().flatten().any(|x| x.abs() > SILENCE)
}

#[cfg(test)]
mod tests {
    use testkit::signals::noise;

    use super::*;

    #[test]
    fn what_one_plays_alone_is_not_compared() {
        const RATE_HZ: f64 = 48_000.0;
        let taps = [SampleTap::new(1 << 16), SampleTap::new(1 << 16)];
        let both = taps.each_ref();
        let sound = noise(1, -12.0, 48_000);
        let quieter: Vec<f32> = sound.iter().map(|x| 0.5 * x).collect();
        let silence = vec![0.0; 48_000];
        taps[1].push(&sound, Some(&sound));
        let mut spectra = Spectra::new(both, RATE_HZ);
        for (a, b) in [(&sound, &silence), (&silence, &silence), (&sound, &quieter), (&silence, &sound)] {
            taps[0].push(a, Some(a));
            taps[1].push(b, Some(b));
            spectra.update(both);
        }
        let curve: Vec<_> = spectra.difference_db().collect();
        assert!(curve.len() > 50, "{} places", curve.len());
        for (hz, db) in curve {
            assert!((db - 0.5_f64.log10() * 20.0).abs() < 1e-3, "{hz} Hz: {db} dB");
        }
    }
}
