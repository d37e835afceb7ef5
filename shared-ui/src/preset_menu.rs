//! Presets: the factory's starting points, the user's own, and what can be done with them.

use egui::{Align2, Key, Popup, PopupCloseBehavior, Role, Sense, Shape, Stroke, TextEdit, Ui, WidgetInfo, vec2};

use crate::button::{Button, Icon};
use crate::menu::row;
use crate::{interact, paint, theme};

/// Where a preset comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PresetKind {
    /// Delivered with the plugin; cannot be changed.
    Factory,
    /// A file of the user's.
    User,
}

/// What the menu shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct PresetMenuModel<'a> {
    /// Name of the preset loaded last.
    pub current: &'a str,
    /// Which one it is, if it is in one of the lists.
    pub selected: Option<(PresetKind, usize)>,
    /// Whether anything was changed since.
    pub modified: bool,
    /// Names of the starting points.
    pub factory: &'a [String],
    /// Names of the user's presets.
    pub user: &'a [String],
}

impl PresetMenuModel<'_> {
    /// The preset `step` places on in both lists, from the last to the first and back; the first or the last where none is
    /// loaded.
    fn neighbour(&self, step: isize) -> Option<(PresetKind, usize)> {
        let (first, count) = (self.factory.len(), self.factory.len() + self.user.len());
        let here = self.selected.map(|(kind, index)| match kind {
            PresetKind::Factory => index,
            PresetKind::User => first + index,
        });
        let next = match here {
            Some(here) => here.checked_add_signed(step).unwrap_or(count.checked_sub(1)?),
            None if step > 0 => 0,
            None => count.checked_sub(1)?,
        };
        let next = next.checked_rem(count)?;
        Some(if next < first { (PresetKind::Factory, next) } else { (PresetKind::User, next - first) })
    }
}

/// What a person asked of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PresetAction {
    /// Load one of a list.
    Load(PresetKind, usize),
    /// Save the present settings under a name; an existing user preset of that name is replaced.
    Save(String),
    /// Start new instances with the present settings.
    SaveAsDefault,
    /// Give the user preset of this index another name.
    Rename(usize, String),
    /// Delete the user preset of this index.
    Delete(usize),
    /// Choose files to add to the user's presets.
    Import,
    /// Write the present settings to a file of the user's choice.
    Export,
}

/// Name being typed, kept by egui while the menu is open.
#[derive(Clone, PartialEq)]
enum Asking {
    Save(String),
    Rename(usize, String),
    Delete(usize),
}

/// What came of a question.
enum Answer {
    Open(Asking),
    Cancelled,
    Done(PresetAction),
}

/// Draws the menu, `width` points wide with the arrows that step through it. Accessible names: "Presets", "Previous preset",
/// "Next preset".
pub fn show(ui: &mut Ui, width: f32, model: &PresetMenuModel<'_>) -> Option<PresetAction> {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let mut action = menu(ui, width - 44.0, model);
        for (icon, name, step) in [(Icon::Previous, "Previous preset", -1), (Icon::Next, "Next preset", 1)] {
            let next = model.neighbour(step);
            if Button::icon(icon, name).hint(name).enabled(next.is_some()).show(ui).1 {
                action = next.map(|(kind, index)| PresetAction::Load(kind, index));
            }
        }
        action
    })
    .inner
}

/// The menu's button, and the menu when it is open.
fn menu(ui: &mut Ui, width: f32, model: &PresetMenuModel<'_>) -> Option<PresetAction> {
    let (rect, response) = ui.allocate_exact_size(vec2(width, 24.0), Sense::click());
    paint::plate(ui, rect, response.hovered(), false);
    let text = if model.modified { format!("{}, changed", model.current) } else { model.current.to_owned() };
    let mut words = rect.shrink2(vec2(2.0 * theme::SPACE, 0.0)).with_max_x(rect.right() - 20.0);
    if model.modified {
        // A dot for changes: a sign, not a hue.
        ui.painter().circle_filled(rect.left_center() + vec2(9.0, 0.0), 3.0, theme::TEXT);
        words.min.x += 9.0;
    }
    paint::text_within(ui.painter(), words, Align2::LEFT_CENTER, model.current, theme::TYPE_BODY, theme::TEXT);
    let tip = rect.right_center() - vec2(12.0, -2.5);
    let arrow = vec![tip + vec2(-4.0, -5.0), tip + vec2(4.0, -5.0), tip];
    ui.painter().add(Shape::convex_polygon(arrow, theme::DIM, Stroke::NONE));
    paint::focus_ring(ui, &response, rect);
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, "Presets"));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(text));

    let asking_id = response.id.with("asking");
    let mut action = None;
    let open = Popup::menu(&response)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .width(width.max(260.0))
        .show(|ui| {
            let asking: Option<Asking> = ui.data(|data| data.get_temp(asking_id));
            let next = match asking {
                Some(asking) => match ask(ui, asking, model) {
                    Answer::Open(asking) => Some(asking),
                    Answer::Cancelled => None,
                    Answer::Done(done) => {
                        action = Some(done);
                        None
                    }
                },
                None => {
                    let (picked, asking) = list(ui, model);
                    action = picked;
                    asking
                }
            };
            ui.data_mut(|data| match next {
                Some(asking) => {
                    data.insert_temp(asking_id, asking);
                }
                None => data.remove::<Asking>(asking_id),
            });
            if action.is_some() {
                ui.close();
            }
        });
    if open.is_none() {
        ui.data_mut(|data| data.remove::<Asking>(asking_id));
        interact::explain_text(ui, &response, "Starting points and your own presets.");
    }
    action
}

