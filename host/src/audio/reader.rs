//! Reading, a block at a time, of files that may be anything.

use std::cell::Cell;
use std::fs::File;
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Once;

use shared_dsp::loudness::channel_weights;
use symphonia::core::audio::{Channels, Position};
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_PCM_F32BE, CODEC_ID_PCM_F32LE, CODEC_ID_PCM_F64BE, CODEC_ID_PCM_F64LE,
};
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::default::formats::{AiffReader, FlacReader, WavReader};

use super::{AudioError, AudioSpec, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ};

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs a decoder. Should one panic on a hostile file after all, that is an error like any other, and nothing is
/// printed: the last belt, behind the checks below.
fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.with(Cell::get) {
                previous(info);
            }
        }));
    });
    QUIET.with(|quiet| quiet.set(true));
    let result = catch_unwind(AssertUnwindSafe(work));
    QUIET.with(|quiet| quiet.set(false));
    result.ok()
}

/// What a [`Reader`] takes beyond clean mono and stereo.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Whether 5.0 and 5.1 are taken too.
    pub surround: bool,
    /// Whether a sample that is no number becomes silence and is counted, instead of being an error.
    pub scrub: bool,
}

impl ReadOptions {
    fn allows(self, channels: usize) -> bool {
        matches!(channels, 1 | 2) || (self.surround && matches!(channels, 5 | 6))
    }

    fn refuse(self, path: &Path, channels: usize) -> AudioError {
        let allowed = if self.surround { "mono, stereo, 5.0 and 5.1" } else { "mono and stereo" };
        AudioError::Channels { path: path.into(), channels, allowed }
    }
}

/// A file being read.
pub struct Reader {
    path: PathBuf,
    spec: AudioSpec,
    options: ReadOptions,
    loudness_weights: Vec<f64>,
    scrubbed: u64,
    demuxer: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    /// Decoded frames that nobody has asked for yet, and how many of them are taken.
    pending: Vec<Vec<f32>>,
    taken: usize,
    /// Frames decoded so far.
    decoded: u64,
    ended: bool,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("path", &self.path).field("spec", &self.spec).finish_non_exhaustive()
    }
}

