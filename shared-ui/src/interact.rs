//! What mouse, wheel, keyboard and screen reader do to a value: one place, so that the same gesture does the same thing
//! on every part.

use egui::accesskit::{Action, ActionData};
use egui::{Event, EventFilter, Id, Key, Modifiers, MouseWheelUnit, PointerButton, Response, Role, Ui, WidgetInfo};

use crate::gesture;
use crate::menu::row;
use crate::param::{Param, StepSize, clean, index_normalized};
use crate::{theme, tooltip};

/// Points of drag for the whole range of a continuous parameter.
pub const DRAG_RANGE_POINTS: f32 = 250.0;
/// Points of drag for one value of a stepped parameter.
const DRAG_STEP_POINTS: f32 = 24.0;
/// Points of smooth scrolling that count as one notch of a wheel.
const SCROLL_NOTCH_POINTS: f32 = 40.0;
/// How much less Shift moves.
const FINE: f32 = 0.1;

/// Drag in progress: kept by egui between frames.
#[derive(Clone, Copy)]
struct Drag {
    /// Where the pointer has moved the value to, before detents.
    raw: f32,
    /// The value when the drag, or its present fineness, started.
    anchor: f32,
    /// The value last sent.
    value: f32,
    size: StepSize,
    /// The window lost focus in the middle of it: what the hand still does is for another window.
    is_over: bool,
}

fn size_of(modifiers: Modifiers) -> StepSize {
    if modifiers.shift { StepSize::Fine } else { StepSize::Coarse }
}

/// Handles everything but typed entry on a part that senses click and drag. Answers whether the value was changed.
pub fn value(ui: &Ui, response: &Response, param: &Param) -> bool {
    if !response.enabled() {
        return false;
    }
    let dragged = drag(ui, response, param);
    let clicked = click(ui, response, param);
    let wheeled = wheel(ui, response, param);
    let keyed = keys(ui, response, param);
    let spoken = spoken(ui, response.id, param);
    dragged || clicked || wheeled || keyed || spoken
}

fn drag(ui: &Ui, response: &Response, param: &Param) -> bool {
    let id = response.id.with("drag");
    if response.drag_stopped() {
        gesture::release(ui.ctx(), param);
        ui.data_mut(|data| data.remove::<Drag>(id));
        return false;
    }
    if !response.dragged_by(PointerButton::Primary) {
        return false;
    }
    let size = size_of(ui.input(|input| input.modifiers));
    let now = clean(param.normalized());
    let mut drag = ui.data_mut(|data| data.get_temp(id)).filter(|_| !response.drag_started()).unwrap_or(Drag {
        raw: now,
        anchor: now,
        value: now,
        size,
        is_over: false,
    });
    let has_lost_focus =
        |input: &egui::InputState| input.events.iter().any(|event| matches!(event, Event::WindowFocused(false)));
    drag.is_over |= ui.input(has_lost_focus);
    if drag.is_over {
        ui.data_mut(|data| data.insert_temp(id, drag));
        gesture::release(ui.ctx(), param);
        return false;
    }
    gesture::hold(ui.ctx(), param);
    if drag.size != size {
        // Start again from the value as it stands: pressing or releasing Shift never moves it.
        drag = Drag { raw: drag.value, anchor: drag.value, size, ..drag };
    }
    let range_points = match param.step_count() {
        Some(count) => DRAG_STEP_POINTS * count.max(1) as f32,
        None => DRAG_RANGE_POINTS,
    };
    let speed = if size == StepSize::Fine { FINE } else { 1.0 };
    // Clamped, so that a drag past the end answers at once when it turns back.
    drag.raw = (drag.raw - response.drag_delta().y / range_points * speed).clamp(0.0, 1.0);
    let detent = match param.step_count() {
        Some(count) => 1.0 / count.max(1) as f32,
        None => param.step_normalized(size),
    };
    // Stay on the value found until half a detent away: an odd typed value is not rounded by a touch.
    let value = if (drag.raw - drag.anchor).abs() < 0.5 * detent { drag.anchor } else { param.snapped(drag.raw, size) };
    let changed = value != drag.value;
    if changed {
        drag.value = value;
        gesture::set(ui.ctx(), param, value);
    }
    ui.data_mut(|data| data.insert_temp(id, drag));
    changed
}

