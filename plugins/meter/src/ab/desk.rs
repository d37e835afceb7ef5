//! The window's half of A/B: which sources there are, which are chosen, how they are matched, and what of that a session keeps.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use shared_taps::{Point, TapId};

use super::aligner::Aligner;
use super::comparison::ComparisonReading;
use super::finder::{Finder, Match};
use super::monitor::{Engine, Link, Order};
use super::player::Player;
use super::references::{LoopRange, Reference, ReferenceState, References};
use super::saved::{Saved, SavedFile, SavedMatch};
use super::source::Input;
use super::source_id::{SourceId, SourceItem, TapSource};
use super::taps::Taps;
use super::{FullError, Side};

/// Before a session activates the plugin nobody knows the rate; files are read again when they are.
const FIRST_RATE_HZ: u32 = 48_000;

/// What the audio thread was given for a side.
#[derive(Debug, Clone, PartialEq)]
struct Sent {
    id: SourceId,
    /// Where the song lies, or which listening it is, and so what is played; 0 where nothing is.
    sound: usize,
    range: Option<LoopRange>,
}

/// The window's half. Lives as long as the plugin.
#[derive(Debug)]
pub struct Desk {
    link: Option<Arc<Link>>,
    references: References,
    sources: [SourceId; 2],
    finder: Finder,
    difference_lu: Option<f64>,
    taps: Taps,
    /// Jumps of taps that were seen.
    jumps: u32,
    /// The generation of the audio thread in which it was given a comparison.
    installed: Option<u32>,
    sent: [Option<Sent>; 2],
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            link: None,
            references: References::new(FIRST_RATE_HZ),
            sources: [SourceId::Programme, SourceId::Reference],
            finder: Finder::default(),
            difference_lu: None,
            taps: Taps::default(),
            jumps: 0,
            installed: None,
            sent: [None, None],
        }
    }
}

impl Desk {
    /// What a session keeps.
    #[must_use]
    pub fn saved(&self) -> Saved {
        let rate_hz = f64::from(self.references.sample_rate_hz());
        let file = |reference: &Reference| SavedFile {
            path: reference.path().to_string_lossy().into_owned(),
            loop_s: reference.loop_range.map(|range| [range.from_s, range.to_s]),
        };
        let matched = self.finder.matched;
        let has_match = matched.is_some() || self.difference_lu.is_some();
        let [a, b] = &self.sources;
        Saved {
            a: a.into(),
            b: b.into(),
            files: self.references.list().iter().map(file).collect(),
            matched: has_match.then(|| SavedMatch {
                // A hundredth is all that is shown, and a state that changes with each reading tells nobody anything.
                difference_lu: self.difference_lu.map(|lu| (100.0 * lu).round() / 100.0),
                delay_s: matched.and_then(|matched| matched.delay_samples).map(|delay| delay / rate_hz),
                is_inverted: matched.is_some_and(|matched| matched.is_inverted),
                confidence: matched.map_or(0.0, |matched| matched.confidence),
            }),
            is_frozen: self.finder.is_frozen,
        }
    }

    /// Becomes what a session kept; files are read from now on.
    pub fn load(&mut self, saved: &Saved) {
        let rate_hz = self.references.sample_rate_hz();
        self.references = References::new(rate_hz);
        for file in &saved.files {
            if let Ok(index) = self.references.add(&file.path)
                && let Some(reference) = self.references.get_mut(index)
            {
                reference.loop_range = file.loop_s.map(|[from_s, to_s]| LoopRange { from_s, to_s });
            }
        }
        self.sources = [&saved.a, &saved.b].map(SourceId::from);
        // A tap comes with another delay each time.
        let has_tap = self.sources.iter().any(|source| matches!(source, SourceId::Tap(_)));
        let matched = saved.matched.filter(|matched| matched.confidence > 0.0 && !has_tap);
        self.finder.matched = matched.map(|matched| Match {
            delay_samples: matched.delay_s.map(|delay| (delay * f64::from(rate_hz) * 1e6).round() / 1e6),
            is_inverted: matched.is_inverted,
            confidence: matched.confidence,
        });
        self.difference_lu = saved.matched.and_then(|matched| matched.difference_lu);
        self.finder.is_frozen = saved.is_frozen;
        self.finder.stop();
        self.remove();
    }

