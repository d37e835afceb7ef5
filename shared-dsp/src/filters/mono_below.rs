//! Bass in mono: what is below a frequency leaves the side, and nothing that stays moves.
//!
//! A high-pass on the side alone turns its phase against that of the mid: a source at the left comes out at the right. Linkwitz
//! and Riley's high-pass of 24 dB/oct (*Active Crossover Networks for Noncoincident Drivers*, JAES 1976) is two Butterworth
//! ones of 12; the all-pass with their poles turns the mid as much, at every frequency. Side over mid then is
//! `w^4 / (1 + w^4)`, real and positive: a source moves to the middle, never across.

use std::f64::consts::FRAC_1_SQRT_2;

use super::{Band, Cascade, Shape};
use crate::math::{power_to_db, smoothing_coefficient};

/// Of the levels that tell what is lost, s.
const READING_S: f64 = 0.4;

/// Mid and side, the side without its bass.
#[derive(Debug, Clone)]
pub struct MonoBelow {
    cascade: Cascade,
    /// Share of a reading that a frame renews.
    renewed: f64,
    /// Mean square of mid and side together, before and after.
    before: f64,
    after: f64,
}

impl MonoBelow {
    /// A wire. Allocates.
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        Self {
            cascade: Cascade::new(2, sample_rate_hz),
            renewed: smoothing_coefficient(READING_S, sample_rate_hz),
            before: 0.0,
            after: 0.0,
        }
    }

    /// Wants mono below this frequency, Hz, or none; goes there over `length_samples` (0 jumps). Realtime-safe.
    pub fn glide_to(&mut self, frequency_hz: Option<f64>, length_samples: u32) {
        let band =
            |shape| frequency_hz.map(|frequency_hz| Band { shape, frequency_hz, q: FRAC_1_SQRT_2, ..Band::default() });
        self.cascade.set_band(0, [band(Shape::AllPass), band(Shape::LowCut)]);
        self.cascade.set_band(1, [None, band(Shape::LowCut)]);
        self.cascade.glide(length_samples);
    }

    /// Clears the memory and ends a glide at its target. Realtime-safe.
    pub fn reset(&mut self) {
        self.cascade.reset();
        (self.before, self.after) = (0.0, 0.0);
    }

    /// Whether it passes everything bit for bit.
    #[must_use]
    pub fn is_wire(&self) -> bool {
        self.cascade.is_wire()
    }

    /// Frames of mid and side, in place. Realtime-safe.
    pub fn process(&mut self, frames: &mut [[f64; 2]]) {
        if self.is_wire() {
            (self.before, self.after) = (0.0, 0.0);
            return;
        }
        for [mid, side] in &mut *frames {
            self.before += (*mid * *mid + *side * *side - self.before) * self.renewed;
        }
        self.cascade.process(frames);
        for [mid, side] in frames {
            self.after += (*mid * *mid + *side * *side - self.after) * self.renewed;
        }
    }

    /// What is lost of the power of all of it, dB, over the last half second: 0 for nothing, negative for something.
    #[must_use]
    pub fn lost_db(&self) -> f64 {
        if self.before > 0.0 { power_to_db(self.after / self.before).min(0.0) } else { 0.0 }
    }
}
