//! Tags of FLAC: Vorbis comments and pictures (RFC 9639, sections 8.6 and 8.8).

use std::fs::File;
use std::io;

use super::{LONGEST_PICTURE, Picture, Tags};
use crate::input::bytes::bytes_at;

/// The longest block that is read: its size has 24 bits.
const LONGEST_BLOCK: u64 = 1 << 24;

/// Reads a metadata block. The places of the channels come back in `mask`, where a comment tells them.
pub(crate) fn read_block(
    file: &mut File,
    kind: u8,
    at: u64,
    size: u64,
    tags: &mut Tags,
    mask: &mut Option<u32>,
) -> io::Result<()> {
    match kind {
        4 => read_comments(&bytes_at(file, at, size.min(LONGEST_BLOCK))?, tags, mask),
        6 => match picture_in(&bytes_at(file, at, size.min(LONGEST_BLOCK))?) {
            Some(picture) => tags.add_picture(picture),
            None => tags.left_out("a picture that cannot be made sense of"),
        },
        2 => tags.left_out("data of another program (an application block)"),
        5 => tags.left_out("a cue sheet"),
        _ => {}
    }
    Ok(())
}

fn read_comments(block: &[u8], tags: &mut Tags, mask: &mut Option<u32>) {
    let mut at = 0;
    let mut text = || {
        let size = u32::from_le_bytes(*block.get(at..at + 4)?.first_chunk()?) as usize;
        let text = block.get(at + 4..(at + 4).checked_add(size)?)?;
        at += 4 + size;
        Some(text)
    };
    let Some(vendor) = text() else {
        tags.left_out("comments that cannot be made sense of");
        return;
    };
    // Behind the vendor stands how many there are; the block's own end tells it as well.
    let mut rest = &block[(8 + vendor.len()).min(block.len())..];
    while let Some(size) = rest.first_chunk::<4>() {
        let size = u32::from_le_bytes(*size) as usize;
        let Some(text) = size.checked_add(4).and_then(|end| rest.get(4..end)) else { break };
        rest = &rest[4 + size..];
        let text = String::from_utf8_lossy(text);
        let Some((key, value)) = text.split_once('=') else { continue };
        if key.eq_ignore_ascii_case("WAVEFORMATEXTENSIBLE_CHANNEL_MASK") {
            let digits = value.trim().trim_start_matches("0x").trim_start_matches("0X");
            *mask = u32::from_str_radix(digits, 16).ok().filter(|&mask| mask != 0);
        } else {
            tags.add(key, value);
        }
    }
}

fn picture_in(block: &[u8]) -> Option<Picture> {
    let mut rest = block;
    let number = |rest: &mut &[u8]| {
        let value = u32::from_be_bytes(*rest.first_chunk()?);
        *rest = &rest[4..];
        Some(value)
    };
    let kind = number(&mut rest)?;
    let bytes = |rest: &mut &[u8]| {
        let size = number(rest)? as usize;
        let content = rest.get(..size)?.to_vec();
        *rest = &rest[size..];
        Some(content)
    };
    let media_type = String::from_utf8_lossy(&bytes(&mut rest)?).into_owned();
    let description = String::from_utf8_lossy(&bytes(&mut rest)?).into_owned();
    let mut size = [0; 4];
    for value in &mut size {
        *value = u32::from_be_bytes(*rest.first_chunk()?);
        rest = &rest[4..];
    }
    Some(Picture { kind, media_type, description, size, data: bytes(&mut rest)? })
}

/// The metadata blocks of these tags, none of them marked as the last.
pub(crate) fn blocks_of(tags: &Tags) -> Vec<Vec<u8>> {
    let mut blocks = Vec::new();
    let mut put = |kind: u8, content: &[u8]| {
        // 24 bits of size; what is longer was left out.
        let size = (content.len() as u32).to_be_bytes();
        blocks.push([&[kind, size[1], size[2], size[3]], content].concat());
    };
    if !tags.comments().is_empty() {
        let vendor = concat!("Twobus ", env!("CARGO_PKG_VERSION"));
        let mut content = Vec::new();
        content.extend_from_slice(&(vendor.len() as u32).to_le_bytes());
        content.extend_from_slice(vendor.as_bytes());
        let mut count = 0_u32;
        let mut fields = Vec::new();
        for (key, value) in tags.comments() {
            let size = key.len() + 1 + value.len();
            if fields.len() + size > LONGEST_PICTURE {
                break;
            }
            fields.extend_from_slice(&(size as u32).to_le_bytes());
            fields.extend_from_slice(key.as_bytes());
            fields.push(b'=');
            fields.extend_from_slice(value.as_bytes());
            count += 1;
        }
        content.extend_from_slice(&count.to_le_bytes());
        content.extend_from_slice(&fields);
        put(4, &content);
    }
    for picture in tags.pictures().iter().filter(|picture| picture.data.len() <= LONGEST_PICTURE) {
        let mut content = picture.kind.to_be_bytes().to_vec();
        for text in [&picture.media_type, &picture.description] {
            // Names of kinds and captions are short; what is not would not fit beside the picture.
            let text = &text.as_bytes()[..text.len().min(256)];
            content.extend_from_slice(&(text.len() as u32).to_be_bytes());
            content.extend_from_slice(text);
        }
        picture.size.iter().for_each(|value| content.extend_from_slice(&value.to_be_bytes()));
        content.extend_from_slice(&(picture.data.len() as u32).to_be_bytes());
        content.extend_from_slice(&picture.data);
        put(6, &content);
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_read_back() {
        let mut tags = Tags::default();
        tags.add("TITLE", "One");
        tags.add("ISRC", "DEABC2600001");
        let data = vec![7; 1000];
        let (media_type, description) = ("image/jpeg".into(), "Cover".into());
        tags.add_picture(Picture { kind: 3, media_type, description, size: [10, 20, 24, 0], data });
        let blocks = blocks_of(&tags);
        assert_eq!(blocks.len(), 2);
        let mut back = Tags::default();
        read_comments(&blocks[0][4..], &mut back, &mut None);
        assert_eq!(back.comments(), tags.comments());
        assert_eq!(picture_in(&blocks[1][4..]).as_ref(), tags.pictures().first());
        // Any cut is no panic.
        for length in 0..blocks[0].len() - 4 {
            read_comments(&blocks[0][4..4 + length], &mut Tags::default(), &mut None);
        }
        for length in 0..blocks[1].len() - 4 {
            assert_eq!(picture_in(&blocks[1][4..4 + length]), None);
        }
    }
}
