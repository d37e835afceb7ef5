//! The plugin's window under a real X server, with a host that is a plain X11 window: what the audio thread does while a
//! person uses it, and whose keys are whose.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use suite_tests::{Plugin, alloc, seccomp};
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, ConnectionExt as _, CreateWindowAux, EventMask, KEY_PRESS_EVENT,
    KEY_RELEASE_EVENT, MOTION_NOTIFY_EVENT, WindowClass,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

const BLOCK: usize = 256;
/// XK_space of X11/keysymdef.h.
const SPACE_KEYSYM: u32 = 0x20;

/// An X server of the test's own, gone when it is dropped.
struct Server {
    process: Child,
    /// Threads of this program before any window was opened.
    threads: usize,
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

impl Server {
    fn start() -> Self {
        let mut process = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb (cargo xtask test installs it)");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("a pipe")).read_line(&mut line).expect("Xvfb's display");
        // SAFETY: called first thing in a program with one test, before any thread that reads the environment.
        unsafe { std::env::set_var("DISPLAY", format!(":{}", line.trim())) };
        Self { process, threads: threads() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A window's thread takes its leave from the server after the window was closed, and Xlib ends the program when the
        // server is gone first.
        let end = Instant::now() + Duration::from_secs(10);
        while threads() > self.threads + 1 && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(50));
        }
        std::thread::sleep(Duration::from_millis(500));
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The DAW: a window that gets the keys nobody else wants.
struct Daw {
    connection: RustConnection,
    root: u32,
    window: u32,
}

impl Daw {
    fn open() -> Self {
        let (connection, screen) = x11rb::connect(None).expect("the X server");
        let root = connection.setup().roots[screen].root;
        let window = connection.generate_id().expect("an id");
        let aux = CreateWindowAux::new().event_mask(EventMask::KEY_PRESS | EventMask::KEY_RELEASE);
        let (depth, visual) = (x11rb::COPY_DEPTH_FROM_PARENT, x11rb::COPY_FROM_PARENT);
        connection
            .create_window(depth, window, root, 0, 0, 1200, 700, 0, WindowClass::INPUT_OUTPUT, visual, &aux)
            .expect("a window");
        connection.map_window(window).expect("mapped");
        connection.sync();
        Self { connection, root, window }
    }

    fn fake(&self, event: u8, detail: u8, x: i16, y: i16) {
        self.connection.xtest_fake_input(event, detail, 0, self.root, x, y, 0).expect("XTEST");
        self.connection.sync();
        // A person's hand is slower than a picture, and software drawing takes its time.
        std::thread::sleep(Duration::from_millis(30));
    }

    fn drag(&self, x: i16, y: i16) {
        self.fake(MOTION_NOTIFY_EVENT, 0, x, y);
        self.fake(BUTTON_PRESS_EVENT, 1, x, y);
        self.fake(MOTION_NOTIFY_EVENT, 0, x, y - 12);
        self.fake(MOTION_NOTIFY_EVENT, 0, x, y - 20);
        self.fake(BUTTON_RELEASE_EVENT, 1, x, y - 20);
    }

    fn click(&self, x: i16, y: i16) {
        self.fake(MOTION_NOTIFY_EVENT, 0, x, y);
        self.fake(BUTTON_PRESS_EVENT, 1, x, y);
        self.fake(BUTTON_RELEASE_EVENT, 1, x, y);
    }

    fn press(&self, keycode: u8) {
        self.fake(KEY_PRESS_EVENT, keycode, 0, 0);
        self.fake(KEY_RELEASE_EVENT, keycode, 0, 0);
    }

    /// Keys that reached the DAW within a second: (keycode, pressed).
    fn keys(&self) -> Vec<(u8, bool)> {
        let end = Instant::now() + Duration::from_secs(1);
        let mut keys = Vec::new();
        while Instant::now() < end {
            match self.connection.poll_for_event().expect("an event") {
                Some(Event::KeyPress(key)) => keys.push((key.detail, true)),
                Some(Event::KeyRelease(key)) => keys.push((key.detail, false)),
                Some(_) => {}
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        }
        keys
    }

    fn space(&self) -> u8 {
        let setup = self.connection.setup();
        let (first, count) = (setup.min_keycode, setup.max_keycode - setup.min_keycode + 1);
        let map = self.connection.get_keyboard_mapping(first, count).expect("a request").reply().expect("a keyboard");
        let row = map.keysyms.chunks(usize::from(map.keysyms_per_keycode)).position(|row| row.contains(&SPACE_KEYSYM));
        first + row.expect("a space bar") as u8
    }
}

/// Waits for a round trip, so that the server has done all that was asked.
trait Sync {
    fn sync(&self);
}

impl Sync for RustConnection {
    fn sync(&self) {
        self.get_input_focus().expect("a request").reply().expect("an answer");
    }
}

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
    assert!(calls.is_empty(), "numbers of the system calls made while processing: {calls:?}");
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
    for y in [130, 290, 305, 388] {
        for x in (24..800).step_by(46) {
            daw.drag(x, y);
            instance.pump_main_thread();
        }
    }
    // The choices and switches of the lower row: both rows of words, once each.
    for y in [371, 399] {
        for x in [116, 182, 330, 392, 530, 592] {
            daw.click(x, y);
            instance.pump_main_thread();
        }
    }
    // A click on the needle gives the window the keyboard; Space is the host's all the same.
    daw.drag(300, 150);
    while daw.connection.poll_for_event().expect("an event").is_some() {}
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
