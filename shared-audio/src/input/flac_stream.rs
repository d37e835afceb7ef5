//! The frames of a FLAC, found one after the other and held to their places.

use std::fs::File;
use std::io::{BufReader, Read as _};

use symphonia::core::audio::{Audio as _, GenericAudioBufferRef};
use symphonia::core::codecs::audio::AudioDecoder as _;
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};
use symphonia::default::codecs::FlacDecoder;

use super::fault::{Fault, Notes};
use super::flac_frame::{FrameHeader, LONGEST_HEADER, crc16, read_header};
use super::opened::Input;
use crate::guard::{guarded, reason};

/// The stream's header.
#[derive(Clone, Copy, Debug)]
pub(super) struct StreamInfo {
    pub(super) sample_rate_hz: u32,
    pub(super) channels: usize,
    pub(super) bits: u32,
    /// `None`: not known.
    pub(super) frames: Option<u64>,
    pub(super) has_md5: bool,
}

/// The longest frame: 65535 samples of eight channels with 33 bits are half of that.
const LONGEST_FRAME: usize = 4 << 20;
/// What is read at a time.
const READ_BYTES: usize = 1 << 16;
/// The fewest bytes that a frame takes: header, a constant subframe a channel, checksum.
const SHORTEST_FRAME: u64 = 10;
/// The most silence that is put in place of lost frames.
const MOST_SILENCE: u64 = 1 << 32;

/// Frames being found and decoded.
pub(super) struct FlacInput {
    file: BufReader<File>,
    /// Bytes of sound not read yet.
    unread: u64,
    /// Bytes read; what is before `begin` is done with.
    buffer: Vec<u8>,
    begin: usize,
    info: StreamInfo,
    decoder: FlacDecoder,
    /// The sample that the next frame has to begin with.
    next_sample: u64,
    /// The block of a stream whose frames are counted: that of its first frame.
    fixed_block: Option<u64>,
    /// The first sample of a stream that was cut out of a longer one.
    offset: u64,
    /// Silent frames still to be given in place of lost ones.
    silence: u64,
    has_begun: bool,
    allow_damaged: bool,
}

/// What the bytes at a place are.
enum Found {
    /// A frame of so many bytes.
    Frame(FrameHeader, usize),
    /// A frame with something behind it that is none: where it may end, each place to be tried.
    FrameAndRest(FrameHeader, Vec<usize>),
    /// No frame.
    None,
}

impl FlacInput {
    /// So many bytes of sound, from where the file stands.
    pub(super) fn new(file: File, unread: u64, info: StreamInfo, decoder: FlacDecoder, allow_damaged: bool) -> Self {
        Self {
            file: BufReader::with_capacity(READ_BYTES, file),
            unread,
            buffer: Vec::new(),
            begin: 0,
            info,
            decoder,
            next_sample: 0,
            fixed_block: None,
            offset: 0,
            silence: 0,
            has_begun: false,
            allow_damaged,
        }
    }

    /// Sees to it that `count` bytes are there behind `begin`, unless the sound ends before.
    fn fill(&mut self, count: usize) -> Result<(), Fault> {
        while self.buffer.len() - self.begin < count && self.unread > 0 {
            if self.begin > READ_BYTES {
                self.buffer.drain(..self.begin);
                self.begin = 0;
            }
            let most = self.unread.min(READ_BYTES as u64);
            let read = self.file.by_ref().take(most).read_to_end(&mut self.buffer).map_err(Fault::Read)?;
            // Shorter than it was when it was opened.
            self.unread = if read == 0 { 0 } else { self.unread - read as u64 };
        }
        Ok(())
    }

    /// A frame's header at a place behind `begin`, if what it says is what the stream's says.
    fn header_at(&self, at: usize) -> Option<FrameHeader> {
        let bytes = &self.buffer[(self.begin + at).min(self.buffer.len())..];
        let header = read_header(&bytes[..bytes.len().min(LONGEST_HEADER)])?;
        let is_like = header.channels as usize == self.info.channels
            && header.bits.is_none_or(|bits| bits == self.info.bits)
            && header.sample_rate_hz.is_none_or(|rate| rate == self.info.sample_rate_hz);
        is_like.then_some(header)
    }

