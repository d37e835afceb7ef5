//! A chain over a song: offline, aligned to the sample, in bounded memory.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;
use shared_dsp::loudness::{ProgrammeMeter, Readings};

use crate::audio::{AudioError, Bits, ReadOptions, Reader, WriteOptions, Writer, check_target};
use crate::chain::PreparedChain;
use crate::readings::{Change, Comparison};
use crate::{HostError, Instance, Tail};

/// What a plugin that never falls silent is given as a tail, and the most that any is given, in seconds.
const MAX_TAIL_S: f64 = 30.0;
/// Frames of a block unless told otherwise.
pub const DEFAULT_BLOCK: usize = 1024;
/// The longest block a caller may ask for: as long as the suite promises to be right.
pub const MAX_BLOCK: usize = 8192;

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
}

impl Default for Options {
    fn default() -> Self {
        Self { bits: Bits::default(), keep_tail: false, block: DEFAULT_BLOCK, allow_damaged: false }
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

/// Why a render ended early. Its output does not exist then, or is what it was before.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A file.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// A plugin.
    #[error("{}: {source}", input.display())]
    Plugin {
        /// The song.
        input: PathBuf,
        /// The host's error.
        source: HostError,
    },
    /// The output is the input.
    #[error("{}: would be overwritten by its own render", path.display())]
    SameFile {
        /// The file.
        path: PathBuf,
    },
    /// The caller said stop.
    #[error("interrupted")]
    Interrupted,
}

/// What one plugin did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageReport {
    /// What the chain calls it.
    #[serde(rename = "use")]
    pub uses: String,
    /// CLAP id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its latency in samples.
    pub latency_samples: u32,
    /// Time in its `process`, nanoseconds a frame.
    pub ns_per_sample: f64,
    /// What it did to its programme.
    #[serde(flatten)]
    pub change: Change,
}

/// What a render did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The song.
    pub file: PathBuf,
    /// Its render.
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

/// A plugin at work.
struct Running {
    instance: Instance,
    latency_samples: u32,
    comparison: Comparison,
    /// Where, in its output, the song begins.
    starts: u64,
    time: Duration,
    frames: u64,
}

/// The plugins of a chain at work on one song.
struct Pipeline {
    running: Vec<Running>,
    output: Vec<Vec<f32>>,
    latency_samples: u64,
    position: u64,
}

impl Pipeline {
    fn new(chain: &PreparedChain, sample_rate_hz: f64, channels: usize, block: usize) -> Result<Self, HostError> {
        let mut latency_samples = 0;
        let mut running = Vec::with_capacity(chain.stages.len());
        for stage in &chain.stages {
            let mut instance = stage.instantiate()?;
            instance.select_layout(channels, false)?;
            // Within MAX_BLOCK.
            instance.activate_settled(sample_rate_hz, block as u32)?;
            let latency = instance.latency_samples();
            latency_samples += u64::from(latency);
            running.push(Running {
                instance,
                latency_samples: latency,
                comparison: Comparison::new(sample_rate_hz, channels, latency),
                starts: latency_samples,
                time: Duration::ZERO,
                frames: 0,
            });
        }
        Ok(Self { running, output: vec![Vec::new(); channels], latency_samples, position: 0 })
    }

    /// Runs a block through all plugins in place. `ends` is the song's length once it is known.
    fn process(&mut self, block: &mut Vec<Vec<f32>>, ends: Option<u64>) -> Result<(), HostError> {
        let frames = block.first().map_or(0, Vec::len);
        for stage in &mut self.running {
            stage.comparison.push_input(block);
            self.output.iter_mut().for_each(|channel| channel.resize(frames, 0.0));
            {
                let inputs: Vec<&[f32]> = block.iter().map(Vec::as_slice).collect();
                let mut outputs: Vec<&mut [f32]> = self.output.iter_mut().map(Vec::as_mut_slice).collect();
                let start = Instant::now();
                stage.instance.process(&inputs, None, &mut outputs, &[])?;
                stage.time += start.elapsed();
            }
            // Caught here it is the plugin's failure; in the writer it would look like the file's.
            if let Some(at) = (0..frames).find(|&at| self.output.iter().any(|channel| !channel[at].is_finite())) {
                let plugin = stage.instance.id().into();
                return Err(HostError::NotFinite { plugin, frame: stage.frames + at as u64 });
            }
            stage.frames += frames as u64;
            stage.instance.pump_main_thread();
            std::mem::swap(block, &mut self.output);
            // Frames of this block, counted in it, that are the song's.
            let within = |at: u64| at.clamp(self.position, self.position + frames as u64) - self.position;
            let end = ends.map_or(frames as u64, |length| within(stage.starts + length));
            stage.comparison.push_output(block, within(stage.starts) as usize..end as usize);
        }
        self.position += frames as u64;
        Ok(())
    }

