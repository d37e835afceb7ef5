//! The A/B page: what is compared, how it is matched, and what of it is heard.

mod blind;
mod dialog;
mod files;
mod loop_ends;
mod matched;
#[cfg(test)]
mod page_tests;
#[cfg(test)]
mod tests;
mod thirds;
mod together;

use egui::{Rect, Ui, pos2, vec2};
use shared_plugin::editor::PanelContext;
use shared_ui::button::Button;
use shared_ui::layout::{place, row};
use shared_ui::source_plate::SourcePlate;
use shared_ui::{gesture, keys, theme};

use self::blind::Blind;
use self::files::Files;
use self::thirds::Thirds;
use self::together::Together;
use crate::ab::{Desk, Heard, Saved, Side};
use crate::params::{HEAR_A, HEAR_B, HEAR_DELTA, MeterParams, heard};
use crate::processor::MeterReading;

type Context<'a> = PanelContext<'a, MeterParams, MeterReading>;

const GAP: f32 = 2.0 * theme::SPACE;
const PLATE_HEIGHT: f32 = 56.0;
const LINE_HEIGHT: f32 = 24.0;
const FACTS_HEIGHT: f32 = 80.0;
const FOOT_HEIGHT: f32 = 160.0;
/// Between two looks at what a session keeps, seconds.
const KEEP_EVERY_S: f32 = 0.5;

/// What the page remembers between pictures.
#[derive(Default)]
pub struct Ab {
    desk: Desk,
    /// Of which loading of a session the desk is.
    loads: Option<u32>,
    /// What the session was told last.
    kept: Saved,
    until_kept_s: f32,
    /// Whether a file was missing when this was last told.
    has_told: bool,
    files: Files,
    thirds: Thirds,
    together: Together,
    /// The blind test, while its page is open.
    blind: Option<Blind>,
}

impl Ab {
    /// Once a picture, whatever is shown: follows session and audio thread. `is_shown` is whether the page is.
    pub fn update(&mut self, reading: &MeterReading, context: &Context<'_>, is_shown: bool) {
        self.follow_session(context);
        let is_heard = heard_now(context) != Heard::Programme;
        self.desk.set_held(self.blind.as_ref().is_some_and(|blind| !blind.is_over()));
        let rate_hz = f64::from(context.sample_rate_hz());
        let elapsed_s = f64::from(context.elapsed_s);
        let comparison = reading.comparison.as_ref();
        self.desk.set_own(context.params.taps.id());
        self.desk.update(reading.ab.as_ref(), comparison, rate_hz, elapsed_s, (is_shown || is_heard, is_heard));
        if is_shown {
            self.thirds.update(&self.desk, rate_hz);
            self.together.update(&self.desk, rate_hz, elapsed_s);
        }
        self.tell_missing(context);
        self.until_kept_s -= context.elapsed_s;
        if self.until_kept_s <= 0.0 {
            self.keep(context);
        }
    }

    /// Takes what a session brought.
    fn follow_session(&mut self, context: &Context<'_>) {
        let own = context.params.session.own();
        if self.loads == Some(own.loads) {
            return;
        }
        self.loads = Some(own.loads);
        let saved = Saved::read(&own.text);
        drop(own);
        if saved.is_none() {
            *context.params.session.message() =
                Some("What this session says of A and B cannot be read; both are as at first.".to_owned());
        }
        self.kept = saved.unwrap_or_default();
        self.desk.load(&self.kept);
        (self.blind, self.has_told) = (None, false);
    }

    /// Tells the session what it has to keep.
    fn keep(&mut self, context: &Context<'_>) {
        self.until_kept_s = KEEP_EVERY_S;
        let saved = self.desk.saved();
        if saved != self.kept {
            context.params.session.keep_own(saved.write());
            self.kept = saved;
        }
    }

    /// Tells once of a file that a session names and that is not there.
    fn tell_missing(&mut self, context: &Context<'_>) {
        if self.has_told || self.loads == Some(0) {
            return;
        }
        if let Some(problem) = self.desk.items().into_iter().find_map(|item| item.problem) {
            self.has_told = true;
            *context.params.session.message() = Some(problem);
        }
    }

    /// The window has gone, and with it what is listened to.
    pub fn closed(&mut self) {
        self.desk.close();
        self.blind = None;
        self.files.closed();
        (self.thirds, self.together) = (Thirds::default(), Together::default());
    }

