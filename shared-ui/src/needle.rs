//! Needle meter of gain reduction.
//!
//! The movement is that of a VU meter: IEC 60268-17 (1990) and ANSI C16.5 (1942) ask for 99 % of a step in 300 ms with
//! 1 to 1.5 % overshoot, which is a mass on a damped spring. It is solved in closed form for the time that really passed,
//! so the reading does not depend on how often the window is painted.

use std::f32::consts::PI;

use egui::{Align2, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};

use crate::press::pressed;
use crate::readout::{ReadoutState, decibels, number};
use crate::{PartResponse, interact, paint, theme};

/// Full scale in dB of gain reduction.
pub const FULL_SCALE_DB: f32 = 20.0;
/// Seconds to 99 % of a step.
pub const RISE_SECONDS: f32 = 0.3;
/// Damping ratio: 1.3 % overshoot.
const DAMPING: f32 = 0.81;
/// Natural frequency in rad/s: this damping first reaches 99 % at 4.027 / omega.
const OMEGA: f32 = 4.027 / RISE_SECONDS;
/// Seconds the hold mark stays before it falls.
const HOLD_SECONDS: f32 = 2.0;
/// Fall of the hold mark, in deflection a second.
const HOLD_FALL: f32 = 0.4;
/// Half the angle of the scale, radians.
const HALF_ANGLE: f32 = 0.25 * PI;

/// Deflection, 0..1, of so many dB of gain reduction, 0..[`FULL_SCALE_DB`].
///
/// Like a moving coil it goes with voltage: the share of the signal that is taken away. So the first 4 dB, where a mix
/// bus is set, take two fifths of the scale.
pub fn deflection(reduction_db: f32) -> f32 {
    let share = |db: f32| 1.0 - 10.0_f32.powf(-db / 20.0);
    if reduction_db.is_nan() {
        return 0.0;
    }
    share(reduction_db.clamp(0.0, FULL_SCALE_DB)) / share(FULL_SCALE_DB)
}

/// The moving parts of the meter. The caller keeps one a meter.
#[derive(Clone, Debug, Default)]
pub struct Needle {
    position: f32,
    velocity: f32,
    hold: f32,
    hold_age: f32,
    reduction_db: f32,
    max_db: f32,
    text: ReadoutState,
}

impl Needle {
    /// Lets `elapsed_s` seconds pass with the gain reduction (dB, positive) at `reduction_db`.
    ///
    /// Answers whether anything still moves. Numbers that are not finite count as no reduction.
    pub fn update(&mut self, elapsed_s: f32, reduction_db: f32) -> bool {
        let db = if reduction_db.is_finite() { reduction_db.max(0.0) } else { 0.0 };
        // More than a second is a window that was hidden: everything has settled meanwhile.
        let t = if elapsed_s.is_finite() { elapsed_s.clamp(0.0, 1.0) } else { 0.0 };
        self.reduction_db = db;
        self.max_db = self.max_db.max(db);
        let target = deflection(db);
        let damped = OMEGA * (1.0 - DAMPING * DAMPING).sqrt();
        let error = self.position - target;
        let decay = (-DAMPING * OMEGA * t).exp();
        let (sin, cos) = (damped * t).sin_cos();
        let swing = (self.velocity + DAMPING * OMEGA * error) / damped;
        let pull = (OMEGA * OMEGA * error + DAMPING * OMEGA * self.velocity) / damped;
        self.position = target + decay * (error * cos + swing * sin);
        self.velocity = decay * (self.velocity * cos - pull * sin);
        // The pins at either end of the scale.
        if !(-0.01..=1.03).contains(&self.position) {
            self.position = self.position.clamp(-0.01, 1.03);
            self.velocity = 0.0;
        }
        // A tenth of a pixel on a large window is rest; without this a needle never stops asking for pictures.
        if (self.position - target).abs() < 2e-4 && self.velocity.abs() < 2e-3 {
            self.position = target;
            self.velocity = 0.0;
        }
        if target >= self.hold {
            self.hold = target;
            self.hold_age = 0.0;
        } else {
            let before = self.hold_age;
            self.hold_age += t;
            let falling = (self.hold_age - before.max(HOLD_SECONDS)).max(0.0);
            self.hold = (self.hold - HOLD_FALL * falling).max(target);
        }
        self.is_moving()
    }

