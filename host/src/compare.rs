//! Two versions of a song against each other: matched in loudness, aligned in time, and what is left between them.

mod aligned;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use shared_dsp::loudness::{LoudnessMeter, Readings};
use shared_dsp::math::db_to_gain;
use shared_dsp::spectrum::{Alignment, Fraction, align};
use shared_report::Programme;

use crate::audio::{AudioError, AudioSpec, BLOCK_FRAMES, ReadOptions, Reader};
use crate::measure::{MeasureError, Options, measure};
use crate::names;
use crate::render::Progress;

use aligned::{AlignedPair, skip};

/// Frames that are aligned with each other: 11 s at 48 kHz, and bounded memory at any rate.
const EXCERPT_FRAMES: usize = 1 << 19;
/// The farthest that two versions are looked for apart: half of that.
const MAX_DELAY_FRAMES: usize = EXCERPT_FRAMES / 2;

/// Why a comparison ended early.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// A file could not be measured.
    #[error(transparent)]
    Measure(#[from] MeasureError),
    /// The two have different sample rates or channels.
    #[error("{} has {} Hz and {} channel(s), {} has {} Hz and {}: only alike can be compared",
        a.display(), spec_a.sample_rate_hz, spec_a.channels, b.display(), spec_b.sample_rate_hz, spec_b.channels)]
    Unlike {
        /// The first file.
        a: PathBuf,
        /// Its format.
        spec_a: Box<AudioSpec>,
        /// The second file.
        b: PathBuf,
        /// Its format.
        spec_b: Box<AudioSpec>,
    },
}

impl From<AudioError> for CompareError {
    fn from(error: AudioError) -> Self {
        Self::Measure(error.into())
    }
}

/// One of the two.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// The file.
    #[serde(flatten, serialize_with = "names::file")]
    pub file: PathBuf,
    /// Length in seconds.
    pub duration_s: f64,
    /// Its readings.
    #[serde(flatten)]
    pub readings: Readings,
    /// What is odd about the file, in words.
    pub warnings: Vec<String>,
    /// Whether sound is missing in it or wrong, which [`ReadOptions::allow_damaged`] let pass.
    pub is_damaged: bool,
}

/// A third of an octave of both.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ThirdOctave {
    /// Its centre in Hz.
    pub hz: f64,
    /// Mean level in the first, in dBFS.
    pub a_dbfs: Option<f64>,
    /// Mean level in the second as it is, in dBFS.
    pub b_dbfs: Option<f64>,
    /// The second above the first at equal loudness, in dB.
    pub difference_db: Option<f64>,
}

/// What is left when the second, matched, aligned and turned upright, is taken from the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Delta {
    /// Frames that both have.
    pub frames: u64,
    /// RMS in dBFS, power mean of the channels; `None` where nothing is left, to the bit.
    pub rms_dbfs: Option<f64>,
    /// The same above the first's RMS over the same frames, in dB.
    pub relative_db: Option<f64>,
    /// The greatest sample in dBFS.
    pub peak_dbfs: Option<f64>,
    /// Integrated loudness in LUFS.
    pub integrated_lufs: Option<f64>,
}

/// Two songs compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The first.
    pub a: Side,
    /// The second.
    pub b: Side,
    /// The gain in dB that brings the second to the loudness of the first: the difference of their integrated loudness over what
    /// both have, or over all of each where they could not be aligned.
    pub match_gain_db: Option<f64>,
    /// By how many samples the second is later; `None` where no delay explains it.
    pub delay_samples: Option<f64>,
    /// The same in milliseconds.
    pub delay_ms: Option<f64>,
    /// Whether the second is upside down.
    pub is_inverted: Option<bool>,
    /// The chance that the delay is right within 0.1 sample, 0 to 1.
    pub confidence: Option<f64>,
    /// What is left between them; `None` where they could not be aligned.
    pub delta: Option<Delta>,
    /// Their spectra side by side.
    pub spectrum: Vec<ThirdOctave>,
}

