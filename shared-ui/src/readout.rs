//! A reading as text: units always, one decimal, figures of one width, ten times a second.

use egui::{Align2, Color32, FontId, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::{PartResponse, paint, theme};

/// Seconds between two texts of a reading.
pub const TEXT_SECONDS: f64 = 0.1;

/// A number as the window shows it: one decimal, a true minus sign, "−∞" when there is nothing, "—" when unknown.
pub fn decibels(value: Option<f32>) -> String {
    decimals(value, 1)
}

/// The same with two decimals.
fn hundredths(value: Option<f32>) -> String {
    decimals(value, 2)
}

fn decimals(value: Option<f32>, count: u8) -> String {
    match value {
        None => "—".to_owned(),
        Some(value) if value.is_nan() => "—".to_owned(),
        Some(value) if value <= -144.0 => "−∞".to_owned(),
        Some(value) if value > 999.0 => "+∞".to_owned(),
        Some(value) => {
            // Rounded first, so that -0.04 does not read as "−0.0".
            let scale = 10_f64.powi(count.into());
            let steps = (f64::from(value) * scale).round();
            let sign = if steps < 0.0 { "−" } else { "" };
            format!("{sign}{:.*}", usize::from(count), steps.abs() / scale)
        }
    }
}

/// A count as the window shows it: "—" when unknown.
fn whole(value: Option<f32>) -> String {
    value.filter(|value| value.is_finite()).map_or_else(|| "—".to_owned(), |value| format!("{value:.0}"))
}

/// The text of a reading between its updates. The caller keeps one for each reading.
#[derive(Clone, Debug, Default)]
pub struct ReadoutState {
    shown: Option<f32>,
    text: String,
    next: f64,
}

impl ReadoutState {
    /// Offers a value; takes it if the text is due. Answers the value shown and whether another text is due later.
    pub fn offer(&mut self, now: f64, value: Option<f32>) -> (Option<f32>, bool) {
        self.offer_as(now, value, decibels)
    }

    fn offer_as(&mut self, now: f64, value: Option<f32>, write: fn(Option<f32>) -> String) -> (Option<f32>, bool) {
        // A clock that ran backwards (a new window) must not freeze the text.
        let due = now >= self.next || self.next - now > TEXT_SECONDS;
        let text = write(value);
        let differs = text != self.text;
        if due && differs {
            self.shown = value;
            self.text = text;
            self.next = now + TEXT_SECONDS;
        }
        (self.shown, differs && !due)
    }

    /// The text shown.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Reading with its name and unit.
pub struct Readout<'a> {
    name: &'a str,
    unit: &'a str,
    width: f32,
    size: f32,
    write: fn(Option<f32>) -> String,
    is_over: bool,
    field: Option<f32>,
    is_close: bool,
}

impl<'a> Readout<'a> {
    /// A reading called `name` in `unit`.
    pub fn new(name: &'a str, unit: &'a str) -> Self {
        Self {
            name,
            unit,
            width: 96.0,
            size: theme::TYPE_BODY,
            write: decibels,
            is_over: false,
            field: None,
            is_close: false,
        }
    }

    /// Sets the width in points. Default: 96.
    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    /// Sets the size of the number in points: one of the theme's four sizes of type. Default: body.
    pub fn size(mut self, size: f32) -> Self {
        self.size = size;
        self
    }

    /// Shows a count. Default: a number with one decimal.
    pub fn whole(mut self) -> Self {
        self.write = whole;
        self
    }

    /// Shows hundredths. Default: a number with one decimal.
    pub fn hundredths(mut self) -> Self {
        self.write = hundredths;
        self
    }

    /// Sets the number close under its name, so that in a stack it is plain which belong together. Default: as far from it as
    /// other parts stand apart.
    pub fn close(mut self) -> Self {
        self.is_close = true;
        self
    }

    /// Sets whether the reading is over what is allowed: a square stands beside the name then, and the number is red. Default:
    /// false.
    pub fn over(mut self, is_over: bool) -> Self {
        self.is_over = is_over;
        self
    }

    /// Sets the width of the number's own field in points: readings of several sizes that stand on top of each other end on one
    /// line then. Default: what "−88.8" takes.
    pub fn field(mut self, width: f32) -> Self {
        self.field = Some(width);
        self
    }

    /// Draws name above number. `None` shows a dash: not known yet.
    pub fn show(self, ui: &mut Ui, state: &mut ReadoutState, value: Option<f32>) -> PartResponse {
        let now = ui.input(|input| input.time);
        let (_, animating) = state.offer_as(now, value, self.write);
        let height = if self.is_close { 12.0 + (1.2 * self.size).ceil() } else { 14.0 + (1.4 * self.size).ceil() };
        let (rect, response) = ui.allocate_exact_size(vec2(self.width, height), Sense::hover());
        let painter = ui.painter();
        let name = paint::text(painter, rect.left_top(), Align2::LEFT_TOP, self.name, theme::TYPE_SMALL, theme::DIM);
        let mut color = theme::TEXT;
        if self.is_over {
            color = theme::OVER;
            let square = Rect::from_center_size(pos2(name.right() + 10.0, name.center().y), vec2(8.0, 8.0));
            painter.rect_filled(square, 0, color);
        }
        number_in(ui, rect, self.field, (state.text(), self.unit), self.size, color);
        response.widget_info(|| WidgetInfo::labeled(Role::Meter, true, self.name));
        let over = if self.is_over { ", over" } else { "" };
        let spoken = format!("{}{over}", format!("{} {}", state.text(), self.unit).trim_end());
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(spoken));
        PartResponse { response, changed: false, animating }
    }
}

