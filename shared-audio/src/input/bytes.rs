//! Bytes of a file that claims what it likes.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

/// Bytes at a place of a file, at most `most` and no more than there are: no size that a header claims is allocated.
pub(crate) fn bytes_at(file: &mut File, at: u64, most: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// How long the ID3v2 tag is that these bytes begin, with its header and footer (ID3v2.4.0, section 3.1).
pub(super) fn id3v2_length(start: &[u8]) -> Option<u64> {
    let header = start.first_chunk::<10>()?;
    if !header.starts_with(b"ID3") || header[6..].iter().any(|byte| *byte > 0x7f) {
        return None;
    }
    let size = header[6..].iter().fold(0, |size, byte| size << 7 | u64::from(*byte));
    let footer = if header[5] & 0x10 != 0 { 10 } else { 0 };
    Some(10 + size + footer)
}
