//! Drawing that several parts share.

use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Response, Shape, Stroke, StrokeKind, Ui, pos2, vec2};

use crate::theme;

/// Text in one of the four sizes of type.
pub fn text(painter: &Painter, pos: Pos2, align: Align2, text: impl ToString, size: f32, color: Color32) -> Rect {
    painter.text(pos, align, text, FontId::proportional(size), color)
}

/// Text cut with an ellipsis where it would leave `width` points.
pub fn text_within(painter: &Painter, rect: Rect, align: Align2, string: &str, size: f32, color: Color32) {
    let mut job = egui::text::LayoutJob::simple_singleline(string.to_owned(), FontId::proportional(size), color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width());
    let galley = painter.layout_job(job);
    painter.galley(align.align_size_within_rect(galley.size(), rect).min, galley, color);
}

/// A curve through `points` from left to right, with one about every two points: between two of them it rises or falls only, so
/// that no peak stands higher than what was measured (F. N. Fritsch and J. Butland, A Method for Constructing Local Monotone
/// Piecewise Cubic Interpolants, 1984).
pub fn smooth(points: &[Pos2]) -> Vec<Pos2> {
    let slope = |pair: &[Pos2]| (pair[1].y - pair[0].y) / (pair[1].x - pair[0].x).max(1e-3);
    let tangent = |k: usize| match (k.checked_sub(1).and_then(|before| points.get(before..=k)), points.get(k..k + 2)) {
        (Some(before), Some(after)) => {
            let (left, right) = (slope(before), slope(after));
            let (left_x, right_x) = (before[1].x - before[0].x, after[1].x - after[0].x);
            let (left_share, right_share) = (left_x + 2.0 * right_x, 2.0 * left_x + right_x);
            match left * right > 0.0 {
                true => (left_share + right_share) / (left_share / left + right_share / right),
                false => 0.0,
            }
        }
        (Some(pair), None) | (None, Some(pair)) => slope(pair),
        (None, None) => 0.0,
    };
    let mut curve = Vec::with_capacity(4 * points.len());
    curve.extend(points.first());
    for (k, pair) in points.windows(2).enumerate() {
        let (from, to) = (pair[0], pair[1]);
        let width = to.x - from.x;
        let (rise_from, rise_to) = (width * tangent(k), width * tangent(k + 1));
        let steps = (0.5 * width).round().clamp(1.0, 16.0) as u16;
        for step in 1..=steps {
            let t = f32::from(step) / f32::from(steps);
            let (t2, t3) = (t * t, t * t * t);
            let blend = 3.0 * t2 - 2.0 * t3;
            let bend = (t3 - 2.0 * t2 + t) * rise_from + (t3 - t2) * rise_to;
            curve.push(pos2(from.x + t * width, from.y + blend * (to.y - from.y) + bend));
        }
    }
    curve
}

/// The name of a control in the middle of `rect`: bright while it is `hot`, and as what cannot be used looks where it cannot.
pub fn control_name(ui: &Ui, rect: Rect, name: &str, hot: bool) {
    let color = words_color(ui, if hot { theme::TEXT } else { theme::DIM });
    text_within(ui.painter(), rect, Align2::CENTER_CENTER, name, theme::TYPE_SMALL, color);
}

/// Small text on a plate of a panel's ground, so that it is read over any hill and no curve runs through it.
pub fn text_on_plate(painter: &Painter, at: Pos2, align: Align2, text: &str, color: Color32) -> Rect {
    text_over(painter, at, align, text, color, theme::PANEL)
}

/// The same on a picture of another `ground`.
pub fn text_over(painter: &Painter, at: Pos2, align: Align2, text: &str, color: Color32, ground: Color32) -> Rect {
    let font = FontId::proportional(theme::TYPE_SMALL);
    let galley = painter.layout_no_wrap(text.to_owned(), font, color);
    let rect = align.anchor_size(at, galley.size());
    painter.rect_filled(rect.expand2(vec2(2.0, 0.0)), 2, ground);
    painter.galley(rect.min, galley, color);
    rect
}

/// Ground of a picture: panel, border, and a painter that stays within. Answers the area inside the border.
pub fn picture(ui: &Ui, rect: Rect) -> (Rect, Painter) {
    let border = Stroke::new(theme::LINE, theme::LINE_COLOR);
    ui.painter().rect(rect, theme::RADIUS, theme::PANEL, border, StrokeKind::Inside);
    let inner = rect.shrink(theme::LINE);
    (inner, ui.painter().with_clip_rect(inner.intersect(ui.clip_rect())))
}

/// Point at `angle` radians clockwise from straight up.
pub fn polar(center: Pos2, radius: f32, angle: f32) -> Pos2 {
    center + vec2(angle.sin(), -angle.cos()) * radius
}

