//! Audio files: WAV, RF64, BW64, Wave64, AIFF, AIFC, FLAC, MP3, AAC and Ogg Vorbis in, WAV (RF64 beyond 4 GB) and FLAC
//! out, a block at a time, so that memory does not grow with a song.
//!
//! Nothing read from a file is trusted: a truncated, hostile or damaged file gives an [`AudioError`] that names it, and
//! never a panic. Nothing half-written stays: a [`Writer`] writes beside its target under a temporary name, renames on
//! [`Writer::finish`], and removes the temporary file if it never gets there.

mod dither;
mod error;
mod flac;
mod guard;
mod input;
mod layout;
mod reader;
mod tags;
mod wav;
mod writer;

use std::path::Path;

pub use error::AudioError;
pub use reader::{ReadOptions, Reader};
pub use tags::{Picture, Tags};
pub use writer::{Complete, Format, WriteOptions, Writer, Written, check_target};

/// Least sample rate that is read or written, in Hz.
pub const MIN_SAMPLE_RATE_HZ: u32 = 8_000;
/// Greatest sample rate that is read or written, in Hz.
pub const MAX_SAMPLE_RATE_HZ: u32 = 384_000;
/// Frames that [`read`] and the renderer ask for at a time.
pub const BLOCK_FRAMES: usize = 4096;

/// How samples are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Bits {
    /// 16-bit integers; triangular dither from the first sample on that is none.
    Int16,
    /// 24-bit integers; triangular dither from the first sample on that is none.
    #[default]
    Int24,
    /// 32-bit float, as computed; WAV only.
    Float32,
}

impl Bits {
    /// Bits of a sample.
    pub fn count(self) -> u16 {
        match self {
            Self::Int16 => 16,
            Self::Int24 => 24,
            Self::Float32 => 32,
        }
    }
}

impl std::str::FromStr for Bits {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "16" => Ok(Self::Int16),
            "24" => Ok(Self::Int24),
            "32f" | "32" | "float" => Ok(Self::Float32),
            _ => Err("allowed: 16, 24, 32f".into()),
        }
    }
}

impl std::fmt::Display for Bits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Int16 => "16",
            Self::Int24 => "24",
            Self::Float32 => "32f",
        })
    }
}

/// What a file says of its audio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudioSpec {
    /// Sample rate in Hz.
    pub sample_rate_hz: u32,
    /// Channels: 1 or 2, or up to 6 where [`ReadOptions`] allow more.
    pub channels: usize,
    /// Frames, where the header knows.
    pub frames: Option<u64>,
    /// Bits of a sample as coded, where that means something.
    pub bits: Option<u32>,
    /// Whether samples are floating point.
    pub is_float: bool,
    /// "WAV", "RIFX", "RF64", "BW64", "Wave64", "AIFF", "AIFC", "FLAC", "MP3", "AAC", "Ogg Vorbis" or "Ogg FLAC".
    pub container: &'static str,
}

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

/// Writes a whole file: [`Writer`] in one call.
///
/// # Errors
///
/// Any [`AudioError`] of [`Writer`].
pub fn write(
    path: impl AsRef<Path>,
    sample_rate_hz: u32,
    channels: &[&[f32]],
    bits: Bits,
) -> Result<Written, AudioError> {
    let mut writer = Writer::create(path, sample_rate_hz, channels.len(), bits)?;
    writer.write(channels)?;
    writer.finish()
}
