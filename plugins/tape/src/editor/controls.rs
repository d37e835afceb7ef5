//! The controls, in named sections in the order of the signal: how hot, which machine, what it adds, what comes out.

use egui::{Rect, Ui, vec2};
use nice_plug::prelude::Param as _;
use shared_plugin::editor::OperatingLevel;
use shared_plugin::params::Float;
use shared_ui::button::Button;
use shared_ui::layout::{place, row};
use shared_ui::segmented::Segmented;
use shared_ui::{Knob, KnobSize, gesture, section, theme};

use super::Context;
use crate::params::{MONITOR_INPUT, MONITOR_SYNC};

/// Height of the whole.
pub const HEIGHT: f32 = 178.0;
/// Where the rows begin, points below the top: headings, controls, and the second of two rows of knobs.
const HEADING: f32 = 10.0;
const FIRST: f32 = 26.0;
const SECOND: f32 = 100.0;
const ROW_HEIGHT: f32 = 24.0;
const KNOB_HEIGHT: f32 = 72.0;
const PAD: f32 = 12.0;
/// The sections: name and width, points.
const SECTIONS: [(&str, f32); 4] = [("Level", 188.0), ("Machine", 262.0), ("Character", 180.0), ("Output", 128.0)];

/// Draws them and lets them be used. Answers whether anything moves.
pub fn show(ui: &mut Ui, rect: Rect, operating_level: &mut OperatingLevel, context: &mut Context<'_>) -> bool {
    let headed = Rect::from_min_max(rect.min + vec2(PAD, HEADING), rect.max - vec2(PAD, 0.0));
    let areas = section::in_a_row(ui, headed, SECOND + KNOB_HEIGHT - HEADING, SECTIONS);
    // What stands in them is placed from the top of the whole.
    let [level_area, machine_area, character_area, output_area] = areas.map(|area| area.with_min_y(rect.top()));
    let mut moves = level(ui, level_area, operating_level, context);
    moves |= machine(ui, machine_area, context);
    moves |= character(ui, character_area, context);
    moves |= output(ui, output_area, context);
    moves
}

fn at(area: Rect, top: f32, height: f32) -> Rect {
    Rect::from_min_size(area.min + vec2(0.0, top), vec2(area.width(), height))
}

/// Small knobs of one width side by side.
fn knobs<'a>(
    ui: &mut Ui,
    context: &Context<'_>,
    width: f32,
    knobs: impl IntoIterator<Item = (&'a Float, &'a str)>,
) -> bool {
    ui.spacing_mut().item_spacing.x = 0.0;
    let mut moves = false;
    for (float, label) in knobs {
        let Some(param) = context.param(float) else { continue };
        moves |= Knob::new(param).label(label).size(KnobSize::Small).width(width).show(ui).animating;
    }
    moves
}

fn level(ui: &mut Ui, area: Rect, operating_level: &mut OperatingLevel, context: &Context<'_>) -> bool {
    let p = &context.params.product;
    let (drive, zero) = area.split_left_right_at_x(area.left() + 88.0);
    let mut moves = place(ui, at(drive, FIRST, 100.0), "drive", |ui| context.knob(ui, &p.drive, KnobSize::Large));
    moves |= place(ui, at(zero, FIRST, 100.0), "zero", |ui| {
        ui.spacing_mut().item_spacing.y = theme::SPACE;
        let moves = knobs(ui, context, zero.width(), [(&p.zero_vu, "0 VU")]);
        measure(ui, zero.width(), operating_level, context);
        moves
    });
    moves
        | place(ui, at(area, SECOND + KNOB_HEIGHT - 40.0, 40.0), "fluxivity", |ui| {
            let Some(param) = context.param(&p.fluxivity) else { return false };
            let choice = Segmented::new(param.name()).captioned("Reference fluxivity, nWb/m").width(area.width());
            choice.labels(&["185", "250", "320", "370", "520"]).show_param(ui, param).animating
        })
}

