//! Files measured: what `twobus measure` and its fellows stand on.

use std::path::Path;

use shared_dsp::loudness::LoudnessMeter;
use shared_dsp::spectrum::Fraction;
use shared_report::{Programme, Survey};

use crate::audio::{AudioError, BLOCK_FRAMES, ReadOptions, Reader};
use crate::render::Progress;

/// How to measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What is taken beyond clean mono and stereo.
    pub read: ReadOptions,
    /// Whether mono is measured as it sounds from two loudspeakers: both channels count, which makes it 3.01 LU louder
    /// (EBU Tech 3344, "dual mono").
    pub dual_mono: bool,
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

/// Measures one file in memory that does not grow with it. `progress` is called between blocks; it returns `false` to
/// stop.
///
/// # Errors
///
/// [`MeasureError`].
pub fn measure(
    path: &Path,
    options: Options,
    progress: &mut dyn FnMut(Progress) -> bool,
) -> Result<Programme, MeasureError> {
    measure_with(path, options, progress).map(|(programme, _)| programme)
}

/// The same, with the loudness meter in the state that it ended in.
pub(crate) fn measure_with(
    path: &Path,
    options: Options,
    progress: &mut dyn FnMut(Progress) -> bool,
) -> Result<(Programme, LoudnessMeter), MeasureError> {
    let mut reader = Reader::open_with(path, options.read)?;
    let spec = reader.spec().clone();
    let is_dual_mono = options.dual_mono && spec.channels == 1;
    let weights = if is_dual_mono { vec![2.0] } else { reader.loudness_weights().to_vec() };
    let mut survey = Survey::new(spec.sample_rate_hz, &weights, options.spectrum);
    let mut block = vec![Vec::new(); spec.channels];
    let mut done = 0;
    loop {
        let frames = reader.read(&mut block, BLOCK_FRAMES)?;
        if frames == 0 {
            break;
        }
        survey.process(&block.iter().map(Vec::as_slice).collect::<Vec<_>>());
        done += frames as u64;
        if !progress(Progress { done, total: spec.frames }) {
            return Err(MeasureError::Interrupted);
        }
    }
    let loudness = survey.loudness().clone();
    let mut programme = survey.finish(spec.bits);
    programme.scrubbed_samples = reader.scrubbed_samples();
    programme.warnings = reader.warnings().to_vec();
    programme.is_damaged = reader.is_damaged();
    programme.is_dual_mono = is_dual_mono;
    Ok((programme, loudness))
}
