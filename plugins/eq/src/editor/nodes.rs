//! The bands as nodes on the canvas: dragged, wheeled, moved by keys, soloed, removed.

use egui::accesskit::{Action, ActionData};
use egui::{
    Align2, Color32, Event, EventFilter, FontId, Key, MouseWheelUnit, PointerButton, Pos2, Response, Role, Sense,
    Stroke, Ui, WidgetInfo, pos2, vec2,
};
use nice_plug::prelude::Param as _;
use shared_dsp::filters::Shape;
use shared_plugin::params::Parameter;
use shared_ui::{Param, StepSize, gesture, keys, theme};

use super::axes::{Axes, View};
use super::state::Context;
use crate::params::{BandParams, LISTEN};
use crate::processor::BandChannels;

const RADIUS: f32 = 10.0;
/// How much less Shift moves.
const FINE: f32 = 0.1;
/// A drag leaves a gain alone until it has gone this far, dB.
const DETENT_DB: f32 = 0.05;
/// Steps of Q a notch of the wheel: a sixth of an octave.
const WHEEL_STEPS: i32 = 2;
/// Points of smooth scrolling that count as one notch.
const NOTCH_POINTS: f32 = 40.0;

/// A drag: where the pointer has taken the node, and the gain where it began.
#[derive(Clone, Copy)]
struct Drag {
    place: Pos2,
    anchor_db: f32,
}

/// What the canvas knows of a node.
pub struct Node<'a> {
    /// The band's number, from 0.
    pub index: usize,
    /// Its parameters.
    pub params: &'a BandParams,
    /// Whether it is the one that is edited.
    pub is_selected: bool,
    /// How far its dynamics have moved its gain, dB; `None` while it has none.
    pub moved_db: Option<f32>,
    /// What all gains are multiplied by.
    pub gain_scale: f32,
}

/// The colour of what acts on these channels: told apart by a letter, too.
pub fn color_of(channels: BandChannels, accent: Color32) -> Color32 {
    match channels {
        BandChannels::Stereo => accent,
        BandChannels::Left => theme::accent::GLUE,
        BandChannels::Right => theme::accent::CLIPPER,
        BandChannels::Mid => theme::accent::METER,
        BandChannels::Side => Color32::from_rgb(0xb0, 0x9b, 0xf0),
    }
}

/// The letter beside it; none for stereo.
pub fn letter_of(channels: BandChannels) -> &'static str {
    match channels {
        BandChannels::Stereo => "",
        BandChannels::Left => "L",
        BandChannels::Right => "R",
        BandChannels::Mid => "M",
        BandChannels::Side => "S",
    }
}

/// How much of the gain stands at the band's own frequency: half of a shelf's.
fn share_at_node(shape: Shape) -> f32 {
    match shape {
        Shape::LowShelf | Shape::HighShelf => 0.5,
        shape if shape.has_gain() => 1.0,
        _ => 0.0,
    }
}

/// Whether the wheel turns its slope.
pub fn is_cut(shape: Shape) -> bool {
    matches!(shape, Shape::LowCut | Shape::HighCut)
}

