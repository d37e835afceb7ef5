//! Reference files: read off the audio thread, up to eight of them, each with a range that is looped.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;

use shared_audio::{Song, SongError};

/// The most files there are at a time.
pub const MOST_REFERENCES: usize = 8;

/// There are eight already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{MOST_REFERENCES} reference files are the most: take one out first")]
pub struct FullError;

/// The part of a file that is played, seconds from its start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LoopRange {
    /// Where it begins.
    pub from_s: f64,
    /// Where it ends; held to the end of the song.
    pub to_s: f64,
}

/// What has become of a file.
#[derive(Debug, Clone)]
pub enum ReferenceState {
    /// It is being read.
    Loading,
    /// It can be played.
    Ready(Arc<Song>),
    /// It is missing, or cannot be read: why, in words that name it.
    Missing(String),
}

/// A file that was chosen. It stays in the list when it is missing: it may come back.
#[derive(Debug)]
pub struct Reference {
    path: PathBuf,
    state: ReferenceState,
    /// The whole song where there is none.
    pub loop_range: Option<LoopRange>,
    reading: Option<Reading>,
}

/// A thread that reads.
#[derive(Debug)]
struct Reading {
    result: Receiver<Result<Song, SongError>>,
    stop: Arc<AtomicBool>,
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Reference {
    fn new(path: PathBuf) -> Self {
        Self { path, state: ReferenceState::Loading, loop_range: None, reading: None }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What has become of it.
    #[must_use]
    pub fn state(&self) -> &ReferenceState {
        &self.state
    }

    /// It in a few words, and what is wrong with it.
    pub(super) fn described(&self) -> (String, Option<String>) {
        match self.state() {
            ReferenceState::Loading => ("file, being read".to_owned(), None),
            ReferenceState::Missing(why) => ("file, not there".to_owned(), Some(why.clone())),
            ReferenceState::Ready(song) => {
                let clock = |seconds: f64| shared_ui::loudness_history::clock(seconds as f32);
                let length_s = song.duration_s();
                let part = match self.loop_range {
                    Some(range) => {
                        format!(
                            "{}–{} of {} looped",
                            clock(range.from_s),
                            clock(range.to_s.min(length_s)),
                            clock(length_s)
                        )
                    }
                    None => format!("{} looped", clock(length_s)),
                };
                let (is, was) = (song.sample_rate_hz, song.spec.sample_rate_hz);
                let khz = |hz: u32| format!("{}", f64::from(hz) / 1000.0);
                let rate =
                    if is == was { format!("{} kHz", khz(is)) } else { format!("{} to {} kHz", khz(was), khz(is)) };
                (format!("file, {part}, {rate}"), None)
            }
        }
    }

    fn read(&mut self, sample_rate_hz: u32) {
        let (path, stop) = (self.path.clone(), Arc::new(AtomicBool::new(false)));
        let (send, result) = channel();
        let stopped = Arc::clone(&stop);
        let work = move || {
            // Nobody may wait for it any more.
            let _ = send.send(Song::load(&path, sample_rate_hz, &mut || !stopped.load(Ordering::Relaxed)));
        };
        self.state = match thread::Builder::new().name("reference".into()).spawn(work) {
            Ok(_) => ReferenceState::Loading,
            Err(error) => ReferenceState::Missing(format!("{}: {error}", self.path.display())),
        };
        self.reading = Some(Reading { result, stop });
    }

    fn poll(&mut self) -> bool {
        let Some(reading) = &self.reading else { return false };
        self.state = match reading.result.try_recv() {
            Ok(Ok(song)) => ReferenceState::Ready(Arc::new(song)),
            Ok(Err(error)) => ReferenceState::Missing(error.to_string()),
            Err(TryRecvError::Empty) => return false,
            Err(TryRecvError::Disconnected) => {
                ReferenceState::Missing(format!("{}: cannot be read", self.path.display()))
            }
        };
        self.reading = None;
        true
    }
}

/// The list of files, for the window's thread: nothing here waits.
#[derive(Debug)]
pub struct References {
    list: Vec<Reference>,
    sample_rate_hz: u32,
}

impl References {
    /// None yet, at the rate that they will be played at.
    #[must_use]
    pub fn new(sample_rate_hz: u32) -> Self {
        Self { list: Vec::new(), sample_rate_hz }
    }

    /// All of them, in the order that they came.
    #[must_use]
    pub fn list(&self) -> &[Reference] {
        &self.list
    }

    /// One of them, to set its range.
    pub fn get_mut(&mut self, index: usize) -> Option<&mut Reference> {
        self.list.get_mut(index)
    }

    /// Adds a file and begins to read it. A file that is there already stands where it was.
    ///
    /// # Errors
    ///
    /// [`FullError`].
    pub fn add(&mut self, path: impl Into<PathBuf>) -> Result<usize, FullError> {
        let path = path.into();
        if let Some(have) = self.list.iter().position(|reference| reference.path == path) {
            return Ok(have);
        }
        if self.list.len() == MOST_REFERENCES {
            return Err(FullError);
        }
        let mut reference = Reference::new(path);
        reference.read(self.sample_rate_hz);
        self.list.push(reference);
        Ok(self.list.len() - 1)
    }

    /// Takes one out; what was being read of it stops.
    pub fn remove(&mut self, index: usize) {
        if index < self.list.len() {
            self.list.remove(index);
        }
    }

    /// Reads one again: it was missing and may have come back, or has changed.
    pub fn read_again(&mut self, index: usize) {
        if let Some(reference) = self.list.get_mut(index) {
            reference.read(self.sample_rate_hz);
        }
    }

    /// The rate that they are played at.
    #[must_use]
    pub fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz
    }

    /// Another rate: all are read again.
    pub fn set_sample_rate_hz(&mut self, sample_rate_hz: u32) {
        if sample_rate_hz != self.sample_rate_hz {
            self.sample_rate_hz = sample_rate_hz;
            self.list.iter_mut().for_each(|reference| reference.read(sample_rate_hz));
        }
    }

    /// Takes what has been read since. Answers whether anything has.
    pub fn poll(&mut self) -> bool {
        self.list.iter_mut().fold(false, |any, reference| reference.poll() | any)
    }
}
