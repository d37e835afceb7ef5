//! Level bars: peak, hold and RMS of one or two channels.

use egui::{Align2, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, pos2, remap};

use crate::press::pressed;
use crate::readout::decibels;
use crate::{PartResponse, interact, paint, theme};

/// Level at the bottom, dBFS.
pub const FLOOR_DB: f32 = -60.0;
/// Level at the top, dBFS.
pub const TOP_DB: f32 = 6.0;
/// Fall of the peak bar, dB/s: 20 dB in 1.7 s, as IEC 60268-10 type I asks of a programme meter.
pub const FALL_DB_PER_S: f32 = 20.0 / 1.7;
/// Height of the over lamp above the bars, points.
const LAMP_HEIGHT: f32 = 16.0;
/// Seconds the hold line stays.
const HOLD_SECONDS: f32 = 2.0;

/// One channel's level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Highest sample since the last reading, dBFS.
    pub peak_db: f32,
    /// RMS, dBFS.
    pub rms_db: f32,
}

#[derive(Clone, Copy, Debug)]
struct Channel {
    peak_db: f32,
    hold_db: f32,
    hold_age: f32,
    rms_db: f32,
}

const SILENT: Channel = Channel { peak_db: -200.0, hold_db: -200.0, hold_age: 0.0, rms_db: -200.0 };

/// The moving parts of the bars. The caller keeps one a meter.
#[derive(Clone, Debug)]
pub struct BarMeter {
    channels: [Channel; 2],
    count: usize,
    max_db: f32,
}

impl Default for BarMeter {
    fn default() -> Self {
        Self { channels: [SILENT; 2], count: 2, max_db: -200.0 }
    }
}

impl BarMeter {
    /// Lets `elapsed_s` seconds pass with these levels (one or two; more are ignored). Answers whether anything moves.
    pub fn update(&mut self, elapsed_s: f32, levels: &[Level]) -> bool {
        let t = if elapsed_s.is_finite() { elapsed_s.max(0.0) } else { 0.0 };
        let fit = |db: f32| if db.is_nan() { -200.0 } else { db.clamp(-200.0, 200.0) };
        self.count = levels.len().clamp(1, 2);
        for (channel, level) in self.channels.iter_mut().zip(levels) {
            let peak = fit(level.peak_db);
            channel.peak_db = peak.max(channel.peak_db - FALL_DB_PER_S * t).max(-200.0);
            channel.rms_db = fit(level.rms_db);
            if peak >= channel.hold_db {
                channel.hold_db = peak;
                channel.hold_age = 0.0;
            } else {
                channel.hold_age += t;
                if channel.hold_age > HOLD_SECONDS {
                    channel.hold_db = channel.peak_db;
                }
            }
            self.max_db = self.max_db.max(peak);
        }
        self.is_moving()
    }

    /// Whether anything is above the floor.
    pub fn is_moving(&self) -> bool {
        self.channels[..self.count].iter().any(|channel| channel.peak_db.max(channel.hold_db) > FLOOR_DB)
    }

    /// Highest peak since the last reset, dBFS.
    pub fn max_db(&self) -> f32 {
        self.max_db
    }

    /// Whether a sample above 0 dBFS was seen since the last reset.
    pub fn is_over(&self) -> bool {
        self.max_db > 0.0
    }

    /// Forgets the peak and the over.
    pub fn reset(&mut self) {
        self.max_db = -200.0;
        for channel in &mut self.channels {
            channel.hold_db = channel.peak_db;
            channel.hold_age = 0.0;
        }
    }
}

fn level_y(bars: Rect, db: f32) -> f32 {
    remap(db.clamp(FLOOR_DB, TOP_DB), FLOOR_DB..=TOP_DB, bars.bottom()..=bars.top())
}

/// Draws the scale of bars as high as `size`, to stand beside them: ticks each 6 dB, counted from `zero_db` (dBFS).
pub fn show_scale(ui: &mut Ui, size: Vec2, zero_db: f32) {
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let (_, bars) = rect.split_top_bottom_at_y(rect.top() + LAMP_HEIGHT);
    let mut shown = ((FLOOR_DB - zero_db) / 6.0).ceil() * 6.0;
    while shown + zero_db <= TOP_DB {
        let text = decibels(Some(shown)).trim_end_matches(".0").to_owned();
        let color = if shown == 0.0 { theme::TEXT } else { theme::DIM };
        let pos = pos2(rect.center().x, level_y(bars, shown + zero_db));
        paint::text(ui.painter(), pos, Align2::CENTER_CENTER, text, theme::TYPE_SMALL, color);
        shown += 6.0;
    }
}

