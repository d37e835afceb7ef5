//! The window's hold on one parameter: gestures to the host, text, steps, and an entry in the undo history for each gesture.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use nice_plug::context::gui::GuiContext;
use nice_plug::prelude::{ParamFlags, ParamPtr, Params};
use shared_ui::{ParamHandle, StepSize};

use super::undo_history::{Change, UndoHistory};
use crate::params::Parameter;

/// How the user counts: read off the unit that the parameter shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    Decibels,
    Percent,
    /// Frequencies, and whatever else is spread as they are (Q, times): a step is a twelfth of an octave.
    Octaves,
    Other,
}

/// Preferences that steps obey, shared by all handles of a window.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    /// 0.5 dB instead of 0.1 dB.
    pub mastering: std::sync::atomic::AtomicBool,
}

/// One parameter as the parts of the window see it.
pub(crate) struct Handle {
    /// Keeps what `param` points into alive.
    _owner: Arc<dyn Params>,
    param: ParamPtr,
    id: String,
    name: String,
    hint: String,
    default: f32,
    measure: Measure,
    context: GuiContext,
    history: Arc<Mutex<UndoHistory>>,
    steps: Arc<Steps>,
    is_automatable: bool,
    /// Value before the open gesture, and the last value sent in it: the host may apply it a block later.
    gesture: Mutex<Option<(f32, f32)>>,
    /// Where open gestures are counted, if anybody waits for their end.
    held: Option<Arc<AtomicU32>>,
}

impl Handle {
    /// A handle on `parameter`, which must be a part of `owner`.
    pub(crate) fn new(
        owner: Arc<dyn Params>,
        parameter: &dyn Parameter,
        context: GuiContext,
        history: Arc<Mutex<UndoHistory>>,
        steps: Arc<Steps>,
    ) -> Self {
        let (param, about) = (parameter.ptr(), parameter.about());
        // SAFETY: `owner` keeps the parameter alive.
        let (name, default, middle) = unsafe {
            (param.name().to_owned(), param.default_normalized_value(), param.normalized_value_to_string(0.5, true))
        };
        // SAFETY: as above.
        let [low, half, high] = [0.0, 0.5, 1.0].map(|at| unsafe { param.preview_plain(at) });
        let is_spread = low > 0.0 && half < 0.25 * (low + high);
        let measure = match middle.trim_end_matches("/oct") {
            text if text.ends_with("dB") => Measure::Decibels,
            text if text.ends_with("Hz") => Measure::Octaves,
            text if text.ends_with('%') => Measure::Percent,
            _ if is_spread => Measure::Octaves,
            _ => Measure::Other,
        };
        Self {
            _owner: owner,
            param,
            id: about.id().to_owned(),
            name,
            hint: about.hint(),
            default,
            measure,
            context,
            history,
            steps,
            // SAFETY: as above.
            is_automatable: unsafe { !param.flags().contains(ParamFlags::NON_AUTOMATABLE) },
            gesture: Mutex::default(),
            held: None,
        }
    }

    /// Counts its open gestures here: for a parameter that acts when the gesture has ended.
    pub(crate) fn holding(mut self, held: Option<Arc<AtomicU32>>) -> Self {
        self.held = held;
        self
    }

    fn plain(&self, normalized: f32) -> f32 {
        // SAFETY: `_owner` keeps the parameter alive; so in all functions below.
        unsafe { self.param.preview_plain(normalized) }
    }

    fn normalized_of(&self, plain: f32) -> f32 {
        // SAFETY: see `plain`.
        unsafe { self.param.preview_normalized(plain) }.clamp(0.0, 1.0)
    }

    /// The size of a step in the parameter's own measure.
    fn step_plain(&self, size: StepSize) -> f32 {
        let mastering = self.steps.mastering.load(std::sync::atomic::Ordering::Relaxed);
        let coarse = match self.measure {
            Measure::Decibels if mastering => 0.5,
            Measure::Decibels => 0.1,
            Measure::Percent => 1.0,
            Measure::Octaves => 1.0 / 12.0,
            Measure::Other => (self.plain(1.0) - self.plain(0.0)) / 100.0,
        };
        match size {
            StepSize::Coarse => coarse,
            StepSize::Fine => coarse / 10.0,
        }
    }

    /// Ends the gesture, if one is open: the values before and after it.
    fn let_go(&self) -> Option<(f32, f32)> {
        let gesture = self.gesture().take();
        if let Some(held) = self.held.as_ref().filter(|_| gesture.is_some()) {
            held.fetch_sub(1, Ordering::Relaxed);
        }
        gesture
    }

    fn gesture(&self) -> std::sync::MutexGuard<'_, Option<(f32, f32)>> {
        self.gesture.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // A window that closes in the middle of a gesture.
        self.let_go();
    }
}

impl ParamHandle for Handle {
    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn text(&self, normalized: f32) -> String {
        // SAFETY: see `plain`.
        unsafe { self.param.normalized_value_to_string(normalized, true) }
    }

    fn parse(&self, text: &str) -> Option<f32> {
        // SAFETY: see `plain`.
        unsafe { self.param.string_to_normalized_value(text) }.filter(|value| value.is_finite())
    }

