//! The kinds of files that are read, each by its own rules: what a header says is held against the bytes that are there.

mod aiff;
pub(super) mod chunks;
mod coded;
mod flac;
mod flac_frame;
mod flac_stream;
mod format;
mod mp4;
mod mpeg;
mod ogg;
mod pcm;
mod wave;
mod wave64;

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::AudioError;
use super::layout::Layout;
use super::reader::ReadOptions;
use super::tags::Tags;

/// What was odd about a file, and whether some of its sound is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Notes {
    pub(super) warnings: Vec<String>,
    pub(super) is_damaged: bool,
}

impl Notes {
    /// The most warnings that are kept: a file with a thousand holes says the same thing a thousand times.
    const MOST: usize = 20;

    pub(super) fn warn(&mut self, warning: impl Into<String>) {
        let warning = warning.into();
        if self.warnings.len() < Self::MOST && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        } else if self.warnings.len() == Self::MOST {
            self.warnings.push("and more of the same".into());
        }
    }

    /// Sound is missing or wrong, which only a reader who asked for it is told in this way.
    pub(super) fn damage(&mut self, warning: impl Into<String>) {
        self.warn(warning);
        self.is_damaged = true;
    }
}

/// An [`AudioError`] that does not know its file yet.
#[derive(Debug)]
pub(super) enum Fault {
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
    pub(super) fn unsupported(reason: impl Into<String>) -> Self {
        Self::Unsupported(reason.into())
    }

    pub(super) fn damaged(reason: impl Into<String>) -> Self {
        Self::Damaged(reason.into())
    }

    /// Names the file. `allowed` says in words how many channels are.
    pub(super) fn of(self, path: &Path, allowed: &'static str) -> AudioError {
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

/// Gives a file's frames in order.
pub(super) trait Input: Send {
    /// Appends some frames to `into`, a vector a channel; `false` at the end, where nothing is appended.
    fn next(&mut self, into: &mut [Vec<f32>], notes: &mut Notes) -> Result<bool, Fault>;
}

/// A file whose header has been read.
pub(super) struct Opened {
    pub(super) container: &'static str,
    pub(super) sample_rate_hz: u32,
    pub(super) channels: usize,
    /// Frames, where something tells.
    pub(super) frames: Option<u64>,
    pub(super) bits: Option<u32>,
    pub(super) is_float: bool,
    pub(super) layout: Layout,
    pub(super) tags: Tags,
    pub(super) notes: Notes,
    pub(super) input: Box<dyn Input>,
}

/// Bytes at a place of a file, at most `most` and no more than there are: no size that a header claims is allocated.
pub(in crate::audio) fn bytes_at(file: &mut File, at: u64, most: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens a file of any kind that is read, telling the kind by its first bytes.
pub(super) fn open(mut file: File, length: u64, options: ReadOptions) -> Result<Opened, Fault> {
    if length == 0 {
        return Err(Fault::Empty);
    }
    let start = bytes_at(&mut file, 0, 40)?;
    if start.len() < 4 {
        return Err(Fault::unsupported("it is shorter than any header"));
    }
    match &start[..4] {
        b"RIFF" | b"RIFX" | b"RF64" | b"BW64" => wave::open(file, length, options),
        b"riff" if start.starts_with(&wave64::RIFF) => wave64::open(file, length, options),
        b"FORM" => aiff::open(file, length, options),
        b"fLaC" => flac::open(file, length, 0, options),
        b"OggS" => coded::open(file, length, coded::Kind::Ogg, options),
        // Behind an ID3v2 tag there may be anything; it is MP3 most often.
        b"ID3\x02" | b"ID3\x03" | b"ID3\x04" => {
            let size = id3v2_length(&start).ok_or_else(|| Fault::damaged("the size of its ID3v2 tag is no size"))?;
            let behind = bytes_at(&mut file, size, 4)?;
            match behind.as_slice() {
                b"fLaC" => flac::open(file, length, size, options),
                [0xff, second, ..] if second & 0xf6 == 0xf0 => coded::open(file, length, coded::Kind::Adts, options),
                [] => Err(Fault::Empty),
                _ => coded::open(file, length, coded::Kind::Mp3, options),
            }
        }
        [0xff, second, ..] if second & 0xf6 == 0xf0 => coded::open(file, length, coded::Kind::Adts, options),
        [0xff, second, ..] if second & 0xe0 == 0xe0 && second & 0x06 != 0 => {
            coded::open(file, length, coded::Kind::Mp3, options)
        }
        _ if start.len() >= 8 && &start[4..8] == b"ftyp" => coded::open(file, length, coded::Kind::Mp4, options),
        b"caff" => Err(Fault::unsupported("a Core Audio file (CAF)")),
        b".snd" | b"dns." => Err(Fault::unsupported("a Sun audio file (AU)")),
        b"\x1a\x45\xdf\xa3" => Err(Fault::unsupported("a Matroska or WebM file")),
        b"wvpk" => Err(Fault::unsupported("a WavPack file")),
        b"MAC " => Err(Fault::unsupported("a Monkey's Audio file")),
        b"DSD " | b"FRM8" => Err(Fault::unsupported("DSD audio")),
        b"PK\x03\x04" => Err(Fault::unsupported("a ZIP archive")),
        _ => Err(Fault::unsupported("its first bytes are those of another kind of file")),
    }
}

/// How long the ID3v2 tag is that these bytes begin, with its header and footer (ID3v2.4.0, section 3.1).
fn id3v2_length(start: &[u8]) -> Option<u64> {
    let header = start.first_chunk::<10>()?;
    if !header.starts_with(b"ID3") || header[6..].iter().any(|byte| *byte > 0x7f) {
        return None;
    }
    let size = header[6..].iter().fold(0, |size, byte| size << 7 | u64::from(*byte));
    let footer = if header[5] & 0x10 != 0 { 10 } else { 0 };
    Some(10 + size + footer)
}
