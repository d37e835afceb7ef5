//! Spectra of what comes in, of what goes out and of the side chain, computed on the window's thread.

use std::sync::Arc;

use shared_dsp::spectrum::{FineSpectrum, Fraction, SampleTap, TapReader, tilt_db};

use crate::processor::EqReading;

/// Of what a window missed while it was hidden, the end is enough.
const MOST_FRAMES: usize = 16_384;

/// Before, after and the side chain.
#[derive(Debug, Default)]
pub struct Spectra {
    taps: Option<[Arc<SampleTap>; 3]>,
    made_for: (f64, Fraction),
    sides: Vec<Side>,
    has_stopped: bool,
}

#[derive(Debug)]
struct Side {
    reader: TapReader,
    spectrum: FineSpectrum,
    points: Vec<(f32, f32)>,
}

/// Which spectra are wanted, and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wanted {
    /// Before, after, side chain.
    pub sides: [bool; 3],
    /// The part of an octave that they are smoothed over.
    pub fraction: Fraction,
    /// Raised by this for every octave above 1 kHz, dB.
    pub tilt_db_per_octave: f64,
}

impl Spectra {
    /// Takes the taps of the processor as it is now.
    pub fn push(&mut self, reading: &EqReading) {
        self.has_stopped = false;
        self.taps.clone_from(&reading.taps);
    }

    /// The host has stopped: there is no spectrum until it goes on.
    pub fn stop(&mut self) {
        self.has_stopped = true;
        self.sides.iter_mut().for_each(|side| side.spectrum.reset());
        self.sides.iter_mut().for_each(|side| side.points.clear());
    }

    /// Analyses what has come in since the last call.
    pub fn update(&mut self, sample_rate_hz: f64, elapsed_s: f64, wanted: Wanted) {
        let Some(taps) = self.taps.as_ref().filter(|_| sample_rate_hz > 0.0 && !self.has_stopped) else { return };
        let (rate, fraction) = self.made_for;
        if self.sides.is_empty() || rate != sample_rate_hz {
            let side = |_| Side {
                reader: TapReader::default(),
                spectrum: FineSpectrum::new(sample_rate_hz, wanted.fraction),
                points: Vec::new(),
            };
            self.sides = (0..3).map(side).collect();
        } else if fraction != wanted.fraction {
            self.sides.iter_mut().for_each(|side| side.spectrum.set_fraction(wanted.fraction));
        }
        self.made_for = (sample_rate_hz, wanted.fraction);
        for ((side, tap), is_wanted) in self.sides.iter_mut().zip(taps).zip(wanted.sides) {
            if is_wanted {
                side.update(tap, elapsed_s, wanted.tilt_db_per_octave);
            } else {
                side.points.clear();
            }
        }
    }

    /// Frequency (Hz) and level (dBFS, tilted) of before (0), after (1) or the side chain (2).
    pub fn points(&self, side: usize) -> &[(f32, f32)] {
        self.sides.get(side).map_or(&[], |side| &side.points)
    }
}

impl Side {
    fn update(&mut self, tap: &SampleTap, elapsed_s: f64, tilt_db_per_octave: f64) {
        let [left, right] = self.reader.fresh(tap, MOST_FRAMES);
        self.spectrum.push(left, right);
        self.spectrum.update(elapsed_s);
        let levels = self.spectrum.centres_hz().iter().zip(self.spectrum.levels_dbfs());
        self.points.clear();
        self.points.extend(levels.map(|(&hz, db)| (hz as f32, (db + tilt_db(hz, tilt_db_per_octave)) as f32)));
    }
}