impl Reader {
    /// Opens a mono or stereo file and reads its header.
    ///
    /// # Errors
    ///
    /// Those of [`Reader::open_with`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, AudioError> {
        Self::open_with(path, ReadOptions::default())
    }

    /// Opens a file and reads its header.
    ///
    /// # Errors
    ///
    /// [`AudioError::Read`], [`AudioError::Unsupported`], [`AudioError::Damaged`], [`AudioError::Truncated`],
    /// [`AudioError::Channels`], [`AudioError::SampleRate`], [`AudioError::Empty`].
    pub fn open_with(path: impl AsRef<Path>, options: ReadOptions) -> Result<Self, AudioError> {
        let path = path.as_ref().to_path_buf();
        let read_error = |source| AudioError::Read { path: path.clone(), source };
        let mut file = File::open(&path).map_err(read_error)?;
        let metadata = file.metadata().map_err(read_error)?;
        if !metadata.is_file() {
            // A folder would fail later and say less; a pipe cannot be read twice or tell its length.
            return Err(AudioError::Unsupported { path, reason: "not a regular file".into() });
        }
        let (container, unbounded) = check_container(&path, &mut file, metadata.len(), options)?;

        let opened = guarded(|| {
            let stream = MediaSourceStream::new(Box::new(file), Default::default());
            let options = FormatOptions::default();
            let demuxer: Box<dyn FormatReader> = match container {
                "WAV" => Box::new(WavReader::try_new(stream, options)?),
                "AIFF" => Box::new(AiffReader::try_new(stream, options)?),
                _ => Box::new(FlacReader::try_new(stream, options)?),
            };
            let Some(track) = demuxer.default_track(TrackType::Audio) else {
                return Err(Error::DecodeError("no audio track"));
            };
            let Some(CodecParameters::Audio(params)) = track.codec_params.clone() else {
                return Err(Error::DecodeError("no audio parameters"));
            };
            // A file may claim frames without end where its data chunk has no length.
            let frames = track.num_frames.filter(|_| !unbounded);
            let decoder = symphonia::default::get_codecs()
                .make_audio_decoder(&params, &AudioDecoderOptions::default().verify(true))?;
            Ok((demuxer, decoder, params, frames))
        });
        let (demuxer, decoder, params, frames) = match opened {
            Some(Ok(opened)) => opened,
            Some(Err(error)) => return Err(explain(&path, error)),
            None => return Err(AudioError::Damaged { path, reason: "its header cannot be made sense of".into() }),
        };

        let channels = params.channels.as_ref().map_or(0, Channels::count);
        if !options.allows(channels) {
            return Err(options.refuse(&path, channels));
        }
        let sample_rate_hz = params.sample_rate.unwrap_or(0);
        if !(MIN_SAMPLE_RATE_HZ..=MAX_SAMPLE_RATE_HZ).contains(&sample_rate_hz) {
            return Err(AudioError::SampleRate { path, sample_rate_hz });
        }
        // FLAC writes 0 for "not known".
        let frames = if container == "FLAC" { frames.filter(|&frames| frames > 0) } else { frames };
        if frames == Some(0) {
            return Err(AudioError::Empty { path });
        }
        let is_float =
            [CODEC_ID_PCM_F32LE, CODEC_ID_PCM_F32BE, CODEC_ID_PCM_F64LE, CODEC_ID_PCM_F64BE].contains(&params.codec);
        let spec = AudioSpec { sample_rate_hz, channels, frames, bits: params.bits_per_sample, is_float, container };
        Ok(Self {
            path,
            spec,
            options,
            loudness_weights: loudness_weights(params.channels.as_ref(), channels),
            scrubbed: 0,
            demuxer,
            decoder,
            pending: vec![Vec::new(); channels],
            taken: 0,
            decoded: 0,
            ended: false,
        })
    }

    /// What the header says.
    pub fn spec(&self) -> &AudioSpec {
        &self.spec
    }

    /// What each channel's power counts in loudness (BS.1770-5, tables 3 and 4): 1 in front, 1.41 at the sides and behind, 0
    /// for the low-frequency effects.
    pub fn loudness_weights(&self) -> &[f64] {
        &self.loudness_weights
    }

    /// Samples that were no number and became silence.
    pub fn scrubbed_samples(&self) -> u64 {
        self.scrubbed
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads up to `max_frames` frames into `block`, one vector a channel, which are resized to what was read; returns
    /// their length, less than `max_frames` only at the end, and 0 after it.
    ///
    /// # Errors
    ///
    /// [`AudioError::Truncated`], [`AudioError::Damaged`], [`AudioError::NotFinite`], [`AudioError::Read`],
    /// [`AudioError::Empty`] where not even one frame follows the header.
    ///
    /// # Panics
    ///
    /// If `block` has another number of vectors than the file has channels.
    pub fn read(&mut self, block: &mut [Vec<f32>], max_frames: usize) -> Result<usize, AudioError> {
        assert_eq!(block.len(), self.spec.channels, "a vector a channel");
        block.iter_mut().for_each(Vec::clear);
        let mut filled = 0;
        while filled < max_frames {
            let left = self.pending[0].len() - self.taken;
            if left == 0 {
                if !self.decode_more()? {
                    break;
                }
                continue;
            }
            let count = left.min(max_frames - filled);
            for (block, pending) in block.iter_mut().zip(&self.pending) {
                block.extend_from_slice(&pending[self.taken..self.taken + count]);
            }
            self.taken += count;
            filled += count;
        }
        Ok(filled)
    }

    /// Decodes the next packet into `pending`; `false` at a proper end.
    fn decode_more(&mut self) -> Result<bool, AudioError> {
        if self.ended {
            return Ok(false);
        }
        let (demuxer, decoder, pending) = (&mut self.demuxer, &mut self.decoder, &mut self.pending);
        let decoded = guarded(|| -> Result<bool, Error> {
            let Some(packet) = demuxer.next_packet()? else { return Ok(false) };
            let buffer = decoder.decode(&packet)?;
            pending.iter_mut().for_each(Vec::clear);
            buffer.copy_to_vecs_planar::<f32>(pending);
            Ok(true)
        });
        self.taken = 0;
        match decoded {
            Some(Ok(true)) => {}
            Some(Ok(false)) => return self.end(),
            // A stream of unknown length ends where its bytes do.
            Some(Err(Error::IoError(error))) if error.kind() == ErrorKind::UnexpectedEof => return self.end(),
            Some(Err(error)) => return Err(self.at_frame(error)),
            None => return Err(self.damaged("its audio cannot be decoded")),
        }
        // A FLAC frame may bring fewer channels or another length than the stream's header said.
        let frames = self.pending.first().map_or(0, Vec::len);
        if self.pending.len() != self.spec.channels || self.pending.iter().any(|channel| channel.len() != frames) {
            return Err(self.damaged("a frame's channels differ from the header's"));
        }
        self.check_samples()?;
        self.decoded += frames as u64;
        if self.spec.frames.is_some_and(|expected| self.decoded > expected) {
            return Err(self.damaged("more audio than the header announces"));
        }
        Ok(true)
    }

    /// Refuses, or silences, samples of the pending frames that are no numbers.
    fn check_samples(&mut self) -> Result<(), AudioError> {
        // Without a way out of the loop, so that it becomes vector code: that there is one at all is the exception.
        let is_clean = |samples: &Vec<f32>| samples.iter().fold(true, |clean, sample| clean & sample.is_finite());
        if self.pending.iter().all(is_clean) {
            return Ok(());
        }
        let first = |samples: &[f32]| samples.iter().position(|sample| !sample.is_finite());
        let worst =
            self.pending.iter().enumerate().filter_map(|(channel, samples)| Some((first(samples)?, channel))).min();
        let Some((frame, channel)) = worst else { return Ok(()) };
        if !self.options.scrub {
            return Err(AudioError::NotFinite {
                path: self.path.clone(),
                frame: self.decoded + frame as u64,
                channel: channel + 1,
                value: self.pending[channel][frame],
            });
        }
        for sample in self.pending.iter_mut().flatten().filter(|sample| !sample.is_finite()) {
            *sample = 0.0;
            self.scrubbed += 1;
        }
        Ok(())
    }

    /// Checks, at the end of the data, that all of it was there.
    fn end(&mut self) -> Result<bool, AudioError> {
        self.ended = true;
        self.pending.iter_mut().for_each(Vec::clear);
        if let Some(expected) = self.spec.frames
            && self.decoded < expected
        {
            return Err(AudioError::Truncated {
                path: self.path.clone(),
                reason: format!("{} frames of the {expected} announced", self.decoded),
            });
        }
        if self.decoded == 0 {
            return Err(AudioError::Empty { path: self.path.clone() });
        }
        // FLAC carries an MD5 of its samples.
        match guarded(|| self.decoder.finalize().verify_ok) {
            Some(Some(false)) | None => Err(self.damaged("its samples differ from its checksum (MD5)")),
            Some(_) => Ok(false),
        }
    }

    fn damaged(&self, reason: &str) -> AudioError {
        AudioError::Damaged { path: self.path.clone(), reason: format!("{reason} (at frame {})", self.decoded) }
    }

    fn at_frame(&self, error: Error) -> AudioError {
        match error {
            Error::IoError(source) => AudioError::Read { path: self.path.clone(), source },
            error => self.damaged(&reason(&error)),
        }
    }
}

