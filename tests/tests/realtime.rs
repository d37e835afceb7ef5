//! Real time: `process` allocates nothing in either format, and makes no system call, listened to from elsewhere or not.

use std::sync::atomic::{AtomicBool, Ordering};

use testkit::alloc::count;
use testkit::seccomp::trapped;
use testkit::signals::{Audio, Random, noise};
use testkit::taps::Ear;
use testkit::vst3_host;
use testkit::{Event, Format, Plugin, Rig, rig};

/// What every plugin may be asked for on the audio thread while it runs, by key, beside its own automation.
const MOVES: &[(&str, &[&str])] = &[
    ("bypass", &["On", "Off"]),
    ("input", &["-6", "0"]),
    ("output", &["-3", "0"]),
    ("mix", &["40", "100"]),
    ("quality", &["Off", "Live", "Standard", "High", "Standard"]),
    ("render_quality", &["High", "Same as playback"]),
];

/// Events that move every parameter of the plugin again and again, at seeded frames, to its extremes and steps.
fn storm(rig: &mut Rig, frames: usize) -> Vec<Event> {
    let mut random = Random::new(11);
    let params = rig.params();
    let is_clap = rig.format() == Format::Clap;
    (0..frames / 97)
        .map(|n| {
            let param = &params[n % params.len()];
            let steps = f64::from(param.steps.max(1));
            let share =
                if param.steps > 0 { random.below(param.steps as usize + 1) as f64 / steps } else { random.unit() };
            Event { frame: n * 97, id: param.id, value: if is_clap { share * steps } else { share } }
        })
        .collect()
}

/// Two seconds that hold everything a track may carry: programme, silence, denormals, non-finite and huge values.
fn hard_input(frames: usize) -> Audio {
    let mut audio = vec![noise(1, -6.0, frames), noise(2, -6.0, frames)];
    for channel in &mut audio {
        let tenth = frames / 10;
        channel[tenth..2 * tenth].fill(0.0);
        channel[2 * tenth..3 * tenth].iter_mut().for_each(|x| *x *= 1e-38);
        channel[3 * tenth] = f32::NAN;
        channel[3 * tenth + 1] = f32::INFINITY;
        channel[3 * tenth + 2] = f32::NEG_INFINITY;
        channel[4 * tenth..4 * tenth + 50].fill(1e20);
    }
    audio
}

/// Runs on a thread of its own, as audio does in a DAW: the thread that made the plugin is its main thread.
fn on_audio_thread<R: Send>(job: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| scope.spawn(job).join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
}

/// A rig may change threads between calls; its COM and CLAP pointers are only used by one at a time.
struct Moved<'a>(&'a mut Rig);
// SAFETY: the owner waits while the other thread uses the rig.
unsafe impl Send for Moved<'_> {}

impl Moved<'_> {
    fn rig(&mut self) -> &mut Rig {
        self.0
    }
}

fn nothing_is_allocated(plugin: Plugin, format: Format) {
    let frames = 96_000;
    rig::load_all();
    let mut rig = Rig::ready(plugin, format, 48_000.0, &[]);
    let track = format!("heap {format:?} {} {}", plugin.name(), std::process::id());
    rig.track(&track);
    // A ring is on its way when the first block comes.
    let mut ear = Ear::on(&track);
    // The first block changes a parameter, so that everything that happens once a thread happens in it.
    let mut events = vec![rig.event(0, "output", "-1")];
    events.extend(storm(&mut rig, frames));
    let input = hard_input(frames);
    let blocks = [64, 1, 333, 512, 8192, 7];
    let mut moved = Moved(&mut rig);
    let tallies = on_audio_thread(|| {
        let rig = moved.rig();
        rig.watch_heap();
        rig.run_with(&input, None, &events, &blocks);
        rig.take_tallies()
    });
    assert!(!ear.blocks().is_empty(), "it was listened to");
    // Permits, each listed, both once in a thread's life. In VST3, nice-plug asks at the first parameter change whether this is
    // the main thread (`thread::current`): glibc then gives the thread the bundle's block of thread-local variables
    // (`__tls_get_addr`), and std makes the thread's handle. In CLAP the host answers that question: none.
    let permits = match format {
        Format::Clap => 0,
        Format::Vst3 => 2,
    };
    let (first, rest) = tallies.split_first().expect("blocks were run");
    assert!(
        first.allocations <= permits && first.frees == 0,
        "{plugin:?} {format:?}, first block on a new thread: {}",
        first.describe()
    );
    for (number, tally) in rest.iter().enumerate() {
        assert!(tally.is_clean(), "{plugin:?} {format:?}, block {}: {}", number + 1, tally.describe());
    }
    println!(
        "{plugin:?} {format:?}: {} blocks, first block {} allocations, then none",
        tallies.len(),
        first.allocations
    );
}

