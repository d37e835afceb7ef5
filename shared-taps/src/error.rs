//! What can be in the way of taps. For a window to show: each says what is the matter.

use std::path::PathBuf;

/// Why there are no taps, or not this one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system has no memory that is safe to share, or nobody has written it for this one.
    #[error("taps between plugins work on Linux only")]
    NotHere,
    /// A folder that others could reach into, or that belongs to somebody else.
    #[error("{path} must be a folder of yours that nobody else may enter")]
    NotPrivate {
        /// The folder.
        path: PathBuf,
    },
    /// The system refused.
    #[error("{doing}: {source}")]
    System {
        /// What was asked of it.
        doing: &'static str,
        /// Its answer.
        source: std::io::Error,
    },
    /// A peer's memory is not what it has to be: not sealed, of another size than its header says, or of another version.
    #[error("the other plugin's memory cannot be trusted: {0}")]
    Unsafe(&'static str),
    /// There is no such tap (any more).
    #[error("this tap has gone")]
    Gone,
}

impl Error {
    /// For `map_err`.
    #[cfg(target_os = "linux")]
    pub(crate) fn system<E: Into<std::io::Error>>(doing: &'static str) -> impl FnOnce(E) -> Self {
        move |source| Self::System { doing, source: source.into() }
    }
}
