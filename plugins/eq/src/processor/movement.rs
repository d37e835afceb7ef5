//! Bands on their way to where somebody has put them.
//!
//! Numbers move evenly as they are heard: gains in decibels, frequencies and Q in octaves. Every few frames the place on the
//! way is designed, and the sections go there on a straight line: on a single one a band would pass most of ten octaves within
//! its last samples.

use shared_dsp::filters::Band;

use super::grid::CELL;
use super::settings::{BANDS, BandSettings, EqSettings};

/// The bands on their way, without what dynamics add.
#[derive(Debug, Clone)]
pub(super) struct Movement {
    from: [Option<Band>; BANDS],
    to: [Option<Band>; BANDS],
    now: [Option<Band>; BANDS],
    length: usize,
    left: usize,
}

fn bands(settings: &EqSettings) -> [Option<Band>; BANDS] {
    settings.bands.map(|band| band.band(settings.gain_scale, 0.0))
}

impl Movement {
    /// At rest.
    pub(super) fn new(settings: &EqSettings) -> Self {
        let now = bands(settings);
        Self { from: now, to: now, now, length: 0, left: 0 }
    }

    /// To new settings, from wherever the bands are. Whether one of them is another filter now or acts elsewhere: that one
    /// is where it is wanted at once, to be faded in.
    pub(super) fn start(&mut self, old: &[BandSettings; BANDS], wanted: &EqSettings, length: usize) -> bool {
        let to = bands(wanted);
        let is_another = |n: usize| old[n].is_another(&wanted.bands[n]);
        let is_switched = (0..BANDS).any(is_another);
        if to == self.to && !is_switched {
            return false;
        }
        self.to = to;
        for n in (0..BANDS).filter(|&n| is_another(n)) {
            self.now[n] = to[n];
        }
        self.from = self.now;
        (self.length, self.left) = (length, if self.now == self.to { 0 } else { length });
        is_switched
    }

    /// Whether there is a way left to go.
    pub(super) fn is_moving(&self) -> bool {
        self.left > 0
    }

    /// Whether this band has a way left to go.
    pub(super) fn moves(&self, band: usize) -> bool {
        self.is_moving() && self.from[band] != self.to[band]
    }

    /// To the place of the next [`CELL`] frames. On the grid.
    pub(super) fn step(&mut self) {
        self.left = self.left.saturating_sub(CELL);
        let share = 1.0 - self.left as f64 / self.length.max(1) as f64;
        for ((now, from), to) in self.now.iter_mut().zip(&self.from).zip(&self.to) {
            *now = match (from, to) {
                (Some(from), Some(to)) if self.left > 0 => Some(Band {
                    frequency_hz: octaves(from.frequency_hz, to.frequency_hz, share),
                    q: octaves(from.q, to.q, share),
                    gain_db: from.gain_db + (to.gain_db - from.gain_db) * share,
                    ..*to
                }),
                _ => *to,
            };
        }
    }

    /// The bands now, or at the end of the step that has begun.
    pub(super) fn bands(&self) -> &[Option<Band>; BANDS] {
        &self.now
    }
}

fn octaves(from: f64, to: f64, share: f64) -> f64 {
    if from == to { to } else { from * (to / from).powf(share) }
}