/// A number and its unit at the lower left of a rectangle, the number right-aligned in a field of so many points (those of
/// "−88.8" if none are given) so that it stands still while its digits change.
pub(crate) fn number_in(
    ui: &Ui,
    rect: Rect,
    field: Option<f32>,
    (text, unit): (&str, &str),
    size: f32,
    color: Color32,
) {
    let natural = || {
        let font = FontId::proportional(size);
        ui.painter().layout_no_wrap("−88.8".to_owned(), font, theme::TEXT).size().x
    };
    let field = field.unwrap_or_else(natural);
    let right = rect.left() + field;
    paint::text(ui.painter(), pos2(right, rect.bottom()), Align2::RIGHT_BOTTOM, text, size, color);
    // The unit stands on the number's baseline, whatever the two sizes.
    let lift = 0.21 * (size - theme::TYPE_SMALL.min(size));
    let at = pos2(right + theme::SPACE, rect.bottom() - lift);
    paint::text(ui.painter(), at, Align2::LEFT_BOTTOM, unit, theme::TYPE_SMALL.min(size), theme::DIM);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_honestly() {
        assert_eq!(decibels(Some(-0.04)), "0.0");
        assert_eq!(decibels(Some(-1.25)), "−1.3");
        assert_eq!(decibels(Some(12.0)), "12.0");
        assert_eq!(decibels(Some(f32::NEG_INFINITY)), "−∞");
        assert_eq!(decibels(Some(f32::NAN)), "—");
        assert_eq!(decibels(None), "—");
        assert_eq!((hundredths(Some(-0.004)), hundredths(Some(-0.126))), ("0.00".to_owned(), "−0.13".to_owned()));
    }

    #[test]
    fn text_changes_ten_times_a_second() {
        let mut state = ReadoutState::default();
        let mut texts = Vec::new();
        for frame in 0..61 {
            state.offer(f64::from(frame) / 60.0, Some(frame as f32));
            texts.push(state.text().to_owned());
        }
        texts.dedup();
        assert!((9..=11).contains(&texts.len()), "{} texts in a second", texts.len());
    }

    #[test]
    fn the_last_value_is_shown_in_the_end() {
        let mut state = ReadoutState::default();
        state.offer(0.0, Some(1.0));
        let (shown, animating) = state.offer(0.01, Some(2.0));
        assert_eq!((shown, animating), (Some(1.0), true));
        let (shown, animating) = state.offer(0.11, Some(2.0));
        assert_eq!((shown, animating), (Some(2.0), false));
    }
}
