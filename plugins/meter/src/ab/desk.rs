//! The window's half of A/B: which sources there are, which are chosen, how they are matched, and what of that a session keeps.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;

use shared_dsp::spectrum::Alignment;

use super::aligner::Aligner;
use super::comparison::ComparisonReading;
use super::monitor::{Engine, Link, Order};
use super::player::Player;
use super::references::{LoopRange, Reference, ReferenceState, References};
use super::saved::{Saved, SavedFile, SavedMatch, SavedSource};
use super::source::Input;
use super::{FullError, Side};

/// As much of both must have been heard before they are aligned, seconds.
const ENOUGH_S: f64 = 4.0;
/// Between two tries, seconds.
const AGAIN_S: f64 = 4.0;
/// From this confidence on the delay is used. Unrelated songs stay below 0.3, and from 0.9 on it is right within 0.1 sample.
const USED_FROM: f64 = 0.5;
/// From this confidence on it is not looked for again.
pub(super) const SURE_FROM: f64 = 0.9;
/// Before a session activates the plugin nobody knows the rate; files are read again when they are.
const FIRST_RATE_HZ: u32 = 48_000;

/// What A or B may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceId {
    /// What passes through this plugin.
    Programme,
    /// What comes in at the port "Reference".
    Reference,
    /// A file of the list.
    File(PathBuf),
}

/// A source as a window shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceItem {
    /// Which it is.
    pub id: SourceId,
    /// Its name, of a few words.
    pub name: String,
    /// Where it comes from and how it is played.
    pub detail: String,
    /// Why it cannot be heard.
    pub problem: Option<String>,
}

/// How B is brought to the time of A.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// By how many samples B is later; `None` where the two are too little alike for it to mean anything.
    pub delay_samples: Option<f64>,
    /// Whether B is upside down.
    pub is_inverted: bool,
    /// What both are worth, 0 to 1.
    pub confidence: f64,
}

/// What the audio thread was given for a side.
#[derive(Debug, Clone, PartialEq)]
struct Sent {
    id: SourceId,
    /// Where the song lies, and so which it is; 0 where there is none.
    song: usize,
    range: Option<LoopRange>,
}

/// The window's half. Lives as long as the plugin.
#[derive(Debug)]
pub struct Desk {
    link: Option<Arc<Link>>,
    references: References,
    sources: [SourceId; 2],
    matched: Option<Match>,
    difference_lu: Option<f64>,
    is_frozen: bool,
    /// Whether it stands still for now, whatever was set: a test is under way.
    is_held: bool,
    matches: u32,
    /// The generation of the audio thread in which it was given a comparison.
    installed: Option<u32>,
    sent: [Option<Sent>; 2],
    aligner: Option<Aligner>,
    /// What the aligner had heard when what it hears became what it is.
    heard_before: u64,
    since_try_s: f64,
    aligning: Option<Receiver<Option<Alignment>>>,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            link: None,
            references: References::new(FIRST_RATE_HZ),
            sources: [SourceId::Programme, SourceId::Reference],
            matched: None,
            difference_lu: None,
            is_frozen: false,
            is_held: false,
            matches: 0,
            installed: None,
            sent: [None, None],
            aligner: None,
            heard_before: 0,
            since_try_s: 0.0,
            aligning: None,
        }
    }
}

