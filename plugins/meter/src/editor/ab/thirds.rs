//! The spectrum of B less that of A, at equal loudness, from what the aligner holds.

use egui::{Ui, Vec2};
use shared_dsp::spectrum::{Fraction, Spectrum, TapReader};
use shared_ui::spectrum::{Layer, SpectrumView, Style};

use crate::ab::Desk;

/// Of what a window missed the last half second is enough.
const MOST_FRAMES: usize = 96_000;
/// Levels are told to this, dB to either side.
const REACH_DB: f32 = 15.0;

/// Both spectra, and the curve between them.
#[derive(Default)]
pub struct Thirds {
    sides: Option<[(TapReader, Spectrum); 2]>,
    rate_hz: f64,
    curve: Vec<(f32, f32)>,
}

impl Thirds {
    /// Analyses what was heard since the last picture.
    pub fn update(&mut self, desk: &Desk, rate_hz: f64) {
        let Some(taps) = desk.aligner().map(crate::ab::Aligner::taps).filter(|_| rate_hz > 0.0) else {
            self.sides = None;
            return;
        };
        if self.rate_hz != rate_hz {
            (self.sides, self.rate_hz) = (None, rate_hz);
        }
        let side = || (TapReader::default(), Spectrum::new(rate_hz, 2, Fraction::Sixth, 20.0));
        let sides = self.sides.get_or_insert_with(|| [side(), side()]);
        for ((reader, spectrum), tap) in sides.iter_mut().zip(taps) {
            if reader.missed(tap) {
                spectrum.reset();
            }
            spectrum.process_channels(&reader.fresh(tap, MOST_FRAMES), |_| {});
        }
    }

    /// Draws the curve.
    pub fn show(&mut self, ui: &mut Ui, size: Vec2, difference_lu: Option<f64>) {
        self.curve.clear();
        if let (Some([(_, a), (_, b)]), Some(lu)) = (&self.sides, difference_lu) {
            let levels = a.centres_hz().iter().zip(a.average_dbfs().zip(b.average_dbfs()));
            // Where either has nothing there is nothing to compare.
            let known = levels.filter(|(_, (a, b))| a.min(*b) > -110.0);
            self.curve.extend(known.map(|(&hz, (a, b))| (hz as f32, (b - a + lu) as f32)));
        }
        let layers = [Layer { name: "B less A, dB at equal loudness", points: &self.curve, style: Style::Line }];
        SpectrumView::default().range_db(-REACH_DB, REACH_DB).show(ui, size, &layers);
    }
}
