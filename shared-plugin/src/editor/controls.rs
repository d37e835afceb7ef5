//! The window's hold on all parameters: gestures, undo, the A and B slots, and the settings that a preset holds.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use egui::Context;
use nice_plug::context::gui::GuiContext;
use nice_plug::prelude::Params;
use shared_ui::ab::AbAction;
use shared_ui::{Param, gesture};

use super::handle::{Handle, Steps};
use super::undo_history::{Change, UndoHistory};
use crate::monitoring::MonitoringHandle;
use crate::params::{AllParams, Parameter, Scope};
use crate::product::Product;
use crate::session::Snapshot;

/// Handles on all parameters while a window is open, and what was done with them. The history outlives windows.
pub(super) struct Controls<P: Product> {
    params: Arc<AllParams<P::Params>>,
    history: Arc<Mutex<UndoHistory>>,
    steps: Arc<Steps>,
    handles: BTreeMap<String, Param>,
    listening: BTreeMap<&'static str, Param>,
    /// The words of the choice of a mode that the bottom line shows.
    mode_options: Vec<String>,
}

impl<P: Product> Controls<P> {
    /// Without a window there are no handles.
    pub fn new(params: Arc<AllParams<P::Params>>) -> Self {
        Self {
            params,
            history: Arc::default(),
            steps: Arc::default(),
            handles: BTreeMap::new(),
            listening: BTreeMap::new(),
            mode_options: Vec::new(),
        }
    }

    /// Makes a handle for every parameter, which sends its gestures through `context`, and one for every listening switch.
    pub fn open(&mut self, context: &GuiContext) {
        let owner: Arc<dyn Params> = self.params.clone();
        self.handles = self
            .params
            .parameters()
            .into_iter()
            .map(|parameter| {
                let about = parameter.about();
                let (context, history, steps) = (context.clone(), self.history.clone(), self.steps.clone());
                let held = (about.scope() == Scope::Mode).then(|| self.params.mode_gestures.clone());
                let handle = Handle::new(owner.clone(), parameter, context, history, steps);
                (about.id().to_owned(), Arc::new(handle.holding(held)) as Param)
            })
            .collect();
        self.mode_options = self.mode_param().map_or_else(Vec::new, |param| {
            let last = param.step_count().unwrap_or(0);
            (0..=last).map(|index| param.text(index as f32 / last.max(1) as f32)).collect()
        });
        self.listening = self
            .params
            .monitoring
            .switches()
            .map(|switch| {
                let handle = MonitoringHandle::new(self.params.monitoring.clone(), switch);
                (switch.id, Arc::new(handle) as Param)
            })
            .collect();
    }

    /// The window has gone.
    pub fn close(&mut self) {
        self.handles.clear();
        self.listening.clear();
    }

    /// The parameters that the handles lead to.
    pub fn params(&self) -> &AllParams<P::Params> {
        &self.params
    }

    /// The handles by id.
    pub fn handles(&self) -> &BTreeMap<String, Param> {
        &self.handles
    }