    fn normalized(&self) -> f32 {
        // The host applies a change in its next block; until then the hand must see what it did.
        match *self.gesture() {
            Some((_, last)) => last,
            // SAFETY: see `plain`.
            None => unsafe { self.param.unmodulated_normalized_value() },
        }
    }

    fn default_normalized(&self) -> f32 {
        self.default
    }

    fn step_count(&self) -> Option<usize> {
        // SAFETY: see `plain`.
        unsafe { self.param.step_count() }
    }

    fn step_normalized(&self, size: StepSize) -> f32 {
        let span = self.plain(1.0) - self.plain(0.0);
        if span > 0.0 { self.step_plain(size) / span } else { 0.01 }
    }

    fn is_bipolar(&self) -> bool {
        self.plain(0.0) < 0.0 && self.plain(1.0) > 0.0 && self.plain(self.default) == 0.0
    }

    fn hint(&self) -> &str {
        &self.hint
    }

    fn begin(&self) {
        // SAFETY: see `plain`.
        let before = unsafe { self.param.unmodulated_normalized_value() };
        let is_new = self.gesture().replace((before, before)).is_none();
        if let Some(held) = self.held.as_ref().filter(|_| is_new) {
            held.fetch_add(1, Ordering::Relaxed);
        }
        // SAFETY: as above.
        unsafe { self.context.raw_begin_set_parameter(self.param) };
    }

    fn set(&self, normalized: f32) {
        if let Some((_, last)) = self.gesture().as_mut() {
            *last = normalized;
        }
        // SAFETY: see `plain`.
        unsafe { self.context.raw_set_parameter_normalized(self.param, normalized) };
        if !self.is_automatable {
            // While audio runs nice-plug leaves it to a VST3 host to hand the value back; Ardour 7 does so for parameters that it
            // automates only.
            // SAFETY: see `plain`; a value is an atomic.
            unsafe { self.param._internal_set_normalized_value(normalized) };
        }
    }

    fn end(&self) {
        // SAFETY: see `plain`.
        unsafe { self.context.raw_end_set_parameter(self.param) };
        if let Some((before, after)) = self.let_go()
            && before != after
        {
            let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
            history.record(Change { id: self.id.clone(), before, after });
        }
    }

    fn stepped(&self, from: f32, steps: i32, size: StepSize) -> f32 {
        if let Some(count) = self.step_count().filter(|&count| count > 0) {
            let last = count as f32;
            return (((from * last).round() + steps as f32) / last).clamp(0.0, 1.0);
        }
        let step = self.step_plain(size);
        match self.measure {
            Measure::Octaves => self.normalized_of(self.plain(from) * (steps as f32 * step).exp2()),
            _ => {
                // From the grid to the grid: 1.23 dB goes to 1.3 or 1.2, not to 1.33.
                let at = (self.plain(from) / step).round();
                self.normalized_of((at + steps as f32) * step)
            }
        }
    }

    fn snapped(&self, normalized: f32, size: StepSize) -> f32 {
        if let Some(count) = self.step_count().filter(|&count| count > 0) {
            let last = count as f32;
            return ((normalized * last).round() / last).clamp(0.0, 1.0);
        }
        let step = self.step_plain(size);
        match self.measure {
            // A drag over frequencies has no detents worth feeling.
            Measure::Octaves | Measure::Other => normalized.clamp(0.0, 1.0),
            _ => self.normalized_of((self.plain(normalized) / step).round() * step),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::editor::test_window::FakeHost;
    use crate::params::AllParams;
    use crate::probe::Probe;

    /// A host need not hand back what it does not automate.
    #[test]
    fn what_no_host_automates_is_set_at_once() {
        let params = Arc::new(AllParams::of::<Probe>());
        let set = |parameter: &dyn Parameter, normalized: f32| {
            let host = FakeHost::default();
            host.is_deaf.store(true, Ordering::SeqCst);
            let context = GuiContext::new(Arc::new(host));
            let handle = Handle::new(params.clone(), parameter, context, Arc::default(), Arc::default());
            handle.begin();
            handle.set(normalized);
            handle.end();
            // SAFETY: `params` is alive.
            unsafe { parameter.ptr().unmodulated_normalized_value() }
        };
        assert_eq!(set(&params.shell.quality, 0.0), 0.0);
        assert_eq!(set(&params.shell.quality, 1.0), 1.0);
        assert_eq!(set(&params.shell.mix, 0.25), 1.0, "that is the host's to do");
    }

    #[test]
    fn an_open_gesture_is_counted_until_its_end_or_the_windows() {
        let params = Arc::new(AllParams::of::<Probe>());
        let held = params.mode_gestures.clone();
        let open = || held.load(Ordering::SeqCst);
        let handle = || {
            let context = GuiContext::new(Arc::new(FakeHost::default()));
            let quality = &params.shell.quality;
            Handle::new(params.clone(), quality, context, Arc::default(), Arc::default()).holding(Some(held.clone()))
        };
        let first = handle();
        first.begin();
        first.set(0.0);
        assert_eq!(open(), 1);
        first.begin();
        assert_eq!(open(), 1, "the same gesture");
        first.end();
        first.end();
        assert_eq!(open(), 0);
        let second = handle();
        first.begin();
        second.begin();
        assert_eq!(open(), 2);
        drop(second);
        assert_eq!(open(), 1, "its window has closed");
        drop(first);
        assert_eq!(open(), 0);
    }
}
