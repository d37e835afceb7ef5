//! Walking over the chunks of a file: RIFF, RF64, FORM and Wave64 have them all.

use std::fs::File;
use std::io;

use super::bytes::bytes_at;
use super::fault::Fault;

/// The most chunks of a file: a gigabyte of empty ones would be walked for minutes.
const MOST_CHUNKS: usize = 10_000;
/// The longest chunk beside the audio that is read into memory: a picture is smaller.
pub(crate) const LONGEST_CHUNK: u64 = 32 << 20;

/// A chunk: its name and where its content is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub(crate) id: [u8; 4],
    /// Where its content begins.
    pub(crate) at: u64,
    /// How long it says that it is.
    pub(crate) size: u64,
}

impl Chunk {
    /// Its name for a message.
    pub(crate) fn name(&self) -> String {
        self.id.iter().map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { ' ' }).collect()
    }
}

/// A file of chunks with names of four letters.
pub(crate) struct Chunks {
    pub(crate) file: File,
    pub(crate) length: u64,
    pub(crate) is_big_endian: bool,
    count: usize,
}

impl Chunks {
    pub(crate) fn new(file: File, length: u64, is_big_endian: bool) -> Self {
        Self { file, length, is_big_endian, count: 0 }
    }

    pub(crate) fn u16(&self, bytes: &[u8], at: usize) -> u16 {
        let bytes = bytes.get(at..at + 2).and_then(|bytes| bytes.first_chunk()).copied().unwrap_or_default();
        if self.is_big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    pub(crate) fn u32(&self, bytes: &[u8], at: usize) -> u32 {
        let bytes = bytes.get(at..at + 4).and_then(|bytes| bytes.first_chunk()).copied().unwrap_or_default();
        if self.is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    /// The chunk whose header is at a place; `None` where the file ends there, or where what is left is no chunk.
    pub(crate) fn at(&mut self, at: u64) -> Result<Option<Chunk>, Fault> {
        let header = bytes_at(&mut self.file, at, 8)?;
        let Some(id) = header.first_chunk::<4>().filter(|id| header.len() == 8 && is_name(id)) else { return Ok(None) };
        self.count += 1;
        if self.count > MOST_CHUNKS {
            return Err(Fault::unsupported(format!("more than {MOST_CHUNKS} chunks")));
        }
        Ok(Some(Chunk { id: *id, at: at + 8, size: self.u32(&header, 4).into() }))
    }

    /// Where the chunk behind one of a size begins: at an even place, unless its writer forgot that.
    pub(crate) fn behind(&mut self, at: u64, size: u64) -> Result<u64, Fault> {
        let end = at.saturating_add(size);
        if size.is_multiple_of(2) || end >= self.length {
            return Ok(end);
        }
        Ok(if !self.is_chunk(end + 1)? && self.is_chunk(end)? { end } else { end + 1 })
    }

    /// Whether what is at a place looks like a chunk that is whole.
    fn is_chunk(&mut self, at: u64) -> io::Result<bool> {
        let header = bytes_at(&mut self.file, at, 8)?;
        let is_named = header.first_chunk::<4>().is_some_and(is_name);
        Ok(header.len() == 8 && is_named && at + 8 + u64::from(self.u32(&header, 4)) <= self.length)
    }

    /// Whether chunks stand one behind the other from a place to the end of the file, to the byte.
    pub(crate) fn are_chunks_from(&mut self, mut at: u64) -> Result<bool, Fault> {
        while at < self.length {
            let Some(chunk) = self.at(at)? else { return Ok(false) };
            let end = chunk.at + chunk.size;
            if end > self.length {
                return Ok(false);
            }
            at = self.behind(chunk.at, chunk.size)?;
        }
        Ok(true)
    }

    /// A chunk's content, or its first part where it is longer than `most`.
    pub(crate) fn content(&mut self, chunk: Chunk, most: u64) -> io::Result<Vec<u8>> {
        bytes_at(&mut self.file, chunk.at, chunk.size.min(most))
    }

    /// The whole content of a chunk that holds text or pictures; `None` where it is not whole, or longer than those are.
    pub(crate) fn whole(&mut self, chunk: Chunk) -> io::Result<Option<Vec<u8>>> {
        let content = self.content(chunk, LONGEST_CHUNK)?;
        Ok((content.len() as u64 == chunk.size).then_some(content))
    }
}

/// Whether four bytes may be a chunk's name: printable, and not all of them spaces.
fn is_name(id: &[u8; 4]) -> bool {
    id.iter().all(|byte| (0x20..0x7f).contains(byte) || *byte == 0xa9) && id != b"    "
}
