//! Spectra of the programme and of what is added to it, computed on the window's thread from the samples that the processor
//! leaves in its taps.

use std::sync::Arc;

use shared_dsp::spectrum::{FineSpectrum, Fraction, SampleTap, TapReader};

use crate::processor::SaturatorReading;

const SMOOTHING: Fraction = Fraction::Twelfth;
/// Frames read at once at most: of what a window missed while it was hidden, the end is enough.
const MOST_FRAMES: usize = 16_384;
/// The picture shows nothing outside of it, Hz.
const RANGE_HZ: (f64, f64) = (20.0, 20_000.0);

/// Both spectra.
#[derive(Default)]
pub struct Spectra {
    taps: Option<[Arc<SampleTap>; 2]>,
    channels: usize,
    /// What the analysis is made for, Hz.
    sample_rate_hz: f64,
    sides: Option<[Side; 2]>,
    has_stopped: bool,
}

struct Side {
    reader: TapReader,
    spectrum: FineSpectrum,
    points: Vec<(f32, f32)>,
}

impl Side {
    fn new(sample_rate_hz: f64) -> Self {
        let spectrum = FineSpectrum::new(sample_rate_hz, SMOOTHING);
        Self { reader: TapReader::default(), spectrum, points: Vec::new() }
    }

    fn update(&mut self, tap: &SampleTap, channels: usize, elapsed_s: f64) {
        let [left, right] = self.reader.fresh(tap, MOST_FRAMES);
        // The right channel of mono is silent in the tap, and no half of the programme.
        self.spectrum.push(left, if channels == 1 { left } else { right });
        self.spectrum.update(elapsed_s);
        let levels = self.spectrum.centres_hz().iter().zip(self.spectrum.levels_dbfs());
        let shown = levels.filter(|(hz, _)| (RANGE_HZ.0..=RANGE_HZ.1).contains(*hz));
        self.points.clear();
        self.points.extend(shown.map(|(&hz, db)| (hz as f32, db as f32)));
    }
}

impl Spectra {
    /// Takes the taps of the processor as it is now.
    pub fn push(&mut self, reading: &SaturatorReading) {
        self.has_stopped = false;
        self.taps.clone_from(&reading.taps);
        self.channels = reading.channels;
    }

    /// The host has stopped: there is no spectrum until it goes on.
    pub fn stop(&mut self) {
        self.has_stopped = true;
    }

    /// The sides as they sound now.
    fn present(&self) -> Option<&[Side; 2]> {
        self.sides.as_ref().filter(|_| !self.has_stopped)
    }

    /// Analyses what has come in since the last call, `elapsed_s` seconds ago.
    pub fn update(&mut self, sample_rate_hz: f64, elapsed_s: f64) {
        let Some(taps) = self.taps.as_ref().filter(|_| sample_rate_hz > 0.0) else { return };
        if sample_rate_hz != self.sample_rate_hz {
            self.sample_rate_hz = sample_rate_hz;
            self.sides = None;
        }
        let sides = self.sides.get_or_insert_with(|| [(); 2].map(|()| Side::new(sample_rate_hz)));
        let channels = self.channels;
        sides.iter_mut().zip(taps).for_each(|(side, tap)| side.update(tap, channels, elapsed_s));
    }

    /// Frequency (Hz) and level (dBFS) of the programme.
    pub fn programme(&self) -> &[(f32, f32)] {
        self.present().map_or(&[], |[programme, _]| &programme.points)
    }

    /// The same of what is added to it.
    pub fn added(&self) -> &[(f32, f32)] {
        self.present().map_or(&[], |[_, added]| &added.points)
    }
}
