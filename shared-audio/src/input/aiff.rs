//! AIFF and AIFC (Apple, "Audio Interchange File Format", 1989 and 1991).

use std::fs::File;

use super::chunks::{Chunk, Chunks};
use super::fault::{Fault, Notes};
use super::opened::Opened;
use super::pcm::{Coding, PcmInput, SampleFormat};
use crate::layout::Layout;
use crate::options::ReadOptions;
use crate::tags::{Tags, aiff as tags_of};

/// What a COMM chunk says.
struct Common {
    channels: usize,
    frames: u64,
    bits: u32,
    sample_rate_hz: u32,
    compression: [u8; 4],
}

pub(super) fn open(file: File, length: u64, options: ReadOptions) -> Result<Opened, Fault> {
    let mut chunks = Chunks::new(file, length, true);
    let start = super::bytes::bytes_at(&mut chunks.file, 0, 12)?;
    let (is_compressed, container) = match start.get(8..12) {
        None => return Err(Fault::Truncated("it ends inside its header".into())),
        Some(b"AIFF") => (false, "AIFF"),
        Some(b"AIFC") => (true, "AIFC"),
        Some(b"8SVX") => return Err(Fault::unsupported("an Amiga sample (8SVX)")),
        Some(_) => return Err(Fault::unsupported("a FORM file of another kind than AIFF")),
    };
    let form_size = u64::from(chunks.u32(&start, 4));
    let mut notes = Notes::default();
    let mut tags = Tags::default();
    let mut layout = Layout::Unnamed;
    let (mut common, mut sound) = (None, None);
    let mut at = 12;
    while at < length {
        let Some(chunk) = chunks.at(at)? else {
            if length - at > 1 {
                notes.warn(format!("the last {} bytes are no chunk: not read", length - at));
            }
            break;
        };
        let is_cut = chunk.at + chunk.size > length;
        let mut size = chunk.size;
        match &chunk.id {
            b"COMM" if common.is_none() => common = Some(read_common(&mut chunks, chunk, is_compressed, options)?),
            b"SSND" if sound.is_none() => {
                // Behind the audio of a recorder that was stopped there is nothing.
                if size == 0 && length > chunk.at && !chunks.are_chunks_from(chunk.at)? {
                    notes.warn(
                        "the size of its audio is 0, as a recorder leaves it that was stopped: read to the end of the file",
                    );
                    size = length - chunk.at;
                }
                sound = Some((chunk, size.min(length - chunk.at)));
            }
            b"SSND" => notes.warn("it has a second sound chunk: only the first is read"),
            b"CHAN" if !is_cut => layout = channel_layout(&chunks.content(chunk, 12)?),
            _ if is_cut => {
                let what = format!("its chunk \"{}\" lacks {} bytes", chunk.name(), chunk.at + chunk.size - length);
                if sound.is_none() || common.is_none() {
                    return Err(Fault::Truncated(what));
                }
                notes.warn(what);
            }
            _ => tags_of::read_chunk(&mut chunks, chunk, &mut tags)?,
        }
        at = chunks.behind(chunk.at, size)?;
    }
    let Some(common) = common else { return Err(Fault::Truncated("it has no common chunk".into())) };
    let Some((sound, sound_bytes)) = sound else {
        return Err(if common.frames == 0 { Fault::Empty } else { Fault::Truncated("it has no sound chunk".into()) });
    };
    let samples = sample_format(&common, is_compressed, &mut notes)?;

    // The sound chunk begins with an offset to its first frame, which is 0 but for those who align to blocks.
    let head = chunks.content(Chunk { size: 8, ..sound }, 8)?;
    if head.len() < 8 {
        return Err(Fault::Truncated("it ends inside its sound chunk".into()));
    }
    let offset = u64::from(chunks.u32(&head, 0));
    if offset > sound_bytes.saturating_sub(8) {
        return Err(Fault::damaged(format!("its audio would begin {offset} bytes into {sound_bytes}")));
    }
    let frame_bytes = (common.channels * samples.bytes) as u64;
    let bytes = sound_bytes.saturating_sub(8 + offset);
    let announced = sound.size.saturating_sub(8 + offset);
    let is_whole = matches!(length.checked_sub(form_size.saturating_add(8)), Some(0 | 1));
    if sound.at + sound.size > length {
        let what = format!("{bytes} bytes of audio of the {announced} announced");
        if is_whole
            || sound.size == u64::from(u32::MAX)
            || (common.frames > 0 && bytes >= common.frames.saturating_mul(frame_bytes))
        {
            notes.warn(format!("the size of its audio is given as {announced} bytes; {bytes} are there"));
        } else if options.allow_damaged {
            notes.damage(format!("truncated: {what}"));
        } else {
            return Err(Fault::Truncated(what));
        }
    } else if !is_whole {
        let announced = form_size.saturating_add(8);
        notes.warn(format!("its header announces a file of {announced} bytes; it has {length}"));
    }
    let frames = bytes / frame_bytes;
    if frames == 0 {
        return Err(Fault::Empty);
    }
    if common.frames != frames {
        notes.warn(format!("its header counts {} frames; {frames} are there", common.frames));
    }
    Ok(Opened {
        container,
        sample_rate_hz: common.sample_rate_hz,
        channels: common.channels,
        frames: Some(frames),
        // Of floats the number of bits says nothing about what they hold.
        bits: (!samples.is_float()).then(|| samples.linear_bits()),
        is_float: samples.is_float(),
        layout,
        tags,
        notes,
        input: Box::new(PcmInput::new(chunks.file, sound.at + 8 + offset, samples, common.channels, frames)?),
    })
}

