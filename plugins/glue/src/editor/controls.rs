//! The controls, in named sections in the order of the signal.

use egui::{Align2, Rect, Ui, pos2, vec2};
use shared_plugin::params::{Choice, Float};
use shared_ui::layout::{place, row, stack};
use shared_ui::segmented::Segmented;
use shared_ui::{Knob, KnobSize, section, theme};

use super::Context;
use crate::params::SIDECHAIN_LISTEN;

/// Height of the whole.
pub const HEIGHT: f32 = 200.0;
const PAD: f32 = 12.0;
/// Where the two rows of sections begin, and how high their controls are, points.
const FIRST: f32 = 8.0;
const SECOND: f32 = 112.0;
const FIRST_HEIGHT: f32 = 86.0;
const SECOND_HEIGHT: f32 = 72.0;
/// Both rows have their hairline at one place: widths left and right of it.
const LEFT_WIDTH: f32 = 386.0;
const RIGHT_WIDTH: f32 = 386.0;
const CHOICE_HEIGHT: f32 = 24.0;

/// Draws them and lets them be used. Answers whether anything moves.
pub fn show(ui: &mut Ui, rect: Rect, context: &mut Context<'_>) -> bool {
    let band = |top: f32, height: f32| {
        let heading = section::HEADING_HEIGHT + 2.0;
        let min = rect.min + vec2(PAD, top);
        Rect::from_min_size(min, vec2(rect.width() - 2.0 * PAD, heading + height))
    };
    let mut moves = false;
    let upper = band(FIRST, FIRST_HEIGHT);
    let [compressor_area, level_area] =
        sections(ui, upper, FIRST_HEIGHT, [("Compressor", LEFT_WIDTH), ("Level", RIGHT_WIDTH)]);
    moves |= row(ui, compressor_area, "compressor", |ui| compressor(ui, context));
    moves |= row(ui, level_area, "level", |ui| level(ui, context));
    let y = rect.top() + SECOND - 4.0;
    ui.painter().hline(upper.x_range(), y, egui::Stroke::new(theme::LINE, theme::LINE_COLOR));
    let lower = band(SECOND, SECOND_HEIGHT);
    let [key_area, character_area] =
        sections(ui, lower, SECOND_HEIGHT, [("Side chain", LEFT_WIDTH), ("Character", RIGHT_WIDTH)]);
    moves |= row(ui, key_area, "key", |ui| side_chain(ui, context));
    moves |= row(ui, character_area, "character", |ui| character(ui, context));
    moves
}

/// Headings and hairline, and where the controls below the headings stand.
fn sections(ui: &mut Ui, band: Rect, height: f32, names: [(&str, f32); 2]) -> [Rect; 2] {
    place(ui, band, names[0].0, |ui| section::in_a_row(ui, band, band.height(), names))
        .map(|area| area.with_min_y(area.bottom() - height))
}

/// A knob on the line of the medium ones where `slot` says so.
fn knob(
    ui: &mut Ui,
    context: &Context<'_>,
    float: &Float,
    name: &str,
    (size, slot): (KnobSize, KnobSize),
    width: f32,
) -> bool {
    let Some(param) = context.param(float) else { return false };
    Knob::new(param).label(name).size(size).slot(slot).width(width).show(ui).animating
}

/// A choice with every value legible, its name at the left.
fn choice<T: Send + Sync>(ui: &mut Ui, context: &Context<'_>, choice: &Choice<T>, name: &str, labels: &[&str]) -> bool {
    const NAME_WIDTH: f32 = 64.0;
    let Some(param) = context.param(choice) else { return false };
    let area = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), CHOICE_HEIGHT));
    let at = area.left_center();
    ui.painter().text(at, Align2::LEFT_CENTER, name, egui::FontId::proportional(theme::TYPE_SMALL), theme::DIM);
    let row_area = Rect::from_min_max(pos2(area.left() + NAME_WIDTH, area.top()), area.max);
    let moves = place(ui, row_area, name, |ui| {
        Segmented::new(param.name()).labels(labels).width(row_area.width()).show_param(ui, param).animating
    });
    ui.advance_cursor_after_rect(area);
    moves
}

const LARGE: (KnobSize, KnobSize) = (KnobSize::Medium, KnobSize::Medium);
const ON_THEIR_LINE: (KnobSize, KnobSize) = (KnobSize::Small, KnobSize::Medium);
const SMALL: (KnobSize, KnobSize) = (KnobSize::Small, KnobSize::Small);

fn compressor(ui: &mut Ui, context: &Context<'_>) -> bool {
    let p = &context.params.product;
    let mut moves = knob(ui, context, &p.threshold, "Threshold", LARGE, 70.0);
    stack(ui, vec2(246.0, 3.0 * CHOICE_HEIGHT + 2.0 * theme::SPACE), |ui| {
        moves |= choice(ui, context, &p.ratio, "Ratio", &["1.5", "2", "3", "4", "10"]);
        moves |= choice(ui, context, &p.attack, "Attack, ms", &[".1", ".3", "1", "3", "10", "30"]);
        moves |= choice(ui, context, &p.release, "Release, s", &[".1", ".3", ".6", "1.2", "Auto"]);
    });
    moves | knob(ui, context, &p.hold, "Hold", ON_THEIR_LINE, 60.0)
}

fn level(ui: &mut Ui, context: &mut Context<'_>) -> bool {
    let params = context.params;
    let (p, shell) = (&params.product, &params.shell);
    let mut moves = knob(ui, context, &p.makeup, "Makeup", LARGE, 66.0);
    context.match_button(ui);
    for (float, name) in [(&p.range, "Range"), (&shell.mix, "Mix"), (&shell.input, "Input"), (&shell.output, "Output")]
    {
        moves |= knob(ui, context, float, name, ON_THEIR_LINE, 55.0);
    }
    moves
}

fn side_chain(ui: &mut Ui, context: &Context<'_>) -> bool {
    let p = &context.params.product;
    let mut moves = knob(ui, context, &p.sidechain_high_pass, "High-pass", SMALL, 62.0);
    moves |= knob(ui, context, &p.sidechain_tilt, "Tilt", SMALL, 66.0);
    stack(ui, vec2(124.0, 2.0 * CHOICE_HEIGHT + theme::SPACE), |ui| {
        moves |= context.segmented(ui, &p.sidechain_slope, 124.0);
        moves |= context.segmented(ui, &p.sidechain_source, 124.0);
    });
    moves |= knob(ui, context, &p.sidechain_blend, "Blend", SMALL, 54.0);
    moves | context.listening_toggle(ui, &SIDECHAIN_LISTEN, "Listen", 68.0)
}

fn character(ui: &mut Ui, context: &Context<'_>) -> bool {
    let p = &context.params.product;
    let mut moves = false;
    stack(ui, vec2(120.0, 2.0 * CHOICE_HEIGHT + theme::SPACE), |ui| {
        moves |= context.segmented(ui, &p.model, 120.0);
        moves |= context.segmented(ui, &p.detector, 120.0);
    });
    moves |= knob(ui, context, &p.rms_window, "RMS window", SMALL, 66.0);
    moves |= knob(ui, context, &p.drive, "Drive", SMALL, 48.0);
    moves |= knob(ui, context, &p.link, "Link", SMALL, 50.0);
    let link_mode = context.param(&p.link_mode);
    moves
        | link_mode.is_some_and(|param| {
            Segmented::new(param.name()).labels(&["Stereo", "M/S"]).width(86.0).show_param(ui, param).animating
        })
}
