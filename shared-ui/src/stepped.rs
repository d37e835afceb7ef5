//! Rotary selector of a few named values: ratio, attack, release.

use std::f32::consts::PI;

use egui::{Align2, Rect, Role, Sense, Stroke, Ui, pos2, vec2};

use crate::knob::KnobSize;
use crate::param::{Param, index_normalized, value_count, value_index};
use crate::{PartResponse, gesture, interact, paint, rotary, theme};

/// Angle of either end, radians from straight up. Narrower than a knob's: the labels need the room.
const END: f32 = 0.68 * PI;

/// Rotary selector: every value is written around it, the chosen one lit; a click on a written value chooses it.
///
/// On the body it behaves as a knob whose detents are the values.
pub struct Stepped<'a> {
    param: &'a Param,
    labels: Option<&'a [&'a str]>,
    size: KnobSize,
}

impl<'a> Stepped<'a> {
    /// A selector for one stepped parameter. Labels are the first word of each value's text ("10 ms" becomes "10").
    pub fn new(param: &'a Param) -> Self {
        Self { param, labels: None, size: KnobSize::Medium }
    }

    /// Sets the labels, one a value. Default: the first word of each value's text.
    pub fn labels(mut self, labels: &'a [&'a str]) -> Self {
        self.labels = Some(labels);
        self
    }

    /// Sets the diameter of the body. Default: medium.
    pub fn size(mut self, size: KnobSize) -> Self {
        self.size = size;
        self
    }

    /// The area a selector of this size takes, in points.
    pub fn area(size: KnobSize) -> egui::Vec2 {
        vec2(size.diameter() + 56.0, size.diameter() + 16.0 + 18.0 + 20.0)
    }

    /// Draws the selector and lets it be used. Accessible names: the parameter's; "NAME value" for the value text;
    /// "NAME VALUE" for a written value.
    pub fn show(self, ui: &mut Ui) -> PartResponse {
        let (rect, _) = ui.allocate_exact_size(Self::area(self.size), Sense::hover());
        let name_rect = Rect::from_min_max(rect.min, pos2(rect.right(), rect.top() + 16.0));
        let value_rect = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 20.0), rect.max);
        let center = pos2(rect.center().x, rect.top() + 16.0 + 18.0 + 0.5 * self.size.diameter());
        let body_rect = Rect::from_center_size(center, egui::Vec2::splat(self.size.diameter() - 6.0));

        let id = ui.make_persistent_id(("stepped", self.param.id()));
        let body = ui.interact(body_rect, id, Sense::click_and_drag());
        let mut changed = rotary::turn(ui, &body, value_rect, self.param);
        changed |= self.written_values(ui, id, center);

        let hot = body.hovered() || body.dragged() || body.has_focus();
        paint::control_name(ui, name_rect, self.param.name(), hot);
        let line = Stroke::new(theme::LINE, if hot { theme::DIM } else { theme::LINE_COLOR });
        let radius = 0.5 * self.size.diameter() - 8.0;
        ui.painter().circle(center, radius, theme::PANEL.lerp_to_gamma(theme::LINE_COLOR, 0.5), line);
        let at = self.angle(value_index(&**self.param));
        let pointer = [paint::polar(center, 0.35 * radius, at), paint::polar(center, radius - 2.0, at)];
        ui.painter().line_segment(pointer, Stroke::new(theme::LINE_THICK, theme::TEXT));
        paint::focus_ring(ui, &body, rect);
        interact::describe(ui, &body, self.param, Role::Slider);
        interact::explain(ui, &body, self.param);
        PartResponse { response: body, changed, animating: false }
    }

    fn angle(&self, index: usize) -> f32 {
        END * (2.0 * index_normalized(&**self.param, index) - 1.0)
    }

    fn written_values(&self, ui: &mut Ui, id: egui::Id, center: egui::Pos2) -> bool {
        let current = value_index(&**self.param);
        let mut changed = false;
        for index in 0..value_count(&**self.param).unwrap_or(1) {
            let angle = self.angle(index);
            let dot = paint::polar(center, 0.5 * self.size.diameter() - 3.0, angle);
            let on = index == current;
            let pos = paint::polar(center, 0.5 * self.size.diameter() + 11.0, angle);
            let area = Rect::from_center_size(pos, vec2(24.0, 16.0));
            let response = ui.interact(area, id.with(index), Sense::CLICK);
            let text = self.param.text(index_normalized(&**self.param, index));
            let label = match self.labels.and_then(|labels| labels.get(index)) {
                Some(label) => label,
                None => text.split_whitespace().next().unwrap_or(""),
            };
            // Lit by hue, and told apart without it by a larger dot.
            let color = match on && response.enabled() {
                true => theme::accent(ui),
                false => paint::label_color(response.enabled(), on, response.hovered()),
            };
            ui.painter().circle_filled(dot, if on { 2.5 } else { 1.25 }, color);
            paint::text(ui.painter(), pos, Align2::CENTER_CENTER, label, theme::TYPE_SMALL, color);
            let by_reader =
                ui.input(|input| input.has_accesskit_action_request(response.id, egui::accesskit::Action::Click));
            if (response.clicked() || by_reader) && !on {
                gesture::once(ui.ctx(), self.param, index_normalized(&**self.param, index));
                changed = true;
            }
            response.widget_info(|| {
                let name = format!("{} {text}", self.param.name());
                egui::WidgetInfo::selected(Role::RadioButton, response.enabled(), on, name)
            });
        }
        changed
    }
}