    /// While the monitor is not the programme: a plate that says so, and that a press takes back. Answers whether there is one.
    pub fn sign(&mut self, ui: &mut Ui, context: &Context<'_>, width: f32) -> bool {
        let sound = match (heard_now(context), self.blind.as_ref().and_then(Blind::playing)) {
            (Heard::Programme, _) => return false,
            (_, Some(sound)) => sound.name(),
            (Heard::A, None) => "A",
            (Heard::B, None) => "B",
            (Heard::Delta, None) => "what differs",
        };
        let is_bypassed = context.params.shell.bypass.value();
        let words = if is_bypassed {
            format!("Bypassed; else {sound}")
        } else {
            format!("You hear {sound}, not the programme")
        };
        let hint = "The monitor is not the programme. Press to hear the programme again.";
        if Button::new(&words).hint(hint).on(true).warning().min_width(width).show(ui).1 {
            self.hear(ui, context, Heard::Programme);
        }
        true
    }

    fn hear(&mut self, ui: &Ui, context: &Context<'_>, wanted: Heard) {
        for (switch, its) in [(HEAR_A, Heard::A), (HEAR_B, Heard::B), (HEAR_DELTA, Heard::Delta)] {
            let Some(param) = context.listening(&switch) else { continue };
            let on = f32::from(u8::from(its == wanted));
            if param.normalized() != on {
                gesture::once(ui.ctx(), param, on);
            }
        }
        if wanted == Heard::Programme
            && let Some(blind) = &mut self.blind
        {
            blind.stop();
        }
    }

    /// Draws the page. Answers whether anything moves.
    pub fn show(&mut self, ui: &mut Ui, rect: Rect, reading: &MeterReading, context: &Context<'_>) -> bool {
        let (plates, rest) = rect.split_top_bottom_at_y(rect.top() + PLATE_HEIGHT);
        self.plates(ui, plates, context);
        let rest = rest.with_min_y(rest.top() + GAP);
        let is_matched = self.desk.difference_lu().is_some();
        if let Some(blind) = &mut self.blind {
            let (wanted, is_over) = place(ui, rest, "blind", |ui| blind.show(ui, rest, is_matched));
            if let Some(wanted) = wanted {
                self.hear(ui, context, wanted);
            }
            if is_over {
                self.blind = None;
                self.hear(ui, context, Heard::Programme);
            }
            return true;
        }
        let (line, rest) = rest.split_top_bottom_at_y(rest.top() + LINE_HEIGHT);
        let (upper, foot) = rest.split_top_bottom_at_y(rest.bottom() - FOOT_HEIGHT);
        let (wave, facts) = upper.split_top_bottom_at_y(upper.bottom() - FACTS_HEIGHT - GAP);
        let wave = Rect::from_min_max(wave.min + vec2(0.0, GAP), wave.max - vec2(0.0, GAP));
        let facts = facts.with_max_y(facts.bottom() - GAP);
        let mut moves = self.files.line(ui, line, &mut self.desk);
        if let Some(note) = self.files.take_note() {
            *context.params.session.message() = Some(note);
        }
        // The file's own picture where there is one, below what both are.
        let has_file = files::has_file(&self.desk);
        let history_end = if has_file { wave.top() + (0.5 * wave.height()).floor() } else { wave.bottom() };
        let (history, wave) = wave.split_top_bottom_at_y(history_end);
        let difference_lu = self.desk.difference_lu();
        place(ui, history, "together", |ui| self.together.show(ui, history.size(), difference_lu));
        if has_file {
            let wave = wave.with_min_y(wave.top() + theme::SPACE);
            moves |= self.files.wave(ui, wave, &mut self.desk);
        }
        matched::show(ui, facts, &self.desk, reading, f64::from(context.sample_rate_hz()));
        self.foot(ui, foot, context);
        moves || reading.comparison.is_some()
    }

    fn plates(&mut self, ui: &mut Ui, rect: Rect, context: &Context<'_>) {
        let items = self.desk.items();
        let choices: Vec<String> = items.iter().map(|item| format!("{}, {}", item.name, item.detail)).collect();
        let note = self.desk.taps_note();
        let now = heard_now(context);
        let is_blind = self.blind.as_ref().is_some_and(|blind| !blind.is_over());
        let width = 0.5 * (rect.width() - GAP);
        for (number, (side, letter, its)) in
            [(Side::A, "A", Heard::A), (Side::B, "B", Heard::B)].into_iter().enumerate()
        {
            let area = Rect::from_min_size(
                pos2(rect.left() + number as f32 * (width + GAP), rect.top()),
                vec2(width, rect.height()),
            );
            let selected = items.iter().position(|item| item.id == *self.desk.source(side)).unwrap_or(0);
            let item = &items[selected];
            let plate = SourcePlate {
                letter,
                name: &item.name,
                detail: &item.detail,
                problem: item.problem_beside_name(),
                // In a blind test the plates tell nothing.
                is_heard: now == its && !is_blind,
                choices: &choices,
                selected,
                note: note.as_deref(),
            };
            if let Some(picked) = place(ui, area, letter, |ui| plate.show(ui, area.size())) {
                self.desk.choose(side, items[picked].id.clone());
            }
        }
    }

