//! The `fmt ` chunk of WAV and Wave64, each of its fields held against the others.

use super::fault::{Fault, Notes};
use super::pcm::{Coding, SampleFormat};
use crate::layout::Layout;
use crate::options::ReadOptions;

const PCM: u16 = 1;
const FLOAT: u16 = 3;
const A_LAW: u16 = 6;
const MU_LAW: u16 = 7;
const EXTENSIBLE: u16 = 0xfffe;
/// What follows the format tag in the GUID of an extensible format.
const GUID_REST: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
/// Sample rates that are meant where the header's fields say two.
const USUAL_RATES_HZ: [u64; 13] =
    [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000, 384_000];

/// What a `fmt ` chunk says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct WaveFormat {
    pub(super) sample_rate_hz: u32,
    pub(super) channels: usize,
    pub(super) samples: SampleFormat,
    pub(super) layout: Layout,
    /// Whether only the samples tell at which end of their containers they stand.
    pub(super) is_side_unknown: bool,
}

/// Names a compressed format.
fn tag_name(tag: u16) -> String {
    let name = match tag {
        2 => "Microsoft ADPCM",
        0x11 => "IMA ADPCM",
        0x31 => "GSM 6.10",
        0x50 => "MPEG layer 1 or 2",
        0x55 => "MP3",
        0x92 => "Dolby AC-3 as S/PDIF",
        0x161 | 0x162 => "Windows Media Audio",
        0x2000 => "Dolby AC-3",
        0xff | 0x1600 | 0x1610 => "AAC",
        _ => return format!("format tag 0x{tag:04x}"),
    };
    format!("{name} (format tag 0x{tag:04x})")
}

/// Reads a `fmt ` chunk's content; `u16_at` and `u32_at` know its byte order.
pub(super) fn read(
    content: &[u8],
    is_big_endian: bool,
    options: ReadOptions,
    notes: &mut Notes,
) -> Result<WaveFormat, Fault> {
    if content.len() < 14 {
        return Err(Fault::damaged(format!("its format chunk has {} bytes of at least 14", content.len())));
    }
    let u16_at = |at: usize| {
        let bytes = content.get(at..at + 2).and_then(|bytes| bytes.first_chunk()).copied().unwrap_or_default();
        if is_big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    };
    let u32_at = |at: usize| {
        let bytes = content.get(at..at + 4).and_then(|bytes| bytes.first_chunk()).copied().unwrap_or_default();
        if is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    };
    let (mut tag, channels, rate, byte_rate, align) =
        (u16_at(0), usize::from(u16_at(2)), u32_at(4), u32_at(8), u16_at(12));
    options.check(channels)?;
    let bits = match content.len() {
        // The oldest form has no bits; they follow from the rest.
        14 | 15 => align / channels as u16 * 8,
        _ => u16_at(14),
    };
    let mut valid_bits = bits;
    let mut layout = Layout::Unnamed;
    if tag == EXTENSIBLE {
        if content.len() < 40 {
            return Err(Fault::damaged(format!(
                "its format chunk is of the extensible kind and has {} bytes of 40",
                content.len()
            )));
        }
        let subtype = u16_at(24);
        let rest = &content[26..40];
        if rest != GUID_REST {
            let ambisonic = [0x21, 0x07, 0xd3, 0x11, 0x86, 0x44];
            let what = if rest[2..8] == ambisonic { "Ambisonic B-format" } else { "a format of its maker's own" };
            return Err(Fault::unsupported(format!("{what} in an extensible WAV")));
        }
        layout = Layout::Mask(u32_at(20));
        tag = subtype;
        match u16_at(18) {
            0 => {}
            valid if valid > bits => {
                notes.warn(format!("its header claims {valid} valid bits of {bits}: all {bits} are read"));
            }
            valid => valid_bits = valid,
        }
    }
    if bits == 0 || bits > 64 {
        return Err(Fault::damaged(format!("its header says {bits} bits a sample")));
    }
    let fields = Fields { channels, rate, byte_rate, align, bits };
    let (samples, is_side_unknown) = match tag {
        PCM => integers(fields, valid_bits, is_big_endian, content.len() < 40, notes)?,
        FLOAT if matches!(bits, 32 | 64) => {
            let coding = if bits == 32 { Coding::Float32 } else { Coding::Float64 };
            fields.expect_bytes(u64::from(bits / 8), notes)?;
            (SampleFormat::new(coding, usize::from(bits / 8), bits.into(), is_big_endian), false)
        }
        FLOAT => return Err(Fault::unsupported(format!("floating point of {bits} bits"))),
        A_LAW | MU_LAW if bits == 8 => {
            let coding = if tag == A_LAW { Coding::ALaw } else { Coding::MuLaw };
            fields.expect_bytes(1, notes)?;
            (SampleFormat::new(coding, 1, 8, is_big_endian), false)
        }
        A_LAW | MU_LAW => {
            return Err(Fault::damaged(format!("its header says {bits} bits of A-law or mu-law, which have 8")));
        }
        tag => return Err(Fault::unsupported(format!("compressed audio: {}", tag_name(tag)))),
    };
    fields.check_rate(samples.bytes as u64, notes)?;
    Ok(WaveFormat { sample_rate_hz: rate, channels, samples, layout, is_side_unknown })
}

/// The fields that must agree with each other.
#[derive(Clone, Copy)]
struct Fields {
    channels: usize,
    rate: u32,
    byte_rate: u32,
    align: u16,
    bits: u16,
}

