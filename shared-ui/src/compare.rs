//! Fair compare and Delta: what is heard, not what is rendered.

use egui::{Role, Sense, Ui, WidgetInfo, vec2};

use crate::button::Button;
use crate::readout::decibels;

/// What the control shows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CompareModel {
    /// The dry is heard, at the wet's loudness.
    pub on: bool,
    /// Loudness of the wet against the dry, LU; none until enough programme was heard.
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
    let text = match model.offset_lu {
        Some(offset) if offset > 0.0 && decibels(Some(offset)) != "0.0" => {
            format!("wet +{} LU", decibels(Some(offset)))
        }
        Some(offset) => format!("wet {} LU", decibels(Some(offset))),
        None => "no level yet".to_owned(),
    };
    let hint = "Hear the unprocessed sound as loud as the processed. The number is how much louder the processed sound is. \
                Monitoring only: never rendered.";
    let button = Button::new("Compare").name("Fair compare").hint(hint).on(model.on).warning();
    let (part, pressed) = button.beside(&text, "wet +88.8 LU").show(ui);
    // Read by itself, too: the button's own words say what it does.
    let area = egui::Rect::from_min_size(part.rect.right_top(), vec2(0.0, part.rect.height()));
    let response = ui.interact(area, part.id.with("offset"), Sense::hover());
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
