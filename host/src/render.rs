//! A chain over a song: offline, aligned to the sample, in bounded memory.

mod outcome;
mod pipeline;
mod spill;
mod stage;
mod thread_time;

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;
use shared_dsp::loudness::{LoudnessMeter, ProgrammeMeter, Readings};

use crate::HostError;
use crate::audio::{Bits, ReadOptions, Reader, WriteOptions, Writer, check_target};
use crate::chain::PreparedChain;
use crate::names;
use crate::output::is_same_file;
use crate::readings::Windows;
pub use outcome::{RenderError, StageReport};
use pipeline::{Pipeline, Stop};
use spill::Spill;
use stage::Piece;

/// Frames of a block unless told otherwise.
pub const DEFAULT_BLOCK: usize = 1024;
/// The longest block a caller may ask for: as long as the suite promises to be right.
pub const MAX_BLOCK: usize = 8192;
/// Frames that are handed from thread to thread at once: long enough to make that cheap, short enough for the second cache.
const PIECE_FRAMES: usize = 4096;

/// How to render.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How samples are written.
    pub bits: Bits,
    /// Whether what sounds on after the song is kept.
    pub keep_tail: bool,
    /// Frames of a block, 1 to 8192. The result does not depend on it.
    pub block: usize,
    /// Whether damage in the song is a warning, and its lost frames silence, instead of an error.
    pub allow_damaged: bool,
    /// Whether every plugin, the reading and the writing work on a thread of their own. The result does not depend on it.
    pub is_threaded: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { bits: Bits::default(), keep_tail: false, block: DEFAULT_BLOCK, allow_damaged: false, is_threaded: true }
    }
}

impl Options {
    fn block_frames(&self) -> usize {
        self.block.clamp(1, MAX_BLOCK)
    }

    /// Whole blocks, at least one.
    fn piece_frames(&self) -> usize {
        let block = self.block_frames();
        (PIECE_FRAMES / block).max(1) * block
    }
}

/// How far a render is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Frames done, over all passes.
    pub done: u64,
    /// Frames to do, where the file's header knows.
    pub total: Option<u64>,
}

/// What a render did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The song.
    #[serde(flatten, serialize_with = "names::file")]
    pub file: PathBuf,
    /// Its render.
    #[serde(flatten, serialize_with = "names::output")]
    pub output: PathBuf,
    /// The chain's name.
    pub chain: String,
    /// Sample rate in Hz.
    pub sample_rate_hz: u32,
    /// Channels.
    pub channels: usize,
    /// Frames of the song.
    pub frames: u64,
    /// Frames of the render: more only with a tail.
    pub output_frames: u64,
    /// Length of the song in seconds.
    pub duration_s: f64,
    /// Readings of the song.
    pub before: Readings,
    /// Readings of the render, as computed, before dither.
    pub after: Readings,
    /// The plugins in order.
    pub plugins: Vec<StageReport>,
    /// Latency of the chain, which the render has been rid of.
    pub latency_samples: u64,
    /// Gain that brought the peak to the chain's output level, in dB.
    pub output_gain_db: Option<f64>,
    /// Samples beyond full scale that the format could not hold.
    pub clipped_samples: u64,
    /// What was odd about the song's file, and what of its tags the render does not hold, in words.
    pub warnings: Vec<String>,
    /// Whether sound is missing in the song or wrong, which [`Options::allow_damaged`] let pass.
    pub is_damaged: bool,
    /// Duration of the song over the time that the render took.
    pub speed: f64,
}

/// What [`run`] found out.
struct Ran {
    stages: Vec<StageReport>,
    frames: u64,
    latency_samples: u64,
}

/// Takes the latency off a render's beginning, and counts.
struct Emitter<S> {
    /// Frames still to be thrown away.
    skip: u64,
    written: u64,
    sink: S,
}

impl<S: FnMut(&[&[f32]]) -> Result<(), RenderError>> Emitter<S> {
    /// Hands on at most so many frames of a piece.
    fn emit(&mut self, piece: &Piece, most: u64) -> Result<(), RenderError> {
        let frames = piece.channels.first().map_or(0, Vec::len) as u64;
        let from = self.skip.min(frames);
        self.skip -= from;
        let count = (frames - from).min(most);
        if count > 0 {
            let range = from as usize..(from + count) as usize;
            let slices: Vec<&[f32]> = piece.channels.iter().map(|channel| &channel[range.clone()]).collect();
            (self.sink)(&slices)?;
            self.written += count;
        }
        Ok(())
    }
}

