//! What is said of a parameter: a builder that a declaration begins with, and what may be added to it.

use std::ops::RangeInclusive;

use crate::text;

/// Whose a value is: what a preset, a slot and a starting point may move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The sound's: presets, slots and starting points move it. The default.
    Sound,
    /// The programme's (an operating level): presets and slots move it, starting points leave it alone.
    Programme,
    /// The session's and the machine's (trims, bypass): only a person and the host move it.
    Session,
    /// The session's as well, and it chooses the processor's mode: no host automates it, and it acts when the gesture that
    /// moves it ends.
    Mode,
}

/// A parameter as it is declared: what is the same for every kind, and what belongs to `K` ([`Number`], [`List`] or
/// [`OnOff`]). Automatable, of the sound, and at its default in old states, unless something else is said.
#[derive(Debug, Clone, Copy)]
pub struct Declaration<K> {
    pub(super) name: &'static str,
    pub(super) kind: K,
    pub(super) is_automatable: bool,
    pub(super) scope: Scope,
    pub(super) legacy: Option<f32>,
}

impl<K> Declaration<K> {
    fn new(name: &'static str, kind: K) -> Self {
        Self { name, kind, is_automatable: true, scope: Scope::Sound, legacy: None }
    }

    /// A host cannot automate it.
    #[must_use]
    pub fn not_automatable(self) -> Self {
        Self { is_automatable: false, ..self }
    }

    /// It is set for the programme and not for the sound ([`Scope::Programme`]).
    #[must_use]
    pub fn of_programme(self) -> Self {
        Self { scope: Scope::Programme, ..self }
    }

    /// It belongs to the session ([`Scope::Session`]).
    #[must_use]
    pub fn of_session(self) -> Self {
        Self { scope: Scope::Session, ..self }
    }

    /// It chooses the processor's mode ([`Scope::Mode`]).
    #[must_use]
    pub fn of_mode(self) -> Self {
        Self { scope: Scope::Mode, is_automatable: false, ..self }
    }

    /// What a state, a slot or a user's preset that was written before the parameter was there takes for it, in the
    /// parameter's own measure, so that it sounds as it did. A fresh instance and a chain file take the default.
    #[must_use]
    pub fn in_old_states(self, value: f32) -> Self {
        Self { legacy: Some(value), ..self }
    }
}

/// How a number is written and read.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Text {
    /// With its sign, to 0.01.
    Signed,
    /// Without a sign where it is positive, to 0.01.
    Unsigned,
    /// To 0.1.
    Percent,
    /// "120 Hz", "2.00 kHz".
    Hertz,
}

/// The word that stands for one end of a range.
#[derive(Debug, Clone, Copy)]
struct Word {
    text: &'static str,
    /// The number next to the word: what is typed never goes beyond it.
    last: f32,
    is_top: bool,
}

/// A continuous value.
#[derive(Debug, Clone, Copy)]
pub struct Number {
    pub(super) default: f32,
    pub(super) min: f32,
    pub(super) max: f32,
    /// For [`FloatRange::skew_factor`](nice_plug::prelude::FloatRange::skew_factor); `None` is linear.
    pub(super) skew: Option<f32>,
    unit: &'static str,
    text: Text,
    word: Option<Word>,
    /// What lies outside of these is the word.
    pub(super) numbers: (f32, f32),
}

impl Number {
    fn new(default: f32, range: &RangeInclusive<f32>, unit: &'static str, text: Text) -> Self {
        let numbers = (f32::NEG_INFINITY, f32::INFINITY);
        Self { default, min: *range.start(), max: *range.end(), skew: None, unit, text, word: None, numbers }
    }

    /// What the host appends to a written value. Behind a word there is no unit, so a value that has one writes its own.
    pub(super) fn host_unit(&self) -> &'static str {
        if self.word.is_some() { "" } else { self.unit }
    }

    /// The value as the host and the window show it, before [`host_unit`](Self::host_unit).
    pub(super) fn write(&self, value: f32) -> String {
        let (low, high) = self.numbers;
        if let Some(word) = self.word.filter(|_| !(low..=high).contains(&value)) {
            return word.text.to_owned();
        }
        // What lies between the last number and the word is written as that number, for nothing beyond it can be typed.
        let value = match self.word {
            Some(Word { last, is_top: true, .. }) => value.min(last),
            Some(Word { last, is_top: false, .. }) => value.max(last),
            None => value,
        };
        let text = match self.text {
            Text::Signed => text::write_db(value),
            Text::Unsigned => text::write_db(value).trim_start_matches('+').to_owned(),
            Text::Percent => text::write_percent(value),
            Text::Hertz => text::write_hz(value),
        };
        if self.word.is_some() { text + self.unit } else { text }
    }

    /// What a text means. A number never means the word, but "inf" does where the word is what lies beyond all numbers.
    pub(super) fn parse(&self, typed: &str) -> Option<f32> {
        let end = |word: &Word| if word.is_top { self.max } else { self.min };
        if let Some(word) = self.word.filter(|word| typed.eq_ignore_ascii_case(word.text)) {
            return Some(end(&word));
        }
        let value = match self.text {
            Text::Signed | Text::Unsigned => text::parse_number(typed, self.unit),
            Text::Percent => text::parse_percent(typed),
            Text::Hertz => text::parse_hz(typed),
        }?;
        Some(match self.word {
            Some(word) if value.is_infinite() && (value > 0.0) == word.is_top => end(&word),
            Some(Word { last, is_top: true, .. }) => value.min(last),
            Some(Word { last, is_top: false, .. }) => value.max(last),
            None => value,
        })
    }
}

