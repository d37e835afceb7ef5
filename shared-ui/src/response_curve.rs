//! Frequency responses over log frequency, one on another.

use egui::{Align2, Pos2, Role, Sense, Shape, Stroke, Ui, Vec2, pos2, remap};

use crate::readout::decibels;
use crate::spectrum::{frequency_grid, frequency_names, frequency_x, hertz, level_at};
use crate::{PartResponse, interact, paint, theme};

/// One response.
#[derive(Clone, Copy, Debug)]
pub struct Response<'a> {
    /// Its name in the legend and for a screen reader.
    pub name: &'a str,
    /// Frequency (Hz, rising) and gain (dB).
    pub points: &'a [(f32, f32)],
    /// Dashed and grey, where the other is a line in the accent.
    pub is_dashed: bool,
}

/// 20 Hz to 20 kHz.
const RANGE_HZ: (f32, f32) = (20.0, 20_000.0);

/// Draws responses over ±`reach_db` dB into a rectangle of `size` points; the pointer reads out frequency and gains. Accessible
/// name: "Frequency response".
pub fn show(ui: &mut Ui, size: Vec2, reach_db: f32, responses: &[Response<'_>]) -> PartResponse {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let accent = theme::accent(ui);
    let (inner, painter) = paint::picture(ui, rect);
    frequency_grid(&painter, inner, RANGE_HZ);
    // A sixth of the height beyond the reach at either side.
    let edge = 4.0 / 3.0 * reach_db.max(0.1);
    let y = |db: f32| remap(db, -edge..=edge, inner.bottom()..=inner.top());
    for db in [-reach_db, 0.0, reach_db] {
        painter.hline(inner.x_range(), y(db), Stroke::new(theme::LINE, theme::LINE_COLOR));
    }
    for curve in responses {
        let at = |&(hz, db): &(f32, f32)| {
            let db = if db.is_finite() { db.clamp(-2.0 * edge, 2.0 * edge) } else { -2.0 * edge };
            pos2(frequency_x(inner, RANGE_HZ, hz), y(db))
        };
        let line: Vec<Pos2> = curve.points.iter().map(at).collect();
        let colour = if curve.is_dashed { theme::DIM } else { accent };
        if line.len() > 1 && curve.is_dashed {
            painter.extend(Shape::dashed_line(&line, Stroke::new(theme::LINE, colour), 5.0, 4.0));
        } else if line.len() > 1 {
            painter.line(line, Stroke::new(theme::LINE_THICK, colour));
        }
    }
    // Words and numbers last, each on a plate: no curve runs through them.
    for db in [-reach_db, 0.0, reach_db] {
        let text = if db == 0.0 { "0".to_owned() } else { decibels(Some(db)).trim_end_matches(".0").to_owned() };
        let text = if db > 0.0 { format!("+{text}") } else { text };
        paint::text_on_plate(&painter, pos2(inner.left() + 4.0, y(db)), Align2::LEFT_CENTER, &text, theme::DIM);
    }
    frequency_names(&painter, inner, RANGE_HZ);
    let mut legend = inner.right_top() + egui::vec2(-6.0, 10.0);
    for curve in responses {
        let colour = if curve.is_dashed { theme::DIM } else { accent };
        let name = paint::text_on_plate(&painter, legend, Align2::RIGHT_CENTER, curve.name, colour);
        legend.x = name.left() - 14.0;
    }
    if let Some(pos) = response.hover_pos() {
        let share = ((pos.x - inner.left()) / inner.width().max(1.0)).clamp(0.0, 1.0);
        let hz = RANGE_HZ.0 * (RANGE_HZ.1 / RANGE_HZ.0).powf(share);
        painter.vline(pos.x, inner.y_range(), Stroke::new(theme::LINE, theme::DIM));
        let gains = responses.iter().filter_map(|curve| Some((curve.name, level_at(curve.points, hz)?)));
        let words = gains.map(|(name, db)| format!("  {name} {} dB", decibels(Some(db))));
        let text = hertz(hz) + &words.collect::<String>();
        let (align, offset) = if share < 0.5 { (Align2::LEFT_TOP, 6.0) } else { (Align2::RIGHT_TOP, -6.0) };
        let at = pos2(pos.x + offset, inner.top() + 18.0);
        paint::text_on_plate(&painter, at, align, &text, theme::TEXT);
    }
    let hint = "Gain over frequency against 1 kHz.";
    interact::describe_picture(ui, &response, Role::GraphicsObject, "Frequency response", hint, || {
        let words = responses.iter().map(|curve| {
            let gains = [60.0, 10_000.0, 15_000.0]
                .map(|hz| format!("{} dB at {}", decibels(level_at(curve.points, hz)), hertz(hz)));
            format!("{}: {}", curve.name, gains.join(", "))
        });
        words.collect::<Vec<_>>().join("; ")
    });
    PartResponse { response, changed: false, animating: false }
}
