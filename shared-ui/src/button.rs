//! Push button and the plate every clickable part of the frame shares.

use std::f32::consts::PI;

use egui::{Align2, Color32, FontId, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

use crate::press::pressed;
use crate::{interact, paint, theme};

/// Signs that a button can carry instead of a word. Drawn, not written: fonts differ in which signs they have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Arrow that turns back to the left.
    Undo,
    /// Arrow that turns on to the right.
    Redo,
    /// Three sliders.
    Settings,
    /// An angle that points to the left.
    Previous,
    /// An angle that points to the right.
    Next,
}

/// Push button with a short word or sign.
pub struct Button<'a> {
    icon: Option<Icon>,
    label: &'a str,
    name: &'a str,
    hint: &'a str,
    on: Option<bool>,
    enabled: bool,
    height: f32,
    type_size: f32,
    min_width: f32,
    lamp: bool,
    warning: bool,
    beside: Option<(&'a str, &'a str)>,
    listening: bool,
}

impl<'a> Button<'a> {
    /// A button that shows `label` and is spoken as `label`.
    pub fn new(label: &'a str) -> Self {
        Self {
            icon: None,
            label,
            name: label,
            hint: "",
            on: None,
            enabled: true,
            height: 24.0,
            type_size: theme::TYPE_BODY,
            min_width: 0.0,
            lamp: false,
            warning: false,
            beside: None,
            listening: false,
        }
    }

    /// A button that shows `icon` and is spoken as `name`.
    pub fn icon(icon: Icon, name: &'a str) -> Self {
        Self { icon: Some(icon), ..Self::new("").name(name) }
    }

    /// Puts the label at the left, after a lamp that is a ring when off and a disc when on. Default: no lamp.
    pub fn lamp(mut self) -> Self {
        self.lamp = true;
        self
    }

    /// Sets the spoken name, where the label is a sign. Default: the label.
    pub fn name(mut self, name: &'a str) -> Self {
        self.name = name;
        self
    }

    /// Sets the text of the tooltip. Default: no tooltip.
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// Makes it a toggle button that shows whether it is on. Default: a push button.
    pub fn on(mut self, on: bool) -> Self {
        self.on = Some(on);
        self
    }

    /// Sets whether it can be used; it is grey if not. Default: true.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Sets the least width in points. Default: 0.
    pub fn min_width(mut self, width: f32) -> Self {
        self.min_width = width;
        self
    }

    /// Sets the height in points, and the size of the label's type: for the few buttons that carry a page. Default: 24, and body type.
    pub fn large(mut self, height: f32, type_size: f32) -> Self {
        (self.height, self.type_size) = (height, type_size);
        self
    }

    /// Fills it with the warning colour when on: what is heard is not what will be rendered. Default: the accent.
    pub fn warning(mut self) -> Self {
        self.warning = true;
        self
    }

    /// Writes a reading in small type behind the label, in a field as wide as `widest` so that the button keeps its width.
    /// Default: nothing.
    pub fn beside(mut self, reading: &'a str, widest: &'a str) -> Self {
        self.beside = Some((reading, widest));
        self
    }

    /// Draws it in the warning colour without filling it when on: the choice of what is heard, where another part says aloud that it
    /// is not what will be rendered. Default: the accent.
    pub fn listening(mut self) -> Self {
        self.listening = true;
        self
    }

