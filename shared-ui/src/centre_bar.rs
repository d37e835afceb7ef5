//! A reading between two ends with a middle: correlation, balance.

use egui::{Align2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, pos2, remap_clamp, vec2};

use crate::{PartResponse, interact, paint, theme};

/// A bar that grows from the middle.
#[derive(Clone, Copy, Debug)]
pub struct CentreBar<'a> {
    name: &'a str,
    reach: f32,
    ends: (&'a str, &'a str),
    unit: &'a str,
    decimals: usize,
    warn_below: f32,
    hint: &'a str,
}

impl<'a> CentreBar<'a> {
    /// Correlation of left and right, -1 to +1; what lies below zero loses level in mono and is amber.
    pub fn correlation() -> Self {
        let hint = "Correlation of left and right: +1 is mono, 0 is wide, below 0 loses level in mono.";
        Self { name: "Correlation", reach: 1.0, ends: ("−1", "+1"), unit: "", decimals: 2, warn_below: 0.0, hint }
    }

    /// Balance of left and right, dB, positive to the right.
    pub fn balance() -> Self {
        let hint = "Level of right against left.";
        let warn_below = f32::NEG_INFINITY;
        Self { name: "Balance", reach: 6.0, ends: ("L", "R"), unit: " dB", decimals: 1, warn_below, hint }
    }

    /// Draws the reading into a rectangle of `size` points; none is a dash. Accessible name: "Correlation" or "Balance".
    pub fn show(self, ui: &mut Ui, size: Vec2, value: Option<f32>) -> PartResponse {
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let painter = ui.painter();
        let (head, foot) = rect.split_top_bottom_at_y(rect.top() + 16.0);
        let value = value.filter(|value| value.is_finite());
        let is_bad = value.is_some_and(|value| value < self.warn_below);
        let text = self.text(value);
        paint::text(painter, head.left_center(), Align2::LEFT_CENTER, self.name, theme::TYPE_SMALL, theme::DIM);
        let color = if is_bad { theme::WARNING } else { theme::TEXT };
        paint::text(painter, head.right_center(), Align2::RIGHT_CENTER, &text, theme::TYPE_SMALL, color);

        let track = foot.shrink2(vec2(18.0, 0.0));
        let track = Rect::from_center_size(track.center(), vec2(track.width(), track.height().min(10.0)));
        let end = |x: f32, align: Align2, text: &str| {
            paint::text(painter, pos2(x, track.center().y), align, text, theme::TYPE_SMALL, theme::DIM);
        };
        end(rect.left(), Align2::LEFT_CENTER, self.ends.0);
        end(rect.right(), Align2::RIGHT_CENTER, self.ends.1);
        painter.rect(track, 1, theme::PANEL, Stroke::new(theme::LINE, theme::LINE_COLOR), StrokeKind::Inside);
        let middle = track.center().x;
        if let Some(value) = value {
            let x = remap_clamp(value, -self.reach..=self.reach, track.left()..=track.right());
            let bar = Rect::from_x_y_ranges(middle.min(x)..=middle.max(x), track.top() + 3.0..=track.bottom() - 3.0);
            let color = if is_bad { theme::WARNING } else { theme::accent(ui) };
            painter.rect_filled(bar, 0, color);
            // The reading itself: a diamond, so that a bar of no length is seen too.
            let at = pos2(x, track.center().y);
            let points = [vec2(0.0, -5.0), vec2(4.0, 0.0), vec2(0.0, 5.0), vec2(-4.0, 0.0)].map(|by| at + by);
            painter.add(Shape::convex_polygon(points.to_vec(), color, Stroke::NONE));
        }
        painter.vline(middle, track.y_range(), Stroke::new(theme::LINE, theme::DIM));
        interact::describe_picture(ui, &response, Role::Meter, self.name, self.hint, || text);
        PartResponse { response, changed: false, animating: false }
    }

    fn text(&self, value: Option<f32>) -> String {
        let Some(value) = value else { return "—".to_owned() };
        let digits = format!("{:.*}", self.decimals, value.abs());
        let is_zero = digits.chars().all(|c| c == '0' || c == '.');
        let sign = if is_zero {
            ""
        } else if value < 0.0 {
            "−"
        } else {
            "+"
        };
        format!("{sign}{digits}{}", self.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let (correlation, balance) = (CentreBar::correlation(), CentreBar::balance());
        assert_eq!(correlation.text(Some(0.824)), "+0.82");
        assert_eq!(correlation.text(Some(-0.001)), "0.00");
        assert_eq!(balance.text(Some(-1.26)), "−1.3 dB");
        assert_eq!(balance.text(None), "—");
    }
}
