//! The face of a VU meter.
//!
//! Only the face: the movement that IEC 60268-17 asks for belongs to the measurement, which sees every sample, and so the
//! needle stands where the reading says. It falls by itself when readings end.

use std::f32::consts::PI;

use egui::{Align2, Rect, Role, Sense, Stroke, Ui, Vec2, pos2, vec2};

use crate::readout::decibels;
use crate::{PartResponse, interact, paint, theme};

/// The top of the scale, VU.
const TOP_VU: f32 = 3.0;
/// Half the angle of the scale, radians.
const HALF_ANGLE: f32 = 0.25 * PI;
/// How fast the needle falls without readings: to a tenth in 300 ms.
const FALL_SECONDS: f32 = 0.13;
/// The scale's marks: VU, and whether it has a numeral.
const MARKS: [(f32, bool); 14] = [
    (-20.0, true),
    (-10.0, true),
    (-7.0, true),
    (-6.0, false),
    (-5.0, true),
    (-4.0, false),
    (-3.0, true),
    (-2.0, false),
    (-1.0, true),
    (-0.5, false),
    (0.0, true),
    (1.0, true),
    (2.0, true),
    (3.0, true),
];

/// Deflection, 0 at rest to 1 at +3 VU, and a little beyond where the needle meets its pin. Like a moving coil it goes with
/// voltage. What is no number is rest.
pub fn deflection(vu: f32) -> f32 {
    if vu.is_nan() { 0.0 } else { 10.0_f32.powf((vu - TOP_VU) / 20.0).min(1.04) }
}

/// The moving part of a meter. The caller keeps one a meter.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VuMeter {
    position: f32,
}

impl VuMeter {
    /// Lets `elapsed_s` seconds pass with the needle at `vu`, or falling if there is no reading. Answers whether the picture
    /// will change by itself.
    pub fn update(&mut self, elapsed_s: f32, vu: Option<f32>) -> bool {
        if let Some(vu) = vu {
            self.position = deflection(vu);
            return false;
        }
        let elapsed_s = if elapsed_s.is_finite() { elapsed_s.max(0.0) } else { 0.0 };
        self.position *= (-elapsed_s / FALL_SECONDS).exp();
        if self.position < 1e-3 {
            self.position = 0.0;
        }
        self.position > 0.0
    }

    /// Where the needle stands, 0..1 of the scale, a little beyond at the pin.
    pub fn position(&self) -> f32 {
        self.position
    }

    /// The same in VU; far below the scale at rest.
    pub fn vu(&self) -> f32 {
        20.0 * self.position.max(1e-5).log10() + TOP_VU
    }
}

/// Draws the meter into a rectangle of `size` points: `corner` (a letter) at the left below the scale, `zero` (what 0 VU is)
/// at the right. `name` is the accessible name.
pub fn show(ui: &mut Ui, size: Vec2, meter: &VuMeter, name: &str, corner: &str, zero: &str) -> PartResponse {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    draw(ui, rect, meter, corner, zero);
    let hint = "Level behind the tape with the movement of a VU meter: 99 % in 300 ms (IEC 60268-17).";
    interact::describe_picture(ui, &response, Role::Meter, name, hint, || {
        if meter.position > 0.0 { format!("{} VU", decibels(Some(meter.vu()))) } else { "at rest".to_owned() }
    });
    PartResponse { response, changed: false, animating: false }
}

fn draw(ui: &Ui, rect: Rect, meter: &VuMeter, corner: &str, zero: &str) {
    let accent = theme::accent(ui);
    let (inner, painter) = paint::picture(ui, rect);
    let numeral = if rect.height() >= 120.0 { theme::TYPE_BODY } else { theme::TYPE_SMALL };
    let room = numeral + 16.0;
    let radius = (0.42 * rect.width() / HALF_ANGLE.sin()).min(1.1 * (rect.height() - room));
    let pivot = pos2(rect.center().x, rect.top() + room + radius);
    let angle = |deflection: f32| (2.0 * deflection - 1.0) * HALF_ANGLE;
    let at = |vu: f32| angle(deflection(vu));
    // From zero up it is red, and thicker, for those who see no red.
    let scale = Stroke::new(theme::LINE_THICK, theme::TEXT);
    painter.add(paint::arc(pivot, radius, at(MARKS[0].0), at(0.0), scale));
    let over = Stroke::new(2.0 * theme::LINE_THICK, theme::OVER);
    painter.add(paint::arc(pivot, radius, at(0.0), at(TOP_VU), over));
    for (vu, is_named) in MARKS {
        let colour = if vu > 0.0 { theme::OVER } else { theme::TEXT };
        let length = if is_named { 8.0 } else { 5.0 };
        let tick = [paint::polar(pivot, radius, at(vu)), paint::polar(pivot, radius + length, at(vu))];
        painter.line_segment(tick, Stroke::new(if is_named { theme::LINE_THICK } else { theme::LINE }, colour));
        if is_named {
            let pos = paint::polar(pivot, radius + 10.0 + 0.55 * numeral, at(vu));
            paint::text(&painter, pos, Align2::CENTER_CENTER, format!("{:.0}", vu.abs()), numeral, colour);
        }
    }
    let foot = inner.bottom() - 2.0 * theme::SPACE;
    let hand = angle(meter.position);
    // It comes from its pivot below the plate, and passes behind the words.
    painter.line_segment([pivot, paint::polar(pivot, radius + 4.0, hand)], Stroke::new(theme::LINE_THICK, accent));
    let margin = 3.0 * theme::SPACE;
    let left = pos2(inner.left() + margin, foot);
    paint::text(&painter, left, Align2::LEFT_BOTTOM, format!("VU {corner}"), theme::TYPE_BODY, theme::DIM);
    let right = pos2(inner.right(), foot) - vec2(margin, 0.0);
    paint::text_on_plate(&painter, right, Align2::RIGHT_BOTTOM, zero, theme::DIM);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_goes_with_voltage() {
        // The standard's scale: 0 VU at 71 % of full deflection, -20 VU at 7 %.
        for (vu, share) in [(3.0, 1.0), (0.0, 0.708), (-3.0, 0.501), (-10.0, 0.224), (-20.0, 0.0708)] {
            assert!((deflection(vu) - share).abs() < 1e-3, "{vu} VU at {}", deflection(vu));
        }
        assert_eq!((deflection(f32::NAN), deflection(f32::NEG_INFINITY), deflection(99.0)), (0.0, 0.0, 1.04));
    }

    #[test]
    fn the_needle_stands_where_the_reading_says_and_falls_without_one() {
        let mut meter = VuMeter::default();
        assert!(!meter.update(0.01, None), "at rest nothing moves");
        assert!(!meter.update(0.01, Some(-3.0)));
        assert!((meter.vu() + 3.0).abs() < 1e-4);
        assert!(meter.update(0.1, None), "it falls");
        let fallen = meter.position();
        assert!(fallen > 0.0 && fallen < 0.3, "{fallen}");
        for _ in 0..60 {
            meter.update(0.016, None);
        }
        assert_eq!(meter.position(), 0.0, "and comes to rest");
        meter.update(f32::NAN, Some(f32::NAN));
        assert_eq!(meter.position(), 0.0);
    }
}
