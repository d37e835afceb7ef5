//! Levels that may be silence.

/// A level that is there: below -200 it is silence, whatever the unit.
pub fn level(value: f64) -> Option<f32> {
    (value > -200.0).then_some(value as f32)
}
