//! What comes of a render: why it ended early, and what each plugin did.

use std::path::PathBuf;

use serde::Serialize;

use crate::HostError;
use crate::audio::AudioError;
use crate::readings::Change;

/// Why a render ended early. Its output does not exist then, or is what it was before.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A file.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// A plugin.
    #[error("{}: {source}", input.display())]
    Plugin {
        /// The song.
        input: PathBuf,
        /// The host's error.
        source: HostError,
    },
    /// The output is the input.
    #[error("{}: would be overwritten by its own render", path.display())]
    SameFile {
        /// The file.
        path: PathBuf,
    },
    /// The caller said stop.
    #[error("interrupted")]
    Interrupted,
}

/// What one plugin did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageReport {
    /// What the chain calls it.
    #[serde(rename = "use")]
    pub uses: String,
    /// CLAP id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its latency in samples.
    pub latency_samples: u32,
    /// Time in its `process`, nanoseconds a frame.
    pub ns_per_sample: f64,
    /// What it did to its programme.
    #[serde(flatten)]
    pub change: Change,
}
