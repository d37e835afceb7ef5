//! One plugin at work on a song.

use std::collections::VecDeque;
use std::time::Duration;

use shared_dsp::loudness::LoudnessMeter;

use super::thread_time;
use crate::readings::{Comparison, Windows};
use crate::{HostError, Processor, Tail};

/// Some blocks of a song on their way along the chain.
#[derive(Debug, Default)]
pub(super) struct Piece {
    /// A vector a channel, all of one length.
    pub(super) channels: Vec<Vec<f32>>,
    /// The powers of the song's windows that ended in this piece, as it is now.
    pub(super) powers: Vec<f64>,
}

/// The audio half of a plugin, and what it does to its programme. Runs on one thread at a time, any.
pub(super) struct Stage {
    /// `None` once it was given back.
    pub(super) processor: Option<Processor>,
    /// The plugin's CLAP id.
    id: String,
    block_frames: usize,
    /// Where, in its output, the song begins.
    starts: u64,
    output: Vec<Vec<f32>>,
    windows: Windows,
    /// Powers of windows of the input whose output is still to come.
    waiting: VecDeque<f64>,
    pub(super) comparison: Comparison,
    /// What the song reads behind this plugin; `None` behind the last one, where the caller reads it.
    pub(super) loudness: Option<LoudnessMeter>,
    pub(super) time: Duration,
    pub(super) frames: u64,
}

impl Stage {
    pub(super) fn new(
        processor: Processor,
        id: &str,
        sample_rate_hz: f64,
        channels: usize,
        block_frames: usize,
        starts: u64,
    ) -> Self {
        Self {
            processor: Some(processor),
            id: id.into(),
            block_frames,
            starts,
            output: vec![Vec::new(); channels],
            windows: Windows::new(sample_rate_hz, channels),
            waiting: VecDeque::new(),
            comparison: Comparison::new(sample_rate_hz, channels),
            loudness: Some(LoudnessMeter::new(sample_rate_hz)),
            time: Duration::ZERO,
            frames: 0,
        }
    }

    /// Runs a piece through the plugin in place, in blocks. `ends` is the song's length once it is known.
    ///
    /// # Errors
    ///
    /// [`HostError::Process`] and [`HostError::NotFinite`].
    pub(super) fn process(&mut self, piece: &mut Piece, ends: Option<u64>) -> Result<(), HostError> {
        let frames = piece.channels.first().map_or(0, Vec::len);
        let processor = self.processor.as_mut().ok_or(HostError::NotActive)?;
        self.output.iter_mut().for_each(|channel| channel.resize(frames, 0.0));
        let started = thread_time::now();
        for start in (0..frames).step_by(self.block_frames) {
            let end = (start + self.block_frames).min(frames);
            let inputs: Vec<&[f32]> = piece.channels.iter().map(|channel| &channel[start..end]).collect();
            let mut outputs: Vec<&mut [f32]> = self.output.iter_mut().map(|channel| &mut channel[start..end]).collect();
            processor.process(&inputs, None, &mut outputs, &[])?;
        }
        self.time += thread_time::now().saturating_sub(started);
        self.check()?;
        std::mem::swap(&mut piece.channels, &mut self.output);
        // Frames of this piece, counted in it, that are the song's.
        let within = |at: u64| (at.clamp(self.frames, self.frames + frames as u64) - self.frames) as usize;
        let start = within(self.starts);
        let end = ends.map_or(frames, |length| within(self.starts + length));
        self.frames += frames as u64;
        self.waiting.extend(piece.powers.drain(..));
        if start < end {
            let song: Vec<&[f32]> = piece.channels.iter().map(|channel| &channel[start..end]).collect();
            self.windows.push(&song, &mut piece.powers);
            if let (Some(meter), [left, rest @ ..]) = (&mut self.loudness, song.as_slice()) {
                meter.process(left, rest.first().copied());
            }
        }
        for &after in &piece.powers {
            // A window ends behind the plugin no sooner than before it.
            if let Some(before) = self.waiting.pop_front() {
                self.comparison.push(before, after);
            }
        }
        Ok(())
    }

    /// Caught here it is the plugin's failure; in the writer it would look like the file's.
    fn check(&self) -> Result<(), HostError> {
        // Without a way out of the loop, so that it becomes vector code.
        let is_clean = |channel: &Vec<f32>| channel.iter().fold(true, |clean, sample| clean & sample.is_finite());
        if self.output.iter().all(is_clean) {
            return Ok(());
        }
        let first = |channel: &Vec<f32>| channel.iter().position(|sample| !sample.is_finite());
        let at = self.output.iter().filter_map(first).min().unwrap_or(0);
        Err(HostError::NotFinite { plugin: self.id.clone(), frame: self.frames + at as u64 })
    }

    /// The tail that the plugin reports now, at most `most` samples.
    pub(super) fn tail_samples(&mut self, most: u64) -> u64 {
        match self.processor.as_mut().map(Processor::tail) {
            Some(Tail::Samples(samples)) => u64::from(samples),
            Some(Tail::Infinite) => most,
            None => 0,
        }
    }
}
