//! The writing half: songs read in order, with their gains, fades and gaps, into one file, a file each, or both.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use shared_dsp::spectrum::Fraction;
use shared_report::{Programme, Survey};

use super::{AlbumError, Plan};
use crate::audio::{AudioError, BLOCK_FRAMES, Bits, Format, ReadOptions, Reader, Tags, WriteOptions, Writer};
use crate::measure::MeasureError;
use crate::output::is_same_file;
use crate::render::Progress;

/// Blocks that may wait between the reading and the writing half.
const WAITING_BLOCKS: usize = 16;

/// Where a record goes; any of both.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outputs<'a> {
    /// The whole record in one file, WAV or FLAC.
    pub record: Option<&'a Path>,
    /// A file for each song, WAV or FLAC; a gap stands at the end of the song before it, so that played one after the other
    /// they are the record to the sample.
    pub songs: Option<&'a [PathBuf]>,
    /// How samples are written: with dither from the first one on that is not on the grid already.
    pub bits: Bits,
}

/// A record, written.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// What the record as a whole reads.
    pub programme: Programme,
    /// Samples beyond full scale that the format could not hold.
    pub clipped_samples: u64,
    /// What the songs' own files do not keep of their tags, in words.
    pub warnings: Vec<String>,
}

/// Reads the songs, puts them together, measures the whole and writes it, reading on one core and writing on another.
/// `progress` is called between blocks; it returns `false` to stop. Nothing has its name before all is whole.
///
/// # Errors
///
/// [`AlbumError::Measure`], [`AlbumError::SameFile`].
pub fn write(
    plan: &Plan,
    outputs: Outputs,
    with_spectrum: bool,
    progress: &mut dyn FnMut(Progress) -> bool,
) -> Result<Written, AlbumError> {
    let all = || outputs.record.into_iter().chain(outputs.songs.into_iter().flatten().map(PathBuf::as_path));
    if let Some(path) = all().find(|path| plan.files.iter().any(|song| is_same_file(path, song))) {
        return Err(AlbumError::SameFile { path: path.into() });
    }
    let create = |path: &Path, tags: Tags| {
        let about = WriteOptions { tags, ..WriteOptions::default() };
        Writer::create_with(path, plan.sample_rate_hz, plan.channels, outputs.bits, &about)
    };
    let mut warnings = Vec::new();
    let mut song = |(path, file): (&PathBuf, &PathBuf)| {
        // Opened for what it says about itself; its sound is read later.
        let tags = Reader::open_with(file, ReadOptions::default())?.tags().clone();
        let lost = tags.lost_in(Format::of(path)?);
        // By the output's name: the song may have come through a pipe.
        warnings.extend(lost.into_iter().map(|lost| format!("{}: the record does not keep {lost}", path.display())));
        create(path, tags)
    };
    let songs = outputs.songs.unwrap_or_default().iter().zip(&plan.files).map(&mut song);
    // The record is another work than its songs: what they are called is not what it is called.
    let songs = songs.collect::<Result<_, AudioError>>()?;
    let mut writers = Writers { record: outputs.record.map(|path| create(path, Tags::default())).transpose()?, songs };
    let mut survey =
        Survey::new(plan.sample_rate_hz, &vec![1.0; plan.channels], with_spectrum.then_some(Fraction::Twelfth));
    let (sender, receiver) = sync_channel(WAITING_BLOCKS);
    let (read, written) = std::thread::scope(|scope| {
        let writing = scope.spawn(|| writers.run(receiver));
        let read = read_all(plan, &mut survey, sender, progress);
        (read, writing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    // If writing failed, that is why reading stopped.
    written?;
    read?;
    let clipped_samples = writers.finish()?;
    let bits = all().next().map(|_| u32::from(outputs.bits.count()));
    Ok(Written { programme: survey.finish(bits), clipped_samples, warnings })
}

/// Frames of the record, with the number of the song that they belong to.
struct Block {
    song: usize,
    channels: Vec<Vec<f32>>,
}

/// Reads all songs, with their gains, fades and gaps, and hands them on.
fn read_all(
    plan: &Plan,
    survey: &mut Survey,
    sender: SyncSender<Block>,
    progress: &mut dyn FnMut(Progress) -> bool,
) -> Result<(), MeasureError> {
    let total = plan.parts.iter().map(|part| part.frames + part.gap_frames).sum();
    let mut done = 0;
    let mut hand_on = |song: usize, channels: Vec<Vec<f32>>| -> Result<(), MeasureError> {
        survey.process(&channels.iter().map(Vec::as_slice).collect::<Vec<_>>());
        done += channels[0].len() as u64;
        // The other end is gone only if writing failed, which it tells itself; so stopping is all there is to do.
        let is_gone = sender.send(Block { song, channels }).is_err();
        if is_gone || !progress(Progress { done, total: Some(total) }) {
            return Err(MeasureError::Interrupted);
        }
        Ok(())
    };
    for (song, (file, part)) in plan.files.iter().zip(&plan.parts).enumerate() {
        let mut reader = Reader::open_with(file, ReadOptions::default())?;
        let changed = || AudioError::Damaged { path: file.clone(), reason: "it changed while it was worked on".into() };
        if (reader.spec().sample_rate_hz, reader.spec().channels) != (plan.sample_rate_hz, plan.channels) {
            return Err(changed().into());
        }
        let mut at = 0;
        loop {
            let mut block = vec![Vec::new(); plan.channels];
            let frames = reader.read(&mut block, BLOCK_FRAMES)? as u64;
            if at + frames > part.frames || (frames == 0 && at < part.frames) {
                return Err(changed().into());
            }
            if frames == 0 {
                break;
            }
            for channel in &mut block {
                for (frame, sample) in (at..).zip(channel.iter_mut()) {
                    *sample = (f64::from(*sample) * part.gain_at(frame)) as f32;
                }
            }
            at += frames;
            hand_on(song, block)?;
        }
        let mut gap = part.gap_frames;
        while gap > 0 {
            let frames = gap.min(BLOCK_FRAMES as u64);
            hand_on(song, vec![vec![0.0; frames as usize]; plan.channels])?;
            gap -= frames;
        }
    }
    Ok(())
}

/// The files being written.
struct Writers {
    record: Option<Writer>,
    songs: Vec<Writer>,
}

impl Writers {
    fn run(&mut self, receiver: Receiver<Block>) -> Result<(), AudioError> {
        for Block { song, channels } in receiver {
            let slices: Vec<&[f32]> = channels.iter().map(Vec::as_slice).collect();
            for writer in self.record.iter_mut().chain(self.songs.get_mut(song)) {
                writer.write(&slices)?;
            }
        }
        Ok(())
    }

    /// Completes all files before the first gets its name, so that a full disk leaves none; the clipped samples of the record,
    /// or of all songs.
    fn finish(self) -> Result<u64, AudioError> {
        let songs = self.songs.into_iter().map(Writer::complete).collect::<Result<Vec<_>, _>>()?;
        let record = self.record.map(Writer::complete).transpose()?;
        let mut clipped = 0;
        for song in songs {
            clipped += song.commit()?.clipped_samples;
        }
        match record {
            Some(record) => Ok(record.commit()?.clipped_samples),
            None => Ok(clipped),
        }
    }
}
