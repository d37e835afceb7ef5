//! MP3 and AAC streams (ADTS), which are frames one behind the other and nothing else: walked over before they are decoded,
//! so that a hole or a cut is seen, and the true number of frames known.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};

use super::bytes::bytes_at;
use super::fault::Fault;

/// The longest frame of either kind is below this.
const LONGEST_FRAME: usize = 8192 + 16;
const READ_BYTES: usize = 1 << 16;

/// What the header of a frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHeader {
    /// Bytes of the frame, header included.
    pub(super) bytes: usize,
    /// Frames (samples a channel) that it decodes to.
    pub(super) frames: u64,
    /// What must be the same in all frames of a stream.
    kind: u32,
    /// Where a Xing header would stand.
    xing_at: usize,
}

/// Reads the header of an MPEG audio layer 3 frame (ISO/IEC 11172-3 and 13818-3, 2.4.1.3).
pub(super) fn mp3_header(bytes: &[u8]) -> Option<FrameHeader> {
    const RATES_HZ: [usize; 3] = [44_100, 48_000, 32_000];
    const MPEG1_KBPS: [usize; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    const MPEG2_KBPS: [usize; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    let &[first, second, third, fourth, ..] = bytes else { return None };
    let version = second >> 3 & 3;
    // Layer 3 alone.
    if first != 0xff || second & 0xe0 != 0xe0 || version == 1 || second >> 1 & 3 != 1 {
        return None;
    }
    let is_mpeg1 = version == 3;
    let kbps = *(if is_mpeg1 { &MPEG1_KBPS } else { &MPEG2_KBPS }).get(usize::from(third >> 4))?;
    let rate = *RATES_HZ.get(usize::from(third >> 2 & 3))? / [4, 0, 2, 1][usize::from(version)];
    // Free bit rates do not tell how long a frame is.
    if kbps == 0 {
        return None;
    }
    let frames = if is_mpeg1 { 1152 } else { 576 };
    let is_mono = fourth >> 6 == 3;
    let side = match (is_mpeg1, is_mono) {
        (true, false) => 32,
        (false, true) => 9,
        _ => 17,
    };
    Some(FrameHeader {
        bytes: frames / 8 * kbps * 1000 / rate + usize::from(third >> 1 & 1),
        frames: frames as u64,
        // Version, layer and rate.
        kind: u32::from(second & 0x1e) << 8 | u32::from(third & 0x0c),
        xing_at: 4 + side,
    })
}

/// Reads the header of an ADTS frame (ISO/IEC 13818-7, 6.2).
pub(super) fn adts_header(bytes: &[u8]) -> Option<FrameHeader> {
    let &[first, second, third, fourth, fifth, sixth, seventh, ..] = bytes else { return None };
    let rate_index = third >> 2 & 15;
    if first != 0xff || second & 0xf6 != 0xf0 || rate_index > 12 {
        return None;
    }
    let length = usize::from(fourth & 3) << 11 | usize::from(fifth) << 3 | usize::from(sixth >> 5);
    let least = if second & 1 != 0 { 7 } else { 9 };
    (length >= least).then_some(FrameHeader {
        bytes: length,
        frames: 1024 * (u64::from(seventh & 3) + 1),
        // Version, profile, rate and channels.
        kind: u32::from(second & 8) << 16 | u32::from(third & 0xfd) << 8 | u32::from(fourth & 0xc0),
        xing_at: 0,
    })
}

/// What an encoder says about itself in the first frame of an MP3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Info {
    /// MPEG frames that follow, where it says.
    pub(super) count: Option<u64>,
    /// Frames that encoder and decoder put before the song, and behind it.
    pub(super) delay: Option<(u64, u64)>,
}

/// A stream walked over.
#[derive(Debug)]
pub(super) struct Walk {
    /// Where its first frame is, and where its last ends.
    pub(super) begin: u64,
    pub(super) end: u64,
    /// Frames (samples a channel) in all of it.
    pub(super) frames: u64,
    /// MPEG frames in all of it.
    pub(super) count: u64,
    /// Where something else stands between two frames: at which frame, and how many bytes.
    pub(super) holes: Vec<(u64, u64)>,
    /// Bytes of a last frame that is not whole, and of how many.
    pub(super) cut: Option<(u64, u64)>,
    /// Bytes behind the last frame.
    pub(super) rest: u64,
    pub(super) info: Option<Info>,
}

/// Walks over the frames between two places of a file.
pub(super) fn walk(
    file: &mut File,
    begin: u64,
    end: u64,
    header: fn(&[u8]) -> Option<FrameHeader>,
) -> Result<Walk, Fault> {
    file.seek(SeekFrom::Start(begin))?;
    let mut reader = BufReader::with_capacity(READ_BYTES, file.take(end.saturating_sub(begin)));
    let (mut buffer, mut at, mut place) = (Vec::new(), 0_usize, begin);
    let mut walk = Walk { begin, end: begin, frames: 0, count: 0, holes: Vec::new(), cut: None, rest: 0, info: None };
    let mut kind = None;
    let mut hole = 0_u64;
    let mut is_first = true;
    loop {
        if buffer.len() - at < 2 * LONGEST_FRAME {
            buffer.drain(..at);
            at = 0;
            reader.by_ref().take(READ_BYTES as u64).read_to_end(&mut buffer)?;
        }
        let here = &buffer[at..];
        if here.is_empty() {
            break;
        }
        let Some(found) = header(here).filter(|found| kind.is_none_or(|kind| kind == found.kind)) else {
            (at, place, hole) = (at + 1, place + 1, hole + 1);
            continue;
        };
        let follows = here.get(found.bytes..).filter(|next| !next.is_empty());
        // Out of step any bytes may look like a header: only one that another follows, or the end, is taken.
        let is_sure = |next: &[u8]| header(next).is_some_and(|next| next.kind == found.kind);
        if here.len() < found.bytes {
            if hole == 0 && kind.is_some() {
                walk.cut = Some((here.len() as u64, found.bytes as u64));
                break;
            }
            (at, place, hole) = (at + 1, place + 1, hole + 1);
            continue;
        }
        if (hole > 0 || kind.is_none()) && !follows.is_none_or(is_sure) {
            (at, place, hole) = (at + 1, place + 1, hole + 1);
            continue;
        }
        if kind.is_none() {
            kind = Some(found.kind);
            walk.begin = place;
        } else if hole > 0 && walk.holes.len() < 32 {
            walk.holes.push((walk.frames, hole));
        }
        hole = 0;
        walk.info = if is_first { read_info(&here[..found.bytes], found.xing_at) } else { walk.info };
        if !(is_first && walk.info.is_some()) {
            walk.frames += found.frames;
            walk.count += 1;
        }
        is_first = false;
        at += found.bytes;
        place += found.bytes as u64;
        walk.end = place;
    }
    walk.rest = hole;
    if kind.is_none() {
        return Err(Fault::unsupported("no frame of MP3 or AAC is in it"));
    }
    Ok(walk)
}

/// The Xing or Info header of a frame (with LAME's delays), or the one of Fraunhofer's encoder.
fn read_info(frame: &[u8], xing_at: usize) -> Option<Info> {
    let number = |at: usize, count: usize| {
        frame.get(at..at + count).map(|bytes| bytes.iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte)))
    };
    if frame.get(36..40) == Some(b"VBRI") {
        return Some(Info { count: number(50, 4), delay: None });
    }
    if xing_at == 0 || !matches!(frame.get(xing_at..xing_at + 4), Some(b"Xing" | b"Info")) {
        return None;
    }
    let flags = number(xing_at + 4, 4)?;
    let mut at = xing_at + 8;
    let mut count = None;
    for (flag, size) in [(1, 4), (2, 4), (4, 100), (8, 4)] {
        if flags & flag != 0 {
            count = if flag == 1 { number(at, 4) } else { count };
            at += size;
        }
    }
    // LAME's own part: 9 bytes of its name, 12 more, then the delays in 12 bits each.
    let has_name = matches!(frame.get(at..at + 4), Some(b"LAME" | b"Lavf" | b"Lavc" | b"GOGO" | b"L3.9"));
    let delay = number(at + 21, 3).filter(|_| has_name).map(|both| {
        // A decoder adds 528 + 1 of its own.
        (529 + (both >> 12), (both & 0xfff).saturating_sub(529))
    });
    Some(Info { count, delay })
}

