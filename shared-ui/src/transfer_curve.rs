//! Static curve: output level over input level, with the point the sound is at.

use egui::{Align2, Rect, Role, Sense, Shape, Stroke, Ui, Vec2, pos2, remap, vec2};

use crate::readout::decibels;
use crate::{PartResponse, interact, paint, theme};

/// Height of the row of numbers below the curve, points.
const NUMBERS_HEIGHT: f32 = 16.0;

/// View of a transfer curve. The curve is asked of the unit itself, so that what is drawn is what is heard.
pub struct TransferCurve<'a> {
    curve: &'a dyn Fn(f32) -> f32,
    range_db: (f32, f32),
    grid_db: f32,
    live: Option<(f32, f32)>,
    mark_db: Option<f32>,
}

impl<'a> TransferCurve<'a> {
    /// A view of `curve`, from input dB to output dB, over -48..+6 dB on both axes.
    pub fn new(curve: &'a dyn Fn(f32) -> f32) -> Self {
        Self { curve, range_db: (-48.0, 6.0), grid_db: 12.0, live: None, mark_db: None }
    }

    /// Sets the range of both axes in dB, low then high. Default: -48 to 6.
    pub fn range_db(mut self, low: f32, high: f32) -> Self {
        self.range_db = (low, high.max(low + 1.0));
        self
    }

    /// Sets the distance of grid lines in dB. Default: 12.
    pub fn grid_db(mut self, grid_db: f32) -> Self {
        self.grid_db = grid_db.max(1.0);
        self
    }

    /// Sets the point where the sound is: input and output level in dB, `None` in silence. Default: none.
    pub fn live(mut self, live: Option<(f32, f32)>) -> Self {
        self.live = live;
        self
    }

    /// Marks an input level on the axis, in dB: the threshold. Default: no mark.
    pub fn mark_db(mut self, mark_db: f32) -> Self {
        self.mark_db = Some(mark_db);
        self
    }

    /// Draws the view into a rectangle of `size` points. Accessible name: "Transfer curve".
    pub fn show(self, ui: &mut Ui, size: Vec2) -> PartResponse {
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        let accent = theme::accent(ui);
        ui.painter().rect_filled(rect, theme::RADIUS, theme::PANEL);
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        // The numbers stand below, where no curve comes.
        let inner = Rect::from_min_max(rect.min + Vec2::splat(1.0), rect.max - vec2(1.0, NUMBERS_HEIGHT));
        let (low, high) = self.range_db;
        let x = |db: f32| remap(db, low..=high, inner.left()..=inner.right());
        let y = |db: f32| remap(db, low..=high, inner.bottom()..=inner.top());

        let grid = Stroke::new(theme::LINE, theme::LINE_COLOR);
        let mut db = (low / self.grid_db).ceil() * self.grid_db;
        while db < high {
            painter.vline(x(db), inner.y_range(), grid);
            painter.hline(inner.x_range(), y(db), grid);
            if db > low + 0.5 * self.grid_db {
                let text = if db < 0.0 { format!("−{:.0}", -db) } else { format!("{db:.0}") };
                let pos = pos2(x(db), rect.bottom() - 0.5 * NUMBERS_HEIGHT);
                paint::text(&painter, pos, Align2::CENTER_CENTER, text, theme::TYPE_SMALL, theme::DIM);
            }
            db += self.grid_db;
        }
        // The line of no change, dashed so that it is never taken for the curve.
        let unity = [pos2(x(low), y(low)), pos2(x(high), y(high))];
        painter.extend(Shape::dashed_line(&unity, Stroke::new(theme::LINE, theme::DIM), 4.0, 4.0));

        // One point for each two points of width: the knee stays smooth at 200 %.
        let count = (0.5 * inner.width()).clamp(16.0, 400.0) as usize;
        let line: Vec<_> = (0..=count)
            .map(|i| low + (high - low) * i as f32 / count as f32)
            .map(|input| (input, (self.curve)(input)))
            .filter(|(_, output)| output.is_finite())
            .map(|(input, output)| pos2(x(input), y(output)))
            .collect();
        if line.len() > 1 {
            painter.line(line, Stroke::new(theme::LINE_THICK, accent));
        }
        if let Some(mark) = self.mark_db.filter(|mark| mark.is_finite()) {
            let at = x(mark.clamp(low, high));
            let foot = inner.bottom();
            let triangle = vec![pos2(at, foot - 7.0), pos2(at + 5.0, foot), pos2(at - 5.0, foot)];
            painter.add(Shape::convex_polygon(triangle, accent, Stroke::NONE));
        }
        let live = self.live.filter(|(input, output)| input.is_finite() && output.is_finite());
        if let Some((input, output)) = live {
            let at = pos2(x(input.clamp(low, high)), y(output.clamp(low, high)));
            painter.vline(at.x, at.y..=inner.bottom(), Stroke::new(theme::LINE, theme::DIM));
            painter.circle(at, 4.5, theme::TEXT, Stroke::new(theme::LINE_THICK, theme::PANEL));
        }
        let hint = "Output level over input level, in dB. The dot is where the sound is now.";
        interact::describe_picture(ui, &response, Role::GraphicsObject, "Transfer curve", hint, || match live {
            Some((input, output)) => {
                format!("in {} dB, out {} dB", decibels(Some(input)), decibels(Some(output)))
            }
            None => "silent".to_owned(),
        });
        PartResponse { response, changed: false, animating: false }
    }
}