    /// The listening switches by id.
    pub fn listening(&self) -> &BTreeMap<&'static str, Param> {
        &self.listening
    }

    /// The preferences that steps obey.
    pub fn steps(&self) -> &Steps {
        &self.steps
    }

    /// One gesture on one parameter.
    pub fn set(&self, ctx: &Context, parameter: &dyn Parameter, normalized: f32) {
        self.set_by_id(ctx, parameter.about().id(), normalized);
    }

    fn set_by_id(&self, ctx: &Context, id: &str, normalized: f32) {
        if let Some(param) = self.handles.get(id) {
            gesture::once(ctx, param, normalized);
        }
    }

    fn mode_param(&self) -> Option<&Param> {
        self.handles.get(P::MODE.menu(&self.params)?.about().id())
    }

    /// The choice of a mode that the bottom line shows, and its words, if the product has one.
    pub fn mode(&self) -> Option<(&Param, &[String])> {
        Some((self.mode_param()?, &self.mode_options))
    }

    /// Chooses a mode by its place.
    pub fn set_mode(&self, ctx: &Context, index: usize) {
        if let Some(param) = self.mode_param() {
            let last = self.mode_options.len().saturating_sub(1);
            gesture::once(ctx, param, index.min(last) as f32 / last.max(1) as f32);
        }
    }

    fn history(&self) -> MutexGuard<'_, UndoHistory> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A picture begins: gestures that end in one picture, as of a handle that moves two parameters, are one entry.
    pub fn begin_picture(&self) {
        self.history().begin_group();
    }

    /// The picture is drawn.
    pub fn end_picture(&self) {
        self.history().end_group();
    }

    /// Whether there is anything to undo, and anything to redo.
    pub fn can_undo_and_redo(&self) -> (bool, bool) {
        let history = self.history();
        (history.can_undo(), history.can_redo())
    }

    /// Undoes the last gesture.
    pub fn undo(&self, ctx: &Context) {
        let changes = self.history().undo();
        self.replay(ctx, &changes);
    }

    /// Makes the last undone gesture again.
    pub fn redo(&self, ctx: &Context) {
        let changes = self.history().redo();
        self.replay(ctx, &changes);
    }

    fn replay(&self, ctx: &Context, changes: &[Change]) {
        for change in changes {
            self.set_by_id(ctx, &change.id, change.after);
        }
        self.history().replayed();
    }

    /// The parameters that a slot or a preset may move, by id.
    fn presettable(&self) -> impl Iterator<Item = (&str, &Param)> {
        let all = self.params.parameters().into_iter().map(|parameter| parameter.about());
        all.filter(|about| about.is_in_presets()).filter_map(|about| Some((about.id(), self.handles.get(about.id())?)))
    }

    /// What a slot or a preset holds of the present settings.
    pub fn snapshot(&self) -> Snapshot {
        self.presettable().map(|(id, param)| (id.to_owned(), param.normalized())).collect()
    }

    /// The same as the window writes it.
    pub fn texts(&self) -> BTreeMap<String, String> {
        self.presettable().map(|(id, param)| (id.to_owned(), param.text(param.normalized()))).collect()
    }

    /// Values of a starting point or a preset, read as the window would read them typed; the rest takes its default.
    pub fn values_of<'t>(&self, texts: impl IntoIterator<Item = (&'t str, &'t str)>) -> Result<Snapshot, String> {
        let mut snapshot: Snapshot =
            self.presettable().map(|(id, param)| (id.to_owned(), param.default_normalized())).collect();
        for (id, text) in texts {
            // Settings that belong to the session are left alone, whatever a file says.
            let Some(slot) = snapshot.get_mut(id) else { continue };
            let value = self.handles.get(id).and_then(|param| param.parse(text));
            *slot = value.ok_or_else(|| format!("\"{text}\" is no value for {id}"))?;
        }
        Ok(snapshot)
    }

    /// Whether any parameter of a snapshot is elsewhere now.
    pub fn differs_from(&self, snapshot: &Snapshot) -> bool {
        let is_away = |param: &Param, value: f32| (param.normalized() - value).abs() > 1e-4;
        snapshot.iter().any(|(id, value)| self.handles.get(id).is_some_and(|param| is_away(param, *value)))
    }

    /// Moves parameters to a snapshot, as gestures that are one entry of the history.
    pub fn restore(&self, ctx: &Context, snapshot: &Snapshot) {
        self.history().begin_group();
        for (id, param) in self.presettable() {
            if let Some(&value) = snapshot.get(id).filter(|&&value| (param.normalized() - value).abs() > 1e-6) {
                gesture::once(ctx, param, value.clamp(0.0, 1.0));
            }
        }
        self.history().end_group();
    }

    /// Goes to the other slot, or copies the present settings to it.
    pub fn ab_action(&self, ctx: &Context, action: AbAction) {
        let now = self.snapshot();
        match action {
            AbAction::Select(_) => {
                let other = {
                    let mut slots = self.params.session.slots();
                    slots.is_b = !slots.is_b;
                    let other = std::mem::replace(&mut slots.other, now.clone());
                    let preset = slots.preset.clone();
                    // A slot that was never filled starts as what is heard now, its name included.
                    let named = if other.is_empty() { preset.clone() } else { slots.other_preset.take() };
                    (slots.preset, slots.other_preset) = (named, preset);
                    other
                };
                self.restore(ctx, if other.is_empty() { &now } else { &other });
            }
            AbAction::CopyToOther => {
                let mut slots = self.params.session.slots();
                slots.other_preset = slots.preset.clone();
                slots.other = now;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use crate::editor::test_window::window;

    #[test]
    fn a_and_b_hold_their_own_settings() {
        let mut window = window();
        window.type_amount(-2.0);
        window.press("Setting B");
        assert!(window.params.session.slots().is_b);
        assert_eq!(window.amount(), -2.0, "a slot that was never filled starts as what is heard");
        window.type_amount(5.0);
        window.press("Setting A");
        assert!((window.amount() + 2.0).abs() < 1e-4, "{}", window.amount());
        window.press("Copy A to B");
        window.press("Setting B");
        assert!((window.amount() + 2.0).abs() < 1e-4);
        assert_eq!(window.host.open.load(Ordering::SeqCst), 0, "no gesture is left open");
    }

    #[test]
    fn bypass_reaches_the_host_as_one_gesture_and_listening_does_not() {
        let mut window = window();
        for (label, id) in [("Fair compare", "compare"), ("Delta", "delta")] {
            window.press(label);
            assert!(window.params.monitoring.is_on(id), "{label}");
            assert_eq!(window.host.begun.load(Ordering::SeqCst), 0, "{label} is none of the host's business");
        }
        window.press("Bypass");
        assert!(window.params.shell.bypass.value());
        assert_eq!(window.host.begun.load(Ordering::SeqCst), 1);
        assert_eq!(window.host.open.load(Ordering::SeqCst), 0);
    }
}