    /// Whether the picture will change although the reading does not.
    pub fn is_moving(&self) -> bool {
        let target = deflection(self.reduction_db);
        self.position != target || self.velocity != 0.0 || self.hold > target
    }

    /// Where the needle stands, 0..1 of the scale (a little beyond at the pins).
    pub fn position(&self) -> f32 {
        self.position
    }

    /// Most gain reduction since the last reset, dB.
    pub fn max_db(&self) -> f32 {
        self.max_db
    }

    /// Forgets the peak.
    pub fn reset(&mut self) {
        self.max_db = self.reduction_db;
        self.hold = deflection(self.reduction_db);
        self.hold_age = 0.0;
    }
}

/// Draws the meter into a rectangle of `size` points; a click resets the peak. Accessible name: "Gain reduction".
pub fn show(ui: &mut Ui, size: Vec2, needle: &mut Needle) -> PartResponse {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    if pressed(ui, &response) {
        needle.reset();
    }
    let now = ui.input(|input| input.time);
    let (_, text_due) = needle.text.offer(now, Some(needle.reduction_db));
    draw(ui, rect, needle);
    paint::focus_ring(ui, &response, rect);
    response.widget_info(|| WidgetInfo::labeled(Role::Meter, true, "Gain reduction"));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_value(format!("{} dB, most {} dB", needle.text.text(), decibels(Some(needle.max_db))));
        node.set_numeric_value(f64::from(needle.reduction_db));
        node.set_min_numeric_value(0.0);
        node.set_max_numeric_value(f64::from(FULL_SCALE_DB));
    });
    interact::explain_text(ui, &response, "Gain reduction with the movement of a VU meter. Click resets the peak.");
    PartResponse { response, changed: false, animating: needle.is_moving() || text_due }
}