    fn tail_samples(&mut self, sample_rate_hz: f64) -> u64 {
        let most = (MAX_TAIL_S * sample_rate_hz) as u64;
        let tails = self.running.iter_mut().map(|stage| match stage.instance.tail() {
            Ok(Tail::Samples(samples)) => u64::from(samples),
            Ok(Tail::Infinite) => most,
            Err(_) => 0,
        });
        tails.sum::<u64>().min(most)
    }

    fn finish(self, chain: &PreparedChain) -> Result<Vec<StageReport>, HostError> {
        self.running
            .into_iter()
            .zip(&chain.stages)
            .map(|(mut running, stage)| {
                if running.instance.latency_samples() != running.latency_samples {
                    // The result would not be aligned: better none.
                    return Err(HostError::Create {
                        plugin: stage.id.clone(),
                        reason: "it changed its latency during the render".into(),
                    });
                }
                Ok(StageReport {
                    uses: stage.uses.clone(),
                    id: stage.id.clone(),
                    name: stage.name.clone(),
                    version: stage.version.clone(),
                    latency_samples: running.latency_samples,
                    ns_per_sample: running.time.as_nanos() as f64 / running.frames.max(1) as f64,
                    change: running.comparison.finish(),
                })
            })
            .collect()
    }
}

/// Why [`run`] stopped: the source, a plugin, or the sink.
enum Stop {
    Outside(RenderError),
    Plugin(HostError),
}

impl From<HostError> for Stop {
    fn from(error: HostError) -> Self {
        Self::Plugin(error)
    }
}

/// What [`run`] found out.
struct Ran {
    stages: Vec<StageReport>,
    frames: u64,
    latency_samples: u64,
}

/// Pulls a song from `source` (which fills the block with up to so many frames, and gives none at the end), runs it
/// through the chain and hands it to `sink`, without the latency, as long as it was, with its tail if asked for.
fn run(
    chain: &PreparedChain,
    sample_rate_hz: f64,
    channels: usize,
    options: &Options,
    mut source: impl FnMut(&mut Vec<Vec<f32>>, usize) -> Result<usize, RenderError>,
    mut sink: impl FnMut(&[&[f32]]) -> Result<(), RenderError>,
) -> Result<Ran, Stop> {
    let block_frames = options.block.clamp(1, MAX_BLOCK);
    let mut pipeline = Pipeline::new(chain, sample_rate_hz, channels, block_frames)?;
    let latency = pipeline.latency_samples;
    let mut block = vec![Vec::new(); channels];
    // Frames still to be thrown away: the chain's latency.
    let mut skip = latency;
    let mut emit = |block: &[Vec<f32>], most: u64| -> Result<u64, Stop> {
        let frames = block.first().map_or(0, Vec::len) as u64;
        let from = skip.min(frames);
        skip -= from;
        let count = (frames - from).min(most);
        if count > 0 {
            let slices: Vec<&[f32]> =
                block.iter().map(|channel| &channel[from as usize..(from + count) as usize]).collect();
            sink(&slices).map_err(Stop::Outside)?;
        }
        Ok(count)
    };
    let (mut length, mut written) = (0_u64, 0_u64);
    while source(&mut block, block_frames).map_err(Stop::Outside)? > 0 {
        length += block[0].len() as u64;
        pipeline.process(&mut block, None)?;
        written += emit(&block, u64::MAX)?;
    }
    let tail = if options.keep_tail { pipeline.tail_samples(sample_rate_hz) } else { 0 };
    while written < length + tail {
        let frames = (length + tail - written).min(block_frames as u64) as usize;
        block.iter_mut().for_each(|channel| {
            channel.clear();
            channel.resize(frames, 0.0);
        });
        pipeline.process(&mut block, Some(length))?;
        written += emit(&block, length + tail - written)?;
    }
    let stages = pipeline.finish(chain)?;
    Ok(Ran { stages, frames: length, latency_samples: latency })
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
    let mut at = 0;
    let mut output = vec![Vec::new(); channels.len()];
    let ran = run(
        chain,
        sample_rate_hz,
        channels.len(),
        options,
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
    let ran = match ran {
        Ok(ran) => ran,
        Err(Stop::Plugin(error)) => return Err(error),
        // Neither closure fails.
        Err(Stop::Outside(_)) => return Err(HostError::Process),
    };
    if let Some(level) = chain.output_level_db {
        let peak = output.iter().flatten().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        let gain = level_gain(level, peak);
        output.iter_mut().flatten().for_each(|sample| *sample = (f64::from(*sample) * gain) as f32);
    }
    Ok((output, ran.stages))
}

/// Gain that brings a sample peak to a level in dBFS; 1 for silence.
fn level_gain(level_db: f64, peak: f32) -> f64 {
    if peak > 0.0 { 10f64.powf(level_db / 20.0) / f64::from(peak) } else { 1.0 }
}

/// Renders one file. `progress` is called between blocks; it returns `false` to stop.
///
/// The render has the song's sample rate and channels, is aligned with it to the sample and as long as it is, unless the
/// tail is kept. With an output level the chain's result is kept as float in a nameless temporary file beside the
/// output, so that the level is exact and memory stays bounded.
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

    let ran = run(
        chain,
        rate,
        spec.channels,
        options,
        |block, most| {
            let frames = reader.read(block, most)?;
            tell(frames)?;
            before.process_channels(&block.iter().map(Vec::as_slice).collect::<Vec<_>>());
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
    .map_err(|stop| match stop {
        Stop::Outside(error) => error,
        Stop::Plugin(source) => RenderError::Plugin { input: input.into(), source },
    })?;

    let mut output_gain_db = None;
    if let Some((level, mut spill)) = spill {
        let gain = level_gain(level, spill.peak);
        output_gain_db = (spill.peak > 0.0).then(|| 20.0 * gain.log10());
        spill.rewind()?;
        let mut block = vec![Vec::new(); spec.channels];
        loop {
            let frames = spill.read(&mut block, options.block.clamp(1, MAX_BLOCK))?;
            if frames == 0 {
                break;
            }
            block.iter_mut().flatten().for_each(|sample| *sample = (f64::from(*sample) * gain) as f32);
            let slices: Vec<&[f32]> = block.iter().map(Vec::as_slice).collect();
            after.process_channels(&slices);
            writer.write(&slices)?;
            tell(frames)?;
        }
    }
    let written = writer.finish()?;
    before.finish();
    after.finish();
    let duration_s = ran.frames as f64 / rate;
    let mut warnings = reader.warnings().to_vec();
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
        before: before.readings(),
        after: after.readings(),
        plugins: ran.stages,
        latency_samples: ran.latency_samples,
        output_gain_db,
        clipped_samples: written.clipped_samples,
        warnings,
        is_damaged: reader.is_damaged(),
        speed: duration_s / started.elapsed().as_secs_f64().max(1e-9),
    })
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        // The output does not exist yet.
        _ => false,
    }
}

