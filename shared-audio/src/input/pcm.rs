//! Samples that are not compressed, from bytes to floats.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom};

use super::fault::{Fault, Notes};
use super::opened::Input;

/// Frames that are read at a time.
const BLOCK_FRAMES: usize = 4096;
/// The most bytes that are looked at to learn at which end of their containers samples stand.
const MOST_LOOKED_AT: u64 = 256 << 20;

/// What a sample's bytes mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// Signed integer at the upper end of its bytes.
    Integer,
    /// Signed integer at the lower end of its bytes, of as many bits as the format says.
    LowInteger,
    /// One byte without a sign; 128 is silence.
    Unsigned,
    /// IEEE 754, 32 bits.
    Float32,
    /// IEEE 754, 64 bits.
    Float64,
    /// ITU-T G.711, A-law.
    ALaw,
    /// ITU-T G.711, mu-law.
    MuLaw,
}

/// How samples are laid down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SampleFormat {
    pub(super) coding: Coding,
    /// Bytes a sample takes.
    pub(super) bytes: usize,
    /// Bits that mean something.
    pub(super) bits: u32,
    pub(super) is_big_endian: bool,
}

impl SampleFormat {
    pub(super) fn new(coding: Coding, bytes: usize, bits: u32, is_big_endian: bool) -> Self {
        Self { coding, bytes, bits, is_big_endian }
    }

    pub(super) fn is_float(self) -> bool {
        matches!(self.coding, Coding::Float32 | Coding::Float64)
    }

    /// The bits of a linear sample: what A-law and mu-law stand for have 13 and 14.
    pub(super) fn linear_bits(self) -> u32 {
        match self.coding {
            Coding::ALaw => 13,
            Coding::MuLaw => 14,
            _ => self.bits,
        }
    }

    /// The integer of up to four bytes at the upper end of 32 bits.
    fn integer(self, bytes: &[u8]) -> i32 {
        let mut wide = [0; 4];
        // Little endian in `wide`, the sample's highest byte at its end.
        let start = 4 - bytes.len();
        wide[start..].copy_from_slice(bytes);
        if self.is_big_endian {
            wide[start..].reverse();
        }
        i32::from_le_bytes(wide)
    }

    /// Appends whole frames of interleaved samples to the channels. What is common has a loop of its own.
    fn append(self, frames: &[u8], into: &mut [Vec<f32>]) {
        match (self.coding, self.bytes, self.is_big_endian) {
            (Coding::Integer, 2, false) => each::<2>(frames, into, |[a, b]| of_integer([0, 0, a, b])),
            (Coding::Integer, 3, false) => each::<3>(frames, into, |[a, b, c]| of_integer([0, a, b, c])),
            (Coding::Float32, 4, false) => each::<4>(frames, into, f32::from_le_bytes),
            _ => {
                for frame in frames.chunks_exact(into.len() * self.bytes) {
                    for (channel, bytes) in into.iter_mut().zip(frame.chunks_exact(self.bytes)) {
                        channel.push(self.sample(bytes));
                    }
                }
            }
        }
    }

    /// One sample, full scale at ±1. `bytes` are as many as a sample takes.
    fn sample(self, bytes: &[u8]) -> f32 {
        match (self.coding, bytes) {
            (Coding::Integer, bytes) => of_integer(self.integer(bytes).to_le_bytes()),
            (Coding::LowInteger, bytes) => {
                of_integer((self.integer(bytes) << (8 * self.bytes as u32 - self.bits)).to_le_bytes())
            }
            (Coding::Unsigned, &[byte]) => f32::from(i16::from(byte) - 128) / 128.0,
            (Coding::ALaw, &[byte]) => f32::from(a_law(byte)) / 32_768.0,
            (Coding::MuLaw, &[byte]) => f32::from(mu_law(byte)) / 32_768.0,
            (Coding::Float32, &[a, b, c, d]) => {
                if self.is_big_endian {
                    f32::from_be_bytes([a, b, c, d])
                } else {
                    f32::from_le_bytes([a, b, c, d])
                }
            }
            (Coding::Float64, &[a, b, c, d, e, f, g, h]) => {
                let bytes = [a, b, c, d, e, f, g, h];
                (if self.is_big_endian { f64::from_be_bytes(bytes) } else { f64::from_le_bytes(bytes) }) as f32
            }
            // A format is only made with as many bytes as its coding has.
            _ => 0.0,
        }
    }
}

/// An integer at the upper end of 32 bits, little end first; full scale is ±1.
#[inline(always)]
fn of_integer(bytes: [u8; 4]) -> f32 {
    i32::from_le_bytes(bytes) as f32 * (1.0 / (1_u32 << 31) as f32)
}

/// Appends interleaved samples of `N` bytes to the channels.
#[inline(always)]
fn each<const N: usize>(frames: &[u8], into: &mut [Vec<f32>], sample: impl Fn([u8; N]) -> f32) {
    let (samples, channels) = (frames.as_chunks::<N>().0, into.len());
    for (number, channel) in into.iter_mut().enumerate() {
        let start = channel.len();
        channel.resize(start + samples.len() / channels, 0.0);
        for (to, frame) in channel[start..].iter_mut().zip(samples.chunks_exact(channels)) {
            *to = sample(frame[number]);
        }
    }
}

/// A-law to 16 bits (ITU-T G.711, table 1a).
fn a_law(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let (segment, step) = (byte >> 4 & 7, i16::from(byte & 15));
    let magnitude = if segment == 0 { (step << 4) + 8 } else { ((step << 4) + 0x108) << (segment - 1) };
    if byte & 0x80 != 0 { magnitude } else { -magnitude }
}

