//! A gain that moves alike at every level.

use super::Glide;
use crate::Io;
use crate::math::db_to_gain;

/// Samples over which corners are rounded.
const ROUNDED: usize = 64;

/// A gain that glides on a straight line in decibels with rounded ends, exact once it has arrived, and one at 0 dB.
///
/// A gain on a straight line of its own, from -24 to +24 dB, is half as large again after the first of a thousand samples: what a limiter
/// behind it lifts has a corner there that is heard. In decibels the line has no steep end, and the mean over a millisecond no corner.
#[derive(Debug, Clone, PartialEq)]
pub struct GainGlide {
    level_db: Glide,
    /// The last levels, in no order that matters.
    last_db: [f64; ROUNDED],
    place: usize,
    /// Samples since the line ended.
    steady_samples: usize,
    gain: f64,
}

impl Default for GainGlide {
    /// At rest at 0 dB.
    fn default() -> Self {
        Self::new(0.0)
    }
}

impl GainGlide {
    /// At rest at a level, dB.
    #[must_use]
    pub fn new(db: f64) -> Self {
        Self {
            level_db: Glide::new(db),
            last_db: [db; ROUNDED],
            place: 0,
            steady_samples: ROUNDED,
            gain: db_to_gain(db),
        }
    }

    /// Jumps to `db`.
    pub fn set_now(&mut self, db: f64) {
        *self = Self::new(db);
    }

    /// Begins to glide to `db` over `length_samples` and 64 more (0 jumps); keeps gliding undisturbed if that is its target already.
    pub fn glide_to(&mut self, db: f64, length_samples: u32) {
        if length_samples == 0 {
            self.set_now(db);
        } else if db != self.level_db.target() {
            self.level_db.glide_to(db, length_samples);
            self.steady_samples = 0;
        }
    }

    /// Whether it has arrived.
    #[must_use]
    #[inline(always)]
    pub fn is_settled(&self) -> bool {
        self.steady_samples >= ROUNDED
    }

    /// Where it is now, linear.
    #[must_use]
    #[inline(always)]
    pub fn value(&self) -> f64 {
        self.gain
    }

    /// Steps one sample on and tells the gain there, linear. Realtime-safe.
    #[inline]
    pub fn next_value(&mut self) -> f64 {
        if !self.is_settled() {
            self.advance();
        }
        self.gain
    }

    /// On every channel alike, in place; at rest at 0 dB nothing is done. Realtime-safe.
    pub fn process(&mut self, io: &mut Io<'_>) {
        if self.is_settled() {
            let gain = self.value() as f32;
            if gain != 1.0 {
                io.channels().for_each(|channel| channel.iter_mut().for_each(|x| *x *= gain));
            }
            return;
        }
        for n in 0..io.frames() {
            let gain = self.next_value() as f32;
            io.channels().for_each(|channel| channel[n] *= gain);
        }
    }

    fn advance(&mut self) {
        self.steady_samples = if self.level_db.is_settled() { self.steady_samples + 1 } else { 0 };
        self.last_db[self.place] = self.level_db.next_value();
        self.place = (self.place + 1) % ROUNDED;
        let mean_db = self.last_db.iter().sum::<f64>() / ROUNDED as f64;
        self.gain = db_to_gain(if self.is_settled() { self.level_db.target() } else { mean_db });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_no_corner_and_arrives() {
        let mut unit = GainGlide::new(-24.0);
        assert!(unit.is_settled());
        unit.glide_to(24.0, 960);
        let step_db = 48.0 / 960.0;
        let (mut before, mut slope_db) = (unit.value(), 0.0);
        for n in 0..960 + ROUNDED {
            assert!(!unit.is_settled(), "{n}");
            let now = unit.next_value();
            let moved_db = 20.0 * (now / before).log10();
            assert!(
                (moved_db - slope_db).abs() < 1.1 * step_db / ROUNDED as f64,
                "{n}: {moved_db} after {slope_db} dB"
            );
            if (ROUNDED..960).contains(&n) {
                assert!((moved_db - step_db).abs() < 1e-9, "{n}: {moved_db}");
            }
            (before, slope_db) = (now, moved_db);
        }
        assert!(unit.is_settled() && unit.value() == db_to_gain(24.0) && unit.next_value() == unit.value());
        unit.glide_to(0.0, 0);
        assert!(unit.is_settled() && unit.value() == 1.0);
    }

    #[test]
    fn a_new_target_on_the_way_jumps_nowhere() {
        let mut unit = GainGlide::new(0.0);
        unit.glide_to(12.0, 200);
        (0..100).for_each(|_| _ = unit.next_value());
        let before = unit.value();
        unit.glide_to(-12.0, 200);
        assert_eq!(unit.value(), before);
        assert!((unit.next_value() / before - 1.0).abs() < 0.01);
        (0..200 + ROUNDED).for_each(|_| _ = unit.next_value());
        assert!(unit.is_settled() && unit.value() == db_to_gain(-12.0));
    }
}
