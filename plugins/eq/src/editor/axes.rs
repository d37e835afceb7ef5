//! Where frequencies and values stand on the canvas, and the grid behind them.

use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Stroke, pos2, remap, vec2};
use shared_ui::theme;

/// All that a band can be set to, Hz.
pub const RANGE_HZ: (f32, f32) = (10.0, 40_000.0);
/// The reaches of the view: ± so many dB.
pub const REACHES_DB: [f32; 4] = [3.0, 6.0, 12.0, 24.0];
/// What the levels of spectra range over, dBFS.
const LEVELS_DBFS: (f32, f32) = (-96.0, 0.0);
/// Moves beyond this are no mastering moves any more: marked, dB.
const MARK_DB: f32 = 2.0;

/// What the curve shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// Gain, dB.
    #[default]
    Gain,
    /// Phase, degrees.
    Phase,
    /// Group delay, ms.
    Delay,
}

impl View {
    /// What is at the upper edge when the gains' reach is one of [`REACHES_DB`].
    pub fn reach(self, of_reaches: usize) -> f32 {
        let place = of_reaches.min(REACHES_DB.len() - 1);
        match self {
            Self::Gain => REACHES_DB[place],
            Self::Phase => [22.5, 45.0, 90.0, 180.0][place],
            Self::Delay => [1.0, 3.0, 10.0, 30.0][place],
        }
    }

    fn step(self, reach: f32) -> f32 {
        match self {
            Self::Gain if reach > 20.0 => 6.0,
            Self::Gain if reach > 10.0 => 3.0,
            Self::Gain if reach > 4.0 => 2.0,
            Self::Gain => 1.0,
            Self::Phase => reach / 2.0,
            Self::Delay if reach > 20.0 => 10.0,
            Self::Delay if reach > 5.0 => 5.0,
            Self::Delay if reach > 2.0 => 1.0,
            Self::Delay => 0.5,
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Self::Gain => "dB",
            Self::Phase => "°",
            Self::Delay => "ms",
        }
    }
}

/// The canvas and what its edges mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axes {
    /// The canvas.
    pub rect: Rect,
    /// What is drawn.
    pub view: View,
    /// The value at the upper edge.
    pub reach: f32,
}

impl Axes {
    /// Where a frequency stands.
    pub fn x(&self, hz: f32) -> f32 {
        let octaves = (RANGE_HZ.1 / RANGE_HZ.0).log2();
        remap((hz.max(0.1) / RANGE_HZ.0).log2(), 0.0..=octaves, self.rect.left()..=self.rect.right())
    }

    /// The frequency at a place, held in the range.
    pub fn hz(&self, x: f32) -> f32 {
        let share = (x - self.rect.left()) / self.rect.width().max(1.0);
        RANGE_HZ.0 * (RANGE_HZ.1 / RANGE_HZ.0).powf(share.clamp(0.0, 1.0))
    }

    /// Where a value of the view stands, also beyond the edges.
    pub fn y(&self, value: f32) -> f32 {
        self.rect.center().y - value / self.reach * 0.5 * self.rect.height()
    }

    /// The value at a place.
    pub fn value(&self, y: f32) -> f32 {
        (self.rect.center().y - y) / (0.5 * self.rect.height().max(1.0)) * self.reach
    }

    /// Where a level of a spectrum stands; what is below the floor a little beyond the edge.
    pub fn level_y(&self, dbfs: f32) -> f32 {
        let (low, high) = LEVELS_DBFS;
        let y = remap(dbfs.clamp(low, high), low..=high, self.rect.bottom()..=self.rect.top());
        if dbfs <= low || !dbfs.is_finite() { self.rect.bottom() + 2.0 } else { y }
    }

    /// The grid of frequencies, and what lies beyond half the sample rate.
    pub fn draw_frequencies(&self, painter: &Painter, sample_rate_hz: f32) {
        for decade in [10.0_f32, 100.0, 1000.0, 10_000.0] {
            for digit in 1..=9 {
                let hz = decade * digit as f32;
                if hz <= RANGE_HZ.0 || hz >= RANGE_HZ.1 {
                    continue;
                }
                let strength = if digit == 1 { 0.9 } else { 0.4 };
                let stroke = Stroke::new(theme::LINE, theme::LINE_COLOR.gamma_multiply(strength));
                painter.vline(self.x(hz), self.rect.y_range(), stroke);
            }
        }
        let nyquist = self.x(0.5 * sample_rate_hz);
        if sample_rate_hz > 0.0 && nyquist < self.rect.right() {
            let beyond = Rect::from_min_max(pos2(nyquist, self.rect.top()), self.rect.max);
            painter.rect_filled(beyond, 0, theme::GROUND.gamma_multiply(0.6));
            let stroke = Stroke::new(theme::LINE, theme::DIM.gamma_multiply(0.35));
            painter.extend(egui::Shape::dashed_line(&[beyond.left_top(), beyond.left_bottom()], stroke, 3.0, 5.0));
        }
    }

