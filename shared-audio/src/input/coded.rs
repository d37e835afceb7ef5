//! Lossy files: MP3, AAC (as ADTS and in MP4) and Ogg Vorbis, decoded by symphonia. What encoders put before and behind the
//! song is taken off where the file tells how much it is.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use symphonia::core::audio::Channels;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_FLAC, CODEC_ID_MP3, CODEC_ID_VORBIS};
use symphonia::core::codecs::audio::{AudioCodecId, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::default::formats::{AdtsReader, IsoMp4Reader, MpaReader, OggReader};

use super::bytes::bytes_at;
use super::fault::{Fault, Notes};
use super::mp4::PlayableRange;
use super::mpeg::{self, Walk};
use super::opened::{Input, Opened};
use super::{mp4, ogg};
use crate::guard::{guarded, reason};
use crate::layout::Layout;
use crate::options::ReadOptions;
use crate::tags::Tags;

/// What holds the coded sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Mp3,
    Adts,
    Mp4,
    Ogg,
}

/// A part of a file as a file of its own.
struct Window {
    file: File,
    begin: u64,
    end: u64,
    at: u64,
}

impl Window {
    fn new(mut file: File, begin: u64, end: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(begin))?;
        Ok(Self { file, begin, end, at: begin })
    }
}

impl Read for Window {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = (self.end - self.at).min(into.len() as u64) as usize;
        let read = self.file.read(&mut into[..most])?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => self.begin.checked_add(at),
            SeekFrom::End(by) => self.end.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        let to = to.filter(|at| (self.begin..=self.end).contains(at)).ok_or(io::ErrorKind::InvalidInput)?;
        self.at = self.file.seek(SeekFrom::Start(to))?;
        Ok(self.at - self.begin)
    }
}

impl MediaSource for Window {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.end - self.begin)
    }
}

fn codec_name(codec: AudioCodecId) -> Option<&'static str> {
    match codec {
        CODEC_ID_MP3 => Some("MP3"),
        CODEC_ID_AAC => Some("AAC"),
        CODEC_ID_VORBIS => Some("Ogg Vorbis"),
        CODEC_ID_FLAC => Some("Ogg FLAC"),
        _ => None,
    }
}

