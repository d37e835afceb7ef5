//! Spectra over log frequency, one on another: before and after, average and peak.

use egui::{Align2, Color32, Rect, Role, Sense, Stroke, Ui, Vec2, pos2, remap, remap_clamp};

use crate::readout::decibels;
use crate::{PartResponse, interact, paint, theme};

/// How a layer is drawn: told apart by shape as well as by hue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A grey hill without a line: what was there before.
    Hill,
    /// A line in the accent: what is heard.
    Line,
    /// A line over a hill, both in the accent: what is added.
    Added,
    /// A thin dotted line: what was reached at most.
    Dots,
}

/// One spectrum.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// Its name in the legend and for a screen reader: "before".
    pub name: &'a str,
    /// Frequency (Hz, rising) and level (dB). Levels that are not finite lie below the floor.
    pub points: &'a [(f32, f32)],
    /// How it is drawn.
    pub style: Style,
}

/// View of spectra.
#[derive(Clone, Copy, Debug)]
pub struct SpectrumView {
    range_hz: (f32, f32),
    range_db: (f32, f32),
}

impl Default for SpectrumView {
    /// 20 Hz to 20 kHz, -90 to 0 dB.
    fn default() -> Self {
        Self { range_hz: (20.0, 20_000.0), range_db: (-90.0, 0.0) }
    }
}

impl SpectrumView {
    /// Sets the range of levels in dB, low then high, at least 1 dB apart. Default: -90 to 0.
    pub fn range_db(mut self, low: f32, high: f32) -> Self {
        self.range_db = (low, high.max(low + 1.0));
        self
    }

