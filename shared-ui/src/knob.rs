//! Rotary control of a continuous parameter.

use std::f32::consts::PI;

use egui::{Pos2, Rect, Role, Sense, Stroke, Ui, pos2, vec2};

use crate::param::{Param, clean};
use crate::{PartResponse, interact, paint, rotary, theme};

/// Angle of either end of the arc, radians from straight up.
const END: f32 = 0.75 * PI;

/// Diameter of a knob.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KnobSize {
    /// 36 points: seldom moved.
    Small,
    /// 48 points.
    #[default]
    Medium,
    /// 64 points: the one or two that make the sound.
    Large,
}

impl KnobSize {
    /// Diameter in points.
    pub fn diameter(self) -> f32 {
        match self {
            Self::Small => 36.0,
            Self::Medium => 48.0,
            Self::Large => 64.0,
        }
    }
}

/// Rotary control: name above, value below, an arc that shows value, range and default.
///
/// Vertical relative drag; a click never moves the value; Shift is ten times finer, without a jump; wheel one step;
/// Ctrl/Cmd-click, Alt-click or double-click on the body resets; double-click on the value types; arrows when focused.
pub struct Knob<'a> {
    param: &'a Param,
    size: KnobSize,
    live: Option<f32>,
    label: Option<&'a str>,
    slot: Option<KnobSize>,
    width: Option<f32>,
}

impl<'a> Knob<'a> {
    /// A knob for one parameter.
    pub fn new(param: &'a Param) -> Self {
        Self { param, size: KnobSize::default(), live: None, label: None, slot: None, width: None }
    }

    /// Sets the diameter. Default: medium.
    pub fn size(mut self, size: KnobSize) -> Self {
        self.size = size;
        self
    }

    /// Marks a live value on the arc, normalised, 0 to 1: modulation, or what an automatic setting works out to. Default: no
    /// mark.
    pub fn live(mut self, normalized: f32) -> Self {
        self.live = Some(normalized);
        self
    }

    /// Sets a shorter word above it, where its surroundings say the rest. Default: the parameter's name, which stays the
    /// accessible name.
    pub fn label(mut self, label: &'a str) -> Self {
        self.label = Some(label);
        self
    }

    /// Takes the height of a larger knob, so that in a row of both sizes all centres stand on one line, and so do all names
    /// and all values. Default: its own.
    pub fn slot(mut self, size: KnobSize) -> Self {
        self.slot = Some(size);
        self
    }

    /// Sets the width in points, where a row is short of it. Default: that of [`area`](Self::area).
    pub fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// The area a knob of this size takes, in points.
    pub fn area(size: KnobSize) -> egui::Vec2 {
        vec2((size.diameter() + 24.0).max(72.0), size.diameter() + 16.0 + 20.0)
    }

    /// Draws the knob and lets it be used. Accessible name: the parameter's; the value text's: "NAME value".
    pub fn show(self, ui: &mut Ui) -> PartResponse {
        let mut area = Self::area(self.slot.unwrap_or(self.size));
        area.x = self.width.unwrap_or_else(|| Self::area(self.size).x);
        let (rect, _) = ui.allocate_exact_size(area, Sense::hover());
        let name_rect = Rect::from_min_max(rect.min, pos2(rect.right(), rect.top() + 16.0));
        let value_rect = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 20.0), rect.max);
        let center = pos2(rect.center().x, 0.5 * (name_rect.bottom() + value_rect.top()));
        let body_rect = Rect::from_center_size(center, egui::Vec2::splat(self.size.diameter()));

        let id = ui.make_persistent_id(("knob", self.param.id()));
        let body = ui.interact(body_rect, id, Sense::click_and_drag());
        let changed = rotary::turn(ui, &body, value_rect, self.param);

        let name = self.label.unwrap_or_else(|| self.param.name());
        paint::control_name(ui, name_rect, name, body.hovered() || body.dragged());
        self.draw(ui, &body, center);
        paint::focus_ring(ui, &body, rect);
        interact::describe(ui, &body, self.param, Role::Slider);
        interact::explain(ui, &body, self.param);
        PartResponse { response: body, changed, animating: false }
    }

    fn draw(&self, ui: &Ui, response: &egui::Response, center: Pos2) {
        let painter = ui.painter();
        let accent = theme::accent(ui);
        let radius = 0.5 * self.size.diameter() - 3.0;
        let value = clean(self.param.normalized());
        let angle = |normalized: f32| (2.0 * normalized - 1.0) * END;
        let hot = response.enabled() && response.hovered() || response.dragged() || response.has_focus();

        // Body: one grey on another, so that it reads as one thing to take hold of.
        let line = Stroke::new(theme::LINE, if hot { theme::DIM } else { theme::LINE_COLOR });
        painter.circle(center, radius - 5.0, theme::PANEL.lerp_to_gamma(theme::LINE_COLOR, 0.5), line);

        painter.add(paint::arc(center, radius, -END, END, Stroke::new(theme::LINE_THICK, theme::LINE_COLOR)));
        if !response.enabled() {
            // Where it stands, and no more: a hollow arc without a pointer is told from a live one without hue.
            painter.circle_filled(paint::polar(center, radius, angle(value)), 2.5, theme::DISABLED);
            return;
        }
        let from = if self.param.is_bipolar() { 0.5 } else { 0.0 };
        if (value - from).abs() > 1e-4 {
            let stroke = Stroke::new(theme::LINE_THICK + 1.0, accent);
            painter.add(paint::arc(center, radius, angle(from), angle(value), stroke));
        }

        // Default mark: a tick outside the arc, so that the value never hides it.
        let default = angle(clean(self.param.default_normalized()));
        let tick = [paint::polar(center, radius + 1.5, default), paint::polar(center, radius + 4.5, default)];
        painter.line_segment(tick, Stroke::new(theme::LINE_THICK, theme::DIM));

        let at = angle(value);
        let pointer = [paint::polar(center, 0.42 * radius, at), paint::polar(center, radius - 7.0, at)];
        painter.line_segment(pointer, Stroke::new(theme::LINE_THICK, theme::TEXT));

        if let Some(live) = self.live {
            painter.circle_filled(paint::polar(center, radius, angle(clean(live))), 2.5, theme::TEXT);
        }
    }
}
