//! The last seconds of a compressor: gain reduction over the programme's envelope, or the key against the threshold.

use egui::{Align2, Color32, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, Vec2, pos2, remap, vec2};

use crate::readout::decibels;
use crate::strip::{Column, Strip};
use crate::{PartResponse, interact, paint, span, theme};

/// Seconds that are shown until another length is chosen.
const SHOWN_S: f32 = 10.0;
/// Levels at the top and at the bottom, dBFS.
const LEVELS_DB: (f32, f32) = (6.0, -48.0);
/// How much of the height the programme's hill may take: above it the reduction hangs alone.
const HILL_SHARE: f32 = 0.6;
/// Where no reduction stands below the top, points: the line is seen at rest, too.
const REST: f32 = 6.0;
/// Room for the numbers at the right, where no curve comes, points.
const SCALE_WIDTH: f32 = 26.0;
const SILENCE_DB: f32 = -200.0;

/// What happened in a short time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Most gain reduction, dB, 0 and up.
    pub reduction_db: f32,
    /// Highest level of the programme, dBFS.
    pub programme_db: f32,
    /// Highest level of the key, as the detector hears it, dBFS.
    pub key_db: f32,
    /// Highest level that the detector made of it, dBFS.
    pub detector_db: f32,
}

impl Column for Moment {
    const SILENT: Self =
        Self { reduction_db: 0.0, programme_db: SILENCE_DB, key_db: SILENCE_DB, detector_db: SILENCE_DB };

    fn merge(&mut self, other: Self) {
        self.reduction_db = self.reduction_db.max(other.reduction_db);
        self.programme_db = self.programme_db.max(other.programme_db);
        self.key_db = self.key_db.max(other.key_db);
        self.detector_db = self.detector_db.max(other.detector_db);
    }
}

/// The last minute. The caller keeps one a history and pushes what it reads, at any pace.
#[derive(Clone, Debug)]
pub struct ReductionHistory {
    strip: Strip<Moment>,
}

impl Default for ReductionHistory {
    fn default() -> Self {
        Self { strip: Strip::of_any_length(SHOWN_S) }
    }
}

impl ReductionHistory {
    /// Adds `elapsed_s` seconds. Numbers that are not finite count as silence, or as no reduction.
    pub fn push(&mut self, elapsed_s: f32, moment: Moment) {
        let level = |db: f32| if db.is_finite() { db.max(SILENCE_DB) } else { SILENCE_DB };
        let moment = Moment {
            reduction_db: if moment.reduction_db.is_finite() { moment.reduction_db.max(0.0) } else { 0.0 },
            programme_db: level(moment.programme_db),
            key_db: level(moment.key_db),
            detector_db: level(moment.detector_db),
        };
        self.strip.push(elapsed_s, moment);
    }

    /// Marks that the readings were interrupted: what comes next does not join what was before.
    pub fn gap(&mut self) {
        self.strip.gap();
    }

    /// Most gain reduction in what is shown, dB.
    pub fn max_reduction_db(&self) -> f32 {
        self.strip.iter().fold(0.0, |most, (_, moment)| most.max(moment.reduction_db))
    }
}

/// What the history is looked at for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Subject {
    /// Gain reduction hanging from the top, so many dB deep, over the programme's envelope.
    Reduction {
        /// Depth of the scale, dB.
        depth_db: f32,
    },
    /// The key as the detector hears it, and what the detector makes of it, against the threshold.
    Key {
        /// The threshold, dBFS.
        threshold_db: f32,
    },
}

/// Where everything stands.
struct Axes {
    plot: Rect,
    seconds: f32,
}

impl Axes {
    fn x(&self, age_s: f32) -> f32 {
        remap(age_s, self.seconds..=0.0, self.plot.x_range())
    }

    fn level_y(&self, db: f32) -> f32 {
        let (top, bottom) = LEVELS_DB;
        remap(db.clamp(bottom, top), bottom..=top, self.plot.bottom()..=self.plot.top())
    }

    fn hill_y(&self, db: f32) -> f32 {
        let top = self.plot.bottom() - HILL_SHARE * self.plot.height();
        let (high, low) = (0.0, LEVELS_DB.1);
        remap(db.clamp(low, high), low..=high, self.plot.bottom()..=top)
    }

