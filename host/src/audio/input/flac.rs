//! FLAC (RFC 9639). Its frames are found here, each by its own checksums, so that no damage and no tag behind them can
//! swallow one without a word; they are decoded by symphonia.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};

use symphonia::core::audio::{Audio as _, GenericAudioBufferRef};
use symphonia::core::codecs::audio::well_known::CODEC_ID_FLAC;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};
use symphonia::default::codecs::FlacDecoder;

use super::flac_frame::{FrameHeader, LONGEST_HEADER, crc16, read_header};
use super::{Fault, Input, Notes, Opened, bytes_at};
use crate::audio::guard::{guarded, reason};
use crate::audio::layout::Layout;
use crate::audio::reader::ReadOptions;
use crate::audio::tags::{Tags, flac as tags_of};

/// The longest frame: 65535 samples of eight channels with 33 bits are half of that.
const LONGEST_FRAME: usize = 4 << 20;
/// What is read at a time.
const READ_BYTES: usize = 1 << 16;
/// The fewest bytes that a frame takes: header, a constant subframe a channel, checksum.
const SHORTEST_FRAME: u64 = 10;
/// The most silence that is put in place of lost frames.
const MOST_SILENCE: u64 = 1 << 32;
/// Places of channels by their number, as RFC 9639 (9.1.3) has them.
const MASKS: [u32; 8] = [0x4, 0x3, 0x7, 0x33, 0x37, 0x3f, 0x70f, 0x63f];

/// The stream's header.
#[derive(Clone, Copy, Debug)]
struct StreamInfo {
    sample_rate_hz: u32,
    channels: usize,
    bits: u32,
    /// `None`: not known.
    frames: Option<u64>,
    has_md5: bool,
}

pub(super) fn open(mut file: File, length: u64, start: u64, options: ReadOptions) -> Result<Opened, Fault> {
    let mut notes = Notes::default();
    let mut tags = Tags::default();
    if start > 0 {
        notes.warn("it begins with an ID3v2 tag, which does not belong in FLAC");
        if let Ok(tag) = bytes_at(&mut file, 0, start.min(super::chunks::LONGEST_CHUNK)) {
            tags.take_id3v2(&tag);
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
            other => tags_of::take_block(&mut file, other, at, size, &mut tags, &mut mask)?,
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
    let input = FlacInput {
        file: BufReader::with_capacity(READ_BYTES, file),
        unread: end.saturating_sub(at),
        buffer: Vec::new(),
        begin: 0,
        info,
        decoder,
        next_sample: 0,
        fixed_block: None,
        offset: 0,
        silence: 0,
        has_begun: false,
        allow_damaged: options.allow_damaged,
    };
    if input.unread == 0 {
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
            tags.take_id3v1(&bytes_at(file, end - 128, 128)?);
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

/// Frames being found and decoded.
struct FlacInput {
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

    /// Takes the first frame's word for how frames are counted.
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