    /// The window has gone: the audio thread compares no more, and gives back what it had.
    pub fn close(&mut self) {
        self.finder.stop();
        self.remove();
        self.taps.close();
    }

    fn remove(&mut self) {
        if let Some(link) = &self.link {
            // A full way empties itself; then the next window finds the comparison there.
            let _ = link.send(Order::Remove);
        }
        self.installed = None;
        self.sent = [None, None];
        self.finder.set_aligner(None);
    }

    /// Once a picture: takes what was read and found, and gives the audio thread what it lacks. `is_wanted` is whether anybody looks at the
    /// comparison or listens to it, `is_heard` whether A or B is heard now. Answers whether anything else is shown now.
    pub fn update(
        &mut self,
        link: Option<&Arc<Link>>,
        reading: Option<&ComparisonReading>,
        sample_rate_hz: f64,
        elapsed_s: f64,
        (is_wanted, is_heard): (bool, bool),
    ) -> bool {
        let mut is_news = self.references.poll();
        if sample_rate_hz > 0.0 && sample_rate_hz.round() as u32 != self.references.sample_rate_hz() {
            let ratio = sample_rate_hz / f64::from(self.references.sample_rate_hz());
            self.references.set_sample_rate_hz(sample_rate_hz.round() as u32);
            self.finder.rescale(ratio);
            is_news = true;
        }
        if let Some(link) = link {
            if !self.link.as_ref().is_some_and(|have| Arc::ptr_eq(have, link)) {
                self.installed = None;
            }
            self.link = Some(Arc::clone(link));
        }
        if let Some(lu) = reading.and_then(|reading| reading.difference_lu) {
            self.difference_lu = Some(lu);
        }
        self.follow_taps(elapsed_s, is_wanted);
        let Some(link) = self.link.clone().filter(|_| sample_rate_hz > 0.0) else { return is_news };
        self.supply(&link, sample_rate_hz, is_wanted);
        let jumps = link.jumps();
        if self.jumps != jumps {
            self.jumps = jumps;
            self.finder.lose();
        }
        let Finder { matched, is_frozen, is_held, matches, .. } = self.finder;
        let delay_samples = matched.and_then(|matched| matched.delay_samples);
        let is_inverted = delay_samples.is_some() && matched.is_some_and(|matched| matched.is_inverted);
        link.set(delay_samples.unwrap_or(0.0), is_inverted, is_frozen || is_held, matches);
        link.tidy();
        let are_different = self.sources[0] != self.sources[1];
        is_news |= self.finder.update(sample_rate_hz, elapsed_s, (is_heard, are_different));
        is_news
    }

    /// Looks which other plugins there are while anybody compares, and listens to those that A and B are.
    fn follow_taps(&mut self, elapsed_s: f64, is_wanted: bool) {
        if !is_wanted {
            self.taps.close();
            return;
        }
        let tap = |source: &SourceId| match source {
            SourceId::Tap(tap) => tap.id,
            _ => None,
        };
        let wanted: Vec<TapId> = self.sources.iter().filter_map(tap).collect();
        self.taps.update(&wanted, elapsed_s);
        for source in &mut self.sources {
            if let SourceId::Tap(tap) = source {
                self.taps.find(tap);
            }
        }
    }

    /// Gives the audio thread a comparison if it has none and one is wanted, and else what has changed.
    fn supply(&mut self, link: &Link, sample_rate_hz: f64, is_wanted: bool) {
        let generation = link.generation();
        if self.installed != Some(generation) {
            self.installed = None;
            self.finder.set_aligner(None);
            if is_wanted {
                let inputs = [0, 1].map(|side| self.input(side, sample_rate_hz));
                let engine = Engine::new(sample_rate_hz, inputs, self.difference_lu);
                let aligner = engine.comparison().aligner().clone();
                if link.send(Order::Install(Box::new(engine))).is_ok() {
                    self.installed = Some(generation);
                    self.sent = [0, 1].map(|side| Some(self.wanted(side)));
                    self.finder.set_aligner(Some(aligner));
                }
            }
            return;
        }
        for side in 0..2 {
            let wanted = self.wanted(side);
            let Some(sent) = self.sent[side].as_ref().filter(|sent| **sent != wanted) else { continue };
            let is_same_sound = (&sent.id, sent.sound) == (&wanted.id, wanted.sound);
            let order = if is_same_sound {
                Order::Range(side, wanted.range)
            } else {
                Order::Input(side, self.input(side, sample_rate_hz))
            };
            if link.send(order).is_ok() {
                self.sent[side] = Some(wanted);
                self.finder.forget_heard();
            }
        }
    }

