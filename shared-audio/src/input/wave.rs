//! WAV, its big-endian twin RIFX, and its 64-bit kin RF64 and BW64 (EBU Tech 3306, ITU-R BS.2088).

use std::fs::File;

use super::chunks::{Chunk, Chunks};
use super::fault::{Fault, Notes};
use super::format::{self, WaveFormat};
use super::opened::Opened;
use super::pcm::{Coding, PcmInput, side_of};
use crate::options::ReadOptions;
use crate::tags::{Tags, riff};

/// A 32-bit size that stands for "see the ds64 chunk", or for "not known".
const NO_SIZE: u64 = u32::MAX as u64;

/// Whether a recorder or a pipe may have put this in place of a size it did not know: all ones, or 2 GB and a little less.
fn is_placeholder(size: u64) -> bool {
    size == NO_SIZE || (0x7fff_f000..=0x8000_0000).contains(&size)
}

/// The true sizes of an RF64 file.
#[derive(Clone, Copy)]
struct Wide {
    riff: u64,
    data: u64,
    frames: u64,
}

/// What the chunks of a file are found to be.
#[derive(Default)]
struct Found {
    format: Option<Vec<u8>>,
    data: Option<Chunk>,
    wide: Option<Wide>,
    fact_frames: Option<u64>,
    tags: Tags,
}

/// The audio's bytes in the file.
#[derive(Clone, Copy)]
pub(super) struct DataSpan {
    pub(super) at: u64,
    pub(super) bytes: u64,
}

pub(super) fn open(file: File, length: u64, options: ReadOptions) -> Result<Opened, Fault> {
    let mut chunks = Chunks::new(file, length, false);
    let start = super::bytes::bytes_at(&mut chunks.file, 0, 12)?;
    let (is_wide, container) = match &start[..4] {
        b"RF64" => (true, "RF64"),
        b"BW64" => (true, "BW64"),
        b"RIFX" => (false, "RIFX"),
        _ => (false, "WAV"),
    };
    chunks.is_big_endian = container == "RIFX";
    match start.get(8..12) {
        None => return Err(Fault::Truncated("it ends inside its header".into())),
        Some(b"WAVE") => {}
        Some(b"AVI ") => return Err(Fault::unsupported("a video (AVI)")),
        Some(_) => return Err(Fault::unsupported("a RIFF file of another kind than WAV")),
    }
    let mut notes = Notes::default();
    let riff_size = u64::from(chunks.u32(&start, 4));
    let mut found = Found::default();
    let data = walk(&mut chunks, riff_size, is_wide, options, &mut found, &mut notes)?;
    let Some(content) = found.format else {
        return Err(match data {
            Some(_) => Fault::damaged("it has no format chunk"),
            None => Fault::Truncated("it has no format chunk and no audio".into()),
        });
    };
    let format = format::read(&content, chunks.is_big_endian, options, &mut notes)?;
    let Some(data) = data else {
        return Err(Fault::Truncated("it has no data chunk".into()));
    };
    if let Some(wide) = found.wide
        && wide.frames > 0
    {
        found.fact_frames = Some(wide.frames);
    }
    finish(chunks.file, container, format, data, found.fact_frames, found.tags, notes)
}

/// Goes over all chunks and finds the audio.
fn walk(
    chunks: &mut Chunks,
    riff_size: u64,
    is_wide: bool,
    options: ReadOptions,
    found: &mut Found,
    notes: &mut Notes,
) -> Result<Option<DataSpan>, Fault> {
    let mut at = 12;
    let mut data = None;
    while at < chunks.length {
        let Some(chunk) = chunks.at(at)? else {
            if chunks.length - at > 1 {
                notes.warn(format!("the last {} bytes are no chunk: not read", chunks.length - at));
            }
            break;
        };
        let mut size = chunk.size;
        match &chunk.id {
            b"ds64" if is_wide && found.wide.is_none() => {
                let content = chunks.content(chunk, 28)?;
                let wide =
                    |at: usize| u64::from(chunks.u32(&content, at)) | u64::from(chunks.u32(&content, at + 4)) << 32;
                if content.len() >= 24 {
                    found.wide = Some(Wide { riff: wide(0), data: wide(8), frames: wide(16) });
                }
            }
            b"fmt " if found.format.is_none() => {
                let content = chunks.content(chunk, 64)?;
                if (content.len() as u64) < chunk.size.min(64) {
                    return Err(Fault::Truncated("it ends inside its format chunk".into()));
                }
                found.format = Some(content);
            }
            b"fact" if found.fact_frames.is_none() => {
                let content = chunks.content(chunk, 4)?;
                found.fact_frames = (content.len() == 4).then(|| chunks.u32(&content, 0).into());
            }
            b"data" if found.data.is_none() => {
                found.data = Some(chunk);
                let whole = data_bytes(chunks, chunk, riff_size, found.wide, is_wide, options, notes)?;
                data = Some(DataSpan { at: chunk.at, bytes: whole });
                size = whole;
            }
            b"data" => notes.warn("it has a second data chunk: only the first is read"),
            b"LIST" if chunks.content(chunk, 4)? == b"wavl" => {
                return Err(Fault::unsupported("audio in pieces (a wave list)"));
            }
            _ => riff::read_chunk(chunks, chunk, &mut found.tags)?,
        }
        if found.data != Some(chunk) && chunk.at + chunk.size > chunks.length {
            let missing = chunk.at + chunk.size - chunks.length;
            let what = format!("its chunk \"{}\" lacks {missing} bytes", chunk.name());
            if data.is_none() {
                return Err(Fault::Truncated(what));
            }
            notes.warn(what);
            break;
        }
        at = chunks.behind(chunk.at, size)?;
    }
    check_outer_size(chunks.length, riff_size, found.wide, is_wide, notes);
    Ok(data)
}

