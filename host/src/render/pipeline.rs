//! The plugins of a chain, in a row, and the threads that they work on.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::outcome::{RenderError, StageReport};
use super::stage::{Piece, Stage};
use crate::chain::PreparedChain;
use crate::{HostError, Instance};

/// What a plugin that never falls silent is given as a tail, and the most that any is given, in seconds.
const MAX_TAIL_S: f64 = 30.0;
/// Pieces that may wait between two threads.
const WAITING_PIECES: usize = 3;

/// Why a song stopped on its way: the source or the sink, or a plugin.
#[derive(Debug)]
pub(super) enum Stop {
    Outside(RenderError),
    Plugin(HostError),
}

impl From<HostError> for Stop {
    fn from(error: HostError) -> Self {
        Self::Plugin(error)
    }
}

impl From<RenderError> for Stop {
    fn from(error: RenderError) -> Self {
        Self::Outside(error)
    }
}

/// A stop, and the number of the piece that it came with.
type StopAt = (u64, Box<Stop>);

/// The plugins of a chain at work on one song.
pub(super) struct Pipeline {
    /// Each on the thread that made it; its audio half is in the stage.
    instances: Vec<(Instance, u32)>,
    stages: Vec<Stage>,
    pub(super) latency_samples: u64,
}

impl Pipeline {
    pub(super) fn new(
        chain: &PreparedChain,
        sample_rate_hz: f64,
        channels: usize,
        block: usize,
    ) -> Result<Self, HostError> {
        let mut new = Self { instances: Vec::new(), stages: Vec::new(), latency_samples: 0 };
        for stage in &chain.stages {
            let mut instance = stage.instantiate()?;
            instance.select_layout(channels, false)?;
            // Within MAX_BLOCK.
            instance.activate_settled(sample_rate_hz, block as u32)?;
            let latency = instance.latency_samples();
            new.latency_samples += u64::from(latency);
            let processor = instance.take_processor()?;
            let starts = new.latency_samples;
            new.stages.push(Stage::new(processor, instance.id(), sample_rate_hz, channels, block, starts));
            new.instances.push((instance, latency));
        }
        Ok(new)
    }

    /// Does without the loudness behind the last plugin.
    pub(super) fn leave_last_loudness(&mut self) {
        if let Some(last) = self.stages.last_mut() {
            last.loudness = None;
        }
    }

    /// Runs a song through all plugins; see [`run`].
    pub(super) fn run(
        &mut self,
        is_threaded: bool,
        source: impl FnMut() -> Result<Option<Piece>, Stop>,
        sink: impl FnMut(Piece) -> Result<(), Stop> + Send,
    ) -> Result<(), Stop> {
        run(&mut self.instances, &mut self.stages, is_threaded, source, sink)
    }

    /// Runs a piece through all plugins on this thread. `ends` is the song's length once it is known.
    pub(super) fn process(&mut self, piece: &mut Piece, ends: Option<u64>) -> Result<(), HostError> {
        process(&mut self.instances, &mut self.stages, piece, ends)
    }

    pub(super) fn tail_samples(&mut self, sample_rate_hz: f64) -> u64 {
        let most = (MAX_TAIL_S * sample_rate_hz) as u64;
        self.stages.iter_mut().map(|stage| stage.tail_samples(most)).sum::<u64>().min(most)
    }

    /// What every plugin did. Its loudness in is that of the plugin before, and unknown to the first; so is the last one's
    /// loudness out where it was not measured.
    pub(super) fn finish(mut self, chain: &PreparedChain) -> Result<Vec<StageReport>, HostError> {
        let mut loudness_in = None;
        let mut reports = Vec::with_capacity(self.stages.len());
        for (((instance, latency), stage), about) in self.instances.iter_mut().zip(&mut self.stages).zip(&chain.stages)
        {
            if instance.latency_samples() != *latency {
                // The result would not be aligned: better none.
                return Err(HostError::Create {
                    plugin: about.id.clone(),
                    reason: "it changed its latency during the render".into(),
                });
            }
            let mut change = stage.comparison.finish();
            change.loudness_in_lufs = loudness_in;
            change.loudness_out_lufs = stage.loudness.as_ref().and_then(|meter| meter.integrated_lufs());
            loudness_in = change.loudness_out_lufs;
            reports.push(StageReport {
                uses: about.uses.clone(),
                id: about.id.clone(),
                name: about.name.clone(),
                version: about.version.clone(),
                latency_samples: *latency,
                ns_per_sample: stage.time.as_nanos() as f64 / stage.frames.max(1) as f64,
                change,
            });
        }
        Ok(reports)
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        for ((instance, _), stage) in self.instances.iter_mut().zip(&mut self.stages) {
            if let Some(processor) = stage.processor.take() {
                // It is that instance's own.
                let _ = instance.return_processor(processor);
            }
        }
    }
}

