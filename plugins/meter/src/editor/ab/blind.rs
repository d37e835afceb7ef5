//! The blind test: which of A and B is X? Driven by keys; nothing on the page tells before the end.

use egui::{Key, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use shared_ui::button::Button;
use shared_ui::fact::Fact;
use shared_ui::layout::{place, row};
use shared_ui::segmented::Segmented;
use shared_ui::{keys, section, theme};

use super::GAP;
use crate::ab::{Abx, AbxResult, Heard, Side, ways_at_least};
use crate::report;

/// How many trials there may be, and what they are called.
const TRIALS: [(u32, &str); 5] = [(10, "10"), (16, "16"), (20, "20"), (25, "25"), (50, "50")];
const KEYS: &[Key] = &[Key::A, Key::B, Key::X, Key::Num1, Key::Num2];

/// What may be listened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sound {
    /// A.
    A,
    /// B.
    B,
    /// The one that is to be told.
    X,
}

impl Sound {
    /// As the window calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::X => "X",
        }
    }
}

/// What a key or a button asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    Hear(Sound),
    Answer(Side),
}

/// The page.
pub struct Blind {
    trials: usize,
    test: Option<Abx>,
    playing: Option<Sound>,
    /// Where the results went, or why not; why no test began.
    note: String,
    wants_keys: bool,
}

impl Default for Blind {
    fn default() -> Self {
        Self { trials: 1, test: None, playing: None, note: String::new(), wants_keys: false }
    }
}

impl Blind {
    /// What is listened to.
    pub fn playing(&self) -> Option<Sound> {
        self.playing
    }

    /// The programme is heard again.
    pub fn stop(&mut self) {
        self.playing = None;
    }

    /// Whether there is nothing to give away: no test is under way.
    pub fn is_over(&self) -> bool {
        self.test.as_ref().is_none_or(|test| test.x().is_none())
    }

    /// Draws the page. Unless A and B `are_matched` no test begins: the louder one would be told by that. Answers what is to be heard now,
    /// if that changes, and whether the page is done with.
    pub fn show(&mut self, ui: &mut Ui, rect: Rect, are_matched: bool) -> (Option<Heard>, bool) {
        section::heading(ui, rect, "Blind test");
        let rest = rect.with_min_y(rect.top() + section::HEADING_HEIGHT + GAP);
        match self.test.as_ref().map(|test| (test.result(), test.answered(), test.trials())) {
            None => (None, self.before(ui, rest, are_matched)),
            Some((None, answered, trials)) => (self.under_way(ui, rest, answered, trials), false),
            Some((Some(result), ..)) => self.after(ui, rest, &result),
        }
    }

    fn before(&mut self, ui: &mut Ui, rect: Rect, are_matched: bool) -> bool {
        let mut is_done = false;
        place(ui, rect, "words", |ui| {
            ui.label("X is A or B, thrown anew for each trial. Listen as often as you like, and say which it is.");
            ui.label("The number of trials is settled now, and nothing is told before the last.");
            ui.small("Whoever may stop when it looks good proves nothing.");
        });
        let trials = TRIALS[self.trials].0;
        let width = ((rect.width() - 2.0 * GAP) / 3.0).floor();
        let least = (0..=trials).find(|&right| p_of(right, trials) < 0.05).unwrap_or(trials);
        let facts = [
            ("Needed", format!("{least} of {trials}"), format!("right, for p = {}", p_value(p_of(least, trials)))),
            ("By guessing", format!("{} of {trials}", trials / 2), "right, on average".to_owned()),
            ("For sure", format!("{trials} of {trials}"), format!("p = {}", p_value(p_of(trials, trials)))),
        ];
        for (number, (name, value, note)) in facts.iter().enumerate() {
            let left = rect.left() + number as f32 * (width + GAP);
            let at = Rect::from_min_size(pos2(left, rect.top() + 84.0), vec2(width, 80.0));
            place(ui, at, name, |ui| Fact { name, value, unit: "", note }.show(ui, at.size()));
        }
        place(ui, rect.with_min_y(rect.top() + 172.0), "choice", |ui| {
            let names = TRIALS.map(|(_, name)| name);
            let trials = Segmented::new("Trials").captioned("Trials").width(rect.width());
            if let (_, Some(picked)) = trials.show(ui, &names, self.trials) {
                self.trials = picked;
            }
            ui.horizontal(|ui| {
                let start = Button::new("Start").name("Start the blind test").enabled(are_matched);
                if start.min_width(2.0 * width + GAP).large(48.0, theme::TYPE_LARGE).show(ui).1 {
                    self.start();
                }
                let back = Button::new("Back").hint("Back to the comparison.").min_width(width);
                is_done = back.large(48.0, theme::TYPE_BODY).show(ui).1;
            });
            if !are_matched {
                ui.small("Let both play first: A and B are not matched in loudness yet.");
            } else if !self.note.is_empty() {
                ui.small(&self.note);
            }
        });
        is_done
    }

