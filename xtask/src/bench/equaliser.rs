//! EQ beside a plain cascade of the same size, and its worst blocks.

use std::sync::Arc;
use std::time::Instant;

use host::{Bundle, Instance, ParamEvent};

use super::work::{SAMPLE_RATE_HZ, at_work};
use super::{BLOCKS, Cost, measure, median};

const PHASES: [&str; 3] = ["Minimum", "Natural", "Linear"];
/// Frames of the blocks that are timed one by one.
const BLOCK: usize = 64;
/// Blocks of a round: as many as bring every partition of the longest kernel to the same place again.
const ROUND: usize = 1536;
/// What a block costs without others is the quickest of so many rounds.
const ROUNDS: usize = 12;

/// So many bells, each moving by its level or none.
fn bells(count: usize, is_dynamic: bool, phase: &str) -> Vec<(String, String)> {
    let mut settings = vec![("phase".to_owned(), phase.to_owned())];
    for band in 1..=count {
        let mut set = |key: &str, text: &str| settings.push((format!("band{band}_{key}"), text.to_owned()));
        set("shape", "Bell");
        set("gain", if band % 2 == 1 { "-1.2 dB" } else { "1.5 dB" });
        if is_dynamic {
            set("dynamic", "On");
            set("threshold", "-40 dB");
            set("range", "-2 dB");
        }
    }
    settings
}

fn instance(bundle: &Arc<Bundle>, id: &str, settings: &[(String, String)], block: usize) -> anyhow::Result<Instance> {
    let settings: Vec<_> = settings.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
    at_work(bundle, id, &settings, block)
}

/// Prints what bands cost beside as many direct forms, and how much more than others the worst block costs.
pub(super) fn print(bundle: &Arc<Bundle>, id: &str, pass: &[Vec<f32>; 2]) -> anyhow::Result<()> {
    println!("\nEQ beside a cascade of as many biquads (transposed direct form II, f64, stereo), in turn");
    println!("  {:<20} {:<8} {:>6} {:>10} {:>10} {:>7}", "bands", "phase", "block", "ns/frame", "cascade", "ratio");
    for (count, is_dynamic) in [(8, false), (12, false), (12, true)] {
        for (phase, block) in PHASES.iter().flat_map(|phase| BLOCKS.map(|block| (*phase, block))) {
            let mut instance = instance(bundle, id, &bells(count, is_dynamic, phase), block)?;
            let processor = instance.take_processor()?;
            let mut processors = [processor];
            let measured = measure(&mut processors, pass, block, count);
            let [processor] = processors;
            instance.return_processor(processor)?;
            let Cost { plugins_ns, baseline_ns } = measured?;
            let name = format!("{count}{}", if is_dynamic { ", all dynamic" } else { "" });
            println!(
                "  {name:<20} {phase:<8} {block:>6} {:>10.1} {baseline_ns:>10.1} {:>7.2}",
                plugins_ns[0],
                plugins_ns[0] / baseline_ns
            );
        }
    }
    let deadline_us = 1e6 * BLOCK as f64 / f64::from(SAMPLE_RATE_HZ);
    println!(
        "\nblocks of {BLOCK}, deadline {deadline_us:.0} us: the quickest of {ROUNDS} rounds for each, and of these"
    );
    for phase in ["Minimum", "Natural"] {
        let [median_us, worst_us] = blocks_us(bundle, id, phase, true, pass)?;
        println!(
            "  {phase:<8} 12 bells, all sweeping: median {median_us:>6.1} us, worst {worst_us:>6.1} us, x{:.2}",
            worst_us / median_us
        );
    }
    let [median_us, worst_us] = blocks_us(bundle, id, "Linear", false, pass)?;
    println!(
        "  Linear   12 bells at rest: median {median_us:>6.1} us, worst {worst_us:>6.1} us, {:.1} % of the deadline",
        100.0 * worst_us / deadline_us
    );
    Ok(())
}

/// The median and the worst block, us.
fn blocks_us(
    bundle: &Arc<Bundle>,
    id: &str,
    phase: &str,
    is_sweeping: bool,
    pass: &[Vec<f32>; 2],
) -> anyhow::Result<[f64; 2]> {
    let mut instance = instance(bundle, id, &bells(12, false, phase), BLOCK)?;
    let swept: Vec<_> = instance
        .params()
        .iter()
        .filter(|param| is_sweeping && param.key.starts_with("band"))
        .filter(|param| ["_frequency", "_gain", "_q"].iter().any(|end| param.key.ends_with(end)))
        .map(|param| (param.id, param.min, param.max))
        .collect();
    let mut processor = instance.take_processor()?;
    let mut quickest_us = vec![f64::INFINITY; ROUND];
    let (mut left, mut right) = ([0.0_f32; BLOCK], [0.0_f32; BLOCK]);
    let places = pass[0].len() / BLOCK;
    let mut result = Ok(());
    // The first round warms caches and is not counted.
    'all: for round in 0..=ROUNDS {
        for (number, quickest_us) in quickest_us.iter_mut().enumerate() {
            let at = number % places * BLOCK;
            let input = [&pass[0][at..at + BLOCK], &pass[1][at..at + BLOCK]];
            // There and back within a round, so that one begins where the last has ended.
            let share = 0.5 - 0.4 * (std::f64::consts::TAU * number as f64 / ROUND as f64).cos();
            let event = |&(param_id, min, max): &(u32, f64, f64)| ParamEvent {
                frame: 0,
                param_id,
                value: min + (max - min) * share,
            };
            let events: Vec<_> = swept.iter().map(event).collect();
            let start = Instant::now();
            result = processor.process(&input, None, &mut [&mut left, &mut right], &events).map(drop);
            let us = 1e6 * start.elapsed().as_secs_f64();
            if result.is_err() {
                break 'all;
            }
            if round > 0 {
                *quickest_us = quickest_us.min(us);
            }
        }
    }
    instance.return_processor(processor)?;
    result?;
    let worst_us = quickest_us.iter().copied().fold(0.0, f64::max);
    Ok([median(quickest_us), worst_us])
}
