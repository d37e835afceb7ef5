//! Level columns at the edge of a window: what goes in, the gain reduction, what comes out, with held peaks as numbers.

use egui::{Align2, Color32, Rect, Role, Sense, Stroke, Ui, Vec2, pos2, remap, vec2};

use crate::bar_meter::FALL_DB_PER_S;
use crate::press::pressed;
use crate::readout::decibels;
use crate::{PartResponse, interact, paint, theme};

/// Level at the top and at the bottom, dBFS.
pub(crate) const LEVELS_DB: (f32, f32) = (3.0, -45.0);
/// Reduction from the top to the bottom, dB.
const REDUCTION_DEPTH_DB: f32 = 24.0;
/// Width of one channel's column, and of the scale, points.
const COLUMN_WIDTH: f32 = 12.0;
const SCALE_WIDTH: f32 = 24.0;
/// Between two channels, and between two groups, points.
const CHANNEL_GAP: f32 = 2.0;
const GROUP_GAP: f32 = 10.0;
/// Height of the held numbers above, and of the names below, points.
const NUMBER_HEIGHT: f32 = 18.0;
const NAME_HEIGHT: f32 = 16.0;
/// Less reduction than this is not seen, dB: a release that ends slowly asks for no pictures.
const LEAST_REDUCTION_DB: f32 = 0.02;
/// Seconds a hold line stays.
const HOLD_S: f32 = 2.0;
const SILENCE_DB: f32 = -200.0;

/// Levels of one or two channels, from rest upwards: dBFS, or dB of reduction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    rest_db: f32,
    /// Below this nothing is seen, and what falls is at rest.
    least_db: f32,
    pub now_db: [f32; 2],
    pub hold_db: [f32; 2],
    hold_age_s: [f32; 2],
    pub most_db: f32,
}

impl Group {
    const fn resting_at(rest_db: f32, least_db: f32) -> Self {
        Self { rest_db, least_db, now_db: [rest_db; 2], hold_db: [rest_db; 2], hold_age_s: [0.0; 2], most_db: rest_db }
    }

    fn update(&mut self, elapsed_s: f32, levels_db: [f32; 2]) {
        for (side, &level_db) in levels_db.iter().enumerate() {
            let level_db = if level_db.is_finite() { level_db.clamp(self.rest_db, 200.0) } else { self.rest_db };
            let fallen_db = self.now_db[side] - FALL_DB_PER_S * elapsed_s;
            self.now_db[side] = level_db.max(if fallen_db > self.least_db { fallen_db } else { self.rest_db });
            self.hold_age_s[side] += elapsed_s;
            if level_db >= self.hold_db[side] {
                (self.hold_db[side], self.hold_age_s[side]) = (level_db, 0.0);
            } else if self.hold_age_s[side] > HOLD_S {
                self.hold_db[side] = self.now_db[side];
            }
            self.most_db = self.most_db.max(level_db);
        }
    }

    pub fn reset(&mut self) {
        self.most_db = self.now_db[0].max(self.now_db[1]);
        self.hold_db = self.now_db;
    }

    /// What is held, as a number: of a reduction, which hangs from the top, with a minus.
    pub fn held(&self, hangs: bool) -> Held {
        let number = if hangs && self.most_db > 0.0 { -self.most_db } else { self.most_db };
        Held { text: decibels(Some(number)), is_over: !hangs && self.most_db > 0.0 }
    }

    /// Whether anything moves that is seen.
    fn is_moving(&self) -> bool {
        self.now_db.iter().chain(&self.hold_db).any(|&db| db > self.least_db)
    }
}

/// A held peak as it is written.
pub(crate) struct Held {
    pub text: String,
    /// Above full scale.
    pub is_over: bool,
}

impl Held {
    /// Tells the accessible tree, and the pointer, what a group of levels is.
    pub fn describe(&self, ui: &Ui, response: &egui::Response, name: &str, hangs: bool) {
        let (unit, what) = if hangs { ("dB", "Most gain reduction") } else { ("dBFS", "Highest sample") };
        let hint =
            format!("{what} since the last reset as a number; bars fall, lines hold for two seconds. Click resets.");
        let over = if self.is_over { ", over" } else { "" };
        let value = || format!("at most {} {unit}{over}", self.text);
        interact::describe_picture(ui, response, Role::Meter, name, &hint, value);
    }
}

/// What stands between the levels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Between {
    /// Gain reduction.
    #[default]
    Reduction,
    /// What a clip takes off the peaks.
    Cut,
    /// Nothing: the levels alone.
    Nothing,
}

/// The moving parts of the columns. The caller keeps one a window.
#[derive(Clone, Debug)]
pub struct LevelColumns {
    between: Between,
    pub(crate) input: Group,
    pub(crate) reduction: Group,
    pub(crate) output: Group,
}