    fn reduction_y(&self, db: f32, depth_db: f32) -> f32 {
        remap(db.clamp(0.0, depth_db), 0.0..=depth_db, self.plot.top() + REST..=self.plot.bottom())
    }
}

impl Subject {
    /// Draws the history into a rectangle of `size` points, without a ground of its own: numbers at the right, where no curve
    /// comes, and the length, which can be chosen, in the lower left corner. Accessible name: "Gain reduction history" or
    /// "Key history".
    pub fn show(self, ui: &mut Ui, size: Vec2, history: &ReductionHistory) -> PartResponse {
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let painter = ui.painter_at(rect);
        let seconds = history.strip.shown_s().get();
        let plot = Rect::from_min_max(rect.min, rect.max - vec2(SCALE_WIDTH, 0.0));
        let axes = Axes { plot, seconds };
        let mut line_s = span::grid_s(seconds);
        while line_s < seconds {
            painter.vline(axes.x(line_s), plot.y_range(), Stroke::new(theme::LINE, theme::LINE_COLOR));
            line_s += span::grid_s(seconds);
        }
        let columns = history.strip.thinned(plot.width());
        let accent = theme::accent(ui);
        let (name, hint) = match self {
            Subject::Reduction { depth_db } => {
                reduction(&painter, &axes, &columns, depth_db.max(1.0), accent);
                (
                    "Gain reduction history",
                    "Gain reduction from the top, over the programme's peaks (0 to −48 dBFS) in grey.",
                )
            }
            Subject::Key { threshold_db } => {
                key(&painter, &axes, &columns, threshold_db, accent);
                (
                    "Key history",
                    "The key as the detector hears it, filled, and what the detector makes of it, as a line, against the threshold.",
                )
            }
        };
        span::choose(ui, plot.left_bottom(), history.strip.shown_s());
        interact::describe_picture(ui, &response, Role::Meter, name, hint, || {
            let most = decibels(Some(history.max_reduction_db()));
            format!("most {most} dB of reduction in {seconds:.0} seconds")
        });
        PartResponse { response, changed: false, animating: false }
    }
}

fn reduction(painter: &Painter, axes: &Axes, columns: &[(f32, Moment)], depth_db: f32, accent: Color32) {
    let step_db = if depth_db > 12.0 { 6.0 } else { 2.0 };
    scale(painter, axes, (1..).map(|n| n as f32 * step_db).take_while(|db| *db < depth_db), |db| {
        (axes.reduction_y(db, depth_db), -db)
    });
    let hill: Vec<_> =
        columns.iter().map(|(age_s, m)| (axes.x(*age_s), axes.hill_y(m.programme_db), axes.plot.bottom())).collect();
    let hanging: Vec<_> = columns
        .iter()
        .map(|(age_s, m)| (axes.x(*age_s), axes.plot.top(), axes.reduction_y(m.reduction_db, depth_db)))
        .collect();
    painter.add(paint::filled_between(&hill, theme::DIM.gamma_multiply(0.34)));
    painter.add(paint::filled_between(&hanging, accent.gamma_multiply(0.28)));
    let line: Vec<Pos2> = hanging.iter().map(|&(x, _, y)| pos2(x, y)).collect();
    painter.line(line, Stroke::new(1.5 * theme::LINE, accent));
}

fn key(painter: &Painter, axes: &Axes, columns: &[(f32, Moment)], threshold_db: f32, accent: Color32) {
    scale(painter, axes, [0.0, -12.0, -24.0, -36.0].into_iter(), |db| (axes.level_y(db), db));
    let threshold_y = axes.level_y(threshold_db);
    let hill: Vec<_> =
        columns.iter().map(|(age_s, m)| (axes.x(*age_s), axes.level_y(m.key_db), axes.plot.bottom())).collect();
    // What presses stands out in the accent.
    let over: Vec<_> = hill.iter().map(|&(x, y, _)| (x, y.min(threshold_y), threshold_y)).collect();
    let under: Vec<_> = hill.iter().map(|&(x, y, foot)| (x, y.max(threshold_y), foot)).collect();
    painter.add(paint::filled_between(&under, theme::DIM.gamma_multiply(0.34)));
    painter.add(paint::filled_between(&over, accent.gamma_multiply(0.55)));
    let heard = columns.iter().map(|(age_s, m)| pos2(axes.x(*age_s), axes.level_y(m.detector_db))).collect();
    painter.line(heard, Stroke::new(1.5 * theme::LINE, theme::TEXT));
    let line = [pos2(axes.plot.left(), threshold_y), pos2(axes.plot.right(), threshold_y)];
    painter.extend(Shape::dashed_line(&line, Stroke::new(theme::LINE, accent), 6.0, 4.0));
    let at = line[0] + vec2(theme::SPACE, -0.5 * theme::SPACE);
    let words = format!("Threshold {} dB", decibels(Some(threshold_db)));
    paint::text_on_plate(painter, at, Align2::LEFT_BOTTOM, &words, accent);
}

