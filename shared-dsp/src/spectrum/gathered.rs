//! A spectrum over time: now, on average, and at most.

use super::{Analyser, Bands, Fraction};
use crate::math::power_to_db;

/// What to add to a level at `hz` so that a spectrum falling by `tilt_db_per_octave` stands level; 0 at 1 kHz. Music falls
/// by about 4.5 dB an octave, pink noise in fractional octaves not at all.
#[must_use]
pub fn tilt_db(hz: f64, tilt_db_per_octave: f64) -> f64 {
    tilt_db_per_octave * (hz.max(1e-3) / 1000.0).log2()
}

/// Fractional-octave levels of a running sound: those of the last segment with a slow fall, their mean power and their
/// maximum since the reset.
///
/// For a window's thread or a file's reader. Feed it samples of any block with [`process_channels`](Self::process_channels),
/// or the powers of an [`Analyser`] of your own with [`take`](Self::take).
#[derive(Debug)]
pub struct Spectrum {
    analyser: Analyser,
    bands: Bands,
    /// The running segment of each channel.
    held: Vec<Vec<f32>>,
    filled: usize,
    powers: Vec<f64>,
    now: Vec<f64>,
    sums: Vec<f64>,
    peaks: Vec<f64>,
    segments: u64,
    /// What is left of a falling level after one hop.
    fall: f64,
}

impl Spectrum {
    /// Stretches follow each other by this share of their length: 75 % overlap.
    pub const HOPS: usize = 4;

    /// A spectrum at rest for 1 to 8 channels whose display falls by `fall_db_per_s`. Allocates.
    #[must_use]
    pub fn new(sample_rate_hz: f64, channels: usize, fraction: Fraction, fall_db_per_s: f64) -> Self {
        let analyser = Analyser::new(sample_rate_hz);
        let frames = analyser.frames();
        let bands = Bands::new(fraction, analyser.bin_hz(), frames / 2 + 1);
        let count = bands.centres_hz().len();
        let hop_s = (frames / Self::HOPS) as f64 / analyser.sample_rate_hz();
        Self {
            held: vec![vec![0.0; frames]; channels.clamp(1, 8)],
            filled: 0,
            powers: vec![0.0; count],
            now: vec![0.0; count],
            sums: vec![0.0; count],
            peaks: vec![0.0; count],
            segments: 0,
            fall: 10f64.powf(-fall_db_per_s.max(0.0) * hop_s / 10.0),
            analyser,
            bands,
        }
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        self.filled = 0;
        self.segments = 0;
        for levels in [&mut self.now, &mut self.sums, &mut self.peaks] {
            levels.fill(0.0);
        }
    }

    /// Takes the next frames, a slice a channel; the shortest tells the length, and channels that are missing count as
    /// silence. Calls `visit` with the powers of the bins of each segment that this completes.
    pub fn process_channels(&mut self, channels: &[&[f32]], mut visit: impl FnMut(&[f32])) {
        let frames = channels.iter().map(|channel| channel.len()).min().unwrap_or(0);
        let length = self.analyser.frames();
        let mut start = 0;
        while start < frames {
            let count = (length - self.filled).min(frames - start);
            for (at, held) in self.held.iter_mut().enumerate() {
                let to = &mut held[self.filled..self.filled + count];
                match channels.get(at) {
                    Some(channel) => to.copy_from_slice(&channel[start..start + count]),
                    None => to.fill(0.0),
                }
            }
            start += count;
            self.filled += count;
            if self.filled == length {
                let held: [&[f32]; 8] = std::array::from_fn(|at| self.held.get(at).map_or(&[][..], |held| &held[..]));
                let powers = self.analyser.analyse(&held[..self.held.len()]);
                visit(powers);
                self.bands.gather(powers, &mut self.powers);
                self.gather();
                let hop = length / Self::HOPS;
                self.held.iter_mut().for_each(|held| held.copy_within(hop.., 0));
                self.filled = length - hop;
            }
        }
    }

    /// Takes the powers of an analyser like the one inside.
    pub fn push(&mut self, powers: &[f32]) {
        self.bands.gather(powers, &mut self.powers);
        self.gather();
    }

    fn gather(&mut self) {
        self.segments += 1;
        let levels = self.now.iter_mut().zip(&mut self.sums).zip(&mut self.peaks);
        for (&power, ((now, sum), peak)) in self.powers.iter().zip(levels) {
            *now = power.max(*now * self.fall);
            *sum += power;
            *peak = peak.max(power);
        }
    }

    /// The middle of each band in Hz, ascending.
    #[must_use]
    pub fn centres_hz(&self) -> &[f64] {
        self.bands.centres_hz()
    }

    /// The levels of the last segment, falling slowly, in dBFS.
    pub fn now_dbfs(&self) -> impl Iterator<Item = f64> {
        self.now.iter().map(|&power| power_to_db(power))
    }

    /// The mean levels since the reset in dBFS.
    pub fn average_dbfs(&self) -> impl Iterator<Item = f64> {
        let count = self.segments.max(1) as f64;
        self.sums.iter().map(move |&sum| power_to_db(sum / count))
    }

    /// The greatest levels since the reset in dBFS.
    pub fn peak_dbfs(&self) -> impl Iterator<Item = f64> {
        self.peaks.iter().map(|&power| power_to_db(power))
    }
}
