//! Exit statuses, and the errors that end in them.

use host::album::AlbumError;
use host::chain::ChainError;
use host::compare::CompareError;
use host::measure::MeasureError;
use host::output::OutputError;
use host::render::RenderError;
use host::{HostError, audio::AudioError};
use shared_report::TargetsError;

/// What a script can tell from the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Status {
    /// Done.
    Done = 0,
    /// A check failed.
    Check = 1,
    /// Wrong arguments: an unknown chain, plugin, parameter or value among them.
    Arguments = 2,
    /// A file could not be read or written.
    File = 3,
    /// A plugin failed.
    Plugin = 4,
    /// Stopped by Ctrl-C, as shells count it: 128 + SIGINT.
    Interrupted = 130,
}

/// An error with the status that it ends in.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) status: Status,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn arguments(message: impl Into<String>) -> Self {
        Self { status: Status::Arguments, message: message.into() }
    }

    pub(super) fn interrupted() -> Self {
        Self { status: Status::Interrupted, message: "interrupted".into() }
    }
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        let status = match &error {
            OutputError::Input { .. } | OutputError::Twice { .. } => Status::Arguments,
            OutputError::Unwritable { .. } => Status::File,
        };
        Self { status, message: error.to_string() }
    }
}

impl From<&HostError> for Status {
    fn from(error: &HostError) -> Self {
        match error {
            HostError::UnknownPlugin { .. } | HostError::UnknownParam { .. } | HostError::BadValue { .. } => {
                Self::Arguments
            }
            _ => Self::Plugin,
        }
    }
}

impl From<&AudioError> for Status {
    fn from(error: &AudioError) -> Self {
        match error {
            // A name that was wrong before anything was touched.
            AudioError::Target { .. } => Self::Arguments,
            _ => Self::File,
        }
    }
}

impl From<ChainError> for Failure {
    fn from(error: ChainError) -> Self {
        let status = match &error {
            ChainError::Unreadable { .. } => Status::File,
            ChainError::Host { source, .. } => source.into(),
            ChainError::Unknown { .. } | ChainError::Invalid { .. } | ChainError::Override { .. } => Status::Arguments,
        };
        Self { status, message: error.to_string() }
    }
}

impl From<RenderError> for Failure {
    fn from(error: RenderError) -> Self {
        let status = match &error {
            RenderError::Audio(error) => error.into(),
            RenderError::Plugin { source, .. } => source.into(),
            RenderError::SameFile { .. } => Status::Arguments,
            RenderError::Interrupted => Status::Interrupted,
        };
        Self { status, message: error.to_string() }
    }
}

impl From<AudioError> for Failure {
    fn from(error: AudioError) -> Self {
        Self { status: (&error).into(), message: error.to_string() }
    }
}

impl From<MeasureError> for Failure {
    fn from(error: MeasureError) -> Self {
        match error {
            MeasureError::Audio(error) => error.into(),
            MeasureError::Interrupted => Self { status: Status::Interrupted, message: error.to_string() },
        }
    }
}

impl From<CompareError> for Failure {
    fn from(error: CompareError) -> Self {
        match error {
            CompareError::Measure(error) => error.into(),
            CompareError::Unlike { .. } => Self::arguments(error.to_string()),
        }
    }
}

impl From<AlbumError> for Failure {
    fn from(error: AlbumError) -> Self {
        let status = match error {
            AlbumError::Measure(error) => return error.into(),
            AlbumError::Ceiling { .. } => Status::Check,
            AlbumError::Unlike { .. } | AlbumError::Gaps { .. } | AlbumError::SameFile { .. } => Status::Arguments,
        };
        Self { status, message: error.to_string() }
    }
}

impl From<TargetsError> for Failure {
    fn from(error: TargetsError) -> Self {
        let status = match &error {
            TargetsError::Read { .. } => Status::File,
            TargetsError::Invalid { .. } | TargetsError::Unknown { .. } => Status::Arguments,
        };
        Self { status, message: error.to_string() }
    }
}

impl From<HostError> for Failure {
    fn from(error: HostError) -> Self {
        Self { status: (&error).into(), message: error.to_string() }
    }
}
