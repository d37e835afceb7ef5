//! Transfer curve over amplitude: what becomes of each sample, and which samples there are now.

use egui::{Align2, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, Vec2, pos2, remap};

use crate::{PartResponse, interact, paint, theme};

/// View of a curve from sample to sample, both axes linear. The curve is asked of the unit itself, so that what is drawn is
/// what is heard.
pub struct AmplitudeCurve<'a> {
    curve: &'a dyn Fn(f32) -> f32,
    reach: f32,
    live: Option<(f32, f32)>,
    ceiling: Option<f32>,
    names: (&'a str, &'a str),
    mark: Option<(f32, &'a str)>,
}

impl<'a> AmplitudeCurve<'a> {
    /// A view of `curve`, from input to output amplitude, over ±1 on both axes.
    pub fn new(curve: &'a dyn Fn(f32) -> f32) -> Self {
        Self { curve, reach: 1.0, live: None, ceiling: None, names: ("in", "out"), mark: None }
    }

    /// Sets how far both axes reach from zero, linear, 1 at full scale. Default: 1.
    pub fn reach(mut self, reach: f32) -> Self {
        self.reach = if reach.is_finite() { reach.max(1e-3) } else { 1.0 };
        self
    }

    /// Sets the lowest and highest recent input sample, linear, `None` in silence. Default: none.
    pub fn live(mut self, live: Option<(f32, f32)>) -> Self {
        self.live = live.filter(|(low, high)| low.is_finite() && high.is_finite() && low <= high);
        self
    }

    /// Marks an output amplitude that nothing passes, linear, 1 at full scale. Default: no mark.
    pub fn ceiling(mut self, ceiling: f32) -> Self {
        self.ceiling = Some(ceiling).filter(|ceiling| ceiling.is_finite());
        self
    }

    /// Names the axes: across, then up. Default: "in" and "out".
    pub fn named(mut self, across: &'a str, up: &'a str) -> Self {
        self.names = (across, up);
        self
    }

    /// Marks an input amplitude (and its negative) with a word. Default: no mark.
    pub fn marked(mut self, input: f32, word: &'a str) -> Self {
        self.mark = Some((input, word)).filter(|(input, _)| input.is_finite());
        self
    }

