//! Spectra over time, as brightness.

use std::sync::Arc;

use egui::epaint::textures::TextureManager;
use egui::mutex::RwLock;
use egui::{
    Align2, Color32, ColorImage, Context, Mesh, Rect, Role, Sense, Shape, Stroke, TextureHandle, TextureOptions, Ui,
    Vec2, WidgetInfo, pos2,
};

use crate::{PartResponse, interact, paint, theme};

/// Columns kept.
const COLUMNS: usize = 512;
/// Rows of the picture: bands are spread over them.
const ROWS: usize = 192;

/// The last columns of a spectrogram, as a picture that is written one column at a time. The caller keeps one a view.
#[derive(Default)]
pub struct Spectrogram {
    /// Brightness 0..1 of each point, column by column, oldest first at `head`.
    points: Vec<f32>,
    head: usize,
    /// Columns pushed since the texture was last written.
    fresh: usize,
    texture: Option<Texture>,
}

/// The picture, and the context that it belongs to: a window that was closed and opened again has another.
struct Texture {
    handle: TextureHandle,
    manager: Arc<RwLock<TextureManager>>,
    accent: Color32,
}

impl Spectrogram {
    /// Adds a column: levels in dB of bands from the lowest frequency to the highest, evenly spaced on the view's axis, drawn
    /// from dark at `range_db.0` to bright at `range_db.1`. Levels that are not finite are dark.
    pub fn push(&mut self, bands_db: &[f32], range_db: (f32, f32)) {
        if self.points.is_empty() {
            self.points = vec![0.0; COLUMNS * ROWS];
        }
        let column = &mut self.points[self.head * ROWS..][..ROWS];
        for (row, point) in column.iter_mut().enumerate() {
            // Row 0 is the top: the highest band.
            let band = (ROWS - 1 - row) * bands_db.len() / ROWS;
            let db = bands_db.get(band).copied().unwrap_or(f32::NEG_INFINITY);
            let share = (db - range_db.0) / (range_db.1 - range_db.0);
            *point = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        }
        self.head = (self.head + 1) % COLUMNS;
        self.fresh = (self.fresh + 1).min(COLUMNS);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.points.clear();
        self.head = 0;
        self.texture = None;
    }

    fn column_image(&self, column: usize, accent: Color32) -> ColorImage {
        let points = self.points.get(column * ROWS..(column + 1) * ROWS).unwrap_or(&[]);
        let mut pixels: Vec<Color32> = points.iter().map(|&point| shade(point, accent)).collect();
        pixels.resize(ROWS, theme::PANEL);
        ColorImage::new([1, ROWS], pixels)
    }

    /// Brings the texture up to date with what was pushed.
    fn upload(&mut self, ctx: &Context, accent: Color32) -> egui::TextureId {
        let manager = ctx.tex_manager();
        let belongs = |texture: &Texture| Arc::ptr_eq(&texture.manager, &manager) && texture.accent == accent;
        if !self.texture.as_ref().is_some_and(belongs) {
            let image = ColorImage::filled([COLUMNS, ROWS], theme::PANEL);
            let handle = ctx.load_texture("spectrogram", image, TextureOptions::LINEAR);
            self.texture = Some(Texture { handle, manager, accent });
            self.fresh = COLUMNS;
        }
        for back in (1..=self.fresh).rev() {
            let column = (self.head + COLUMNS - back) % COLUMNS;
            let image = self.column_image(column, accent);
            if let Some(texture) = &mut self.texture {
                texture.handle.set_partial([column, 0], image, TextureOptions::LINEAR);
            }
        }
        self.fresh = 0;
        self.texture.as_ref().map(|texture| texture.handle.id()).unwrap_or_default()
    }
}

/// From ground over the accent to text: brightness rises all the way, so that level is told without hue.
fn shade(share: f32, accent: Color32) -> Color32 {
    if share < 0.6 {
        theme::PANEL.lerp_to_gamma(accent, share / 0.6)
    } else {
        accent.lerp_to_gamma(Color32::WHITE, (share - 0.6) / 0.4)
    }
}

