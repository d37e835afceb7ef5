//! The controls, in named sections in the order of the signal: how hot, which machine, what it adds, what comes out.

use egui::{Rect, Ui};
use shared_plugin::editor::OperatingLevel;
use shared_ui::KnobSize::{Medium, Small};
use shared_ui::layout::{below, place, row};
use shared_ui::segmented::Segmented;
use shared_ui::{section, theme};

use super::Context;
use crate::params::{MONITOR_INPUT, MONITOR_SYNC};

/// Height of the whole.
pub const HEIGHT: f32 = 184.0;
/// Where the rows begin, points below the top: a row with a larger knob, and one of small knobs.
const FIRST: f32 = 22.0;
const SECOND: f32 = 108.0;
const ROW_HEIGHT: f32 = 24.0;
const FIRST_HEIGHT: f32 = 84.0;
const KNOB_HEIGHT: f32 = 72.0;
/// The sections: name and width, points.
const SECTIONS: [(&str, f32); 4] = [("Level", 188.0), ("Machine", 262.0), ("Character", 180.0), ("Output", 128.0)];

/// Draws them and lets them be used. Answers whether anything moves.
pub fn show(ui: &mut Ui, rect: Rect, operating_level: &mut OperatingLevel, context: &mut Context<'_>) -> bool {
    let [level_area, machine_area, character_area, output_area] =
        section::panel(ui, rect, SECOND + KNOB_HEIGHT, SECTIONS);
    let mut moves = level(ui, level_area, operating_level, context);
    moves |= machine(ui, machine_area, context);
    moves |= character(ui, character_area, context);
    moves |= output(ui, output_area, context);
    moves
}

fn level(ui: &mut Ui, area: Rect, operating_level: &mut OperatingLevel, context: &Context<'_>) -> bool {
    let p = &context.params.product;
    let knobs = [(&p.drive, "Drive", Medium), (&p.zero_vu, "0 VU", Small)];
    let moves = row(ui, below(area, FIRST, FIRST_HEIGHT), "drive", |ui| {
        context.knob_row(ui, 0.5 * area.width(), Medium, knobs)
    });
    place(ui, below(area, SECOND, ROW_HEIGHT), "measure", |ui| {
        if let Some(param) = context.param(&p.zero_vu) {
            operating_level.button(ui, area.width(), &p.zero_vu, param);
        }
    });
    moves
        | place(ui, below(area, SECOND + KNOB_HEIGHT - 40.0, 40.0), "fluxivity", |ui| {
            let Some(param) = context.param(&p.fluxivity) else { return false };
            let choice = Segmented::new(param.name()).captioned("Reference fluxivity, nWb/m").width(area.width());
            choice.labels(&["185", "250", "320", "370", "520"]).show_param(ui, param).animating
        })
}

fn machine(ui: &mut Ui, area: Rect, context: &Context<'_>) -> bool {
    let p = &context.params.product;
    let mut moves = place(ui, below(area, FIRST + 14.0, ROW_HEIGHT), "tape", |ui| {
        context.segmented(ui, &p.formulation, area.width())
    });
    let second = FIRST + 20.0 + ROW_HEIGHT;
    moves |= row(ui, below(area, second, ROW_HEIGHT), "speed", |ui| {
        let speed = 144.0;
        let moves = context.segmented(ui, &p.speed, speed);
        moves | context.segmented(ui, &p.equalisation, area.width() - speed - theme::SPACE)
    });
    let (left, right) = area.split_left_right_at_x(area.left() + 134.0);
    moves |= row(ui, below(left, SECOND, KNOB_HEIGHT), "bias", |ui| {
        context.knob_row(ui, 0.5 * left.width(), Small, [(&p.bias, "Bias", Small), (&p.head_bump, "Head bump", Small)])
    });
    // Between the names and the values of the knobs beside them.
    let heads = SECOND + 0.5 * KNOB_HEIGHT - ROW_HEIGHT - 0.5 * theme::SPACE;
    moves |= place(ui, below(right, heads, ROW_HEIGHT), "align", |ui| {
        context.toggle(ui, &p.align, "Aligned", right.width())
    });
    moves
        | row(ui, below(right, heads + ROW_HEIGHT + theme::SPACE, ROW_HEIGHT), "heads", |ui| {
            let each = 0.5 * (right.width() - theme::SPACE);
            let moves = context.listening_toggle(ui, &MONITOR_INPUT, "Input", each);
            moves | context.listening_toggle(ui, &MONITOR_SYNC, "Sync", each)
        })
}

fn character(ui: &mut Ui, area: Rect, context: &Context<'_>) -> bool {
    let p = &context.params.product;
    let width = area.width() / 3.0;
    let moves = row(ui, below(area, FIRST, FIRST_HEIGHT), "transport", |ui| {
        let knobs = [(&p.wow, "Wow", Small), (&p.flutter, "Flutter", Small), (&p.crosstalk, "Crosstalk", Small)];
        context.knob_row(ui, width, Medium, knobs)
    });
    moves
        | row(ui, below(area, SECOND, KNOB_HEIGHT), "noise", |ui| {
            let knobs =
                [(&p.hiss, "Hiss", Small), (&p.modulation_noise, "Mod noise", Small), (&p.azimuth, "Azimuth", Small)];
            context.knob_row(ui, width, Small, knobs)
        })
}

fn output(ui: &mut Ui, area: Rect, context: &mut Context<'_>) -> bool {
    let shell = &context.params.shell;
    let width = 0.5 * area.width();
    let moves = row(ui, below(area, FIRST, FIRST_HEIGHT), "trims", |ui| {
        context.knob_row(ui, width, Medium, [(&shell.input, "Input", Small), (&shell.output, "Output", Small)])
    });
    moves
        | row(ui, below(area, SECOND, KNOB_HEIGHT), "mix", |ui| {
            let moves = context.knob_row(ui, 52.0, Small, [(&shell.mix, "Mix", Small)]);
            context.match_button(ui);
            moves
        })
}
