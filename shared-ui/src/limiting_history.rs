//! The last seconds of peaks in and out, what was taken between them, and the gain reduction over it.

use egui::{Align2, Color32, Painter, Pos2, Rect, Role, Sense, Stroke, Ui, Vec2, pos2, remap, vec2};

use crate::readout::decibels;
use crate::strip::{Column, Strip};
use crate::{PartResponse, interact, paint, span, theme};

/// Seconds on the history until others are chosen.
const SECONDS: f32 = 10.0;
/// Level at the top and at the bottom, dBFS.
const LEVELS_DB: (f32, f32) = (6.0, -36.0);
/// Reduction from the rest line to the bottom, dB.
const REDUCTION_DEPTH_DB: f32 = 18.0;
/// Where no reduction stands below the top, points: the line is seen at rest, too.
const REST: f32 = 14.0;
/// Width of the scale at the right, points.
const SCALE_WIDTH: f32 = 26.0;
/// Less than this is rounding, nothing taken, dB.
const TAKEN_DB: f32 = 0.05;
/// Time constant of the body, s: of what is heard as level, no single cycle.
const BODY_S: f32 = 0.15;
const SILENCE_DB: f32 = -200.0;

/// What happened in a short time. Levels in dBFS.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Peak of what met the ceiling.
    pub input_db: f32,
    /// Peak of what came out.
    pub output_db: f32,
    /// Mean level of what came out.
    pub body_db: f32,
    /// Most gain reduction, dB, 0 and up.
    pub reduction_db: f32,
}

impl Column for Moment {
    const SILENT: Self = Self { input_db: SILENCE_DB, output_db: SILENCE_DB, body_db: SILENCE_DB, reduction_db: 0.0 };

    fn merge(&mut self, other: Self) {
        self.input_db = self.input_db.max(other.input_db);
        self.output_db = self.output_db.max(other.output_db);
        self.body_db = self.body_db.max(other.body_db);
        self.reduction_db = self.reduction_db.max(other.reduction_db);
    }
}

/// The last ten seconds. The caller keeps one a history and pushes what it reads, at any pace.
#[derive(Clone, Debug)]
pub struct LimitingHistory {
    strip: Strip<Moment>,
    body_power: f32,
}

impl Default for LimitingHistory {
    fn default() -> Self {
        Self { strip: Strip::of_any_length(SECONDS), body_power: 0.0 }
    }
}

impl LimitingHistory {
    /// Adds `elapsed_s` seconds. Numbers that are not finite count as silence, or as no reduction.
    pub fn push(&mut self, elapsed_s: f32, moment: Moment) {
        let level = |db: f32| if db.is_finite() { db.clamp(SILENCE_DB, 200.0) } else { SILENCE_DB };
        let reduction_db = if moment.reduction_db.is_finite() { moment.reduction_db.max(0.0) } else { 0.0 };
        let elapsed_s = if elapsed_s.is_finite() { elapsed_s.max(0.0) } else { 0.0 };
        let power = 10_f32.powf(0.1 * level(moment.body_db));
        self.body_power += (1.0 - (-elapsed_s / BODY_S).exp()) * (power - self.body_power);
        let moment = Moment {
            input_db: level(moment.input_db),
            output_db: level(moment.output_db),
            body_db: 10.0 * self.body_power.max(1e-20).log10(),
            reduction_db,
        };
        self.strip.push(elapsed_s, moment);
    }

    /// Marks that the readings were interrupted: what comes next does not join what was before.
    pub fn gap(&mut self) {
        self.strip.gap();
        self.body_power = 0.0;
    }

    /// Most gain reduction on the history, dB.
    pub fn max_reduction_db(&self) -> f32 {
        self.strip.iter().fold(0.0, |most, (_, moment)| most.max(moment.reduction_db))
    }

    /// Highest output on the history, dBFS; `None` in silence.
    pub fn max_output_db(&self) -> Option<f32> {
        let most = self.strip.iter().fold(SILENCE_DB, |most, (_, moment)| most.max(moment.output_db));
        (most > SILENCE_DB).then_some(most)
    }
}