    /// What a side should be playing.
    fn wanted(&self, side: usize) -> Sent {
        let id = self.sources[side].clone();
        let (sound, range) = match &id {
            SourceId::Programme | SourceId::Reference => (0, None),
            SourceId::File(path) => match self.reference(path).map(|file| (file.state(), file.loop_range)) {
                Some((ReferenceState::Ready(song), range)) => (Arc::as_ptr(song) as usize, range),
                Some((_, range)) => (0, range),
                None => (0, None),
            },
            SourceId::Tap(tap) => (self.taps.listening(tap.id), None),
        };
        Sent { id, sound, range }
    }

    /// What plays that on the audio thread.
    fn input(&self, side: usize, sample_rate_hz: f64) -> Input {
        match &self.sources[side] {
            SourceId::Programme => Input::Programme,
            SourceId::Reference => Input::Reference,
            SourceId::File(path) => match self.reference(path).map(|file| (file.state(), file.loop_range)) {
                Some((ReferenceState::Ready(song), range)) => {
                    let mut player = Player::default();
                    let _ = player.set_song(Some(Arc::clone(song)), range);
                    Input::File(player)
                }
                _ => Input::Nothing,
            },
            SourceId::Tap(tap) => {
                self.taps.player(tap.id, tap.point, sample_rate_hz).map_or(Input::Nothing, Input::Tap)
            }
        }
    }

    fn reference(&self, path: &Path) -> Option<&Reference> {
        self.references.list().iter().find(|reference| reference.path() == path)
    }

    /// How A and B are matched in time; `None` before that was found out.
    #[must_use]
    pub fn matched(&self) -> Option<Match> {
        self.finder.matched
    }

    /// By how many LU A is louder, measured or remembered.
    #[must_use]
    pub fn difference_lu(&self) -> Option<f64> {
        self.difference_lu
    }

    /// Whether an alignment is being looked for.
    #[must_use]
    pub fn is_aligning(&self) -> bool {
        self.finder.is_aligning()
    }