/// Modifiers of this frame's click: those of the release itself, as the keys may be up again by the end of the frame.
pub fn click_modifiers(ui: &Ui) -> Modifiers {
    ui.input(|input| {
        let of_click = input.events.iter().rev().find_map(|event| match event {
            Event::PointerButton { button: PointerButton::Primary, modifiers, .. } => Some(*modifiers),
            _ => None,
        });
        of_click.unwrap_or(input.modifiers)
    })
}

fn click(ui: &Ui, response: &Response, param: &Param) -> bool {
    if response.clicked_elsewhere() && response.has_focus() {
        response.surrender_focus();
    }
    if !response.clicked_by(PointerButton::Primary) {
        return false;
    }
    let modifiers = click_modifiers(ui);
    let resets = response.double_clicked() || modifiers.command || modifiers.ctrl || modifiers.alt;
    resets && reset(ui, param)
}

/// Sets the default. Nothing is sent if it is set already.
pub fn reset(ui: &Ui, param: &Param) -> bool {
    let default = clean(param.default_normalized());
    let changes = default != param.normalized();
    if changes {
        gesture::once(ui.ctx(), param, default);
    }
    changes
}

fn wheel(ui: &Ui, response: &Response, param: &Param) -> bool {
    if !response.hovered() || !theme::switches(ui.ctx()).wheel {
        return false;
    }
    let id = response.id.with("wheel");
    let mut rest: f32 = ui.data(|data| data.get_temp(id)).unwrap_or(0.0);
    let mut changed = false;
    for (unit, delta, modifiers) in ui.input(|input| {
        let wheel = |event: &Event| match event {
            Event::MouseWheel { unit, delta, modifiers, .. } => Some((*unit, *delta, *modifiers)),
            _ => None,
        };
        input.events.iter().filter_map(wheel).collect::<Vec<_>>()
    }) {
        // Some systems turn Shift-wheel into a sideways wheel.
        let moved = if delta.y == 0.0 && modifiers.shift { delta.x } else { delta.y };
        rest += match unit {
            MouseWheelUnit::Point => moved / SCROLL_NOTCH_POINTS,
            MouseWheelUnit::Line | MouseWheelUnit::Page => moved,
        };
        let steps = rest.trunc();
        rest -= steps;
        if steps != 0.0 {
            changed |= step(ui, param, steps as i32, size_of(modifiers));
        }
    }
    ui.data_mut(|data| data.insert_temp(id, rest));
    changed
}

/// Moves by steps, as part of a burst. Nothing is sent at the end of the range.
pub fn step(ui: &Ui, param: &Param, steps: i32, size: StepSize) -> bool {
    let from = clean(param.normalized());
    let to = clean(param.stepped(from, steps, size));
    if to != from {
        gesture::burst(ui.ctx(), param, to);
    }
    to != from
}

fn keys(ui: &Ui, response: &Response, param: &Param) -> bool {
    if !response.has_focus() {
        return false;
    }
    // Arrows belong to the focused control, not to moving the focus.
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let mut changed = false;
    let pressed: Vec<(Key, Modifiers)> = ui.input(|input| {
        let key = |event: &Event| match event {
            Event::Key { key, pressed: true, modifiers, .. } => Some((*key, *modifiers)),
            _ => None,
        };
        input.events.iter().filter_map(key).collect()
    });
    for (key, modifiers) in pressed {
        // With Ctrl, Cmd or Alt a key is a shortcut of the host's.
        if modifiers.ctrl || modifiers.command || modifiers.alt {
            continue;
        }
        let size = size_of(modifiers);
        changed |= match key {
            Key::ArrowUp | Key::ArrowRight => step(ui, param, 1, size),
            Key::ArrowDown | Key::ArrowLeft => step(ui, param, -1, size),
            Key::PageUp => step(ui, param, 10, size),
            Key::PageDown => step(ui, param, -10, size),
            _ => false,
        };
    }
    changed
}