pub(super) fn open(mut file: File, length: u64, kind: Kind, options: ReadOptions) -> Result<Opened, Fault> {
    let mut notes = Notes::default();
    let mut tags = Tags::default();
    let (mut begin, mut end) = (0, length);
    let mut walk = None;
    match kind {
        Kind::Mp3 | Kind::Adts => {
            let start = bytes_at(&mut file, 0, 10)?;
            if let Some(size) = super::bytes::id3v2_length(&start) {
                begin = size.min(length);
                tags.read_id3v2(&bytes_at(&mut file, 0, begin.min(super::chunks::LONGEST_CHUNK))?);
            }
            let (sound_end, id3v1) = mpeg::sound_end(&mut file, begin, length)?;
            if let Some(id3v1) = id3v1 {
                tags.read_id3v1(&id3v1);
            }
            let header = if kind == Kind::Mp3 { mpeg::mp3_header } else { mpeg::adts_header };
            let found = mpeg::walk(&mut file, begin, sound_end, header)?;
            tell_walk(&found, options, &mut notes)?;
            (begin, end) = (found.begin, found.end);
            walk = Some(found);
        }
        Kind::Ogg => {
            let start = bytes_at(&mut file, 0, 64)?;
            for (name, what) in
                [(&b"OpusHead"[..], "Opus"), (b"Speex   ", "Speex"), (b"\x80theora", "a video (Theora)")]
            {
                if start.windows(name.len()).any(|bytes| bytes == name) {
                    return Err(Fault::unsupported(format!("{what} in Ogg")));
                }
            }
            ogg::check(&mut file, options.allow_damaged, &mut notes)?;
        }
        Kind::Mp4 => mp4::check(&mut file, length, options.allow_damaged, &mut notes)?,
    }
    let mut spare = file.try_clone()?;
    let window = Window::new(file, begin, end)?;
    let opened = guarded(|| {
        let stream = MediaSourceStream::new(Box::new(window), Default::default());
        let format = FormatOptions::default();
        let demuxer: Box<dyn FormatReader> = match kind {
            Kind::Mp3 => Box::new(MpaReader::try_new(stream, format)?),
            Kind::Adts => Box::new(AdtsReader::try_new(stream, format)?),
            Kind::Mp4 => Box::new(IsoMp4Reader::try_new(stream, format)?),
            Kind::Ogg => Box::new(OggReader::try_new(stream, format)?),
        };
        let Some(track) = demuxer.default_track(TrackType::Audio) else {
            return Err(Error::Unsupported("it has no track of sound that is read here"));
        };
        let (id, frames) = (track.id, track.num_frames);
        let Some(CodecParameters::Audio(params)) = track.codec_params.clone() else {
            return Err(Error::Unsupported("its sound is coded in a way that is not read"));
        };
        // Pages of Ogg tell what is to be taken off, packet by packet; for the others it is done here.
        let decoder_options = AudioDecoderOptions::default().gapless(kind == Kind::Ogg).verify(true);
        let decoder = symphonia::default::get_codecs().make_audio_decoder(&params, &decoder_options)?;
        Ok((demuxer, decoder, params, id, frames))
    });
    let (mut demuxer, decoder, params, track, frames) = match opened {
        Some(Ok(opened)) => opened,
        Some(Err(error)) => return Err(explain(error)),
        None => return Err(Fault::damaged("its header cannot be made sense of")),
    };
    let params_now = decoder.codec_params();
    let channels = params_now.channels.as_ref().or(params.channels.as_ref()).map_or(0, Channels::count);
    options.check(channels)?;
    let sample_rate_hz = params_now.sample_rate.or(params.sample_rate).unwrap_or(0);
    let container =
        codec_name(params.codec).ok_or_else(|| Fault::unsupported("its sound is coded in a way that is not read"))?;
    let layout = match params_now.channels.as_ref().or(params.channels.as_ref()) {
        Some(Channels::Positioned(positions)) => u32::try_from(positions.bits()).map_or(Layout::Unnamed, Layout::Mask),
        _ => Layout::Unnamed,
    };
    let gapless = tags.read_symphonia(&mut *demuxer);
    let range = match (kind, &walk) {
        (Kind::Ogg, _) => PlayableRange { skip: Some(0), frames: None },
        (Kind::Mp3, Some(Walk { info: Some(info), frames, .. })) => match info.delay {
            Some((delay, padding)) => {
                PlayableRange { skip: Some(delay), frames: Some(frames.saturating_sub(delay + padding)) }
            }
            None => PlayableRange::default(),
        },
        (Kind::Mp4, _) => match gapless.as_deref().and_then(mp4::itunes) {
            Some(range) => range,
            None => {
                // Both handles have one place in the file, and the reader goes on from where it is.
                let place = spare.stream_position()?;
                let range = mp4::edits(&mut spare, length, sample_rate_hz)?;
                spare.seek(SeekFrom::Start(place))?;
                range
            }
        },
        _ => PlayableRange::default(),
    };
    if range.skip.is_none() {
        notes.warn(format!(
            "{container} begins with silence of its encoder's, and it does not say how much: all is read"
        ));
    }
    if container == "AAC" && sample_rate_hz <= 24_000 {
        notes.warn(format!(
            "{sample_rate_hz} Hz is what HE-AAC is coded at; if it is that, its upper octave is not decoded"
        ));
    }
    let skip = range.skip.unwrap_or(0);
    let expected = match kind {
        Kind::Mp3 | Kind::Adts => walk.map(|walk| range.frames.unwrap_or(walk.frames.saturating_sub(skip))),
        Kind::Mp4 => range.frames.or(frames.map(|frames| frames.saturating_sub(skip))),
        Kind::Ogg => frames,
    };
    Ok(Opened {
        container,
        sample_rate_hz,
        channels,
        frames: expected.filter(|&frames| frames > 0),
        // Lossy samples have no bits; those of FLAC in Ogg do.
        bits: params.bits_per_sample.filter(|_| params.codec == CODEC_ID_FLAC),
        is_float: params.codec != CODEC_ID_FLAC,
        layout,
        tags,
        notes,
        input: Box::new(CodedInput {
            demuxer,
            decoder,
            track,
            skip,
            expected,
            limit: if kind == Kind::Ogg { None } else { range.frames },
            given: 0,
            planes: vec![Vec::new(); channels],
            allow_damaged: options.allow_damaged,
            has_ended: false,
        }),
    })
}