/// Pulls a song from `source` (which fills the block with up to so many frames, and gives none at the end), runs it
/// through the chain and hands it to `sink`, without the latency, as long as it was, with its tail if asked for. The first
/// plugin's loudness in is left to the caller, and the last one's out unless `with_last_loudness`.
fn run(
    chain: &PreparedChain,
    sample_rate_hz: f64,
    channels: usize,
    options: &Options,
    with_last_loudness: bool,
    mut source: impl FnMut(&mut Vec<Vec<f32>>, usize) -> Result<usize, RenderError>,
    sink: impl FnMut(&[&[f32]]) -> Result<(), RenderError> + Send,
) -> Result<Ran, Stop> {
    let mut pipeline = Pipeline::new(chain, sample_rate_hz, channels, options.block_frames())?;
    if !with_last_loudness {
        pipeline.leave_last_loudness();
    }
    let mut windows = Windows::new(sample_rate_hz, channels);
    let mut emitter = Emitter { skip: pipeline.latency_samples, written: 0, sink };
    let mut length = 0_u64;
    let next = || {
        let mut piece = Piece { channels: vec![Vec::new(); channels], powers: Vec::new() };
        let frames = source(&mut piece.channels, options.piece_frames())?;
        length += frames as u64;
        windows.push(&piece.channels.iter().map(Vec::as_slice).collect::<Vec<_>>(), &mut piece.powers);
        Ok((frames > 0).then_some(piece))
    };
    pipeline.run(options.is_threaded, next, |piece| Ok(emitter.emit(&piece, u64::MAX)?))?;
    // What is left is short: the latency, and the tail.
    let tail = if options.keep_tail { pipeline.tail_samples(sample_rate_hz) } else { 0 };
    while emitter.written < length + tail {
        let left = length + tail - emitter.written;
        let frames = left.min(options.piece_frames() as u64) as usize;
        let mut piece = Piece { channels: vec![vec![0.0; frames]; channels], powers: Vec::new() };
        pipeline.process(&mut piece, Some(length))?;
        emitter.emit(&piece, left)?;
    }
    let latency_samples = pipeline.latency_samples;
    Ok(Ran { stages: pipeline.finish(chain)?, frames: length, latency_samples })
}

/// Runs a chain over audio in memory: the same path as [`render`], output level included.
///
/// # Errors
///
/// [`HostError`] of a plugin.
pub fn process(
    chain: &PreparedChain,
    sample_rate_hz: f64,
    channels: &[&[f32]],
    options: &Options,
) -> Result<(Vec<Vec<f32>>, Vec<StageReport>), HostError> {
    let (head, tail) = chain.split_at_level();
    let (mut output, mut stages) = process_part(&head, sample_rate_hz, channels, options)?;
    if let Some(level) = chain.output_level_db {
        let peak = output.iter().flatten().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        let gain = level_gain(level, peak);
        output.iter_mut().flatten().for_each(|sample| *sample = (f64::from(*sample) * gain) as f32);
    }
    if !tail.stages.is_empty() {
        let (last, report) = process_part(&tail, sample_rate_hz, &slices_of(&output), options)?;
        output = last;
        stages.extend(report);
    }
    Ok((output, stages))
}

/// The plugins of a chain and no level.
fn process_part(
    chain: &PreparedChain,
    sample_rate_hz: f64,
    channels: &[&[f32]],
    options: &Options,
) -> Result<(Vec<Vec<f32>>, Vec<StageReport>), HostError> {
    let mut at = 0;
    let mut output = vec![Vec::new(); channels.len()];
    let mut loudness = LoudnessMeter::new(sample_rate_hz);
    if let [left, rest @ ..] = channels {
        loudness.process(left, rest.first().copied());
    }
    let ran = run(
        chain,
        sample_rate_hz,
        channels.len(),
        options,
        true,
        |block, most| {
            let end = (at + most).min(channels.first().map_or(0, |channel| channel.len()));
            for (block, channel) in block.iter_mut().zip(channels) {
                block.clear();
                block.extend_from_slice(&channel[at..end]);
            }
            let frames = end - at;
            at = end;
            Ok(frames)
        },
        |block| {
            for (output, block) in output.iter_mut().zip(block) {
                output.extend_from_slice(block);
            }
            Ok(())
        },
    );
    let mut ran = match ran {
        Ok(ran) => ran,
        Err(Stop::Plugin(error)) => return Err(error),
        // Neither closure fails.
        Err(Stop::Outside(_)) => return Err(HostError::Process),
    };
    if let Some(first) = ran.stages.first_mut() {
        first.change.loudness_in_lufs = loudness.integrated_lufs();
    }
    Ok((output, ran.stages))
}

/// Gain that brings a sample peak to a level in dBFS; 1 for silence.
fn level_gain(level_db: f64, peak: f32) -> f64 {
    if peak > 0.0 { 10f64.powf(level_db / 20.0) / f64::from(peak) } else { 1.0 }
}

fn slices_of(channels: &[Vec<f32>]) -> Vec<&[f32]> {
    channels.iter().map(Vec::as_slice).collect()
}

