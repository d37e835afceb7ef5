//! What is wrong or odd with a file, before anybody names it.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::AudioError;

/// What was odd about a file, and whether some of its sound is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Notes {
    pub(crate) warnings: Vec<String>,
    pub(crate) is_damaged: bool,
}

impl Notes {
    /// The most warnings that are kept: a file with a thousand holes says the same thing a thousand times.
    const MOST: usize = 20;

    pub(crate) fn warn(&mut self, warning: impl Into<String>) {
        let warning = warning.into();
        if self.warnings.len() < Self::MOST && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        } else if self.warnings.len() == Self::MOST {
            self.warnings.push("and more of the same".into());
        }
    }

    /// Sound is missing or wrong, which only a reader who asked for it is told in this way.
    pub(crate) fn damage(&mut self, warning: impl Into<String>) {
        self.warn(warning);
        self.is_damaged = true;
    }
}

/// An [`AudioError`] that does not know its file yet.
#[derive(Debug)]
pub(crate) enum Fault {
    Read(io::Error),
    Unsupported(String),
    Damaged(String),
    Truncated(String),
    Channels(usize),
    SampleRate(u32),
    Empty,
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            Self::Truncated("it ends inside its header".into())
        } else {
            Self::Read(error)
        }
    }
}

impl Fault {
    pub(crate) fn unsupported(reason: impl Into<String>) -> Self {
        Self::Unsupported(reason.into())
    }

    pub(crate) fn damaged(reason: impl Into<String>) -> Self {
        Self::Damaged(reason.into())
    }

    /// Names the file. `allowed` says in words how many channels are.
    pub(crate) fn of(self, path: &Path, allowed: &'static str) -> AudioError {
        let path = PathBuf::from(path);
        match self {
            Self::Read(source) => AudioError::Read { path, source },
            Self::Unsupported(reason) => AudioError::Unsupported { path, reason },
            Self::Damaged(reason) => AudioError::Damaged { path, reason },
            Self::Truncated(reason) => AudioError::Truncated { path, reason },
            Self::Channels(channels) => AudioError::Channels { path, channels, allowed },
            Self::SampleRate(sample_rate_hz) => AudioError::SampleRate { path, sample_rate_hz },
            Self::Empty => AudioError::Empty { path },
        }
    }
}