    /// Draws the layers, first one undermost, into a rectangle of `size` points. The pointer reads out frequency and levels.
    /// Accessible name: "Spectrum".
    pub fn show(self, ui: &mut Ui, size: Vec2, layers: &[Layer<'_>]) -> PartResponse {
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let accent = theme::accent(ui);
        let (inner, painter) = paint::picture(ui, rect);
        frequency_grid(&painter, inner, self.range_hz);
        let (low, high) = self.range_db;
        let y = |db: f32| remap_clamp(db, low..=high, inner.bottom()..=inner.top());
        let step = if high - low > 70.0 { 20.0 } else { 10.0 };
        let mut db = (low / step).ceil() * step;
        while db < high {
            painter.hline(inner.x_range(), y(db), Stroke::new(theme::LINE, theme::LINE_COLOR));
            db += step;
        }
        for layer in layers {
            let at = |&(hz, db): &(f32, f32)| {
                let db = if db.is_finite() { db } else { low };
                // A little beyond the picture, so that what lies below the floor leaves no line on it.
                let y = if db <= low { inner.bottom() + 2.0 } else { y(db) };
                pos2(frequency_x(inner, self.range_hz, hz), y)
            };
            let line = paint::smooth(&layer.points.iter().map(at).collect::<Vec<_>>());
            match layer.style {
                Style::Hill => {
                    let points: Vec<_> = line.iter().map(|pos| (pos.x, pos.y, inner.bottom())).collect();
                    painter.add(paint::filled_between(&points, theme::DIM.gamma_multiply(0.35)));
                }
                Style::Added if line.len() > 1 => {
                    let points: Vec<_> = line.iter().map(|pos| (pos.x, pos.y, inner.bottom())).collect();
                    painter.add(paint::filled_between(&points, accent.gamma_multiply(0.3)));
                    painter.line(line, Stroke::new(1.5 * theme::LINE, accent));
                }
                Style::Line if line.len() > 1 => {
                    painter.line(line, Stroke::new(1.5 * theme::LINE, accent));
                }
                Style::Dots if line.len() > 1 => {
                    painter.extend(egui::Shape::dotted_line(&line, theme::TEXT.gamma_multiply(0.7), 4.0, 0.8));
                }
                Style::Line | Style::Added | Style::Dots => {}
            }
        }
        // Words and numbers last, each on a plate: no curve runs through them.
        let mut db = (low / step).ceil() * step;
        while db < high {
            if y(db) > inner.top() + 20.0 && y(db) < inner.bottom() - 20.0 {
                let text = decibels(Some(db)).trim_end_matches(".0").to_owned();
                paint::text_on_plate(&painter, pos2(inner.left() + 4.0, y(db)), Align2::LEFT_CENTER, &text, theme::DIM);
            }
            db += step;
        }
        frequency_names(&painter, inner, self.range_hz);
        let mut legend = inner.right_top() + egui::vec2(-8.0, 11.0);
        for layer in layers {
            let width = painter
                .layout_no_wrap(layer.name.to_owned(), egui::FontId::proportional(theme::TYPE_SMALL), theme::DIM)
                .size()
                .x;
            let plate = Rect::from_min_max(legend - egui::vec2(width + 24.0, 8.0), legend + egui::vec2(4.0, 8.0));
            painter.rect_filled(plate, 2, theme::PANEL.gamma_multiply(0.85));
            let name = paint::text(&painter, legend, Align2::RIGHT_CENTER, layer.name, theme::TYPE_SMALL, theme::DIM);
            let swatch = Rect::from_center_size(pos2(name.left() - 12.0, legend.y), egui::vec2(14.0, 7.0));
            key(&painter, swatch, layer.style, accent);
            legend.x = swatch.left() - 10.0;
        }
        if let Some(pos) = response.hover_pos() {
            let share = (pos.x - inner.left()) / inner.width().max(1.0);
            let hz = self.range_hz.0 * (self.range_hz.1 / self.range_hz.0).powf(share.clamp(0.0, 1.0));
            painter.vline(pos.x, inner.y_range(), Stroke::new(theme::LINE, theme::DIM));
            let levels = layers.iter().filter_map(|layer| Some((layer.name, level_at(layer.points, hz)?)));
            let words = levels.map(|(name, db)| format!("  {name} {} dB", decibels(Some(db))));
            let text = hertz(hz) + &words.collect::<String>();
            let (align, offset) = if share < 0.5 { (Align2::LEFT_TOP, 6.0) } else { (Align2::RIGHT_TOP, -6.0) };
            let at = pos2(pos.x + offset, inner.top() + 20.0);
            paint::text_on_plate(&painter, at, align, &text, theme::TEXT);
        }
        let hint = "Level over frequency, smoothed over a part of an octave.";
        interact::describe_picture(ui, &response, Role::GraphicsObject, "Spectrum", hint, || {
            let words = layers.iter().map(|layer| match loudest(layer.points) {
                Some((hz, db)) if db > low => {
                    format!("{} most {} dB at {}", layer.name, decibels(Some(db)), hertz(hz))
                }
                _ => format!("{} silent", layer.name),
            });
            words.collect::<Vec<_>>().join(", ")
        });
        PartResponse { response, changed: false, animating: false }
    }
}

fn key(painter: &egui::Painter, swatch: Rect, style: Style, accent: Color32) {
    match style {
        Style::Hill => {
            painter.rect_filled(swatch, 0, theme::DIM.gamma_multiply(0.35));
        }
        Style::Line | Style::Added => {
            painter.hline(swatch.x_range(), swatch.center().y, Stroke::new(theme::LINE_THICK, accent));
        }
        Style::Dots => {
            let line = [swatch.left_center(), swatch.right_center()];
            painter.extend(egui::Shape::dotted_line(&line, theme::TEXT, 4.0, 0.8));
        }
    }
}

/// Where a frequency stands on a logarithmic axis.
pub(crate) fn frequency_x(inner: Rect, (low, high): (f32, f32), hz: f32) -> f32 {
    remap((hz.max(1.0) / low).log2(), 0.0..=(high / low).log2(), inner.left()..=inner.right())
}

/// Lines at 20, 30 ... 10 k.
pub(crate) fn frequency_grid(painter: &egui::Painter, inner: Rect, range_hz: (f32, f32)) {
    for decade in [10.0_f32, 100.0, 1000.0, 10_000.0] {
        for digit in 1..=9 {
            let hz = decade * digit as f32;
            if hz <= range_hz.0 || hz >= range_hz.1 {
                continue;
            }
            let x = frequency_x(inner, range_hz, hz);
            let strength = if digit == 1 { 1.0 } else { 0.45 };
            let stroke = Stroke::new(theme::LINE, theme::LINE_COLOR.gamma_multiply(strength));
            painter.vline(x, inner.y_range(), stroke);
        }
    }
}

/// Names of the decades' 1, 2 and 5 at the foot, on plates: drawn behind the curves.
pub(crate) fn frequency_names(painter: &egui::Painter, inner: Rect, range_hz: (f32, f32)) {
    for hz in [20.0_f32, 50.0, 100.0, 200.0, 500.0, 1e3, 2e3, 5e3, 1e4, 2e4] {
        if hz > range_hz.0 && hz < range_hz.1 {
            let text = if hz < 1000.0 { format!("{hz:.0}") } else { format!("{:.0}k", hz / 1000.0) };
            let at = pos2(frequency_x(inner, range_hz, hz), inner.bottom() - 2.0);
            paint::text_on_plate(painter, at, Align2::CENTER_BOTTOM, &text, theme::DIM);
        }
    }
}

/// A frequency in words: "63 Hz", "1.25 kHz".
pub(crate) fn hertz(hz: f32) -> String {
    if hz < 1000.0 { format!("{hz:.0} Hz") } else { format!("{:.2} kHz", hz / 1000.0) }
}

/// Level between the two points around a frequency, dB.
pub(crate) fn level_at(points: &[(f32, f32)], hz: f32) -> Option<f32> {
    let above = points.partition_point(|point| point.0 < hz);
    let (low, high) = (points.get(above.checked_sub(1)?)?, points.get(above)?);
    Some(remap(hz, low.0..=high.0, low.1..=high.1)).filter(|db| db.is_finite())
}

fn loudest(points: &[(f32, f32)]) -> Option<(f32, f32)> {
    points.iter().copied().filter(|point| point.1.is_finite()).max_by(|a, b| a.1.total_cmp(&b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_between_points_and_nothing_outside() {
        let points = [(100.0, -20.0), (200.0, -30.0), (400.0, f32::NEG_INFINITY)];
        assert_eq!(level_at(&points, 150.0), Some(-25.0));
        assert_eq!(level_at(&points, 50.0), None);
        assert_eq!(level_at(&points, 300.0), None);
        assert_eq!(level_at(&points, 500.0), None);
        assert_eq!(loudest(&points), Some((100.0, -20.0)));
    }

    #[test]
    fn frequencies_stand_on_a_logarithmic_axis() {
        let inner = Rect::from_min_max(pos2(0.0, 0.0), pos2(300.0, 10.0));
        for (hz, x) in [(20.0, 0.0), (200.0, 100.0), (2000.0, 200.0), (20_000.0, 300.0)] {
            let at = frequency_x(inner, (20.0, 20_000.0), hz);
            assert!((at - x).abs() < 0.01, "{hz} Hz at {at}");
        }
    }
}
