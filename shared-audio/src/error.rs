//! What can go wrong with an audio file.

use std::path::PathBuf;

/// Least sample rate that is read or written, in Hz.
pub const MIN_SAMPLE_RATE_HZ: u32 = 8_000;
/// Greatest sample rate that is read or written, in Hz.
pub const MAX_SAMPLE_RATE_HZ: u32 = 384_000;
/// An error about an audio file, naming it.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    /// It cannot be opened or read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is of no kind that is read, or uses a part of one that is not.
    #[error("{}: not a file this reads (WAV, RF64, Wave64, AIFF, FLAC, MP3, AAC, Ogg Vorbis): {reason}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// Its contents contradict themselves.
    #[error("{}: damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// It ends before its header says it does.
    #[error("{}: truncated: {reason}", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// It has a number of channels that is not handled.
    #[error("{}: has {channels} channels; {allowed} are allowed", path.display())]
    Channels {
        /// The file.
        path: PathBuf,
        /// How many it has.
        channels: usize,
        /// What is handled, in words.
        allowed: &'static str,
    },
    /// Its sample rate is outside what is handled.
    #[error(
        "{}: has a sample rate of {sample_rate_hz} Hz; {MIN_SAMPLE_RATE_HZ} to {MAX_SAMPLE_RATE_HZ} Hz are allowed",
        path.display()
    )]
    SampleRate {
        /// The file.
        path: PathBuf,
        /// The rate in Hz.
        sample_rate_hz: u32,
    },
    /// It holds no frame.
    #[error("{}: holds no audio", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A sample is not finite.
    #[error("{}: sample of frame {frame}, channel {channel}, is {value}", path.display())]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The first such frame, counted from 0.
        frame: u64,
        /// Its channel, counted from 1.
        channel: usize,
        /// NaN or an infinity.
        value: f32,
    },
    /// It cannot be written: no such folder, no permission, a full disk.
    #[error("{}: cannot be written: {source}", path.display())]
    Write {
        /// The file that was to be.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What was asked for does not fit the format.
    #[error("{}: cannot be written: {reason}", path.display())]
    Target {
        /// The file that was to be.
        path: PathBuf,
        /// Why not, and what is allowed.
        reason: String,
    },
}
