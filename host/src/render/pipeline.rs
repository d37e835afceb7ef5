//! The plugins of a chain at work on one song.

use std::time::{Duration, Instant};

use super::StageReport;
use crate::chain::PreparedChain;
use crate::readings::Comparison;
use crate::{HostError, Instance, Tail};

/// What a plugin that never falls silent is given as a tail, and the most that any is given, in seconds.
const MAX_TAIL_S: f64 = 30.0;

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
pub(super) struct Pipeline {
    running: Vec<Running>,
    output: Vec<Vec<f32>>,
    pub(super) latency_samples: u64,
    position: u64,
}

impl Pipeline {
    pub(super) fn new(
        chain: &PreparedChain,
        sample_rate_hz: f64,
        channels: usize,
        block: usize,
    ) -> Result<Self, HostError> {
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
    pub(super) fn process(&mut self, block: &mut Vec<Vec<f32>>, ends: Option<u64>) -> Result<(), HostError> {
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

    pub(super) fn tail_samples(&mut self, sample_rate_hz: f64) -> u64 {
        let most = (MAX_TAIL_S * sample_rate_hz) as u64;
        let tails = self.running.iter_mut().map(|stage| match stage.instance.tail() {
            Ok(Tail::Samples(samples)) => u64::from(samples),
            Ok(Tail::Infinite) => most,
            Err(_) => 0,
        });
        tails.sum::<u64>().min(most)
    }

    pub(super) fn finish(self, chain: &PreparedChain) -> Result<Vec<StageReport>, HostError> {
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
