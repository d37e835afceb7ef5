//! Explanations that stay out of the way: beside what they explain, once the pointer has rested there for a second, gone when it
//! moves, and over as few other controls as can be.

use std::sync::Arc;
use std::time::Duration;

use egui::{
    Color32, Context, CornerRadius, FontId, Galley, Id, LayerId, Order, Popup, Rect, Response, Stroke, StrokeKind,
};
use egui::{Ui, Vec2, pos2, vec2};

use crate::theme;

/// Seconds for which the pointer rests before an explanation appears.
pub const REST_S: f32 = 1.0;
/// Points between a part and its explanation.
const GAP: f32 = 8.0;
/// Points around the words.
const MARGIN: f32 = 8.0;
/// Width of the words, points.
const WIDTH: f32 = 260.0;
/// A part larger than this is a picture: its explanation stands beside the pointer.
const LARGEST_CONTROL: Vec2 = vec2(340.0, 120.0);
/// A point of distance weighs as much as so many square points of covered controls.
const DISTANCE_WEIGHT: f32 = 20.0;

/// Where the window's parts are: those of this pass and those of the last, which are all of them.
#[derive(Clone, Default)]
struct Parts {
    pass: u64,
    now: Vec<Rect>,
    last: Vec<Rect>,
}

/// Which explanation stands where.
#[derive(Clone, Copy)]
struct Shown {
    pass: u64,
    rect: Rect,
}

fn parts_id() -> Id {
    Id::unique("twobus tooltip parts")
}

fn shown_id() -> Id {
    Id::unique("twobus tooltip")
}

/// The rectangle of the explanation that the last picture showed, if it showed one.
pub fn shown(ctx: &Context) -> Option<Rect> {
    let pass = ctx.cumulative_pass_nr();
    let shown: Shown = ctx.data(|data| data.get_temp(shown_id()))?;
    (shown.pass + 1 >= pass).then_some(shown.rect)
}

/// Notes a part, so that no explanation of another one covers it if that can be helped.
fn note_part(ctx: &Context, part: Rect) {
    let pass = ctx.cumulative_pass_nr();
    ctx.data_mut(|data| {
        let parts: &mut Parts = data.get_temp_mut_or_default(parts_id());
        if parts.pass != pass {
            parts.pass = pass;
            parts.last = std::mem::take(&mut parts.now);
        }
        parts.now.push(part);
    });
}

/// Explains a part while the pointer rests on it: a title (may be empty), a sentence, and small print (may be empty).
/// `is_busy`: nothing is explained while the hand is at work.
pub(crate) fn explain(ui: &Ui, response: &Response, is_busy: bool, words: impl FnOnce() -> [String; 3]) {
    let ctx = ui.ctx();
    if !theme::switches(ctx).tooltips {
        return;
    }
    note_part(ctx, response.rect);
    // Under an open menu nothing is explained; what stands in the menu is.
    let is_under_menu = Popup::is_any_open(ctx) && response.layer_id.order < Order::Foreground;
    if is_busy || is_under_menu || !response.hovered() {
        return;
    }
    let (pointer, rest_s, is_down) = ui.input(|input| {
        let pointer = &input.pointer;
        let rest_s = pointer.time_since_last_movement().min(pointer.time_since_last_click());
        (pointer.hover_pos(), rest_s, pointer.any_down())
    });
    let Some(pointer) = pointer.filter(|_| !is_down) else { return };
    if rest_s < REST_S {
        ctx.request_repaint_after(Duration::from_secs_f32(REST_S - rest_s));
        return;
    }
    let [title, sentence, small] = words();
    let lay = |text: String, size: f32, color: Color32| -> Option<Arc<Galley>> {
        (!text.is_empty()).then(|| ui.painter().layout(text, FontId::proportional(size), color, WIDTH))
    };
    let lines: Vec<Arc<Galley>> = [
        lay(title, theme::TYPE_BODY, theme::TEXT),
        lay(sentence, theme::TYPE_BODY, theme::DIM),
        lay(small, theme::TYPE_SMALL, theme::DIM),
    ]
    .into_iter()
    .flatten()
    .collect();
    if lines.is_empty() {
        return;
    }
    let width = lines.iter().map(|line| line.size().x).fold(0.0, f32::max);
    let height: f32 = lines.iter().map(|line| line.size().y + theme::SPACE).sum::<f32>() - theme::SPACE;
    let size = vec2(width, height) + Vec2::splat(2.0 * MARGIN);

    let is_picture = response.rect.width() > LARGEST_CONTROL.x || response.rect.height() > LARGEST_CONTROL.y;
    let of = if is_picture { Rect::from_center_size(pointer, Vec2::splat(24.0)) } else { response.rect };
    let others = ctx.data(|data| data.get_temp::<Parts>(parts_id())).unwrap_or_default().last;
    let rect = place(of, size, ctx.content_rect(), &others);
    // Asked before: egui's context has one lock.
    let pass = ctx.cumulative_pass_nr();
    ctx.data_mut(|data| data.insert_temp(shown_id(), Shown { pass, rect }));

    let painter = ctx.layer_painter(LayerId::new(Order::Tooltip, shown_id()));
    painter.rect_filled(rect, CornerRadius::same(theme::RADIUS), theme::PANEL);
    let line = Stroke::new(theme::LINE, theme::LINE_COLOR);
    painter.rect_stroke(rect, CornerRadius::same(theme::RADIUS), line, StrokeKind::Inside);
    let mut at = rect.min + Vec2::splat(MARGIN);
    for galley in lines {
        let next = at.y + galley.size().y + theme::SPACE;
        painter.galley(at, galley, theme::TEXT);
        at.y = next;
    }
}

