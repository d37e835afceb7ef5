//! How the parts see a parameter.

use std::sync::Arc;

/// A parameter as the parts hold it.
///
/// Shared, because an open gesture must be able to end after the widget that opened it is gone.
pub type Param = Arc<dyn ParamHandle>;

/// How far one wheel notch, arrow key or drag detent moves a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepSize {
    /// The ordinary step, for example 0.1 dB, or 0.5 dB with mastering steps.
    Coarse,
    /// With Shift: a tenth of it.
    Fine,
}

/// A parameter of a plugin, as its window sees it. Object-safe; the shell implements it on the framework's own.
///
/// Values are normalised, 0..1, as hosts know them. An implementation may answer any number: the parts clamp what they
/// draw, and send only finite values in 0..1.
pub trait ParamHandle: Send + Sync + 'static {
    /// Stable identifier, the same the host knows. Tells open gestures apart.
    fn id(&self) -> &str;

    /// Name as shown and as spoken by a screen reader, for example "Threshold".
    fn name(&self) -> &str;

    /// Value as text with its unit, for example "-12.5 dB".
    fn text(&self, normalized: f32) -> String;

    /// The value a typed text means, or nothing if it means none. Must accept what [`text`](Self::text) writes.
    fn parse(&self, text: &str) -> Option<f32>;

    /// Current value, 0..1, without modulation.
    fn normalized(&self) -> f32;

    /// Default value, 0..1.
    fn default_normalized(&self) -> f32;

    /// Number of steps between the first and the last value of a stepped parameter (values minus one), or nothing for a
    /// continuous one.
    fn step_count(&self) -> Option<usize>;

    /// Normalised distance of one step. Ignored when [`step_count`](Self::step_count) answers.
    fn step_normalized(&self, size: StepSize) -> f32;

    /// Whether the value is drawn from the centre (pan, gain) rather than from the left end.
    fn is_bipolar(&self) -> bool {
        false
    }

    /// One sentence that says what it does, for the tooltip. Empty: the name is enough.
    fn hint(&self) -> &str {
        ""
    }

    /// Starts a gesture. Called by [`crate::gesture`] only.
    fn begin(&self);

    /// Changes the value within a gesture. Called by [`crate::gesture`] only.
    fn set(&self, normalized: f32);

    /// Ends a gesture. Called by [`crate::gesture`] only.
    fn end(&self);

    /// The value `steps` steps away from `from`. Override where steps are even in another measure than the normalised.
    fn stepped(&self, from: f32, steps: i32, size: StepSize) -> f32 {
        match self.step_count() {
            Some(count) if count > 0 => {
                let last = count as f32;
                (((from * last).round() + steps as f32) / last).clamp(0.0, 1.0)
            }
            Some(_) => 0.0,
            None => (from + steps as f32 * self.step_normalized(size)).clamp(0.0, 1.0),
        }
    }

    /// The nearest value that a drag stops at. Override where detents are even in another measure.
    fn snapped(&self, normalized: f32, size: StepSize) -> f32 {
        let step = match self.step_count() {
            Some(count) => 1.0 / count.max(1) as f32,
            None => self.step_normalized(size),
        };
        // Below a millionth a grid is finer than the number itself: leave the value alone.
        let value = if step > 1e-6 { (normalized / step).round() * step } else { normalized };
        value.clamp(0.0, 1.0)
    }
}

/// Number of values of a stepped parameter (at least one), or nothing for a continuous one.
pub fn value_count(param: &dyn ParamHandle) -> Option<usize> {
    param.step_count().map(|count| count + 1)
}

/// Index of the current value of a stepped parameter.
pub fn value_index(param: &dyn ParamHandle) -> usize {
    let count = param.step_count().unwrap_or(0);
    (clean(param.normalized()) * count as f32).round() as usize
}

/// Normalised value of the index of a stepped parameter.
pub fn index_normalized(param: &dyn ParamHandle, index: usize) -> f32 {
    match param.step_count() {
        Some(count) if count > 0 => index.min(count) as f32 / count as f32,
        _ => 0.0,
    }
}

/// A number fit to draw or send: finite and in 0..1.
pub(crate) fn clean(normalized: f32) -> f32 {
    if normalized.is_finite() { normalized.clamp(0.0, 1.0) } else { 0.0 }
}