fn read_common(chunks: &mut Chunks, chunk: Chunk, is_compressed: bool, options: ReadOptions) -> Result<Common, Fault> {
    let content = chunks.content(chunk, 22)?;
    let least = if is_compressed { 22 } else { 18 };
    if chunk.size < least {
        return Err(Fault::damaged(format!("its common chunk has {} bytes of at least {least}", chunk.size)));
    }
    if (content.len() as u64) < least {
        return Err(Fault::Truncated("it ends inside its common chunk".into()));
    }
    let channels = usize::from(chunks.u16(&content, 0));
    options.check(channels)?;
    let compression = content.get(18..22).filter(|_| is_compressed).and_then(|name| name.first_chunk()).copied();
    Ok(Common {
        channels,
        frames: chunks.u32(&content, 2).into(),
        bits: chunks.u16(&content, 6).into(),
        sample_rate_hz: extended(&content[8..18]),
        compression: compression.unwrap_or(*b"NONE"),
    })
}

/// A sample rate from 80 bits of extended floating point, to the nearest whole Hz; 0 for what is none.
fn extended(bytes: &[u8]) -> u32 {
    let Some(bytes) = bytes.first_chunk::<10>() else { return 0 };
    let exponent = i32::from(u16::from_be_bytes([bytes[0], bytes[1]])) - 16_383;
    let mantissa = bytes[2..].iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
    // 2^32 Hz and more, negative, or no number.
    if !(0..32).contains(&exponent) {
        return 0;
    }
    // The mantissa has its point behind the first bit. In range: below 2^32.
    (mantissa as f64 * 2f64.powi(exponent - 63)).round() as u32
}

fn sample_format(common: &Common, is_compressed: bool, notes: &mut Notes) -> Result<SampleFormat, Fault> {
    let bits = common.bits;
    let integers = |is_big_endian: bool| {
        if (1..=32).contains(&bits) {
            Ok(SampleFormat::new(Coding::Integer, bits.div_ceil(8) as usize, bits, is_big_endian))
        } else {
            Err(Fault::damaged(format!("its header says {bits} bits a sample")))
        }
    };
    let name: String = common.compression.iter().map(|byte| char::from(*byte)).collect();
    // Where the name of the coding tells the width, it decides: some writers leave the width of what it was made from.
    let mut fixed = |coding: Coding, bytes: usize, is_big_endian: bool| {
        if bits != 8 * bytes as u32 {
            notes.warn(format!("its header says {bits} bits a sample; its coding \"{name}\" has {}", 8 * bytes));
        }
        SampleFormat::new(coding, bytes, 8 * bytes as u32, is_big_endian)
    };
    Ok(match &common.compression {
        b"NONE" | b"twos" => integers(true)?,
        b"sowt" => integers(false)?,
        b"raw " if bits == 8 => SampleFormat::new(Coding::Unsigned, 1, 8, true),
        b"in24" => fixed(Coding::Integer, 3, true),
        b"in32" => fixed(Coding::Integer, 4, true),
        b"42ni" => fixed(Coding::Integer, 3, false),
        b"23ni" => fixed(Coding::Integer, 4, false),
        b"fl32" | b"FL32" => fixed(Coding::Float32, 4, true),
        b"fl64" | b"FL64" => fixed(Coding::Float64, 8, true),
        b"alaw" | b"ALAW" => SampleFormat::new(Coding::ALaw, 1, 8, true),
        b"ulaw" | b"ULAW" => SampleFormat::new(Coding::MuLaw, 1, 8, true),
        _ if !is_compressed => integers(true)?,
        _ => {
            return Err(Fault::unsupported(format!("compressed audio: AIFC coding \"{}\"", name.escape_default())));
        }
    })
}

/// The places that a Core Audio layout tag or bitmap names.
fn channel_layout(content: &[u8]) -> Layout {
    let u32_at = |at: usize| {
        content.get(at..at + 4).and_then(|bytes| bytes.first_chunk()).map_or(0, |bytes| u32::from_be_bytes(*bytes))
    };
    match u32_at(0) {
        // The bitmap has the bits of WAVEFORMATEXTENSIBLE.
        0x0001_0000 => Layout::Mask(u32_at(4)),
        0x0064_0001 => Layout::Mask(0x4),
        0x0065_0002 => Layout::Mask(0x3),
        // Quadraphonic; L R C; L R C Cs; 5.0 A and 5.1 A, in the order of WAV.
        0x006c_0004 => Layout::Mask(0x33),
        0x0071_0003 => Layout::Mask(0x7),
        0x0073_0004 => Layout::Mask(0x107),
        0x0075_0005 => Layout::Mask(0x37),
        0x0079_0006 => Layout::Mask(0x3f),
        _ => Layout::Unnamed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_from_80_bits() {
        assert_eq!(extended(&[0x40, 0x0e, 0xbb, 0x80, 0, 0, 0, 0, 0, 0]), 48_000);
        assert_eq!(extended(&[0x40, 0x0e, 0xac, 0x44, 0, 0, 0, 0, 0, 0]), 44_100);
        assert_eq!(extended(&[0x40, 0x11, 0xbb, 0x80, 0, 0, 0, 0, 0, 0]), 384_000);
        for none in
            [[0; 10], [0xff; 10], [0x7f, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0], [0xc0, 0x0e, 0xbb, 0x80, 0, 0, 0, 0, 0, 0]]
        {
            assert_eq!(extended(&none), 0, "{none:?}");
        }
    }
}
