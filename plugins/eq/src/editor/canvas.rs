//! The canvas: spectra behind, response in front, nodes on top.

use egui::{
    Align2, Color32, Mesh, Painter, PointerButton, Pos2, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2,
};
use shared_plugin::params::Parameter;
use shared_ui::layout::row;
use shared_ui::theme;
use shared_ui::value_field::ValueField;

use super::analyser::Spectra;
use super::axes::{Axes, View};
use super::curves::{Curve, Curves};
use super::nodes::{self, Node, color_of, letter_of};
use super::state::{Context, EqPanel};
use crate::processor::{BANDS, BandChannels};

/// The plate with the values of the band that is edited.
const PLATE_HEIGHT: f32 = 28.0;

/// Draws it and lets it be used. Answers whether it moves.
pub fn show(ui: &mut Ui, axes: &Axes, panel: &mut EqPanel, context: &Context<'_>) {
    let accent = theme::accent(ui);
    let painter = ui.painter_at(axes.rect);
    painter.rect_filled(axes.rect, 0, theme::PICTURE);
    axes.draw_frequencies(&painter, context.sample_rate_hz());
    spectra(&painter, axes, &panel.spectra);
    axes.draw_values(&painter, accent);
    curves(&painter, axes, &panel.curves, panel.selected, accent);
    axes.draw_names(&painter, accent);
    ground(ui, axes, panel, context);
    band_nodes(ui, axes, panel, context);
}

/// What lies under the nodes: a double-click adds a band.
fn ground(ui: &mut Ui, axes: &Axes, panel: &mut EqPanel, context: &Context<'_>) {
    let response = ui.interact(axes.rect, ui.scope_id().with("canvas"), Sense::CLICK);
    response.widget_info(|| WidgetInfo::labeled(Role::GraphicsObject, true, "Equaliser curve"));
    let bands = &context.params.product.bands;
    let count = bands.iter().filter(|band| band.shape.get().is_some()).count();
    let words = format!("{count} of {BANDS} bands on. A double-click adds one.");
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(words));
    let Some(at) = response.interact_pointer_pos().filter(|_| response.double_clicked_by(PointerButton::Primary))
    else {
        return;
    };
    if let Some(free) = bands.iter().position(|band| band.shape.get().is_none()) {
        let db = if axes.view == View::Gain { axes.value(at.y) } else { 0.0 };
        nodes::add(ui, context, &bands[free], axes.hz(at.x), db);
        panel.selected = free;
    }
}

fn band_nodes(ui: &mut Ui, axes: &Axes, panel: &mut EqPanel, context: &Context<'_>) {
    let product = &context.params.product;
    let gain_scale = product.gain_scale.share() as f32;
    let node = |index: usize, selected: usize| Node {
        index,
        params: &product.bands[index],
        is_selected: index == selected,
        moved_db: product.bands[index].settings().moves().then_some(panel.reading.moved_db[index] as f32),
        gain_scale,
    };
    let mut selected = panel.selected;
    // The selected one last: it lies on top.
    for index in (0..BANDS).filter(|&n| n != panel.selected).chain([panel.selected]) {
        let Some(response) = node(index, panel.selected).show(ui, axes, context) else { continue };
        if response.drag_started() || response.clicked() || response.gained_focus() {
            selected = index;
        }
    }
    panel.selected = selected;
    if let Some(place) = node(selected, selected).place(axes, context) {
        plate(ui, axes, place, selected, context);
    }
}

/// The exact values under the node, to be typed.
fn plate(ui: &mut Ui, axes: &Axes, place: Pos2, index: usize, context: &Context<'_>) {
    let band = &context.params.product.bands[index];
    let Some(shape) = band.shape.get() else { return };
    let third: &dyn Parameter = if nodes::is_cut(shape) { &band.slope } else { &band.q };
    let mut fields: Vec<(&dyn Parameter, f32)> = vec![(&band.frequency, 80.0)];
    if shape.has_gain() {
        fields.push((&band.gain, 74.0));
    }
    fields.push((third, 74.0));
    let width = fields.iter().map(|(_, width)| width + 2.0).sum::<f32>() + 2.0;
    let inside = axes.rect.shrink(6.0);
    let reach = if band.settings().moves() { 44.0 } else { 20.0 };
    let below = place.y + reach + PLATE_HEIGHT < inside.bottom() - 16.0;
    let top = if below { place.y + reach } else { place.y - reach - PLATE_HEIGHT };
    let left = (place.x - 0.5 * width).clamp(inside.left(), inside.right() - width);
    let rect = Rect::from_min_size(pos2(left, top), vec2(width, PLATE_HEIGHT));
    let line = Stroke::new(theme::LINE, theme::LINE_COLOR);
    ui.painter().rect(rect, theme::RADIUS, theme::PANEL, line, egui::StrokeKind::Inside);
    row(ui, rect.shrink(2.0), "plate", |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (parameter, width) in fields {
            if let Some(param) = context.param(parameter) {
                ValueField::new(param).without_name().width(width).show(ui);
            }
        }
    });
}