impl Default for LevelColumns {
    fn default() -> Self {
        let level = Group::resting_at(SILENCE_DB, LEVELS_DB.1);
        Self {
            between: Between::default(),
            input: level,
            reduction: Group::resting_at(0.0, LEAST_REDUCTION_DB),
            output: level,
        }
    }
}

/// What is read of two channels (equal in mono) since the last reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColumnLevels {
    /// Highest sample in, dBFS.
    pub input_db: [f32; 2],
    /// Most gain reduction, dB, 0 and up.
    pub reduction_db: [f32; 2],
    /// Highest sample out, dBFS.
    pub output_db: [f32; 2],
}

impl ColumnLevels {
    /// Of the highest samples in and out, linear, with nothing between.
    #[must_use]
    pub fn of(input_peak: [f32; 2], output_peak: [f32; 2]) -> Self {
        let decibels = |peaks: [f32; 2]| peaks.map(|peak| 20.0 * peak.max(1e-10).log10());
        Self { input_db: decibels(input_peak), reduction_db: [0.0; 2], output_db: decibels(output_peak) }
    }
}

impl LevelColumns {
    /// The least width that the columns need, points.
    pub const WIDTH: f32 = 3.0 * (2.0 * COLUMN_WIDTH + CHANNEL_GAP) + 2.0 * GROUP_GAP + theme::SPACE + SCALE_WIDTH;
    /// The same of the levels alone.
    pub const LEVELS_WIDTH: f32 = Self::WIDTH - 2.0 * COLUMN_WIDTH - CHANNEL_GAP - GROUP_GAP;

    /// Columns with this between the levels.
    #[must_use]
    pub fn with(between: Between) -> Self {
        Self { between, ..Self::default() }
    }

    /// Lets `elapsed_s` seconds pass with these levels. Numbers that are not finite count as silence.
    pub fn update(&mut self, elapsed_s: f32, levels: ColumnLevels) {
        let elapsed_s = if elapsed_s.is_finite() { elapsed_s.max(0.0) } else { 0.0 };
        self.input.update(elapsed_s, levels.input_db);
        self.reduction.update(elapsed_s, levels.reduction_db);
        self.output.update(elapsed_s, levels.output_db);
    }

    /// The columns fall to rest; what is held as a number stays.
    pub fn stop(&mut self) {
        for group in [&mut self.input, &mut self.reduction, &mut self.output] {
            (group.now_db, group.hold_db) = ([group.rest_db; 2], [group.rest_db; 2]);
        }
    }

    /// Forgets what is held.
    pub fn reset(&mut self) {
        [&mut self.input, &mut self.reduction, &mut self.output].into_iter().for_each(Group::reset);
    }

    pub(crate) fn is_moving(&self) -> bool {
        [&self.input, &self.reduction, &self.output].into_iter().any(Group::is_moving)
    }

    /// Draws the columns into a rectangle of `size` points: in and out in greys from below (3 to -45 dBFS), gain reduction in the
    /// accent from the top (0 to 24 dB). A click on a group forgets what it holds. Accessible names: "Input level", "Gain
    /// reduction", "Output level".
    pub fn show(&mut self, ui: &mut Ui, size: Vec2) -> PartResponse {
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let bars = Rect::from_min_max(rect.min + vec2(0.0, NUMBER_HEIGHT), rect.max - vec2(0.0, NAME_HEIGHT));
        let (dim, bright) = (theme::DIM.gamma_multiply(0.5), theme::DIM.gamma_multiply(0.85));
        let accent = theme::accent(ui);
        let taken = match self.between {
            Between::Reduction => Some(("Gain reduction", "GR")),
            Between::Cut => Some(("Cut from peaks", "Cut")),
            Between::Nothing => None,
        };
        let taken = taken.map(|(name, label)| (&mut self.reduction, name, label, accent, true));
        let groups = std::iter::once((&mut self.input, "Input level", "In", dim, false)).chain(taken).chain([(
            &mut self.output,
            "Output level",
            "Out",
            bright,
            false,
        )]);
        let width = 2.0 * COLUMN_WIDTH + CHANNEL_GAP;
        let mut left = rect.left();
        for (group, name, label, color, hangs) in groups {
            let area = Rect::from_min_max(pos2(left, rect.top()), pos2(left + width, rect.bottom()));
            draw_group(ui, area, bars, group, (name, label), color, hangs);
            left += width + GROUP_GAP;
        }
        scale(ui, bars, left - GROUP_GAP + theme::SPACE);
        PartResponse { response, changed: false, animating: self.is_moving() }
    }
}

