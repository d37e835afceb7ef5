//! Left against right, turned by 45 degrees: mono stands upright.

use egui::{Align2, Mesh, Rect, Role, Sense, Shape, Stroke, Ui, Vec2, pos2, vec2};

use crate::readout::decibels;
use crate::{PartResponse, interact, paint, theme};

/// Pairs kept: at the pace of a reading, the last moments.
const CAPACITY: usize = 2048;
/// How fast the picture grows back after a loud passage, dB/s.
const RECOVERY_DB_PER_S: f32 = 6.0;

/// The last pairs of samples. The caller keeps one a view.
#[derive(Clone, Debug)]
pub struct Goniometer {
    pairs: Vec<[f32; 2]>,
    head: usize,
    /// Largest magnitude of late: it fills the picture.
    reach: f32,
}

impl Default for Goniometer {
    fn default() -> Self {
        Self { pairs: vec![[0.0; 2]; CAPACITY], head: 0, reach: 0.0 }
    }
}

impl Goniometer {
    /// Adds pairs of left and right samples (linear) that took `elapsed_s` seconds. Numbers that are not finite count as 0.
    pub fn push(&mut self, elapsed_s: f32, pairs: &[[f32; 2]]) {
        let fit = |x: f32| if x.is_finite() { x } else { 0.0 };
        let elapsed_s = if elapsed_s.is_finite() { elapsed_s.max(0.0) } else { 0.0 };
        self.reach *= 10.0_f32.powf(-RECOVERY_DB_PER_S * elapsed_s / 20.0);
        for pair in pairs {
            let pair = pair.map(fit);
            self.pairs[self.head] = pair;
            self.head = (self.head + 1) % CAPACITY;
            self.reach = self.reach.max(pair[0].abs()).max(pair[1].abs());
        }
    }

    /// Energy of the side against that of the mid, dB. None in silence.
    pub fn side_db(&self) -> Option<f32> {
        let (mut mid, mut side) = (0.0_f64, 0.0_f64);
        for [left, right] in &self.pairs {
            mid += f64::from(left + right).powi(2);
            side += f64::from(left - right).powi(2);
        }
        (mid.max(side) > 1e-9).then(|| (10.0 * (side.max(1e-30) / mid.max(1e-30)).log10()).clamp(-99.9, 99.9) as f32)
    }
}

/// Draws the picture into a square of `side` points; it is scaled to the loudest of late. Accessible name: "Goniometer".
pub fn show(ui: &mut Ui, side: f32, goniometer: &Goniometer) -> PartResponse {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
    let accent = theme::accent(ui);
    let (inner, painter) = paint::picture(ui, rect);
    let (center, radius) = (inner.center(), 0.5 * inner.width() - 12.0);
    let grid = Stroke::new(theme::LINE, theme::LINE_COLOR);
    painter.vline(center.x, inner.y_range(), grid);
    painter.hline(inner.x_range(), center.y, grid);
    for end in [vec2(1.0, 1.0), vec2(-1.0, 1.0)] {
        painter.line_segment([center - radius * end, center + radius * end], grid);
    }
    let name = |offset: Vec2, text: &str| {
        paint::text(&painter, center + offset, Align2::CENTER_CENTER, text, theme::TYPE_SMALL, theme::DIM);
    };
    let corner = radius + 4.0;
    name(vec2(0.0, -corner), "M");
    name(vec2(-corner, -corner), "L");
    name(vec2(corner, -corner), "R");
    name(vec2(corner, 0.0), "S");

    // -80 dBFS and less is no picture but noise made large.
    let scale = 0.5 * radius / goniometer.reach.max(1e-4);
    let mut mesh = Mesh::default();
    mesh.reserve_vertices(4 * CAPACITY);
    mesh.reserve_triangles(2 * CAPACITY);
    for age in 0..CAPACITY {
        let [left, right] = goniometer.pairs[(goniometer.head + age) % CAPACITY];
        if left == 0.0 && right == 0.0 {
            continue;
        }
        let pos = center + vec2(right - left, -(left + right)) * scale;
        // The newest are the brightest.
        let strength = 0.15 + 0.65 * (age as f32 / CAPACITY as f32).powi(2);
        let dot = Rect::from_center_size(pos2(pos.x, pos.y), Vec2::splat(1.5));
        mesh.add_colored_rect(dot, accent.gamma_multiply(strength));
    }
    painter.add(Shape::mesh(mesh));

    let hint = "Left against right: mono stands upright, out of phase lies flat. Scaled to the loudest of late.";
    interact::describe_picture(ui, &response, Role::GraphicsObject, "Goniometer", hint, || {
        match goniometer.side_db() {
            None => "silent".to_owned(),
            Some(db) if db <= 0.0 => format!("side {} dB below mid", decibels(Some(-db))),
            Some(db) => format!("side {} dB above mid", decibels(Some(db))),
        }
    });
    PartResponse { response, changed: false, animating: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_mid_from_side() {
        let mut goniometer = Goniometer::default();
        assert_eq!(goniometer.side_db(), None);
        goniometer.push(0.01, &[[0.5, 0.3]; 512]);
        // Side 0.2 against mid 0.8: -12.04 dB.
        let side_db = goniometer.side_db().expect("sound");
        assert!((side_db + 12.04).abs() < 0.01, "{side_db}");
        goniometer.push(f32::NAN, &[[f32::NAN, f32::INFINITY]; CAPACITY]);
        assert_eq!(goniometer.side_db(), None, "bad numbers are silence");
    }

    #[test]
    fn the_loudest_fills_the_picture_and_the_rest_grows_back() {
        let mut goniometer = Goniometer::default();
        goniometer.push(0.01, &[[0.8, 0.0]]);
        assert_eq!(goniometer.reach, 0.8);
        goniometer.push(1.0, &[[0.1, 0.1]]);
        assert!((goniometer.reach - 0.8 * 0.501).abs() < 1e-3, "6 dB in a second: {}", goniometer.reach);
    }
}
