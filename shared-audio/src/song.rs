//! A whole song in memory, in stereo and at the rate that a plugin runs at.

use std::path::{Path, PathBuf};

use shared_dsp::oversampling::Resampler;

use crate::{AudioError, AudioSpec, BLOCK_FRAMES, ReadOptions, Reader};

/// The longest song that is kept in memory, seconds: 330 MB at 48 kHz.
pub const MOST_SONG_S: f64 = 900.0;

/// Why a song is not there.
#[derive(Debug, thiserror::Error)]
pub enum SongError {
    /// The file is missing, or cannot be read.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// It is too long to be kept in memory.
    #[error("{}: longer than {MOST_SONG_S} s, which is the most that is kept in memory", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// The caller said stop.
    #[error("{}: stopped", path.display())]
    Stopped {
        /// The file.
        path: PathBuf,
    },
}

/// A song.
#[derive(Debug, Clone, PartialEq)]
pub struct Song {
    /// What the file said.
    pub spec: AudioSpec,
    /// The rate of [`frames`](Self::frames) in Hz.
    pub sample_rate_hz: u32,
    /// Left and right; mono stands on both sides.
    pub frames: Vec<[f32; 2]>,
    /// What is odd about the file, in words.
    pub warnings: Vec<String>,
}

impl Song {
    /// Reads a mono or stereo file and brings it to a rate, for a thread that may wait for a disk. Samples that are not finite are
    /// silence. `go_on` is asked between blocks; it returns `false` to stop.
    ///
    /// # Errors
    ///
    /// [`SongError`]; each names the file.
    pub fn load(path: &Path, sample_rate_hz: u32, go_on: &mut dyn FnMut() -> bool) -> Result<Self, SongError> {
        let options = ReadOptions { scrub: true, ..ReadOptions::default() };
        let mut reader = Reader::open_with(path, options)?;
        let spec = reader.spec().clone();
        let most_frames = MOST_SONG_S * f64::from(sample_rate_hz);
        let mut resampler = Resampler::new(spec.sample_rate_hz, sample_rate_hz);
        let mut block = vec![Vec::new(); spec.channels];
        let (mut paired, mut frames) = (Vec::with_capacity(BLOCK_FRAMES), Vec::new());
        while reader.read(&mut block, BLOCK_FRAMES)? > 0 {
            let (left, right) = (&block[0], &block[block.len() - 1]);
            paired.clear();
            paired.extend(left.iter().zip(right).map(|(&left, &right)| [left, right]));
            resampler.process(&paired, &mut frames);
            // What a header says of the length is not to be trusted, nor what is coded in a few bytes.
            if frames.len() as f64 > most_frames {
                return Err(SongError::TooLong { path: path.into() });
            }
            if !go_on() {
                return Err(SongError::Stopped { path: path.into() });
            }
        }
        resampler.finish(&mut frames);
        Ok(Self { spec, sample_rate_hz, frames, warnings: reader.warnings().to_vec() })
    }

    /// Its length in seconds.
    #[must_use]
    pub fn duration_s(&self) -> f64 {
        self.frames.len() as f64 / f64::from(self.sample_rate_hz)
    }

    /// The greatest sample of either channel in each of so many equal parts of the song, for a picture of it.
    #[must_use]
    pub fn peaks(&self, parts: usize) -> Vec<f32> {
        let part = |part: usize| {
            let at = |part: usize| (self.frames.len() as u128 * part as u128 / parts as u128) as usize;
            let frames = &self.frames[at(part)..at(part + 1)];
            frames.iter().flatten().fold(0.0, |peak: f32, x| peak.max(x.abs()))
        };
        (0..parts).map(part).collect()
    }
}
