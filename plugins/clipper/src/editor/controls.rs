//! The controls, in named sections in the order of the signal: how hot, how it is clipped, what holds, what comes out.

use egui::{Rect, Ui};
use shared_ui::KnobSize::{Medium, Small};
use shared_ui::layout::{below, place, row};
use shared_ui::message_line::{self, Message, Severity};
use shared_ui::section;

use super::Context;
use crate::params::LIMIT_INSTEAD;
use crate::processor::Hold;

/// Height of the whole.
pub const HEIGHT: f32 = 144.0;
/// Where the rows begin, points below the top: knobs, and what stands under them.
const FIRST: f32 = 22.0;
const SECOND: f32 = 112.0;
const ROW_HEIGHT: f32 = 24.0;
const FIRST_HEIGHT: f32 = 84.0;
/// Two choices on top of each other beside the knobs.
const UPPER: f32 = FIRST + 14.0;
const LOWER: f32 = UPPER + ROW_HEIGHT + 6.0;
/// The sections: name and width, points.
const SECTIONS: [(&str, f32); 4] = [("Drive", 172.0), ("Clip", 184.0), ("Ceiling", 224.0), ("Output", 156.0)];

/// Draws them and lets them be used. Answers whether anything moves.
pub fn show(ui: &mut Ui, rect: Rect, context: &mut Context<'_>) -> bool {
    let [drive_area, clip_area, ceiling_area, output_area] = section::panel(ui, rect, SECOND + ROW_HEIGHT, SECTIONS);
    let mut moves = drive(ui, drive_area, context);
    moves |= clip(ui, clip_area, context);
    moves |= ceiling(ui, ceiling_area, context);
    moves |= output(ui, output_area, context);
    moves
}

fn drive(ui: &mut Ui, area: Rect, context: &mut Context<'_>) -> bool {
    let p = &context.params.product;
    let (knob, beside) = area.split_left_right_at_x(area.left() + 68.0);
    let moves = row(ui, below(knob, FIRST, FIRST_HEIGHT), "drive", |ui| {
        context.knob_row(ui, knob.width(), Medium, [(&p.drive, "Drive", Medium)])
    });
    let moves = moves
        | place(ui, below(beside, UPPER, ROW_HEIGHT), "drive link", |ui| {
            context.toggle(ui, &p.drive_link, "Drive link", beside.width())
        });
    place(ui, below(beside, LOWER, ROW_HEIGHT), "match", |ui| context.match_button(ui));
    moves
}

fn clip(ui: &mut Ui, area: Rect, context: &Context<'_>) -> bool {
    let p = &context.params.product;
    let moves = row(ui, below(area, FIRST, FIRST_HEIGHT), "clip", |ui| {
        let knobs = [(&p.knee, "Knee", Medium), (&p.link, "Link", Small), (&p.makeup, "Makeup", Small)];
        context.knob_row(ui, area.width() / 3.0, Medium, knobs)
    });
    moves
        | place(ui, below(area, SECOND, ROW_HEIGHT), "channels", |ui| {
            context.segmented(ui, &p.channel_mode, area.width())
        })
}

fn ceiling(ui: &mut Ui, area: Rect, context: &Context<'_>) -> bool {
    let p = &context.params.product;
    let (knob, beside) = area.split_left_right_at_x(area.left() + 68.0);
    let mut moves = row(ui, below(knob, FIRST, FIRST_HEIGHT), "ceiling", |ui| {
        context.knob_row(ui, knob.width(), Medium, [(&p.ceiling, "Ceiling", Medium)])
    });
    moves |= place(ui, below(beside, UPPER, ROW_HEIGHT), "guard", |ui| context.segmented(ui, &p.guard, beside.width()));
    moves |= place(ui, below(beside, LOWER, ROW_HEIGHT), "limit instead", |ui| {
        context.listening_toggle(ui, &LIMIT_INSTEAD, "Limit instead", beside.width())
    });
    let settings = p.settings(1.0, context.params.monitoring.active(true));
    let text = match settings.hold {
        Hold::Nothing => Some("Off: ripple passes the ceiling."),
        Hold::Sample => Some("Sample: aliases like 1x."),
        Hold::TruePeak => None,
    };
    place(ui, below(area, SECOND, ROW_HEIGHT), "note", |ui| {
        message_line::show(ui, area.width(), text.map(|text| Message { severity: Severity::Note, text }));
    });
    moves
}

fn output(ui: &mut Ui, area: Rect, context: &Context<'_>) -> bool {
    let shell = &context.params.shell;
    row(ui, below(area, FIRST, FIRST_HEIGHT), "output", |ui| {
        let knobs = [(&shell.input, "Input", Small), (&shell.output, "Output", Small), (&shell.mix, "Mix", Small)];
        context.knob_row(ui, area.width() / 3.0, Medium, knobs)
    })
}
