//! Fair compare and Delta: what is heard, not what is rendered.

use egui::{Align2, FontId, Role, Sense, Ui, WidgetInfo, vec2};

use crate::button::Button;
use crate::readout::decibels;
use crate::{paint, theme};

/// What the control shows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CompareModel {
    /// The dry is heard, at the wet's loudness.
    pub on: bool,
    /// Loudness of the dry against the wet, LU; none until enough programme was heard.
    pub offset_lu: Option<f32>,
}

/// What a person asked of the controls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompareAction {
    /// Hear the dry at the wet's loudness, or stop.
    SetCompare(bool),
    /// Hear only what the plugin changes, or stop.
    SetDelta(bool),
}

/// Draws Compare with its offset. Accessible names: "Fair compare" and "Loudness offset".
pub fn show_compare(ui: &mut Ui, model: CompareModel) -> Option<CompareAction> {
    let hint = "Hear the unprocessed sound as loud as the processed. Monitoring only: never rendered.";
    let (_, pressed) = Button::new("Compare").name("Fair compare").hint(hint).on(model.on).warning().show(ui);
    let text = match model.offset_lu {
        Some(offset) if offset > 0.0 && decibels(Some(offset)) != "0.0" => format!("+{} LU", decibels(Some(offset))),
        offset => format!("{} LU", decibels(offset)),
    };
    let font = FontId::proportional(theme::TYPE_SMALL);
    let width = ui.painter().layout_no_wrap("+88.8 LU".to_owned(), font, theme::DIM).size().x;
    let (rect, response) = ui.allocate_exact_size(vec2(width.ceil(), 24.0), Sense::hover());
    let color = if model.on { theme::TEXT } else { theme::DIM };
    paint::text(ui.painter(), rect.right_center(), Align2::RIGHT_CENTER, &text, theme::TYPE_SMALL, color);
    response.widget_info(|| WidgetInfo::labeled(Role::Meter, true, "Loudness offset"));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(text));
    pressed.then_some(CompareAction::SetCompare(!model.on))
}

/// Draws Delta. Accessible name: "Delta".
pub fn show_delta(ui: &mut Ui, on: bool) -> Option<CompareAction> {
    let hint = "Hear only what the plugin changes. Monitoring only: never rendered.";
    let (_, pressed) = Button::new("Delta").hint(hint).on(on).warning().show(ui);
    pressed.then_some(CompareAction::SetDelta(!on))
}
