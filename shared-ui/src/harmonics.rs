//! Harmonics 2 to 8 of what a curve adds, as bars.

use egui::{Align2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, pos2, remap, vec2};

use crate::readout::decibels;
use crate::{PartResponse, interact, paint, theme};

/// How many harmonics are shown: the second to the eighth.
pub const COUNT: usize = 7;
/// Level at the bottom, dBc.
pub const FLOOR_DBC: f32 = -120.0;

/// Draws harmonics 2 to 8, dB below the fundamental (dBc, 0 and less), into a rectangle of `size` points. Even ones are solid bars with
/// a flat end, odd ones hollow with a pointed end: told apart without hue. Accessible name: "Harmonics".
pub fn show(ui: &mut Ui, size: Vec2, levels_dbc: &[f32; COUNT]) -> PartResponse {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let accent = theme::accent(ui);
    let (inner, painter) = paint::picture(ui, rect);
    let (plot, feet) = inner.split_top_bottom_at_y(inner.bottom() - 16.0);
    let y = |dbc: f32| remap(dbc.clamp(FLOOR_DBC, 0.0), FLOOR_DBC..=0.0, plot.bottom()..=plot.top());
    for dbc in [-40.0, -80.0] {
        let grid = Stroke::new(theme::LINE, theme::LINE_COLOR);
        painter.hline(inner.x_range(), y(dbc), grid);
        let text = format!("−{:.0}", -dbc);
        let pos = pos2(inner.left() + 3.0, y(dbc));
        paint::text(&painter, pos, Align2::LEFT_BOTTOM, text, theme::TYPE_SMALL, theme::DIM);
    }
    painter.hline(inner.x_range(), plot.bottom(), Stroke::new(theme::LINE, theme::LINE_COLOR));
    let caption = pos2(inner.left() + 3.0, feet.center().y);
    paint::text(&painter, caption, Align2::LEFT_CENTER, "dBc", theme::TYPE_SMALL, theme::DIM);

    let left = inner.left() + 26.0;
    let step = (inner.right() - left) / COUNT as f32;
    for (index, &dbc) in levels_dbc.iter().enumerate() {
        let order = index + 2;
        let center = left + (index as f32 + 0.5) * step;
        let half = (0.30 * step).min(9.0);
        let pos = pos2(center, feet.center().y);
        paint::text(&painter, pos, Align2::CENTER_CENTER, format!("H{order}"), theme::TYPE_SMALL, theme::DIM);
        if dbc.is_nan() || dbc <= FLOOR_DBC {
            continue;
        }
        let top = y(dbc);
        if order % 2 == 0 {
            let bar = Rect::from_min_max(pos2(center - half, top), pos2(center + half, plot.bottom()));
            painter.rect_filled(bar, 0, accent);
        } else {
            // The point is the level; a bar shorter than its point is all point.
            let shoulder = (top + half).min(plot.bottom());
            let foot = plot.bottom() + 1.0;
            let outline = [
                vec2(-half, foot - top),
                vec2(-half, shoulder - top),
                vec2(0.0, 0.0),
                vec2(half, shoulder - top),
                vec2(half, foot - top),
            ];
            let outline = outline.map(|from_top| pos2(center, top) + from_top).to_vec();
            let stroke = Stroke::new(theme::LINE_THICK, theme::TEXT);
            painter.add(Shape::convex_polygon(outline.clone(), theme::TEXT.gamma_multiply(0.12), Stroke::NONE));
            painter.line(outline, stroke);
        }
    }
    // A legend in the corner where bars seldom reach.
    let key = pos2(inner.right() - 4.0, inner.top() + 8.0);
    let odd = paint::text(&painter, key, Align2::RIGHT_CENTER, "odd", theme::TYPE_SMALL, theme::DIM);
    let swatch = Rect::from_center_size(pos2(odd.left() - 8.0, key.y), Vec2::splat(7.0));
    painter.rect_stroke(swatch, 0, Stroke::new(1.5 * theme::LINE, theme::TEXT), StrokeKind::Inside);
    let key = pos2(swatch.left() - 8.0, key.y);
    let even = paint::text(&painter, key, Align2::RIGHT_CENTER, "even", theme::TYPE_SMALL, theme::DIM);
    let swatch = Rect::from_center_size(pos2(even.left() - 8.0, key.y), Vec2::splat(7.0));
    painter.rect_filled(swatch, 0, accent);

    let hint =
        "Harmonics that a sine at the programme's level would get, below the fundamental. Solid: even. Pointed: odd.";
    interact::describe_picture(ui, &response, Role::Meter, "Harmonics", hint, || {
        let words = levels_dbc.iter().enumerate().map(|(index, &dbc)| match dbc > FLOOR_DBC {
            true => format!("H{} {} dBc", index + 2, decibels(Some(dbc))),
            false => format!("H{} none", index + 2),
        });
        words.collect::<Vec<_>>().join(", ")
    });
    PartResponse { response, changed: false, animating: false }
}