/// Draws the columns into a rectangle of `size` points, newest at the right, over `range_hz` on a logarithmic axis. `span_s` is
/// how much time a full picture holds. Accessible name: "Spectrogram".
pub fn show(ui: &mut Ui, size: Vec2, spectrogram: &mut Spectrogram, range_hz: (f32, f32), span_s: f32) -> PartResponse {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let accent = theme::accent(ui);
    let texture = spectrogram.upload(ui.ctx(), accent);
    let (inner, painter) = paint::picture(ui, rect);
    // The ring in two pieces, the oldest first.
    let split = spectrogram.head as f32 / COLUMNS as f32;
    let seam = inner.right() - split * inner.width();
    for (x, u) in [((inner.left(), seam), (split, 1.0)), ((seam, inner.right()), (0.0, split))] {
        let mut mesh = Mesh::with_texture(texture);
        let place = Rect::from_min_max(pos2(x.0, inner.top()), pos2(x.1, inner.bottom()));
        // Half a texel inside, so that the two ends of the ring do not run into each other.
        let half = 0.5 / COLUMNS as f32;
        let (from, to) = (u.0 + half, (u.1 - half).max(u.0 + half));
        mesh.add_rect_with_uv(place, Rect::from_min_max(pos2(from, 0.0), pos2(to, 1.0)), Color32::WHITE);
        painter.add(Shape::mesh(mesh));
    }
    // The axis stands on a veil, readable whatever passes under it.
    let veil = Rect::from_min_max(inner.min, pos2(inner.left() + 32.0, inner.bottom()));
    painter.rect_filled(veil, 0, theme::GROUND.gamma_multiply(0.75));
    for hz in [50.0_f32, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0] {
        let share = (hz / range_hz.0).log2() / (range_hz.1 / range_hz.0).log2();
        let y = egui::remap(share, 0.0..=1.0, inner.bottom()..=inner.top());
        painter.hline(inner.left()..=inner.left() + 5.0, y, Stroke::new(theme::LINE, theme::TEXT));
        let text = if hz < 1000.0 { format!("{hz:.0}") } else { format!("{:.0}k", hz / 1000.0) };
        let pos = pos2(inner.left() + 8.0, y);
        paint::text(&painter, pos, Align2::LEFT_CENTER, text, theme::TYPE_SMALL, theme::TEXT);
    }
    let caption = inner.left_bottom() + egui::vec2(4.0, -2.0);
    let span = format!("{span_s:.0} s");
    paint::text(&painter, caption, Align2::LEFT_BOTTOM, span, theme::TYPE_SMALL, theme::DIM);
    response.widget_info(|| WidgetInfo::labeled(Role::GraphicsObject, true, "Spectrogram"));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        let last = (spectrogram.head + COLUMNS - 1) % COLUMNS;
        let column = spectrogram.points.get(last * ROWS..(last + 1) * ROWS).unwrap_or(&[]);
        let loudest = column.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).filter(|(_, share)| **share > 0.0);
        node.set_value(match loudest {
            Some((row, _)) => {
                let share = 1.0 - (row as f32 + 0.5) / ROWS as f32;
                format!("now most at {:.0} Hz", range_hz.0 * (range_hz.1 / range_hz.0).powf(share))
            }
            None => "silent".to_owned(),
        });
    });
    interact::explain_text(ui, &response, "Level as brightness over time (to the right) and frequency (up).");
    PartResponse { response, changed: false, animating: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Level must be told without hue: brighter is louder, everywhere on the scale and for every accent.
    #[test]
    fn brightness_rises_with_level() {
        for (name, accent) in theme::accent::ALL {
            let mut last = 0.0;
            for step in 0..=50 {
                let contrast = theme::contrast(shade(step as f32 / 50.0, accent), Color32::BLACK);
                assert!(contrast >= last, "{name} at {step}");
                last = contrast;
            }
        }
    }
}