impl Node<'_> {
    fn gain_share(&self, shape: Shape) -> f32 {
        share_at_node(shape) * self.gain_scale
    }

    /// Where it stands; `None` while the band is off.
    pub fn place(&self, axes: &Axes, context: &Context<'_>) -> Option<Pos2> {
        let shape = self.params.shape.get()?;
        let hz = self.params.frequency.preview_plain(context.param(&self.params.frequency)?.normalized());
        let db = self.params.gain.preview_plain(context.param(&self.params.gain)?.normalized());
        let value = if axes.view == View::Gain { db * self.gain_share(shape) } else { 0.0 };
        let inside = axes.rect.shrink(RADIUS + 2.0);
        Some(pos2(axes.x(hz).clamp(inside.left(), inside.right()), axes.y(value).clamp(inside.top(), inside.bottom())))
    }

    /// Lets it be used and draws it. Answers egui's response; `None` while the band is off.
    pub fn show(&self, ui: &mut Ui, axes: &Axes, context: &Context<'_>) -> Option<Response> {
        let shape = self.params.shape.get()?;
        let place = self.place(axes, context)?;
        let rect = egui::Rect::from_center_size(place, vec2(2.4 * RADIUS, 2.4 * RADIUS));
        let id = ui.make_persistent_id(("node", self.index));
        let response = ui.interact(rect, id, Sense::click_and_drag());
        self.solo(ui, &response, context);
        self.drag(ui, &response, axes, context, shape, place);
        self.click(ui, &response, context);
        self.wheel(ui, &response, context, shape);
        self.keys(ui, &response, context, shape);
        self.spoken(ui, &response, context, shape);
        self.draw(ui, &response, axes, place, shape);
        Some(response)
    }

    /// Alt: only this band is heard, from the press to where it ends.
    fn solo(&self, ui: &Ui, response: &Response, context: &Context<'_>) {
        let Some(listen) = context.listening(&LISTEN[self.index]) else { return };
        let id = response.id.with("solo");
        let is_solo = ui.data(|data| data.get_temp(id)).unwrap_or(false);
        let (is_begun, is_down) = ui.input(|input| {
            let pointer = &input.pointer;
            (input.modifiers.alt && pointer.primary_pressed(), pointer.primary_down())
        });
        let wanted = response.is_pointer_button_down_on() && is_down && (is_solo || is_begun);
        if wanted != is_solo {
            ui.data_mut(|data| data.insert_temp(id, wanted));
            gesture::once(ui.ctx(), listen, if wanted { 1.0 } else { 0.0 });
        }
    }

    fn drag(&self, ui: &Ui, response: &Response, axes: &Axes, context: &Context<'_>, shape: Shape, place: Pos2) {
        let id = response.id.with("drag");
        let (Some(frequency), Some(gain)) = (context.param(&self.params.frequency), context.param(&self.params.gain))
        else {
            return;
        };
        let modifiers = ui.input(|input| input.modifiers);
        if response.drag_started_by(PointerButton::Primary) {
            response.request_focus();
            let anchor_db = self.params.gain.preview_plain(gain.normalized());
            ui.data_mut(|data| data.insert_temp(id, Drag { place, anchor_db }));
        }
        let Some(mut drag) = ui.data(|data| data.get_temp::<Drag>(id)) else { return };
        if response.drag_stopped() || !response.dragged() {
            gesture::release(ui.ctx(), frequency);
            gesture::release(ui.ctx(), gain);
            ui.data_mut(|data| data.remove::<Drag>(id));
            return;
        }
        let moved = response.drag_delta() * if modifiers.shift { FINE } else { 1.0 };
        drag.place += moved;
        drag.place = drag.place.clamp(axes.rect.min, axes.rect.max);
        gesture::hold(ui.ctx(), frequency);
        if moved.x != 0.0 {
            let hz = axes.hz(drag.place.x);
            gesture::set(ui.ctx(), frequency, self.params.frequency.preview_normalized(hz));
        }
        let share = self.gain_share(shape);
        if axes.view == View::Gain && share.abs() > 0.05 {
            gesture::hold(ui.ctx(), gain);
            let db = axes.value(drag.place.y) / share;
            let size = if modifiers.shift { StepSize::Fine } else { StepSize::Coarse };
            // Until it has gone somewhere, an odd typed value stays.
            let wanted = if (db - drag.anchor_db).abs() < DETENT_DB {
                self.params.gain.preview_normalized(drag.anchor_db)
            } else {
                gain.snapped(self.params.gain.preview_normalized(db.clamp(-24.0, 24.0)), size)
            };
            gesture::set(ui.ctx(), gain, wanted);
        }
        ui.data_mut(|data| data.insert_temp(id, drag));
    }

    fn click(&self, ui: &Ui, response: &Response, context: &Context<'_>) {
        if response.clicked_elsewhere() && response.has_focus() {
            response.surrender_focus();
        }
        if response.clicked_by(PointerButton::Primary) {
            response.request_focus();
        }
        // As on a knob's body.
        if response.double_clicked_by(PointerButton::Primary)
            && let Some(gain) = context.param(&self.params.gain)
        {
            gesture::once(ui.ctx(), gain, gain.default_normalized());
        }
    }

    fn wheel(&self, ui: &Ui, response: &Response, context: &Context<'_>, shape: Shape) {
        if !response.hovered() || !theme::switches(ui.ctx()).wheel {
            return;
        }
        let id = response.id.with("wheel");
        let mut rest: f32 = ui.data(|data| data.get_temp(id)).unwrap_or(0.0);
        let (moved, is_fine) = ui.input(|input| {
            let mut moved = 0.0;
            for event in &input.events {
                if let Event::MouseWheel { unit, delta, modifiers, .. } = event {
                    // Some systems turn Shift-wheel into a sideways wheel.
                    let along = if delta.y == 0.0 && modifiers.shift { delta.x } else { delta.y };
                    moved += if *unit == MouseWheelUnit::Point { along / NOTCH_POINTS } else { along };
                }
            }
            (moved, input.modifiers.shift)
        });
        rest += moved;
        let notches = rest.trunc();
        ui.data_mut(|data| data.insert_temp(id, rest - notches));
        self.turn(ui, context, shape, notches as i32, if is_fine { StepSize::Fine } else { StepSize::Coarse });
    }

    /// Q, or the slope of a cut.
    fn turn(&self, ui: &Ui, context: &Context<'_>, shape: Shape, notches: i32, size: StepSize) {
        if is_cut(shape) {
            step(ui, context, &self.params.slope, notches, size);
        } else {
            step(ui, context, &self.params.q, notches * WHEEL_STEPS, size);
        }
    }

    fn keys(&self, ui: &Ui, response: &Response, context: &Context<'_>, shape: Shape) {
        if !response.has_focus() {
            return;
        }
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        keys::claim_delete(ui.ctx(), response.id);
        let pressed: Vec<(Key, bool)> = ui.input(|input| {
            let key = |event: &Event| match event {
                Event::Key { key, pressed: true, modifiers, .. } => {
                    let is_shortcut = modifiers.ctrl || modifiers.command || modifiers.alt;
                    (!is_shortcut).then_some((*key, modifiers.shift))
                }
                _ => None,
            };
            input.events.iter().filter_map(key).collect()
        });
        for (key, is_fine) in pressed {
            let size = if is_fine { StepSize::Fine } else { StepSize::Coarse };
            match key {
                Key::ArrowRight => step(ui, context, &self.params.frequency, 1, size),
                Key::ArrowLeft => step(ui, context, &self.params.frequency, -1, size),
                Key::ArrowUp => step(ui, context, &self.params.gain, 1, size),
                Key::ArrowDown => step(ui, context, &self.params.gain, -1, size),
                Key::PageUp => self.turn(ui, context, shape, 1, size),
                Key::PageDown => self.turn(ui, context, shape, -1, size),
                Key::Delete | Key::Backspace => remove(ui, context, self.params),
                _ => {}
            }
        }
    }

    fn spoken(&self, ui: &Ui, response: &Response, context: &Context<'_>, shape: Shape) {
        let b = self.params;
        let parameters: [&dyn Parameter; 3] = [&b.frequency, &b.gain, if is_cut(shape) { &b.slope } else { &b.q }];
        let params: Vec<&Param> = parameters.into_iter().filter_map(|parameter| context.param(parameter)).collect();
        let (steps, wanted) = ui.input(|input| {
            let count = |action| input.num_accesskit_action_requests(response.id, action) as i32;
            let text = |request: &egui::accesskit::ActionRequest| match &request.data {
                Some(ActionData::Value(text)) => Some(text.to_string()),
                _ => None,
            };
            let wanted = input.accesskit_action_requests(response.id, Action::SetValue).filter_map(text).last();
            (count(Action::Increment) - count(Action::Decrement), wanted)
        });
        step(ui, context, &b.gain, steps, StepSize::Coarse);
        for (param, text) in params.iter().zip(wanted.iter().flat_map(|text| text.split(','))) {
            if let Some(value) = param.parse(text.trim()) {
                gesture::once(ui.ctx(), param, value);
            }
        }
        let name = format!("Band {} node", self.index + 1);
        response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, &name));
        let value = params.iter().map(|param| param.text(param.normalized())).collect::<Vec<_>>().join(", ");
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_value(value);
            node.set_description(
                "Frequency, gain and Q or slope. Arrows move it, Page Up and Down turn Q or slope, Delete removes it.",
            );
            node.add_action(Action::SetValue);
            node.add_action(Action::Increment);
            node.add_action(Action::Decrement);
        });
    }

    fn draw(&self, ui: &Ui, response: &Response, axes: &Axes, place: Pos2, shape: Shape) {
        let channels = self.params.channels.get();
        let color = color_of(channels, theme::accent(ui));
        let painter = ui.painter_at(axes.rect);
        if let Some(moved_db) = self.moved_db.filter(|_| axes.view == View::Gain) {
            // How far it may go, and how far it has gone.
            let share = share_at_node(shape);
            let length = |db: f32| axes.y(db * share) - axes.y(0.0);
            let end = place + vec2(0.0, length(self.params.range.value()));
            painter.line_segment([place, end], Stroke::new(theme::LINE, color.gamma_multiply(0.6)));
            painter.hline(end.x - 6.0..=end.x + 6.0, end.y, Stroke::new(theme::LINE_THICK, color.gamma_multiply(0.6)));
            let now = place + vec2(0.0, length(moved_db));
            painter.line_segment([place, now], Stroke::new(theme::LINE_THICK + 1.0, color));
            painter.circle_filled(now, 3.5, theme::TEXT);
        }
        let is_hot = response.hovered() || response.dragged();
        let fill = if is_hot { theme::LINE_COLOR } else { theme::GROUND };
        let line = if self.is_selected { theme::LINE_THICK } else { theme::LINE };
        let radius = if self.is_selected { RADIUS + 1.0 } else { RADIUS };
        painter.circle(place, radius, fill, Stroke::new(line, color));
        if response.has_focus() {
            painter.circle_stroke(place, radius + 3.0, Stroke::new(theme::LINE, theme::TEXT));
        }
        let number = (self.index + 1).to_string();
        painter.text(place, Align2::CENTER_CENTER, number, FontId::proportional(theme::TYPE_SMALL), theme::TEXT);
        let beside = place + vec2(radius + 4.0, 0.0);
        super::axes::text(&painter, beside, Align2::LEFT_CENTER, letter_of(channels), color);
    }
}

