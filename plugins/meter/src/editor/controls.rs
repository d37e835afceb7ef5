//! The controls of Meter.

use egui::{Rect, Ui, vec2};
use shared_plugin::editor::PanelContext;
use shared_plugin::params::Parameter;
use shared_ui::button::Button;
use shared_ui::layout::{row, stack};
use shared_ui::value_field::ValueField;
use shared_ui::{KnobSize, gesture};

use crate::params::{MeterParams, RESET};
use crate::processor::MeterReading;

/// The button that begins a new measurement.
fn reset_button(ui: &mut Ui, context: &PanelContext<'_, MeterParams, MeterReading>) {
    let Some(param) = context.listening(&RESET) else { return };
    if Button::new("Reset").hint(RESET.hint).min_width(76.0).show(ui).1 {
        gesture::once(ui.ctx(), param, 1.0);
    }
}

/// How the spectrum is drawn.
pub fn spectrum(ui: &mut Ui, context: &PanelContext<'_, MeterParams, MeterReading>) -> bool {
    let p = &context.params.product;
    let mut moves = context.segmented(ui, &p.spectrum_view, 154.0);
    let fields: [(&dyn Parameter, f32); 3] =
        [(&p.spectrum_resolution, 70.0), (&p.spectrum_tilt, 78.0), (&p.spectrum_fall, 66.0)];
    for (parameter, width) in fields {
        if let Some(param) = context.param(parameter) {
            moves |= ValueField::new(param).without_name().width(width).show(ui).animating;
        }
    }
    moves
}

/// What is measured, against what, and how the levels are shown.
///
/// Answers whether anything moves, and whether a report is asked for.
pub fn show(ui: &mut Ui, rect: Rect, context: &PanelContext<'_, MeterParams, MeterReading>) -> (bool, bool) {
    let (first, second) = rect.split_top_bottom_at_y(rect.top() + 76.0);
    let (mut moves, mut wants_report) = (false, false);
    let p = &context.params.product;
    row(ui, first, "delivery", |ui| {
        moves |= context.knob(ui, &p.target, KnobSize::Small);
        moves |= context.knob_as(ui, &p.true_peak_limit, "Peak limit", KnobSize::Small);
        moves |= context.knob(ui, &p.vu_zero, KnobSize::Small);
        moves |= context.trims(ui);
    });
    row(ui, second, "measurement", |ui| {
        stack(ui, vec2(rect.width(), 60.0), |ui| {
            ui.horizontal(|ui| {
                moves |= context.segmented(ui, &p.level_meter, 248.0);
                reset_button(ui, context);
            });
            ui.horizontal(|ui| {
                moves |= context.segmented(ui, &p.follow_transport, 140.0);
                moves |= context.segmented(ui, &p.k_system, 104.0);
                let hint = "Writes the delivery report (JSON and one HTML page) into your documents.";
                wants_report = Button::new("Report").hint(hint).min_width(76.0).show(ui).1;
            });
        });
    });
    (moves, wants_report)
}