fn caption(ui: &mut Ui, text: &str) {
    ui.add_space(theme::SPACE);
    ui.small(text);
}

fn list(ui: &mut Ui, model: &PresetMenuModel<'_>) -> (Option<PresetAction>, Option<Asking>) {
    let mut action = None;
    ui.spacing_mut().item_spacing.y = 0.0;
    egui::ScrollArea::vertical().max_height(260.0).show(ui, |ui| {
        for (title, kind, names) in
            [("Starting points", PresetKind::Factory, model.factory), ("Your presets", PresetKind::User, model.user)]
        {
            if names.is_empty() {
                continue;
            }
            caption(ui, title);
            for (index, name) in names.iter().enumerate() {
                if row(ui, name, model.selected == Some((kind, index)), true) {
                    action = Some(PresetAction::Load(kind, index));
                }
            }
        }
    });
    ui.separator();
    let own = match model.selected {
        Some((PresetKind::User, index)) => Some(index),
        _ => None,
    };
    let mut asking = None;
    if row(ui, "Save as…", false, true) {
        asking = Some(Asking::Save(model.current.to_owned()));
    }
    if row(ui, "Save as default", false, true) {
        action = Some(PresetAction::SaveAsDefault);
    }
    if row(ui, "Rename…", false, own.is_some()) {
        asking = own.map(|index| Asking::Rename(index, model.current.to_owned()));
    }
    if row(ui, "Delete…", false, own.is_some()) {
        asking = own.map(Asking::Delete);
    }
    if row(ui, "Import…", false, true) {
        action = Some(PresetAction::Import);
    }
    if row(ui, "Export…", false, true) {
        action = Some(PresetAction::Export);
    }
    (action, asking)
}

/// The question in place of the list. Enter or the button does it, Cancel goes back.
fn ask(ui: &mut Ui, mut asking: Asking, model: &PresetMenuModel<'_>) -> Answer {
    let (title, verb) = match &asking {
        Asking::Save(_) => ("Save preset as".to_owned(), "Save"),
        Asking::Rename(..) => ("New name".to_owned(), "Rename"),
        Asking::Delete(index) => {
            let name = model.user.get(*index).map_or("", String::as_str);
            (format!("Delete \"{name}\"? The file is removed."), "Delete")
        }
    };
    ui.label(title);
    let mut entered = false;
    let mut valid = true;
    if let Asking::Save(name) | Asking::Rename(_, name) = &mut asking {
        let edit = ui.add(TextEdit::singleline(name).desired_width(f32::INFINITY).char_limit(64));
        ui.ctx().accesskit_node_builder(edit.id, |node| node.set_label("Preset name"));
        if !edit.has_focus() && !edit.lost_focus() {
            edit.request_focus();
        }
        entered = edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        valid = !name.trim().is_empty();
    }
    let mut done = false;
    let mut cancelled = false;
    ui.horizontal(|ui| {
        done = Button::new(verb).enabled(valid).show(ui).1;
        cancelled = Button::new("Cancel").show(ui).1;
    });
    if cancelled {
        return Answer::Cancelled;
    }
    if !(done || entered && valid) {
        return Answer::Open(asking);
    }
    Answer::Done(match asking {
        Asking::Save(name) => PresetAction::Save(name.trim().to_owned()),
        Asking::Rename(index, name) => PresetAction::Rename(index, name.trim().to_owned()),
        Asking::Delete(index) => PresetAction::Delete(index),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_step_through_both_lists_and_round() {
        let (factory, user) = (["a".to_owned(), "b".to_owned()], ["c".to_owned()]);
        let at = |selected| PresetMenuModel { selected, factory: &factory, user: &user, ..PresetMenuModel::default() };
        let (a, b, c) = ((PresetKind::Factory, 0), (PresetKind::Factory, 1), (PresetKind::User, 0));
        for (from, back, on) in [(None, c, a), (Some(a), c, b), (Some(b), a, c), (Some(c), b, a)] {
            assert_eq!((at(from).neighbour(-1), at(from).neighbour(1)), (Some(back), Some(on)), "{from:?}");
        }
        let none = PresetMenuModel::default();
        assert_eq!((none.neighbour(-1), none.neighbour(1)), (None, None));
    }
}