/// Runs a song through plugins: `source` gives its pieces until there is none, `sink` takes what comes of them, in order.
/// All on this thread, or `source` on this thread and every plugin and `sink` on one of its own: what comes out is the same,
/// and so is the error, which is the one that a single thread would have met first.
pub(super) fn run(
    instances: &mut [(Instance, u32)],
    stages: &mut [Stage],
    is_threaded: bool,
    mut source: impl FnMut() -> Result<Option<Piece>, Stop>,
    mut sink: impl FnMut(Piece) -> Result<(), Stop> + Send,
) -> Result<(), Stop> {
    if !is_threaded {
        while let Some(mut piece) = source()? {
            process(instances, stages, &mut piece, None)?;
            sink(piece)?;
        }
        return Ok(());
    }
    let stops = std::thread::scope(|scope| {
        let (first, mut pieces) = sync_channel(WAITING_PIECES);
        let mut workers = Vec::with_capacity(stages.len() + 1);
        for stage in stages {
            let (sender, next) = sync_channel(WAITING_PIECES);
            let pieces = std::mem::replace(&mut pieces, next);
            workers.push(scope.spawn(move || {
                work(&pieces, Some(sender), |mut piece| {
                    stage.process(&mut piece, None)?;
                    Ok(piece)
                })
            }));
        }
        workers.push(scope.spawn(move || {
            work(&pieces, None, |mut piece| {
                sink(std::mem::take(&mut piece))?;
                Ok(piece)
            })
        }));
        let read = feed(&first, || {
            let piece = source();
            pump(instances);
            piece
        });
        // That is the end of the song, for the first worker and then for all.
        drop(first);
        let join = |worker: std::thread::ScopedJoinHandle<'_, _>| {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        // In the order of the chain: of errors with the same piece the first stays.
        std::iter::once(read).chain(workers.into_iter().map(join)).collect::<Vec<Result<(), StopAt>>>()
    });
    pump(instances);
    match stops.into_iter().filter_map(Result::err).min_by_key(|(piece, _)| *piece) {
        Some((_, stop)) => Err(*stop),
        None => Ok(()),
    }
}

/// Runs a piece through plugins on this thread.
fn process(
    instances: &mut [(Instance, u32)],
    stages: &mut [Stage],
    piece: &mut Piece,
    ends: Option<u64>,
) -> Result<(), HostError> {
    for ((instance, _), stage) in instances.iter_mut().zip(stages) {
        stage.process(piece, ends)?;
        instance.pump_main_thread();
    }
    Ok(())
}

/// Does what plugins have asked their main thread for.
fn pump(instances: &mut [(Instance, u32)]) {
    for (instance, _) in instances {
        instance.pump_main_thread();
    }
}

/// Hands pieces on until there is none, or nobody takes them: whoever stopped tells why.
fn feed(next: &SyncSender<Piece>, mut source: impl FnMut() -> Result<Option<Piece>, Stop>) -> Result<(), StopAt> {
    let mut number = 0;
    while let Some(piece) = source().map_err(|stop| (number, Box::new(stop)))? {
        if next.send(piece).is_err() {
            break;
        }
        number += 1;
    }
    Ok(())
}

/// Takes pieces until there is none, and hands on what comes of them, if anybody is to get it.
fn work(
    pieces: &Receiver<Piece>,
    next: Option<SyncSender<Piece>>,
    mut process: impl FnMut(Piece) -> Result<Piece, Stop>,
) -> Result<(), StopAt> {
    for (number, piece) in (0..).zip(pieces) {
        let piece = process(piece).map_err(|stop| (number, Box::new(stop)))?;
        if next.as_ref().is_some_and(|next| next.send(piece).is_err()) {
            break;
        }
    }
    Ok(())
}