#[test]
fn the_counter_sees_this_program_allocate() {
    let (kept, tally) = count(|| std::hint::black_box(Box::new(7_u64)));
    assert_eq!((tally.allocations, tally.frees), (1, 0), "{}", tally.describe());
    let ((), tally) = count(|| drop(std::hint::black_box(kept)));
    assert_eq!((tally.allocations, tally.frees), (0, 1), "{}", tally.describe());
    let ((), tally) = count(|| drop(std::hint::black_box(vec![0_u8; 100])));
    assert_eq!((tally.allocations, tally.frees), (1, 1), "{}", tally.describe());
    let ((), tally) = count(|| {});
    assert!(tally.is_clean());
}

#[test]
fn the_counter_sees_a_bundle_allocate() {
    // GetPluginFactory makes the bundle's factory object, on the heap, with the bundle's own allocator.
    let get = rig::module(Plugin::Trivial).get_plugin_factory();
    // SAFETY: the specification's entry point, without arguments. The object is leaked: it is small.
    let (factory, tally) = count(|| unsafe { get() });
    assert!(!factory.is_null());
    assert!(tally.allocations > 0, "an allocation inside a bundle went unseen");
    let text = tally.describe();
    assert!(text.contains("Twobus Trivial.so"), "the origin is told: {text}");
}

#[test]
fn the_trap_sees_a_system_call() {
    let calls = trapped(
        &mut || {
            // SAFETY: a call without arguments or effects.
            let result = unsafe { libc::syscall(libc::SYS_getppid) };
            assert_eq!(result, -1);
            // A std call, to see that nothing is hidden by a library: a futex that nobody waits for.
            std::thread::yield_now();
        },
        || {},
    );
    assert_eq!(calls.numbers, [libc::SYS_getppid, libc::SYS_sched_yield]);
    assert!(calls.describe().contains("realtime"), "the origin is told: {}", calls.describe());
    assert!(trapped(&mut || {}, || {}).is_empty(), "a thread that does nothing makes no call");
}