/// Where the frames end, if tags of other programs stand behind them.
pub(super) fn sound_end(file: &mut File, begin: u64, length: u64) -> Result<(u64, Option<Vec<u8>>), Fault> {
    let mut end = length;
    let mut id3v1 = None;
    if end >= begin + 128 && bytes_at(file, end - 128, 3)? == b"TAG" {
        id3v1 = Some(bytes_at(file, end - 128, 128)?);
        end -= 128;
    }
    if end >= begin + 32 && bytes_at(file, end - 32, 8)? == b"APETAGEX" {
        let footer = bytes_at(file, end - 32, 32)?;
        let number = |at: usize| footer[at..at + 4].iter().rev().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
        let size = number(12) + if number(20) & 1 << 31 != 0 { 32 } else { 0 };
        if (32..=end - begin).contains(&size) {
            end -= size;
        }
    }
    Ok((end, id3v1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_tell_the_length_of_their_frames() {
        // 128 kb/s at 44.1 kHz, the usual case: 417 bytes, 418 with padding.
        assert_eq!(
            mp3_header(&[0xff, 0xfb, 0x90, 0x00]).map(|header| (header.bytes, header.frames)),
            Some((417, 1152))
        );
        assert_eq!(mp3_header(&[0xff, 0xfb, 0x92, 0x00]).map(|header| header.bytes), Some(418));
        // MPEG 2, 64 kb/s at 22.05 kHz.
        assert_eq!(mp3_header(&[0xff, 0xf3, 0x80, 0x00]).map(|header| (header.bytes, header.frames)), Some((208, 576)));
        // Layer 2, no such rate, no such bit rate.
        assert_eq!(mp3_header(&[0xff, 0xfd, 0x90, 0x00]), None);
        assert_eq!(mp3_header(&[0xff, 0xfb, 0x9c, 0x00]), None);
        assert_eq!(mp3_header(&[0xff, 0xfb, 0xf0, 0x00]), None);
        let adts = [0xff, 0xf1, 0x4c, 0x80, 0x01, 0xbf, 0xfc];
        assert_eq!(adts_header(&adts).map(|header| (header.bytes, header.frames)), Some((13, 1024)));
    }
}
