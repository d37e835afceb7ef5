//! Audio files read: WAV, RF64, BW64, Wave64, AIFF, AIFC, FLAC, MP3, AAC and Ogg Vorbis, a block at a time, so that memory does
//! not grow with a song; and whole, as a plugin wants a reference, at the rate that it runs at.
//!
//! Nothing read from a file is trusted: a truncated, hostile or damaged file gives an [`AudioError`] that names it, and
//! never a panic.

mod error;
mod guard;
mod input;
mod layout;
mod options;
mod reader;
mod song;
mod spec;
mod tags;

use std::path::Path;

pub use error::{AudioError, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ};
pub use options::ReadOptions;
pub use reader::Reader;
pub use song::{MOST_SONG_S, Song, SongError};
pub use spec::{AudioSpec, Bits, Format};
pub use tags::{Picture, Tags};

/// Frames that [`read`] and whoever reads a file to its end ask for at a time.
pub const BLOCK_FRAMES: usize = 4096;

/// A whole file in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioFile {
    /// What the file said; `frames` is what was read.
    pub spec: AudioSpec,
    /// Samples, a vector a channel, full scale at ±1.
    pub channels: Vec<Vec<f32>>,
}

impl AudioFile {
    /// Frames in the file.
    pub fn frames(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }
}

/// Reads a whole file. For songs of any length use [`Reader`].
///
/// # Errors
///
/// Any [`AudioError`] of [`Reader`].
pub fn read(path: impl AsRef<Path>) -> Result<AudioFile, AudioError> {
    let mut reader = Reader::open(path)?;
    let mut channels = vec![Vec::new(); reader.spec().channels];
    let mut block = channels.clone();
    while reader.read(&mut block, BLOCK_FRAMES)? > 0 {
        for (channel, block) in channels.iter_mut().zip(&block) {
            channel.extend_from_slice(block);
        }
    }
    let mut spec = reader.spec().clone();
    spec.frames = Some(channels[0].len() as u64);
    Ok(AudioFile { spec, channels })
}