/// Says what the walk over the frames found wrong.
fn tell_walk(walk: &Walk, options: ReadOptions, notes: &mut Notes) -> Result<(), Fault> {
    for (frame, bytes) in &walk.holes {
        let text = format!("{bytes} bytes that are no audio at frame {frame}");
        if !options.allow_damaged {
            return Err(Fault::Damaged(text));
        }
        notes.damage(format!("damaged: {text}"));
    }
    if let Some((there, whole)) = walk.cut {
        let text = format!("its last frame has {there} bytes of {whole}");
        if !options.allow_damaged {
            return Err(Fault::Truncated(text));
        }
        notes.damage(format!("truncated: {text}"));
    }
    if let Some(count) = walk.info.and_then(|info| info.count)
        && count != walk.count
    {
        // The count of some encoders includes the frame that it stands in.
        if count > walk.count + 1 {
            let text = format!("{} MPEG frames of the {count} announced", walk.count);
            if !options.allow_damaged {
                return Err(Fault::Truncated(text));
            }
            notes.damage(format!("truncated: {text}"));
        } else if count < walk.count {
            notes.warn(format!("its header counts {count} MPEG frames; {} are there", walk.count));
        }
    }
    if walk.rest > 0 {
        notes.warn(format!("{} bytes behind its last frame are no audio: not read", walk.rest));
    }
    Ok(())
}

fn explain(error: Error) -> Fault {
    match error {
        Error::IoError(source) if source.kind() == io::ErrorKind::UnexpectedEof => {
            Fault::Truncated("it ends inside its header".into())
        }
        Error::IoError(source) => Fault::Read(source),
        Error::Unsupported(reason) => Fault::unsupported(reason),
        error => Fault::damaged(reason(&error)),
    }
}

/// Packets being decoded.
struct CodedInput {
    demuxer: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    /// Frames still to be thrown away at the beginning.
    skip: u64,
    /// Frames that there should be.
    expected: Option<u64>,
    /// Frames that are meant to be played.
    limit: Option<u64>,
    given: u64,
    planes: Vec<Vec<f32>>,
    allow_damaged: bool,
    has_ended: bool,
}

impl CodedInput {
    fn end(&mut self, notes: &mut Notes) -> Result<bool, Fault> {
        self.has_ended = true;
        if self.given == 0 {
            return Err(Fault::Empty);
        }
        if let Some(expected) = self.expected
            && self.given < expected
        {
            let text = format!("{} frames of the {expected} announced", self.given);
            if !self.allow_damaged {
                return Err(Fault::Truncated(text));
            }
            notes.damage(format!("truncated: {text}"));
        }
        if guarded(|| self.decoder.finalize().verify_ok) == Some(Some(false)) {
            let text = "its samples differ from its checksum";
            if !self.allow_damaged {
                return Err(Fault::damaged(text));
            }
            notes.damage(format!("damaged: {text}"));
        }
        Ok(false)
    }
}

impl Input for CodedInput {
    fn next(&mut self, into: &mut [Vec<f32>], notes: &mut Notes) -> Result<bool, Fault> {
        if self.has_ended {
            return Ok(false);
        }
        let Self { demuxer, decoder, planes, track, .. } = self;
        planes.iter_mut().for_each(Vec::clear);
        let mut lost = 0;
        let decoded = guarded(|| -> Result<bool, Error> {
            let packet = loop {
                match demuxer.next_packet()? {
                    None => return Ok(false),
                    Some(packet) if packet.track_id == *track => break packet,
                    Some(_) => {}
                }
            };
            lost = packet.dur.get();
            let buffer = decoder.decode(&packet)?;
            buffer.copy_to_vecs_planar::<f32>(planes);
            Ok(true)
        });
        let place = self.given;
        match decoded {
            Some(Ok(true)) => {}
            Some(Ok(false)) => return self.end(notes),
            Some(Err(Error::IoError(error))) if error.kind() == io::ErrorKind::UnexpectedEof => return self.end(notes),
            Some(Err(Error::IoError(error))) => return Err(Fault::Read(error)),
            broken => {
                let what = match broken {
                    Some(Err(error)) => reason(&error),
                    _ => "its audio cannot be decoded".into(),
                };
                if !self.allow_damaged || lost == 0 || lost > 1 << 16 {
                    return Err(Fault::Damaged(format!("{what} (at frame {place})")));
                }
                notes.damage(format!("damaged: {what} at frame {place}, {lost} frames silent here"));
                self.planes.iter_mut().for_each(|plane| {
                    plane.clear();
                    plane.resize(lost as usize, 0.0);
                });
            }
        }
        let frames = self.planes.first().map_or(0, Vec::len);
        if self.planes.len() != into.len() || self.planes.iter().any(|plane| plane.len() != frames) {
            return Err(Fault::Damaged(format!("its channels change (at frame {place})")));
        }
        let from = self.skip.min(frames as u64);
        self.skip -= from;
        let count = (frames as u64 - from).min(self.limit.map_or(u64::MAX, |limit| limit - self.given));
        for (into, plane) in into.iter_mut().zip(&self.planes) {
            into.extend_from_slice(&plane[from as usize..(from + count) as usize]);
        }
        self.given += count;
        if self.limit == Some(self.given) {
            return self.end(notes).map(|_| true);
        }
        Ok(true)
    }
}
