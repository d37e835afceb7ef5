//! Tags of WAV: LIST/INFO, the broadcast extension, iXML, and an ID3v2 tag for what those do not hold.

use std::io;

use super::{Tags, id3, text_of};
use crate::input::chunks::{Chunk, Chunks};

/// Fields of LIST/INFO (Microsoft and IBM, "Multimedia Programming Interface and Data Specifications 1.0"), and their
/// Vorbis comments. Its ISRC is no ISRC, but the name of who supplied the subject.
const INFO: [(&[u8; 4], &str); 14] = [
    (b"INAM", "TITLE"),
    (b"IART", "ARTIST"),
    (b"IPRD", "ALBUM"),
    (b"ICRD", "DATE"),
    (b"IGNR", "GENRE"),
    (b"ICMT", "COMMENT"),
    (b"ICOP", "COPYRIGHT"),
    (b"ITRK", "TRACKNUMBER"),
    (b"IPRT", "TRACKNUMBER"),
    (b"IMUS", "COMPOSER"),
    (b"IENG", "ENGINEER"),
    (b"IKEY", "KEYWORDS"),
    (b"ISBJ", "SUBJECT"),
    (b"ILNG", "LANGUAGE"),
];
/// The shortest broadcast extension: all its fields without a coding history.
const SHORTEST_BEXT: usize = 602;
/// Where its five loudness fields stand, from version 2 on.
const BEXT_LOUDNESS: std::ops::Range<usize> = 412..422;

/// Reads a chunk that is not of the sound.
pub(crate) fn read_chunk(chunks: &mut Chunks, chunk: Chunk, tags: &mut Tags) -> io::Result<()> {
    match &chunk.id {
        b"JUNK" | b"junk" | b"PAD " | b"FLLR" | b"filr" | b"PEAK" | b"fact" | b"ds64" | b"fmt " | b"data" | b"minf"
        | b"elm1" | b"regn" | b"umid" | b"DGDA" | b"levl" | b"bext" | b"iXML" | b"LIST" | b"id3 " | b"ID3 " => {}
        b"cue " => tags.left_out("cue points"),
        b"smpl" | b"inst" => tags.left_out("loops and key zones of a sampler"),
        b"acid" => tags.left_out("loop data (acid)"),
        b"axml" | b"chna" => tags.left_out("the audio definition model (axml, chna)"),
        b"_PMX" => tags.left_out("XMP data"),
        b"cart" => tags.left_out("the traffic data of radio stations (cart)"),
        _ => tags.left_out(format!("the chunk \"{}\"", chunk.name())),
    }
    if !matches!(&chunk.id, b"bext" | b"iXML" | b"LIST" | b"id3 " | b"ID3 ") {
        return Ok(());
    }
    let Some(content) = chunks.whole(chunk)? else {
        tags.left_out(format!("the chunk \"{}\", which is not whole or very long", chunk.name()));
        return Ok(());
    };
    match &chunk.id {
        b"bext" if content.len() >= SHORTEST_BEXT => tags.set_bext(content),
        b"bext" => tags.left_out("a broadcast extension that is too short for its fields"),
        b"iXML" => tags.set_ixml(content),
        b"LIST" if content.starts_with(b"INFO") => read_info(chunks, &content, tags),
        b"LIST" if content.starts_with(b"adtl") => tags.left_out("labels of cue points"),
        b"LIST" => tags.left_out("a list that is no LIST/INFO"),
        _ => tags.read_id3v2(&content),
    }
    Ok(())
}

fn read_info(chunks: &Chunks, content: &[u8], tags: &mut Tags) {
    let mut at = 4;
    while let Some(header) = content.get(at..at + 8) {
        let size = chunks.u32(header, 4) as usize;
        let begin = at + 8;
        let text = text_of(&content[begin..begin.saturating_add(size).min(content.len())]);
        match INFO.iter().find(|(id, _)| header.starts_with(*id)) {
            Some((_, key)) => tags.add(key, &text),
            // The program that made it.
            None if header.starts_with(b"ISFT") => {}
            None => {
                let name: String = header[..4].iter().map(|byte| char::from(*byte)).collect();
                tags.left_out(format!("the field {}", name.escape_default()));
            }
        }
        let Some(next) = begin.checked_add(size).and_then(|end| end.checked_add(size & 1)) else { break };
        at = next;
    }
}

/// The chunks of these tags, each with its header and padded to an even length.
pub(crate) fn chunks_of(tags: &Tags) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut put = |id: &[u8; 4], content: &[u8]| {
        bytes.extend_from_slice(id);
        // Tags are bounded to 64 MB.
        bytes.extend_from_slice(&(content.len() as u32).to_le_bytes());
        bytes.extend_from_slice(content);
        if content.len() % 2 == 1 {
            bytes.push(0);
        }
    };
    if let Some(bext) = tags.bext() {
        let mut bext = bext.to_vec();
        // Its loudness is the old sound's: 0x7fff says "not given" (EBU Tech 3285, section 2.3).
        if u16::from_le_bytes([bext[346], bext[347]]) >= 2 {
            bext[BEXT_LOUDNESS].copy_from_slice(&[0xff, 0x7f].repeat(5));
        }
        put(b"bext", &bext);
    }
    if let Some(ixml) = tags.ixml() {
        put(b"iXML", ixml);
    }
    let mut info = b"INFO".to_vec();
    let mut is_all_in_info = tags.pictures().is_empty();
    let mut written: Vec<&str> = Vec::new();
    for (key, value) in tags.comments() {
        // A field of several values has only its first here.
        let id = INFO.iter().find(|(_, its)| its == key).filter(|_| !written.contains(&key.as_str()));
        let Some((id, _)) = id else {
            is_all_in_info = false;
            continue;
        };
        written.push(key);
        info.extend_from_slice(*id);
        info.extend_from_slice(&(value.len() as u32 + 1).to_le_bytes());
        info.extend_from_slice(value.as_bytes());
        // Ends with a zero; then to an even length.
        info.push(0);
        if value.len() % 2 == 0 {
            info.push(0);
        }
    }
    if !written.is_empty() {
        put(b"LIST", &info);
    }
    if !is_all_in_info {
        put(b"id3 ", &id3::tag_of(tags));
    }
    bytes
}