impl Desk {
    /// What a session keeps.
    #[must_use]
    pub fn saved(&self) -> Saved {
        let rate_hz = f64::from(self.references.sample_rate_hz());
        let source = |id: &SourceId| match id {
            SourceId::Programme => SavedSource::Programme,
            SourceId::Reference => SavedSource::Reference,
            SourceId::File(path) => SavedSource::File(path.to_string_lossy().into_owned()),
        };
        let file = |reference: &Reference| SavedFile {
            path: reference.path().to_string_lossy().into_owned(),
            loop_s: reference.loop_range.map(|range| [range.from_s, range.to_s]),
        };
        let has_match = self.matched.is_some() || self.difference_lu.is_some();
        let [a, b] = &self.sources;
        Saved {
            a: source(a),
            b: source(b),
            files: self.references.list().iter().map(file).collect(),
            matched: has_match.then(|| SavedMatch {
                // A hundredth is all that is shown, and a state that changes with each reading tells nobody anything.
                difference_lu: self.difference_lu.map(|lu| (100.0 * lu).round() / 100.0),
                delay_s: self.matched.and_then(|matched| matched.delay_samples).map(|delay| delay / rate_hz),
                is_inverted: self.matched.is_some_and(|matched| matched.is_inverted),
                confidence: self.matched.map_or(0.0, |matched| matched.confidence),
            }),
            is_frozen: self.is_frozen,
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
        self.sources = [&saved.a, &saved.b].map(|source| match source {
            SavedSource::Programme => SourceId::Programme,
            SavedSource::Reference => SourceId::Reference,
            SavedSource::File(path) => SourceId::File(path.into()),
        });
        self.matched = saved.matched.filter(|matched| matched.confidence > 0.0).map(|matched| Match {
            delay_samples: matched.delay_s.map(|delay| (delay * f64::from(rate_hz) * 1e6).round() / 1e6),
            is_inverted: matched.is_inverted,
            confidence: matched.confidence,
        });
        self.difference_lu = saved.matched.and_then(|matched| matched.difference_lu);
        self.is_frozen = saved.is_frozen;
        self.aligning = None;
        self.remove();
    }

    /// The window has gone: the audio thread compares no more, and gives back what it had.
    pub fn close(&mut self) {
        self.aligning = None;
        self.remove();
    }

    fn remove(&mut self) {
        if let Some(link) = &self.link {
            // A full way empties itself; then the next window finds the comparison there.
            let _ = link.send(Order::Remove);
        }
        self.installed = None;
        self.sent = [None, None];
        self.aligner = None;
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
            if let Some(delay) = self.matched.as_mut().and_then(|matched| matched.delay_samples.as_mut()) {
                *delay *= ratio;
            }
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
        let Some(link) = self.link.clone().filter(|_| sample_rate_hz > 0.0) else { return is_news };
        self.supply(&link, sample_rate_hz, is_wanted);
        let delay_samples = self.matched.and_then(|matched| matched.delay_samples);
        let is_inverted = delay_samples.is_some() && self.matched.is_some_and(|matched| matched.is_inverted);
        link.set(delay_samples.unwrap_or(0.0), is_inverted, self.is_frozen || self.is_held, self.matches);
        link.tidy();
        self.since_try_s += elapsed_s;
        is_news |= self.find(sample_rate_hz, is_heard);
        is_news
    }

    /// Gives the audio thread a comparison if it has none and one is wanted, and else what has changed.
    fn supply(&mut self, link: &Link, sample_rate_hz: f64, is_wanted: bool) {
        let generation = link.generation();
        if self.installed != Some(generation) {
            self.installed = None;
            self.aligner = None;
            if is_wanted {
                let wanted = [0, 1].map(|side| self.wanted(side));
                let [(a, input_a), (b, input_b)] = wanted;
                let engine = Engine::new(sample_rate_hz, [input_a, input_b], self.difference_lu);
                let aligner = engine.comparison().aligner().clone();
                if link.send(Order::Install(Box::new(engine))).is_ok() {
                    self.installed = Some(generation);
                    self.sent = [Some(a), Some(b)];
                    self.aligner = Some(aligner);
                    self.heard_before = 0;
                    self.since_try_s = 0.0;
                }
            }
            return;
        }
        for side in 0..2 {
            let (wanted, input) = self.wanted(side);
            let Some(sent) = self.sent[side].as_ref().filter(|sent| **sent != wanted) else { continue };
            let is_same_song = (&sent.id, sent.song) == (&wanted.id, wanted.song);
            let order = if is_same_song { Order::Range(side, wanted.range) } else { Order::Input(side, input) };
            if link.send(order).is_ok() {
                self.sent[side] = Some(wanted);
                self.forget_heard();
            }
        }
    }

    /// What a side should be playing.
    fn wanted(&self, side: usize) -> (Sent, Input) {
        let id = self.sources[side].clone();
        let (mut song_at, mut range) = (0, None);
        let input = match &id {
            SourceId::Programme => Input::Programme,
            SourceId::Reference => Input::Reference,
            SourceId::File(path) => match self.reference(path) {
                Some(reference) => {
                    range = reference.loop_range;
                    if let ReferenceState::Ready(song) = reference.state() {
                        song_at = Arc::as_ptr(song) as usize;
                        let mut player = Player::default();
                        let _ = player.set_song(Some(Arc::clone(song)), range);
                        Input::File(player)
                    } else {
                        Input::Nothing
                    }
                }
                None => Input::Nothing,
            },
        };
        (Sent { id, song: song_at, range }, input)
    }

    /// What was heard until now is no longer what A and B are.
    fn forget_heard(&mut self) {
        self.heard_before = self.aligner.as_ref().map_or(0, Aligner::heard_frames);
        self.since_try_s = AGAIN_S - ENOUGH_S;
        self.aligning = None;
    }

    /// Takes an alignment that was found, and looks for one where that is due.
    fn find(&mut self, sample_rate_hz: f64, is_heard: bool) -> bool {
        let mut is_news = false;
        if let Some(result) = &self.aligning {
            match result.try_recv() {
                Ok(found) => {
                    self.take(found);
                    is_news = true;
                    self.aligning = None;
                }
                Err(TryRecvError::Disconnected) => self.aligning = None,
                Err(TryRecvError::Empty) => {}
            }
        }
        let is_sure = self.matched.is_some_and(|matched| matched.confidence >= SURE_FROM);
        let stands_still = self.is_frozen || self.is_held || is_heard;
        let is_due = self.since_try_s >= AGAIN_S && !is_sure && !stands_still;
        if is_due && self.heard_s(sample_rate_hz) >= ENOUGH_S && self.sources[0] != self.sources[1] {
            self.look(sample_rate_hz);
        }
        is_news
    }

    /// Seconds of A and B as they are now.
    fn heard_s(&self, sample_rate_hz: f64) -> f64 {
        let heard = self.aligner.as_ref().map_or(0, Aligner::heard_frames);
        heard.saturating_sub(self.heard_before) as f64 / sample_rate_hz
    }

    fn look(&mut self, sample_rate_hz: f64) {
        self.since_try_s = 0.0;
        let Some(aligner) = self.aligner.clone().filter(|_| self.aligning.is_none()) else { return };
        let seconds = self.heard_s(sample_rate_hz);
        let (send, result) = channel();
        let work = move || {
            // The window may have gone.
            let _ = send.send(aligner.align_last(seconds));
        };
        // Without a thread there is no alignment, and the window says so: none was found.
        if thread::Builder::new().name("alignment".into()).spawn(work).is_ok() {
            self.aligning = Some(result);
        }
    }

    fn take(&mut self, found: Option<Alignment>) {
        let before = self.matched.and_then(|matched| matched.delay_samples);
        let matched = found.map_or(Match { delay_samples: None, is_inverted: false, confidence: 0.0 }, |found| Match {
            delay_samples: (found.confidence >= USED_FROM).then(|| found.snapped_delay_samples()),
            is_inverted: found.is_inverted,
            confidence: found.confidence,
        });
        // What was matched before was not of the same time.
        if matched.delay_samples != before {
            self.matches = self.matches.wrapping_add(1);
        }
        self.matched = Some(matched);
    }

    fn reference(&self, path: &Path) -> Option<&Reference> {
        self.references.list().iter().find(|reference| reference.path() == path)
    }

    /// How A and B are matched in time; `None` before that was found out.
    #[must_use]
    pub fn matched(&self) -> Option<Match> {
        self.matched
    }

    /// By how many LU A is louder, measured or remembered.
    #[must_use]
    pub fn difference_lu(&self) -> Option<f64> {
        self.difference_lu
    }

    /// Whether an alignment is being looked for.
    #[must_use]
    pub fn is_aligning(&self) -> bool {
        self.aligning.is_some()
    }

    /// Whether the match stands still.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.is_frozen
    }