/// The button that takes 0 VU from the programme.
fn measure(ui: &mut Ui, width: f32, operating_level: &mut OperatingLevel, context: &Context<'_>) {
    let zero_vu = &context.params.product.zero_vu;
    let Some(param) = context.param(zero_vu) else { return };
    operating_level.seen_in(ui.ctx().cumulative_pass_nr());
    let left_s = operating_level.left_s();
    let label = left_s.map_or_else(|| "Measure".to_owned(), |left_s| format!("{:.0} s", left_s.ceil()));
    let hint = "Sets 0 VU from five seconds of programme, judged by its peaks.";
    let button = Button::new(&label).name("Set 0 VU from programme").hint(hint);
    let pressed = button.on(left_s.is_some()).min_width(width).show(ui).1;
    if let Some(level_db) = operating_level.ask(pressed) {
        let wanted = zero_vu.preview_normalized(level_db as f32);
        gesture::once(ui.ctx(), param, wanted.clamp(0.0, 1.0));
    }
}

fn machine(ui: &mut Ui, area: Rect, context: &Context<'_>) -> bool {
    let p = &context.params.product;
    let mut moves =
        place(ui, at(area, FIRST, ROW_HEIGHT), "tape", |ui| context.segmented(ui, &p.formulation, area.width()));
    let second = FIRST + ROW_HEIGHT + theme::SPACE;
    moves |= row(ui, at(area, second, ROW_HEIGHT), "speed", |ui| {
        let speed = 144.0;
        let moves = context.segmented(ui, &p.speed, speed);
        moves | context.segmented(ui, &p.equalisation, area.width() - speed - theme::SPACE)
    });
    let (left, right) = area.split_left_right_at_x(area.left() + 134.0);
    moves |= row(ui, at(left, SECOND, KNOB_HEIGHT), "bias", |ui| {
        knobs(ui, context, 0.5 * left.width(), [(&p.bias, "Bias"), (&p.head_bump, "Head bump")])
    });
    // Between the names and the values of the knobs beside them.
    let heads = SECOND + 0.5 * KNOB_HEIGHT - ROW_HEIGHT - 0.5 * theme::SPACE;
    moves |=
        place(ui, at(right, heads, ROW_HEIGHT), "align", |ui| context.toggle(ui, &p.align, "Aligned", right.width()));
    moves
        | row(ui, at(right, heads + ROW_HEIGHT + theme::SPACE, ROW_HEIGHT), "heads", |ui| {
            let each = 0.5 * (right.width() - theme::SPACE);
            let moves = context.listening_toggle(ui, &MONITOR_INPUT, "Input", each);
            moves | context.listening_toggle(ui, &MONITOR_SYNC, "Sync", each)
        })
}

fn character(ui: &mut Ui, area: Rect, context: &Context<'_>) -> bool {
    let p = &context.params.product;
    let width = area.width() / 3.0;
    let moves = row(ui, at(area, FIRST, KNOB_HEIGHT), "transport", |ui| {
        knobs(ui, context, width, [(&p.wow, "Wow"), (&p.flutter, "Flutter"), (&p.crosstalk, "Crosstalk")])
    });
    moves
        | row(ui, at(area, SECOND, KNOB_HEIGHT), "noise", |ui| {
            knobs(ui, context, width, [(&p.hiss, "Hiss"), (&p.modulation_noise, "Mod noise"), (&p.azimuth, "Azimuth")])
        })
}

fn output(ui: &mut Ui, area: Rect, context: &mut Context<'_>) -> bool {
    let shell = &context.params.shell;
    let width = 0.5 * area.width();
    let moves = row(ui, at(area, FIRST, KNOB_HEIGHT), "trims", |ui| {
        knobs(ui, context, width, [(&shell.input, "Input"), (&shell.output, "Output")])
    });
    moves
        | row(ui, at(area, SECOND, KNOB_HEIGHT), "mix", |ui| {
            let moves = knobs(ui, context, 52.0, [(&shell.mix, "Mix")]);
            context.match_button(ui);
            moves
        })
}
