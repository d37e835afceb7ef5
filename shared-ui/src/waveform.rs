//! A song as its peaks, the part of it that is looped, and where it is.

use egui::{Align2, CursorIcon, Pos2, Rect, Role, Sense, Stroke, Ui, Vec2, pos2, remap, remap_clamp, vec2};

use crate::loudness_history::clock;
use crate::{PartResponse, interact, paint, theme};

/// Height of the line of times at the foot, points.
const FOOT: f32 = 18.0;
/// The pointer takes hold of an end of the range within this distance, points.
const GRIP: f32 = 6.0;
/// The shortest part that may be marked, seconds.
pub const SHORTEST_S: f32 = 0.1;

/// A song to draw.
#[derive(Clone, Copy, Debug)]
pub struct Waveform<'a> {
    /// Peaks in equal parts of the song, linear.
    pub peaks: &'a [f32],
    /// Its length in seconds.
    pub duration_s: f32,
    /// The part that is looped, seconds; `None` is all of it.
    pub range_s: Option<(f32, f32)>,
    /// Where it is, seconds.
    pub position_s: Option<f32>,
    /// What is shown where there is no song.
    pub empty: &'a str,
}

/// A mark being drawn: which end stands, kept by egui between pictures.
#[derive(Clone, Copy)]
struct Mark {
    stands_s: f32,
}

impl Waveform<'_> {
    /// Draws it, `size` points large. A drag marks the part to be looped or moves its nearer end, a double-click takes the whole song. Accessible
    /// name: "Waveform". Answers another range, if one was marked.
    pub fn show(&self, ui: &mut Ui, size: Vec2) -> (PartResponse, Option<Option<(f32, f32)>>) {
        let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
        let (inner, painter) = paint::picture(ui, rect);
        if self.peaks.is_empty() || self.duration_s <= 0.0 {
            paint::text(&painter, inner.center(), Align2::CENTER_CENTER, self.empty, theme::TYPE_BODY, theme::DIM);
            self.describe(ui, &response);
            return (PartResponse { response, changed: false, animating: false }, None);
        }
        let (picture, foot) = inner.split_top_bottom_at_y(inner.bottom() - FOOT);
        let x = |seconds: f32| remap_clamp(seconds, 0.0..=self.duration_s, picture.left()..=picture.right());
        let (from_s, to_s) = self.range_s.unwrap_or((0.0, self.duration_s));
        self.draw_peaks(&painter, picture.shrink2(vec2(0.0, 6.0)), x(from_s)..=x(to_s), theme::accent(ui));
        painter.hline(inner.x_range(), foot.top(), Stroke::new(theme::LINE, theme::LINE_COLOR));
        if self.range_s.is_some() {
            for seconds in [from_s, to_s] {
                painter.vline(x(seconds), picture.y_range(), Stroke::new(theme::LINE_THICK, theme::accent(ui)));
            }
        }
        if let Some(position) = self.position_s {
            painter.vline(x(position), picture.y_range(), Stroke::new(theme::LINE, theme::TEXT));
        }
        let middle = foot.center().y;
        let small = |at: f32, align: Align2, text: String| {
            paint::text(&painter, pos2(at, middle), align, text, theme::TYPE_SMALL, theme::DIM);
        };
        small(foot.left() + 6.0, Align2::LEFT_CENTER, self.position_s.map_or_else(|| "0:00".to_owned(), clock));
        small(foot.center().x, Align2::CENTER_CENTER, self.range_words());
        small(foot.right() - 6.0, Align2::RIGHT_CENTER, clock(self.duration_s));
        let marked = self.mark(ui, &response, picture);
        paint::focus_ring(ui, &response, rect);
        self.describe(ui, &response);
        let animating = self.position_s.is_some();
        (PartResponse { response, changed: marked.is_some(), animating }, marked)
    }

    fn range_words(&self) -> String {
        match self.range_s {
            Some((from, to)) => format!("loop {} to {}", clock(from), clock(to)),
            None => "all of it, over and over; drag to loop a part".to_owned(),
        }
    }

    fn draw_peaks(
        &self,
        painter: &egui::Painter,
        area: Rect,
        range: std::ops::RangeInclusive<f32>,
        accent: egui::Color32,
    ) {
        let width = self.peaks.len() as f32;
        // As high as the picture: it is for finding a place, not a level.
        let most = self.peaks.iter().copied().filter(|peak| peak.is_finite()).fold(1e-3, f32::max);
        let (middle, half) = (area.center().y, 0.5 * area.height() / most);
        let points: Vec<(f32, f32, f32)> = self
            .peaks
            .iter()
            .enumerate()
            .map(|(n, peak)| {
                let x = remap(n as f32 + 0.5, 0.0..=width, area.left()..=area.right());
                let reach = (half * peak.clamp(0.0, most)).max(0.5);
                (x, middle - reach, middle + reach)
            })
            .collect();
        let inside: Vec<_> = points.iter().copied().filter(|(x, ..)| range.contains(x)).collect();
        painter.add(paint::filled_between(&points, theme::DIM.gamma_multiply(0.35)));
        painter.add(paint::filled_between(&inside, accent.gamma_multiply(0.75)));
    }

    fn mark(&self, ui: &Ui, response: &egui::Response, picture: Rect) -> Option<Option<(f32, f32)>> {
        let id = response.id.with("mark");
        let seconds =
            |pos: Pos2| remap_clamp(pos.x, picture.x_range().min..=picture.x_range().max, 0.0..=self.duration_s);
        let near = |pos: Pos2| {
            let grip_s = GRIP * self.duration_s / picture.width().max(1.0);
            let (from, to) = self.range_s?;
            let at = seconds(pos);
            // The other end stands.
            if (at - from).abs() <= grip_s {
                Some(to)
            } else if (at - to).abs() <= grip_s {
                Some(from)
            } else {
                None
            }
        };
        if response.hover_pos().is_some_and(|pos| near(pos).is_some()) || response.dragged() {
            ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
        }
        if response.double_clicked() {
            return self.range_s.is_some().then_some(None);
        }
        if response.drag_started()
            && let Some(press) = ui.input(|input| input.pointer.press_origin())
        {
            let stands_s = near(press).unwrap_or_else(|| seconds(press));
            ui.data_mut(|data| data.insert_temp(id, Mark { stands_s }));
        }
        let mark: Mark = ui.data(|data| data.get_temp(id))?;
        if response.drag_stopped() {
            ui.data_mut(|data| data.remove::<Mark>(id));
        }
        let at = seconds(response.interact_pointer_pos()?);
        let (from, to) = (at.min(mark.stands_s), at.max(mark.stands_s));
        let is_other = self.range_s != Some((from, to));
        (to - from >= SHORTEST_S && is_other).then_some(Some((from, to)))
    }

    fn describe(&self, ui: &Ui, response: &egui::Response) {
        let hint = "The file that is compared. Drag to loop a part of it, double-click for all of it.";
        interact::describe_picture(ui, response, Role::GraphicsObject, "Waveform", hint, || {
            if self.peaks.is_empty() {
                return self.empty.to_owned();
            }
            let at = self.position_s.map_or_else(String::new, |at| format!(", at {}", clock(at)));
            format!("{} long, {}{at}", clock(self.duration_s), self.range_words())
        });
    }
}
