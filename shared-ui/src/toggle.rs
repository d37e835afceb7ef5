//! Switch of a parameter with two values.

use egui::{Align2, FontId, Role, Sense, Ui, WidgetInfo, vec2};

use crate::paint::label_color;
use crate::param::Param;
use crate::press::pressed;
use crate::{PartResponse, gesture, interact, paint, theme};

/// On/off switch: a lamp that is a ring when off and a disc when on, and the name.
pub struct Toggle<'a> {
    param: &'a Param,
    label: Option<&'a str>,
    width: Option<f32>,
    is_held: bool,
}

/// A press that is shorter is a click, s.
const CLICK_S: f64 = 0.3;

/// A press under way: when it began, and whether the switch was on.
#[derive(Clone, Copy)]
struct Hold {
    since_s: f64,
    was_on: bool,
}

impl<'a> Toggle<'a> {
    /// A switch for one parameter; on is 0.5 and above.
    pub fn new(param: &'a Param) -> Self {
        Self { param, label: None, width: None, is_held: false }
    }

    /// Sets the label. Default: the parameter's name, which stays the accessible name.
    pub fn label(mut self, label: &'a str) -> Self {
        self.label = Some(label);
        self
    }

    /// Sets the width in points. Default: what the label takes.
    pub fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// On while it is held with the pointer. A click shorter than 0.3 s, Enter and a screen reader switch it as any other.
    pub fn held(mut self) -> Self {
        self.is_held = true;
        self
    }

    /// Follows a press of the pointer: on at once, off where it ends, unless it was a click that switches on. Answers
    /// whether the click that egui tells of has been dealt with, and whether the switch has changed.
    fn hold(&self, ui: &Ui, response: &egui::Response, is_on: bool) -> [bool; 2] {
        let id = response.id.with("hold");
        let now_s = ui.input(|input| input.time);
        let is_down = response.is_pointer_button_down_on() && ui.input(|input| input.pointer.primary_down());
        let hold: Option<Hold> = ui.data(|data| data.get_temp(id));
        let wanted = match hold {
            None if is_down => {
                ui.data_mut(|data| data.insert_temp(id, Hold { since_s: now_s, was_on: is_on }));
                true
            }
            Some(hold) if !is_down => {
                ui.data_mut(|data| data.remove::<Hold>(id));
                now_s - hold.since_s < CLICK_S && !hold.was_on
            }
            _ => is_on,
        };
        if wanted != is_on {
            gesture::once(ui.ctx(), self.param, if wanted { 1.0 } else { 0.0 });
        }
        [hold.is_some() || is_down, wanted != is_on]
    }

    /// Draws the switch and lets it be used: click, Enter, screen reader. Never Space: that is the host's.
    pub fn show(self, ui: &mut Ui) -> PartResponse {
        let label = self.label.unwrap_or(self.param.name());
        let font = FontId::proportional(theme::TYPE_BODY);
        let text_width = ui.painter().layout_no_wrap(label.to_owned(), font, theme::TEXT).size().x;
        let size = vec2(self.width.unwrap_or(text_width + 8.0 * theme::SPACE).ceil(), 24.0);
        let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
        let id = ui.make_persistent_id(("toggle", self.param.id()));
        // egui forgets a press that senses clicks alone when it has become too long for one.
        let sense = if self.is_held { Sense::click_and_drag() } else { Sense::click() };
        let response = ui.interact(rect, id, sense);
        let was_on = self.param.normalized() >= 0.5;
        let [is_held, mut changed] = if self.is_held { self.hold(ui, &response, was_on) } else { [false; 2] };
        if pressed(ui, &response) && !is_held {
            let modifiers = interact::click_modifiers(ui);
            // The same gesture does the same thing everywhere: Ctrl, Cmd and Alt reset here too.
            if modifiers.command || modifiers.ctrl || modifiers.alt {
                changed = interact::reset(ui, self.param);
            } else {
                gesture::once(ui.ctx(), self.param, if was_on { 0.0 } else { 1.0 });
                changed = true;
            }
        }
        let on = self.param.normalized() >= 0.5;
        paint::plate(ui, rect, response.hovered(), on);
        let pos = paint::lamp(ui, rect, on);
        let color = label_color(response.enabled(), on, response.hovered());
        paint::text(ui.painter(), pos, Align2::LEFT_CENTER, label, theme::TYPE_BODY, color);
        paint::focus_ring(ui, &response, rect);
        response.widget_info(|| WidgetInfo::selected(Role::Switch, response.enabled(), on, self.param.name()));
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_value(self.param.text(if on { 1.0 } else { 0.0 }));
        });
        interact::explain(ui, &response, self.param);
        PartResponse { response, changed, animating: false }
    }
}