    /// Draws the view into a rectangle of `size` points: the whole curve thin, the part that the sound is on thick, between two
    /// dots. Accessible name: "Transfer curve".
    pub fn show(self, ui: &mut Ui, size: Vec2) -> PartResponse {
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let accent = theme::accent(ui);
        let (inner, painter) = paint::picture(ui, rect);
        let reach = self.reach;
        let x = |input: f32| remap(input, -reach..=reach, inner.left()..=inner.right());
        let y = |output: f32| remap(output, -reach..=reach, inner.bottom()..=inner.top());

        // Lines at whole steps of 6 dB below full scale would crowd the middle: halves of the reach do, and the axes.
        for share in [-0.5, 0.0, 0.5] {
            let stroke = Stroke::new(theme::LINE, theme::LINE_COLOR);
            painter.vline(x(share * reach), inner.y_range(), stroke);
            painter.hline(inner.x_range(), y(share * reach), stroke);
        }
        let unity = [inner.left_bottom(), inner.right_top()];
        painter.extend(Shape::dashed_line(&unity, Stroke::new(theme::LINE, theme::DIM), 4.0, 4.0));
        if let Some(ceiling) = self.ceiling.filter(|ceiling| *ceiling < reach) {
            for side in [ceiling, -ceiling] {
                painter.hline(inner.x_range(), y(side), Stroke::new(theme::LINE, theme::TEXT.gamma_multiply(0.6)));
            }
        }
        if let Some((input, _)) = self.mark.filter(|(input, _)| *input < reach) {
            for side in [input, -input] {
                let line = [pos2(x(side), inner.top()), pos2(x(side), inner.bottom())];
                painter.extend(Shape::dashed_line(&line, Stroke::new(theme::LINE, theme::DIM), 2.0, 4.0));
            }
        }
        let live = self.live.map(|(low, high)| (low.clamp(-reach, reach), high.clamp(-reach, reach)));
        if let Some((low, high)) = live {
            let band = Rect::from_x_y_ranges(x(low)..=x(high), inner.y_range());
            painter.rect_filled(band, 0, theme::TEXT.gamma_multiply(0.05));
        }
        let points = |low: f32, high: f32| -> Vec<Pos2> {
            // One point for each two points of width: the bend stays smooth at 200 %.
            let count = (0.5 * (x(high) - x(low))).clamp(8.0, 400.0) as usize;
            let input = |i: usize| low + (high - low) * i as f32 / count as f32;
            let point = |input: f32| Some(pos2(x(input), y(Some((self.curve)(input)).filter(|y| y.is_finite())?)));
            (0..=count).filter_map(|i| point(input(i))).collect()
        };
        painter.line(points(-reach, reach), Stroke::new(theme::LINE, accent));
        if let Some((low, high)) = live {
            let lived = points(low, high);
            for end in [lived.first(), lived.last()].into_iter().flatten() {
                painter.circle_filled(*end, 3.5, theme::TEXT);
            }
            painter.line(lived, Stroke::new(1.5 * theme::LINE_THICK, accent));
        }
        let caption = |pos: Pos2, align: Align2, text: &str| {
            paint::text_on_plate(&painter, pos, align, text, theme::DIM);
        };
        if let Some((input, word)) = self.mark.filter(|(input, _)| *input < reach) {
            caption(pos2(x(input) - 5.0, inner.bottom() - 3.0), Align2::RIGHT_BOTTOM, word);
        }
        caption(pos2(inner.right() - 3.0, y(0.0) + 2.0), Align2::RIGHT_TOP, self.names.0);
        caption(pos2(x(0.0) + 4.0, inner.top() + 2.0), Align2::LEFT_TOP, self.names.1);

        let hint =
            "What becomes of each sample, linear. The thick part is where the sound has been in the last moments.";
        interact::describe_picture(ui, &response, Role::GraphicsObject, "Transfer curve", hint, || match self.live {
            Some((low, high)) => format!("in {low:+.2} to {high:+.2} of full scale").replace('-', "−"),
            None => "silent".to_owned(),
        });
        PartResponse { response, changed: false, animating: false }
    }
}

/// Lowest and highest sample of late, as [`AmplitudeCurve::live`] takes them: they go out at once and come back slowly, so that
/// they can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LiveRange {
    low: f32,
    high: f32,
}

impl LiveRange {
    /// Fall towards zero, dB/s.
    const FALL_DB_PER_S: f32 = 20.0;
    /// -60 dBFS: less than a point of any picture.
    const NOTHING: f32 = 1e-3;

    /// Lets `elapsed_s` seconds pass in which samples reached from `low` to `high` (linear).
    pub fn push(&mut self, elapsed_s: f32, low: f32, high: f32) {
        let elapsed_s = if elapsed_s.is_finite() { elapsed_s.max(0.0) } else { 0.0 };
        let fall = 10.0_f32.powf(-Self::FALL_DB_PER_S * elapsed_s / 20.0);
        let fit = |x: f32| if x.is_finite() { x } else { 0.0 };
        self.low = (self.low * fall).min(fit(low));
        self.high = (self.high * fall).max(fit(high));
    }

    /// Lowest and highest sample; none once they are too small to be seen.
    pub fn get(&self) -> Option<(f32, f32)> {
        (self.high - self.low > Self::NOTHING).then_some((self.low, self.high))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_live_range_goes_out_at_once_and_falls_20_db_in_a_second() {
        let mut live = LiveRange::default();
        live.push(0.01, -0.5, 0.8);
        assert_eq!(live.get(), Some((-0.5, 0.8)));
        for _ in 0..100 {
            live.push(0.01, 0.0, f32::NAN);
        }
        let (low, high) = live.get().expect("a tenth is left");
        assert!((low + 0.05).abs() < 1e-4 && (high - 0.08).abs() < 1e-4, "{low}..{high}");
        live.push(10.0, 0.0, 0.0);
        assert_eq!(live.get(), None);
    }
}
