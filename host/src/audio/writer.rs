//! Writing, a block at a time, without ever leaving half a file.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use super::Tags;
use super::dither::Quantizer;
use super::flac::FlacWriter;
use super::wav::{MOST_RIFF_BYTES, WavWriter};
use super::{AudioError, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ};
use super::{Bits, Format};
use crate::output::OutputFile;

/// Checks what can be checked about an output before any work is done for it: its name, and whether `bits` fit.
///
/// # Errors
///
/// [`AudioError::Target`].
pub fn check_target(path: &Path, bits: Bits) -> Result<Format, AudioError> {
    let format = Format::of(path)?;
    if format == Format::Flac && bits == Bits::Float32 {
        return Err(AudioError::Target {
            path: path.into(),
            reason: "FLAC holds no float samples; allowed: 16, 24".into(),
        });
    }
    // A rename onto a device or a folder would replace or hit something that is no song.
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(AudioError::Target { path: path.into(), reason: "it exists and is no regular file".into() });
    }
    Ok(format)
}

/// What an output has beside its sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteOptions {
    /// What it says about its song.
    pub tags: Tags,
    /// The size in bytes beyond which a WAV becomes RF64: 4 GB less 1 kB, unless what is to play it stops earlier.
    pub most_riff_bytes: u64,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self { tags: Tags::default(), most_riff_bytes: MOST_RIFF_BYTES }
    }
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Frames.
    pub frames: u64,
    /// Samples beyond full scale that an integer format could not hold; always 0 for float.
    pub clipped_samples: u64,
}

type Out = BufWriter<File>;

enum Sink {
    Wav(Box<WavWriter<Out>>),
    Flac(Box<FlacWriter<Out>>),
}

/// A file being written. Dropped before [`Writer::finish`], it leaves nothing behind.
pub struct Writer {
    path: PathBuf,
    file: OutputFile,
    sink: Sink,
    bits: Bits,
    quantizers: Vec<Quantizer>,
    /// Whether a sample has come that is no step of the integers: from then on there is dither, in all channels.
    dithers: bool,
    interleaved: Vec<i32>,
    frames: u64,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("path", &self.path).field("frames", &self.frames).finish_non_exhaustive()
    }
}

impl Writer {
    /// Starts a file; the extension of `path` says which kind. What may stand there now stays until
    /// [`Writer::finish`].
    ///
    /// # Errors
    ///
    /// [`AudioError::Target`], [`AudioError::Channels`], [`AudioError::SampleRate`], [`AudioError::Write`].
    pub fn create(
        path: impl AsRef<Path>,
        sample_rate_hz: u32,
        channels: usize,
        bits: Bits,
    ) -> Result<Self, AudioError> {
        Self::create_with(path, sample_rate_hz, channels, bits, &WriteOptions::default())
    }

    /// The same, with tags.
    ///
    /// # Errors
    ///
    /// Those of [`Writer::create`].
    pub fn create_with(
        path: impl AsRef<Path>,
        sample_rate_hz: u32,
        channels: usize,
        bits: Bits,
        options: &WriteOptions,
    ) -> Result<Self, AudioError> {
        let path = path.as_ref().to_path_buf();
        let format = check_target(&path, bits)?;
        if channels == 0 || channels > 2 {
            return Err(AudioError::Channels { path, channels, allowed: "mono and stereo" });
        }
        if !(MIN_SAMPLE_RATE_HZ..=MAX_SAMPLE_RATE_HZ).contains(&sample_rate_hz) {
            return Err(AudioError::SampleRate { path, sample_rate_hz });
        }
        let write_error = |source| AudioError::Write { path: path.clone(), source };
        let file = OutputFile::create(&path).map_err(write_error)?;
        let out = BufWriter::new(file.as_file().try_clone().map_err(write_error)?);
        let sink = match format {
            Format::Wav => Sink::Wav(Box::new(
                WavWriter::new(out, sample_rate_hz, channels, bits, &options.tags, options.most_riff_bytes)
                    .map_err(write_error)?,
            )),
            Format::Flac => Sink::Flac(Box::new(
                FlacWriter::new(out, sample_rate_hz, channels, bits.count(), &options.tags).map_err(write_error)?,
            )),
        };
        Ok(Self {
            file,
            sink,
            bits,
            quantizers: (0..channels).map(|channel| Quantizer::new(bits, channel)).collect(),
            dithers: false,
            interleaved: Vec::new(),
            frames: 0,
            path,
        })
    }

