//! Level columns laid down, for a panel that is wider than high: what goes in, the gain reduction, what comes out.

use egui::{Align2, Color32, Rect, Sense, Stroke, Ui, Vec2, pos2, remap, vec2};

use crate::level_columns::{Group, LEVELS_DB, LevelColumns};
use crate::press::pressed;
use crate::readout::decibels;
use crate::{PartResponse, paint, theme};

/// Width of the names at the left and of the held numbers at the right, points.
const NAME_WIDTH: f32 = 26.0;
const NUMBER_WIDTH: f32 = 38.0;
/// Reduction from the right to the left end, dB.
const REDUCTION_DEPTH_DB: f32 = 12.0;
/// Height of the scale below the rows, points.
const SCALE_HEIGHT: f32 = 14.0;
/// Between two channels, and between two rows, points.
const CHANNEL_GAP: f32 = 2.0;
const ROW_GAP: f32 = 6.0;

/// Draws the levels into a rectangle of `size` points: in and out in greys from the left (-45 to 3 dBFS), gain reduction in the accent
/// from the right (0 to 12 dB), held peaks as numbers. A click on a row forgets what it holds. Accessible names: those of
/// [`LevelColumns`], with "levels" in the plural: "Input levels", "Reduction levels", "Output levels".
pub fn show(ui: &mut Ui, size: Vec2, levels: &mut LevelColumns) -> PartResponse {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let animating = levels.is_moving();
    let accent = theme::accent(ui);
    let rows = [
        (&mut levels.input, "Input levels", "In", theme::DIM.gamma_multiply(0.55), false),
        (&mut levels.reduction, "Reduction levels", "GR", accent, true),
        (&mut levels.output, "Output levels", "Out", theme::DIM, false),
    ];
    let height = (rect.height() - SCALE_HEIGHT - 2.0 * ROW_GAP) / rows.len() as f32;
    let mut top = rect.top();
    for (group, name, label, color, hangs) in rows {
        let area = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), height));
        row(ui, area, group, (name, label), color, hangs);
        top += height + ROW_GAP;
    }
    let bars = bars(rect);
    for db in [0.0, -12.0, -24.0, -36.0] {
        let text = decibels(Some(db)).trim_end_matches(".0").to_owned();
        let at = pos2(level_x(bars, db), rect.bottom());
        paint::text(ui.painter(), at, Align2::CENTER_BOTTOM, text, theme::TYPE_SMALL, theme::DIM);
    }
    PartResponse { response, changed: false, animating }
}

fn bars(area: Rect) -> Rect {
    Rect::from_min_max(area.min + vec2(NAME_WIDTH, 0.0), area.max - vec2(NUMBER_WIDTH, 0.0))
}

fn level_x(bars: Rect, db: f32) -> f32 {
    let (high, low) = LEVELS_DB;
    remap(db.clamp(low, high), low..=high, bars.left()..=bars.right())
}

fn row(ui: &mut Ui, area: Rect, group: &mut Group, (name, label): (&str, &str), color: Color32, hangs: bool) {
    let response = ui.interact(area, ui.scope_id().with(name), Sense::click());
    if pressed(ui, &response) {
        group.reset();
    }
    let painter = ui.painter();
    let bars = bars(area);
    let at = area.left_center();
    paint::text(painter, at, Align2::LEFT_CENTER, label, theme::TYPE_SMALL, theme::DIM);
    let x = |db: f32| match hangs {
        true => remap(db.clamp(0.0, REDUCTION_DEPTH_DB), 0.0..=REDUCTION_DEPTH_DB, bars.right()..=bars.left()),
        false => level_x(bars, db),
    };
    let height = 0.5 * (area.height() - CHANNEL_GAP);
    for side in 0..2 {
        let top = area.top() + side as f32 * (height + CHANNEL_GAP);
        let track = Rect::from_min_size(pos2(bars.left(), top), vec2(bars.width(), height));
        painter.rect_filled(track, 1, theme::LINE_COLOR);
        let now = x(group.now_db[side]);
        let (left, right) = if hangs { (now, bars.right()) } else { (bars.left(), now) };
        painter.rect_filled(Rect::from_x_y_ranges(left..=right, track.y_range()), 1, color);
        let line_db = group.hold_db[side];
        if line_db > if hangs { 0.0 } else { LEVELS_DB.1 } {
            painter.vline(x(line_db), track.y_range(), Stroke::new(theme::LINE_THICK, theme::TEXT));
        }
    }
    let held = group.held(hangs);
    let place = area.right_center();
    if held.is_over {
        // A filled block: told without hue.
        let block = Rect::from_min_max(pos2(bars.right() + 3.0, area.top()), area.max);
        painter.rect_filled(block, 2, theme::OVER);
    }
    let shade = if held.is_over { theme::GROUND } else { theme::TEXT };
    paint::text(painter, place - vec2(2.0, 0.0), Align2::RIGHT_CENTER, &held.text, theme::TYPE_BODY, shade);
    paint::focus_ring(ui, &response, area);
    held.describe(ui, &response, name, hangs);
}
