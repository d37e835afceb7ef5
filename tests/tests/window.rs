//! The plugin's window under a real X server, with a host that is a plain X11 window: what the audio thread does while a
//! person uses it, and whose keys are whose.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use testkit::desktop::{Daw, Server};
use testkit::{Plugin, alloc, seccomp};

const BLOCK: usize = 256;

/// One test: the X server and the environment are the program's.
#[test]
fn the_window_of_glue_leaves_the_audio_thread_and_the_hosts_keys_alone() {
    let _server = Server::start();
    let daw = Daw::open();
    let bundle = host::Bundle::load(Plugin::Glue.clap()).expect("a bundle");
    let id = bundle.plugins()[0].id.clone();
    let mut instance = host::Instance::new(&bundle, &id).expect("an instance");
    instance.select_layout(2, false).expect("stereo");
    instance.activate_settled(48_000.0, BLOCK as u32).expect("active");
    let before: Vec<Option<f64>> = values(&mut instance);
    let mut processor = instance.take_processor().expect("a processor");

    let programme: Vec<f32> = (0..BLOCK).map(|n| 0.5 * (n as f32 * 0.1963).sin()).collect();
    let (mut left, mut right) = (vec![0.0; BLOCK], vec![0.0; BLOCK]);
    let (stop, failures, blocks) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let mut block = || {
        let result = processor.process(&[&programme, &programme], None, &mut [&mut left, &mut right], &[]);
        failures.fetch_add(u64::from(result.is_err()), Ordering::Relaxed);
        blocks.fetch_add(1, Ordering::Relaxed);
    };
    let space = daw.space();

    // Once under the trap: no system call.
    let mut trapped_job = || {
        while !stop.load(Ordering::Acquire) {
            block();
            // About real time, without asking the system for sleep.
            for _ in 0..200_000 {
                std::hint::spin_loop();
            }
        }
    };
    let mut lent = Lent(&mut trapped_job);
    let mut keys = Vec::new();
    let calls = seccomp::trapped(&mut || lent.run(), || {
        keys = use_window(&mut instance, &daw, space, &blocks);
        stop.store(true, Ordering::Release);
    });
    let trapped_blocks = blocks.swap(0, Ordering::Relaxed);

    // And once under the counter: no use of the heap. (Not both at once: the counter looks up who allocated.)
    stop.store(false, Ordering::Release);
    let mut heap = Vec::new();
    let mut counted_job = || {
        while !stop.load(Ordering::Acquire) {
            let is_first = blocks.load(Ordering::Relaxed) == 0;
            let ((), tally) = alloc::count(&mut block);
            // What the framework does once in a thread's life is counted and named in realtime.rs.
            if !is_first && !tally.is_clean() && heap.len() < 8 {
                heap.push(tally.describe());
            }
            std::thread::sleep(Duration::from_millis(4));
        }
    };
    let mut lent = Lent(&mut counted_job);
    std::thread::scope(|scope| {
        scope.spawn(move || lent.run());
        use_window(&mut instance, &daw, space, &blocks);
        stop.store(true, Ordering::Release);
    });

    instance.return_processor(processor).expect("this instance's");
    assert!(trapped_blocks > 100 && blocks.load(Ordering::Relaxed) > 100, "audio ran beside the window");
    assert_eq!(failures.load(Ordering::Relaxed), 0, "process failed");
    assert!(calls.is_empty(), "{}", calls.describe());
    assert_eq!(heap, Vec::<String>::new(), "blocks that used the heap");
    let after = values(&mut instance);
    let moved = before.iter().zip(&after).filter(|(before, after)| before != after).count();
    assert!(moved > 0, "nothing moved");
    let events = instance.drain_output_events();
    // Some are dragged there and back, so what was touched is what counts.
    let touched: BTreeSet<u32> = events
        .iter()
        .filter_map(|event| match event {
            host::OutputEvent::Value { param_id, .. } => Some(*param_id),
            _ => None,
        })
        .collect();
    assert!(touched.len() >= 8, "the drags touched {} parameters", touched.len());
    let count = |wanted: fn(&host::OutputEvent) -> bool| events.iter().filter(|event| wanted(event)).count();
    let begun = count(|event| matches!(event, host::OutputEvent::GestureBegin { .. }));
    let ended = count(|event| matches!(event, host::OutputEvent::GestureEnd { .. }));
    println!(
        "{} parameters touched, {moved} moved by {begun} gestures over {trapped_blocks} trapped blocks",
        touched.len()
    );
    assert_eq!(begun, ended, "every gesture ends");
    assert_eq!(keys, [(space, true), (space, false)], "Space reaches the host, once");
}

/// Lends a job to the one thread that runs it.
struct Lent<T>(T);
// SAFETY: only ever given to a thread that is joined before the owner touches anything the job borrows.
unsafe impl<T> Send for Lent<T> {}
impl<T: FnMut()> Lent<T> {
    fn run(&mut self) {
        (self.0)();
    }
}

/// Opens the window, drags wherever a control may be, presses Space, and closes it. Returns the keys that came to the DAW.
fn use_window(instance: &mut host::Instance, daw: &Daw, space: u8, blocks: &AtomicU64) -> Vec<(u8, bool)> {
    // On its first block in a thread the framework registers a thread-local under the C library's loader lock. Nobody holds
    // that lock now; a window that opens at that moment would, and the audio thread would wait for it. That is nice-plug's
    // (its state channel is crossbeam's), it happens once in a thread's life, and this test begins after it.
    let end = Instant::now() + Duration::from_secs(20);
    while blocks.load(Ordering::Relaxed) < 10 && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(1));
    }
    instance.open_window(daw.window.into()).expect("a window");
    let end = Instant::now() + Duration::from_millis(1500);
    while Instant::now() < end {
        instance.pump_main_thread();
        std::thread::sleep(Duration::from_millis(5));
    }
    // The rows of knobs, choices and switches, and the pictures above them.
    for y in [130, 338, 436] {
        for x in (24..800).step_by(46) {
            daw.drag(x, y);
            instance.pump_main_thread();
        }
    }
    // The choices: rows of words on top of each other, some of each.
    for (y, xs) in [(314, [173, 242]), (342, [168, 310]), (370, [168, 258]), (424, [178, 512]), (452, [238, 512])] {
        for x in xs {
            daw.click(x, y);
            instance.pump_main_thread();
        }
    }
    // A click on the needle gives the window the keyboard; Space is the host's all the same.
    daw.drag(300, 150);
    daw.forget();
    daw.press(space);
    let keys = daw.keys();
    instance.pump_main_thread();
    instance.close_window();
    keys
}

fn values(instance: &mut host::Instance) -> Vec<Option<f64>> {
    let ids: Vec<u32> = instance.params().iter().map(|param| param.id).collect();
    ids.into_iter().map(|id| instance.value(id)).collect()
}