fn draw(ui: &Ui, rect: Rect, needle: &Needle) {
    let accent = theme::accent(ui);
    let (_, painter) = paint::picture(ui, rect);

    // As wide as the numerals allow, and no higher than leaves the readings room below the ends of the arc.
    let radius = (0.40 * rect.width() / HALF_ANGLE.sin()).min(1.05 * rect.height());
    let large = rect.height() >= 160.0;
    let numeral = if large { theme::TYPE_LARGE } else { theme::TYPE_SMALL };
    let pivot = pos2(rect.center().x, rect.top() + numeral + 20.0 + radius);
    let angle = |deflection: f32| (2.0 * deflection - 1.0) * HALF_ANGLE;

    painter.add(paint::arc(pivot, radius, -HALF_ANGLE, HALF_ANGLE, Stroke::new(theme::LINE_THICK, theme::DIM)));
    // From two metres a filled arc is seen before the needle is.
    let position = needle.position.clamp(0.0, 1.0);
    if position > 1e-3 {
        let stroke = Stroke::new(3.0 * theme::LINE_THICK, accent);
        painter.add(paint::arc(pivot, radius - 7.0, angle(0.0), angle(position), stroke));
    }
    for tenths in 0..=(10.0 * FULL_SCALE_DB) as u32 {
        let db = tenths as f32 / 10.0;
        let (named, ticked) = match tenths {
            0 | 10 | 20 | 30 | 40 | 60 | 80 | 100 | 150 | 200 => (true, true),
            5 | 15 | 25 | 35 | 50 | 70 | 90 | 120 => (false, true),
            _ => (false, false),
        };
        if !ticked {
            continue;
        }
        let at = angle(deflection(db));
        let length = if named { 8.0 } else { 4.0 };
        let tick = [paint::polar(pivot, radius, at), paint::polar(pivot, radius + length, at)];
        painter.line_segment(tick, Stroke::new(if named { theme::LINE_THICK } else { theme::LINE }, theme::DIM));
        if named {
            let pos = paint::polar(pivot, radius + 10.0 + 0.55 * numeral, at);
            paint::text(&painter, pos, Align2::CENTER_CENTER, format!("{db:.0}"), numeral, theme::DIM);
        }
    }
    if needle.hold > 1e-3 {
        let at = angle(needle.hold);
        let mark = [paint::polar(pivot, radius - 12.0, at), paint::polar(pivot, radius, at)];
        painter.line_segment(mark, Stroke::new(theme::LINE_THICK, theme::TEXT));
    }
    let at = angle(needle.position);
    // In a small meter the readings stand closer to the pivot: the hand ends above them.
    let tail = if large { 0.30 } else { 0.62 };
    let hand = [paint::polar(pivot, tail * radius, at), paint::polar(pivot, radius - 2.0, at)];
    painter.line_segment(hand, Stroke::new(theme::LINE_THICK, theme::TEXT));

    // Readings in the two lower corners, which the hand never crosses.
    let inner = rect.shrink(3.0 * theme::SPACE);
    let size = if large { theme::TYPE_DISPLAY } else { theme::TYPE_LARGE };
    let left = Rect::from_min_max(pos2(inner.left(), inner.bottom() - 1.2 * size), inner.max);
    number(ui, left, needle.text.text(), "dB", size);
    if large {
        let pos = left.left_top() - vec2(0.0, 1.0);
        paint::text(&painter, pos, Align2::LEFT_BOTTOM, "Gain reduction", theme::TYPE_SMALL, theme::DIM);
    }
    let max = format!("peak {} dB", decibels(Some(needle.max_db)));
    let pos = inner.right_bottom() - vec2(0.0, 0.12 * size);
    paint::text(&painter, pos, Align2::RIGHT_BOTTOM, max, theme::TYPE_BODY, theme::DIM);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The meter against the standard it names: 99 % at 300 ms, overshoot 1 to 1.5 %.
    #[test]
    fn moves_as_a_vu_meter() {
        let mut needle = Needle::default();
        let target = deflection(10.0);
        let mut reached = None;
        let mut most = 0.0_f32;
        for millisecond in 1..=2000 {
            needle.update(0.001, 10.0);
            let share = needle.position() / target;
            if share >= 0.99 && reached.is_none() {
                reached = Some(millisecond);
            }
            most = most.max(share);
        }
        let reached = reached.expect("reaches 99 %");
        assert!((297..=303).contains(&reached), "99 % after {reached} ms");
        assert!((1.010..=1.015).contains(&most), "overshoot to {most}");
        assert_eq!(needle.position(), target, "comes to rest");
    }

    #[test]
    fn does_not_depend_on_the_frame_rate() {
        let run = |rate: u32| {
            let mut needle = Needle::default();
            for frame in 0..rate {
                // Half a second of reduction, then none.
                needle.update(1.0 / rate as f32, if frame < rate / 2 { 6.0 } else { 0.0 });
            }
            needle.position()
        };
        let reference = run(4800);
        for rate in [10, 30, 60, 144, 240] {
            assert!((run(rate) - reference).abs() < 1e-3, "{rate} Hz");
        }
    }

    #[test]
    fn scale_goes_with_voltage() {
        assert_eq!(deflection(0.0), 0.0);
        assert_eq!(deflection(20.0), 1.0);
        // 6.0206 dB take away half of the signal, and full scale takes away nine tenths.
        assert!((deflection(6.0206) - 0.5 / 0.9).abs() < 1e-5);
        assert_eq!(deflection(f32::NAN), 0.0);
        assert_eq!(deflection(-3.0), 0.0);
        let mut last = -1.0;
        for tenth in 0..=200 {
            let now = deflection(tenth as f32 / 10.0);
            assert!(now > last);
            last = now;
        }
    }

    #[test]
    fn comes_to_rest_and_says_so() {
        let mut needle = Needle::default();
        assert!(!needle.is_moving());
        assert!(needle.update(0.016, 3.0));
        for _ in 0..600 {
            needle.update(0.016, 3.0);
        }
        assert!(!needle.is_moving(), "still after ten seconds of the same reading");
        needle.update(0.016, 0.0);
        let mut frames = 0;
        while needle.update(0.016, 0.0) {
            frames += 1;
            assert!(frames < 600, "never rests");
        }
        assert_eq!(needle.max_db(), 3.0);
        needle.reset();
        assert_eq!(needle.max_db(), 0.0);
    }

    #[test]
    fn survives_bad_numbers() {
        let mut needle = Needle::default();
        for (elapsed, db) in [(f32::NAN, 3.0), (0.1, f32::NAN), (f32::INFINITY, f32::INFINITY), (-1.0, -20.0)] {
            needle.update(elapsed, db);
            assert!(needle.position().is_finite() && needle.max_db().is_finite());
        }
    }
}
