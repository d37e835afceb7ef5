//! Push button and the plate every clickable part of the frame shares.

use egui::{Align2, Color32, FontId, PointerButton, Response, Role, Sense, Ui, WidgetInfo, vec2};

use crate::{interact, paint, theme};

/// Push button with a short word or sign.
pub struct Button<'a> {
    label: &'a str,
    name: &'a str,
    hint: &'a str,
    on: Option<bool>,
    enabled: bool,
    height: f32,
    min_width: f32,
    warning: bool,
}

impl<'a> Button<'a> {
    /// A button that shows `label` and is spoken as `label`.
    pub fn new(label: &'a str) -> Self {
        Self { label, name: label, hint: "", on: None, enabled: true, height: 24.0, min_width: 0.0, warning: false }
    }

    /// Another spoken name, where the label is a sign.
    pub fn name(mut self, name: &'a str) -> Self {
        self.name = name;
        self
    }

    /// Explanation for the tooltip.
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// Makes it a toggle button that shows whether it is on.
    pub fn on(mut self, on: bool) -> Self {
        self.on = Some(on);
        self
    }

    /// Greyed and unusable unless `enabled`.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Least width in points.
    pub fn min_width(mut self, width: f32) -> Self {
        self.min_width = width;
        self
    }

    /// Lit in the warning colour when on: what is heard is not what will be rendered.
    pub fn warning(mut self) -> Self {
        self.warning = true;
        self
    }

    /// Draws the button. Answers whether it was pressed, by mouse, Enter or screen reader.
    pub fn show(self, ui: &mut Ui) -> (Response, bool) {
        let font = FontId::proportional(theme::TYPE_BODY);
        let width = ui.painter().layout_no_wrap(self.label.to_owned(), font, theme::TEXT).size().x;
        let size = vec2((width + 4.0 * theme::SPACE).max(self.min_width).ceil(), self.height);
        let sense = if self.enabled { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(size, sense);
        let pressed = self.enabled && pressed(ui, &response);
        let on = self.on == Some(true);
        paint::plate(ui, rect, self.enabled && response.hovered(), on);
        if on && self.warning {
            let stroke = egui::Stroke::new(theme::LINE_THICK, theme::WARNING);
            ui.painter().rect_stroke(rect, theme::RADIUS, stroke, egui::StrokeKind::Inside);
        }
        let color = label_color(ui, self.enabled, on, response.hovered());
        paint::text(ui.painter(), rect.center(), Align2::CENTER_CENTER, self.label, theme::TYPE_BODY, color);
        paint::focus_ring(ui, &response, rect);
        response.widget_info(|| match self.on {
            Some(on) => WidgetInfo::selected(Role::Button, self.enabled, on, self.name),
            None => WidgetInfo::labeled(Role::Button, self.enabled, self.name),
        });
        interact::explain_text(ui, &response, self.hint);
        (response, pressed)
    }
}

/// Colour of a label by state; an off switch is dim, an on one bright, and the plate's border differs too.
pub(crate) fn label_color(ui: &Ui, enabled: bool, on: bool, hovered: bool) -> Color32 {
    match (enabled, on, hovered) {
        (false, ..) => theme::DIM.gamma_multiply(0.45),
        (true, true, _) => theme::accent(ui),
        (true, false, true) => theme::TEXT,
        (true, false, false) => theme::DIM,
    }
}

/// Whether a part that senses clicks was pressed: mouse, Enter when focused, or a screen reader; never Space.
pub(crate) fn pressed(ui: &Ui, response: &Response) -> bool {
    let by_key = response.has_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    let by_reader = ui.input(|input| input.has_accesskit_action_request(response.id, egui::accesskit::Action::Click));
    if response.clicked_elsewhere() && response.has_focus() {
        response.surrender_focus();
    }
    response.enabled() && (response.clicked_by(PointerButton::Primary) || by_key || by_reader)
}