fn step(ui: &Ui, context: &Context<'_>, parameter: &dyn Parameter, steps: i32, size: StepSize) {
    let Some(param) = context.param(parameter).filter(|_| steps != 0) else { return };
    let from = param.normalized();
    let to = param.stepped(from, steps, size);
    if to != from {
        gesture::burst(ui.ctx(), param, to);
    }
}

/// Switches a band off.
pub fn remove(ui: &Ui, context: &Context<'_>, band: &BandParams) {
    if let Some(shape) = context.param(&band.shape) {
        gesture::once(ui.ctx(), shape, 0.0);
    }
}

/// Switches a band on at this frequency and gain, as what a person would want there: a cut at the ends of what is heard, a
/// bell between.
pub fn add(ui: &Ui, context: &Context<'_>, band: &BandParams, hz: f32, db: f32) {
    let shape = match hz {
        hz if hz < 25.0 => "Low cut",
        hz if hz > 18_000.0 => "High cut",
        _ => "Bell",
    };
    let gain = context.param(&band.gain);
    let db = gain.map(|gain| gain.snapped(band.gain.preview_normalized(db.clamp(-24.0, 24.0)), StepSize::Coarse));
    let shape = context.param(&band.shape).and_then(|param| Some((param, param.parse(shape)?)));
    let frequency = context.param(&band.frequency).map(|param| (param, band.frequency.preview_normalized(hz)));
    for (param, value) in [frequency, gain.zip(db), shape].into_iter().flatten() {
        gesture::once(ui.ctx(), param, value);
    }
}
