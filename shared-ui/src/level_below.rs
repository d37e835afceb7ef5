//! How far something lies below the signal, on a scale with the mark up to which it is subtle.

use egui::{Align2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, remap_clamp, vec2};

use crate::readout::{ReadoutState, decibels};
use crate::{PartResponse, interact, paint, theme};

/// Level at the quiet end of the scale, dB below the signal.
pub const FLOOR_DB: f32 = -80.0;

/// What the view remembers between pictures. The caller keeps one a view.
#[derive(Clone, Debug, Default)]
pub struct LevelBelow {
    text: ReadoutState,
}

/// Draws `level_db` (dB relative to the signal, so mostly negative; none in silence) into a rectangle of `size` points, named `name`:
/// a bar from -80 to 0 dB with a notch at `subtle_db`. What passes the notch is wider and amber. Accessible name: `name`.
pub fn show(
    ui: &mut Ui,
    size: Vec2,
    name: &str,
    state: &mut LevelBelow,
    level_db: Option<f32>,
    subtle_db: f32,
) -> PartResponse {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let accent = theme::accent(ui);
    let now = ui.input(|input| input.time);
    let (shown, animating) = state.text.offer(now, level_db);
    let painter = ui.painter();
    let (head, scale) = rect.split_top_bottom_at_y(rect.top() + 18.0);
    let is_subtle = shown.is_none_or(|db| db <= subtle_db);
    paint::text(painter, head.left_center(), Align2::LEFT_CENTER, name, theme::TYPE_SMALL, theme::DIM);
    let color = if is_subtle { theme::TEXT } else { theme::WARNING };
    let number = format!("{} dB", state.text.text());
    let number = paint::text(painter, head.right_center(), Align2::RIGHT_CENTER, number, theme::TYPE_BODY, color);
    if !is_subtle {
        // A triangle: the warning is told without hue.
        let center = pos2(number.left() - 10.0, head.center().y);
        let points = vec![center + vec2(0.0, -5.0), center + vec2(5.0, 4.0), center + vec2(-5.0, 4.0)];
        painter.add(Shape::convex_polygon(points, theme::WARNING, Stroke::NONE));
    }

    let track = Rect::from_min_max(scale.min, pos2(scale.right(), (scale.top() + 12.0).min(scale.bottom())));
    let x = |db: f32| remap_clamp(db, FLOOR_DB..=0.0, track.left()..=track.right());
    painter.rect(track, 1, theme::PANEL, Stroke::new(theme::LINE, theme::LINE_COLOR), StrokeKind::Inside);
    let subtle_x = x(subtle_db);
    if let Some(db) = shown.filter(|db| *db > FLOOR_DB) {
        let quiet = Rect::from_min_max(track.min, pos2(x(db).min(subtle_x), track.bottom()));
        painter.rect_filled(quiet.shrink2(vec2(0.0, 3.0)), 0, accent);
        if !is_subtle {
            let loud = Rect::from_min_max(pos2(subtle_x, track.top()), pos2(x(db), track.bottom()));
            painter.rect_filled(loud.shrink2(vec2(0.0, 1.0)), 0, theme::WARNING);
        }
    }
    painter.vline(subtle_x, track.top() - 2.0..=track.bottom() + 3.0, Stroke::new(theme::LINE_THICK, theme::TEXT));
    let foot = track.bottom() + 3.0;
    let caption = |x: f32, align: Align2, text: &str| {
        paint::text(painter, pos2(x, foot), align, text, theme::TYPE_SMALL, theme::DIM);
    };
    if scale.bottom() - foot >= theme::TYPE_SMALL {
        let floor = format!("−{:.0}", -FLOOR_DB);
        caption(track.left(), Align2::LEFT_TOP, &floor);
        caption(subtle_x - 4.0, Align2::RIGHT_TOP, "subtle");
        let mark = decibels(Some(subtle_db)).trim_end_matches(".0").to_owned();
        caption(subtle_x + 4.0, Align2::LEFT_TOP, &mark);
        caption(track.right(), Align2::RIGHT_TOP, "0");
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Meter, true, name));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_value(match shown {
            None => "silent".to_owned(),
            Some(_) if is_subtle => format!("{} dB, subtle", state.text.text()),
            Some(_) => format!("{} dB, more than subtle", state.text.text()),
        });
    });
    interact::explain_text(
        ui,
        &response,
        "How far what is added lies below the signal. Left of the mark it is felt more than heard.",
    );
    PartResponse { response, changed: false, animating }
}
