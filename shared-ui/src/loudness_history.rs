//! Momentary, short-term and integrated loudness over a whole song.

use egui::{Align2, Pos2, Role, Sense, Shape, Stroke, Ui, Vec2, pos2, remap, remap_clamp};

use crate::readout::decibels;
use crate::{PartResponse, interact, paint, theme};

/// Lengths of the time axis, s, and into how many parts each is divided. It grows in steps, so that the picture stands
/// still between them.
const SPANS: [(f32, u8); 11] = [
    (30.0, 6),
    (60.0, 6),
    (120.0, 6),
    (300.0, 5),
    (600.0, 5),
    (1200.0, 5),
    (1800.0, 6),
    (3600.0, 6),
    (7200.0, 6),
    (21_600.0, 6),
    (86_400.0, 6),
];

/// Loudness at one time, LUFS. Minus infinity where there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loudness {
    /// Momentary, 400 ms.
    pub momentary: f32,
    /// Short-term, 3 s.
    pub short_term: f32,
    /// Integrated since the measurement began.
    pub integrated: f32,
}

impl Loudness {
    /// Silence.
    pub const NONE: Self =
        Self { momentary: f32::NEG_INFINITY, short_term: f32::NEG_INFINITY, integrated: f32::NEG_INFINITY };

    /// Merges what follows: the highest, and of what is integrated the latest.
    fn merge(&mut self, later: Self) {
        self.momentary = self.momentary.max(later.momentary);
        self.short_term = self.short_term.max(later.short_term);
        self.integrated = later.integrated;
    }
}

/// How the history is shown.
#[derive(Clone, Copy, Debug)]
pub struct LoudnessView {
    /// Quietest and loudest on the scale, LUFS.
    pub range_lufs: (f32, f32),
    /// The loudness to be met, LUFS.
    pub target_lufs: Option<f32>,
    /// Whether the scale counts in LU from the target instead of in LUFS.
    pub in_lu: bool,
}

