//! What rotary controls have in common: a body to take hold of, and the value in words below it.

use egui::{Align2, Id, Key, PointerButton, Rect, Response, Role, Sense, Ui, WidgetInfo};

use crate::interact::{self, MenuChoice};
use crate::param::{Param, clean};
use crate::value_field::{is_typing, start_typing, typing};
use crate::{paint, theme};

/// Lets the body be used, draws the value into `value_rect` and lets it be typed. Answers whether the value was changed.
pub fn turn(ui: &mut Ui, body: &Response, value_rect: Rect, param: &Param) -> bool {
    let mut changed = interact::value(ui, body, param);
    let value_id = body.id.with("value");
    if is_typing(ui, value_id) {
        changed |= typing(ui, value_id, value_rect, param);
    } else {
        changed |= value_text(ui, value_id, value_rect, param);
        if body.has_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
            start_typing(ui, value_id, param);
        }
    }
    match interact::menu(body, param) {
        MenuChoice::Type => start_typing(ui, value_id, param),
        MenuChoice::Reset => changed |= interact::reset(ui, param),
        MenuChoice::Nothing | MenuChoice::Copy => {}
    }
    changed
}

/// The value in words under a rotary control: double-click types, drag and wheel work as on the body.
fn value_text(ui: &mut Ui, id: Id, rect: Rect, param: &Param) -> bool {
    // Not in the tab order (Enter on the body types), so it senses no focus.
    let response = ui.interact(rect, id, Sense::CLICK | Sense::DRAG);
    let mut changed = false;
    if response.double_clicked_by(PointerButton::Primary) {
        start_typing(ui, id, param);
    } else {
        changed = interact::value(ui, &response, param);
    }
    if response.hovered() && response.enabled() {
        ui.painter().rect_filled(rect, theme::RADIUS, theme::LINE_COLOR);
    }
    let text = param.text(clean(param.normalized()));
    paint::text_within(
        ui.painter(),
        rect,
        Align2::CENTER_CENTER,
        &text,
        theme::TYPE_BODY,
        paint::words_color(ui, theme::TEXT),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Button, response.enabled(), format!("{} value", param.name())));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(text));
    if ui.input(|input| input.has_accesskit_action_request(id, egui::accesskit::Action::Click)) {
        start_typing(ui, id, param);
    }
    changed
}