/// How many bytes of audio there are, by what the data chunk says, what the file's own size says, and what is there.
fn data_bytes(
    chunks: &mut Chunks,
    chunk: Chunk,
    riff_size: u64,
    wide: Option<Wide>,
    is_wide: bool,
    options: ReadOptions,
    notes: &mut Notes,
) -> Result<u64, Fault> {
    let there = chunks.length.saturating_sub(chunk.at);
    let mut declared = chunk.size;
    let mut outer = riff_size;
    if is_wide {
        match wide {
            Some(wide) => {
                outer = wide.riff;
                if chunk.size == NO_SIZE {
                    declared = wide.data;
                }
            }
            None => notes.warn("it has no ds64 chunk, which tells the sizes of its kind"),
        }
    }
    if declared == 0 && there > 0 && !chunks.are_chunks_from(chunk.at)? {
        notes.warn("the size of its audio is 0, as a recorder leaves it that was stopped: read to the end of the file");
        return Ok(there);
    }
    if declared <= there {
        return Ok(declared);
    }
    if is_placeholder(declared) && !(is_wide && wide.is_some() && chunk.size == NO_SIZE) {
        notes.warn("the size of its audio is not in its header: read to the end of the file");
        return Ok(there);
    }
    // Two that agree: the file is as long as it says as a whole. What was cut off is shorter than that.
    if is_as_long(chunks.length, outer) {
        notes.warn(format!(
            "the size of its audio is given as {declared} bytes; {there} are there, and the file is whole"
        ));
        return Ok(there);
    }
    let what = format!("{there} bytes of audio of the {declared} announced");
    if !options.allow_damaged {
        return Err(Fault::Truncated(what));
    }
    notes.damage(format!("truncated: {what}"));
    Ok(there)
}

/// Whether a file has the length that its header announces; some writers forget to count the last pad byte. One that is
/// a byte shorter lost it.
fn is_as_long(length: u64, announced: u64) -> bool {
    matches!(length.checked_sub(announced.saturating_add(8)), Some(0 | 1))
}

fn check_outer_size(length: u64, riff_size: u64, wide: Option<Wide>, is_wide: bool, notes: &mut Notes) {
    let size = match wide {
        Some(wide) => wide.riff,
        None if is_wide => return,
        None => riff_size,
    };
    // Some writers do not count the last pad byte, and some forget it.
    if !is_placeholder(size) && size != 0 && size.saturating_add(8).abs_diff(length) > 1 {
        let announced = size.saturating_add(8);
        // What stands behind the end that is announced was read as chunks, if it was any.
        notes.warn(format!("its header announces a file of {announced} bytes; it has {length}"));
    } else if size == 0 {
        notes.warn("the size of the file is 0 in its header");
    }
}

/// Turns what was found into an input. Also for Wave64, which has the same format chunk.
pub(super) fn finish(
    mut file: File,
    container: &'static str,
    format: WaveFormat,
    data: DataSpan,
    fact_frames: Option<u64>,
    tags: Tags,
    mut notes: Notes,
) -> Result<Opened, Fault> {
    let mut samples = format.samples;
    if format.is_side_unknown {
        let declared_bits = samples.bits;
        let (bits, container_bits) = (declared_bits, 8 * samples.bytes);
        let Some(found) = side_of(&mut file, data.at, data.bytes, samples, declared_bits)? else {
            return Err(Fault::damaged(format!(
                "its header contradicts itself: samples of {bits} bits in {container_bits}, but they fill all {container_bits}"
            )));
        };
        samples = found;
        let end = if samples.coding == Coding::LowInteger { "lower" } else { "upper" };
        notes.warn(format!(
            "its header says {bits} bits and {} bytes a frame: read as {bits} bits at the {end} end of {container_bits}",
            format.channels * samples.bytes
        ));
    }
    let frame_bytes = (format.channels * samples.bytes) as u64;
    let frames = data.bytes / frame_bytes;
    let rest = data.bytes % frame_bytes;
    if rest > 0 {
        notes.warn(format!("its last frame is not whole: {rest} bytes of {frame_bytes} left out"));
    }
    if frames == 0 {
        return Err(Fault::Empty);
    }
    if let Some(fact) = fact_frames
        && fact != frames
        && fact != NO_SIZE
        && fact != 0
    {
        notes.warn(format!("its header counts {fact} frames; {frames} are there"));
    }
    Ok(Opened {
        container,
        sample_rate_hz: format.sample_rate_hz,
        channels: format.channels,
        frames: Some(frames),
        // Of floats the number of bits says nothing about what they hold.
        bits: (!samples.is_float()).then(|| samples.linear_bits()),
        is_float: samples.is_float(),
        layout: format.layout,
        tags,
        notes,
        input: Box::new(PcmInput::new(file, data.at, samples, format.channels, frames)?),
    })
}
