//! Every control, used in every way, and what the host is told of it.

use egui::accesskit::Role;
use egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, Rect, TouchPhase, vec2};
use egui_kittest::kittest::NodeT as _;
use nice_plug::prelude::ParamPtr;

use super::HostCall;
use super::stage::Stage;
use crate::product::Product;

/// Longer than a burst of the wheel lasts, in pictures.
const BURST_STEPS: usize = 30;
/// Longer than two clicks may be apart to be a double click, in pictures.
const CLICKS_APART_STEPS: usize = 40;
/// What writes into the user's folders or asks the system for a dialog, and what is no parameter's: the grip.
const OTHERS: [&str; 4] = ["Report", "Window size", "Browse for a reference file", "Export results"];

/// A control as it stands in the accessible tree.
#[derive(Debug, Clone)]
struct Control {
    name: String,
    role: Role,
    rect: Rect,
}

impl Control {
    fn is_value(&self) -> bool {
        matches!(self.role, Role::Slider | Role::SpinButton)
    }
}

fn controls<P: Product>(stage: &Stage<P>) -> Vec<Control> {
    let is_control = |role: Role| {
        matches!(
            role,
            Role::Slider | Role::SpinButton | Role::Switch | Role::RadioButton | Role::Button | Role::ComboBox
        )
    };
    let root = stage.harness.root();
    root.children_recursive()
        .filter(|node| is_control(node.accesskit_node().role()) && !node.accesskit_node().is_disabled())
        .map(|node| {
            let node_data = node.accesskit_node();
            Control { name: node_data.label().unwrap_or_default(), role: node_data.role(), rect: node.rect() }
        })
        .filter(|control| !OTHERS.contains(&control.name.as_str()))
        .collect()
}

/// How many whole gestures there are in a log, and what is wrong with it.
fn whole(calls: &[HostCall]) -> Result<usize, String> {
    let mut open: Vec<(ParamPtr, usize)> = Vec::new();
    let mut count = 0;
    let mut seen: Vec<ParamPtr> = Vec::new();
    for call in calls {
        match *call {
            HostCall::Begin(param) => {
                if open.iter().any(|(held, _)| *held == param) {
                    return Err("a gesture begins within itself".to_owned());
                }
                if seen.contains(&param) {
                    return Err("one use is two gestures".to_owned());
                }
                seen.push(param);
                open.push((param, 0));
            }
            HostCall::Set(param) => match open.iter_mut().find(|(held, _)| *held == param) {
                Some((_, values)) => *values += 1,
                None => return Err("a value moves outside a gesture".to_owned()),
            },
            HostCall::End(param) => {
                let place = open.iter().position(|(held, _)| *held == param).ok_or("an end without a begin")?;
                open.swap_remove(place);
                count += 1;
            }
        }
    }
    if open.is_empty() { Ok(count) } else { Err(format!("{} gestures are left open", open.len())) }
}

struct Hand<'a, P: Product> {
    stage: &'a mut Stage<P>,
}

