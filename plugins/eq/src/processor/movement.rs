//! Bands on their way to where somebody has put them.
//!
//! Numbers move evenly as they are heard: gains in decibels, frequencies and Q in octaves. Every few frames the place on the
//! way is designed, and the sections go there on a straight line: on a single one a band would pass most of ten octaves within
//! its last samples.
//!
//! A band that becomes another (its shape, its slope, its part of the image) has no place on the way: its sections go from what
//! they were to what they will be, slowly at both ends. A corner there would be heard through whatever lifts treble behind it.

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
    /// Frames of the fade to those that came with another shape or another part of the image, and how many are left.
    switch_length: usize,
    switching: usize,
    /// How much of the way that was left of it the last step went.
    share: f64,
}

fn bands(settings: &EqSettings) -> [Option<Band>; BANDS] {
    settings.bands.map(|band| band.band(settings.gain_scale, 0.0))
}

impl Movement {
    /// At rest.
    pub(super) fn new(settings: &EqSettings) -> Self {
        let now = bands(settings);
        Self { from: now, to: now, now, length: 0, left: 0, switch_length: 0, switching: 0, share: 1.0 }
    }

    /// To new settings, from wherever the bands are. One that is another now fades in where it is wanted.
    pub(super) fn start(&mut self, old: &[BandSettings; BANDS], wanted: &EqSettings, length: usize) {
        let to = bands(wanted);
        let stays = old.iter().zip(&wanted.bands).all(|(old, wanted)| old.channels == wanted.channels);
        if to == self.to && stays {
            return;
        }
        self.to = to;
        let mut is_switched = false;
        for (n, (now, to)) in self.now.iter_mut().zip(&self.to).enumerate() {
            let kind = |band: &Option<Band>| band.map(|band| (band.shape, band.slope_db_per_octave));
            if kind(now) != kind(to) || old[n].channels != wanted.bands[n].channels {
                *now = *to;
                is_switched = true;
            }
        }
        if is_switched {
            (self.switch_length, self.switching) = (length, length);
        }
        self.from = self.now;
        (self.length, self.left) = (length, if self.now == self.to { 0 } else { length });
    }

    /// Whether there is a way left to go.
    pub(super) fn is_moving(&self) -> bool {
        self.left > 0 || self.switching > 0
    }

    /// To the place of the next [`CELL`] frames. On the grid.
    pub(super) fn step(&mut self) {
        self.left = self.left.saturating_sub(CELL);
        let before = self.switched();
        self.switching = self.switching.saturating_sub(CELL);
        self.share = if self.switching > 0 { (self.switched() - before) / (1.0 - before) } else { 1.0 };
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

    /// How much of the way to them the sections go in the step that has begun, 0..1.
    pub(super) fn share(&self) -> f64 {
        self.share
    }

    /// How far the fade has come, 0..1: level at both ends.
    fn switched(&self) -> f64 {
        let left = self.switching as f64 / self.switch_length.max(1) as f64;
        1.0 - left * left * (3.0 - 2.0 * left)
    }
}

fn octaves(from: f64, to: f64, share: f64) -> f64 {
    if from == to { to } else { from * (to / from).powf(share) }
}