/// What the history is drawn against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LimitingView<'a> {
    /// Where nothing should pass, dBFS.
    pub ceiling_db: f32,
    /// What is written at that line: its number, and what there is to say of it.
    pub ceiling_text: &'a str,
}

/// Where everything stands.
struct Axes {
    plot: Rect,
    shown_s: f32,
}

impl Axes {
    fn x(&self, age_s: f32) -> f32 {
        remap(age_s, self.shown_s..=0.0, self.plot.x_range())
    }

    fn level_y(&self, db: f32) -> f32 {
        let (top, bottom) = LEVELS_DB;
        remap(db.clamp(bottom, top), bottom..=top, self.plot.bottom()..=self.plot.top())
    }

    fn reduction_y(&self, db: f32) -> f32 {
        let most = db.clamp(0.0, REDUCTION_DEPTH_DB);
        remap(most, 0.0..=REDUCTION_DEPTH_DB, self.plot.top() + REST..=self.plot.bottom())
    }
}

impl LimitingView<'_> {
    /// Draws the history into a rectangle of `size` points, from edge to edge: output peaks as a grey hill and their body as a
    /// lighter one (6 to -36 dBFS), what was taken off them standing on it in the accent, and the gain reduction as a line and
    /// area from the top, 18 dB deep. Accessible name: "Level and gain reduction history".
    pub fn show(self, ui: &mut Ui, size: Vec2, history: &LimitingHistory) -> PartResponse {
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 0, theme::PICTURE);
        let shown_s = history.strip.shown_s().get();
        let axes = Axes { plot: Rect::from_min_max(rect.min, rect.max - vec2(SCALE_WIDTH, 0.0)), shown_s };
        let accent = theme::accent(ui);
        let inside = painter.with_clip_rect(axes.plot.intersect(ui.clip_rect()));
        grid(&painter, &axes, rect);
        hills(&inside, &axes, history, accent);
        self.ceiling(&painter, &axes);
        names(&painter, &axes, accent);
        span::choose(ui, axes.plot.left_bottom(), history.strip.shown_s());

        let hint = "Grey: peaks of the output, and its body. In colour: what was taken off, and from the top the gain reduction.";
        interact::describe_picture(ui, &response, Role::Meter, "Level and gain reduction history", hint, || {
            format!(
                "at most {} dB of reduction and {} dBFS out in {shown_s:.0} seconds",
                decibels(Some(history.max_reduction_db())),
                decibels(Some(history.max_output_db().unwrap_or(f32::NEG_INFINITY)))
            )
        });
        PartResponse { response, changed: false, animating: false }
    }

    fn ceiling(&self, painter: &Painter, axes: &Axes) {
        let y = axes.level_y(self.ceiling_db);
        painter.hline(axes.plot.x_range(), y, Stroke::new(theme::LINE, theme::TEXT.gamma_multiply(0.8)));
        // Below the line, where the hill may stand: on a plate of the ground's colour.
        let at = pos2(axes.plot.left() + 3.0 * theme::SPACE, y + 2.0 * theme::SPACE);
        paint::text_over(painter, at, Align2::LEFT_TOP, self.ceiling_text, theme::TEXT, theme::PICTURE);
    }
}

fn grid(painter: &Painter, axes: &Axes, rect: Rect) {
    let line = Stroke::new(theme::LINE, theme::LINE_COLOR.gamma_multiply(0.6));
    let mut db = 0.0;
    while db > LEVELS_DB.1 {
        let y = axes.level_y(db);
        painter.hline(axes.plot.x_range(), y, line);
        let at = pos2(rect.right() - theme::SPACE, y);
        let text = decibels(Some(db)).trim_end_matches(".0").to_owned();
        paint::text(painter, at, Align2::RIGHT_CENTER, text, theme::TYPE_SMALL, theme::DIM);
        db -= 6.0;
    }
    let mut second = span::grid_s(axes.shown_s);
    while second < axes.shown_s {
        painter.vline(axes.x(second), axes.plot.y_range(), line);
        second += span::grid_s(axes.shown_s);
    }
}