fn overlap(a: Rect, b: Rect) -> f32 {
    let common = a.intersect(b);
    if common.is_positive() { common.area() } else { 0.0 }
}

/// Where an explanation of this size stands: below, above, right or left of `of`, within `screen`, never over `of` itself
/// unless there is no room anywhere, over as little of `others` as can be, and near.
pub fn place(of: Rect, size: Vec2, screen: Rect, others: &[Rect]) -> Rect {
    let screen = screen.shrink(theme::SPACE);
    let room = (screen.size() - size).max(Vec2::ZERO);
    let within = |x: f32, y: f32| {
        let min = pos2(x.clamp(screen.left(), screen.left() + room.x), y.clamp(screen.top(), screen.top() + room.y));
        Rect::from_min_size(min, size)
    };
    let middle = of.center() - 0.5 * size;
    let mut best = (f32::INFINITY, within(middle.x, of.bottom() + GAP));
    for distance in [GAP, 3.0 * GAP, 6.0 * GAP, 10.0 * GAP, 15.0 * GAP] {
        // Centred, and flush with either edge.
        for (x, y) in [
            (middle.x, of.bottom() + distance),
            (of.left(), of.bottom() + distance),
            (of.right() - size.x, of.bottom() + distance),
            (middle.x, of.top() - distance - size.y),
            (of.left(), of.top() - distance - size.y),
            (of.right() - size.x, of.top() - distance - size.y),
            (of.right() + distance, middle.y),
            (of.left() - distance - size.x, middle.y),
        ] {
            let rect = within(x, y);
            // Pictures lie under everything: what counts are the controls. One that holds `of` is its own frame.
            let is_control = |other: &&Rect| {
                other.width() <= LARGEST_CONTROL.x && other.height() <= LARGEST_CONTROL.y && !other.contains_rect(of)
            };
            let covered: f32 = others.iter().filter(is_control).map(|other| overlap(rect, *other)).sum();
            let cost = 1e6 * overlap(rect, of) + covered + DISTANCE_WEIGHT * distance;
            if cost < best.0 {
                best = (cost, rect);
            }
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCREEN: Rect = Rect { min: pos2(0.0, 0.0), max: pos2(820.0, 460.0) };

    #[test]
    fn stands_below_where_nothing_is_and_never_over_its_part() {
        let part = Rect::from_min_size(pos2(300.0, 100.0), vec2(60.0, 80.0));
        let rect = place(part, vec2(276.0, 70.0), SCREEN, &[part]);
        assert_eq!(rect.top(), part.bottom() + GAP);
        assert_eq!(rect.center().x, part.center().x);
        // In every corner and at every edge.
        for x in [0.0, 380.0, 760.0] {
            for y in [0.0, 190.0, 380.0] {
                let part = Rect::from_min_size(pos2(x, y), vec2(60.0, 80.0));
                let rect = place(part, vec2(276.0, 70.0), SCREEN, &[part]);
                assert_eq!(overlap(rect, part), 0.0, "{part:?} {rect:?}");
                assert!(SCREEN.contains_rect(rect), "{part:?} {rect:?}");
            }
        }
    }

    #[test]
    fn leaves_the_neighbours_free_where_there_is_room() {
        // Two rows of eight knobs, and a picture above them.
        let knob = |row: usize, column: usize| {
            Rect::from_min_size(pos2(20.0 + 100.0 * column as f32, 230.0 + 95.0 * row as f32), vec2(70.0, 80.0))
        };
        let picture = Rect::from_min_size(pos2(8.0, 40.0), vec2(800.0, 180.0));
        let mut parts = vec![picture];
        parts.extend(
            (0..2).flat_map(|row| (0..8).map(move |column| (row, column))).map(|(row, column)| knob(row, column)),
        );
        for column in 0..8 {
            // The upper row's explanations lie over the picture, and over no knob.
            let rect = place(knob(0, column), vec2(276.0, 70.0), SCREEN, &parts);
            let covered: f32 = parts[1..].iter().map(|part| overlap(rect, *part)).sum();
            assert_eq!(covered, 0.0, "column {column}: {rect:?}");
        }
    }
}