impl Declaration<Number> {
    /// The top of the range is a word ("Off"): what lies more than `tolerance` above `last`, the greatest number.
    #[must_use]
    pub fn word_above(mut self, text: &'static str, last: f32, tolerance: f32) -> Self {
        self.kind.word = Some(Word { text, last, is_top: true });
        self.kind.numbers.1 = last + tolerance;
        self
    }

    /// The bottom of the range is a word: what lies more than `tolerance` below `last`, the least number.
    #[must_use]
    pub fn word_below(mut self, text: &'static str, last: f32, tolerance: f32) -> Self {
        self.kind.word = Some(Word { text, last, is_top: false });
        self.kind.numbers.0 = last - tolerance;
        self
    }

    /// How much of the way the lower values have: 0 is even, and each step below it squeezes the upper values more
    /// ([`FloatRange::skew_factor`](nice_plug::prelude::FloatRange::skew_factor)).
    #[must_use]
    pub fn skewed(mut self, skew: f32) -> Self {
        self.kind.skew = Some(skew);
        self
    }
}

/// A continuous level, shown with its sign: name, default and range in dB. Typed values are exact to 0.01 dB; automation is
/// continuous.
#[must_use]
pub fn level_db(name: &'static str, default: f32, range: RangeInclusive<f32>) -> Declaration<Number> {
    level(name, " dB", default, range)
}

/// The same in another unit, which begins with its space: " LUFS", " dB/oct". It may be typed or left out.
#[must_use]
pub fn level(name: &'static str, unit: &'static str, default: f32, range: RangeInclusive<f32>) -> Declaration<Number> {
    Declaration::new(name, Number::new(default, &range, unit, Text::Signed))
}

/// A continuous value that is shown without a sign where it is positive. The unit begins with its space: " dB", " ms".
#[must_use]
pub fn number(name: &'static str, unit: &'static str, default: f32, range: RangeInclusive<f32>) -> Declaration<Number> {
    Declaration::new(name, Number::new(default, &range, unit, Text::Unsigned))
}

/// A share in percent, 0..100.
#[must_use]
pub fn percent(name: &'static str, default: f32) -> Declaration<Number> {
    Declaration::new(name, Number::new(default, &(0.0..=100.0), " %", Text::Percent))
}

/// A frequency in Hz, with the octaves about evenly spread.
#[must_use]
pub fn frequency_hz(name: &'static str, default: f32, range: RangeInclusive<f32>) -> Declaration<Number> {
    Declaration::new(name, Number::new(default, &range, "", Text::Hertz)).skewed(-1.6)
}

/// One of a few values, each with the word that shows it.
#[derive(Debug, Clone, Copy)]
pub struct List<T: 'static> {
    pub(super) default: T,
    pub(super) values: &'static [(&'static str, T)],
}

/// One of a few named values. A released list may only grow at its end: the position is what a session stores.
#[must_use]
pub fn choice<T>(name: &'static str, default: T, values: &'static [(&'static str, T)]) -> Declaration<List<T>> {
    Declaration::new(name, List { default, values })
}

/// A switch, shown as "On" and "Off".
#[derive(Debug, Clone, Copy)]
pub struct OnOff {
    pub(super) default: bool,
    pub(super) is_bypass: bool,
}

/// A switch, shown as "On" and "Off".
#[must_use]
pub fn switch(name: &'static str, default: bool) -> Declaration<OnOff> {
    Declaration::new(name, OnOff { default, is_bypass: false })
}

impl Declaration<OnOff> {
    /// It is the host's bypass.
    #[must_use]
    pub fn host_bypass(mut self) -> Self {
        self.kind.is_bypass = true;
        self
    }
}