fn hills(painter: &Painter, axes: &Axes, history: &LimitingHistory, accent: Color32) {
    let columns = history.strip.thinned(axes.plot.width());
    let bottom = axes.plot.bottom();
    let (mut peaks, mut body, mut reduction) =
        (Vec::with_capacity(columns.len()), Vec::with_capacity(columns.len()), Vec::with_capacity(columns.len()));
    let mut taken: Vec<(f32, f32, f32)> = Vec::new();
    let mut pieces = Vec::new();
    for (age_s, moment) in columns {
        let x = axes.x(age_s);
        let output_y = axes.level_y(moment.output_db);
        peaks.push((x, output_y, bottom));
        body.push((x, axes.level_y(moment.body_db.min(moment.output_db)), bottom));
        reduction.push((x, axes.plot.top(), axes.reduction_y(moment.reduction_db)));
        if moment.input_db - moment.output_db > TAKEN_DB {
            // Never less than two points: the least that is taken is seen.
            taken.push((x, axes.level_y(moment.input_db).min(output_y - 2.0), output_y));
        } else if !taken.is_empty() {
            pieces.push(std::mem::take(&mut taken));
        }
    }
    pieces.push(taken);
    painter.add(paint::filled_between(&peaks, theme::DIM.gamma_multiply(0.38)));
    painter.add(paint::filled_between(&body, theme::DIM.gamma_multiply(0.30)));
    for mut piece in pieces {
        if let [(x, top, foot)] = piece[..] {
            piece.push((x + 1.5, top, foot));
        }
        painter.add(paint::filled_between(&piece, accent.gamma_multiply(0.85)));
    }
    painter.add(paint::filled_between(&reduction, accent.gamma_multiply(0.22)));
    let line: Vec<Pos2> = reduction.iter().map(|&(x, _, y)| pos2(x, y)).collect();
    painter.line(line, Stroke::new(1.5 * theme::LINE, accent));
}

/// What the reduction measures, at the old side, where nothing new is read.
fn names(painter: &Painter, axes: &Axes, accent: Color32) {
    for db in [3.0_f32, 6.0, 9.0, 12.0] {
        let y = axes.reduction_y(db);
        let right = axes.plot.right();
        painter.hline(right - 5.0..=right, y, Stroke::new(theme::LINE, accent));
        let at = pos2(right - 8.0, y);
        paint::text_over(painter, at, Align2::RIGHT_CENTER, &format!("−{db:.0}"), accent, theme::PICTURE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(reduction_db: f32) -> Moment {
        Moment { input_db: reduction_db - 1.0, output_db: -1.0, body_db: -14.0, reduction_db }
    }

    #[test]
    fn keeps_extremes_and_scrolls_out() {
        let mut history = LimitingHistory::default();
        history.push(0.005, moment(4.5));
        (0..100).for_each(|_| history.push(0.005, moment(1.0)));
        assert_eq!((history.max_reduction_db(), history.max_output_db()), (4.5, Some(-1.0)));
        let silent = Moment { reduction_db: 0.0, ..Moment::SILENT };
        (0..2100).for_each(|_| history.push(0.005, silent));
        assert_eq!((history.max_reduction_db(), history.max_output_db()), (0.0, None));
    }

    #[test]
    fn survives_bad_numbers() {
        let mut history = LimitingHistory::default();
        let bad = Moment { input_db: f32::NAN, output_db: f32::INFINITY, body_db: f32::NAN, reduction_db: f32::NAN };
        history.push(f32::NAN, bad);
        history.push(0.01, bad);
        assert_eq!((history.max_reduction_db(), history.max_output_db()), (0.0, None));
        assert!(history.body_power.is_finite());
    }

    #[test]
    fn the_body_is_the_mean_power_of_the_last_moments() {
        let mut history = LimitingHistory::default();
        // Half the time at 0 dB, half silent: -3 dB.
        for n in 0..2000 {
            history.push(0.001, Moment { body_db: if n % 2 == 0 { 0.0 } else { SILENCE_DB }, ..moment(0.0) });
        }
        let body_db = 10.0 * history.body_power.log10();
        assert!((body_db + 3.01).abs() < 0.1, "{body_db} dB");
    }
}
