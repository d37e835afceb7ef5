//! Named sections of controls: a heading in letter-spaced capitals, and one hairline between neighbours.

use egui::text::{LayoutJob, TextFormat};
use egui::{FontId, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::theme;

/// Height of a heading in points.
pub const HEADING_HEIGHT: f32 = 12.0;
/// Between the letters of a heading, points.
const LETTER_SPACING: f32 = 1.4;

/// Above the headings of a [`panel`], and at both of its sides, points.
const HEADING_TOP: f32 = 6.0;
const PAD: f32 = 12.0;

/// Draws the headings of a panel of controls that fills `rect`: sections side by side with hairlines that end `line_end` points
/// below its top; each is given by its name and width in points. Answers where they are, from the top of the panel, so that
/// what stands in them is placed from there.
pub fn panel<const N: usize>(ui: &mut Ui, rect: Rect, line_end: f32, sections: [(&str, f32); N]) -> [Rect; N] {
    let headed = Rect::from_min_max(rect.min + vec2(PAD, HEADING_TOP), rect.max - vec2(PAD, 0.0));
    in_a_row(ui, headed, line_end - HEADING_TOP, sections).map(|area| area.with_min_y(rect.top()))
}

/// Draws the heading of a section at the upper left of `rect`. Accessible name: `name`, as it is given.
pub fn heading(ui: &mut Ui, rect: Rect, name: &str) {
    let area = Rect::from_min_size(rect.min, vec2(rect.width(), HEADING_HEIGHT));
    let response = ui.interact(area, ui.scope_id().with(("section", name)), Sense::hover());
    write_heading(ui, area, name);
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, name));
}

/// The heading's words alone: for a part whose accessible name they are.
pub(crate) fn write_heading(ui: &Ui, area: Rect, name: &str) {
    let mut job = LayoutJob::default();
    let font = FontId::proportional(theme::TYPE_HEADING);
    let format =
        TextFormat { font_id: font, extra_letter_spacing: LETTER_SPACING, color: theme::DIM, ..Default::default() };
    job.append(&name.to_uppercase(), 0.0, format);
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(area.min, galley, theme::DIM);
}

/// Draws the hairline in front of a section: at the left edge of `rect`, as high as it.
pub fn divider(ui: &Ui, rect: Rect) {
    ui.painter().vline(rect.left(), rect.y_range(), Stroke::new(theme::LINE, theme::LINE_COLOR));
}

/// Draws the headings of sections side by side from the left to the right edge of `rect`, with hairlines of `line_height` points
/// between them; each is given by its name and width in points, and what is left of the width stands between them. Answers
/// where they are, headings included.
pub fn in_a_row<const N: usize>(ui: &mut Ui, rect: Rect, line_height: f32, sections: [(&str, f32); N]) -> [Rect; N] {
    let wide: f32 = sections.iter().map(|section| section.1).sum();
    let gap = (rect.width() - wide) / N.saturating_sub(1).max(1) as f32;
    let mut left = rect.left();
    sections.map(|(name, width)| {
        let area = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()));
        heading(ui, area, name);
        if left > rect.left() {
            divider(ui, Rect::from_min_size(pos2(left - 0.5 * gap, rect.top()), vec2(0.0, line_height)));
        }
        left += width + gap;
        area
    })
}
