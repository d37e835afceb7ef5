//! Many instances of a plugin in turn, as a mix with one on every track runs them: what one of them has in the caches, the
//! others drive out.

use std::sync::Arc;
use std::time::Instant;

use host::{Bundle, Instance, Processor};

use super::work::{Settings, at_work};

/// How many instances.
pub(super) const SIZES: [usize; 2] = [1, 100];
/// Frames of a block: a small buffer, where what is kept between blocks counts most.
pub(super) const BLOCK: usize = 64;
/// Blocks of each instance in one pass, and passes; the quickest counts.
const BLOCKS: usize = 20;
const PASSES: usize = 15;

/// Nanoseconds a frame of one of so many instances, in the plugin's default quality.
pub(super) fn measure(
    bundle: &Arc<Bundle>,
    id: &str,
    settings: Settings,
    count: usize,
    music: &[Vec<f32>; 2],
) -> anyhow::Result<f64> {
    let mut instances = Vec::with_capacity(count);
    for _ in 0..count {
        instances.push(at_work(bundle, id, settings, BLOCK)?);
    }
    let mut processors = instances.iter_mut().map(Instance::take_processor).collect::<Result<Vec<_>, _>>()?;
    let measured = quickest(&mut processors, music);
    for (instance, processor) in instances.iter_mut().zip(processors) {
        instance.return_processor(processor)?;
    }
    measured
}

fn quickest(processors: &mut [Processor], music: &[Vec<f32>; 2]) -> anyhow::Result<f64> {
    let (mut left, mut right) = ([0.0_f32; BLOCK], [0.0_f32; BLOCK]);
    let mut quickest_ns = f64::INFINITY;
    let blocks = music[0].len() / BLOCK;
    // One instance has as many blocks in a pass as a hundred have, so that its passes last as long.
    let rounds = BLOCKS * SIZES[1] / processors.len();
    for pass in 0..PASSES {
        let start = Instant::now();
        for round in 0..rounds {
            let at = (pass * rounds + round) % blocks * BLOCK;
            let input = [&music[0][at..at + BLOCK], &music[1][at..at + BLOCK]];
            for processor in &mut *processors {
                processor.process(&input, None, &mut [&mut left, &mut right], &[])?;
            }
        }
        let frames = rounds * processors.len() * BLOCK;
        quickest_ns = quickest_ns.min(start.elapsed().as_nanos() as f64 / frames as f64);
    }
    Ok(quickest_ns)
}
