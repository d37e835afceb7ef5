//! A gain that moves alike at every level.

use super::Glide;
use crate::math::db_to_gain;

/// A gain that glides on a straight line in decibels, exact at its end, and one at 0 dB.
///
/// A gain on a straight line of its own, from -24 to +24 dB, is half as large again after the first of a thousand samples: what a limiter
/// behind it lifts has a corner there that is heard. In decibels the line has no steep end.
#[derive(Debug, Clone, PartialEq)]
pub struct GainGlide {
    level_db: Glide,
    gain: f64,
}

impl GainGlide {
    /// At rest at a level, dB.
    #[must_use]
    pub fn new(db: f64) -> Self {
        Self { level_db: Glide::new(db), gain: db_to_gain(db) }
    }

    /// Jumps to `db`.
    pub fn set_now(&mut self, db: f64) {
        *self = Self::new(db);
    }

    /// Begins to glide to `db` over `length_samples` (0 jumps); keeps gliding undisturbed if that is its target already.
    pub fn glide_to(&mut self, db: f64, length_samples: u32) {
        self.level_db.glide_to(db, length_samples);
        self.gain = db_to_gain(self.level_db.value());
    }

    /// Whether it has arrived.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.level_db.is_settled()
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
            self.gain = db_to_gain(self.level_db.next_value());
        }
        self.gain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_moves_by_the_same_share_each_sample_and_arrives() {
        let mut unit = GainGlide::new(-24.0);
        assert!(unit.is_settled());
        unit.glide_to(24.0, 960);
        let (mut before, step) = (unit.value(), db_to_gain(48.0 / 960.0));
        for n in 0..960 {
            assert!(!unit.is_settled(), "{n}");
            let now = unit.next_value();
            assert!((now / before / step - 1.0).abs() < 1e-9, "{n}: {now} after {before}");
            before = now;
        }
        assert!(unit.is_settled() && unit.value() == db_to_gain(24.0) && unit.next_value() == unit.value());
        unit.glide_to(0.0, 0);
        assert!(unit.is_settled() && unit.value() == 1.0);
    }

    #[test]
    fn a_new_target_on_the_way_jumps_nowhere() {
        let mut unit = GainGlide::new(0.0);
        unit.glide_to(12.0, 100);
        (0..50).for_each(|_| _ = unit.next_value());
        let before = unit.value();
        assert!((before - db_to_gain(6.0)).abs() < 1e-9);
        unit.glide_to(-12.0, 100);
        assert_eq!(unit.value(), before);
        assert!((unit.next_value() - before).abs() < 0.03 * before);
    }
}
