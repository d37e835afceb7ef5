//! Frames of FLAC: what their headers say, and where they end (RFC 9639, section 9).

/// The longest header of a frame.
pub(super) const LONGEST_HEADER: usize = 16;

/// What the header of a frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHeader {
    /// Whether `number` counts frames of one size; else it counts samples.
    pub(super) is_fixed: bool,
    pub(super) number: u64,
    /// Samples of a channel.
    pub(super) block: u32,
    pub(super) channels: u32,
    /// `None`: as the stream's header says.
    pub(super) sample_rate_hz: Option<u32>,
    /// `None`: as the stream's header says.
    pub(super) bits: Option<u32>,
}

const fn crc8_table() -> [u8; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut crc = at as u8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x80 != 0 { crc << 1 ^ 0x07 } else { crc << 1 };
            bit += 1;
        }
        table[at] = crc;
        at += 1;
    }
    table
}

const fn crc16_table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut crc = (at as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 != 0 { crc << 1 ^ 0x8005 } else { crc << 1 };
            bit += 1;
        }
        table[at] = crc;
        at += 1;
    }
    table
}

static CRC8: [u8; 256] = crc8_table();
static CRC16: [u16; 256] = crc16_table();

/// The checksum of a frame with one more byte; over a whole frame, its own checksum included, it is 0.
pub(super) fn crc16(crc: u16, byte: u8) -> u16 {
    crc << 8 ^ CRC16[usize::from(crc >> 8 ^ u16::from(byte))]
}

/// Reads the header that these bytes begin with; `None` where they are none, its checksum included.
pub(super) fn read_header(bytes: &[u8]) -> Option<FrameHeader> {
    let &[first, second, third, fourth, ..] = bytes else { return None };
    if first != 0xff || second & 0xfe != 0xf8 || fourth & 1 != 0 {
        return None;
    }
    let mut at = 4;
    let number = coded_number(bytes, &mut at)?;
    let mut take = |count: usize| {
        let value = bytes.get(at..at + count)?.iter().fold(0_u32, |all, byte| all << 8 | u32::from(*byte));
        at += count;
        Some(value)
    };
    let block = match third >> 4 {
        0 => return None,
        1 => 192,
        code @ 2..=5 => 576 << (code - 2),
        6 => take(1)? + 1,
        7 => take(2)? + 1,
        code => 256 << (code - 8),
    };
    let sample_rate_hz = match third & 15 {
        0 => None,
        12 => Some(take(1)? * 1000),
        13 => Some(take(2)?),
        14 => Some(take(2)? * 10),
        15 => return None,
        code => Some(
            [88_200, 176_400, 192_000, 8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000]
                [usize::from(code) - 1],
        ),
    };
    let channels = match fourth >> 4 {
        code @ 0..=7 => u32::from(code) + 1,
        8..=10 => 2,
        _ => return None,
    };
    let bits = match fourth >> 1 & 7 {
        0 => None,
        3 => return None,
        code => Some([8, 12, 0, 16, 20, 24, 32][usize::from(code) - 1]),
    };
    let crc = bytes.get(..at)?.iter().fold(0_u8, |crc, byte| CRC8[usize::from(crc ^ byte)]);
    let is_fixed = second & 1 == 0;
    // A block of 65536 cannot be told, and a number of frames has 31 bits.
    let is_sane = block <= 65_535 && !(is_fixed && number > 0x7fff_ffff);
    (*bytes.get(at)? == crc && is_sane).then_some(FrameHeader {
        is_fixed,
        number,
        block,
        channels,
        sample_rate_hz,
        bits,
    })
}

/// A number of up to 36 bits, coded as UTF-8 would be.
fn coded_number(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let first = *bytes.get(*at)?;
    *at += 1;
    let more = first.leading_ones() as usize;
    if more == 0 {
        return Some(first.into());
    }
    if more == 1 || more == 8 {
        return None;
    }
    // 7 leading ones leave nothing of the first byte.
    let mut value = u64::from(first & (0x7f >> more));
    for _ in 1..more {
        let byte = *bytes.get(*at)?;
        *at += 1;
        if byte & 0xc0 != 0x80 {
            return None;
        }
        value = value << 6 | u64::from(byte & 0x3f);
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The frame of RFC 9639's first example (appendix D.1): one sample of two channels, 16 bits, 44.1 kHz.
    #[test]
    fn the_example_of_the_standard_is_read() {
        let frame = [0xff, 0xf8, 0x69, 0x18, 0x00, 0x00, 0xbf, 0x03, 0x58, 0xfd, 0x03, 0x12, 0x8b, 0xaa, 0x9a];
        let header = read_header(&frame).expect("a header");
        let expected = FrameHeader {
            is_fixed: true,
            number: 0,
            block: 1,
            channels: 2,
            sample_rate_hz: Some(44_100),
            bits: Some(16),
        };
        assert_eq!(header, expected);
        assert_eq!(frame.iter().fold(0, |crc, byte| crc16(crc, *byte)), 0);
        for bit in 0..7 * 8 {
            let mut wrong = frame;
            wrong[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(read_header(&wrong), None, "bit {bit}");
        }
    }

    #[test]
    fn numbers_of_every_length_are_read() {
        for (bytes, expected) in [
            (&[0x7f_u8][..], Some(0x7f)),
            (&[0xc2, 0x80], Some(0x80)),
            (&[0xfe, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf], Some((1 << 36) - 1)),
            (&[0x80], None),
            (&[0xff], None),
            (&[0xc2, 0x00], None),
            (&[0xc2], None),
        ] {
            assert_eq!(coded_number(bytes, &mut 0), expected, "{bytes:?}");
        }
    }
}