impl<P: Product> Hand<'_, P> {
    fn event(&mut self, event: Event) {
        self.stage.harness.event(event);
        self.stage.harness.step();
    }

    fn wait(&mut self, steps: usize) {
        self.stage.harness.run_steps(steps);
    }

    fn move_to(&mut self, pos: Pos2) {
        self.event(Event::PointerMoved(pos));
    }

    fn button(&mut self, pos: Pos2, pressed: bool, modifiers: Modifiers) {
        let event = Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers };
        self.stage.harness.event_modifiers(event, modifiers);
        self.stage.harness.step();
    }

    fn click(&mut self, pos: Pos2, modifiers: Modifiers) {
        self.move_to(pos);
        self.button(pos, true, modifiers);
        self.button(pos, false, modifiers);
        self.wait(2);
    }

    fn press_and_drag(&mut self, from: Pos2, points_up: f32) {
        self.move_to(from);
        self.button(from, true, Modifiers::NONE);
        for step in 1..=4 {
            self.move_to(from - vec2(0.0, points_up * step as f32 / 4.0));
        }
    }

    fn wheel(&mut self, pos: Pos2, notches: f32) {
        self.move_to(pos);
        self.event(Event::MouseWheel {
            unit: MouseWheelUnit::Line,
            delta: vec2(0.0, notches),
            phase: TouchPhase::Move,
            source: MouseWheelSource::Unknown,
            modifiers: Modifiers::NONE,
        });
    }

    fn calls(&mut self) -> Vec<HostCall> {
        self.stage.host.calls()
    }

    /// All values, to see whether any has moved.
    fn values(&self) -> Vec<f32> {
        // SAFETY: the window holds the parameters.
        let value = |param: ParamPtr| unsafe { param.unmodulated_normalized_value() };
        self.stage.params.parameters().into_iter().map(|parameter| value(parameter.ptr())).collect()
    }

    /// Whether it is a parameter, of which a host hears.
    fn is_host(&self, control: &Control) -> bool {
        let is_it = |param: ParamPtr| {
            // SAFETY: the window holds the parameters.
            unsafe { param.name() == control.name }
        };
        self.stage.params.parameters().into_iter().any(|parameter| is_it(parameter.ptr()))
    }

    /// Away from everything, all clicks forgotten.
    fn rest(&mut self) {
        self.event(Event::PointerGone);
        self.wait(CLICKS_APART_STEPS);
        drop(self.calls());
    }
}

/// Up where there is room to go up, else down.
fn way<P: Product>(hand: &Hand<'_, P>, control: &Control) -> f32 {
    let root = hand.stage.harness.root();
    let at = root.children_recursive().find(|node| {
        let node = node.accesskit_node();
        node.role() == control.role && node.label().as_deref() == Some(&control.name)
    });
    let value = at.and_then(|node| node.accesskit_node().numeric_value()).unwrap_or(0.0);
    if value > 0.6 { -1.0 } else { 1.0 }
}

/// Uses a control that has a value in every way. Answers what is wrong.
fn use_value<P: Product>(hand: &mut Hand<'_, P>, control: &Control) -> Vec<String> {
    let mut faults = Vec::new();
    let at = control.rect.center();
    let is_host = hand.is_host(control);
    let mut judge = |hand: &mut Hand<'_, P>, what: &str, least: usize, most: usize| {
        let calls = hand.calls();
        match whole(&calls) {
            // What no host knows is no gesture of its.
            Ok(0) if !is_host => {}
            Ok(count) if is_host && (least..=most).contains(&count) => {}
            Ok(count) => faults.push(format!("{what}: {count} gestures")),
            Err(error) => faults.push(format!("{what}: {error} ({calls:?})")),
        }
    };
    hand.rest();
    let before = hand.values();
    hand.click(at, Modifiers::NONE);
    if hand.values() != before {
        judge(hand, "a click moves a value", 1, 0);
    }
    judge(hand, "a click", 0, 0);
    hand.rest();

    let up = way(hand, control);
    hand.press_and_drag(at, up * 48.0);
    let held = hand.values();
    // Shift, pressed and let go: nothing moves.
    for modifiers in [Modifiers::SHIFT, Modifiers::NONE] {
        hand.event(Event::ModifiersChanged(modifiers));
        hand.wait(1);
    }
    let jumped = hand.values() != held;
    hand.button(at - vec2(0.0, up * 48.0), false, Modifiers::NONE);
    hand.wait(2);
    judge(hand, "a drag", 1, 1);
    if jumped {
        judge(hand, "Shift makes it jump", 1, 0);
    }
    hand.rest();

    let up = way(hand, control);
    for _ in 0..3 {
        hand.wheel(at, up);
    }
    hand.wait(BURST_STEPS);
    judge(hand, "a wheel burst", 1, 1);
    hand.rest();

    hand.click(at, Modifiers::COMMAND);
    hand.wait(BURST_STEPS);
    judge(hand, "a reset", 0, 1);
    hand.rest();

    let up = way(hand, control);
    hand.press_and_drag(at, up * 40.0);
    hand.event(Event::WindowFocused(false));
    hand.wait(2);
    judge(hand, "a drag and lost focus", 1, 1);
    hand.event(Event::WindowFocused(true));
    hand.button(at - vec2(0.0, up * 40.0), false, Modifiers::NONE);
    hand.rest();

    // Typed: Enter on the focused control, then another value than it has.
    let up = way(hand, control);
    hand.stage
        .harness
        .root()
        .children_recursive()
        .find(|node| {
            let node = node.accesskit_node();
            node.role() == control.role && node.label().as_deref() == Some(&control.name)
        })
        .inspect(|node| node.focus());
    hand.wait(2);
    hand.stage.harness.key_press(Key::Enter);
    hand.wait(3);
    drop(hand.calls());
    match other_text(hand, control, up) {
        None if !is_host => {}
        Some(text) => {
            hand.event(Event::Text(text.clone()));
            hand.wait(1);
            hand.stage.harness.key_press(Key::Enter);
            hand.wait(4);
            judge(hand, &format!("typing {text}"), 1, 1);
        }
        None => faults.push("no parameter of this name to type a value for".to_owned()),
    }
    hand.stage.harness.key_press(Key::Escape);
    hand.rest();
    faults
}

