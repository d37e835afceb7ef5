//! A reading on a scale with a mark that should not be passed: level below the signal, crest factor.

use egui::{Align2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, pos2, remap_clamp, vec2};

use crate::readout::{ReadoutState, decibels};
use crate::{PartResponse, interact, paint, theme};

/// On which side of the mark a reading should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Good {
    Below,
    Above,
}

/// A bar from the low end of a scale in dB, with a mark.
#[derive(Clone, Copy, Debug)]
pub struct MarkedBar<'a> {
    name: &'a str,
    range_db: (f32, f32),
    mark_db: f32,
    good: Good,
    /// What is said of a reading on the good side and on the other.
    words: (&'a str, &'a str),
    hint: &'a str,
}

impl<'a> MarkedBar<'a> {
    /// How far something lies below the signal, dB (-80 to 0), subtle up to `subtle_db`.
    pub fn level_below(name: &'a str, subtle_db: f32) -> Self {
        let hint = "How far what is added lies below the signal. Up to the mark it is felt more than heard.";
        let words = ("subtle", "more than subtle");
        Self { name, range_db: (-80.0, 0.0), mark_db: subtle_db, good: Good::Below, words, hint }
    }

    /// Crest factor, dB (0 to 24): peak over RMS, which should stay above 12 dB.
    pub fn crest(name: &'a str) -> Self {
        let hint = "Crest factor: peak over RMS. Below the mark at 12 dB a mix begins to sound flat.";
        let words = ("above the mark", "below the mark");
        Self { name, range_db: (0.0, 24.0), mark_db: 12.0, good: Good::Above, words, hint }
    }

    fn is_good(&self, db: f32) -> bool {
        match self.good {
            Good::Below => db <= self.mark_db,
            Good::Above => db >= self.mark_db,
        }
    }

    /// Draws the reading (none in silence) into a rectangle of `size` points; the scale is named if it is 44 points high. On the wrong side
    /// of the mark the number is amber behind a triangle, and the bar wider and amber. Accessible name: the bar's.
    pub fn show(self, ui: &mut Ui, size: Vec2, state: &mut ReadoutState, value_db: Option<f32>) -> PartResponse {
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let now = ui.input(|input| input.time);
        let (shown, animating) = state.offer(now, value_db);
        let is_good = shown.is_none_or(|db| self.is_good(db));
        let color = if is_good { theme::accent(ui) } else { theme::WARNING };
        let painter = ui.painter();
        let (head, scale) = rect.split_top_bottom_at_y(rect.top() + 18.0);
        paint::text(painter, head.left_center(), Align2::LEFT_CENTER, self.name, theme::TYPE_SMALL, theme::DIM);
        let number_color = if is_good { theme::TEXT } else { theme::WARNING };
        let number = format!("{} dB", state.text());
        let at = head.right_center();
        let number = paint::text(painter, at, Align2::RIGHT_CENTER, number, theme::TYPE_BODY, number_color);
        if !is_good {
            let center = pos2(number.left() - 10.0, head.center().y);
            let points = vec![center + vec2(0.0, -5.0), center + vec2(5.0, 4.0), center + vec2(-5.0, 4.0)];
            painter.add(Shape::convex_polygon(points, theme::WARNING, Stroke::NONE));
        }

        let (low, high) = self.range_db;
        let track = Rect::from_min_max(scale.min, pos2(scale.right(), (scale.top() + 12.0).min(scale.bottom())));
        let x = |db: f32| remap_clamp(db, low..=high, track.left()..=track.right());
        painter.rect(track, 1, theme::PANEL, Stroke::new(theme::LINE, theme::LINE_COLOR), StrokeKind::Inside);
        let mark_x = x(self.mark_db);
        if let Some(db) = shown.filter(|db| *db > low) {
            let bar = Rect::from_min_max(track.min, pos2(x(db), track.bottom()));
            painter.rect_filled(bar.shrink2(vec2(0.0, track.height() * if is_good { 0.25 } else { 0.08 })), 0, color);
        }
        let mark = Stroke::new(theme::LINE_THICK, theme::TEXT);
        painter.vline(mark_x, track.top() - 2.0..=track.bottom() + 3.0, mark);
        let foot = track.bottom() + 3.0;
        if scale.bottom() - foot >= theme::TYPE_SMALL {
            let caption = |x: f32, align: Align2, text: &str| {
                paint::text(painter, pos2(x, foot), align, text, theme::TYPE_SMALL, theme::DIM);
            };
            let plain = |db: f32| decibels(Some(db)).trim_end_matches(".0").to_owned();
            caption(track.left(), Align2::LEFT_TOP, &plain(low));
            caption(mark_x + 4.0, Align2::LEFT_TOP, &plain(self.mark_db));
            if self.good == Good::Below {
                caption(mark_x - 4.0, Align2::RIGHT_TOP, self.words.0);
            }
            caption(track.right(), Align2::RIGHT_TOP, &plain(high));
        }
        interact::describe_picture(ui, &response, Role::Meter, self.name, self.hint, || match shown {
            None => "silent".to_owned(),
            Some(_) => format!("{} dB, {}", state.text(), if is_good { self.words.0 } else { self.words.1 }),
        });
        PartResponse { response, changed: false, animating }
    }
}
