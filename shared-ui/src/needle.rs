//! Needle meter of gain reduction.
//!
//! The movement is that of a VU meter: IEC 60268-17 (1990) and ANSI C16.5 (1942) ask for 99 % of a step in 300 ms with
//! 1 to 1.5 % overshoot, which is a mass on a damped spring. It is solved in closed form for the time that really passed,
//! so the reading does not depend on how often the window is painted.

use std::f32::consts::PI;

use egui::{
    Align2, Color32, FontId, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::press::pressed;
use crate::readout::{ReadoutState, decibels, number_in};
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
const HALF_ANGLE: f32 = 0.29 * PI;
/// Length of a named tick, points.
const TICK: f32 = 9.0;
/// Up to here a mix bus is set, dB.
const AIM_DB: f32 = 4.0;
/// From this height on numerals and numbers are large, points.
const LARGE_HEIGHT: f32 = 160.0;

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

/// Where a dial stands in its plate.
struct Dial {
    pivot: Pos2,
    radius: f32,
    /// Size of the numerals, points.
    numeral: f32,
}

impl Dial {
    /// As large as the plate allows: its pivot at the foot, its numerals under the top edge.
    fn within(rect: Rect) -> Self {
        let numeral = if rect.height() >= LARGE_HEIGHT { theme::TYPE_LARGE } else { theme::TYPE_SMALL };
        let outside = TICK + 1.6 * numeral;
        let foot = 0.09 * rect.height();
        let high = rect.height() - foot - outside - 2.0 * theme::SPACE;
        let wide = 0.5 * rect.width() / HALF_ANGLE.sin() - outside;
        Self { pivot: pos2(rect.center().x, rect.bottom() - foot), radius: high.min(wide).max(1.0), numeral }
    }

    fn angle(deflection: f32) -> f32 {
        (2.0 * deflection - 1.0) * HALF_ANGLE
    }

    fn point(&self, radius: f32, deflection: f32) -> Pos2 {
        paint::polar(self.pivot, radius, Self::angle(deflection))
    }

    /// A part of the scale between two deflections as a band of `width` below the line.
    fn band(&self, from: f32, to: f32, width: f32, color: Color32) -> Shape {
        paint::arc(self.pivot, self.radius - 0.5 * width, Self::angle(from), Self::angle(to), Stroke::new(width, color))
    }

    fn scale(&self, painter: &Painter) {
        let ends = (-HALF_ANGLE, HALF_ANGLE);
        painter.add(paint::arc(self.pivot, self.radius, ends.0, ends.1, Stroke::new(theme::LINE_THICK, theme::DIM)));
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
            // Where a mix bus is set the scale is bright.
            let color = if db <= AIM_DB { theme::TEXT } else { theme::DIM };
            let at = deflection(db);
            let length = if named { TICK } else { 0.5 * TICK };
            let tick = [self.point(self.radius, at), self.point(self.radius + length, at)];
            painter.line_segment(tick, Stroke::new(if named { theme::LINE_THICK } else { theme::LINE }, color));
            if named {
                let pos = self.point(self.radius + TICK + 0.75 * self.numeral, at);
                paint::text(painter, pos, Align2::CENTER_CENTER, format!("{db:.0}"), self.numeral, color);
            }
        }
    }

    fn hand(&self, painter: &Painter, at: f32) {
        // Wide at the pivot and pointed: seen from afar, and read to a tenth from near.
        let side = vec2(Self::angle(at).cos(), Self::angle(at).sin()) * (0.012 * self.radius).max(1.2);
        let foot = self.point(-0.07 * self.radius, at);
        let tip = self.point(self.radius - 1.0, at);
        let thin = 0.35 * side;
        painter.add(Shape::convex_polygon(
            vec![foot - side, tip - thin, tip + thin, foot + side],
            theme::TEXT,
            Stroke::NONE,
        ));
        let hub = (0.045 * self.radius).max(3.0);
        painter.circle(self.pivot, hub, theme::LINE_COLOR, Stroke::new(theme::LINE_THICK, theme::TEXT));
    }
}

fn draw(ui: &Ui, rect: Rect, needle: &Needle) {
    let accent = theme::accent(ui);
    ui.painter().rect_filled(rect, theme::RADIUS, theme::PANEL);
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let dial = Dial::within(rect);

    // From two metres a filled band is seen before the needle is.
    let width = (0.07 * dial.radius).max(3.0);
    painter.add(dial.band(0.0, 1.0, width, theme::LINE_COLOR));
    let position = needle.position.clamp(0.0, 1.0);
    if position > 1e-3 {
        painter.add(dial.band(0.0, position, width, accent));
    }
    dial.scale(&painter);
    if needle.hold > 1e-3 {
        let mark = [dial.point(dial.radius - 1.6 * width, needle.hold), dial.point(dial.radius, needle.hold)];
        painter.line_segment(mark, Stroke::new(1.5 * theme::LINE_THICK, theme::TEXT));
    }
    dial.hand(&painter, needle.position);

    // Readings in the two lower corners, which the hand never crosses.
    let is_large = rect.height() >= LARGE_HEIGHT;
    let inner = rect.shrink(if is_large { 3.0 * theme::SPACE } else { 1.5 * theme::SPACE });
    let size = if is_large { theme::TYPE_DISPLAY } else { theme::TYPE_LARGE };
    let font = FontId::proportional(size);
    let field = painter.layout_no_wrap("88.8".to_owned(), font, theme::TEXT).size().x;
    let unit = painter.layout_no_wrap("dB".to_owned(), FontId::proportional(theme::TYPE_SMALL), theme::DIM).size().x;
    let wide = field + theme::SPACE + unit;
    let most = decibels(Some(needle.max_db));
    for (left, name, text) in
        [(inner.left(), "Reduction", needle.text.text()), (inner.right() - wide, "Peak", most.as_str())]
    {
        let corner = Rect::from_min_max(pos2(left, inner.bottom() - 1.2 * size), pos2(left + wide, inner.bottom()));
        number_in(ui, corner, Some(field), (text, "dB"), size, theme::TEXT);
        if is_large {
            let pos = pos2(left + field, corner.top() + 2.0);
            paint::text(&painter, pos, Align2::RIGHT_BOTTOM, name, theme::TYPE_SMALL, theme::DIM);
        }
    }
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
