//! The controls, in named sections in the order of the signal: how hot, what is made of it, its tone, what comes out.

use egui::{Rect, Ui};
use shared_plugin::editor::OperatingLevel;
use shared_ui::KnobSize::{Medium, Small};
use shared_ui::layout::{below, place, row};
use shared_ui::{section, theme};

use super::Context;

/// Height of the whole.
pub const HEIGHT: f32 = 184.0;
/// Where the rows begin, points below the top: a row with a larger knob, and one of small knobs.
const FIRST: f32 = 22.0;
const SECOND: f32 = 108.0;
const ROW_HEIGHT: f32 = 24.0;
const FIRST_HEIGHT: f32 = 84.0;
const SECOND_HEIGHT: f32 = 72.0;
/// The sections: name and width, points.
const SECTIONS: [(&str, f32); 4] = [("Drive", 136.0), ("Character", 376.0), ("Tone", 132.0), ("Output", 120.0)];

/// Draws them and lets them be used. Answers whether anything moves.
pub fn show(ui: &mut Ui, rect: Rect, operating_level: &mut OperatingLevel, context: &mut Context<'_>) -> bool {
    let [drive_area, character_area, tone_area, output_area] =
        section::panel(ui, rect, SECOND + SECOND_HEIGHT, SECTIONS);
    let mut moves = drive(ui, drive_area, operating_level, context);
    moves |= character(ui, character_area, context);
    moves |= tone(ui, tone_area, context);
    moves |= output(ui, output_area, context);
    moves
}

fn drive(ui: &mut Ui, area: Rect, operating_level: &mut OperatingLevel, context: &Context<'_>) -> bool {
    let p = &context.params.product;
    let width = 0.5 * area.width();
    let moves = row(ui, below(area, FIRST, FIRST_HEIGHT), "drive", |ui| {
        context.knob_row(ui, width, Medium, [(&p.drive, "Drive", Medium), (&p.zero_vu, "0 VU", Small)])
    });
    // At the middle of the knobs beside it.
    place(ui, below(area, SECOND + 22.0, ROW_HEIGHT), "measure", |ui| {
        if let Some(param) = context.param(&p.zero_vu) {
            operating_level.button(ui, area.width(), &p.zero_vu, param);
        }
    });
    moves
}

fn character(ui: &mut Ui, area: Rect, context: &Context<'_>) -> bool {
    let p = &context.params.product;
    let bands = p.bands.get();
    let mut moves = place(ui, below(area, FIRST + 14.0, ROW_HEIGHT), "character", |ui| {
        context.segmented(ui, &p.character, area.width())
    });
    moves |= row(ui, below(area, FIRST + 20.0 + ROW_HEIGHT, ROW_HEIGHT), "bands", |ui| {
        let bands = 104.0;
        let moves = context.segmented(ui, &p.channel_mode, area.width() - bands - theme::SPACE);
        moves | context.segmented(ui, &p.bands, bands)
    });
    moves
        | row(ui, below(area, SECOND, SECOND_HEIGHT), "shape", |ui| {
            let width = area.width() / 6.0;
            let shape = [(&p.even_odd, "Even/odd", Small), (&p.bias_motion, "Bias motion", Small)];
            let mut moves = context.knob_row(ui, width, Small, shape);
            for (knob, label, needs) in [
                (&p.low_crossover, "Crossover 1", 2),
                (&p.mid_drive, "Drive 2", 2),
                (&p.high_crossover, "Crossover 2", 3),
                (&p.high_drive, "Drive 3", 3),
            ] {
                // What does nothing now is drawn as such and keeps its place.
                ui.add_enabled_ui(bands >= needs, |ui| {
                    moves |= context.knob_row(ui, width, Small, [(knob, label, Small)])
                });
            }
            moves
        })
}

fn tone(ui: &mut Ui, area: Rect, context: &Context<'_>) -> bool {
    let p = &context.params.product;
    let width = 0.5 * area.width();
    let moves = row(ui, below(area, FIRST, FIRST_HEIGHT), "emphasis", |ui| {
        context.knob_row(ui, width, Medium, [(&p.emphasis, "Emphasis", Small), (&p.emphasis_frequency, "From", Small)])
    });
    moves
        | row(ui, below(area, SECOND, SECOND_HEIGHT), "tilt", |ui| {
            context.knob_row(ui, width, Small, [(&p.tilt, "Tilt", Small), (&p.high_cut, "High cut", Small)])
        })
}

fn output(ui: &mut Ui, area: Rect, context: &mut Context<'_>) -> bool {
    let shell = &context.params.shell;
    let width = 0.5 * area.width();
    let moves = row(ui, below(area, FIRST, FIRST_HEIGHT), "trims", |ui| {
        context.knob_row(ui, width, Medium, [(&shell.input, "Input", Small), (&shell.output, "Output", Small)])
    });
    moves
        | row(ui, below(area, SECOND, SECOND_HEIGHT), "mix", |ui| {
            let moves = context.knob_row(ui, 44.0, Small, [(&shell.mix, "Mix", Small)]);
            context.match_button(ui);
            moves
        })
}
