//! The loudness of A and of B over the last while, as both are heard, and of the one that is lowered as it is.

use egui::{Align2, Color32, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, Vec2, pos2, remap, remap_clamp, vec2};

use crate::readout::decibels;
use crate::{PartResponse, interact, paint, theme};

/// Quietest and loudest on the scale, LUFS, and its grid.
const RANGE_LUFS: (f32, f32) = (-42.0, 0.0);
const GRID_LU: f32 = 6.0;

/// Short-term loudness of both at one time, LUFS. Minus infinity where there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairLoudness {
    /// A, before anything is done to it.
    pub a: f32,
    /// B.
    pub b: f32,
}

/// How they are shown.
#[derive(Clone, Copy, Debug)]
pub struct PairHistory<'a> {
    /// The last of them, oldest first, one every `point_s` seconds.
    pub points: &'a [PairLoudness],
    /// Seconds from one to the next.
    pub point_s: f32,
    /// As many points as the picture is wide.
    pub most: usize,
    /// By how much A and B are lowered, LU, 0 or less.
    pub lowered_lu: [f32; 2],
}

impl PairHistory<'_> {
    /// Draws it, `size` points large, with a line every ten seconds. Accessible name: "Loudness of A and B".
    pub fn show(&self, ui: &mut Ui, size: Vec2) -> PartResponse {
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let (inner, painter) = paint::picture(ui, rect);
        let (low, high) = RANGE_LUFS;
        let y = |lufs: f32| remap_clamp(lufs, low..=high, inner.bottom()..=inner.top());
        let missing = self.most.saturating_sub(self.points.len());
        let last = self.most.max(2) as f32 - 1.0;
        let x = |place: usize| remap((missing + place) as f32, 0.0..=last, inner.left()..=inner.right());
        let lines = (1..).map(|step| high - GRID_LU * step as f32).take_while(|lufs| *lufs > low);
        for lufs in lines.clone() {
            painter.hline(inner.x_range(), y(lufs), Stroke::new(theme::LINE, theme::LINE_COLOR));
        }
        for tens in (1..).map(|tens| tens as f32 * 10.0 / self.point_s.max(0.01)).take_while(|points| *points < last) {
            let at = remap(last - tens, 0.0..=last, inner.left()..=inner.right());
            painter.vline(at, inner.y_range(), Stroke::new(theme::LINE, theme::LINE_COLOR));
        }
        let curve = |value: &dyn Fn(&PairLoudness) -> f32| -> Vec<Pos2> {
            let known = self.points.iter().enumerate().filter(|(_, point)| value(point) > low);
            known.map(|(place, point)| pos2(x(place), y(value(point)))).collect()
        };
        let [lower_a, lower_b] = self.lowered_lu;
        let colors = [theme::accent(ui), theme::WARNING];
        let lowered: (usize, f32) = if lower_a < lower_b { (0, lower_a) } else { (1, lower_b) };
        if lowered.1 < -0.05 {
            let as_it_is = curve(&|point| if lowered.0 == 0 { point.a } else { point.b });
            let stroke = Stroke::new(theme::LINE, colors[lowered.0].gamma_multiply(0.6));
            painter.extend(Shape::dashed_line(&as_it_is, stroke, 3.0, 4.0));
        }
        painter.line(curve(&|point| point.a + lower_a), Stroke::new(1.5 * theme::LINE, colors[0]));
        painter.line(curve(&|point| point.b + lower_b), Stroke::new(1.5 * theme::LINE, colors[1]));
        // Words and numbers last, each on a plate: no curve runs through them.
        for lufs in lines {
            let at = y(lufs);
            if at > inner.top() + 24.0 && at < inner.bottom() - 22.0 {
                let text = decibels(Some(lufs)).trim_end_matches(".0").to_owned();
                paint::text_on_plate(&painter, pos2(inner.left() + 4.0, at), Align2::LEFT_CENTER, &text, theme::DIM);
            }
        }
        let unit = pos2(inner.left() + 4.0, inner.top() + 2.0);
        paint::text_on_plate(&painter, unit, Align2::LEFT_TOP, "LUFS", theme::DIM);
        let words = match lowered {
            (0, lu) if lu < -0.05 => "short-term, both as heard; dotted: A as it is",
            (1, lu) if lu < -0.05 => "short-term, both as heard; dotted: B as it is",
            _ => "short-term, both as heard",
        };
        let at = inner.left_bottom() + vec2(4.0, -2.0);
        paint::text_on_plate(&painter, at, Align2::LEFT_BOTTOM, words, theme::DIM);
        key(&painter, inner.right_top() + vec2(-6.0, 10.0), colors);
        let hint = "Short-term loudness of A and B, both as they are heard, and of the one that is lowered as it is.";
        interact::describe_picture(ui, &response, Role::Meter, "Loudness of A and B", hint, || {
            let last =
                self.points.last().copied().unwrap_or(PairLoudness { a: f32::NEG_INFINITY, b: f32::NEG_INFINITY });
            let lufs = |value: f32| decibels(Some(value).filter(|value| value.is_finite()));
            format!("A {} LUFS, B {} LUFS, {words}", lufs(last.a + lower_a), lufs(last.b + lower_b))
        });
        PartResponse { response, changed: false, animating: false }
    }
}

/// Which line is whose, from the right.
fn key(painter: &egui::Painter, mut right: Pos2, colors: [Color32; 2]) {
    let all = Rect::from_min_max(right - vec2(76.0, 8.0), right + vec2(3.0, 8.0));
    painter.rect_filled(all, 2, theme::PANEL);
    for (name, color) in [("B", colors[1]), ("A", colors[0])] {
        let words = paint::text(painter, right, Align2::RIGHT_CENTER, name, theme::TYPE_SMALL, theme::DIM);
        let (to, from) = (pos2(words.left() - 5.0, right.y), pos2(words.left() - 21.0, right.y));
        painter.line_segment([from, to], Stroke::new(theme::LINE_THICK, color));
        right.x = from.x - 10.0;
    }
}
