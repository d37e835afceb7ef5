//! Wave64 (Sonic Foundry, then Sony): WAV with GUIDs for names and 64 bits for sizes.

use std::fs::File;

use super::bytes::bytes_at;
use super::fault::{Fault, Notes};
use super::format;
use super::opened::Opened;
use super::wave::{self, DataSpan};
use crate::options::ReadOptions;
use crate::tags::Tags;

/// The GUID that the file begins with.
pub(super) const RIFF: [u8; 16] = *b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00";
/// What follows the four letters in the GUIDs of `wave`, `fmt `, `data` and `fact`.
const REST: [u8; 12] = [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];
/// The header of a chunk: GUID and size, both counted in the size.
const HEADER: u64 = 24;
/// The most chunks that are walked over.
const MOST_CHUNKS: usize = 10_000;

pub(super) fn open(mut file: File, length: u64, options: ReadOptions) -> Result<Opened, Fault> {
    let start = bytes_at(&mut file, 0, 40)?;
    if start.len() < 40 {
        return Err(Fault::Truncated("it ends inside its header".into()));
    }
    if &start[24..28] != b"wave" || start[28..40] != REST {
        return Err(Fault::unsupported("a Wave64 file of another kind than audio"));
    }
    let u64_at = |bytes: &[u8], at: usize| {
        bytes.get(at..at + 8).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u64::from_le_bytes(*bytes))
    };
    let outer = u64_at(&start, 16);
    let mut notes = Notes::default();
    let mut tags = Tags::default();
    let (mut format, mut data, mut fact_frames) = (None, None, None);
    let mut at = 40;
    for _ in 0..MOST_CHUNKS {
        let header = bytes_at(&mut file, at, HEADER)?;
        if header.len() < HEADER as usize {
            if header.len() > 7 {
                notes.warn(format!("the last {} bytes are no chunk: not read", header.len()));
            }
            break;
        }
        let (name, size) = (&header[..4], u64_at(&header, 16));
        let content = at + HEADER;
        let there = length.saturating_sub(content);
        let is_data = name == b"data" && header[4..16] == REST && data.is_none();
        if size < HEADER && !(is_data && size == 0) {
            if data.is_none() {
                return Err(Fault::damaged(format!("a chunk's size is {size} bytes of at least {HEADER}")));
            }
            notes.warn(format!("the last {} bytes are no chunk: not read", length - at));
            break;
        }
        let mut bytes = size.saturating_sub(HEADER);
        if is_data {
            if size == 0 {
                notes.warn(
                    "the size of its audio is 0, as a recorder leaves it that was stopped: read to the end of the file",
                );
                bytes = there;
            } else if bytes > there {
                if size >= i64::MAX as u64 {
                    notes.warn("the size of its audio is not in its header: read to the end of the file");
                } else if outer == length {
                    notes.warn(format!(
                        "the size of its audio is given as {bytes} bytes; {there} are there, and the file is whole"
                    ));
                } else {
                    let what = format!("{there} bytes of audio of the {bytes} announced");
                    if !options.allow_damaged {
                        return Err(Fault::Truncated(what));
                    }
                    notes.damage(format!("truncated: {what}"));
                }
                bytes = there;
            }
            data = Some(DataSpan { at: content, bytes });
        } else if bytes > there {
            let name: String = name.iter().map(|byte| char::from(*byte)).collect();
            let what = format!("its chunk \"{}\" lacks {} bytes", name.escape_default(), bytes - there);
            if data.is_none() {
                return Err(Fault::Truncated(what));
            }
            notes.warn(what);
            break;
        } else if name == b"fmt " && format.is_none() {
            format = Some(bytes_at(&mut file, content, bytes.min(64))?);
        } else if name == b"fact" {
            let frames = bytes_at(&mut file, content, 8)?;
            fact_frames = (bytes >= 8).then(|| u64_at(&frames, 0));
        } else if !matches!(name, b"junk" | b"data") {
            let name: String = name.iter().map(|byte| char::from(*byte)).collect();
            tags.left_out(format!("the chunk \"{}\" of Wave64", name.escape_default()));
        }
        // Chunks begin at multiples of eight.
        at = (content + bytes).next_multiple_of(8);
        if at >= length {
            break;
        }
    }
    if outer.abs_diff(length) > 7 {
        notes.warn(format!("its header announces a file of {outer} bytes; it has {length}"));
    }
    let Some(content) = format else { return Err(Fault::damaged("it has no format chunk")) };
    let format = format::read(&content, false, options, &mut notes)?;
    let Some(data) = data else { return Err(Fault::Truncated("it has no data chunk".into())) };
    wave::finish(file, "Wave64", format, data, fact_frames, tags, notes)
}