    /// Holds the match as it is, or lets it go on.
    pub fn set_frozen(&mut self, is_frozen: bool) {
        self.is_frozen = is_frozen;
    }

    /// Holds the match while a test is under way.
    pub fn set_held(&mut self, is_held: bool) {
        self.is_held = is_held;
    }

    /// The two sides as the aligner hears them, for a picture; `None` while nobody compares.
    #[must_use]
    pub fn aligner(&self) -> Option<&Aligner> {
        self.aligner.as_ref()
    }

    /// Forgets the match and begins another.
    pub fn match_again(&mut self, sample_rate_hz: f64) {
        self.is_frozen = false;
        self.matches = self.matches.wrapping_add(1);
        (self.matched, self.difference_lu) = (None, None);
        if sample_rate_hz > 0.0 && self.heard_s(sample_rate_hz) >= ENOUGH_S {
            self.look(sample_rate_hz);
        }
    }

    fn forget_match(&mut self) {
        self.is_frozen = false;
        self.matches = self.matches.wrapping_add(1);
        (self.matched, self.difference_lu) = (None, None);
        self.forget_heard();
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
        if let Some(delay) = self.matched.as_mut().and_then(|matched| matched.delay_samples.as_mut()) {
            *delay = -*delay;
        }
        self.heard_before = self.aligner.as_ref().map_or(0, Aligner::heard_frames);
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

    /// Everything that A or B may be.
    #[must_use]
    pub fn items(&self) -> Vec<SourceItem> {
        let files = self.references.list().iter().map(|reference| SourceId::File(reference.path().into()));
        [SourceId::Programme, SourceId::Reference].into_iter().chain(files).map(|id| self.item(&id)).collect()
    }

    /// One of them.
    #[must_use]
    pub fn item(&self, id: &SourceId) -> SourceItem {
        let (name, detail, problem) = match id {
            SourceId::Programme => ("This point".to_owned(), "what passes through this Meter".to_owned(), None),
            SourceId::Reference => ("Reference".to_owned(), "the side chain of this Meter".to_owned(), None),
            SourceId::File(path) => {
                let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
                let (detail, problem) = self.reference(path).map_or_else(Default::default, described);
                (name, detail, problem)
            }
        };
        SourceItem { id: id.clone(), name, detail, problem }
    }
}

/// A file in a few words, and what is wrong with it.
fn described(reference: &Reference) -> (String, Option<String>) {
    match reference.state() {
        ReferenceState::Loading => ("file, being read".to_owned(), None),
        ReferenceState::Missing(why) => ("file, not there".to_owned(), Some(why.clone())),
        ReferenceState::Ready(song) => {
            let clock = |seconds: f64| shared_ui::loudness_history::clock(seconds as f32);
            let length_s = song.duration_s();
            let part = match reference.loop_range {
                Some(range) => {
                    format!("{}–{} of {} looped", clock(range.from_s), clock(range.to_s.min(length_s)), clock(length_s))
                }
                None => format!("{} looped", clock(length_s)),
            };
            let (is, was) = (song.sample_rate_hz, song.spec.sample_rate_hz);
            let khz = |hz: u32| format!("{}", f64::from(hz) / 1000.0);
            let rate = if is == was { format!("{} kHz", khz(is)) } else { format!("{} to {} kHz", khz(was), khz(is)) };
            (format!("file, {part}, {rate}"), None)
        }
    }
}
