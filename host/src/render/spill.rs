//! Float samples on disk between two passes.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::outcome::RenderError;
use crate::audio::AudioError;

/// Float samples on disk between two passes, in a file without a name: it is gone with the process, however that ends.
pub(super) struct Spill {
    output: PathBuf,
    file: BufWriter<File>,
    reader: Option<BufReader<File>>,
    pub(super) peak: f32,
    /// Frames not read yet.
    left: u64,
    /// Frames on their way, interleaved.
    bytes: Vec<u8>,
}

impl Spill {
    pub(super) fn create(output: &Path) -> Result<Self, RenderError> {
        let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::tempfile_in(folder).map_err(|source| failed(output, source))?;
        let file = BufWriter::new(file);
        Ok(Self { output: output.into(), file, reader: None, peak: 0.0, left: 0, bytes: Vec::new() })
    }

    pub(super) fn write(&mut self, channels: &[&[f32]]) -> Result<(), RenderError> {
        let frames = channels.first().map_or(0, |channel| channel.len());
        self.bytes.clear();
        self.bytes.resize(frames * channels.len() * 4, 0);
        for (number, channel) in channels.iter().enumerate() {
            let places = self.bytes.as_chunks_mut::<4>().0.iter_mut().skip(number).step_by(channels.len());
            places.zip(*channel).for_each(|(bytes, sample)| *bytes = sample.to_le_bytes());
            // Finite: the reader and the pipeline let nothing else through.
            self.peak = channel.iter().fold(self.peak, |peak, sample| peak.max(sample.abs()));
        }
        self.file.write_all(&self.bytes).map_err(|source| failed(&self.output, source))?;
        self.left += frames as u64;
        Ok(())
    }

    pub(super) fn rewind(&mut self) -> Result<(), RenderError> {
        let rewound = self.file.flush().and_then(|()| self.file.get_ref().try_clone()).and_then(|mut file| {
            file.seek(SeekFrom::Start(0))?;
            Ok(file)
        });
        self.reader = Some(BufReader::new(rewound.map_err(|source| failed(&self.output, source))?));
        Ok(())
    }

    pub(super) fn read(&mut self, block: &mut [Vec<f32>], most: usize) -> Result<usize, RenderError> {
        block.iter_mut().for_each(Vec::clear);
        let Some(reader) = &mut self.reader else { return Ok(0) };
        let frames = self.left.min(most as u64) as usize;
        let channels = block.len();
        self.bytes.resize(frames * channels * 4, 0);
        reader.read_exact(&mut self.bytes).map_err(|source| failed(&self.output, source))?;
        for (number, channel) in block.iter_mut().enumerate() {
            let samples = self.bytes.as_chunks::<4>().0.iter().skip(number).step_by(channels);
            channel.extend(samples.map(|bytes| f32::from_le_bytes(*bytes)));
        }
        self.left -= frames as u64;
        Ok(frames)
    }
}

fn failed(output: &Path, source: std::io::Error) -> RenderError {
    RenderError::Audio(AudioError::Write { path: output.into(), source })
}