fn level_y(bars: Rect, db: f32) -> f32 {
    let (top, bottom) = LEVELS_DB;
    remap(db.clamp(bottom, top), bottom..=top, bars.bottom()..=bars.top())
}

fn draw_group(
    ui: &mut Ui,
    area: Rect,
    bars: Rect,
    group: &mut Group,
    (name, label): (&str, &str),
    color: Color32,
    hangs: bool,
) {
    let response = ui.interact(area, ui.scope_id().with(name), Sense::click());
    if pressed(ui, &response) {
        group.reset();
    }
    let painter = ui.painter();
    let held = group.held(hangs);
    let top = pos2(area.center().x, area.top() + 0.5 * NUMBER_HEIGHT);
    if held.is_over {
        // A filled block: told without hue.
        let block = Rect::from_center_size(top, vec2(area.width() + 6.0, NUMBER_HEIGHT - 4.0));
        painter.rect_filled(block, 2, theme::OVER);
        paint::text(painter, top, Align2::CENTER_CENTER, &held.text, theme::TYPE_SMALL, theme::GROUND);
    } else {
        paint::text(painter, top, Align2::CENTER_CENTER, &held.text, theme::TYPE_SMALL, theme::TEXT);
    }
    let y = |db: f32| match hangs {
        true => remap(db.clamp(0.0, REDUCTION_DEPTH_DB), 0.0..=REDUCTION_DEPTH_DB, bars.top()..=bars.bottom()),
        false => level_y(bars, db),
    };
    for side in 0..2 {
        let left = area.left() + side as f32 * (COLUMN_WIDTH + CHANNEL_GAP);
        let column = Rect::from_min_max(pos2(left, bars.top()), pos2(left + COLUMN_WIDTH, bars.bottom()));
        painter.rect_filled(column, 1, theme::PANEL);
        let at = y(group.now_db[side]);
        let (high, low) = if hangs { (bars.top(), at) } else { (at, bars.bottom()) };
        painter.rect_filled(Rect::from_x_y_ranges(column.x_range(), high..=low), 1, color);
        let line_db = group.hold_db[side];
        if line_db > if hangs { 0.0 } else { LEVELS_DB.1 } {
            painter.hline(column.x_range(), y(line_db), Stroke::new(theme::LINE_THICK, theme::TEXT));
        }
    }
    let foot = pos2(area.center().x, area.bottom() - 0.5 * NAME_HEIGHT + 2.0);
    paint::text(painter, foot, Align2::CENTER_CENTER, label, theme::TYPE_SMALL, theme::DIM);
    paint::focus_ring(ui, &response, area);
    held.describe(ui, &response, name, hangs);
}

fn scale(ui: &Ui, bars: Rect, left: f32) {
    for db in [0.0, -6.0, -12.0, -18.0, -24.0, -36.0] {
        let text = decibels(Some(db)).trim_end_matches(".0").to_owned();
        let at = pos2(left, level_y(bars, db));
        paint::text(ui.painter(), at, Align2::LEFT_CENTER, text, theme::TYPE_SMALL, theme::DIM);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SILENT: ColumnLevels =
        ColumnLevels { input_db: [f32::NEG_INFINITY; 2], reduction_db: [f32::NAN; 2], output_db: [f32::NAN; 2] };

    #[test]
    fn falls_and_holds_and_comes_to_rest() {
        let mut columns = LevelColumns::default();
        columns.update(0.01, ColumnLevels { input_db: [2.0, -3.0], reduction_db: [3.4, 1.0], output_db: [-1.0, -6.0] });
        (0..100).for_each(|_| columns.update(0.01, SILENT));
        assert!((columns.output.now_db[0] + 1.0 + FALL_DB_PER_S).abs() < 0.1, "{:?}", columns.output);
        assert_eq!(columns.reduction.now_db, [0.0; 2]);
        assert_eq!((columns.input.hold_db[0], columns.reduction.hold_db[0]), (2.0, 3.4));
        (0..1000).for_each(|_| columns.update(0.01, SILENT));
        assert!(!columns.is_moving());
        assert_eq!((columns.input.most_db, columns.reduction.most_db, columns.output.most_db), (2.0, 3.4, -1.0));
        columns.reset();
        assert_eq!((columns.input.most_db, columns.reduction.most_db), (SILENCE_DB, 0.0));
    }

    #[test]
    fn a_stop_keeps_what_is_held() {
        let mut columns = LevelColumns::default();
        columns.update(0.01, ColumnLevels { input_db: [2.0, -3.0], reduction_db: [3.4, 1.0], output_db: [-1.0, -6.0] });
        columns.stop();
        assert!(!columns.is_moving());
        assert_eq!(columns.reduction.most_db, 3.4);
    }
}