    fn foot(&mut self, ui: &mut Ui, rect: Rect, context: &Context<'_>) {
        let (left, right) = rect.split_left_right_at_x(rect.left() + 0.5 * (rect.width() - GAP));
        let right = right.with_min_x(right.left() + GAP);
        let (large, rows) = left.split_top_bottom_at_y(left.bottom() - 2.0 * LINE_HEIGHT - 2.0 * theme::SPACE);
        let large = large.with_max_y(large.bottom() - theme::SPACE);
        self.switches(ui, large, context);
        let rate_hz = f64::from(context.sample_rate_hz());
        let half = (0.5 * (left.width() - theme::SPACE)).floor();
        let (upper, lower) = rows.split_top_bottom_at_y(rows.top() + LINE_HEIGHT + theme::SPACE);
        row(ui, upper.with_max_y(upper.top() + LINE_HEIGHT), "match", |ui| {
            let hint = "Forgets loudness match, delay and polarity, and finds them anew.";
            if Button::new("Match again").hint(hint).min_width(half).show(ui).1 {
                self.desk.match_again(rate_hz);
            }
            let is_frozen = self.desk.is_frozen();
            let hint = "Holds loudness match, delay and polarity as they are.";
            let freeze = Button::new("Freeze match").hint(hint).on(is_frozen).min_width(half);
            if freeze.show(ui).1 {
                self.desk.set_frozen(!is_frozen);
            }
        });
        row(ui, lower.with_max_y(lower.top() + LINE_HEIGHT), "more", |ui| {
            if Button::new("Swap A and B").hint("A becomes B, and B becomes A.").min_width(half).show(ui).1 {
                self.desk.swap();
            }
            let hint = "Can you tell A from B? A test with ten to fifty trials, by keys.";
            if Button::new("Blind test…").name("Blind test").hint(hint).min_width(half).show(ui).1 {
                self.blind = Some(Blind::default());
                self.hear(ui, context, Heard::Programme);
            }
        });
        place(ui, right, "thirds", |ui| self.thirds.show(ui, right.size(), self.desk.difference_lu()));
    }

    /// What is heard: the two large ones, and the programme and the difference beside them.
    fn switches(&mut self, ui: &mut Ui, rect: Rect, context: &Context<'_>) {
        const KEYS: &[egui::Key] = &[egui::Key::Num0, egui::Key::Num1, egui::Key::Num2, egui::Key::Num3];
        const ALL: [(Heard, &str, &str, &str); 4] = [
            (Heard::A, "A", "Hear A", "A, aligned and as loud as B. Key 1 while one of these has the keyboard."),
            (Heard::B, "B", "Hear B", "B, aligned and as loud as A. Key 2."),
            (Heard::Programme, "Programme", "Hear the programme", "What passes through, untouched. Key 0."),
            (Heard::Delta, "Difference", "Hear the difference", "What is left of A less B. Key 3."),
        ];
        let now = heard_now(context);
        let small = 104.0;
        let wide = ((rect.width() - small - 2.0 * theme::SPACE) / 2.0).floor();
        let high = (0.5 * (rect.height() - theme::SPACE)).floor();
        let at =
            |x: f32, y: f32, width: f32, height: f32| Rect::from_min_size(rect.min + vec2(x, y), vec2(width, height));
        let beside = 2.0 * (wide + theme::SPACE);
        let areas = [
            at(0.0, 0.0, wide, rect.height()),
            at(wide + theme::SPACE, 0.0, wide, rect.height()),
            at(beside, 0.0, small, high),
            at(beside, high + theme::SPACE, small, high),
        ];
        let mut wanted = None;
        let mut focused = None;
        for ((sound, label, name, hint), area) in ALL.into_iter().zip(areas) {
            let is_large = matches!(sound, Heard::A | Heard::B);
            let size = if is_large { theme::TYPE_DISPLAY } else { theme::TYPE_BODY };
            let button = Button::new(label).name(name).hint(hint).on(now == sound).min_width(area.width());
            let button = if sound == Heard::Programme { button } else { button.listening() };
            let (response, pressed) = place(ui, area, name, |ui| button.large(area.height(), size).show(ui));
            if pressed {
                wanted = Some(sound);
            }
            if response.has_focus() {
                focused = Some(response.id);
            }
        }
        if let Some(id) = focused {
            keys::claim(ui.ctx(), id, KEYS);
            let sounds = [Heard::Programme, Heard::A, Heard::B, Heard::Delta];
            let by_key = KEYS.iter().zip(sounds).find(|(key, _)| ui.input(|input| input.key_pressed(**key)));
            wanted = by_key.map(|(_, sound)| sound).or(wanted);
        }
        if let Some(wanted) = wanted {
            self.hear(ui, context, wanted);
        }
    }
}

/// What is heard now.
fn heard_now(context: &Context<'_>) -> Heard {
    heard(|switch| context.listening(switch).is_some_and(|param| param.normalized() >= 0.5))
}