/// Compares two files of one sample rate and as many channels; `read` tells what to let pass in them. `progress` is called between blocks with what is done of
/// all passes; it returns `false` to stop.
///
/// # Errors
///
/// [`CompareError`].
pub fn compare(
    a: &Path,
    b: &Path,
    read: ReadOptions,
    progress: &mut (dyn FnMut(Progress) -> bool + Send),
) -> Result<Comparison, CompareError> {
    let read = ReadOptions { surround: true, ..read };
    let open = |path| Reader::open_with(path, read);
    let (spec_a, spec_b) = (open(a)?.spec().clone(), open(b)?.spec().clone());
    if (spec_a.sample_rate_hz, spec_a.channels) != (spec_b.sample_rate_hz, spec_b.channels) {
        return Err(CompareError::Unlike {
            a: a.into(),
            b: b.into(),
            spec_a: Box::new(spec_a),
            spec_b: Box::new(spec_b),
        });
    }
    let rate = f64::from(spec_a.sample_rate_hz);

    let options = Options { read, spectrum: Some(Fraction::Third), ..Options::default() };
    // Three passes over each: readings, the match, and what is left. The excerpts between them are short.
    let total = spec_a.frames.zip(spec_b.frames).map(|(a, b)| 3 * (a + b));
    let shared = Mutex::new((progress, [0, 0]));
    let tell = |side: usize, done: u64| {
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.1[side] = done;
        let done = shared.1.iter().sum();
        (shared.0)(Progress { done, total })
    };
    // Both at once, one a core.
    let (first, second) = std::thread::scope(|scope| {
        let second = scope.spawn(|| measure(b, options, &mut |at| tell(1, at.done)));
        let first = measure(a, options, &mut |at| tell(0, at.done));
        (first, second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let (first, second) = (first?, second?);

    let mut match_gain_db = first.readings.integrated_lufs.zip(second.readings.integrated_lufs).map(|(a, b)| a - b);
    let measured = spec_a.frames.unwrap_or(0);
    let alignment = find_alignment(&first, &mut || open(a), &mut || open(b), rate, &mut || tell(0, measured))?;
    let mut delta = None;
    if let Some(alignment) = alignment {
        let delay = alignment.snapped_delay_samples();
        let pair = || AlignedPair::new(open(a)?, open(b)?, delay, &mut || tell(0, measured));
        let mut matched = 0;
        let difference_lu = pair()?.loudness_difference_lu(&mut |frames| {
            matched = measured + 2 * frames;
            tell(0, matched)
        })?;
        match_gain_db = difference_lu.or(match_gain_db);
        let gain = db_to_gain(match_gain_db.unwrap_or(0.0)) * if alignment.is_inverted { -1.0 } else { 1.0 };
        let loudness = LoudnessMeter::with_weights(rate, open(a)?.loudness_weights());
        delta = Some(subtract(pair()?, gain, loudness, &mut |frames| tell(0, matched + 2 * frames))?);
    }
    let delay_samples = alignment.as_ref().map(Alignment::snapped_delay_samples);
    let spectrum = first.spectrum.iter().zip(&second.spectrum).map(|(a, b)| ThirdOctave {
        hz: a.hz,
        a_dbfs: a.average_db,
        b_dbfs: b.average_db,
        difference_db: a.average_db.zip(b.average_db).map(|(a, b)| b + match_gain_db.unwrap_or(0.0) - a),
    });
    Ok(Comparison {
        spectrum: spectrum.collect(),
        a: side(a, first),
        b: side(b, second),
        match_gain_db,
        delay_samples,
        delay_ms: delay_samples.map(|delay| delay / rate * 1000.0),
        is_inverted: alignment.map(|alignment| alignment.is_inverted),
        confidence: alignment.map(|alignment| alignment.confidence),
        delta,
    })
}

fn side(file: &Path, programme: Programme) -> Side {
    let Programme { facts, readings, warnings, is_damaged, .. } = programme;
    Side { file: file.into(), duration_s: facts.duration_s, readings, warnings, is_damaged }
}

type Open<'a> = dyn FnMut() -> Result<Reader, AudioError> + 'a;

/// Aligns the excerpts around the loudest place of the first and, should that tell nothing, at the start.
fn find_alignment(
    first: &Programme,
    open_a: &mut Open,
    open_b: &mut Open,
    rate: f64,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Option<Alignment>, CompareError> {
    let loudest = first.places.max_short_term_s.or(first.places.max_momentary_s).unwrap_or(0.0);
    let around = ((loudest - 1.5) * rate - EXCERPT_FRAMES as f64 / 2.0).max(0.0) as u64;
    for start in if around > 0 { vec![around, 0] } else { vec![0] } {
        let (a, b) = (excerpt(open_a()?, start, go_on)?, excerpt(open_b()?, start, go_on)?);
        let found = align(&a, &b, rate, MAX_DELAY_FRAMES);
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The mean of the channels of an excerpt of a file.
fn excerpt(mut reader: Reader, start: u64, go_on: &mut dyn FnMut() -> bool) -> Result<Vec<f32>, CompareError> {
    let mut block = vec![Vec::new(); reader.spec().channels];
    let scale = 1.0 / block.len() as f32;
    let mut out = Vec::with_capacity(EXCERPT_FRAMES);
    skip(&mut reader, start, go_on)?;
    while out.len() < EXCERPT_FRAMES {
        let frames = reader.read(&mut block, BLOCK_FRAMES.min(EXCERPT_FRAMES - out.len()))?;
        if frames == 0 {
            break;
        }
        out.extend((0..frames).map(|frame| scale * block.iter().map(|channel| channel[frame]).sum::<f32>()));
    }
    Ok(out)
}

/// Subtracts `gain` times the second from the first. `tell` is called with the frames done.
fn subtract(
    mut pair: AlignedPair,
    gain: f64,
    mut loudness: LoudnessMeter,
    tell: &mut dyn FnMut(u64) -> bool,
) -> Result<Delta, CompareError> {
    let (mut power, mut reference, mut peak, mut frames) = (0.0, 0.0, 0.0_f64, 0_u64);
    loop {
        let count = pair.advance()?;
        if count == 0 {
            break;
        }
        for (left, right) in pair.first.iter_mut().zip(&pair.second) {
            for (x, &y) in left.iter_mut().zip(right) {
                let aligned = f64::from(*x);
                let rest = aligned - gain * f64::from(y);
                reference += aligned * aligned;
                power += rest * rest;
                peak = peak.max(rest.abs());
                *x = rest as f32;
            }
        }
        loudness.process_channels(&pair.first.iter().map(Vec::as_slice).collect::<Vec<_>>());
        frames += count as u64;
        if !tell(frames) {
            return Err(MeasureError::Interrupted.into());
        }
    }
    let samples = (frames * pair.first.len() as u64).max(1) as f64;
    let db = |power: f64| (power > 0.0).then(|| 10.0 * power.log10());
    Ok(Delta {
        frames,
        rms_dbfs: db(power / samples),
        relative_db: if reference > 0.0 { db(power / reference) } else { None },
        peak_dbfs: db(peak * peak),
        integrated_lufs: loudness.integrated_lufs(),
    })
}
