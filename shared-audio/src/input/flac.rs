//! FLAC (RFC 9639). Its frames are found here, each by its own checksums, so that no damage and no tag behind them can
//! swallow one without a word; they are decoded by symphonia.

use std::fs::File;
use std::io::{Seek as _, SeekFrom};

use symphonia::core::codecs::audio::well_known::CODEC_ID_FLAC;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoderOptions};
use symphonia::default::codecs::FlacDecoder;

use super::bytes::bytes_at;
use super::fault::{Fault, Notes};
use super::flac_stream::{FlacInput, StreamInfo};
use super::opened::Opened;
use crate::guard::guarded;
use crate::layout::Layout;
use crate::options::ReadOptions;
use crate::tags::{Tags, flac as tags_of};

/// Places of channels by their number, as RFC 9639 (9.1.3) has them.
const MASKS: [u32; 8] = [0x4, 0x3, 0x7, 0x33, 0x37, 0x3f, 0x70f, 0x63f];

pub(super) fn open(mut file: File, length: u64, start: u64, options: ReadOptions) -> Result<Opened, Fault> {
    let mut notes = Notes::default();
    let mut tags = Tags::default();
    if start > 0 {
        notes.warn("it begins with an ID3v2 tag, which does not belong in FLAC");
        if let Ok(tag) = bytes_at(&mut file, 0, start.min(super::chunks::LONGEST_CHUNK)) {
            tags.read_id3v2(&tag);
        }
    }
    let mut at = start + 4;
    let mut info = None;
    let mut mask = None;
    loop {
        let header = bytes_at(&mut file, at, 4)?;
        let &[kind, a, b, c] = header.as_slice() else {
            return Err(Fault::Truncated("it ends inside its header".into()));
        };
        let size = u64::from(u32::from_be_bytes([0, a, b, c]));
        at += 4;
        if at + size > length {
            return Err(Fault::Truncated("it ends inside its header".into()));
        }
        match kind & 0x7f {
            0 if info.is_none() => {
                if size != 34 {
                    return Err(Fault::damaged(format!("its stream header has {size} bytes of 34")));
                }
                info = Some(bytes_at(&mut file, at, 34)?);
            }
            0 => return Err(Fault::damaged("it has two stream headers")),
            127 => return Err(Fault::damaged("its metadata has a block of an impossible kind")),
            other => tags_of::read_block(&mut file, other, at, size, &mut tags, &mut mask)?,
        }
        at += size;
        if kind & 0x80 != 0 {
            break;
        }
    }
    let Some(mut block) = info else { return Err(Fault::damaged("it has no stream header")) };
    let info = read_info(&mut block, options, &mut notes)?;
    let end = sound_end(&mut file, at, length, &mut tags)?;

    let mut params = AudioCodecParameters::new();
    params.for_codec(CODEC_ID_FLAC).with_extra_data(block.into_boxed_slice());
    let decoder = guarded(|| FlacDecoder::try_new(&params, &AudioDecoderOptions::default().verify(true)));
    let Some(Ok(decoder)) = decoder else {
        return Err(Fault::damaged("its stream header cannot be made sense of"));
    };
    file.seek(SeekFrom::Start(at))?;
    let layout = match mask {
        Some(mask) => Layout::Mask(mask),
        // For six and less the format itself says where they stand.
        None => MASKS.get(info.channels - 1).map_or(Layout::Unnamed, |mask| Layout::Mask(*mask)),
    };
    let input = FlacInput::new(file, end.saturating_sub(at), info, decoder, options.allow_damaged);
    if end <= at {
        return Err(if info.frames.is_some() {
            Fault::Truncated("it ends behind its header".into())
        } else {
            Fault::Empty
        });
    }
    Ok(Opened {
        container: "FLAC",
        sample_rate_hz: info.sample_rate_hz,
        channels: info.channels,
        frames: info.frames,
        bits: Some(info.bits),
        is_float: false,
        layout,
        tags,
        notes,
        input: Box::new(input),
    })
}

/// Reads the stream's header, and mends in `block` what a decoder would refuse although the frames do not need it.
fn read_info(block: &mut [u8], options: ReadOptions, notes: &mut Notes) -> Result<StreamInfo, Fault> {
    let u16_at = |at: usize| u16::from_be_bytes([block[at], block[at + 1]]);
    let (least, most) = (u16_at(0), u16_at(2));
    if least < 16 || most < least {
        notes.warn(format!("its header says blocks of {least} to {most} samples: its frames say it better"));
    }
    let packed = block[10..18].iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
    let info = StreamInfo {
        sample_rate_hz: (packed >> 44) as u32,
        channels: (packed >> 41 & 7) as usize + 1,
        bits: (packed >> 36 & 31) as u32 + 1,
        frames: Some(packed & ((1 << 36) - 1)).filter(|&frames| frames > 0),
        has_md5: block[18..34].iter().any(|&byte| byte != 0),
    };
    options.check(info.channels)?;
    if info.sample_rate_hz == 0 {
        return Err(Fault::SampleRate(0));
    }
    if info.bits < 4 {
        return Err(Fault::damaged(format!("its header says {} bits a sample", info.bits)));
    }
    // Room for any block, and no sizes of frames: they serve only those who look for something.
    block[..2].copy_from_slice(&16_u16.to_be_bytes());
    block[2..4].copy_from_slice(&u16::MAX.to_be_bytes());
    block[4..10].fill(0);
    Ok(info)
}

/// Where the frames end: before an ID3v1 tag, an APE tag and an ID3v2 tag with a footer, which other programs put behind.
fn sound_end(file: &mut File, begin: u64, length: u64, tags: &mut Tags) -> Result<u64, Fault> {
    let mut end = length;
    // Each kind once.
    for _ in 0..3 {
        if end >= begin + 128 && bytes_at(file, end - 128, 3)? == b"TAG" {
            tags.read_id3v1(&bytes_at(file, end - 128, 128)?);
            end -= 128;
        } else if end >= begin + 32 && bytes_at(file, end - 32, 8)? == b"APETAGEX" {
            let footer = bytes_at(file, end - 32, 32)?;
            let number =
                |at: usize| footer[at..at + 4].iter().rev().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
            let size = number(12) + if number(20) & 1 << 31 != 0 { 32 } else { 0 };
            if !(32..=end - begin).contains(&size) {
                break;
            }
            tags.left_out("an APE tag behind the audio");
            end -= size;
        } else if end >= begin + 20 && bytes_at(file, end - 10, 3)? == b"3DI" {
            let footer = bytes_at(file, end - 10, 10)?;
            let size = 20 + footer[6..].iter().fold(0_u64, |all, byte| all << 7 | u64::from(byte & 0x7f));
            if size > end - begin {
                break;
            }
            tags.left_out("an ID3v2 tag behind the audio");
            end -= size;
        } else {
            break;
        }
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_is_known_for_every_number_of_channels() {
        for (count, mask) in (1..).zip(MASKS) {
            assert_eq!(mask.count_ones(), count);
        }
    }
}
