//! Row of named choices, all visible, one chosen.

use egui::{Align2, CornerRadius, FontId, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::param::{Param, StepSize, index_normalized, value_count, value_index};
use crate::press::pressed;
use crate::{PartResponse, gesture, interact, paint, theme};

/// Segmented switch of a stepped parameter, or of a choice the caller owns.
pub struct Segmented<'a> {
    name: &'a str,
    width: Option<f32>,
    caption: Option<&'a str>,
    labels: Option<&'a [&'a str]>,
}

impl<'a> Segmented<'a> {
    /// A switch spoken as `name`.
    pub fn new(name: &'a str) -> Self {
        Self { name, width: None, caption: None, labels: None }
    }

    /// Sets the width of the whole row in points. Default: what the words take.
    pub fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// Writes the name above the row. Default: no name is shown.
    pub fn with_name(self) -> Self {
        let name = self.name;
        self.captioned(name)
    }

    /// Writes other words above the row than its name: with the unit that all values share. Default: nothing is written.
    pub fn captioned(mut self, words: &'a str) -> Self {
        self.caption = Some(words);
        self
    }

    /// Writes shorter words on the segments, one a value; a screen reader still says the values in full. Default: the values.
    pub fn labels(mut self, labels: &'a [&'a str]) -> Self {
        self.labels = Some(labels);
        self
    }

    /// Draws the values of a stepped parameter. A click on a segment chooses it; the wheel moves one.
    pub fn show_param(self, ui: &mut Ui, param: &Param) -> PartResponse {
        let count = value_count(&**param).unwrap_or(1);
        let texts: Vec<String> = (0..count).map(|index| param.text(index_normalized(&**param, index))).collect();
        let options: Vec<&str> = texts.iter().map(String::as_str).collect();
        let (mut part, picked) = self.show(ui, &options, value_index(&**param));
        if let Some(index) = picked {
            gesture::once(ui.ctx(), param, index_normalized(&**param, index));
            part.changed = true;
        }
        if part.response.contains_pointer() && theme::switches(ui.ctx()).wheel {
            let notches: f32 = ui.input(|input| {
                let notch = |event: &egui::Event| match event {
                    egui::Event::MouseWheel { delta, .. } if delta.y != 0.0 => Some(delta.y.signum()),
                    _ => None,
                };
                input.events.iter().filter_map(notch).sum()
            });
            part.changed |= notches != 0.0 && interact::step(ui, param, notches as i32, StepSize::Coarse);
        }
        interact::explain(ui, &part.response, param);
        part
    }

    /// Draws choices that are no parameter. Answers the index that was picked, if another one was.
    pub fn show(self, ui: &mut Ui, options: &[&str], selected: usize) -> (PartResponse, Option<usize>) {
        let font = FontId::proportional(theme::TYPE_BODY);
        let label = |index: usize| self.labels.and_then(|labels| labels.get(index)).or(options.get(index)).copied();
        let labels: Vec<&str> = (0..options.len()).filter_map(label).collect();
        let widths: Vec<f32> = labels
            .iter()
            .map(|text| ui.painter().layout_no_wrap((*text).to_owned(), font.clone(), theme::TEXT).size().x)
            .map(|width| width + 4.0 * theme::SPACE)
            .collect();
        let natural: f32 = widths.iter().sum();
        let width = self.width.unwrap_or(natural).ceil();
        let head = if self.caption.is_some() { 16.0 } else { 0.0 };
        let (area, group) = ui.allocate_exact_size(vec2(width, head + 24.0), Sense::hover());
        if let Some(caption) = self.caption {
            let pos = pos2(area.center().x, area.top() + 8.0);
            paint::text(
                ui.painter(),
                pos,
                Align2::CENTER_CENTER,
                caption,
                theme::TYPE_SMALL,
                paint::words_color(ui, theme::DIM),
            );
        }
        let rect = Rect::from_min_max(pos2(area.left(), area.top() + head), area.max);
        paint::plate(ui, rect, false, false);
        group.widget_info(|| WidgetInfo::labeled(Role::RadioGroup, true, self.name));
        let chosen = options.get(selected).copied().unwrap_or("");
        ui.ctx().accesskit_node_builder(group.id, |node| node.set_value(chosen));

        let id = ui.make_persistent_id(("segmented", self.name));
        let mut picked = None;
        let mut left = rect.left();
        for (index, ((text, label), segment_width)) in options.iter().zip(&labels).zip(&widths).enumerate() {
            let share = segment_width / natural * width;
            let segment = Rect::from_min_size(pos2(left, rect.top()), vec2(share, rect.height()));
            left += share;
            let response = ui.interact(segment, id.with(index), Sense::click());
            let on = index == selected;
            if pressed(ui, &response) && !on {
                picked = Some(index);
            }
            let color = paint::label_color(response.enabled(), on, response.hovered());
            if on {
                let inner = segment.shrink(2.0);
                let fill = if response.enabled() { theme::LINE_COLOR } else { theme::PANEL };
                ui.painter().rect_filled(inner, CornerRadius::same(theme::RADIUS - 2), fill);
                // Underlined as well as lit: the choice is told without hue.
                let y = segment.bottom() - 3.0;
                let line = Stroke::new(theme::LINE_THICK, paint::words_color(ui, theme::accent(ui)));
                ui.painter().hline(segment.left() + 6.0..=segment.right() - 6.0, y, line);
            }
            paint::text(ui.painter(), segment.center(), Align2::CENTER_CENTER, *label, theme::TYPE_BODY, color);
            if response.has_focus() {
                let stroke = Stroke::new(theme::LINE_THICK, theme::accent(ui));
                ui.painter().rect_stroke(segment, theme::RADIUS, stroke, StrokeKind::Inside);
            }
            response.widget_info(|| {
                let name = format!("{} {text}", self.name);
                WidgetInfo::selected(Role::RadioButton, response.enabled(), on, name)
            });
        }
        (PartResponse { response: group, changed: picked.is_some(), animating: false }, picked)
    }
}