    fn start(&mut self) {
        (self.test, self.note) = match Abx::new(TRIALS[self.trials].0) {
            Ok(test) => (Some(test), String::new()),
            Err(error) => (None, error.to_string()),
        };
        self.playing = None;
        self.wants_keys = self.test.is_some();
    }

    fn under_way(&mut self, ui: &mut Ui, rect: Rect, answered: u32, trials: u32) -> Option<Heard> {
        // The keys are the page's while anything on it has the keyboard.
        let pad = ui.interact(rect, ui.scope_id().with("blind keys"), Sense::focusable_noninteractive());
        pad.widget_info(|| WidgetInfo::labeled(Role::Group, true, "Blind test keys"));
        let progress = format!("Trial {} of {trials}", answered + 1);
        ui.ctx().accesskit_node_builder(pad.id, |node| node.set_value(progress.clone()));
        if std::mem::take(&mut self.wants_keys) {
            pad.request_focus();
        }
        let mut ask = None;
        let mut gives_up = false;
        let mut focused = pad.has_focus().then_some(pad.id);
        let mut button = |ui: &mut Ui, area: Rect, asks: Ask, button: Button<'_>, size: f32| {
            let button = button.min_width(area.width()).large(area.height(), size);
            let (response, pressed) = place(ui, area, &format!("{asks:?}"), |ui| button.show(ui));
            if pressed {
                ask = Some(asks);
                pad.request_focus();
            }
            if response.has_focus() {
                focused = Some(response.id);
            }
        };
        place(ui, rect, "progress", |ui| ui.heading(&progress));
        let area = |left: f32, top: f32, width: f32, height: f32| {
            Rect::from_min_size(rect.min + vec2(left, top), vec2(width, height))
        };
        let third = ((rect.width() - 2.0 * GAP) / 3.0).floor();
        for (number, sound) in [Sound::A, Sound::B, Sound::X].into_iter().enumerate() {
            let name = format!("Listen to {}", sound.name());
            let on = self.playing == Some(sound);
            let listen = Button::new(sound.name()).name(&name).on(on).listening();
            let at = area(number as f32 * (third + GAP), 40.0, third, 120.0);
            button(ui, at, Ask::Hear(sound), listen, theme::TYPE_DISPLAY);
        }
        let half = ((rect.width() - GAP) / 2.0).floor();
        for (number, (side, words)) in [(Side::A, "X is A"), (Side::B, "X is B")].into_iter().enumerate() {
            let at = area(number as f32 * (half + GAP), 168.0, half, 56.0);
            button(ui, at, Ask::Answer(side), Button::new(words), theme::TYPE_LARGE);
        }
        place(ui, area(0.0, 240.0, rect.width(), 80.0), "keys", |ui| {
            ui.label("Keys: A, B and X to listen; 1 for \"X is A\", 2 for \"X is B\".");
            gives_up = Button::new("Give up").hint("Ends the test without a result.").min_width(120.0).show(ui).1;
        });
        if let Some(id) = focused {
            keys::claim(ui.ctx(), id, KEYS);
            let asks = [
                Ask::Hear(Sound::A),
                Ask::Hear(Sound::B),
                Ask::Hear(Sound::X),
                Ask::Answer(Side::A),
                Ask::Answer(Side::B),
            ];
            let by_key = KEYS.iter().zip(asks).find(|(key, _)| ui.input(|input| input.key_pressed(**key)));
            ask = by_key.map(|(_, ask)| ask).or(ask);
        }
        if gives_up {
            (self.test, self.playing) = (None, None);
            return Some(Heard::Programme);
        }
        self.obey(ask?)
    }

    /// Does what was asked; answers what is to be heard.
    fn obey(&mut self, ask: Ask) -> Option<Heard> {
        let test = self.test.as_mut()?;
        match ask {
            Ask::Hear(sound) => {
                self.playing = Some(sound);
                let side = match sound {
                    Sound::A => Side::A,
                    Sound::B => Side::B,
                    Sound::X => test.x()?,
                };
                Some(if side == Side::A { Heard::A } else { Heard::B })
            }
            Ask::Answer(side) => {
                test.answer(side);
                // The next X must not be heard as a change of the last.
                self.playing = None;
                Some(Heard::Programme)
            }
        }
    }

    fn after(&mut self, ui: &mut Ui, rect: Rect, result: &AbxResult) -> (Option<Heard>, bool) {
        let mut is_done = false;
        let score = format!("{} of {}", result.correct, result.trials.len());
        let p = p_value(result.p_value);
        let odds = format!("as good by guessing: 1 in {}", whole(1.0 / result.p_value));
        let verdict = if result.p_value <= 0.05 { "told apart" } else { "not told apart" };
        let facts = [("Score", &score, "right"), ("P-value", &p, odds.as_str())];
        let width = ((rect.width() - GAP) / 2.0).floor();
        for (number, (name, value, note)) in facts.into_iter().enumerate() {
            let at =
                Rect::from_min_size(pos2(rect.left() + number as f32 * (width + GAP), rect.top()), vec2(width, 80.0));
            let unit = if number == 0 { verdict } else { "" };
            place(ui, at, name, |ui| Fact { name, value, unit, note }.show(ui, at.size()));
        }
        let line = Rect::from_min_size(rect.min + vec2(0.0, 80.0 + GAP), vec2(rect.width(), 24.0));
        row(ui, line, "done", |ui| {
            let hint = "Writes every trial and the p-value into your documents.";
            if Button::new("Export results").hint(hint).min_width(140.0).show(ui).1 {
                self.note = match report::write_blind_test(&result.to_csv()) {
                    Ok(path) => format!("Written to {}", path.display()),
                    Err(error) => error.to_string(),
                };
            }
            if Button::new("Another test").min_width(140.0).show(ui).1 {
                (self.test, self.note) = (None, String::new());
            }
            is_done = Button::new("Back").hint("Back to the comparison.").min_width(140.0).show(ui).1;
        });
        let below = rect.with_min_y(line.bottom() + GAP);
        place(ui, below, "note", |ui| ui.small(&self.note));
        (None, is_done)
    }
}

/// The chance that guessing gets as many right, or more.
fn p_of(right: u32, trials: u32) -> f64 {
    ways_at_least(right, trials) as f64 / (1_u64 << trials) as f64
}

/// A probability with the figures that matter.
fn p_value(p: f64) -> String {
    if p >= 0.001 { format!("{p:.4}") } else { format!("{p:.2e}").replace('-', "−") }
}

/// A large number in words that can be read.
fn whole(number: f64) -> String {
    if number < 10.0 { format!("{number:.1}") } else { format!("{number:.0}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_shown_with_the_figures_that_matter() {
        assert_eq!(p_value(0.038_406_37), "0.0384");
        assert_eq!(p_value(1.0), "1.0000");
        assert_eq!(p_value(1.0 / 1024.0), "9.77e−4");
        assert_eq!((whole(1.0 / 0.038_406_37), whole(1.0 / 0.6)), ("26".to_owned(), "1.7".to_owned()));
    }
}
