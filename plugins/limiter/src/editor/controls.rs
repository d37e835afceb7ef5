//! The controls, in named sections in the order of the signal.

use egui::{Rect, Ui, pos2, vec2};
use nice_plug::prelude::Param as _;
use shared_plugin::monitoring::UNITY_GAIN;
use shared_plugin::params::Float;
use shared_ui::layout::{below, place, row};
use shared_ui::message_line::{self, Message, Severity};
use shared_ui::section;
use shared_ui::{Knob, KnobSize, theme};

use super::advice;
use super::context::Context;
use super::state::LimiterPanel;
use crate::processor::DitherShape;

/// Height of the whole.
pub const HEIGHT: f32 = 164.0;
/// Where the rows begin, points below the top.
const KNOBS: f32 = 20.0;
const CHOICES: f32 = 107.0;
const FOOT: f32 = 136.0;
const ROW_HEIGHT: f32 = 24.0;
const PAD: f32 = 12.0;

/// The sections: name and width, points.
const SECTIONS: [(&str, f32); 4] = [("Drive", 228.0), ("Time", 222.0), ("Link", 108.0), ("Final level", 188.0)];

/// Draws them and lets them be used. Answers whether anything moves.
pub fn show(ui: &mut Ui, rect: Rect, panel: &mut LimiterPanel, context: &mut Context<'_>) -> bool {
    let [drive_area, time_area, link_area, final_area] = section::panel(ui, rect, CHOICES + ROW_HEIGHT, SECTIONS);
    let mut moves = drive(ui, drive_area, panel, context);
    moves |= time(ui, time_area, context);
    moves |= link(ui, link_area, context);
    moves |= final_level(ui, final_area, context);
    moves |= foot(ui, rect, final_area.right(), panel, context);
    moves
}

/// Knobs of both sizes on one line: name, width and size of each.
fn knobs<'a>(
    ui: &mut Ui,
    area: Rect,
    context: &Context<'_>,
    knobs: impl IntoIterator<Item = (&'a Float, &'a str, f32, KnobSize)>,
) -> bool {
    live_knobs(ui, area, context, knobs.into_iter().map(|(float, name, width, size)| (float, name, width, size, None)))
}

/// The same, with what an automatic setting works out to.
fn live_knobs<'a>(
    ui: &mut Ui,
    area: Rect,
    context: &Context<'_>,
    knobs: impl IntoIterator<Item = (&'a Float, &'a str, f32, KnobSize, Option<f32>)>,
) -> bool {
    row(ui, below(area, KNOBS, Knob::area(KnobSize::Medium).y), "knobs", |ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let mut moves = false;
        for (float, name, width, size, live) in knobs {
            let Some(param) = context.param(float) else { continue };
            let mut knob = Knob::new(param).label(name).size(size).slot(KnobSize::Medium).width(width);
            if let Some(live) = live {
                knob = knob.live(live);
            }
            moves |= knob.show(ui).animating;
        }
        moves
    })
}

fn drive(ui: &mut Ui, area: Rect, panel: &mut LimiterPanel, context: &mut Context<'_>) -> bool {
    let (p, shell) = (&context.params.product, &context.params.shell);
    let mut moves = place(ui, area, "drive", |ui| {
        let live = panel.learn.gain_db().map(|db| p.gain.preview_normalized(db as f32));
        let row =
            [(&shell.input, "Input", 58.0, KnobSize::Small, None), (&p.gain, "Gain", 66.0, KnobSize::Medium, live)];
        live_knobs(ui, area, context, row)
    });
    let side = Rect::from_min_size(area.min + vec2(134.0, KNOBS), vec2(area.width() - 134.0, 80.0));
    moves |= place(ui, side, "learn", |ui| {
        ui.spacing_mut().item_spacing.y = theme::SPACE;
        let moves = context.listening_toggle(ui, &UNITY_GAIN, "Unity gain", side.width());
        moves | panel.learn.show(ui, side.width(), &panel.reading, context)
    });
    moves |= place(ui, below(area, CHOICES, ROW_HEIGHT), "aim", |ui| context.segmented(ui, &p.learn_aim, area.width()));
    moves
}

fn time(ui: &mut Ui, area: Rect, context: &Context<'_>) -> bool {
    let p = &context.params.product;
    let mut moves = place(ui, area, "time", |ui| {
        let row = [
            (&p.look_ahead, "Look-ahead", 74.0, KnobSize::Small),
            (&p.attack, "Attack", 74.0, KnobSize::Small),
            (&p.release, "Release", 74.0, KnobSize::Small),
        ];
        knobs(ui, area, context, row)
    });
    moves |= row(ui, below(area, CHOICES, ROW_HEIGHT), "time choices", |ui| {
        let release = 84.0;
        let moves = context.segmented(ui, &p.style, area.width() - release - theme::SPACE);
        moves | context.segmented(ui, &p.release_mode, release)
    });
    moves
}

fn link(ui: &mut Ui, area: Rect, context: &Context<'_>) -> bool {
    let p = &context.params.product;
    let moves = place(ui, area, "link", |ui| {
        let row = [(&p.peak_link, "Peaks", 54.0, KnobSize::Small), (&p.sustain_link, "Sustain", 54.0, KnobSize::Small)];
        knobs(ui, area, context, row)
    });
    let key = below(area, CHOICES, ROW_HEIGHT);
    moves | place(ui, key, "key", |ui| context.toggle(ui, &p.external_key, "Sidechain", key.width()))
}

fn final_level(ui: &mut Ui, area: Rect, context: &Context<'_>) -> bool {
    let (p, shell) = (&context.params.product, &context.params.shell);
    let moves = place(ui, area, "final", |ui| {
        let row = [
            (&p.ceiling, "Ceiling", 68.0, KnobSize::Medium),
            (&shell.output, "Output", 58.0, KnobSize::Small),
            (&p.mono_below, "Mono below", 64.0, KnobSize::Small),
        ];
        knobs(ui, area, context, row)
    });
    let choices = below(area, CHOICES, ROW_HEIGHT);
    moves | place(ui, choices, "dither", |ui| context.segmented(ui, &p.dither, choices.width()))
}

/// The last line: what there is to say, and the dither's shape.
fn foot(ui: &mut Ui, rect: Rect, right: f32, panel: &mut LimiterPanel, context: &Context<'_>) -> bool {
    let p = &context.params.product;
    let shape_width = 232.0;
    let shape =
        Rect::from_min_max(pos2(right - shape_width, rect.top() + FOOT), pos2(right, rect.top() + FOOT + ROW_HEIGHT));
    let moves = place(ui, shape, "shape", |ui| context.segmented(ui, &p.dither_shape, shape_width));
    let words =
        Rect::from_min_max(pos2(rect.left() + PAD, shape.top() + 2.0), pos2(shape.left() - PAD, shape.bottom()));
    let wants_shape = p.dither_shape.get() != DitherShape::Tpdf;
    let note = advice::note(p.ceiling.get(), p.dither.get(), wants_shape, panel.reading.is_dither_shaped);
    let is_dismissed = place(ui, words, "words", |ui| {
        let message = match panel.learn.message() {
            Some((severity, text)) => Message { severity, text },
            None => Message { severity: Severity::Note, text: &note },
        };
        message_line::show(ui, words.width(), Some(message))
    });
    if is_dismissed {
        panel.learn.dismiss();
    }
    moves
}