impl LoudnessView {
    /// Draws a song so far, `points` of `point_s` seconds each, into a rectangle of `size` points: momentary as a grey hill, short-term as a line in the accent, integrated as a
    /// bright dashed line, the target as a line across. Accessible name: "Loudness history".
    pub fn show(self, ui: &mut Ui, size: Vec2, points: &[Loudness], point_s: f32) -> PartResponse {
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let accent = theme::accent(ui);
        let (inner, painter) = paint::picture(ui, rect);
        let (low, high) = self.range_lufs;
        let y = |lufs: f32| remap_clamp(lufs, low..=high, inner.bottom()..=inner.top());
        let song_s = points.len() as f32 * point_s;
        let (span_s, parts) = SPANS.into_iter().find(|span| span.0 >= song_s).unwrap_or((song_s, 6));
        let x = |seconds: f32| remap(seconds, 0.0..=span_s, inner.left()..=inner.right());

        let zero = self.target_lufs.filter(|_| self.in_lu).unwrap_or(0.0);
        let grid = Stroke::new(theme::LINE, theme::LINE_COLOR);
        let step = if high - low > 30.0 { 6.0 } else { 3.0 };
        let mut shown = ((low - zero) / step).ceil() * step;
        while shown + zero < high {
            let at = y(shown + zero);
            painter.hline(inner.x_range(), at, grid);
            shown += step;
        }
        for part in 1..parts {
            let seconds = span_s * f32::from(part) / f32::from(parts);
            painter.vline(x(seconds), inner.y_range(), grid);
        }

        // No more points than the picture has: each is the highest of its group.
        let stride = (points.len() as f32 / inner.width().max(1.0)).ceil().max(1.0) as usize;
        let met = points.chunks(stride).enumerate().map(|(place, group)| {
            let mut met = group[0];
            group[1..].iter().for_each(|point| met.merge(*point));
            (x((place * stride) as f32 * point_s), met)
        });
        let met: Vec<(f32, Loudness)> = met.collect();
        let hill: Vec<_> = met.iter().map(|(x, point)| (*x, y(point.momentary), inner.bottom())).collect();
        painter.add(paint::filled_between(&hill, theme::DIM.gamma_multiply(0.28)));
        if let Some(target) = self.target_lufs {
            painter.hline(inner.x_range(), y(target), Stroke::new(theme::LINE, theme::TEXT.gamma_multiply(0.6)));
        }
        let line = |value: fn(&Loudness) -> f32| -> Vec<Pos2> {
            let known = met.iter().filter(|(_, point)| value(point) > low);
            known.map(|(x, point)| pos2(*x, y(value(point)))).collect()
        };
        painter.line(line(|point| point.short_term), Stroke::new(1.5 * theme::LINE, accent));
        let integrated = line(|point| point.integrated);
        painter.extend(Shape::dashed_line(&integrated, Stroke::new(1.5 * theme::LINE, theme::TEXT), 6.0, 3.0));
        // Words and numbers last, each on a plate: no curve runs through them.
        let mut shown = ((low - zero) / step).ceil() * step;
        while shown + zero < high {
            let at = y(shown + zero);
            if at > inner.top() + 26.0 && at < inner.bottom() - 14.0 {
                let text = decibels(Some(shown)).trim_end_matches(".0").to_owned();
                paint::text_on_plate(&painter, pos2(inner.left() + 4.0, at), Align2::LEFT_CENTER, &text, theme::DIM);
            }
            shown += step;
        }
        let unit = pos2(inner.left() + 4.0, inner.top() + 2.0);
        let scale = if self.in_lu { "LU" } else { "LUFS" };
        paint::text_on_plate(&painter, unit, Align2::LEFT_TOP, scale, theme::DIM);
        for part in 1..parts {
            let seconds = span_s * f32::from(part) / f32::from(parts);
            let pos = pos2(x(seconds), inner.bottom() - 2.0);
            paint::text_on_plate(&painter, pos, Align2::CENTER_BOTTOM, &clock(seconds), theme::DIM);
        }
        let mut key = inner.right_top() + egui::vec2(-6.0, 10.0);
        let all = egui::Rect::from_min_max(key - egui::vec2(256.0, 8.0), key + egui::vec2(3.0, 8.0));
        painter.rect_filled(all, 2, theme::PANEL.gamma_multiply(0.85));
        for (name, drawn) in [("integrated", 0), ("short-term", 1), ("momentary", 2)] {
            let name = paint::text(&painter, key, Align2::RIGHT_CENTER, name, theme::TYPE_SMALL, theme::DIM);
            let (right, left) = (pos2(name.left() - 5.0, key.y), pos2(name.left() - 21.0, key.y));
            match drawn {
                0 => {
                    let stroke = Stroke::new(1.5 * theme::LINE, theme::TEXT);
                    painter.extend(Shape::dashed_line(&[left, right], stroke, 6.0, 3.0));
                }
                1 => {
                    painter.line_segment([left, right], Stroke::new(theme::LINE_THICK, accent));
                }
                _ => {
                    let swatch = egui::Rect::from_two_pos(left - egui::vec2(0.0, 4.0), right + egui::vec2(0.0, 4.0));
                    painter.rect_filled(swatch, 0, theme::DIM.gamma_multiply(0.4));
                }
            }
            key.x = left.x - 10.0;
        }

        let hint = "The song so far: momentary (hill), short-term (line), integrated (dashed), and the target.";
        interact::describe_picture(ui, &response, Role::Meter, "Loudness history", hint, || {
            let last = points.last().copied().unwrap_or(Loudness::NONE);
            let lufs = |value: f32| decibels(Some(value));
            format!(
                "{}: momentary {}, short-term {}, integrated {} LUFS",
                clock(song_s),
                lufs(last.momentary),
                lufs(last.short_term),
                lufs(last.integrated)
            )
        });
        PartResponse { response, changed: false, animating: false }
    }
}

/// A time as minutes and seconds, with hours where there are any.
pub fn clock(seconds: f32) -> String {
    let whole = seconds.max(0.0).round() as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks() {
        assert_eq!(clock(0.0), "0:00");
        assert_eq!(clock(61.4), "1:01");
        assert_eq!(clock(3600.0), "1:00:00");
    }
}
