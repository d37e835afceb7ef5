//! What it costs a plugin that somebody listens to its tap.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use host::{Bundle, Instance};
use shared_taps::{Block, Catalogue, Folder, Listener, State};

use super::work::{Settings, at_work};
use super::{BLOCKS, Cost, measure};

/// Prints the cost of one instance that nobody listens to and of one that is listened to, in turn.
pub(super) fn print(bundle: &Arc<Bundle>, id: &str, settings: Settings, pass: &[Vec<f32>; 2]) -> anyhow::Result<()> {
    for block in BLOCKS {
        let mut instances = [at_work(bundle, id, settings, block)?, at_work(bundle, id, settings, block)?];
        let track = format!("bench {}", std::process::id());
        instances[1].set_track(&track);
        let listener = match listen(&track) {
            Ok(listener) => listener,
            Err(error) => {
                println!("  not measured: {error:#}");
                return Ok(());
            }
        };
        let mut reader = listener.reader().context("no ring")?;
        let mut processors = instances.iter_mut().map(Instance::take_processor).collect::<Result<Vec<_>, _>>()?;
        let measured = measure(&mut processors, pass, block, 2);
        for (instance, processor) in instances.iter_mut().zip(processors) {
            instance.return_processor(processor)?;
        }
        let Cost { plugins_ns, .. } = measured?;
        reader.read(&mut Block::default());
        ensure!(reader.lost_blocks() > 0 || reader.waiting_blocks() > 0, "nothing was published");
        let [alone_ns, heard_ns] = [plugins_ns[0], plugins_ns[1]];
        println!(
            "  block {block:>4}: nobody {alone_ns:>6.1} ns/frame, listened to {heard_ns:>6.1}, {:>+5.1} ns, x{:.3}",
            heard_ns - alone_ns,
            heard_ns / alone_ns
        );
    }
    Ok(())
}

/// Listens to the one instance on this track.
fn listen(track: &str) -> anyhow::Result<Listener> {
    let mut catalogue = Catalogue::new(Folder::of_user()?);
    let mut listener = None;
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) {
        if listener.is_none() {
            let tap = catalogue.refresh().iter().find(|tap| tap.track == track);
            listener = tap.map(|tap| tap.id).map(|id| catalogue.listen(id)).transpose()?;
        }
        if let Some(mut found) = listener.take() {
            if found.poll()? == State::Listening {
                return Ok(found);
            }
            listener = Some(found);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    None.context("no tap within ten seconds")
}
