//! Spectra before and after, computed on the window's thread from the samples that the processor leaves in its taps.

use std::sync::Arc;

use shared_dsp::spectrum::{Fraction, SampleTap, Spectrum, TapReader};

use crate::processor::SaturatorReading;

const SMOOTHING: Fraction = Fraction::Sixth;
/// Fall of a level, dB/s.
const FALL_DB_PER_S: f64 = 24.0;
/// Frames read at once at most: of what a window missed while it was hidden, the end is enough.
const MOST_FRAMES: usize = 8192;

/// Both spectra.
#[derive(Default)]
pub struct Spectra {
    taps: Option<[Arc<SampleTap>; 2]>,
    /// What the analysis is made for: sample rate in Hz and channels.
    format: (f64, usize),
    channels: usize,
    sides: Option<[Side; 2]>,
    has_stopped: bool,
}

struct Side {
    reader: TapReader,
    spectrum: Spectrum,
    points: Vec<(f32, f32)>,
}

impl Side {
    fn new((sample_rate_hz, channels): (f64, usize)) -> Self {
        let spectrum = Spectrum::new(sample_rate_hz, channels, SMOOTHING, FALL_DB_PER_S);
        Self { reader: TapReader::default(), spectrum, points: Vec::new() }
    }

    fn update(&mut self, tap: &SampleTap) {
        let mut is_new = self.points.is_empty();
        self.spectrum.process_channels(&self.reader.fresh(tap, MOST_FRAMES), |_| is_new = true);
        if is_new {
            let levels = self.spectrum.centres_hz().iter().zip(self.spectrum.now_dbfs());
            self.points.clear();
            self.points.extend(levels.map(|(&hz, db)| (hz as f32, db as f32)));
        }
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

    /// Analyses what has come in since the last call.
    pub fn update(&mut self, sample_rate_hz: f64) {
        let Some(taps) = &self.taps else { return };
        let format = (sample_rate_hz, self.channels);
        if format != self.format {
            self.format = format;
            self.sides = None;
        }
        let sides = self.sides.get_or_insert_with(|| [Side::new(format), Side::new(format)]);
        sides.iter_mut().zip(taps).for_each(|(side, tap)| side.update(tap));
    }

    /// Frequency (Hz) and level (dBFS) of what goes in.
    pub fn before(&self) -> &[(f32, f32)] {
        self.present().map_or(&[], |[before, _]| &before.points)
    }

    /// The same of what comes out.
    pub fn after(&self) -> &[(f32, f32)] {
        self.present().map_or(&[], |[_, after]| &after.points)
    }
}
