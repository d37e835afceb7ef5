//! The band strip, the exact values of the band that is edited, and what holds for all of them.

use egui::{Align2, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};
use nice_plug::prelude::Param as _;
use shared_dsp::filters::{Band, Prototype, Shape};
use shared_dsp::math::gain_to_db;
use shared_plugin::params::Float;
use shared_ui::button::Button;
use shared_ui::layout::{place, row, stack};
use shared_ui::readout::Readout;
use shared_ui::value_field::ValueField;
use shared_ui::{Knob, KnobSize, theme};

use super::nodes::{add, color_of, letter_of, remove};
use super::state::{Context, EqPanel};
use crate::params::LISTEN;
use crate::processor::{BANDS, Phase};

/// Height of the whole.
pub const HEIGHT: f32 = 190.0;
/// Width of what holds for all bands.
const ALL_WIDTH: f32 = 236.0;
const GAP: f32 = theme::SPACE;

/// Draws it and lets it be used. Answers whether it moves.
pub fn show(ui: &mut Ui, rect: Rect, panel: &mut EqPanel, context: &mut Context<'_>) -> bool {
    let (left, right) = rect.split_left_right_at_x(rect.right() - ALL_WIDTH);
    let left = Rect::from_min_max(left.min, left.max - vec2(3.0 * GAP, 0.0));
    let line = Stroke::new(theme::LINE, theme::LINE_COLOR);
    ui.painter().vline(right.left() - 1.5 * GAP, rect.y_range(), line);
    let line_at =
        |top: f32, height: f32| Rect::from_min_size(pos2(left.left(), left.top() + top), vec2(left.width(), height));
    chips(ui, line_at(0.0, 30.0), panel, context);
    let mut moves = shape_row(ui, line_at(36.0, 26.0), panel.selected, context);
    moves |= switches(ui, line_at(68.0, 26.0), panel.selected, context);
    moves |= knobs(ui, line_at(100.0, 90.0), panel, context);
    moves |= all(ui, right, panel, context);
    moves
}

/// One place a band: what it does in small, or a plus.
fn chips(ui: &mut Ui, rect: Rect, panel: &mut EqPanel, context: &Context<'_>) {
    let width = (rect.width() - GAP * (BANDS - 1) as f32) / BANDS as f32;
    for (n, band) in context.params.product.bands.iter().enumerate() {
        let left = rect.left() + n as f32 * (width + GAP);
        let chip = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()));
        let response = ui.interact(chip, ui.scope_id().with(("chip", n)), Sense::click());
        let shape = band.shape.get();
        let color = color_of(band.channels.get(), theme::accent(ui));
        let is_selected = n == panel.selected;
        let line = match (is_selected, response.hovered()) {
            (true, _) => Stroke::new(1.5, color),
            (false, true) => Stroke::new(theme::LINE, theme::DIM),
            (false, false) => Stroke::new(theme::LINE, theme::LINE_COLOR),
        };
        let fill = if is_selected { theme::LINE_COLOR } else { theme::PANEL };
        ui.painter().rect(chip, theme::RADIUS, fill, line, StrokeKind::Inside);
        let number = if shape.is_some() { theme::TEXT } else { theme::DIM };
        let at = chip.left_center() + vec2(7.0, 0.0);
        super::axes::text(ui.painter(), at, Align2::LEFT_CENTER, &(n + 1).to_string(), number);
        let picture = Rect::from_min_max(chip.left_top() + vec2(22.0, 7.0), chip.right_bottom() - vec2(8.0, 7.0));
        match shape {
            Some(shape) => glyph(ui, picture, shape, band.gain.get() < 0.0, Stroke::new(1.5, color)),
            None => {
                super::axes::text(ui.painter(), picture.center(), Align2::CENTER_CENTER, "+", theme::DIM);
            }
        }
        let mark = chip.right_top() + vec2(-4.0, 4.0);
        super::axes::text(ui.painter(), mark, Align2::RIGHT_TOP, letter_of(band.channels.get()), color);
        if band.settings().moves() {
            ui.painter().circle_filled(chip.right_bottom() + vec2(-6.0, -6.0), 2.0, theme::TEXT);
        }
        if context.listening(&LISTEN[n]).is_some_and(|listen| listen.normalized() >= 0.5) {
            // What is heard may be another band than the one that is edited.
            ui.painter().rect_stroke(
                chip,
                theme::RADIUS,
                Stroke::new(theme::LINE_THICK, theme::WARNING),
                StrokeKind::Inside,
            );
        }
        if response.has_focus() {
            ui.painter().rect_stroke(
                chip.expand(1.0),
                theme::RADIUS,
                Stroke::new(theme::LINE, theme::TEXT),
                StrokeKind::Outside,
            );
        }
        let name = match shape {
            Some(_) => format!("Band {}", n + 1),
            None => format!("Add band {}", n + 1),
        };
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_selected, &name));
        let by_reader =
            ui.input(|input| input.has_accesskit_action_request(response.id, egui::accesskit::Action::Click));
        let by_key = response.has_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        if response.clicked() || by_key || by_reader {
            panel.selected = n;
            if shape.is_none() {
                let hz = context
                    .param(&band.frequency)
                    .map_or(1000.0, |param| band.frequency.preview_plain(param.normalized()));
                add(ui, context, band, hz, 0.0);
            }
        }
    }
}

