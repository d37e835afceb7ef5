//! FLAC out, a frame at a time. The coding is flacenc's; the stream around its frames is written here, because flacenc
//! wants a whole song in memory for it (RFC 9639, sections 6 and 8).

use std::io::{self, Seek, SeekFrom, Write};

use flacenc::bitsink::ByteSink;
use flacenc::component::{BitRepr as _, StreamInfo};
use flacenc::config::Encoder;
use flacenc::error::{Verified, Verify as _};
use flacenc::source::{Context, Fill as _, FrameBuf};

use super::Tags;

/// Frames (samples a channel) in a FLAC frame.
const BLOCK: usize = 4096;
/// flacenc knows rates up to 96 kHz only. For the others its frames are told this one, which no code of a frame header
/// stands for, so that they say "see the stream's header", where the true rate is.
const UNCODED_RATE_HZ: usize = 95_999;

fn other(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}

/// Writes integer samples as FLAC.
pub(super) struct FlacWriter<W: Write + Seek> {
    out: W,
    config: Verified<Encoder>,
    info: StreamInfo,
    context: Context,
    buffer: FrameBuf,
    interleaved: Vec<i32>,
    sample_rate_hz: u32,
    channels: usize,
    bits: u16,
    frames: u64,
    blocks: usize,
    least_bytes: u32,
    most_bytes: u32,
    has_tags: bool,
}

impl<W: Write + Seek> FlacWriter<W> {
    pub(super) fn new(out: W, sample_rate_hz: u32, channels: usize, bits: u16, tags: &Tags) -> io::Result<Self> {
        let mut blocks = tags.to_flac_blocks();
        let coded_rate = if sample_rate_hz <= 96_000 { sample_rate_hz as usize } else { UNCODED_RATE_HZ };
        let mut writer = Self {
            out,
            config: Encoder::default().into_verified().map_err(|(_, error)| other(error))?,
            info: StreamInfo::new(coded_rate, channels, bits.into()).map_err(other)?,
            context: Context::new(bits.into(), channels),
            buffer: FrameBuf::with_size(channels, BLOCK).map_err(other)?,
            interleaved: Vec::with_capacity(BLOCK * channels),
            sample_rate_hz,
            channels,
            bits,
            frames: 0,
            blocks: 0,
            least_bytes: u32::MAX,
            most_bytes: 0,
            has_tags: !blocks.is_empty(),
        };
        // Holds the place: what it says is known at the end.
        writer.write_header()?;
        if let Some(last) = blocks.last_mut() {
            last[0] |= 0x80;
        }
        blocks.iter().try_for_each(|block| writer.out.write_all(block))?;
        Ok(writer)
    }

    /// Encodes interleaved samples, any number of whole frames.
    pub(super) fn write(&mut self, mut samples: &[i32]) -> io::Result<()> {
        let full = BLOCK * self.channels;
        while !samples.is_empty() {
            let count = (full - self.interleaved.len()).min(samples.len());
            self.interleaved.extend_from_slice(&samples[..count]);
            samples = &samples[count..];
            if self.interleaved.len() == full {
                self.write_block()?;
            }
        }
        Ok(())
    }

    fn write_block(&mut self) -> io::Result<()> {
        if self.interleaved.len() < BLOCK * self.channels {
            // The last block is shorter: a buffer of its size, since a reused one keeps its channels' old stride.
            self.buffer =
                FrameBuf::with_size(self.channels, (self.interleaved.len() / self.channels).max(32)).map_err(other)?;
        }
        self.buffer.fill_interleaved(&self.interleaved).map_err(other)?;
        self.context.fill_interleaved(&self.interleaved).map_err(other)?;
        let frame =
            flacenc::encode_fixed_size_frame(&self.config, &self.buffer, self.blocks, &self.info).map_err(other)?;
        let mut sink = ByteSink::new();
        frame.write(&mut sink).map_err(|_| other("the encoder's own buffer failed"))?;
        let bytes = sink.as_slice();
        // A frame is far below 16 MB.
        let length = bytes.len() as u32;
        self.least_bytes = self.least_bytes.min(length);
        self.most_bytes = self.most_bytes.max(length);
        self.out.write_all(bytes)?;
        self.frames += (self.interleaved.len() / self.channels) as u64;
        self.blocks += 1;
        self.interleaved.clear();
        Ok(())
    }

    /// "fLaC" and the STREAMINFO block (RFC 9639, 8.2).
    fn write_header(&mut self) -> io::Result<()> {
        let mut header = Vec::with_capacity(42);
        header.extend_from_slice(b"fLaC");
        // Type 0, marked where it is the last metadata block, 34 bytes.
        header.extend_from_slice(&[if self.has_tags { 0 } else { 0x80 }, 0, 0, 34]);
        header.extend_from_slice(&(BLOCK as u16).to_be_bytes());
        header.extend_from_slice(&(BLOCK as u16).to_be_bytes());
        let least = if self.blocks == 0 { 0 } else { self.least_bytes };
        header.extend_from_slice(&least.to_be_bytes()[1..]);
        header.extend_from_slice(&self.most_bytes.to_be_bytes()[1..]);
        // 20 bits of rate, 3 of channels - 1, 5 of bits - 1, 36 of frames.
        let packed = u64::from(self.sample_rate_hz) << 44
            | (self.channels as u64 - 1) << 41
            | u64::from(self.bits - 1) << 36
            | self.frames & ((1 << 36) - 1);
        header.extend_from_slice(&packed.to_be_bytes());
        header.extend_from_slice(&self.context.md5_digest());
        self.out.write_all(&header)
    }

    /// Writes what is left and the true header; returns the output, to be flushed and closed.
    pub(super) fn finish(mut self) -> io::Result<W> {
        if !self.interleaved.is_empty() {
            self.write_block()?;
        }
        self.out.seek(SeekFrom::Start(0))?;
        self.write_header()?;
        self.out.flush()?;
        Ok(self.out)
    }
}
