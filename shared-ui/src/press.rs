//! What counts as pressing a part.

use egui::{PointerButton, Response, Ui};

/// Whether a part that senses clicks was pressed: mouse, Enter when focused, or a screen reader; never Space.
pub fn pressed(ui: &Ui, response: &Response) -> bool {
    let by_key = response.has_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    let by_reader = ui.input(|input| input.has_accesskit_action_request(response.id, egui::accesskit::Action::Click));
    if response.clicked_elsewhere() && response.has_focus() {
        response.surrender_focus();
    }
    response.enabled() && (response.clicked_by(PointerButton::Primary) || by_key || by_reader)
}