    /// Whether what is here is a frame, and where it ends: where its checksum is right and another frame, or nothing,
    /// follows. One that a later frame follows without that is damaged.
    fn find_frame(&mut self) -> Result<Found, Fault> {
        self.fill(LONGEST_HEADER)?;
        let Some(header) = self.header_at(0) else { return Ok(Found::None) };
        let first = self.first_sample(&header);
        let (mut at, mut crc) = (0, 0_u16);
        // Places where it may end although no frame follows.
        let mut ends = Vec::new();
        loop {
            self.fill(at + READ_BYTES)?;
            let available = self.buffer.len() - self.begin;
            // As far as a header that begins there could be seen whole.
            let until = if self.unread == 0 { available } else { available.saturating_sub(LONGEST_HEADER) };
            while at < until {
                crc = crc16(crc, self.buffer[self.begin + at]);
                at += 1;
                let is_end = crc == 0 && at >= SHORTEST_FRAME as usize;
                if is_end && at == available && self.unread == 0 {
                    // Zeros behind a frame do not change its checksum: then it may end earlier.
                    if ends.is_empty() {
                        return Ok(Found::Frame(header, at));
                    }
                    ends.push(at);
                    return Ok(Found::FrameAndRest(header, ends));
                }
                if self.buffer.get(self.begin + at) == Some(&0xff)
                    && let Some(next) = self.header_at(at)
                {
                    if is_end {
                        return Ok(Found::Frame(header, at));
                    }
                    if self.first_sample(&next) > first {
                        return Ok(if ends.is_empty() { Found::None } else { Found::FrameAndRest(header, ends) });
                    }
                }
                if is_end && ends.len() < 16 {
                    ends.push(at);
                }
            }
            if (self.unread == 0 && self.buffer.len() - self.begin == at) || at > LONGEST_FRAME {
                break;
            }
        }
        Ok(if ends.is_empty() { Found::None } else { Found::FrameAndRest(header, ends) })
    }

    /// The first sample of a frame.
    fn first_sample(&self, header: &FrameHeader) -> u64 {
        let block = self.fixed_block.unwrap_or_else(|| header.block.into());
        (if header.is_fixed { header.number * block } else { header.number }).saturating_sub(self.offset)
    }

    /// Decodes so many bytes; nothing is appended where that fails.
    fn decode(&mut self, length: usize, into: &mut [Vec<f32>]) -> Result<u64, String> {
        let data = self.buffer[self.begin..self.begin + length].to_vec();
        let packet = Packet::new(0, Timestamp::from(0_i64), Duration::from(0_u64), data);
        let (decoder, channels) = (&mut self.decoder, self.info.channels);
        let decoded = guarded(|| match decoder.decode(&packet) {
            Ok(GenericAudioBufferRef::S32(buffer)) => {
                const STEP: f32 = 1.0 / (1_u32 << 31) as f32;
                if buffer.num_planes() != channels {
                    return Err("a frame has other channels than the header says".to_string());
                }
                for (channel, into) in into.iter_mut().enumerate() {
                    into.extend(buffer.plane(channel).into_iter().flatten().map(|&sample| sample as f32 * STEP));
                }
                Ok(buffer.frames() as u64)
            }
            Ok(_) => Err("a frame has samples of another kind".into()),
            Err(error) => Err(reason(&error)),
        });
        decoded.unwrap_or_else(|| Err("a frame cannot be decoded".into()))
    }

    fn left(&self) -> u64 {
        (self.buffer.len() - self.begin) as u64 + self.unread
    }

    /// Believes the first frame in how frames are counted.
    fn begin_with(&mut self, header: &FrameHeader) {
        self.has_begun = true;
        self.fixed_block = header.is_fixed.then_some(header.block.into());
    }

    /// Past damage: looks for the next frame, and puts silence for the samples between, if that is asked for.
    fn skip_damage(&mut self, what: &str, notes: &mut Notes) -> Result<bool, Fault> {
        let place = self.next_sample;
        let mut skipped = 0_u64;
        while self.left() > 0 {
            self.begin += 1;
            skipped += 1;
            self.fill(LONGEST_HEADER)?;
            let Some(header) = self.header_at(0) else { continue };
            let first = self.first_sample(&header);
            let gap = first.saturating_sub(place);
            // No more than so many bytes can hold, nor than the header announces: a damaged number could be any.
            let most = (skipped / SHORTEST_FRAME + 1).saturating_mul(header.block.max(4096).into()).min(MOST_SILENCE);
            let is_within = self.info.frames.is_none_or(|frames| first < frames);
            if first < place || gap > most || !is_within || matches!(self.find_frame()?, Found::None) {
                continue;
            }
            if !self.has_begun {
                self.begin_with(&header);
            }
            if gap == 0 {
                notes.warn(format!("{skipped} bytes at frame {place} are no audio: left out"));
                return Ok(true);
            }
            let text = format!("{what} at frame {place}: {gap} frames are lost");
            if !self.allow_damaged {
                return Err(Fault::Damaged(text));
            }
            notes.damage(format!("damaged: {text}, and silent here"));
            self.silence = gap;
            return Ok(true);
        }
        let text = match self.info.frames {
            Some(frames) => format!("{place} frames of the {frames} announced: {what}"),
            None => format!("{what} at frame {place}, and no frame follows"),
        };
        if !self.allow_damaged {
            return Err(Fault::Truncated(text));
        }
        notes.damage(format!("truncated: {text}"));
        self.info.frames = None;
        self.end(notes)
    }