/// Mu-law to 16 bits (ITU-T G.711, table 2a).
fn mu_law(byte: u8) -> i16 {
    let byte = !byte;
    let magnitude = (((i16::from(byte & 15) << 3) + 0x84) << (byte >> 4 & 7)) - 0x84;
    if byte & 0x80 != 0 { -magnitude } else { magnitude }
}

/// Samples in a part of a file.
pub(super) struct PcmInput {
    file: BufReader<File>,
    format: SampleFormat,
    channels: usize,
    left: u64,
    frames: u64,
    bytes: Vec<u8>,
}

impl PcmInput {
    /// `frames` frames from a place on.
    pub(super) fn new(mut file: File, at: u64, format: SampleFormat, channels: usize, frames: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(at))?;
        Ok(Self {
            file: BufReader::with_capacity(1 << 16, file),
            format,
            channels,
            left: frames,
            frames,
            bytes: Vec::new(),
        })
    }
}

impl Input for PcmInput {
    fn next(&mut self, into: &mut [Vec<f32>], _: &mut Notes) -> Result<bool, Fault> {
        if self.left == 0 {
            return Ok(false);
        }
        let frames = self.left.min(BLOCK_FRAMES as u64) as usize;
        self.bytes.resize(frames * self.channels * self.format.bytes, 0);
        self.file.read_exact(&mut self.bytes).map_err(|error| match error.kind() {
            // It was checked that they are there.
            io::ErrorKind::UnexpectedEof => Fault::Truncated(format!(
                "it became shorter while it was read: {} frames of {}",
                self.frames - self.left,
                self.frames
            )),
            _ => Fault::Read(error),
        })?;
        self.left -= frames as u64;
        self.format.append(&self.bytes, into);
        Ok(true)
    }
}

/// Looks at integers in containers wider than they are, to learn at which end they stand: at the upper end what is below
/// them is zero, at the lower end what is above them is their sign. `None` where they are neither.
pub(super) fn side_of(
    file: &mut File,
    at: u64,
    bytes: u64,
    format: SampleFormat,
    declared_bits: u32,
) -> io::Result<Option<SampleFormat>> {
    file.seek(SeekFrom::Start(at))?;
    let mut reader = BufReader::with_capacity(1 << 16, file.take(bytes.min(MOST_LOOKED_AT)));
    let spare = 8 * format.bytes as u32 - declared_bits;
    let (mut may_be_upper, mut may_be_lower) = (true, true);
    let mut sample = vec![0; format.bytes];
    // To the end: quiet samples of the full width look like narrow ones until a loud one comes.
    while may_be_upper || may_be_lower {
        match reader.read_exact(&mut sample) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(error),
        }
        // The container's bits at the lower end of 32.
        let value = format.integer(&sample) >> (32 - 8 * format.bytes as u32);
        may_be_upper &= value & ((1 << spare) - 1) == 0;
        may_be_lower &= value << (32 - declared_bits) >> (32 - declared_bits) == value;
    }
    let coding = match (may_be_upper, may_be_lower) {
        (true, _) => Coding::Integer,
        (false, true) => Coding::LowInteger,
        (false, false) => return Ok(None),
    };
    Ok(Some(SampleFormat { coding, bits: declared_bits, ..format }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The ends of both laws as G.711 gives them, in 16 bits.
    #[test]
    fn laws_are_those_of_g711() {
        assert_eq!([a_law(0xd5), a_law(0x55), a_law(0xaa), a_law(0x2a)], [8, -8, 32_256, -32_256]);
        assert_eq!([mu_law(0xff), mu_law(0x7f), mu_law(0x80), mu_law(0x00)], [0, 0, 32_124, -32_124]);
    }

    #[test]
    fn integers_of_every_width_reach_full_scale() {
        for bytes in 1..=4 {
            for is_big_endian in [false, true] {
                let format = SampleFormat::new(Coding::Integer, bytes, 8 * bytes as u32, is_big_endian);
                let mut least = vec![0; bytes];
                least[if is_big_endian { 0 } else { bytes - 1 }] = 0x80;
                assert_eq!(format.sample(&least), -1.0);
                let mut one = vec![0; bytes];
                one[if is_big_endian { bytes - 1 } else { 0 }] = 1;
                assert_eq!(format.sample(&one), 2f32.powi(1 - 8 * bytes as i32));
            }
        }
        let low = SampleFormat::new(Coding::LowInteger, 4, 24, false);
        assert_eq!([low.sample(&[0, 0, 0x80, 0xff]), low.sample(&[1, 0, 0, 0])], [-1.0, 2f32.powi(-23)]);
        // The loops of their own give what a sample by itself gives.
        let bytes: Vec<u8> = (0..6 * 4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for (coding, size) in [(Coding::Integer, 2), (Coding::Integer, 3), (Coding::Integer, 4), (Coding::Float32, 4)] {
            for is_big_endian in [false, true] {
                let format = SampleFormat::new(coding, size, 8 * size as u32, is_big_endian);
                let mut channels = vec![vec![0.5_f32]; 2];
                format.append(&bytes, &mut channels);
                assert_eq!(channels[0].len(), 1 + bytes.len() / size / 2);
                for (n, sample) in bytes.chunks_exact(size).enumerate() {
                    let (is, wanted) = (channels[n % 2][1 + n / 2], format.sample(sample));
                    assert_eq!(is.to_bits(), wanted.to_bits(), "{format:?}, {n}");
                }
            }
        }
        let eight = SampleFormat::new(Coding::Unsigned, 1, 8, false);
        assert_eq!([eight.sample(&[0]), eight.sample(&[128]), eight.sample(&[255])], [-1.0, 0.0, 127.0 / 128.0]);
    }
}
