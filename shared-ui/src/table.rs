//! Text in rows and columns.

use egui::{Align2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::{PartResponse, paint, theme};

/// Height of a row, points.
pub const ROW_HEIGHT: f32 = 20.0;

/// A column: its head and its share of the width.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// What stands above it.
    pub head: &'a str,
    /// Share of the table's width, 0..1.
    pub share: f32,
}

/// Draws the table, named `name`, `width` points wide; text that does not fit ends in an ellipsis. Accessible names of the rows: their
/// first cells.
pub fn show(ui: &mut Ui, width: f32, name: &str, columns: &[Column<'_>], rows: &[Vec<String>]) -> PartResponse {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        all_rows(ui, width, name, columns, rows)
    })
    .inner
}

fn all_rows(ui: &mut Ui, width: f32, name: &str, columns: &[Column<'_>], rows: &[Vec<String>]) -> PartResponse {
    let (head, table) = ui.allocate_exact_size(vec2(width, ROW_HEIGHT), Sense::hover());
    let heads = columns.iter().map(|column| column.head);
    cells(ui, head, columns, heads, theme::TYPE_SMALL, theme::DIM);
    table.widget_info(|| WidgetInfo::labeled(Role::Table, true, name));
    ui.ctx().accesskit_node_builder(table.id, |node| node.set_value(format!("{} rows", rows.len())));
    for row in rows {
        let (rect, response) = ui.allocate_exact_size(vec2(width, ROW_HEIGHT), Sense::hover());
        let line = Stroke::new(theme::LINE, theme::LINE_COLOR);
        ui.painter().hline(rect.x_range(), rect.top() + 0.5, line);
        cells(ui, rect, columns, row.iter().map(String::as_str), theme::TYPE_BODY, theme::TEXT);
        let label = row.first().map_or("", String::as_str);
        response.widget_info(|| WidgetInfo::labeled(Role::Row, true, label));
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(row.get(1..).unwrap_or(&[]).join(", ")));
    }
    PartResponse { response: table, changed: false, animating: false }
}

fn cells<'t>(
    ui: &Ui,
    rect: Rect,
    columns: &[Column<'_>],
    texts: impl Iterator<Item = &'t str>,
    size: f32,
    color: egui::Color32,
) {
    let mut left = rect.left();
    for (column, text) in columns.iter().zip(texts) {
        let right = left + column.share * rect.width();
        let cell = Rect::from_min_max(pos2(left, rect.top()), pos2(right - theme::SPACE, rect.bottom()));
        paint::text_within(ui.painter(), cell, Align2::LEFT_CENTER, text, size, color);
        left = right;
    }
}