/// A decoder's message without its own prefix: ours says "damaged" already.
fn reason(error: &Error) -> String {
    match error {
        Error::DecodeError(reason) | Error::Unsupported(reason) | Error::LimitError(reason) => (*reason).into(),
        error => error.to_string(),
    }
}

fn explain(path: &Path, error: Error) -> AudioError {
    let path = path.to_path_buf();
    match error {
        Error::IoError(source) if source.kind() == ErrorKind::UnexpectedEof => {
            AudioError::Truncated { path, reason: "it ends inside its header".into() }
        }
        Error::IoError(source) => AudioError::Read { path, source },
        Error::Unsupported(reason) => AudioError::Unsupported { path, reason: reason.into() },
        error => AudioError::Damaged { path, reason: reason(&error) },
    }
}

/// The weight of each channel in BS.1770 loudness, in the file's order.
fn loudness_weights(channels: Option<&Channels>, count: usize) -> Vec<f64> {
    let unnamed = Position::from_count(count as u32);
    let positions = match channels {
        Some(&Channels::Positioned(positions)) if Some(positions) != unnamed => positions,
        // Channels without a layout are given the first places that there are, the fourth of which is for low
        // frequencies: but a file of five is 5.0, in the order L R C Ls Rs of the EBU's own test files.
        _ => return channel_weights(count).map_or_else(|| vec![1.0; count], <[f64]>::to_vec),
    };
    let surround = Position::REAR_LEFT | Position::REAR_RIGHT | Position::SIDE_LEFT | Position::SIDE_RIGHT;
    // A file's channels come in the order of the places.
    let weights = positions.iter().map(|position| match position {
        Position::LFE1 => 0.0,
        position if surround.contains(position) => 1.41,
        _ => 1.0,
    });
    weights.collect()
}