fn spoken(ui: &Ui, id: Id, param: &Param) -> bool {
    let (steps, wanted) = ui.input(|input| {
        let count = |action| input.num_accesskit_action_requests(id, action) as i32;
        let wanted = input.accesskit_action_requests(id, Action::SetValue).filter_map(|request| match &request.data {
            Some(ActionData::NumericValue(value)) => Some(*value as f32),
            Some(ActionData::Value(text)) => param.parse(text),
            _ => None,
        });
        (count(Action::Increment) - count(Action::Decrement), wanted.last())
    });
    let mut changed = false;
    if let Some(wanted) = wanted.filter(|value| value.is_finite()) {
        gesture::once(ui.ctx(), param, wanted);
        changed = true;
    }
    if steps != 0 {
        changed |= step(ui, param, steps, StepSize::Coarse);
    }
    changed
}

/// Tells a screen reader the name, the role and the value in words.
pub fn describe(ui: &Ui, response: &Response, param: &Param, role: Role) {
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(role, response.enabled(), param.name());
        info.value = Some(f64::from(clean(param.normalized())));
        info
    });
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_value(param.text(clean(param.normalized())));
        node.set_min_numeric_value(0.0);
        node.set_max_numeric_value(1.0);
        let step = match param.step_count() {
            Some(_) => index_normalized(&**param, 1),
            None => param.step_normalized(StepSize::Coarse),
        };
        node.set_numeric_value_step(f64::from(step));
        if !param.hint().is_empty() {
            node.set_description(param.hint());
        }
        node.add_action(Action::SetValue);
        node.add_action(Action::Increment);
        node.add_action(Action::Decrement);
    });
}

/// Explains a parameter when the pointer rests on it: what it does, its range, its default.
pub fn explain(ui: &Ui, response: &Response, param: &Param) {
    let is_busy = response.dragged() || gesture::is_open(ui.ctx(), param);
    tooltip::explain(ui, response, is_busy, || {
        let default = clean(param.default_normalized());
        let range = format!("{} to {}, default {}", param.text(0.0), param.text(1.0), param.text(default));
        [param.name().to_owned(), param.hint().to_owned(), range]
    });
}

/// A plain explanation of a part that is no parameter.
pub fn explain_text(ui: &Ui, response: &Response, text: &str) {
    if !text.is_empty() {
        tooltip::explain(ui, response, response.dragged(), || [String::new(), text.to_owned(), String::new()]);
    }
}

/// Describes a part that only shows something: role, name and value in words to a screen reader, `hint` under the pointer.
pub fn describe_picture(
    ui: &Ui,
    response: &Response,
    role: Role,
    name: &str,
    hint: &str,
    value: impl FnOnce() -> String,
) {
    response.widget_info(|| WidgetInfo::labeled(role, true, name));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(value()));
    explain_text(ui, response, hint);
}

/// What a right-click offers: type, reset, copy. Answers what was chosen.
///
/// The framework cannot show the host's own menu yet (reference/users.md section 4, 12).
pub fn menu(response: &Response, param: &Param) -> MenuChoice {
    let mut choice = MenuChoice::Nothing;
    response.context_menu(|ui| {
        ui.set_width(150.0);
        ui.spacing_mut().item_spacing.y = 0.0;
        let default = format!("Reset to {}", param.text(clean(param.default_normalized())));
        let mut offer = |ui: &mut Ui, label: &str, offered: MenuChoice| {
            if row(ui, label, false, true) {
                choice = offered;
                ui.close();
            }
        };
        offer(ui, "Type a value", MenuChoice::Type);
        offer(ui, &default, MenuChoice::Reset);
        offer(ui, "Copy value", MenuChoice::Copy);
    });
    match choice {
        MenuChoice::Copy => response.ctx.copy_text(param.text(clean(param.normalized()))),
        MenuChoice::Nothing | MenuChoice::Type | MenuChoice::Reset => {}
    }
    choice
}

/// What was chosen in [`menu`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MenuChoice {
    Nothing,
    Type,
    Reset,
    Copy,
}
