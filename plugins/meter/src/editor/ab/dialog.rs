//! The system's dialog for a file, on a thread of its own: it may stay open for as long as a person likes, and the window goes on.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// What the dialog offers.
const ENDINGS: [&str; 12] = ["wav", "flac", "aif", "aiff", "aifc", "mp3", "m4a", "aac", "ogg", "w64", "rf64", "bwf"];
/// Nobody answers a dialog faster: there was none.
const TOO_FAST: Duration = Duration::from_millis(300);

/// What came of a dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A file was chosen.
    Chosen(PathBuf),
    /// None was.
    Nothing,
    /// The system has no dialog.
    NoDialog,
}

/// A dialog that is open.
#[derive(Debug)]
pub struct Dialog {
    answer: Receiver<Option<PathBuf>>,
    opened: Instant,
}

impl Dialog {
    /// Opens one; `None` where there is no thread to be had.
    pub fn open() -> Option<Self> {
        let (send, answer) = channel();
        let work = move || {
            let file = rfd::FileDialog::new().set_title("Reference file").add_filter("Audio", &ENDINGS).pick_file();
            // The window may have gone.
            let _ = send.send(file);
        };
        thread::Builder::new().name("file-dialog".into()).spawn(work).ok()?;
        Some(Self { answer, opened: Instant::now() })
    }

    /// What came of it, once anything has.
    pub fn poll(&self) -> Option<Answer> {
        match self.answer.try_recv() {
            Ok(Some(path)) => Some(Answer::Chosen(path)),
            Ok(None) if self.opened.elapsed() < TOO_FAST => Some(Answer::NoDialog),
            Ok(None) => Some(Answer::Nothing),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Answer::NoDialog),
        }
    }
}