/// Draws the bars into a rectangle of `size` points, named `name`; a click resets peak and over.
pub fn show(ui: &mut Ui, size: Vec2, name: &str, meter: &mut BarMeter) -> PartResponse {
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    if pressed(ui, &response) {
        meter.reset();
    }
    let painter = ui.painter();
    // The over lamp sits on top and turns from a line into a filled block with a word: told without hue.
    let (lamp, bars) = rect.split_top_bottom_at_y(rect.top() + LAMP_HEIGHT);
    let lamp = lamp.shrink2(egui::vec2(0.0, 1.0));
    if meter.is_over() {
        painter.rect_filled(lamp, theme::RADIUS, theme::OVER);
        paint::text(painter, lamp.center(), Align2::CENTER_CENTER, "OVER", theme::TYPE_SMALL, theme::GROUND);
    } else {
        let text = decibels(Some(meter.max_db));
        paint::text(painter, lamp.center(), Align2::CENTER_CENTER, text, theme::TYPE_SMALL, theme::DIM);
    }
    let y = |db: f32| level_y(bars, db);
    let gap = 2.0;
    let width = (bars.width() - gap * (meter.count - 1) as f32) / meter.count as f32;
    for (index, channel) in meter.channels[..meter.count].iter().enumerate() {
        let left = bars.left() + index as f32 * (width + gap);
        let column = Rect::from_min_max(pos2(left, bars.top()), pos2(left + width, bars.bottom()));
        painter.rect_filled(column, 1, theme::PANEL);
        let bar = |db: f32| Rect::from_min_max(pos2(column.left(), y(db)), column.max);
        painter.rect_filled(bar(channel.peak_db), 0, theme::accent(ui).gamma_multiply(0.45));
        // RMS brighter and narrower: a second reading in the same place, told apart by shape.
        painter.rect_filled(bar(channel.rms_db).shrink2(egui::vec2(0.2 * width, 0.0)), 0, theme::accent(ui));
        if channel.hold_db > FLOOR_DB {
            let line = Stroke::new(theme::LINE_THICK, theme::TEXT);
            painter.hline(column.x_range(), y(channel.hold_db), line);
        }
        painter.rect_stroke(column, 1, Stroke::new(theme::LINE, theme::LINE_COLOR), StrokeKind::Inside);
    }
    painter.hline(bars.x_range(), y(0.0), Stroke::new(theme::LINE, theme::DIM));
    paint::focus_ring(ui, &response, rect);
    let hint = "Peak (wide), RMS (narrow) and peak hold, dBFS. Click resets.";
    interact::describe_picture(ui, &response, Role::Meter, name, hint, || {
        let over = if meter.is_over() { ", over" } else { "" };
        format!("peak {} dBFS{over}", decibels(Some(meter.max_db)))
    });
    PartResponse { response, changed: false, animating: meter.is_moving() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn falls_twenty_decibels_in_1_7_seconds_at_any_frame_rate() {
        for rate in [15, 60, 144] {
            let mut meter = BarMeter::default();
            meter.update(0.0, &[Level { peak_db: 0.0, rms_db: -3.0 }]);
            let silence = [Level { peak_db: f32::NEG_INFINITY, rms_db: f32::NEG_INFINITY }];
            let frames = (1.7 * rate as f32).round();
            for _ in 0..frames as usize {
                meter.update(1.7 / frames, &silence);
            }
            assert!((meter.channels[0].peak_db + 20.0).abs() < 0.01, "{rate} Hz: {}", meter.channels[0].peak_db);
        }
    }

    #[test]
    fn over_stays_until_reset_and_silence_rests() {
        let mut meter = BarMeter::default();
        meter.update(0.1, &[Level { peak_db: 0.1, rms_db: -3.0 }]);
        for _ in 0..200 {
            meter.update(0.1, &[Level { peak_db: f32::NAN, rms_db: f32::NAN }]);
        }
        assert!(meter.is_over() && !meter.is_moving());
        meter.reset();
        assert!(!meter.is_over());
    }
}
