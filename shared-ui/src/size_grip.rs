//! Corner grip that scales the window, its aspect kept.

use egui::{CursorIcon, Pos2, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2};

use crate::{interact, theme};

/// Least scale of a window.
pub const MIN_SCALE: f32 = 0.75;
/// Largest scale of a window.
pub const MAX_SCALE: f32 = 2.0;

/// The scale a pointer at `corner` (points at the present scale) asks for: the larger of the two axes, so that the
/// corner stays under the pointer on the axis it moves along; in steps of 1 %.
pub fn wanted_scale(corner: Pos2, base: Vec2, scale: f32) -> f32 {
    let wanted = scale * (corner.x / base.x).max(corner.y / base.y);
    ((wanted * 100.0).round() / 100.0).clamp(MIN_SCALE, MAX_SCALE)
}

/// Draws the grip in `rect`, the window's lower right corner. `base` is the window's size in points at scale 1, `scale` the
/// present scale. Answers another scale when one is asked for; a double-click asks for 1. Accessible name: "Window size".
pub fn show(ui: &mut Ui, rect: Rect, base: Vec2, scale: f32) -> Option<f32> {
    let id = ui.make_persistent_id("size grip");
    let response = ui.interact(rect, id, Sense::click_and_drag()).on_hover_and_drag_cursor(CursorIcon::ResizeNwSe);
    let color = if response.hovered() || response.dragged() || response.has_focus() { theme::TEXT } else { theme::DIM };
    for step in 1..=3 {
        let reach = 4.0 * step as f32;
        let from = pos2(rect.right() - 2.0 - reach, rect.bottom() - 2.0);
        let to = pos2(rect.right() - 2.0, rect.bottom() - 2.0 - reach);
        ui.painter().line_segment([from, to], Stroke::new(theme::LINE, color));
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, "Window size"));
    ui.ctx().accesskit_node_builder(id, |node| {
        node.set_value(format!("{:.0} %", 100.0 * scale));
        node.add_action(egui::accesskit::Action::Increment);
        node.add_action(egui::accesskit::Action::Decrement);
    });
    interact::explain_text(ui, &response, "Drag to scale the window. Double-click: 100 %.");
    if response.double_clicked() {
        return Some(1.0).filter(|wanted| *wanted != scale);
    }
    use egui::accesskit::Action::{Decrement, Increment};
    let steps = ui.input(|input| {
        let count = |action| input.num_accesskit_action_requests(id, action) as i32;
        count(Increment) - count(Decrement)
    });
    if steps != 0 {
        return Some((scale + 0.05 * steps as f32).clamp(MIN_SCALE, MAX_SCALE)).filter(|wanted| *wanted != scale);
    }
    // Where in the grip it was taken: the corner keeps that distance from the pointer.
    let offset_id = id.with("offset");
    let pointer = response.interact_pointer_pos().or_else(|| ui.input(|input| input.pointer.latest_pos()))?;
    if response.drag_started() {
        let origin = ui.input(|input| input.pointer.press_origin()).unwrap_or(pointer);
        ui.data_mut(|data| data.insert_temp(offset_id, (base.to_pos2() - origin) * scale));
    }
    // Only the hand asks. When the window has grown under a pointer that rests, the pointer's place is still told in the old
    // points, and would ask for more and more.
    let is_moved = ui.input(|input| input.events.iter().any(|event| matches!(event, egui::Event::PointerMoved(_))));
    // The last movement often comes together with the release.
    if !(response.dragged() || response.drag_stopped()) || !is_moved {
        return None;
    }
    // Kept in points at scale 1: the scale, and with it the size of a point, changes during the drag.
    let offset = ui.data(|data| data.get_temp::<Vec2>(offset_id)).unwrap_or_default() / scale;
    Some(wanted_scale(pointer + offset, base, scale)).filter(|wanted| *wanted != scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_follows_the_corner_within_bounds() {
        let base = Vec2::new(820.0, 460.0);
        assert_eq!(wanted_scale(base.to_pos2(), base, 1.0), 1.0);
        assert_eq!(wanted_scale(base.to_pos2(), base, 1.5), 1.5);
        assert_eq!(wanted_scale(pos2(1230.0, 460.0), base, 1.0), 1.5);
        assert_eq!(wanted_scale(pos2(10.0, 10.0), base, 1.0), MIN_SCALE);
        assert_eq!(wanted_scale(pos2(9000.0, 10.0), base, 2.0), MAX_SCALE);
    }
}
