//! Audio files put together byte by byte, sharing no code with what reads and writes them.

/// The signal of all files: a ramp a channel with a little noise, as integers of 16 bits, interleaved. Of no two channels
/// and no two frames the same, so that nothing lost or swapped goes unseen. `files.py` makes the same.
pub fn signal(frames: usize, channels: usize, step: usize) -> Vec<i64> {
    let mut value = 0x1234_5678_u32;
    let mut out = Vec::with_capacity(frames * channels);
    for frame in 0..frames {
        for channel in 0..channels {
            value = value.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = i64::from(value >> 24) - 128;
            let place = (frame * (channel + 1) * step) % 2000;
            let ramp = if place < 1000 { place } else { 2000 - place };
            out.push(ramp as i64 * 12 - 6000 + noise);
        }
    }
    out
}

/// Integers of so many bits as floats, full scale at 1.
pub fn floats(samples: &[i64], bits: u32) -> Vec<f32> {
    samples.iter().map(|&sample| (sample as f64 / (1_u64 << (bits - 1)) as f64) as f32).collect()
}

/// Integers in so many bytes, little endian.
pub fn little(samples: &[i64], bytes: usize) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()[..bytes].to_vec()).collect()
}

/// Integers in so many bytes, big endian.
pub fn big(samples: &[i64], bytes: usize) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_be_bytes()[8 - bytes..].to_vec()).collect()
}

/// A chunk with a pad byte, sizes little endian.
pub fn chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut bytes = [&id[..], &(body.len() as u32).to_le_bytes(), body].concat();
    if body.len() % 2 == 1 {
        bytes.push(0);
    }
    bytes
}

/// A chunk with a pad byte, sizes big endian.
pub fn big_chunk(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut bytes = chunk(id, body);
    bytes[4..8].reverse();
    bytes
}

/// The content of a plain `fmt ` chunk, each field as told.
pub fn format(tag: u16, channels: u16, rate: u32, byte_rate: u32, align: u16, bits: u16) -> Vec<u8> {
    [
        &tag.to_le_bytes()[..],
        &channels.to_le_bytes(),
        &rate.to_le_bytes(),
        &byte_rate.to_le_bytes(),
        &align.to_le_bytes(),
        &bits.to_le_bytes(),
    ]
    .concat()
}

/// The content of a plain `fmt ` chunk whose fields agree.
pub fn sane_format(tag: u16, channels: u16, rate: u32, bits: u16) -> Vec<u8> {
    let align = channels * bits.div_ceil(8);
    format(tag, channels, rate, rate * u32::from(align), align, bits)
}

