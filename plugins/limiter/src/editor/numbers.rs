//! The readings at the right edge: loudness, true peak, PLR and crest.

use egui::{Rect, Ui};
use shared_ui::button::Button;
use shared_ui::gesture;
use shared_ui::layout::place;
use shared_ui::marked_bar::MarkedBar;
use shared_ui::readout::Readout;
use shared_ui::theme;

use super::context::Context;
use super::state::LimiterPanel;
use crate::params::RESET;

/// Below this there is nothing to read, dB.
const SILENCE_DB: f64 = -200.0;
/// How far above the ceiling is an overshoot and no rounding, dB.
const OVER_DB: f64 = 0.05;
/// The numbers end on one line, so far from the left, points.
const FIELD: f32 = 46.0;
/// Between two readings, points.
const GAP: f32 = 9.0;
const RESET_HEIGHT: f32 = 24.0;

/// Draws the numbers into a column. Answers whether they move.
pub fn show(ui: &mut Ui, rect: Rect, panel: &mut LimiterPanel, context: &Context<'_>) -> bool {
    let reading = &panel.reading;
    // What is measured stands behind the ceiling, and the output trim behind both.
    let trim_db = f64::from(context.params.shell.output.value());
    let known = |db: f64| (db > SILENCE_DB).then_some(db as f32);
    let behind = |db: Option<f64>| db.map(|db| (db + trim_db) as f32);
    let output = &reading.output;
    let is_over = reading.residual_db > OVER_DB;
    let readings = [
        (Readout::new("Short-term", "LUFS").size(theme::TYPE_LARGE), behind(output.short_term_lufs)),
        (Readout::new("Integrated", "LUFS").size(theme::TYPE_LARGE), behind(output.integrated_lufs)),
        (Readout::new("True peak in", "dBTP"), known(reading.input.true_peak_dbtp)),
        (Readout::new("True peak out", "dBTP"), known(output.true_peak_dbtp).map(|db| db + trim_db as f32)),
        (Readout::new("Worst to ceiling", "dB").hundredths().over(is_over), known(reading.residual_db)),
        (Readout::new("PLR", "dB"), reading.plr_db.map(|db| db as f32)),
    ];
    let (stack, reset) = rect.split_top_bottom_at_y(rect.bottom() - RESET_HEIGHT);
    let moves = place(ui, stack, "numbers", |ui| {
        ui.spacing_mut().item_spacing.y = GAP;
        let mut moves = false;
        for ((readout, value), text) in readings.into_iter().zip(&mut panel.texts.numbers) {
            moves |= readout.close().field(FIELD).width(rect.width()).show(ui, text, value).animating;
        }
        moves
    });
    place(ui, reset, "reset", |ui| {
        let hint = "Begins a new measurement: integrated loudness, true peaks, and what is held.";
        let is_pressed = Button::new("Reset").name("Reset readings").hint(hint).min_width(rect.width()).show(ui).1;
        if let Some(reset) = context.listening(&RESET).filter(|_| is_pressed) {
            gesture::once(ui.ctx(), reset, 1.0);
            panel.columns.reset();
        }
    });
    moves
}

/// Draws the crest factor. Answers whether it moves.
pub fn crest(ui: &mut Ui, rect: Rect, panel: &mut LimiterPanel) -> bool {
    place(ui, rect, "crest", |ui| {
        let crest_db = panel.reading.output.crest_db;
        let value = (crest_db > 0.0).then_some(crest_db as f32);
        MarkedBar::crest("Crest").show(ui, rect.size(), &mut panel.texts.crest, value).animating
    })
}