/// Lines across the plot and their numbers beside it.
fn scale(painter: &Painter, axes: &Axes, values: impl Iterator<Item = f32>, place: impl Fn(f32) -> (f32, f32)) {
    for (y, number) in values.map(place) {
        painter.hline(axes.plot.x_range(), y, Stroke::new(theme::LINE, theme::LINE_COLOR));
        let text = decibels(Some(number)).trim_end_matches(".0").to_owned();
        let at = pos2(axes.plot.right() + SCALE_WIDTH - 2.0, y);
        paint::text(painter, at, Align2::RIGHT_CENTER, text, theme::TYPE_SMALL, theme::DIM);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(reduction_db: f32) -> Moment {
        Moment { reduction_db, programme_db: -6.0, key_db: -9.0, detector_db: -10.0 }
    }

    #[test]
    fn a_peak_keeps_its_place_and_its_height_at_any_frame_rate() {
        for rate in [15, 60, 144] {
            let mut history = ReductionHistory::default();
            let step = 1.0 / rate as f32;
            for frame in 0..(4 * rate) {
                history.push(step, moment(if frame == rate { 7.0 } else { 1.0 }));
            }
            let (age, peak) =
                history.strip.iter().max_by(|a, b| a.1.reduction_db.total_cmp(&b.1.reduction_db)).expect("columns");
            assert_eq!(peak.reduction_db, 7.0);
            // The peak lies one second after the start of four: three seconds ago, within a frame and a column.
            assert!((age - 3.0).abs() <= step + 0.02, "{rate} Hz: {age} s");
        }
    }

    #[test]
    fn an_interruption_is_seen() {
        let mut history = ReductionHistory::default();
        history.push(1.0, moment(3.0));
        history.gap();
        history.push(1.0, moment(4.0));
        let moments: Vec<f32> = history.strip.iter().map(|(_, moment)| moment.reduction_db).collect();
        let first = moments.iter().position(|&db| db == 3.0).expect("before");
        let last = moments.iter().rposition(|&db| db == 4.0).expect("after");
        let still = moments[first..last].iter().filter(|&&db| db == 0.0).count();
        assert!((6..=24).contains(&still), "{still} columns between the two");
    }

    #[test]
    fn each_length_shows_what_it_holds() {
        let mut history = ReductionHistory::default();
        history.push(0.02, moment(3.0));
        let mut kept = |seconds: usize| {
            (0..100 * seconds).for_each(|_| history.push(0.01, Moment::SILENT));
            [5.0, 10.0, 30.0, 60.0].map(|shown_s| {
                history.strip.shown_s().set(shown_s);
                history.max_reduction_db()
            })
        };
        assert_eq!(kept(1), [3.0; 4]);
        assert_eq!(kept(6), [0.0, 3.0, 3.0, 3.0]);
        assert_eq!(kept(20), [0.0, 0.0, 3.0, 3.0]);
        assert_eq!(kept(20), [0.0, 0.0, 0.0, 3.0]);
        assert_eq!(kept(20), [0.0; 4]);
    }

    #[test]
    fn survives_bad_numbers() {
        let mut history = ReductionHistory::default();
        let bad =
            Moment { reduction_db: f32::NAN, programme_db: f32::INFINITY, key_db: f32::NAN, detector_db: f32::NAN };
        history.push(f32::NAN, bad);
        history.push(0.05, bad);
        assert!(history.strip.iter().all(|(_, moment)| moment == Moment::SILENT));
    }
}