    /// Appends frames: a slice a channel, full scale at ±1. Integers are dithered from the first frame on that is not on
    /// their grid already: what comes from as many bits or fewer and was not changed stays what it is to the bit.
    ///
    /// # Errors
    ///
    /// [`AudioError::Write`] (a full disk, for one), [`AudioError::NotFinite`].
    ///
    /// # Panics
    ///
    /// If the slices differ in length, or are not as many as the file has channels.
    pub fn write(&mut self, channels: &[&[f32]]) -> Result<(), AudioError> {
        assert_eq!(channels.len(), self.quantizers.len(), "a slice a channel");
        let frames = channels[0].len();
        assert!(channels.iter().all(|channel| channel.len() == frames), "slices of one length");
        for (number, channel) in channels.iter().enumerate() {
            // Without a way out of the loop, so that it becomes vector code: that there is one at all is the exception.
            let is_clean = channel.iter().fold(true, |clean, sample| clean & sample.is_finite());
            if let (false, Some(at)) = (is_clean, channel.iter().position(|sample| !sample.is_finite())) {
                return Err(AudioError::NotFinite {
                    path: self.path.clone(),
                    frame: self.frames + at as u64,
                    channel: number + 1,
                    value: channel[at],
                });
            }
        }
        self.write_frames(channels, frames).map_err(|source| AudioError::Write { path: self.path.clone(), source })?;
        self.frames += frames as u64;
        Ok(())
    }

    fn write_frames(&mut self, channels: &[&[f32]], frames: usize) -> io::Result<()> {
        if let (Sink::Wav(wav), Bits::Float32) = (&mut self.sink, self.bits) {
            return wav.write_floats(channels);
        }
        // From the first frame on that is off the grid in any channel.
        let off_grid = |(quantizer, channel): (&Quantizer, &&[f32])| {
            channel.iter().position(|&sample| !quantizer.is_on_grid(sample)).unwrap_or(frames)
        };
        let dithers_from = match self.dithers {
            true => 0,
            false => self.quantizers.iter().zip(channels).map(off_grid).min().unwrap_or(frames),
        };
        self.dithers = self.dithers || dithers_from < frames;
        self.interleaved.resize(frames * channels.len(), 0);
        for (number, (quantizer, channel)) in self.quantizers.iter_mut().zip(channels).enumerate() {
            let places = self.interleaved.chunks_exact_mut(channels.len());
            for (frame, (place, &sample)) in places.zip(*channel).enumerate() {
                place[number] = quantizer.quantize(sample, frame >= dithers_from);
            }
        }
        match &mut self.sink {
            Sink::Wav(wav) => wav.write_integers(&self.interleaved),
            Sink::Flac(flac) => flac.write(&self.interleaved),
        }
    }

    /// Completes the file and gives it its name.
    ///
    /// # Errors
    ///
    /// [`AudioError::Write`]; nothing is left behind then either.
    pub fn finish(self) -> Result<Written, AudioError> {
        self.complete()?.commit()
    }

    /// Completes the file, but leaves it under its temporary name: for those who want several files or none.
    ///
    /// # Errors
    ///
    /// [`AudioError::Write`]; nothing is left behind then either.
    pub fn complete(self) -> Result<Complete, AudioError> {
        let Self { path, file, sink, quantizers, frames, .. } = self;
        match sink {
            Sink::Wav(wav) => wav.finish().map(drop),
            Sink::Flac(flac) => flac.finish().map(drop),
        }
        .and_then(|()| file.as_file().sync_all())
        .map_err(|source| AudioError::Write { path: path.clone(), source })?;
        let clipped_samples = quantizers.iter().map(|quantizer| quantizer.clipped).sum();
        Ok(Complete { path, file, written: Written { frames, clipped_samples } })
    }
}

/// A file that is whole on the disk and has not got its name yet. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub struct Complete {
    path: PathBuf,
    file: OutputFile,
    written: Written,
}

impl Complete {
    /// Gives the file its name.
    ///
    /// # Errors
    ///
    /// [`AudioError::Write`].
    pub fn commit(self) -> Result<Written, AudioError> {
        let Self { path, file, written } = self;
        file.commit().map_err(|source| AudioError::Write { path, source })?;
        Ok(written)
    }
}
