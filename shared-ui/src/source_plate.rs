//! One of the sounds that are compared: which it is, where it comes from, and a menu of all that it may be.

use egui::{
    Align2, Color32, Key, Popup, Rect, Role, ScrollArea, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2,
    vec2,
};

use crate::menu::row;
use crate::{interact, paint, theme};

const HINT: &str =
    "What is compared here: this point, the side chain, a file of the list, or another plugin of the session.";
/// The menu scrolls where it would be higher, points.
const MENU_HEIGHT: f32 = 308.0;

/// A sound to compare.
#[derive(Clone, Copy, Debug)]
pub struct SourcePlate<'a> {
    /// The letter that it goes by.
    pub letter: &'a str,
    /// What it is.
    pub name: &'a str,
    /// Where it comes from and how it is played.
    pub detail: &'a str,
    /// Why it cannot be heard: shown in place of the detail.
    pub problem: Option<&'a str>,
    /// Whether it is what is heard now.
    pub is_heard: bool,
    /// Everything that it may be.
    pub choices: &'a [String],
    /// Which of them it is.
    pub selected: usize,
    /// Said below them: why there are no more.
    pub note: Option<&'a str>,
}

impl SourcePlate<'_> {
    /// Draws the plate, `size` points large, and its menu when it is open. Accessible name: "Source" and the letter. Answers which
    /// other choice was picked.
    pub fn show(&self, ui: &mut Ui, size: Vec2) -> Option<usize> {
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        paint::plate(ui, rect, response.hovered(), false);
        let lit = if self.is_heard { theme::WARNING } else { theme::DIM };
        if self.is_heard {
            let line = Stroke::new(theme::LINE_THICK, theme::WARNING);
            ui.painter().rect_stroke(rect, theme::RADIUS, line, StrokeKind::Inside);
        }
        let painter = ui.painter();
        let letter = pos2(rect.left() + 28.0, rect.center().y);
        paint::text(painter, letter, Align2::CENTER_CENTER, self.letter, theme::TYPE_DISPLAY, lit);
        let words = Rect::from_min_max(pos2(rect.left() + 56.0, rect.top() + 8.0), rect.max - vec2(32.0, 8.0));
        let (upper, lower) = words.split_top_bottom_at_y(words.center().y + 2.0);
        paint::text_within(painter, upper, Align2::LEFT_CENTER, self.name, theme::TYPE_LARGE, theme::TEXT);
        let (text, color): (&str, Color32) = match self.problem {
            Some(problem) => (problem, theme::OVER),
            None => (self.detail, theme::DIM),
        };
        let mut line = lower;
        if self.problem.is_some() {
            // A shape as well as a hue.
            let square = Rect::from_center_size(pos2(lower.left() + 4.0, lower.center().y), vec2(8.0, 8.0));
            painter.rect_filled(square, 0, theme::OVER);
            line.min.x += 14.0;
        }
        paint::text_within(painter, line, Align2::LEFT_CENTER, text, theme::TYPE_SMALL, color);
        let tip = rect.right_center() + vec2(-18.0, 2.5);
        let arrow = vec![tip + vec2(-5.0, -5.0), tip + vec2(5.0, -5.0), tip];
        painter.add(Shape::convex_polygon(arrow, theme::DIM, Stroke::NONE));
        paint::focus_ring(ui, &response, rect);
        response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, format!("Source {}", self.letter)));
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(format!("{}, {text}", self.name)));
        let mut picked = None;
        let open = Popup::menu(&response).width(rect.width()).show(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ScrollArea::vertical().max_height(MENU_HEIGHT).show(ui, |ui| {
                for (index, choice) in self.choices.iter().enumerate() {
                    if row(ui, choice, index == self.selected, true) {
                        picked = Some(index).filter(|index| *index != self.selected);
                        ui.close();
                    }
                }
            });
            if let Some(note) = self.note {
                ui.add_space(theme::SPACE);
                ui.small(note);
            }
        });
        if picked.is_some() && ui.input(|input| input.key_pressed(Key::Enter)) {
            // The line that had the keyboard is gone.
            response.request_focus();
        }
        if open.is_none() {
            interact::explain_text(ui, &response, self.problem.unwrap_or(HINT));
        }
        picked
    }
}