/// How the parameter of this name writes a value away from where it is.
fn other_text<P: Product>(hand: &Hand<'_, P>, control: &Control, up: f32) -> Option<String> {
    let parameters = hand.stage.params.parameters();
    // SAFETY: the window holds the parameters.
    unsafe {
        let param = parameters.iter().map(|parameter| parameter.ptr()).find(|param| param.name() == control.name)?;
        let now = param.unmodulated_normalized_value();
        let wanted = if up > 0.0 { 0.5 * (now + 1.0) } else { 0.5 * now };
        Some(param.normalized_value_to_string(wanted, true))
    }
}

/// Uses every control that a product shows once `turn` has turned to it, in every way. Answers how many there were, and what was wrong.
pub fn faults<P: Product>(turn: impl Fn(&mut Stage<P>)) -> (usize, Vec<String>) {
    let open = || {
        let mut stage = Stage::<P>::open(1.0);
        turn(&mut stage);
        stage.play(0.3);
        stage
    };
    let mut stage = open();
    let all = controls(&stage);
    let mut faults = Vec::new();
    for control in &all {
        if control.is_value() {
            let found = use_value(&mut Hand { stage: &mut stage }, control);
            faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", control.name)));
            // The window closes in the middle of a drag.
            let mut hand = Hand { stage: &mut stage };
            let up = way(&hand, control);
            hand.press_and_drag(control.rect.center(), up * 40.0);
            let gestures = usize::from(hand.is_host(control));
            stage.reopen();
            if whole(&stage.host.calls()) != Ok(gestures) {
                faults.push(format!("{}: a drag is open after the window has closed", control.name));
            }
        } else {
            // What a button does may change the window: each is pressed in one of its own.
            let mut stage = open();
            drop(stage.host.calls());
            let mut hand = Hand { stage: &mut stage };
            let at = control.rect.center();
            hand.click(at, Modifiers::NONE);
            hand.wait(BURST_STEPS);
            if let Err(error) = whole(&hand.calls()) {
                faults.push(format!("{}: a click: {error}", control.name));
            }
            for _ in 0..3 {
                hand.wheel(at, -1.0);
            }
            hand.wait(BURST_STEPS);
            if let Err(error) = whole(&hand.calls()) {
                faults.push(format!("{}: a wheel burst: {error}", control.name));
            }
        }
    }
    (all.len(), faults)
}