impl Fields {
    fn contradiction(self) -> Fault {
        let Self { channels, rate, byte_rate, align, bits } = self;
        Fault::damaged(format!(
            "its header contradicts itself: {channels} channel(s) of {bits} bits, {align} bytes a frame, {byte_rate} bytes a \
             second at {rate} Hz"
        ))
    }

    /// Whether bytes a second tell of frames of so many bytes.
    fn has_byte_rate(self, frame_bytes: u64) -> bool {
        u64::from(self.byte_rate) == frame_bytes * u64::from(self.rate)
    }

    /// Accepts so many bytes a sample, if the block align says so too, or the bytes a second do.
    fn expect_bytes(self, bytes: u64, notes: &mut Notes) -> Result<(), Fault> {
        let frame = bytes * self.channels as u64;
        if u64::from(self.align) != frame {
            if !self.has_byte_rate(frame) {
                return Err(self.contradiction());
            }
            notes.warn(format!("its header says {} bytes a frame; its other fields say {frame}", self.align));
        }
        Ok(())
    }

    /// The rate against bytes a second, where frames have that many bytes.
    fn check_rate(self, bytes: u64, notes: &mut Notes) -> Result<(), Fault> {
        let frame = bytes * self.channels as u64;
        if self.has_byte_rate(frame) || self.rate == 0 {
            return Ok(());
        }
        let byte_rate = u64::from(self.byte_rate);
        let other = byte_rate / frame;
        let is_other_usual = byte_rate.is_multiple_of(frame) && USUAL_RATES_HZ.contains(&other);
        if is_other_usual && !USUAL_RATES_HZ.contains(&self.rate.into()) {
            return Err(Fault::damaged(format!(
                "its header says {} Hz in one place and {other} Hz in another ({byte_rate} bytes a second)",
                self.rate
            )));
        }
        notes.warn(format!(
            "its header says {byte_rate} bytes a second; {} Hz make {}",
            self.rate,
            frame * u64::from(self.rate)
        ));
        Ok(())
    }
}

/// Integer samples: how wide they are, and how wide what holds them is.
fn integers(
    fields: Fields,
    valid_bits: u16,
    is_big_endian: bool,
    is_plain: bool,
    notes: &mut Notes,
) -> Result<(SampleFormat, bool), Fault> {
    let Fields { channels, align, bits, .. } = fields;
    if bits > 32 {
        return Err(Fault::unsupported(format!("integers of {bits} bits")));
    }
    let least = u64::from(bits.div_ceil(8));
    let align = u64::from(align);
    let channels = channels as u64;
    let held = if align.is_multiple_of(channels) { align / channels } else { 0 };
    // A WAV of up to 8 bits has no sign.
    let sample = |bytes: u64| {
        let coding = if bits <= 8 && bytes == 1 { Coding::Unsigned } else { Coding::Integer };
        SampleFormat::new(coding, bytes as usize, valid_bits.into(), is_big_endian)
    };
    if held == least {
        return Ok((sample(least), false));
    }
    if fields.has_byte_rate(channels * least) {
        notes.warn(format!("its header says {align} bytes a frame; its other fields say {}", channels * least));
        return Ok((sample(least), false));
    }
    // Samples of 24 bits in 32, without the extensible header that would say so: the samples themselves tell at which end
    // they stand.
    if is_plain && held > least && held <= 4 && fields.has_byte_rate(align) {
        return Ok((sample(held), true));
    }
    Err(fields.contradiction())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(tag: u16, channels: u16, rate: u32, byte_rate: u32, align: u16, bits: u16) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(tag.to_le_bytes());
        bytes.extend(channels.to_le_bytes());
        bytes.extend(rate.to_le_bytes());
        bytes.extend(byte_rate.to_le_bytes());
        bytes.extend(align.to_le_bytes());
        bytes.extend(bits.to_le_bytes());
        bytes
    }

    fn read_plain(bytes: &[u8]) -> (Result<WaveFormat, Fault>, Notes) {
        let mut notes = Notes::default();
        (read(bytes, false, ReadOptions::default(), &mut notes), notes)
    }

    #[test]
    fn two_fields_that_agree_outvote_the_third() {
        let (read, notes) = read_plain(&format(1, 2, 48_000, 192_000, 4, 16));
        assert!(read.is_ok_and(|format| format.samples.bytes == 2) && notes.warnings.is_empty());
        let (read, notes) = read_plain(&format(1, 2, 48_000, 192_000, 7, 16));
        assert!(read.is_ok_and(|format| format.samples.bytes == 2) && notes.warnings.len() == 1);
        let (read, notes) = read_plain(&format(1, 2, 48_000, 1, 4, 16));
        assert!(read.is_ok_and(|format| format.samples.bytes == 2) && notes.warnings.len() == 1);
        let (read, _) = read_plain(&format(1, 2, 48_000, 384_000, 8, 24));
        assert!(read.is_ok_and(|format| format.samples.bytes == 4 && format.is_side_unknown));
    }

    #[test]
    fn what_nothing_decides_is_refused() {
        for bytes in [
            format(1, 2, 48_000, 1, 7, 16),
            format(1, 2, 48_000, 192_000, 4, 24),
            format(1, 2, 48_001, 192_000, 4, 16),
            format(3, 2, 48_000, 192_000, 4, 32),
            format(1, 2, 48_000, 0, 0, 0),
        ] {
            let (read, _) = read_plain(&bytes);
            assert!(matches!(read, Err(Fault::Damaged(_))), "{bytes:?}: {read:?}");
        }
    }
}
