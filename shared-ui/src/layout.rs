//! Where the parts of a panel stand.

use egui::{Align, Layout, Rect, Ui, UiBuilder, Vec2};

use crate::theme;

/// Draws `add` from the top of `rect` down. `salt` tells it from its neighbours.
pub fn place<R>(ui: &mut Ui, rect: Rect, salt: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    let builder = UiBuilder::new().id_salt(salt).max_rect(rect).layout(Layout::top_down(Align::Min));
    ui.scope_builder(builder, add).inner
}

/// The part of `area` that begins `top` points below its upper edge and is `height` points high.
pub fn below(area: Rect, top: f32, height: f32) -> Rect {
    Rect::from_min_size(area.min + egui::vec2(0.0, top), egui::vec2(area.width(), height))
}

/// Draws `add` from the left of `rect` to the right, each part in the middle of its height.
pub fn row<R>(ui: &mut Ui, rect: Rect, salt: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    let builder = UiBuilder::new().id_salt(salt).max_rect(rect).layout(Layout::left_to_right(Align::Center));
    let add = |ui: &mut Ui| {
        ui.spacing_mut().item_spacing.x = theme::SPACE;
        add(ui)
    };
    ui.scope_builder(builder, add).inner
}

/// Small choices on top of each other within a row, `size` points together.
pub fn stack<R>(ui: &mut Ui, size: Vec2, add: impl FnOnce(&mut Ui) -> R) -> R {
    let add = |ui: &mut Ui| {
        ui.spacing_mut().item_spacing.y = theme::SPACE;
        add(ui)
    };
    ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), add).inner
}
