//! What a file's sound is: rate, channels, samples, and the kinds of files that are written.

use std::path::Path;

use super::error::AudioError;

/// A kind of file that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// WAV, in 16, 24 or 32f; RF64 beyond 4 GB.
    Wav,
    /// FLAC, in 16 or 24.
    Flac,
}

impl Format {
    /// Tells the format by a file name's extension.
    ///
    /// # Errors
    ///
    /// [`AudioError::Target`] naming what is allowed.
    pub fn of(path: &Path) -> Result<Self, AudioError> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("wav" | "wave") => Ok(Self::Wav),
            Some("flac") => Ok(Self::Flac),
            _ => Err(AudioError::Target { path: path.into(), reason: "its name must end in .wav or .flac".into() }),
        }
    }
}

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
    /// Channels: 1 or 2, or up to 6 where [`ReadOptions`](super::ReadOptions) allow more.
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