/// The shape as a curve of two octaves on either side, from the DSP's own formula.
fn glyph(ui: &Ui, rect: Rect, shape: Shape, is_cut: bool, stroke: Stroke) {
    let gain_db = if is_cut { -12.0 } else { 12.0 };
    let band = Band { shape, frequency_hz: 1000.0, gain_db, q: 0.9, slope_db_per_octave: 12 };
    let prototype = Prototype::new(&band);
    let at = |n: i32| {
        let octaves = f64::from(n) / 4.0;
        let db = 0.5 * gain_to_db(prototype.power(1000.0 * octaves.exp2()));
        let x = egui::remap(octaves as f32, -2.5..=2.5, rect.x_range());
        pos2(x, rect.center().y - (db as f32 / 12.0).clamp(-1.0, 1.0) * 0.5 * rect.height())
    };
    let points: Vec<Pos2> = (-10..=10).map(at).collect();
    ui.painter().line(points, stroke);
}

fn shape_row(ui: &mut Ui, rect: Rect, selected: usize, context: &Context<'_>) -> bool {
    place(ui, rect, "shape", |ui| context.segmented(ui, &context.params.product.bands[selected].shape, rect.width()))
}

fn switches(ui: &mut Ui, rect: Rect, selected: usize, context: &Context<'_>) -> bool {
    let band = &context.params.product.bands[selected];
    row(ui, rect, "switches", |ui| {
        let mut moves = context.segmented(ui, &band.channels, 226.0);
        moves |= context.toggle(ui, &band.q_follows, "Q follows", 90.0);
        moves |= context.listening_while_held(ui, &LISTEN[selected], "Listen", 74.0);
        let is_on = band.shape.get().is_some();
        if Button::new("Delete").hint("Switches the band off. On the canvas: the Delete key.").enabled(is_on).show(ui).1
        {
            remove(ui, context, band);
        }
        ui.add_space(2.0 * GAP);
        moves |= context.toggle(ui, &band.dynamic, "Dynamic", 84.0);
        moves |= context.segmented(ui, &band.detector, 90.0);
        moves |= context.toggle(ui, &band.external_key, "Ext. key", 80.0);
        moves
    })
}

fn knobs(ui: &mut Ui, rect: Rect, panel: &EqPanel, context: &Context<'_>) -> bool {
    let n = panel.selected;
    let band = &context.params.product.bands[n];
    row(ui, rect, "knobs", |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let mut moves = false;
        for (knob, label) in [(&band.frequency, "Frequency"), (&band.gain, "Gain"), (&band.q, "Q")] {
            moves |= context.knob_as(ui, knob, label, KnobSize::Medium);
        }
        if let Some(slope) = context.param(&band.slope) {
            moves |= Knob::new(slope).label("Slope").size(KnobSize::Medium).show(ui).animating;
        }
        let (line, _) = ui.allocate_exact_size(vec2(11.0, 64.0), Sense::hover());
        ui.painter().vline(line.center().x, line.y_range(), Stroke::new(theme::LINE, theme::LINE_COLOR));
        if let Some(threshold) = context.param(&band.threshold) {
            // The band's live level on its threshold.
            let knob = Knob::new(threshold).label("Threshold").size(KnobSize::Medium);
            let level_db = panel.key_level_db[n];
            let is_live = band.settings().moves() && level_db > -60.0;
            let knob = if is_live { knob.live(band.threshold.preview_normalized(level_db)) } else { knob };
            moves |= knob.show(ui).animating;
        }
        let small: [(&Float, &str); 4] =
            [(&band.knee, "Knee"), (&band.range, "Range"), (&band.attack, "Attack"), (&band.release, "Release")];
        for (knob, label) in small {
            moves |= context.knob_as(ui, knob, label, KnobSize::Medium);
        }
        moves
    })
}

/// What holds for all bands.
fn all(ui: &mut Ui, rect: Rect, panel: &mut EqPanel, context: &mut Context<'_>) -> bool {
    let (p, shell) = (&context.params.product, &context.params.shell);
    let upper = Rect::from_min_size(rect.min, vec2(rect.width(), 74.0));
    let mut moves = row(ui, upper, "all", |ui| {
        let mut moves = false;
        for knob in [&p.gain_scale, &p.mono_below, &shell.mix] {
            moves |= context.knob(ui, knob, KnobSize::Small);
        }
        moves
    });
    let middle = Rect::from_min_size(rect.min + vec2(0.0, 80.0), vec2(rect.width(), 54.0));
    moves |= row(ui, middle, "trims", |ui| {
        let moves = context.trims(ui);
        stack(ui, vec2(100.0, 54.0), |ui| {
            context.match_button(ui);
            if Button::new("Sheet")
                .hint("All settings as text: to copy, and to be read back.")
                .on(panel.sheet.is_some())
                .min_width(76.0)
                .show(ui)
                .1
            {
                panel.toggle_sheet(context);
            }
        });
        moves
    });
    let lower = Rect::from_min_size(rect.min + vec2(0.0, 138.0), Vec2::new(rect.width(), 48.0));
    moves |= row(ui, lower, "modes", |ui| {
        let mut moves = false;
        let lost = panel.lost_db();
        let readout = Readout::new("Mono takes", "dB").width(84.0);
        moves |= readout.show(ui, &mut panel.lost_text, lost).animating;
        if let Some(length) = context.param(&p.linear_length) {
            stack(ui, vec2(120.0, 44.0), |ui| {
                let color = if p.phase.get() == Phase::Linear { theme::TEXT } else { theme::DIM };
                ui.label(egui::RichText::new("Linear length").size(theme::TYPE_SMALL).color(color));
                moves |= ValueField::new(length).without_name().width(84.0).show(ui).animating;
            });
        }
        moves
    });
    moves
}
