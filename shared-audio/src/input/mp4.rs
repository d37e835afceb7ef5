//! What an MP4 says about the part of its sound that is meant to be played (ISO/IEC 14496-12, 8.6.6): decoders give all of
//! it, with what the encoder put before and behind.

use std::fs::File;

use super::bytes::bytes_at;
use super::fault::{Fault, Notes};

/// The longest box that is searched for others.
const LONGEST_BOX: u64 = 64 << 20;

/// What is meant to be played, in frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PlayableRange {
    /// Frames before it.
    pub(super) skip: Option<u64>,
    /// Its frames.
    pub(super) frames: Option<u64>,
}

/// Whether all boxes are there, as a file has them that is whole.
pub(super) fn check(file: &mut File, length: u64, allow_damaged: bool, notes: &mut Notes) -> Result<(), Fault> {
    let (mut at, mut has_index) = (0, false);
    while at + 8 <= length {
        let header = bytes_at(file, at, 16)?;
        let Some((size, _)) = box_size(&header, u64::MAX) else { break };
        has_index |= header.get(4..8) == Some(b"moov");
        if size > length - at {
            let text = format!("a box has {} bytes of {size}", length - at);
            if !allow_damaged || !has_index {
                return Err(Fault::Truncated(text));
            }
            notes.damage(format!("truncated: {text}"));
            return Ok(());
        }
        at += size;
    }
    if has_index { Ok(()) } else { Err(Fault::Truncated("it has no index (moov)".into())) }
}

/// Reads the edit list of the first track of sound.
pub(super) fn edits(file: &mut File, length: u64, sample_rate_hz: u32) -> Result<PlayableRange, Fault> {
    let mut at = 0;
    while at + 8 <= length {
        let header = bytes_at(file, at, 16)?;
        let Some((size, head)) = box_size(&header, length - at) else { break };
        if header.get(4..8) == Some(b"moov") {
            let movie = bytes_at(file, at + head, (size - head).min(LONGEST_BOX))?;
            return Ok(playable_range_in(&movie, sample_rate_hz));
        }
        at += size;
    }
    Ok(PlayableRange::default())
}

/// The size of a box, and of its header.
fn box_size(header: &[u8], there: u64) -> Option<(u64, u64)> {
    let number = |at: usize, count: usize| {
        header.get(at..at + count).map(|bytes| bytes.iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte)))
    };
    let (size, head) = match number(0, 4)? {
        0 => (there.min(i64::MAX as u64), 8),
        1 => (number(8, 8)?, 16),
        size => (size, 8),
    };
    (size >= head && size <= there).then_some((size, head))
}

/// The content of the first box of a name.
fn find<'a>(boxes: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    all(boxes).find(|(its, _)| its == name).map(|(_, content)| content)
}

/// All boxes that stand one behind the other.
fn all(mut boxes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (size, head) = box_size(boxes, boxes.len() as u64)?;
        let name = boxes.get(4..8)?.first_chunk::<4>().copied()?;
        // In range: box_size has checked it.
        let content = &boxes[head as usize..size as usize];
        boxes = &boxes[size as usize..];
        Some((name, content))
    })
}

fn number(bytes: &[u8], at: usize, count: usize) -> Option<u64> {
    Some(bytes.get(at..at + count)?.iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte)))
}

/// Time scale and duration of a movie or media header.
fn scale_and_duration(header: &[u8]) -> Option<(u64, u64)> {
    if header.first()? == &1 {
        Some((number(header, 20, 4)?, number(header, 24, 8)?))
    } else {
        Some((number(header, 12, 4)?, number(header, 16, 4)?))
    }
}

fn playable_range_in(movie: &[u8], sample_rate_hz: u32) -> PlayableRange {
    let read = || {
        let (movie_scale, _) = scale_and_duration(find(movie, b"mvhd")?)?;
        let track = all(movie).filter(|(name, _)| name == b"trak").map(|(_, content)| content).find(|track| {
            let handler = find(track, b"mdia").and_then(|media| find(media, b"hdlr"));
            handler.is_some_and(|handler| handler.get(8..12) == Some(b"soun"))
        })?;
        let (scale, duration) = scale_and_duration(find(find(track, b"mdia")?, b"mdhd")?)?;
        let list = find(find(track, b"edts")?, b"elst")?;
        let is_long = list.first()? == &1;
        let size = if is_long { 20 } else { 12 };
        let entries = list.get(8..)?.chunks_exact(size).take(number(list, 4, 4)? as usize);
        let entry = entries
            .filter_map(|entry| {
                let (length, start) = if is_long {
                    (number(entry, 0, 8)?, number(entry, 8, 8)? as i64)
                } else {
                    (number(entry, 0, 4)?, i64::from(number(entry, 4, 4)? as u32 as i32))
                };
                // An empty edit only says when the track begins.
                Some((length, u64::try_from(start).ok()?))
            })
            .next()?;
        let frames = |time: u64, scale: u64| {
            (scale > 0).then(|| (u128::from(time) * u128::from(sample_rate_hz) / u128::from(scale)) as u64)
        };
        let (length, start) = entry;
        // The movie's scale is often that of milliseconds: then the media's own duration is the better end.
        let end = if movie_scale == scale { start.saturating_add(length).min(duration.max(start)) } else { duration };
        Some(PlayableRange {
            skip: frames(start, scale),
            frames: frames(end.saturating_sub(start), scale).filter(|&frames| frames > 0),
        })
    };
    read().unwrap_or_default()
}

/// iTunes' own way: encoder delay, padding and length in hexadecimal (the comment `iTunSMPB`).
pub(super) fn itunes(text: &str) -> Option<PlayableRange> {
    let mut fields = text.split_whitespace().skip(1).map(|field| u64::from_str_radix(field, 16));
    let (skip, _, frames) = (fields.next()?.ok()?, fields.next()?.ok()?, fields.next()?.ok()?);
    Some(PlayableRange { skip: Some(skip), frames: Some(frames).filter(|&frames| frames > 0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gapless_fields_are_read() {
        let text = " 00000000 00000840 000001C0 00000000000A2C00 00000000 00000000";
        assert_eq!(itunes(text), Some(PlayableRange { skip: Some(2112), frames: Some(0xa_2c00) }));
        assert_eq!(itunes("nothing"), None);
    }
}
