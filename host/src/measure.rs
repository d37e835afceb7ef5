//! Files measured: what `twobus measure` and its fellows stand on.

use std::path::Path;

use shared_dsp::spectrum::Fraction;
use shared_report::{Programme, Survey};

use crate::audio::{AudioError, BLOCK_FRAMES, ReadOptions, Reader};
use crate::render::Progress;

/// How to measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether samples that are no numbers count as silence, instead of being an error.
    pub scrub: bool,
    /// How wide the bands of the spectrum are; `None`: no spectrum.
    pub spectrum: Option<Fraction>,
}

/// Why a measurement ended early.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// A file.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// The caller said stop.
    #[error("interrupted")]
    Interrupted,
}

/// Measures one file of mono, stereo, 5.0 or 5.1 in memory that does not grow with it. `progress` is called between
/// blocks; it returns `false` to stop.
///
/// # Errors
///
/// [`MeasureError`].
pub fn measure(
    path: &Path,
    options: Options,
    progress: &mut dyn FnMut(Progress) -> bool,
) -> Result<Programme, MeasureError> {
    let mut reader = Reader::open_with(path, ReadOptions { surround: true, scrub: options.scrub })?;
    let spec = reader.spec().clone();
    let mut survey = Survey::new(spec.sample_rate_hz, reader.loudness_weights(), options.spectrum);
    for_each_block(&mut reader, progress, |block| survey.process(block))?;
    let mut programme = survey.finish(spec.bits);
    programme.scrubbed_samples = reader.scrubbed_samples();
    Ok(programme)
}

/// Reads a file to its end, a block at a time.
pub(crate) fn for_each_block(
    reader: &mut Reader,
    progress: &mut dyn FnMut(Progress) -> bool,
    mut take: impl FnMut(&[&[f32]]),
) -> Result<(), MeasureError> {
    let total = reader.spec().frames;
    let mut block = vec![Vec::new(); reader.spec().channels];
    let mut done = 0;
    loop {
        let frames = reader.read(&mut block, BLOCK_FRAMES)?;
        if frames == 0 {
            return Ok(());
        }
        take(&block.iter().map(Vec::as_slice).collect::<Vec<_>>());
        done += frames as u64;
        if !progress(Progress { done, total }) {
            return Err(MeasureError::Interrupted);
        }
    }
}
