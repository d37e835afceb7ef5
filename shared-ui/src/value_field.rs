//! Value as text: double-click to type, and everything a knob does.

use egui::text::{CCursor, CCursorRange};
use egui::{Align2, FontId, Id, Key, Rect, Role, Sense, Stroke, StrokeKind, TextEdit, Ui, vec2};

use crate::interact::{self, MenuChoice};
use crate::param::{Param, clean};
use crate::{PartResponse, gesture, paint, theme};

/// A parameter shown as its value in words, with its name before it.
///
/// Drag, wheel, arrows and reset work as on a knob; double-click or Enter types.
pub struct ValueField<'a> {
    param: &'a Param,
    width: f32,
    show_name: bool,
}

/// Typed text not committed yet, kept by egui between frames.
#[derive(Clone)]
struct Entry {
    text: String,
    /// Focus and selection are set in the first frame only.
    fresh: bool,
    /// The last Enter found no meaning in the text.
    refused: bool,
}

impl<'a> ValueField<'a> {
    /// A field for one parameter.
    pub fn new(param: &'a Param) -> Self {
        Self { param, width: 80.0, show_name: true }
    }

    /// Sets the width of the value in points. Default: 80.
    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    /// Leaves the name out, where it stands beside the field already. Default: it is shown.
    pub fn without_name(mut self) -> Self {
        self.show_name = false;
        self
    }

    /// Draws the field and lets it be used. The accessible name is the parameter's.
    pub fn show(self, ui: &mut Ui) -> PartResponse {
        let name_width = if self.show_name {
            let font = FontId::proportional(theme::TYPE_SMALL);
            let name = self.param.name().to_owned();
            ui.painter().layout_no_wrap(name, font, theme::DIM).size().x + 2.0 * theme::SPACE
        } else {
            0.0
        };
        let (rect, _) = ui.allocate_exact_size(vec2(name_width + self.width, 24.0), Sense::hover());
        let (name_rect, value_rect) = rect.split_left_right_at_x(rect.left() + name_width);
        if self.show_name {
            let pos = name_rect.left_center();
            paint::text(
                ui.painter(),
                pos,
                Align2::LEFT_CENTER,
                self.param.name(),
                theme::TYPE_SMALL,
                paint::words_color(ui, theme::DIM),
            );
        }
        let id = ui.make_persistent_id(("value field", self.param.id()));
        let response = ui.interact(value_rect, id, Sense::click_and_drag());
        let mut changed = false;
        if is_typing(ui, id) {
            changed |= typing(ui, id, value_rect, self.param);
        } else {
            // Here a double-click types, so it must not reset as on a knob's body.
            if response.double_clicked() || (response.has_focus() && ui.input(|input| input.key_pressed(Key::Enter))) {
                start_typing(ui, id, self.param);
            } else {
                changed |= interact::value(ui, &response, self.param);
            }
            match interact::menu(&response, self.param) {
                MenuChoice::Type => start_typing(ui, id, self.param),
                MenuChoice::Reset => changed |= interact::reset(ui, self.param),
                MenuChoice::Nothing | MenuChoice::Copy => {}
            }
            paint::plate(ui, value_rect, response.hovered(), false);
            let text = self.param.text(clean(self.param.normalized()));
            let inner = value_rect.shrink2(vec2(theme::SPACE, 0.0));
            paint::text_within(
                ui.painter(),
                inner,
                Align2::CENTER_CENTER,
                &text,
                theme::TYPE_BODY,
                paint::words_color(ui, theme::TEXT),
            );
            interact::explain(ui, &response, self.param);
        }
        paint::focus_ring(ui, &response, value_rect);
        interact::describe(ui, &response, self.param, Role::SpinButton);
        PartResponse { response, changed, animating: false }
    }
}

/// Whether the part with this id is taking typed text.
pub(crate) fn is_typing(ui: &Ui, id: Id) -> bool {
    ui.data(|data| data.get_temp::<Entry>(entry_id(id)).is_some())
}

/// Opens typed entry on the part with this id, all text selected.
pub(crate) fn start_typing(ui: &Ui, id: Id, param: &Param) {
    let entry = Entry { text: param.text(clean(param.normalized())), fresh: true, refused: false };
    ui.data_mut(|data| data.insert_temp(entry_id(id), entry));
    ui.ctx().request_repaint();
}

fn entry_id(id: Id) -> Id {
    id.with("entry")
}

/// Shows the open entry in `rect`. Enter and Tab commit, Escape and a click elsewhere cancel; a text without meaning stays
/// open, marked, so that it can be corrected. Answers whether the value was changed.
pub(crate) fn typing(ui: &mut Ui, id: Id, rect: Rect, param: &Param) -> bool {
    let Some(mut entry) = ui.data(|data| data.get_temp::<Entry>(entry_id(id))) else { return false };
    let edit_id = id.with("text");
    let edit = TextEdit::singleline(&mut entry.text)
        .id(edit_id)
        .font(FontId::proportional(theme::TYPE_BODY))
        .align(Align2::CENTER_CENTER)
        .margin(vec2(2.0, 1.0))
        .desired_width(rect.width());
    let response = ui.put(rect, edit);
    ui.ctx().accesskit_node_builder(edit_id, |node| node.set_label(format!("Type {}", param.name())));
    if entry.fresh {
        response.request_focus();
        let mut state = egui::text_edit::TextEditState::load(ui.ctx(), edit_id).unwrap_or_default();
        let all = CCursorRange::two(CCursor::new(0), CCursor::new(entry.text.chars().count()));
        state.cursor.set_char_range(Some(all));
        state.store(ui.ctx(), edit_id);
        entry.fresh = false;
    }
    if response.changed() {
        entry.refused = false;
    }
    let mut changed = false;
    let mut open = true;
    if response.lost_focus() {
        let (commits, cancels) = ui.input(|input| {
            (input.key_pressed(Key::Enter) || input.key_pressed(Key::Tab), input.key_pressed(Key::Escape))
        });
        open = false;
        if commits && !cancels {
            match param.parse(entry.text.trim()).filter(|value| value.is_finite()) {
                Some(value) => {
                    changed = clean(value) != param.normalized();
                    if changed {
                        gesture::once(ui.ctx(), param, value);
                    }
                }
                None => {
                    entry.refused = true;
                    open = true;
                    response.request_focus();
                }
            }
        }
    }
    if entry.refused {
        // Double line as well as hue.
        let stroke = Stroke::new(theme::LINE_THICK, theme::OVER);
        ui.painter().rect_stroke(rect.expand(2.0), theme::RADIUS, stroke, StrokeKind::Outside);
    }
    ui.data_mut(|data| {
        if open {
            data.insert_temp(entry_id(id), entry);
        } else {
            data.remove::<Entry>(entry_id(id));
        }
    });
    if !open {
        ui.ctx().request_repaint();
    }
    changed
}