    /// Draws the button. Answers whether it was pressed, by mouse, Enter or screen reader.
    pub fn show(self, ui: &mut Ui) -> (Response, bool) {
        let font = FontId::proportional(self.type_size);
        let width = ui.painter().layout_no_wrap(self.label.to_owned(), font, theme::TEXT).size().x;
        let small = |ui: &Ui, text: &str| {
            let font = FontId::proportional(theme::TYPE_SMALL);
            ui.painter().layout_no_wrap(text.to_owned(), font, theme::TEXT).size().x
        };
        let beside = self.beside.map_or(0.0, |(_, widest)| small(ui, widest) + 2.0 * theme::SPACE);
        let inside = if self.icon.is_some() { 12.0 } else { width + beside };
        let around = if matches!(self.icon, Some(Icon::Previous | Icon::Next)) { 2.0 } else { 4.0 };
        let size = vec2((inside + around * theme::SPACE).max(self.min_width).ceil(), self.height);
        let sense = if self.enabled { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(size, sense);
        let pressed = self.enabled && pressed(ui, &response);
        let on = self.on == Some(true);
        let is_usable = self.enabled && response.enabled();
        paint::plate(ui, rect, self.enabled && response.hovered(), on);
        let color = if on && self.warning {
            // A filled plate with dark words: seen from across the room, and never taken for an ordinary switch.
            ui.painter().rect_filled(rect, theme::RADIUS, theme::WARNING);
            theme::GROUND
        } else if on && self.listening {
            let line = Stroke::new(theme::LINE_THICK, theme::WARNING);
            let fill = theme::WARNING.gamma_multiply(0.14);
            ui.painter().rect(rect, theme::RADIUS, fill, line, StrokeKind::Inside);
            theme::WARNING
        } else {
            paint::label_color(is_usable, on, response.hovered())
        };
        if let Some(icon) = self.icon {
            draw_icon(ui.painter(), icon, rect.center(), color);
        } else if self.lamp {
            let at = paint::lamp(ui, rect, on);
            paint::text(ui.painter(), at, Align2::LEFT_CENTER, self.label, theme::TYPE_BODY, color);
        } else if let Some((reading, _)) = self.beside {
            let left = rect.left_center() + vec2(2.0 * theme::SPACE, 0.0);
            paint::text(ui.painter(), left, Align2::LEFT_CENTER, self.label, theme::TYPE_BODY, color);
            let right = rect.right_center() - vec2(2.0 * theme::SPACE, 0.0);
            paint::text(ui.painter(), right, Align2::RIGHT_CENTER, reading, theme::TYPE_SMALL, color);
        } else {
            paint::text(ui.painter(), rect.center(), Align2::CENTER_CENTER, self.label, self.type_size, color);
        }
        paint::focus_ring(ui, &response, rect);
        response.widget_info(|| match self.on {
            Some(on) => WidgetInfo::selected(Role::Button, self.enabled, on, self.name),
            None => WidgetInfo::labeled(Role::Button, self.enabled, self.name),
        });
        interact::explain_text(ui, &response, self.hint);
        (response, pressed)
    }
}

fn draw_icon(painter: &egui::Painter, icon: Icon, center: egui::Pos2, color: Color32) {
    let stroke = Stroke::new(1.5 * theme::LINE, color);
    let side = match icon {
        Icon::Undo => -1.0,
        Icon::Redo => 1.0,
        Icon::Previous | Icon::Next => {
            let side = if icon == Icon::Next { 1.0 } else { -1.0 };
            let angle = [vec2(-2.0 * side, -4.5), vec2(2.5 * side, 0.0), vec2(-2.0 * side, 4.5)];
            painter.line(angle.map(|from| center + from).to_vec(), stroke);
            return;
        }
        Icon::Settings => {
            for (row, knob) in [(-4.0, -2.0), (0.0, 3.0), (4.0, -1.0)] {
                painter.hline(center.x - 6.0..=center.x + 6.0, center.y + row, Stroke::new(theme::LINE, color));
                painter.circle_filled(center + vec2(knob, row), 2.0, color);
            }
            return;
        }
    };
    // Three quarters of a circle and a head where it points back (or on).
    let middle = center + vec2(0.0, 1.0);
    painter.add(paint::arc(middle, 5.0, side * 0.15 * PI, side * -1.25 * PI, stroke));
    let tip = paint::polar(middle, 5.0, side * 0.15 * PI);
    let head = vec![tip + vec2(side * 4.0, 0.5), tip + vec2(-side * 1.0, -4.0), tip + vec2(-side * 1.0, 4.0)];
    painter.add(egui::Shape::convex_polygon(head, color, Stroke::NONE));
}
