//! How much time a picture that scrolls shows: chosen where it is written.

use std::cell::Cell;

use egui::{Context, FontId, Id, Popup, Pos2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::menu::row;
use crate::strip::SPANS_S;
use crate::{interact, paint, theme};

fn chosen_id() -> Id {
    Id::unique("twobus history length")
}

/// The length that was chosen in this window, s: 5, 10, 30 or 60. `None` until then: every picture has a default of its own.
pub fn chosen_s(ctx: &Context) -> Option<f32> {
    ctx.data(|data| data.get_temp(chosen_id()))
}

/// Lets every picture of this window that scrolls show so much, s. A length that nobody can choose is ignored.
pub fn set_chosen_s(ctx: &Context, seconds: f32) {
    if SPANS_S.contains(&seconds) {
        ctx.data_mut(|data| data.insert_temp(chosen_id(), seconds));
    }
}

/// Seconds between two lines of the grid.
pub(crate) fn grid_s(shown_s: f32) -> f32 {
    match shown_s {
        ..=5.0 => 1.0,
        ..=10.0 => 2.0,
        ..=30.0 => 5.0,
        _ => 10.0,
    }
}

/// Writes the length at the lower left `corner` of a picture on a plate, and lets another be chosen. Accessible name: "History
/// length".
///
/// What is chosen is [`chosen_s`] from then on.
pub(crate) fn choose(ui: &mut Ui, corner: Pos2, shown_s: &Cell<f32>) {
    if let Some(seconds) = chosen_s(ui.ctx()) {
        shown_s.set(seconds);
    }
    let text = format!("{:.0} s", shown_s.get());
    let font = FontId::proportional(theme::TYPE_SMALL);
    let width = ui.painter().layout_no_wrap("88 s".to_owned(), font, theme::TEXT).size().x + 18.0;
    let rect = Rect::from_min_max(corner + vec2(2.0, -20.0), corner + vec2(2.0 + width, -2.0));
    let response = ui.interact(rect, ui.scope_id().with("history length"), Sense::click());
    let fill = if response.hovered() { theme::LINE_COLOR } else { theme::GROUND };
    ui.painter().rect_filled(rect, theme::RADIUS, fill);
    paint::text(
        ui.painter(),
        rect.left_center() + vec2(4.0, 0.0),
        egui::Align2::LEFT_CENTER,
        &text,
        theme::TYPE_SMALL,
        theme::DIM,
    );
    let tip = pos2(rect.right() - 6.0, rect.center().y + 2.0);
    let angle = vec![tip + vec2(-3.0, -4.0), tip + vec2(3.0, -4.0), tip];
    ui.painter().add(egui::Shape::convex_polygon(angle, theme::DIM, egui::Stroke::NONE));
    paint::focus_ring(ui, &response, rect);
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "History length"));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(text));
    let open = Popup::menu(&response).width(72.0).show(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for seconds in SPANS_S {
            if row(ui, &format!("{seconds:.0} seconds"), seconds == shown_s.get(), true) {
                set_chosen_s(ui.ctx(), seconds);
                ui.close();
            }
        }
    });
    if open.is_none() {
        interact::explain_text(ui, &response, "How much time is shown. A minute is kept.");
    }
}
