//! What is for listening only: Compare, Delta, Unity gain, and the switches that a product adds (side-chain listen, limit
//! instead).
//!
//! These are no parameters. A host saves every parameter that it sees, automates it and expects to find it again, and
//! none of that may happen to a listening aid. They belong to the window: off when an instance is made, off when a
//! session loads, off when the window closes, and without effect in an offline render. Besides the window, the private
//! CLAP extension of [`format::clap`](crate::format) reaches them, for the suite's own host and its tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use shared_ui::{ParamHandle, StepSize};

use crate::features::Features;
use crate::params::Changes;

/// One listening aid as a product declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonitoringSwitch {
    /// Its key in the window and in the private extension, in snake_case.
    pub id: &'static str,
    /// As shown, and as spoken by a screen reader.
    pub name: &'static str,
    /// One sentence or two for the tooltip; may be empty.
    pub hint: &'static str,
    /// Whether it is pressed rather than set: it does its work once and never stays on.
    pub is_momentary: bool,
}

impl MonitoringSwitch {
    /// A switch that stays until it is pressed again.
    #[must_use]
    pub const fn toggle(id: &'static str, name: &'static str, hint: &'static str) -> Self {
        Self { id, name, hint, is_momentary: false }
    }

    /// A button.
    #[must_use]
    pub const fn button(id: &'static str, name: &'static str, hint: &'static str) -> Self {
        Self { id, name, hint, is_momentary: true }
    }
}

/// Hear the dry signal at the loudness of the wet.
pub const COMPARE: MonitoringSwitch = MonitoringSwitch::toggle("compare", "Fair compare", "");
/// Hear only what the plugin changes.
pub const DELTA: MonitoringSwitch = MonitoringSwitch::toggle("delta", "Delta", "");
/// Hear the wet at the loudness of the dry.
pub const UNITY_GAIN: MonitoringSwitch = MonitoringSwitch::toggle(
    "unity_gain",
    "Unity gain",
    "Hear the output at the loudness of the input. Compare and Delta are level-matched then. Monitoring only: never rendered.",
);

#[derive(Debug)]
struct State {
    switch: MonitoringSwitch,
    is_on: AtomicBool,
    /// How often a button was pressed, wrapping.
    presses: AtomicU32,
}

/// The listening aids of one instance. All methods are wait-free.
#[derive(Debug)]
pub struct Monitoring {
    states: Box<[State]>,
    changes: Changes,
}

impl Monitoring {
    /// Compare, Delta and Unity gain where the product has them, then its own; all off.
    #[must_use]
    pub fn new(features: Features, product: &[MonitoringSwitch]) -> Self {
        let has = [(features.compare, COMPARE), (features.delta, DELTA), (features.unity_gain, UNITY_GAIN)];
        let shell = has.into_iter().filter_map(|(has, switch)| has.then_some(switch));
        let state = |switch| State { switch, is_on: AtomicBool::new(false), presses: AtomicU32::new(0) };
        Self { states: shell.chain(product.iter().copied()).map(state).collect(), changes: Changes::default() }
    }

    /// Counts changes here, too.
    #[must_use]
    pub fn counted_by(self, changes: &Changes) -> Self {
        Self { changes: changes.clone(), ..self }
    }

    /// All of them, in the order of the private extension.
    pub fn switches(&self) -> impl ExactSizeIterator<Item = MonitoringSwitch> + '_ {
        self.states.iter().map(|state| state.switch)
    }

    fn find(&self, id: &str) -> Option<&State> {
        self.states.iter().find(|state| state.switch.id == id)
    }

    /// Whether the switch with this id is on; a button never is.
    #[must_use]
    pub fn is_on(&self, id: &str) -> bool {
        self.find(id).is_some_and(|state| state.is_on.load(Ordering::Relaxed))
    }

    /// How often the button with this id was pressed, wrapping.
    #[must_use]
    pub fn presses(&self, id: &str) -> u32 {
        self.find(id).map_or(0, |state| state.presses.load(Ordering::Relaxed))
    }

    /// Sets a switch, or presses a button where `on` is true. Answers whether there is one with this id.
    pub fn set(&self, id: &str, on: bool) -> bool {
        let Some(state) = self.find(id) else { return false };
        if !state.switch.is_momentary {
            state.is_on.store(on, Ordering::Relaxed);
        } else if on {
            state.presses.fetch_add(1, Ordering::Relaxed);
        }
        self.changes.add();
        true
    }

    /// Switches all off. What was pressed stays pressed.
    pub fn clear(&self) {
        for state in &self.states {
            state.is_on.store(false, Ordering::Relaxed);
        }
        self.changes.add();
    }

    /// What the sound is given of them: nothing in an offline render.
    #[must_use]
    pub fn active(&self, is_offline: bool) -> ActiveMonitoring<'_> {
        ActiveMonitoring { monitoring: self, is_offline }
    }
}