/// Float samples on disk between two passes, in a file without a name: it is gone with the process, however that ends.
struct Spill {
    output: PathBuf,
    file: BufWriter<File>,
    reader: Option<BufReader<File>>,
    peak: f32,
    left: u64,
}

impl Spill {
    fn create(output: &Path) -> Result<Self, RenderError> {
        let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::tempfile_in(folder).map_err(|source| failed(output, source))?;
        Ok(Self { output: output.into(), file: BufWriter::new(file), reader: None, peak: 0.0, left: 0 })
    }

    fn write(&mut self, channels: &[&[f32]]) -> Result<(), RenderError> {
        let frames = channels.first().map_or(0, |channel| channel.len());
        for frame in 0..frames {
            for channel in channels {
                let sample = channel[frame];
                // Finite: the reader and the pipeline let nothing else through.
                self.peak = self.peak.max(sample.abs());
                self.file.write_all(&sample.to_le_bytes()).map_err(|source| failed(&self.output, source))?;
            }
        }
        self.left += frames as u64;
        Ok(())
    }

    fn rewind(&mut self) -> Result<(), RenderError> {
        let rewound = self.file.flush().and_then(|()| self.file.get_ref().try_clone()).and_then(|mut file| {
            file.seek(SeekFrom::Start(0))?;
            Ok(file)
        });
        self.reader = Some(BufReader::new(rewound.map_err(|source| failed(&self.output, source))?));
        Ok(())
    }

    fn read(&mut self, block: &mut [Vec<f32>], most: usize) -> Result<usize, RenderError> {
        block.iter_mut().for_each(Vec::clear);
        let Some(reader) = &mut self.reader else { return Ok(0) };
        let frames = self.left.min(most as u64) as usize;
        let mut sample = [0; 4];
        for _ in 0..frames {
            for channel in block.iter_mut() {
                reader.read_exact(&mut sample).map_err(|source| failed(&self.output, source))?;
                channel.push(f32::from_le_bytes(sample));
            }
        }
        self.left -= frames as u64;
        Ok(frames)
    }
}

fn failed(output: &Path, source: std::io::Error) -> RenderError {
    RenderError::Audio(AudioError::Write { path: output.into(), source })
}