/// Renders one file. `progress` is called between blocks; it returns `false` to stop.
///
/// The render has the song's sample rate and channels, is aligned with it to the sample and as long as it is, unless the
/// tail is kept. With an output level the chain's result is kept as float in a nameless temporary file beside the
/// output, so that the level is exact and memory stays bounded. A last plugin that dithers runs behind the level, and its
/// dither is the file's only one.
///
/// # Errors
///
/// [`RenderError`]. Nothing half-written is left behind.
pub fn render(
    chain: &PreparedChain,
    input: &Path,
    output: &Path,
    options: &Options,
    progress: &mut dyn FnMut(Progress) -> bool,
) -> Result<Report, RenderError> {
    let started = Instant::now();
    let format = check_target(output, options.bits)?;
    let (chain, told) = chain.clone().for_file_of(options.bits.count());
    let read = ReadOptions { allow_damaged: options.allow_damaged, ..ReadOptions::default() };
    let mut reader = Reader::open_with(input, read)?;
    if is_same_file(input, output) {
        return Err(RenderError::SameFile { path: output.into() });
    }
    let spec = reader.spec().clone();
    let rate = f64::from(spec.sample_rate_hz);
    let about = WriteOptions { tags: reader.tags().clone(), ..WriteOptions::default() };
    let mut writer = Writer::create_with(output, spec.sample_rate_hz, spec.channels, options.bits, &about)?;
    let passes = if chain.output_level_db.is_some() { 2 } else { 1 };
    let total = spec.frames.map(|frames| passes * frames);
    let (mut before, mut after) = (ProgrammeMeter::new(rate), ProgrammeMeter::new(rate));
    let mut done = 0;
    let mut tell = |frames: usize| {
        done += frames as u64;
        if progress(Progress { done, total }) { Ok(()) } else { Err(RenderError::Interrupted) }
    };
    let mut spill = match chain.output_level_db {
        Some(level) => Some((level, Spill::create(output)?)),
        None => None,
    };

    // Without a level or a tail, what the last plugin gives is what is written: it is measured once.
    let (head, tail) = chain.split_at_level();
    let stopped = |stop| match stop {
        Stop::Outside(error) => error,
        Stop::Plugin(source) => RenderError::Plugin { input: input.into(), source },
    };
    let mut ran = run(
        &head,
        rate,
        spec.channels,
        options,
        chain.output_level_db.is_some() || options.keep_tail,
        |block, most| {
            let frames = reader.read(block, most)?;
            tell(frames)?;
            before.process_channels(&slices_of(block));
            Ok(frames)
        },
        |block| match &mut spill {
            Some((_, spill)) => spill.write(block),
            None => {
                after.process_channels(block);
                Ok(writer.write(block)?)
            }
        },
    )
    .map_err(stopped)?;

    let mut output_gain_db = None;
    if let Some((level, mut spill)) = spill {
        let gain = level_gain(level, spill.peak);
        output_gain_db = (spill.peak > 0.0).then(|| 20.0 * gain.log10());
        spill.rewind()?;
        let mut levelled = (!tail.stages.is_empty()).then(|| LoudnessMeter::new(rate));
        let behind = run(
            &tail,
            rate,
            spec.channels,
            options,
            options.keep_tail,
            |block, most| {
                let frames = spill.read(block, most)?;
                block.iter_mut().flatten().for_each(|sample| *sample = (f64::from(*sample) * gain) as f32);
                if let (Some(meter), [left, rest @ ..]) = (&mut levelled, &block[..]) {
                    meter.process(left, rest.first().map(Vec::as_slice));
                }
                if frames > 0 {
                    tell(frames)?;
                }
                Ok(frames)
            },
            |block| {
                after.process_channels(block);
                Ok(writer.write(block)?)
            },
        )
        .map_err(stopped)?;
        ran.latency_samples += behind.latency_samples;
        ran.stages.extend(behind.stages.into_iter().map(|mut stage| {
            stage.change.loudness_in_lufs = levelled.as_ref().and_then(LoudnessMeter::integrated_lufs);
            stage
        }));
    }
    let is_last_measured = options.keep_tail || (chain.output_level_db.is_some() && tail.stages.is_empty());
    let written = writer.finish()?;
    before.finish();
    after.finish();
    let (before, after) = (before.readings(), after.readings());
    if let Some(first) = ran.stages.first_mut() {
        first.change.loudness_in_lufs = before.integrated_lufs;
    }
    if let (false, Some(last)) = (is_last_measured, ran.stages.last_mut()) {
        last.change.loudness_out_lufs = after.integrated_lufs;
    }
    let duration_s = ran.frames as f64 / rate;
    let mut warnings = reader.warnings().to_vec();
    warnings.extend(told);
    warnings.extend(about.tags.lost_in(format).into_iter().map(|lost| format!("the render does not keep {lost}")));
    Ok(Report {
        file: input.into(),
        output: output.into(),
        chain: chain.name.clone(),
        sample_rate_hz: spec.sample_rate_hz,
        channels: spec.channels,
        frames: ran.frames,
        output_frames: written.frames,
        duration_s,
        before,
        after,
        plugins: ran.stages,
        latency_samples: ran.latency_samples,
        output_gain_db,
        clipped_samples: written.clipped_samples,
        warnings,
        is_damaged: reader.is_damaged(),
        speed: duration_s / started.elapsed().as_secs_f64().max(1e-9),
    })
}