/// The listening aids as they act on the sound now.
#[derive(Debug, Clone, Copy)]
pub struct ActiveMonitoring<'a> {
    monitoring: &'a Monitoring,
    is_offline: bool,
}

impl ActiveMonitoring<'_> {
    /// Whether this switch is on; never in an offline render.
    #[must_use]
    pub fn is_on(&self, switch: &MonitoringSwitch) -> bool {
        !self.is_offline && self.monitoring.is_on(switch.id)
    }

    /// Whether this is an offline render.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        self.is_offline
    }

    /// How often this button was pressed, wrapping, in an offline render too.
    #[must_use]
    pub fn presses(&self, button: &MonitoringSwitch) -> u32 {
        self.monitoring.presses(button.id)
    }
}

/// A listening aid as the parts of the window want to hold it. The host hears nothing of it, and undo neither.
#[derive(Debug)]
pub(crate) struct MonitoringHandle {
    monitoring: Arc<Monitoring>,
    switch: MonitoringSwitch,
}

impl MonitoringHandle {
    pub(crate) fn new(monitoring: Arc<Monitoring>, switch: MonitoringSwitch) -> Self {
        Self { monitoring, switch }
    }
}

impl ParamHandle for MonitoringHandle {
    fn id(&self) -> &str {
        self.switch.id
    }

    fn name(&self) -> &str {
        self.switch.name
    }

    fn text(&self, normalized: f32) -> String {
        crate::text::write_switch(normalized >= 0.5)
    }

    fn parse(&self, text: &str) -> Option<f32> {
        crate::text::parse_switch(text).map(|on| f32::from(u8::from(on)))
    }

    fn normalized(&self) -> f32 {
        f32::from(u8::from(self.monitoring.is_on(self.switch.id)))
    }

    fn default_normalized(&self) -> f32 {
        0.0
    }

    fn step_count(&self) -> Option<usize> {
        Some(1)
    }

    fn step_normalized(&self, _size: StepSize) -> f32 {
        1.0
    }

    fn hint(&self) -> &str {
        self.switch.hint
    }

    fn begin(&self) {}

    fn set(&self, normalized: f32) {
        self.monitoring.set(self.switch.id, normalized >= 0.5);
    }

    fn end(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTEN: MonitoringSwitch = MonitoringSwitch::toggle("listen", "Listen", "");
    const RESET: MonitoringSwitch = MonitoringSwitch::button("reset", "Reset", "");

    #[test]
    fn switches_act_until_cleared_and_never_in_a_render() {
        let monitoring = Monitoring::new(Features::EFFECT, &[LISTEN]);
        assert!(monitoring.set("listen", true) && monitoring.set("delta", true));
        assert!(monitoring.active(false).is_on(&LISTEN) && monitoring.active(false).is_on(&DELTA));
        assert!(!monitoring.active(true).is_on(&LISTEN) && !monitoring.active(true).is_on(&DELTA));
        monitoring.clear();
        assert!(!monitoring.active(false).is_on(&LISTEN) && !monitoring.is_on("delta"));
        assert!(!monitoring.set("no_such", true));
    }

    #[test]
    fn a_button_counts_and_never_stays_on() {
        let monitoring = Monitoring::new(Features { compare: true, ..Features::NONE }, &[RESET]);
        assert!(!monitoring.set("delta", true), "a product without Delta");
        assert!(monitoring.set("compare", true), "but with Compare");
        monitoring.set("reset", true);
        monitoring.set("reset", false);
        monitoring.set("reset", true);
        assert_eq!(monitoring.presses("reset"), 2);
        assert!(!monitoring.is_on("reset"));
        monitoring.clear();
        assert_eq!(monitoring.active(true).presses(&RESET), 2, "what was pressed stays pressed");
    }
}