    /// Whether the match stands still.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.finder.is_frozen
    }

    /// Holds the match as it is, or lets it go on.
    pub fn set_frozen(&mut self, is_frozen: bool) {
        self.finder.is_frozen = is_frozen;
    }

    /// Holds the match while a test is under way.
    pub fn set_held(&mut self, is_held: bool) {
        self.finder.is_held = is_held;
    }

    /// The two sides as the aligner hears them, for a picture; `None` while nobody compares.
    #[must_use]
    pub fn aligner(&self) -> Option<&Aligner> {
        self.finder.aligner()
    }

    /// Forgets the match and begins another.
    pub fn match_again(&mut self, sample_rate_hz: f64) {
        self.difference_lu = None;
        self.finder.begin();
        if sample_rate_hz > 0.0 {
            self.finder.look(sample_rate_hz);
        }
    }

    fn forget_match(&mut self) {
        self.difference_lu = None;
        self.finder.begin();
        self.finder.forget_heard();
    }

    /// Which instance this Meter is: it is no other plugin.
    pub fn set_own(&mut self, id: Option<TapId>) {
        self.taps.own = id;
    }

    /// What a side is.
    #[must_use]
    pub fn source(&self, side: Side) -> &SourceId {
        &self.sources[side.index()]
    }

    /// Makes a side something else; the match is another then.
    pub fn choose(&mut self, side: Side, id: SourceId) {
        if self.sources[side.index()] != id {
            self.sources[side.index()] = id;
            self.forget_match();
        }
    }

    /// Lets A and B change places. The match is the same, seen from the other side.
    pub fn swap(&mut self) {
        let is_sent = self.installed.is_none() || self.link.as_ref().is_none_or(|link| link.send(Order::Swap).is_ok());
        if !is_sent {
            return;
        }
        self.sources.swap(0, 1);
        self.sent.swap(0, 1);
        self.difference_lu = self.difference_lu.map(|lu| -lu);
        self.finder.swap();
    }

    /// Adds a file to the list, makes it a side, and begins to read it.
    ///
    /// # Errors
    ///
    /// [`FullError`].
    pub fn add(&mut self, side: Side, path: PathBuf) -> Result<(), FullError> {
        self.references.add(&path)?;
        self.choose(side, SourceId::File(path));
        Ok(())
    }

    /// Takes a file off the list; a side that was this file becomes what it was at first.
    pub fn forget(&mut self, path: &Path) {
        let Some(index) = self.references.list().iter().position(|reference| reference.path() == path) else { return };
        self.references.remove(index);
        for (side, first) in [(Side::A, SourceId::Programme), (Side::B, SourceId::Reference)] {
            if *self.source(side) == SourceId::File(path.into()) {
                self.choose(side, first);
            }
        }
    }

    /// Reads a file again that was missing, or has changed.
    pub fn read_again(&mut self, path: &Path) {
        if let Some(index) = self.references.list().iter().position(|reference| reference.path() == path) {
            self.references.read_again(index);
        }
    }

    /// The files.
    #[must_use]
    pub fn files(&self) -> &[Reference] {
        self.references.list()
    }

    /// Sets the part of a file that is played; `None` is all of it.
    pub fn set_range(&mut self, path: &Path, range: Option<LoopRange>) {
        let index = self.references.list().iter().position(|reference| reference.path() == path);
        if let Some(reference) = index.and_then(|index| self.references.get_mut(index)) {
            reference.loop_range = range;
        }
    }

    /// Where the file that a side is stands, seconds; `None` where it is no file.
    #[must_use]
    pub fn position_s(&self, side: Side) -> Option<f64> {
        let is_file = matches!(self.source(side), SourceId::File(_)) && self.installed.is_some();
        let link = self.link.as_ref().filter(|_| is_file)?;
        Some(link.position(side.index()) as f64 / f64::from(self.references.sample_rate_hz()))
    }

    /// Everything that A or B may be, and what they are if that is not there.
    #[must_use]
    pub fn items(&self) -> Vec<SourceItem> {
        let files = self.references.list().iter().map(|reference| SourceId::File(reference.path().into()));
        let taps =
            self.taps.others().flat_map(|info| Point::ALL.map(|point| SourceId::Tap(TapSource::of(info, point))));
        let mut all: Vec<_> = [SourceId::Programme, SourceId::Reference].into_iter().chain(files).chain(taps).collect();
        for source in &self.sources {
            if !all.contains(source) {
                all.push(source.clone());
            }
        }
        all.iter().map(|id| self.item(id)).collect()
    }

    /// Why no other plugin can be chosen; `None` where there are any.
    #[must_use]
    pub fn taps_note(&self) -> Option<String> {
        self.taps.note()
    }

    /// One of them.
    #[must_use]
    pub fn item(&self, id: &SourceId) -> SourceItem {
        let (name, detail, problem) = match id {
            SourceId::Programme => ("This point".to_owned(), "what passes through this Meter".to_owned(), None),
            SourceId::Reference => ("Reference".to_owned(), "the side chain of this Meter".to_owned(), None),
            SourceId::File(path) => {
                let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
                let (detail, problem) = self.reference(path).map_or_else(Default::default, Reference::described);
                (name, detail, problem)
            }
            SourceId::Tap(tap) => {
                let side = self.sources.iter().position(|source| source == id).filter(|_| self.installed.is_some());
                let rate_hz = side.and_then(|side| self.link.as_ref()?.rate_hz(side));
                self.taps.described(tap, rate_hz, self.references.sample_rate_hz())
            }
        };
        SourceItem { id: id.clone(), name, detail, problem }
    }
}
