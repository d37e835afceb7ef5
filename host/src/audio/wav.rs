//! WAV out, a block at a time; RF64 where it grows beyond what 32 bits of size hold.

use std::io::{self, Seek, SeekFrom, Write};

use super::Bits;
use super::Tags;

/// What a WAV holds in all: its sizes have 32 bits. A little less, for the chunks behind the sound.
pub(super) const MOST_RIFF_BYTES: u64 = u32::MAX as u64 - 1024;
/// The content of a ds64 chunk without a table: three sizes of 64 bits and a count (EBU Tech 3306, annex A).
const DS64_BYTES: u32 = 28;
/// What follows the format tag in the GUID of an extensible format.
const GUID_REST: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];

/// Writes samples as WAV.
///
/// At the beginning stands a chunk of nothing, as EBU Tech 3306 has it, which becomes the ds64 chunk if the file becomes
/// RF64. Tags stand before the sound, so that what a reader needs is there although the end may be missing.
pub(super) struct WavWriter<W: Write + Seek> {
    out: W,
    bits: Bits,
    channels: u64,
    /// Where the count of frames stands in the fact chunk, if there is one.
    fact_at: Option<u64>,
    /// Where the sound begins.
    data_at: u64,
    data_bytes: u64,
    most_riff_bytes: u64,
    bytes: Vec<u8>,
}

impl<W: Write + Seek> WavWriter<W> {
    /// Writes the header; beyond `most_riff_bytes` in all the file becomes RF64.
    pub(super) fn new(
        mut out: W,
        sample_rate_hz: u32,
        channels: usize,
        bits: Bits,
        tags: &Tags,
        most_riff_bytes: u64,
    ) -> io::Result<Self> {
        let mut header = b"RIFF\0\0\0\0WAVEJUNK".to_vec();
        header.extend_from_slice(&DS64_BYTES.to_le_bytes());
        header.resize(header.len() + DS64_BYTES as usize, 0);
        // One or two.
        let count = channels as u16;
        let align = count * bits.count() / 8;
        let is_float = bits == Bits::Float32;
        let is_plain = bits == Bits::Int16;
        header.extend_from_slice(b"fmt ");
        header.extend_from_slice(&(if is_plain { 16_u32 } else { 40 }).to_le_bytes());
        header.extend_from_slice(&(if is_plain { 1_u16 } else { 0xfffe }).to_le_bytes());
        header.extend_from_slice(&count.to_le_bytes());
        header.extend_from_slice(&sample_rate_hz.to_le_bytes());
        header.extend_from_slice(&(sample_rate_hz * u32::from(align)).to_le_bytes());
        header.extend_from_slice(&align.to_le_bytes());
        header.extend_from_slice(&bits.count().to_le_bytes());
        if !is_plain {
            // Its size, the valid bits, the places (mono stands in front, in the middle), and the format.
            header.extend_from_slice(&22_u16.to_le_bytes());
            header.extend_from_slice(&bits.count().to_le_bytes());
            header.extend_from_slice(&(if channels == 1 { 0x4_u32 } else { 0x3 }).to_le_bytes());
            header.extend_from_slice(&(if is_float { 3_u16 } else { 1 }).to_le_bytes());
            header.extend_from_slice(&GUID_REST);
        }
        let mut fact_at = None;
        // Asked for where the format's tag is not that of plain integers.
        if !is_plain {
            header.extend_from_slice(b"fact\x04\0\0\0");
            fact_at = Some(header.len() as u64);
            header.extend_from_slice(&[0; 4]);
        }
        header.extend_from_slice(&tags.to_riff_chunks());
        header.extend_from_slice(b"data\0\0\0\0");
        out.write_all(&header)?;
        Ok(Self {
            out,
            bits,
            channels: channels as u64,
            fact_at,
            data_at: header.len() as u64,
            data_bytes: 0,
            most_riff_bytes: most_riff_bytes.min(MOST_RIFF_BYTES),
            bytes: Vec::new(),
        })
    }

    /// Appends interleaved integers, whole frames of them.
    pub(super) fn write_integers(&mut self, samples: &[i32]) -> io::Result<()> {
        self.bytes.resize(samples.len() * usize::from(self.bits.count() / 8), 0);
        let wide = samples.iter().map(|sample| sample.to_le_bytes());
        match self.bits {
            Bits::Int16 => {
                let places = self.bytes.as_chunks_mut::<2>().0;
                places.iter_mut().zip(wide).for_each(|(to, [a, b, ..])| *to = [a, b]);
            }
            Bits::Int24 => {
                let places = self.bytes.as_chunks_mut::<3>().0;
                places.iter_mut().zip(wide).for_each(|(to, [a, b, c, _])| *to = [a, b, c]);
            }
            Bits::Float32 => self.bytes.as_chunks_mut::<4>().0.iter_mut().zip(wide).for_each(|(to, all)| *to = all),
        }
        self.append()
    }

    /// Appends frames of floats, a slice a channel.
    pub(super) fn write_floats(&mut self, channels: &[&[f32]]) -> io::Result<()> {
        let frames = channels.first().map_or(0, |channel| channel.len());
        self.bytes.resize(frames * channels.len() * 4, 0);
        for (number, channel) in channels.iter().enumerate() {
            let frames = self.bytes.as_chunks_mut::<4>().0.chunks_exact_mut(channels.len());
            frames.zip(*channel).for_each(|(frame, sample)| frame[number] = sample.to_le_bytes());
        }
        self.append()
    }

    fn append(&mut self) -> io::Result<()> {
        self.out.write_all(&self.bytes)?;
        self.data_bytes += self.bytes.len() as u64;
        Ok(())
    }

    /// Writes what the header could not know; returns the output, to be flushed and closed.
    pub(super) fn finish(mut self) -> io::Result<W> {
        // Chunks have an even length; the pad byte does not count in its own.
        let pad = self.data_bytes % 2;
        if pad == 1 {
            self.out.write_all(&[0])?;
        }
        let riff_bytes = self.data_at + self.data_bytes + pad - 8;
        let frames = self.data_bytes / (self.channels * u64::from(self.bits.count() / 8));
        let is_wide = riff_bytes > self.most_riff_bytes;
        // Below 4 GiB by the condition.
        let narrow = |size: u64| if is_wide { u32::MAX } else { size as u32 };
        if is_wide {
            self.out.seek(SeekFrom::Start(0))?;
            self.out.write_all(b"RF64")?;
            self.out.seek(SeekFrom::Start(12))?;
            self.out.write_all(b"ds64")?;
            self.out.seek(SeekFrom::Start(20))?;
            for size in [riff_bytes, self.data_bytes, frames] {
                self.out.write_all(&size.to_le_bytes())?;
            }
        }
        let mut places = vec![(4, narrow(riff_bytes)), (self.data_at - 4, narrow(self.data_bytes))];
        places.extend(self.fact_at.map(|at| (at, narrow(frames))));
        for (at, size) in places {
            self.out.seek(SeekFrom::Start(at))?;
            self.out.write_all(&size.to_le_bytes())?;
        }
        self.out.flush()?;
        Ok(self.out)
    }
}