/// Arc between two angles, radians clockwise from straight up.
pub fn arc(center: Pos2, radius: f32, from: f32, to: f32, stroke: Stroke) -> Shape {
    // One segment for each 2 points of length: smooth at 200 %, cheap to tessellate.
    let segments = (((to - from).abs() * radius / 2.0).ceil() as usize).clamp(1, 256);
    let points = (0..=segments).map(|i| polar(center, radius, from + (to - from) * i as f32 / segments as f32));
    Shape::line(points.collect(), stroke)
}

/// Ring around the part that has keyboard focus.
pub fn focus_ring(ui: &Ui, response: &Response, rect: Rect) {
    if response.has_focus() {
        let stroke = Stroke::new(theme::LINE_THICK, theme::accent(ui));
        ui.painter().rect_stroke(rect, theme::RADIUS, stroke, StrokeKind::Inside);
    }
}

/// A control's plate: fill and border by hover and by whether it is on. What cannot be used has a border only.
pub fn plate(ui: &Ui, rect: Rect, hovered: bool, on: bool) {
    if !ui.is_enabled() {
        ui.painter().rect_stroke(rect, theme::RADIUS, Stroke::new(theme::LINE, theme::LINE_COLOR), StrokeKind::Inside);
        return;
    }
    let line = match (on, hovered) {
        (true, _) => theme::accent(ui),
        (false, true) => theme::DIM,
        (false, false) => theme::LINE_COLOR,
    };
    let fill = if on { theme::LINE_COLOR } else { theme::PANEL };
    ui.painter().rect(rect, theme::RADIUS, fill, Stroke::new(theme::LINE, line), StrokeKind::Inside);
}

/// Area between two curves that share their x, as one mesh. Points must go from left to right.
pub fn filled_between(points: &[(f32, f32, f32)], color: Color32) -> Shape {
    let mut mesh = egui::Mesh::default();
    for (i, &(x, top, bottom)) in points.iter().enumerate() {
        mesh.colored_vertex(pos2(x, top), color);
        mesh.colored_vertex(pos2(x, bottom), color);
        if i > 0 {
            let at = 2 * i as u32;
            mesh.add_triangle(at - 2, at - 1, at);
            mesh.add_triangle(at - 1, at, at + 1);
        }
    }
    Shape::mesh(mesh)
}

/// Colour of a part's own words: `usable` while it can be used.
pub fn words_color(ui: &Ui, usable: Color32) -> Color32 {
    if ui.is_enabled() { usable } else { theme::DISABLED }
}

/// Colour of a label by state; an off switch is dim, an on one bright, and the plate's border differs too.
pub fn label_color(enabled: bool, on: bool, hovered: bool) -> Color32 {
    match (enabled, on, hovered) {
        (false, ..) => theme::DISABLED,
        // Bright, not in the accent: that has not the contrast of small type on the lighter plate. The border has it.
        (true, true, _) | (true, false, true) => theme::TEXT,
        (true, false, false) => theme::DIM,
    }
}

/// Lamp at the left of a plate: a ring when off, a disc when on. Answers where the label starts.
pub fn lamp(ui: &Ui, rect: Rect, on: bool) -> Pos2 {
    let center = rect.left_center() + vec2(3.0 * theme::SPACE, 0.0);
    let color = |usable| if ui.is_enabled() { usable } else { theme::DISABLED };
    if on {
        ui.painter().circle_filled(center, 4.0, color(theme::accent(ui)));
    } else {
        ui.painter().circle_stroke(center, 3.5, Stroke::new(theme::LINE, color(theme::DIM)));
    }
    center + vec2(2.5 * theme::SPACE, 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smooth_curve_meets_its_points_and_stays_between_them() {
        let given: Vec<Pos2> = [(0.0, 5.0), (8.0, 1.0), (16.0, 9.0), (24.0, 9.5), (40.0, 2.0), (41.0, 2.0)]
            .map(|(x, y)| pos2(x, y))
            .into();
        let curve = smooth(&given);
        assert!(curve.len() > 3 * given.len());
        for point in &given {
            let nearest = curve.iter().map(|p| p.distance(*point)).reduce(f32::min).expect("points");
            assert!(nearest < 1e-4, "{point:?} is {nearest} away");
        }
        for point in &curve {
            let pair = given.windows(2).find(|pair| (pair[0].x..=pair[1].x).contains(&point.x)).expect("within");
            let (low, high) = (pair[0].y.min(pair[1].y), pair[0].y.max(pair[1].y));
            assert!((low - 1e-4..=high + 1e-4).contains(&point.y), "{point:?} leaves {pair:?}");
        }
        assert_eq!((smooth(&[]).len(), smooth(&given[..1]).len(), smooth(&given[..2])[0]), (0, 1, given[0]));
    }
}
