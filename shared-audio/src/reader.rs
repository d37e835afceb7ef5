//! Reading, a block at a time, of files that may be anything.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::error::{AudioError, MAX_SAMPLE_RATE_HZ, MIN_SAMPLE_RATE_HZ};
use super::input;
use super::input::fault::Notes;
use super::input::opened::{Input, Opened};
use super::options::ReadOptions;
use super::spec::AudioSpec;
use super::tags::Tags;

/// A file being read.
pub struct Reader {
    path: PathBuf,
    spec: AudioSpec,
    options: ReadOptions,
    loudness_weights: Vec<f64>,
    tags: Tags,
    notes: Notes,
    scrubbed: u64,
    input: Box<dyn Input>,
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
        let file = File::open(&path).map_err(read_error)?;
        let metadata = file.metadata().map_err(read_error)?;
        if !metadata.is_file() {
            // A folder would fail later and say less; a pipe cannot be read twice or tell its length.
            return Err(AudioError::Unsupported { path, reason: "not a regular file".into() });
        }
        let opened = input::open(file, metadata.len(), options).map_err(|fault| fault.of(&path, options.allowed()))?;
        let Opened { container, sample_rate_hz, channels, frames, bits, is_float, layout, tags, notes, input } = opened;
        if !(MIN_SAMPLE_RATE_HZ..=MAX_SAMPLE_RATE_HZ).contains(&sample_rate_hz) {
            return Err(AudioError::SampleRate { path, sample_rate_hz });
        }
        let mut notes = notes;
        let (loudness_weights, assumed) = layout.weights(channels);
        if let Some(assumed) = assumed {
            notes.warn(assumed);
        }
        Ok(Self {
            path,
            spec: AudioSpec { sample_rate_hz, channels, frames, bits, is_float, container },
            options,
            loudness_weights,
            tags,
            notes,
            scrubbed: 0,
            input,
            pending: vec![Vec::new(); channels],
            taken: 0,
            decoded: 0,
            ended: false,
        })
    }

    /// What the header says, where the bytes that are there bear it out.
    pub fn spec(&self) -> &AudioSpec {
        &self.spec
    }

    /// What each channel's power counts in loudness (BS.1770-5, tables 3 and 4): 1 in front, 1.41 at the sides and behind, 0
    /// for the low-frequency effects.
    pub fn loudness_weights(&self) -> &[f64] {
        &self.loudness_weights
    }

    /// What the file says about its song.
    pub fn tags(&self) -> &Tags {
        &self.tags
    }

    /// What is odd about the file, in words; all of it only when it has been read to its end.
    pub fn warnings(&self) -> &[String] {
        &self.notes.warnings
    }

    /// Whether sound is missing or wrong, as far as it has been read: only where [`ReadOptions::allow_damaged`] let it pass.
    pub fn is_damaged(&self) -> bool {
        self.notes.is_damaged
    }

    /// Non-finite samples (NaN, infinite) that became silence.
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

    /// Decodes some more into `pending`; `false` at a proper end.
    fn decode_more(&mut self) -> Result<bool, AudioError> {
        self.taken = 0;
        self.pending.iter_mut().for_each(Vec::clear);
        if self.ended {
            return Ok(false);
        }
        let more = self.input.next(&mut self.pending, &mut self.notes);
        if !more.map_err(|fault| fault.of(&self.path, self.options.allowed()))? {
            self.ended = true;
            return Ok(false);
        }
        self.check_samples()?;
        self.decoded += self.pending[0].len() as u64;
        Ok(true)
    }

    /// Refuses, or silences, non-finite samples of the pending frames.
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
}
