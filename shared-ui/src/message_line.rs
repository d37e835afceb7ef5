//! One line of plain words: what went wrong and what to do.

use egui::{Align2, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::{paint, theme, tooltip};

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Good to know.
    Note,
    /// Something was not done as asked: a triangle.
    Warning,
    /// Sound or settings are at stake: a square.
    Error,
}

/// A message to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// How much it matters.
    pub severity: Severity,
    /// Plain words, one line.
    pub text: &'a str,
}

/// Draws the message in `width` points (nothing if there is none). A click dismisses it: answers true then.
pub fn show(ui: &mut Ui, width: f32, message: Option<Message<'_>>) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(width.max(0.0), 20.0), Sense::CLICK);
    let Some(message) = message else { return false };
    let color = match message.severity {
        Severity::Note => theme::DIM,
        Severity::Warning => theme::WARNING,
        Severity::Error => theme::OVER,
    };
    let center = pos2(rect.left() + 8.0, rect.center().y);
    // A shape for each severity, so that none is told by hue alone.
    match message.severity {
        Severity::Note => {
            ui.painter().circle_filled(center, 2.5, color);
        }
        Severity::Warning => {
            let points = vec![center + vec2(0.0, -5.0), center + vec2(5.0, 4.0), center + vec2(-5.0, 4.0)];
            ui.painter().add(Shape::convex_polygon(points, color, Stroke::NONE));
        }
        Severity::Error => {
            ui.painter().rect_filled(egui::Rect::from_center_size(center, vec2(8.0, 8.0)), 0, color);
        }
    }
    let words = egui::Rect::from_min_max(pos2(rect.left() + 18.0, rect.top()), rect.max);
    let text_color = if message.severity == Severity::Note { theme::DIM } else { theme::TEXT };
    paint::text_within(ui.painter(), words, Align2::LEFT_CENTER, message.text, theme::TYPE_SMALL, text_color);
    response.widget_info(|| WidgetInfo::labeled(Role::Alert, true, message.text));
    // The whole message, where the line is too short for it.
    tooltip::explain(ui, &response, false, || [String::new(), message.text.to_owned(), "Click to dismiss.".to_owned()]);
    response.clicked()
}