    /// The names of frequencies along the foot, of levels at the left and of values at the right: over the curves, on plates.
    pub fn draw_names(&self, painter: &Painter, accent: Color32) {
        for (hz, name) in [
            (20.0, "20"),
            (50.0, "50"),
            (100.0, "100"),
            (200.0, "200"),
            (500.0, "500"),
            (1e3, "1k"),
            (2e3, "2k"),
            (5e3, "5k"),
            (10e3, "10k"),
            (20e3, "20k"),
        ] {
            let at = pos2(self.x(hz), self.rect.bottom() - 4.0);
            name_on_plate(painter, at, Align2::CENTER_BOTTOM, name, theme::DIM);
        }
        for dbfs in [-80.0_f32, -60.0, -40.0, -20.0] {
            let at = pos2(self.rect.left() + 6.0, self.level_y(dbfs));
            let name = format!("−{:.0}", dbfs.abs());
            name_on_plate(painter, at, Align2::LEFT_CENTER, &name, theme::DIM.gamma_multiply(0.72));
        }
        for value in self.values() {
            let color = if self.view == View::Gain && value.abs() == MARK_DB { accent } else { theme::DIM };
            let at = pos2(self.rect.right() - 6.0, self.y(value));
            name_on_plate(painter, at, Align2::RIGHT_CENTER, &signed(value), color);
        }
        let unit = pos2(self.rect.right() - 6.0, self.rect.bottom() - 4.0);
        name_on_plate(painter, unit, Align2::RIGHT_BOTTOM, self.view.unit(), theme::DIM);
    }

    /// The values that have a line.
    fn values(&self) -> impl Iterator<Item = f32> {
        let step = self.view.step(self.reach);
        let count = (self.reach / step - 0.2).floor() as i32;
        (-count..=count).map(move |n| n as f32 * step)
    }

    /// The grid of values, and the marks of ±2 dB.
    pub fn draw_values(&self, painter: &Painter, accent: Color32) {
        for value in self.values() {
            let color =
                if value == 0.0 { theme::DIM.gamma_multiply(0.5) } else { theme::LINE_COLOR.gamma_multiply(0.45) };
            painter.hline(self.rect.x_range(), self.y(value), Stroke::new(theme::LINE, color));
        }
        if self.view == View::Gain {
            for mark in [-MARK_DB, MARK_DB] {
                let y = self.y(mark);
                let ends = [pos2(self.rect.left(), y), pos2(self.rect.right() - 34.0, y)];
                let stroke = Stroke::new(theme::LINE, accent.gamma_multiply(0.45));
                painter.extend(egui::Shape::dashed_line(&ends, stroke, 2.0, 6.0));
            }
        }
    }
}

/// A value with its sign, as short as it can be.
fn signed(value: f32) -> String {
    let digits = if value.fract() == 0.0 { 0 } else { 1 };
    let amount = format!("{:.digits$}", value.abs());
    match value {
        0.0 => amount,
        value if value < 0.0 => format!("−{amount}"),
        _ => format!("+{amount}"),
    }
}

/// Small text, and where it came to stand.
pub fn text(painter: &Painter, at: Pos2, align: Align2, text: &str, color: Color32) -> Rect {
    painter.text(at, align, text, FontId::proportional(theme::TYPE_SMALL), color)
}

/// The same on a plate of the canvas's ground, so that it is read where a curve runs below.
fn name_on_plate(painter: &Painter, at: Pos2, align: Align2, name: &str, color: Color32) {
    let galley = painter.layout_no_wrap(name.to_owned(), FontId::proportional(theme::TYPE_SMALL), color);
    let rect = align.anchor_size(at, galley.size());
    painter.rect_filled(rect.expand2(vec2(2.0, 0.0)), 2, theme::PICTURE);
    painter.galley(rect.min, galley, color);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_go_there_and_back() {
        let rect = Rect::from_min_max(pos2(10.0, 20.0), pos2(910.0, 320.0));
        for (place, &reach_db) in REACHES_DB.iter().enumerate() {
            let axes = Axes { rect, view: View::Gain, reach: View::Gain.reach(place) };
            for hz in [10.0, 20.0, 440.0, 20e3, 40e3] {
                assert!((axes.hz(axes.x(hz)) / hz - 1.0).abs() < 1e-4, "{hz} Hz");
            }
            for db in [-24.0, -1.5, 0.0, 2.0] {
                assert!((axes.value(axes.y(db)) - db).abs() < 1e-3, "{db} dB");
            }
            assert_eq!(axes.y(reach_db), rect.top());
        }
    }

    #[test]
    fn values_are_named_with_their_sign() {
        assert_eq!([0.0, 2.0, -0.5, 22.5].map(signed), ["0", "+2", "−0.5", "+22.5"]);
    }
}
