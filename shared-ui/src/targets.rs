//! Delivery targets: what passes, what does not, and what each service would do.

use egui::{Align2, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::readout::decibels;
use crate::table::ROW_HEIGHT;
use crate::{PartResponse, interact, paint, theme};

/// Whether a target is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Met: a tick.
    Pass,
    /// Not met: a cross on a filled plate.
    Fail,
    /// Not measured yet: a dash.
    Unknown,
}

/// One target.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Who asks for it.
    pub name: &'a str,
    /// What is asked, in words: "−14 LUFS, −1 dBTP".
    pub asks: &'a str,
    /// Gain that the service would apply, dB; none where it applies none.
    pub gain_db: Option<f32>,
    /// True peak below what is allowed, dB; negative above it. None before there is a reading.
    pub headroom_db: Option<f32>,
    /// Whether it is met.
    pub verdict: Verdict,
    /// Why not, where it comes from, and of what date: shown when the pointer rests on the row.
    pub note: &'a str,
}

/// Draws the table, `width` points wide, [`ROW_HEIGHT`] a row with one for the heads. Accessible names: the targets'.
pub fn show(ui: &mut Ui, width: f32, targets: &[Target<'_>]) -> PartResponse {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        rows(ui, width, targets)
    })
    .inner
}

fn rows(ui: &mut Ui, width: f32, targets: &[Target<'_>]) -> PartResponse {
    let (head, table) = ui.allocate_exact_size(vec2(width, ROW_HEIGHT), Sense::hover());
    let column = |rect: Rect, share: f32| pos2(rect.left() + share * rect.width(), rect.center().y);
    let heads = [(0.0, "Target"), (0.38, "Asks"), (0.76, "Gain"), (0.92, "Headroom")];
    for (share, name) in heads {
        let align = if share > 0.5 { Align2::RIGHT_CENTER } else { Align2::LEFT_CENTER };
        let at = column(head, share) + if share == 0.0 { vec2(24.0, 0.0) } else { vec2(0.0, 0.0) };
        paint::text(ui.painter(), at, align, name, theme::TYPE_SMALL, theme::DIM);
    }
    table.widget_info(|| WidgetInfo::labeled(Role::Table, true, "Targets"));
    ui.ctx().accesskit_node_builder(table.id, |node| {
        let passed = targets.iter().filter(|target| target.verdict == Verdict::Pass).count();
        node.set_value(format!("{passed} of {} met", targets.len()));
    });
    for target in targets {
        let (rect, response) = ui.allocate_exact_size(vec2(width, ROW_HEIGHT), Sense::hover());
        let painter = ui.painter();
        painter.hline(rect.x_range(), rect.top() + 0.5, Stroke::new(theme::LINE, theme::LINE_COLOR));
        sign(painter, rect.left_center() + vec2(10.0, 0.0), target.verdict, theme::accent(ui));
        let name = Rect::from_min_max(rect.min + vec2(24.0, 0.0), pos2(column(rect, 0.37).x, rect.bottom()));
        paint::text_within(painter, name, Align2::LEFT_CENTER, target.name, theme::TYPE_BODY, theme::TEXT);
        let asks =
            Rect::from_min_max(pos2(column(rect, 0.38).x, rect.top()), pos2(column(rect, 0.66).x, rect.bottom()));
        paint::text_within(painter, asks, Align2::LEFT_CENTER, target.asks, theme::TYPE_SMALL, theme::DIM);
        let gain = target.gain_db.map(signed_db);
        let number = |share: f32, text: &str, color: egui::Color32| {
            paint::text(painter, column(rect, share), Align2::RIGHT_CENTER, text, theme::TYPE_BODY, color);
        };
        number(0.76, gain.as_deref().unwrap_or("—"), theme::TEXT);
        let headroom = target.headroom_db.map(signed_db);
        let is_over = target.headroom_db.is_some_and(|db| db < 0.0);
        number(0.92, headroom.as_deref().unwrap_or("—"), if is_over { theme::OVER } else { theme::TEXT });
        response.widget_info(|| WidgetInfo::labeled(Role::Row, true, target.name));
        ui.ctx().accesskit_node_builder(response.id, |node| {
            let verdict = match target.verdict {
                Verdict::Pass => "pass",
                Verdict::Fail => "fail",
                Verdict::Unknown => "not measured",
            };
            let dash = "—".to_owned();
            let (gain, headroom) = (gain.as_ref().unwrap_or(&dash), headroom.as_ref().unwrap_or(&dash));
            node.set_value(format!("{verdict}, {}, gain {gain}, headroom {headroom}", target.asks));
            node.set_description(target.note);
        });
        interact::explain_text(ui, &response, target.note);
    }
    PartResponse { response: table, changed: false, animating: false }
}

fn signed_db(db: f32) -> String {
    let text = decibels(Some(db));
    if db > 0.0 && text != "0.0" { format!("+{text} dB") } else { format!("{text} dB") }
}

fn sign(painter: &Painter, center: Pos2, verdict: Verdict, accent: egui::Color32) {
    match verdict {
        Verdict::Pass => {
            let tick = [vec2(-5.0, 0.0), vec2(-1.5, 4.0), vec2(5.0, -4.5)].map(|by| center + by);
            painter.add(Shape::line(tick.to_vec(), Stroke::new(theme::LINE_THICK, accent)));
        }
        Verdict::Fail => {
            let plate = Rect::from_center_size(center, vec2(14.0, 14.0));
            painter.rect_filled(plate, 2, theme::OVER);
            for end in [vec2(3.5, 3.5), vec2(3.5, -3.5)] {
                let stroke = Stroke::new(theme::LINE_THICK, theme::GROUND);
                painter.line_segment([center - end, center + end], stroke);
            }
        }
        Verdict::Unknown => {
            let stroke = Stroke::new(theme::LINE_THICK, theme::DIM);
            painter.line_segment([center - vec2(4.0, 0.0), center + vec2(4.0, 0.0)], stroke);
        }
    }
}
