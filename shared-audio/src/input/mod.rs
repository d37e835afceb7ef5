//! The kinds of files that are read, each by its own rules: what a header says is held against the bytes that are there.

mod aiff;
pub(super) mod bytes;
pub(super) mod chunks;
mod coded;
pub(super) mod fault;
mod flac;
mod flac_frame;
mod flac_stream;
mod format;
mod mp4;
mod mpeg;
mod ogg;
pub(super) mod opened;
mod pcm;
mod wave;
mod wave64;

use std::fs::File;

use super::options::ReadOptions;
use bytes::{bytes_at, id3v2_length};
use fault::Fault;
use opened::Opened;

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
