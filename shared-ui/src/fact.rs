//! A finding on a plate: what it is about, what was found, and what that is worth, in words.

use egui::{Align2, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use crate::{PartResponse, paint, section, theme};

/// One finding.
#[derive(Clone, Copy, Debug)]
pub struct Fact<'a> {
    /// What it is about: the heading, and the accessible name.
    pub name: &'a str,
    /// What was found; a dash where nothing was.
    pub value: &'a str,
    /// Its unit; may be empty.
    pub unit: &'a str,
    /// One line below it.
    pub note: &'a str,
}

impl Fact<'_> {
    /// Draws the plate, `size` points large: 76 high at least.
    pub fn show(self, ui: &mut Ui, size: Vec2) -> PartResponse {
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        ui.painter().rect_filled(rect, theme::RADIUS, theme::PANEL);
        let inner = rect.shrink2(vec2(3.0 * theme::SPACE, 2.0 * theme::SPACE));
        section::write_heading(ui, inner, self.name);
        let painter = ui.painter();
        let base = inner.top() + section::HEADING_HEIGHT + 36.0;
        let at = pos2(inner.left(), base);
        let value = paint::text(painter, at, Align2::LEFT_BOTTOM, self.value, theme::TYPE_DISPLAY, theme::TEXT);
        // On the number's base line.
        let lift = 0.21 * (theme::TYPE_DISPLAY - theme::TYPE_BODY);
        let at = pos2(value.right() + 2.0 * theme::SPACE, base - lift);
        paint::text(painter, at, Align2::LEFT_BOTTOM, self.unit, theme::TYPE_BODY, theme::DIM);
        let note = Rect::from_min_max(pos2(inner.left(), base), inner.max);
        paint::text_within(painter, note, Align2::LEFT_TOP, self.note, theme::TYPE_SMALL, theme::DIM);
        response.widget_info(|| WidgetInfo::labeled(Role::Meter, true, self.name));
        let spoken = format!("{} {}, {}", self.value, self.unit, self.note);
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(spoken));
        PartResponse { response, changed: false, animating: false }
    }
}
