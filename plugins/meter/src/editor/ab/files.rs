//! The list of files: a line to add one by its path or by a dialog, and the picture of the one that is compared.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Key, Rect, TextEdit, Ui, vec2};
use shared_audio::Song;
use shared_ui::button::Button;
use shared_ui::layout::{place, row};
use shared_ui::theme;
use shared_ui::waveform::Waveform;

use super::dialog::{Answer, Dialog};
use super::loop_ends::LoopEnds;
use crate::ab::{Desk, LoopRange, ReferenceState, Side, SourceId};

/// Peaks of a picture: more than it has pixels at 100 %.
const PEAKS: usize = 1200;

/// What is being typed, chosen and drawn.
#[derive(Default)]
pub struct Files {
    path: String,
    dialog: Option<Dialog>,
    /// What the message line should say.
    note: Option<String>,
    loop_ends: LoopEnds,
    /// The song that the peaks are of.
    drawn: Option<Arc<Song>>,
    peaks: Vec<f32>,
}

/// The file that is shown: B's, or A's where B is none.
fn shown(desk: &Desk) -> Option<(Side, PathBuf)> {
    [Side::B, Side::A].into_iter().find_map(|side| match desk.source(side) {
        SourceId::File(path) => Some((side, path.clone())),
        _ => None,
    })
}

/// Whether A or B is a file.
pub fn has_file(desk: &Desk) -> bool {
    shown(desk).is_some()
}

fn loop_range((from_s, to_s): (f32, f32)) -> LoopRange {
    LoopRange { from_s: from_s.into(), to_s: to_s.into() }
}

impl Files {
    /// The window has gone. A dialog that is open stays until it is answered, and nobody hears the answer.
    pub fn closed(&mut self) {
        self.dialog = None;
    }

    /// What the message line should say, once.
    pub fn take_note(&mut self) -> Option<String> {
        self.note.take()
    }

    fn add(&mut self, desk: &mut Desk, path: PathBuf) {
        match desk.add(Side::B, path) {
            Ok(()) => self.path.clear(),
            Err(error) => self.note = Some(error.to_string()),
        }
    }

    fn follow_dialog(&mut self, desk: &mut Desk) {
        let Some(answer) = self.dialog.as_ref().and_then(Dialog::poll) else { return };
        self.dialog = None;
        match answer {
            Answer::Chosen(path) => self.add(desk, path),
            Answer::Nothing => {}
            Answer::NoDialog => self.note = Some("No file dialog here: type the path.".to_owned()),
        }
    }

    /// Draws the line. Answers whether a picture is due though nothing was touched.
    pub fn line(&mut self, ui: &mut Ui, rect: Rect, desk: &mut Desk) -> bool {
        self.follow_dialog(desk);
        let file = shown(desk).map(|(_, path)| path);
        let problem = file.as_ref().and_then(|path| desk.item(&SourceId::File(path.clone())).problem);
        row(ui, rect, "files", |ui| {
            let edit = TextEdit::singleline(&mut self.path)
                .id_salt("reference path")
                .hint_text("Path of a reference file")
                .background_color(theme::GROUND)
                .margin(vec2(2.0 * theme::SPACE, 3.0))
                .char_limit(4096);
            let edit = ui.add_sized(vec2(250.0, rect.height()), edit);
            ui.ctx().accesskit_node_builder(edit.id, |node| node.set_label("Path of a reference file"));
            let entered = edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let is_typed = !self.path.trim().is_empty();
            let hint = "Reads the file and makes it B. Eight files are the most.";
            let pressed = Button::new("Add").name("Add reference file").hint(hint).enabled(is_typed).show(ui).1;
            if is_typed && (pressed || entered) {
                let path = PathBuf::from(self.path.trim());
                self.add(desk, path);
            }
            let browse = Button::new("Browse…").name("Browse for a reference file").enabled(self.dialog.is_none());
            if browse.hint("Chooses a file in the system's dialog.").show(ui).1 {
                self.dialog = Dialog::open();
            }
            if let Some(path) = &file {
                self.of_shown(ui, desk, path, problem.is_some());
            }
        });
        // Somebody answers a dialog, or a thread has read a file, without touching the window.
        self.dialog.is_some() || desk.files().iter().any(|file| matches!(file.state(), ReferenceState::Loading))
    }

    fn of_shown(&mut self, ui: &mut Ui, desk: &mut Desk, path: &Path, is_missing: bool) {
        if is_missing && Button::new("Read again").hint("The file may have come back.").show(ui).1 {
            desk.read_again(path);
        }
        let file = desk.files().iter().find(|file| file.path() == path);
        if let Some((range, ReferenceState::Ready(song))) = file.map(|file| (file.loop_range, file.state())) {
            let range_s = range.map(|range| (range.from_s as f32, range.to_s as f32));
            let set = self.loop_ends.show(ui, range_s, song.duration_s() as f32);
            let whole = Button::new("Whole song").hint("Loops all of the file.").enabled(range.is_some());
            let set = if whole.show(ui).1 { Some(None) } else { set };
            if let Some(range) = set {
                desk.set_range(path, range.map(loop_range));
            }
        }
        if Button::new("Remove").name("Remove reference file").hint("Takes the file off the list.").show(ui).1 {
            desk.forget(path);
        }
    }

    /// Draws the file that is compared, and lets a part of it be marked. Answers whether it moves.
    pub fn wave(&mut self, ui: &mut Ui, rect: Rect, desk: &mut Desk) -> bool {
        let file = shown(desk);
        let state = file.as_ref().and_then(|(_, path)| desk.files().iter().find(|file| file.path() == path));
        let song = state.and_then(|file| match file.state() {
            ReferenceState::Ready(song) => Some(Arc::clone(song)),
            ReferenceState::Loading | ReferenceState::Missing(_) => None,
        });
        let range = state.and_then(|file| file.loop_range);
        let empty = match state.map(|file| file.state()) {
            None => "Neither A nor B is a file.",
            Some(ReferenceState::Loading) => "The file is being read.",
            Some(_) => "The file is not there.",
        };
        let is_same = match (&song, &self.drawn) {
            (Some(song), Some(drawn)) => Arc::ptr_eq(song, drawn),
            (None, None) => true,
            _ => false,
        };
        if !is_same {
            self.peaks = song.as_ref().map_or_else(Vec::new, |song| song.peaks(PEAKS));
            self.drawn = song.clone();
        }
        let waveform = Waveform {
            peaks: &self.peaks,
            duration_s: song.as_ref().map_or(0.0, |song| song.duration_s() as f32),
            range_s: range.map(|range| (range.from_s as f32, range.to_s as f32)),
            position_s: file.as_ref().and_then(|(side, _)| desk.position_s(*side)).map(|at| at as f32),
            empty,
        };
        let (part, marked) = place(ui, rect, "waveform", |ui| waveform.show(ui, rect.size()));
        if let (Some(range), Some((_, path))) = (marked, file) {
            desk.set_range(&path, range.map(loop_range));
        }
        part.animating
    }
}