fn spectra(painter: &Painter, axes: &Axes, spectra: &Spectra) {
    let line = |side: usize| -> Vec<Pos2> {
        spectra.points(side).iter().map(|&(hz, db)| pos2(axes.x(hz), axes.level_y(db))).collect()
    };
    let [before, after, key] = [0, 1, 2].map(line);
    if after.len() > 1 {
        let fill = Color32::from_rgb(0x4a, 0x58, 0x66);
        painter.add(hill(&after, axes.rect.bottom(), fill.gamma_multiply(0.55), fill.gamma_multiply(0.22)));
    }
    if before.len() > 1 {
        painter.line(before, Stroke::new(theme::LINE, theme::DIM.gamma_multiply(0.55)));
    }
    if after.len() > 1 {
        painter.line(after, Stroke::new(1.25 * theme::LINE, theme::TEXT.gamma_multiply(0.62)));
    }
    if key.len() > 1 {
        painter.extend(egui::Shape::dotted_line(&key, theme::WARNING.gamma_multiply(0.8), 4.0, 0.9));
    }
}

/// What lies under a line, lighter at the top.
fn hill(line: &[Pos2], bottom: f32, top_color: Color32, bottom_color: Color32) -> egui::Shape {
    let mut mesh = Mesh::default();
    for (n, &at) in line.iter().enumerate() {
        mesh.colored_vertex(at, top_color);
        mesh.colored_vertex(pos2(at.x, bottom), bottom_color);
        if n > 0 {
            let first = 2 * n as u32;
            mesh.add_triangle(first - 2, first - 1, first);
            mesh.add_triangle(first - 1, first, first + 1);
        }
    }
    egui::Shape::mesh(mesh)
}

fn curves(painter: &Painter, axes: &Axes, curves: &Curves, selected: usize, accent: Color32) {
    let at = |&(hz, value): &(f32, f32)| {
        let y = axes.y(value).clamp(axes.rect.top() - 4.0, axes.rect.bottom() + 4.0);
        pos2(axes.x(hz), y)
    };
    if axes.view == View::Gain {
        let zero = axes.y(0.0);
        for (n, curve) in curves.bands.iter().enumerate() {
            let Some(curve) = curve else { continue };
            let color = color_of(curve.channels, accent);
            let points: Vec<Pos2> = curve.points.iter().map(at).collect();
            if n == selected {
                let tint = color.gamma_multiply(0.16);
                painter.add(hill(&points, zero, tint, tint));
            }
            let strength = if n == selected { 0.7 } else { 0.4 };
            painter.line(points, Stroke::new(theme::LINE, color.gamma_multiply(strength)));
        }
    }
    for curve in &curves.channels {
        let color = color_of(curve.channels, accent);
        for piece in pieces(curve, axes) {
            let points: Vec<Pos2> = piece.iter().map(at).collect();
            let end = points.last().copied();
            if curve.channels == BandChannels::Side || curve.channels == BandChannels::Right {
                painter.extend(egui::Shape::dashed_line(&points, Stroke::new(theme::LINE_THICK, color), 7.0, 4.0));
            } else {
                painter.line(points, Stroke::new(theme::LINE_THICK, color));
            }
            if let Some(end) = end {
                let beside = pos2(end.x.min(axes.rect.right() - 36.0), end.y - 8.0);
                super::axes::text(painter, beside, Align2::RIGHT_CENTER, letter_of(curve.channels), color);
            }
        }
    }
}

/// The curve in pieces: a phase that turns round jumps, and NaN is left out.
fn pieces<'a>(curve: &'a Curve, axes: &Axes) -> Vec<&'a [(f32, f32)]> {
    let jumps = |a: &(f32, f32), b: &(f32, f32)| {
        a.1.is_nan() || b.1.is_nan() || (axes.view == View::Phase && (a.1 - b.1).abs() > 180.0)
    };
    curve.points.chunk_by(|a, b| !jumps(a, b)).filter(|piece| piece.len() > 1).collect()
}
