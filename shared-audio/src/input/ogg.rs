//! The pages of Ogg (RFC 3533), walked over before they are decoded: a page that is damaged, missing or cut is skipped by
//! decoders without a word.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};

use super::fault::{Fault, Notes};

const fn crc_table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut crc = (at as u32) << 24;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000_0000 != 0 { crc << 1 ^ 0x04c1_1db7 } else { crc << 1 };
            bit += 1;
        }
        table[at] = crc;
        at += 1;
    }
    table
}

static CRC: [u32; 256] = crc_table();

fn crc32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |crc, byte| crc << 8 ^ CRC[(crc >> 24) as usize ^ usize::from(*byte)])
}

/// Checks all pages: whole, in order, one stream with an end. `allow_damaged` makes a note of what is an error else.
pub(super) fn check(file: &mut File, allow_damaged: bool, notes: &mut Notes) -> Result<(), Fault> {
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::with_capacity(1 << 16, &mut *file);
    let (mut serial, mut next, mut has_ended) = (None, 0_u32, false);
    let mut tell = |text: String, is_cut: bool| {
        if !allow_damaged {
            return Err(if is_cut { Fault::Truncated(text) } else { Fault::Damaged(text) });
        }
        notes.damage(format!("{}: {text}", if is_cut { "truncated" } else { "damaged" }));
        Ok(())
    };
    let mut place = 0_u64;
    loop {
        let mut page = Vec::new();
        reader.by_ref().take(27).read_to_end(&mut page)?;
        if page.is_empty() {
            break;
        }
        if page.len() < 27 && page.starts_with(b"Ogg") {
            tell("it ends inside a page".into(), true)?;
            break;
        }
        if !page.starts_with(b"OggS") || page.len() < 27 {
            if has_ended {
                notes.warn("what stands behind its last page is no audio: not read");
                return Ok(());
            }
            tell(format!("at byte {place} no page stands where one should"), false)?;
            // Where the next page begins only a search would tell, which the decoder makes.
            return Ok(());
        }
        reader.by_ref().take(page[26].into()).read_to_end(&mut page)?;
        let body: u64 = page[27..].iter().map(|length| u64::from(*length)).sum();
        let head = page.len();
        reader.by_ref().take(body).read_to_end(&mut page)?;
        if page.len() as u64 != head as u64 + body {
            tell("it ends inside a page".into(), true)?;
            return Ok(());
        }
        let number = |at: usize| page[at..at + 4].iter().rev().fold(0_u32, |all, byte| all << 8 | u32::from(*byte));
        let (flags, its_serial, its_number, its_crc) = (page[5], number(14), number(18), number(22));
        if flags & 2 != 0 && serial.is_some_and(|serial| serial != its_serial) {
            let what =
                if has_ended { "several songs in one file (chained Ogg)" } else { "several streams in one Ogg file" };
            return Err(Fault::unsupported(what));
        }
        page[22..26].fill(0);
        if crc32(&page) != its_crc {
            tell(format!("the page at byte {place} differs from its checksum"), false)?;
        } else if its_number != next && serial.is_some() {
            tell(format!("page {next} is missing: {its_number} follows"), false)?;
        }
        serial = Some(its_serial);
        next = its_number.wrapping_add(1);
        has_ended |= flags & 4 != 0;
        place += page.len() as u64;
    }
    if !has_ended {
        tell("its last page is missing".into(), true)?;
    }
    Ok(())
}