/// Tells the container by its first bytes, and checks the size that a RIFF or FORM file announces against what is
/// there: with that, no chunk can announce more than the file holds. Also counts the channels of a WAV, since the
/// demuxer calls 0 and 9 of them by other names. The second result tells that the data has no announced end.
fn check_container(
    path: &Path,
    file: &mut File,
    length: u64,
    options: ReadOptions,
) -> Result<(&'static str, bool), AudioError> {
    let read_error = |source| AudioError::Read { path: path.to_path_buf(), source };
    let mut start = Vec::new();
    file.take(4096).read_to_end(&mut start).map_err(read_error)?;
    file.seek(SeekFrom::Start(0)).map_err(read_error)?;
    let unsupported = |reason: &str| AudioError::Unsupported { path: path.to_path_buf(), reason: reason.into() };
    let truncated = |reason: String| AudioError::Truncated { path: path.to_path_buf(), reason };
    if length == 0 {
        return Err(AudioError::Empty { path: path.to_path_buf() });
    }
    let Some(marker) = start.first_chunk::<4>() else {
        return Err(unsupported("it is shorter than any header"));
    };
    let container = match marker {
        b"fLaC" => return Ok(("FLAC", false)),
        b"RIFF" => "WAV",
        b"FORM" => "AIFF",
        b"RF64" | b"BW64" => return Err(unsupported("64-bit WAV (RF64)")),
        b"RIFX" => return Err(unsupported("big-endian WAV (RIFX)")),
        _ => return Err(unsupported("its first bytes are those of another kind of file")),
    };
    let Some(size) = start.get(4..8).and_then(|bytes| bytes.first_chunk::<4>()) else {
        return Err(truncated("it ends inside its header".into()));
    };
    let size = if container == "WAV" { u32::from_le_bytes(*size) } else { u32::from_be_bytes(*size) };
    // Programs that write into a pipe leave the greatest size there is.
    let unbounded = container == "WAV" && size == u32::MAX;
    // Some writers forget the last pad byte.
    if !unbounded && u64::from(size) + 8 > length + 1 {
        return Err(truncated(format!("{length} bytes of the {} announced", u64::from(size) + 8)));
    }
    if let Some(channels) = declared_channels(&start).map(usize::from)
        && !options.allows(channels)
    {
        return Err(options.refuse(path, channels));
    }
    Ok((container, unbounded))
}

/// The channels in a WAV's "fmt " or an AIFF's "COMM" chunk, if it is among the first bytes.
fn declared_channels(start: &[u8]) -> Option<u16> {
    let is_wav = start.starts_with(b"RIFF");
    let mut at = 12_usize;
    loop {
        let header = start.get(at..at + 8)?;
        let size: [u8; 4] = header[4..8].try_into().ok()?;
        let size = if is_wav { u32::from_le_bytes(size) } else { u32::from_be_bytes(size) } as usize;
        let body = at + 8;
        match &header[..4] {
            b"fmt " if is_wav => return Some(u16::from_le_bytes(start.get(body + 2..body + 4)?.try_into().ok()?)),
            b"COMM" if !is_wav => return Some(u16::from_be_bytes(start.get(body..body + 2)?.try_into().ok()?)),
            _ => at = body.checked_add(size)?.checked_add(size & 1)?,
        }
    }
}
