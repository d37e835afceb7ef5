//! Spectra over time, as brightness.

use std::sync::Arc;

use egui::epaint::textures::TextureManager;
use egui::mutex::RwLock;
use egui::{
    Align2, Color32, ColorImage, Context, Mesh, Rect, Role, Sense, Shape, Stroke, TextureHandle, TextureOptions, Ui,
    Vec2, pos2, remap_clamp,
};

use crate::{PartResponse, interact, paint, theme};

/// Columns on the picture.
pub const COLUMNS: usize = 512;
/// Rows on the picture.
pub const ROWS: usize = 192;

/// The picture of a spectrogram, written one column at a time. The caller keeps one a view, and the columns.
#[derive(Default)]
pub struct Spectrogram {
    texture: Option<Texture>,
    /// Columns written since the model began.
    written: u64,
}

/// The texture, and the context that it belongs to: a window that was closed and opened again has another.
struct Texture {
    handle: TextureHandle,
    manager: Arc<RwLock<TextureManager>>,
    shades: [Color32; 256],
    accent: Color32,
}

/// What is on the picture.
#[derive(Clone, Copy)]
pub struct Columns<'a> {
    /// The newest columns, at most [`COLUMNS`], oldest first; each of [`ROWS`] levels from the lowest frequency up.
    pub levels: &'a [&'a [u8]],
    /// Columns made since the measurement began. Less than before means that it began anew.
    pub written: u64,
    /// Levels that are drawn black and brightest.
    pub range: (u8, u8),
}

impl Spectrogram {
    /// Brings the texture up to date.
    fn upload(&mut self, ctx: &Context, columns: &Columns<'_>, accent: Color32) -> egui::TextureId {
        let manager = ctx.tex_manager();
        let belongs = |texture: &Texture| Arc::ptr_eq(&texture.manager, &manager) && texture.accent == accent;
        if columns.written < self.written || !self.texture.as_ref().is_some_and(belongs) {
            let image = ColorImage::filled([COLUMNS, ROWS], theme::PANEL);
            let handle = ctx.load_texture("spectrogram", image, TextureOptions::LINEAR);
            let shades = std::array::from_fn(|level| shade(level as u8, columns.range, accent));
            self.texture = Some(Texture { handle, manager, shades, accent });
            self.written = 0;
        }
        let count = columns.levels.len();
        let fresh = (columns.written - self.written).min(count.min(COLUMNS) as u64) as usize;
        let Some(texture) = &mut self.texture else { return egui::TextureId::default() };
        for (back, levels) in (1..=fresh).rev().zip(&columns.levels[count - fresh..]) {
            let place = (columns.written - back as u64) as usize % COLUMNS;
            let level = |row: usize| levels.get(ROWS - 1 - row).copied().unwrap_or(0);
            let pixels = (0..ROWS).map(|row| texture.shades[usize::from(level(row))]).collect();
            let image = ColorImage::new([1, ROWS], pixels);
            texture.handle.set_partial([place, 0], image, TextureOptions::LINEAR);
        }
        self.written = columns.written;
        texture.handle.id()
    }
}

/// From ground over the accent to text: brightness rises all the way, so that level is told without hue.
fn shade(level: u8, range: (u8, u8), accent: Color32) -> Color32 {
    let share = remap_clamp(f32::from(level), f32::from(range.0)..=f32::from(range.1), 0.0..=1.0);
    if share < 0.6 {
        theme::PANEL.lerp_to_gamma(accent, share / 0.6)
    } else {
        accent.lerp_to_gamma(Color32::WHITE, (share - 0.6) / 0.4)
    }
}

/// Draws the columns into a rectangle of `size` points, newest at the right, over `range_hz` on a logarithmic axis. `span_s` is
/// how much time a full picture holds. Accessible name: "Spectrogram".
pub fn show(
    ui: &mut Ui,
    size: Vec2,
    picture: &mut Spectrogram,
    columns: &Columns<'_>,
    range_hz: (f32, f32),
    span_s: f32,
) -> PartResponse {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let texture = picture.upload(ui.ctx(), columns, theme::accent(ui));
    let (inner, painter) = paint::picture(ui, rect);
    // The ring in two pieces, the oldest first.
    let split = (columns.written % COLUMNS as u64) as f32 / COLUMNS as f32;
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
    let hint = "Level as brightness over time (to the right) and frequency (up).";
    interact::describe_picture(ui, &response, Role::GraphicsObject, "Spectrogram", hint, || {
        let newest = columns.levels.last().copied().unwrap_or(&[]);
        let loudest = newest.iter().enumerate().max_by_key(|(_, level)| **level);
        match loudest {
            Some((row, &level)) if level > columns.range.0 => {
                let share = (row as f32 + 0.5) / ROWS as f32;
                format!("now most at {:.0} Hz", range_hz.0 * (range_hz.1 / range_hz.0).powf(share))
            }
            _ => "silent".to_owned(),
        }
    });
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
            for level in 0..=255 {
                let contrast = theme::contrast(shade(level, (40, 220), accent), Color32::BLACK);
                assert!(contrast >= last, "{name} at {level}");
                last = contrast;
            }
        }
    }
}
