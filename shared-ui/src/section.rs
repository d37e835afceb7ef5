//! Named sections of controls: a heading in letter-spaced capitals, and one hairline between neighbours.

use egui::text::{LayoutJob, TextFormat};
use egui::{FontId, Rect, Role, Sense, Stroke, Ui, WidgetInfo, vec2};

use crate::theme;

/// Height of a heading in points.
pub const HEADING_HEIGHT: f32 = 12.0;
/// Between the letters of a heading, points.
const LETTER_SPACING: f32 = 1.4;

/// Draws the heading of a section at the upper left of `rect`. Accessible name: `name`, as it is given.
pub fn heading(ui: &mut Ui, rect: Rect, name: &str) {
    let area = Rect::from_min_size(rect.min, vec2(rect.width(), HEADING_HEIGHT));
    let response = ui.interact(area, ui.scope_id().with(("section", name)), Sense::hover());
    let mut job = LayoutJob::default();
    let font = FontId::proportional(theme::TYPE_HEADING);
    let format =
        TextFormat { font_id: font, extra_letter_spacing: LETTER_SPACING, color: theme::DIM, ..Default::default() };
    job.append(&name.to_uppercase(), 0.0, format);
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(area.min, galley, theme::DIM);
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, name));
}

/// Draws the hairline in front of a section: at the left edge of `rect`, as high as it.
pub fn divider(ui: &Ui, rect: Rect) {
    ui.painter().vline(rect.left(), rect.y_range(), Stroke::new(theme::LINE, theme::LINE_COLOR));
}
