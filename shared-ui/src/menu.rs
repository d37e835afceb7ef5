//! Lines of the menus that parts open.

use egui::{Align2, Role, Sense, Ui, WidgetInfo, vec2};

use crate::press::pressed;
use crate::{paint, theme};

/// One line of a menu: a dot before the selected one. Answers whether it was pressed.
pub fn row(ui: &mut Ui, text: &str, selected: bool, enabled: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::click());
    let usable = enabled && response.enabled();
    if usable && (response.hovered() || response.has_focus()) {
        ui.painter().rect_filled(rect, theme::RADIUS, theme::LINE_COLOR);
    }
    let left = rect.left_center() + vec2(8.0, 0.0);
    if selected {
        ui.painter().circle_filled(left, 2.5, theme::accent(ui));
    }
    let words = rect.with_min_x(left.x + 10.0);
    let color = if usable { theme::TEXT } else { theme::DISABLED };
    paint::text_within(ui.painter(), words, Align2::LEFT_CENTER, text, theme::TYPE_BODY, color);
    paint::focus_ring(ui, &response, rect);
    response.widget_info(|| WidgetInfo::selected(Role::MenuItem, usable, selected, text));
    usable && pressed(ui, &response)
}