fn system_calls(plugin: Plugin, watch_state: bool) {
    let mut rig = Rig::open(plugin, Format::Clap);
    rig.activate(48_000.0, 512);
    // Once with a listener who goes in the middle, once with none.
    let track = format!("calls {} {}", plugin.name(), std::process::id());
    rig.track(&track);
    let mut ear = (!watch_state).then(|| Ear::on(&track));
    let mut heard_blocks = 0;
    // Every move in turn, then everything at once at random.
    let mut events: Vec<Event> = Vec::new();
    let common = MOVES
        .iter()
        .filter(|(key, _)| plugin.has(key))
        .flat_map(|(key, texts)| texts.iter().map(move |text| (*key, *text)));
    for (key, text) in common.chain(plugin.case().automation.iter().copied()) {
        let frame = events.len() * 512;
        events.push(rig.event(frame, key, text));
    }
    let calm = events.len() * 512;
    let frames = calm + 96_000;
    events.extend(storm(&mut rig, 96_000).into_iter().map(|event| Event { frame: event.frame + calm, ..event }));

    let input = hard_input(frames);
    let blocks: Vec<(usize, Vec<host::ParamEvent>)> = (0..frames / 512)
        .map(|block| {
            let start = block * 512;
            let of_block = events.iter().filter(|event| (start..start + 512).contains(&event.frame));
            let events = of_block
                .map(|event| host::ParamEvent {
                    frame: (event.frame - start) as u32,
                    param_id: event.id,
                    value: event.value,
                })
                .collect();
            (start, events)
        })
        .collect();
    let state = rig.save();
    let clap = rig.clap().expect("a CLAP rig");
    let mut processor = clap.take_processor().expect("an active processor");
    let mut outputs = [vec![0.0_f32; 512], vec![0.0_f32; 512]];
    let failed = AtomicBool::new(false);
    let done = AtomicBool::new(false);

    let mut job = || {
        for (start, events) in &blocks {
            let range = *start..*start + 512;
            let [left, right] = &mut outputs;
            let result =
                processor.process(&[&input[0][range.clone()], &input[1][range]], None, &mut [left, right], events);
            if result.is_err() {
                failed.store(true, Ordering::Relaxed);
            }
        }
        processor.reset();
        done.store(true, Ordering::Release);
    };
    let mut lent = Lent(&mut job);
    let calls = trapped(&mut || lent.run(), || {
        // What a person does meanwhile: saves, loads a preset of the host's, lets the plugin's main thread run.
        while !done.load(Ordering::Acquire) {
            heard_blocks += ear.as_mut().map_or(0, |ear| ear.blocks().len());
            if heard_blocks > 200 {
                ear = None;
            }
            if watch_state {
                clap.load_state(&state).expect("its own state");
                clap.save_state().expect("a state");
            }
            clap.pump_main_thread();
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    });
    heard_blocks += ear.as_mut().map_or(0, |ear| ear.blocks().len());
    assert!(watch_state || heard_blocks > 200, "it was listened to: {heard_blocks} blocks");
    assert!(!failed.load(Ordering::Relaxed), "process failed");
    assert_eq!(clap.audio_log_lines(), 0, "process logged");
    clap.return_processor(processor).expect("the processor is this instance's");
    assert!(calls.is_empty(), "{plugin:?}: {}", calls.describe());
}

fn no_system_call_is_made(plugin: Plugin, format: Format) {
    rig::load_all();
    match format {
        Format::Clap => [false, true].into_iter().for_each(|watch_state| system_calls(plugin, watch_state)),
        Format::Vst3 => system_calls_in_vst3(plugin),
    }
}

/// Lends a job to the one thread that runs it.
struct Lent<T>(T);
// SAFETY: only ever given to the trapped thread, which is joined before the owner touches anything the job borrows.
unsafe impl<T> Send for Lent<T> {}
impl<T: FnMut()> Lent<T> {
    fn run(&mut self) {
        (self.0)();
    }
}

/// Through VST3 the framework posts a task when a value changes, and waking its thread is a system call: values stand still.
fn system_calls_in_vst3(plugin: Plugin) {
    let module = vst3_host::Module::load(&plugin.vst3()).expect("a module");
    let class = module.classes().into_iter().next().expect("a class");
    let mut instance = vst3_host::Instance::new(&module, &class.cid).expect("an instance");
    assert!(instance.set_layout(2, plugin.case().has_sidechain), "stereo");
    instance.activate(48_000.0, 512).expect("active");
    let track = format!("calls in VST3 {} {}", plugin.name(), std::process::id());
    assert!(instance.set_track(&track));
    let mut ear = Ear::on(&track);
    let input = hard_input(512);
    let inputs: Vec<&[f32]> = input.iter().map(Vec::as_slice).collect();
    instance.prepare(&inputs, None, &[]);
    let mut failures = 0;
    let mut job = || {
        for block in 0..400 {
            // Every length, as a host cuts its blocks.
            failures += u32::from(!instance.process([512, 1, 64, 333][block % 4]));
        }
    };
    let mut lent = Lent(&mut job);
    let calls = trapped(&mut || lent.run(), || {});
    assert!(!ear.blocks().is_empty(), "it was listened to");
    assert_eq!(failures, 0, "process failed");
    assert!(calls.is_empty(), "{plugin:?}: {}", calls.describe());
}

testkit::everywhere!(no_system_call_is_made, nothing_is_allocated);