/// The content of an extensible `fmt ` chunk.
pub fn extensible(tag: u16, channels: u16, rate: u32, container: u16, valid: u16, mask: u32) -> Vec<u8> {
    let mut body = sane_format(0xfffe, channels, rate, container);
    body.extend(22_u16.to_le_bytes());
    body.extend(valid.to_le_bytes());
    body.extend(mask.to_le_bytes());
    body.extend(tag.to_le_bytes());
    body.extend([0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
    body
}

/// A RIFF file of these chunks.
pub fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = [&b"WAVE"[..], &chunks.concat()].concat();
    [&b"RIFF"[..], &(body.len() as u32).to_le_bytes(), &body].concat()
}

/// A plain WAV.
pub fn wav(format: &[u8], data: &[u8]) -> Vec<u8> {
    riff(&[chunk(b"fmt ", format), chunk(b"data", data)])
}

/// An RF64 or BW64 file: sizes in ds64, those of 32 bits all ones.
pub fn rf64(id: &[u8; 4], format: &[u8], data: &[u8], frames: u64, before_data: &[Vec<u8>]) -> Vec<u8> {
    let mut sound = chunk(b"data", data);
    sound[4..8].fill(0xff);
    let rest = [&chunk(b"fmt ", format)[..], &before_data.concat(), &sound].concat();
    let size = 4 + 36 + rest.len() as u64;
    let sizes = [&size.to_le_bytes()[..], &(data.len() as u64).to_le_bytes(), &frames.to_le_bytes(), &[0; 4]].concat();
    [&id[..], &[0xff; 4], b"WAVE", &chunk(b"ds64", &sizes), &rest].concat()
}

const WAVE64: [u8; 12] = [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];

/// A chunk of Wave64, at a multiple of eight.
pub fn chunk64(id: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let mut bytes = [&id[..], &WAVE64, &(24 + body.len() as u64).to_le_bytes(), body].concat();
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

/// A Wave64 file of these chunks.
pub fn wave64(chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = [&b"wave"[..], &WAVE64, &chunks.concat()].concat();
    let size = 24 + body.len() as u64;
    [&b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"[..], &size.to_le_bytes(), &body].concat()
}

/// A rate as 80 bits of extended floating point.
pub fn extended(rate: u64) -> [u8; 10] {
    let mut bytes = [0; 10];
    if rate > 0 {
        let exponent = 63 - rate.leading_zeros();
        bytes[..2].copy_from_slice(&(16_383 + exponent as u16).to_be_bytes());
        bytes[2..].copy_from_slice(&(rate << (63 - exponent)).to_be_bytes());
    }
    bytes
}

/// The content of a COMM chunk; `coding` makes it one of AIFC.
pub fn common(channels: u16, frames: u32, bits: u16, rate: u64, coding: Option<&[u8; 4]>) -> Vec<u8> {
    let mut body = [&channels.to_be_bytes()[..], &frames.to_be_bytes(), &bits.to_be_bytes(), &extended(rate)].concat();
    if let Some(coding) = coding {
        body.extend(coding);
        // An empty name of the coding, as a string with its length.
        body.extend([0, 0]);
    }
    body
}

/// A sound chunk, with an offset to its first frame.
pub fn sound(offset: u32, data: &[u8]) -> Vec<u8> {
    let body = [&offset.to_be_bytes()[..], &[0; 4], &vec![0xee; offset as usize], data].concat();
    big_chunk(b"SSND", &body)
}

/// A FORM file of these chunks.
pub fn form(kind: &[u8; 4], chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = [&kind[..], &chunks.concat()].concat();
    [&b"FORM"[..], &(body.len() as u32).to_be_bytes(), &body].concat()
}

/// The bytes with some of them replaced.
pub fn patched(bytes: &[u8], at: usize, with: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at..at + with.len()].copy_from_slice(with);
    bytes
}

/// One file behind the other.
pub fn joined(a: &[u8], b: &[u8]) -> Vec<u8> {
    [a, b].concat()
}

/// Where a name stands in a file.
pub fn place_of(bytes: &[u8], name: &[u8; 4]) -> usize {
    bytes.windows(4).position(|four| four == name).expect("the name is in the file")
}

/// An ID3v1 tag.
pub fn id3v1() -> Vec<u8> {
    let mut tag = b"TAGSong".to_vec();
    tag.resize(128, 0);
    tag
}

/// An ID3v2.4 tag with a title and an ISRC.
pub fn id3v2() -> Vec<u8> {
    let frame =
        |id: &[u8; 4], text: &str| [&id[..], &[0, 0, 0, text.len() as u8 + 1, 0, 0, 3], text.as_bytes()].concat();
    let frames = [frame(b"TIT2", "Song"), frame(b"TSRC", "DEABC2600001")].concat();
    [&b"ID3\x04\0\0\0\0\0"[..], &[frames.len() as u8], &frames].concat()
}

/// Where the frames of a FLAC begin, by their headers: those that begin as the first does, one number on each time.
pub fn flac_frames(bytes: &[u8]) -> Vec<usize> {
    let mut at = 4;
    loop {
        let size = usize::from(bytes[at + 1]) << 16 | usize::from(bytes[at + 2]) << 8 | usize::from(bytes[at + 3]);
        let is_last = bytes[at] & 0x80 != 0;
        at += 4 + size;
        if is_last {
            break;
        }
    }
    let mut frames = vec![at];
    // The last frame may say its size in another way: the two bytes before the channels are enough.
    let sync = &bytes[at..at + 2];
    let channels = bytes[at + 3] & 0x0e;
    for place in at + 1..bytes.len() - 6 {
        let is_next = bytes[place..].starts_with(sync)
            && bytes[place + 3] & 0x0f == channels
            && usize::from(bytes[place + 4]) == frames.len();
        if is_next {
            frames.push(place);
        }
    }
    frames
}