    /// At the end: whether all was there, and was what was coded.
    fn end(&mut self, notes: &mut Notes) -> Result<bool, Fault> {
        if self.next_sample == 0 {
            return Err(Fault::Empty);
        }
        if let Some(frames) = self.info.frames {
            if self.next_sample < frames {
                let text = format!("{} frames of the {frames} announced", self.next_sample);
                if !self.allow_damaged {
                    return Err(Fault::Truncated(text));
                }
                notes.damage(format!("truncated: {text}"));
                return Ok(false);
            }
            if self.next_sample > frames {
                notes.warn(format!("its header counts {frames} frames; {} are there", self.next_sample));
            }
        }
        // Of what is damaged already the checksum says nothing new.
        if self.info.has_md5 && !notes.is_damaged && guarded(|| self.decoder.finalize().verify_ok) != Some(Some(true)) {
            let text = format!("its samples differ from its checksum (MD5) (at frame {})", self.next_sample);
            if !self.allow_damaged {
                return Err(Fault::Damaged(text));
            }
            notes.damage(format!("damaged: {text}"));
        }
        Ok(false)
    }

    /// At the very beginning: whether frames are there, but of another kind than the stream's header says.
    fn check_kind(&self) -> Result<(), Fault> {
        let bytes = &self.buffer[self.begin..];
        let Some(header) = read_header(&bytes[..bytes.len().min(LONGEST_HEADER)]) else { return Ok(()) };
        if self.has_begun || self.header_at(0).is_some() {
            return Ok(());
        }
        let StreamInfo { channels, sample_rate_hz, bits, .. } = self.info;
        let (its_rate, its_bits) = (header.sample_rate_hz.unwrap_or(sample_rate_hz), header.bits.unwrap_or(bits));
        Err(Fault::damaged(format!(
            "its header says {channels} channel(s) of {bits} bits at {sample_rate_hz} Hz, its first frame {} of {its_bits} bits \
             at {its_rate} Hz",
            header.channels
        )))
    }

    /// No frame where one should be.
    fn no_frame(&mut self, notes: &mut Notes) -> Result<bool, Fault> {
        if self.info.frames.is_some_and(|frames| self.next_sample >= frames) {
            notes.warn(format!("{} bytes behind its last frame are no audio: not read", self.left()));
            self.buffer.clear();
            (self.begin, self.unread) = (0, 0);
            return self.end(notes);
        }
        let is_frame = self.header_at(0).is_some();
        let what = if is_frame { "a frame is cut off or damaged" } else { "no frame stands where one should" };
        self.skip_damage(what, notes)
    }

    /// Holds the place that a frame claims against where the last one ended; `false`: leave it out.
    fn check_place(&mut self, header: &FrameHeader, notes: &mut Notes) -> Result<bool, Fault> {
        if !self.has_begun {
            self.begin_with(header);
            let first = self.first_sample(header);
            if first > 0 {
                let text = format!("it begins in the middle of a stream, at its frame {first}");
                if !self.allow_damaged {
                    return Err(Fault::Damaged(text));
                }
                notes.damage(format!("damaged: {text}"));
                self.offset = first;
            }
        }
        let (first, place) = (self.first_sample(header), self.next_sample);
        if first == place {
            return Ok(true);
        }
        let text = if first > place {
            format!("{} frames are lost at frame {place}", first - place)
        } else {
            format!("frames {first} to {place} come twice")
        };
        // A stream of one block and a number of its own making is no damage that could be mended.
        if !self.allow_damaged || first.saturating_sub(place) > MOST_SILENCE {
            return Err(Fault::Damaged(text));
        }
        notes.damage(format!("damaged: {text}"));
        self.silence = first.saturating_sub(place);
        Ok(first > place)
    }
}

impl Input for FlacInput {
    fn next(&mut self, into: &mut [Vec<f32>], notes: &mut Notes) -> Result<bool, Fault> {
        if self.silence > 0 {
            let frames = self.silence.min(u64::from(u16::MAX));
            into.iter_mut().for_each(|channel| channel.resize(channel.len() + frames as usize, 0.0));
            self.silence -= frames;
            self.next_sample += frames;
            return Ok(true);
        }
        self.fill(1)?;
        if self.left() == 0 {
            return self.end(notes);
        }
        let (header, ends) = match self.find_frame()? {
            Found::Frame(header, length) => (header, vec![length]),
            Found::FrameAndRest(header, ends) => (header, ends),
            Found::None => {
                self.check_kind()?;
                return self.no_frame(notes);
            }
        };
        if !self.check_place(&header, notes)? {
            self.begin += ends[0];
            return Ok(true);
        }
        if self.silence > 0 {
            // First the silence; the frame is found again.
            return Ok(true);
        }
        let mut failed = String::new();
        for length in ends {
            match self.decode(length, into) {
                Ok(frames) => {
                    self.begin += length;
                    self.next_sample += frames;
                    return Ok(true);
                }
                Err(reason) => failed = reason,
            }
        }
        self.skip_damage(&failed, notes)
    }
}
