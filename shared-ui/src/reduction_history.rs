//! Ten seconds of gain reduction under the programme's envelope.

use egui::{Align2, Role, Sense, Stroke, Ui, Vec2, pos2, remap};

use crate::readout::decibels;
use crate::strip::{Column, Strip};
use crate::{PartResponse, interact, paint, theme};

/// Seconds on the strip.
pub const SECONDS: f32 = 10.0;
/// Columns on the strip: 20 ms each.
const COLUMNS: usize = 500;
/// Level at the bottom of the strip, dBFS. The top is 0 dBFS.
const FLOOR_DB: f32 = -48.0;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Moment {
    /// Most gain reduction in this time, dB.
    reduction_db: f32,
    /// Highest level in this time, dBFS.
    level_db: f32,
}

impl Column for Moment {
    const SILENT: Self = Self { reduction_db: 0.0, level_db: -200.0 };

    fn merge(&mut self, other: Self) {
        self.reduction_db = self.reduction_db.max(other.reduction_db);
        self.level_db = self.level_db.max(other.level_db);
    }
}

/// The last ten seconds. The caller keeps one a strip and pushes what it reads, at any pace.
#[derive(Clone, Debug)]
pub struct ReductionHistory {
    strip: Strip<Moment>,
}

impl Default for ReductionHistory {
    fn default() -> Self {
        Self { strip: Strip::new(COLUMNS, SECONDS) }
    }
}

impl ReductionHistory {
    /// Adds `elapsed_s` seconds in which the gain reduction reached `reduction_db` (dB, positive) and the programme
    /// `level_db` (dBFS, peak). Numbers that are not finite count as none.
    pub fn push(&mut self, elapsed_s: f32, reduction_db: f32, level_db: f32) {
        let reduction_db = if reduction_db.is_finite() { reduction_db.max(0.0) } else { 0.0 };
        let level_db =
            if level_db.is_finite() { level_db.max(Moment::SILENT.level_db) } else { Moment::SILENT.level_db };
        self.strip.push(elapsed_s, Moment { reduction_db, level_db });
    }

    /// Marks that the readings were interrupted: what comes next does not join what was before.
    pub fn gap(&mut self) {
        self.strip.gap();
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Most gain reduction on the strip, dB.
    pub fn max_reduction_db(&self) -> f32 {
        self.strip.iter().fold(0.0, |most, (_, moment)| most.max(moment.reduction_db))
    }
}

/// Draws the strip into a rectangle of `size` points: the programme as a grey hill from below (0 to -48 dBFS), gain reduction
/// as a line and area hanging from the top, `full_scale_db` deep. Accessible name: "Gain reduction history".
pub fn show(ui: &mut Ui, size: Vec2, history: &ReductionHistory, full_scale_db: f32) -> PartResponse {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let accent = theme::accent(ui);
    let full_scale_db = full_scale_db.max(1.0);
    let (inner, painter) = paint::picture(ui, rect);

    for second in [2.0_f32, 4.0, 6.0, 8.0] {
        let x = remap(second, SECONDS..=0.0, inner.left()..=inner.right());
        painter.vline(x, inner.y_range(), Stroke::new(theme::LINE, theme::LINE_COLOR));
    }
    let level_y = |db: f32| remap(db.clamp(FLOOR_DB, 0.0), FLOOR_DB..=0.0, inner.bottom()..=inner.top());
    let reduction_y = |db: f32| remap(db.clamp(0.0, full_scale_db), 0.0..=full_scale_db, inner.top()..=inner.bottom());
    let columns = history.strip.thinned(inner.width());
    let mut hill = Vec::with_capacity(columns.len());
    let mut hanging = Vec::with_capacity(columns.len());
    for (age_s, moment) in columns {
        let x = remap(age_s, SECONDS..=0.0, inner.left()..=inner.right());
        hill.push((x, level_y(moment.level_db), inner.bottom()));
        hanging.push((x, inner.top(), reduction_y(moment.reduction_db)));
    }
    painter.add(paint::filled_between(&hill, theme::DIM.gamma_multiply(0.22)));
    painter.add(paint::filled_between(&hanging, accent.gamma_multiply(0.30)));
    let line = hanging.iter().map(|&(x, _, y)| pos2(x, y)).collect();
    painter.line(line, Stroke::new(1.5 * theme::LINE, accent));

    for step in 1..=3 {
        let db = full_scale_db * step as f32 / 4.0;
        let y = reduction_y(db);
        // On the old side, where nothing new is read.
        painter.hline(inner.left()..=inner.left() + 5.0, y, Stroke::new(theme::LINE, theme::DIM));
        let text = if db.fract() == 0.0 { format!("{db:.0}") } else { format!("{db:.1}") };
        let pos = pos2(inner.left() + 8.0, y);
        paint::text(&painter, pos, Align2::LEFT_CENTER, text, theme::TYPE_SMALL, theme::DIM);
    }
    let caption = pos2(inner.left() + 28.0, inner.bottom() - 3.0);
    paint::text(&painter, caption, Align2::LEFT_BOTTOM, "10 s", theme::TYPE_SMALL, theme::DIM);

    let hint = "Ten seconds: gain reduction from the top, the programme's peaks from below (0 to −48 dBFS).";
    interact::describe_picture(ui, &response, Role::Meter, "Gain reduction history", hint, || {
        format!("most {} dB in ten seconds", decibels(Some(history.max_reduction_db())))
    });
    PartResponse { response, changed: false, animating: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_keeps_its_place_and_its_height_at_any_frame_rate() {
        for rate in [15, 60, 144] {
            let mut history = ReductionHistory::default();
            let step = 1.0 / rate as f32;
            for frame in 0..(4 * rate) {
                history.push(step, if frame == rate { 7.0 } else { 1.0 }, -10.0);
            }
            let (age, peak) =
                history.strip.iter().max_by(|a, b| a.1.reduction_db.total_cmp(&b.1.reduction_db)).expect("columns");
            assert_eq!(peak.reduction_db, 7.0);
            // The peak lies one second after the start of four: three seconds ago, within a frame and two columns.
            assert!((age - 3.0).abs() <= step + 2.0 * SECONDS / COLUMNS as f32, "{rate} Hz: {age} s");
        }
    }

    #[test]
    fn an_interruption_is_seen() {
        let mut history = ReductionHistory::default();
        history.push(1.0, 3.0, -6.0);
        history.gap();
        history.push(1.0, 4.0, -6.0);
        let moments: Vec<f32> = history.strip.iter().map(|(_, moment)| moment.reduction_db).collect();
        let first = moments.iter().position(|&db| db == 3.0).expect("before");
        let last = moments.iter().rposition(|&db| db == 4.0).expect("after");
        let still = moments[first..last].iter().filter(|&&db| db == 0.0).count();
        assert!((3..=12).contains(&still), "{still} columns between the two");
    }

    #[test]
    fn scrolls_out() {
        let mut history = ReductionHistory::default();
        history.push(0.02, 3.0, -6.0);
        assert_eq!(history.max_reduction_db(), 3.0);
        for _ in 0..1200 {
            history.push(0.01, 0.0, f32::NEG_INFINITY);
        }
        assert_eq!(history.max_reduction_db(), 0.0);
    }
}
