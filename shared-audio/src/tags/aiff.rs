//! Tags of AIFF: its text chunks, and an ID3v2 tag.

use std::io;

use super::{Tags, text_of};
use crate::input::chunks::{Chunk, Chunks};

/// Reads a chunk that is not of the sound.
pub(crate) fn read_chunk(chunks: &mut Chunks, chunk: Chunk, tags: &mut Tags) -> io::Result<()> {
    let key = match &chunk.id {
        b"NAME" => "TITLE",
        b"AUTH" => "ARTIST",
        b"(c) " => "COPYRIGHT",
        b"ANNO" => "COMMENT",
        b"ID3 " | b"id3 " => "",
        b"FVER" | b"COMM" | b"SSND" | b"PEAK" | b"JUNK" | b"FLLR" | b"CHAN" => return Ok(()),
        b"MARK" | b"INST" | b"basc" | b"trns" | b"cate" => {
            tags.left_out("markers and loops");
            return Ok(());
        }
        b"COMT" => {
            tags.left_out("dated comments");
            return Ok(());
        }
        _ => {
            tags.left_out(format!("the chunk \"{}\"", chunk.name()));
            return Ok(());
        }
    };
    match chunks.whole(chunk)? {
        Some(content) if key.is_empty() => tags.read_id3v2(&content),
        Some(content) => tags.add(key, &text_of(&content)),
        None => tags.left_out(format!("the chunk \"{}\", which is very long", chunk.name())),
    }
    Ok(())
}
