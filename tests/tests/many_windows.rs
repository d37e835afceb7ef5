//! Windows that are opened, resized and closed two hundred times, two at once: nothing leaks, nothing panics, and the X server
//! has nothing to complain of.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use testkit::Plugin;
use testkit::desktop::{Daw, Frame, Server};

const TIMES: usize = 200;
/// After so many everything that is made once has been made.
const WARM: usize = 20;
/// What a window may leave behind, bytes. By libxkbcommon's own accounts 73,000 are a keymap, of which baseview 0.4 never lets go
/// (`XkbcommonState::new` has it counted once for the state, and once more); the rest is room for what differs from run to run.
const LEFT_BY_A_WINDOW: usize = 100_000;

fn run(instances: &mut [host::Instance], frames: &[Frame<'_>], seconds: f64) {
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    while Instant::now() < end {
        frames.iter().for_each(Frame::serve);
        instances.iter_mut().for_each(|instance| {
            instance.pump_main_thread();
        });
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn count(folder: &str) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

/// Bytes of the heap that somebody holds: what the C library only keeps for later is not among them.
fn held() -> usize {
    // SAFETY: may be called at any time.
    let info = unsafe { libc::mallinfo2() };
    info.uordblks + info.hblkhd
}

/// One test: the X server and the environment are the program's.
#[test]
fn two_windows_open_resize_and_close_two_hundred_times() {
    let config = tempfile::tempdir().expect("a temporary folder");
    // SAFETY: first thing in a program with one test, before any thread that reads the environment.
    unsafe { std::env::set_var("XDG_CONFIG_HOME", config.path()) };
    let _server = Server::start();
    let daw = Daw::open();
    let bundle = host::Bundle::load(Plugin::Saturator.clap()).expect("a bundle");
    let id = bundle.plugins()[0].id.clone();
    let mut instances: Vec<_> = (0..2).map(|_| host::Instance::new(&bundle, &id).expect("an instance")).collect();
    let (mut warm, mut least) = (None, [usize::MAX; 2]);
    for round in 0..TIMES {
        let frames = [daw.frame_at((0, 0), (820, 500), false), daw.frame_at((300, 200), (820, 500), false)];
        for (instance, frame) in instances.iter_mut().zip(&frames) {
            instance.open_window(frame.window.into()).expect("a window");
        }
        run(&mut instances, &frames, 0.12);
        // Every size between 75 and 150 % in turn, with sizes that keep no aspect among them.
        let scale = 0.75 + 0.75 * (round % 16) as f64 / 15.0;
        let (width, height) = ((820.0 * scale) as u32, (500.0 * scale) as u32 + (round % 3) as u32 * 40);
        for (instance, frame) in instances.iter_mut().zip(&frames) {
            frame.resize((width, height));
            // A host may give what it likes; a plugin that keeps its aspect may say no.
            let _ = instance.set_size(host::WindowSize { width, height });
        }
        run(&mut instances, &frames, 0.08);
        instances.iter_mut().for_each(host::Instance::close_window);
        drop(frames);
        if round >= WARM && round % 5 == 0 {
            // A window's thread takes its leave after its window.
            std::thread::sleep(Duration::from_millis(100));
            // What a picture needs for a moment comes and goes by tens of MiB: the least of many readings does not.
            let half = usize::from(round >= WARM + (TIMES - WARM) / 2);
            least[half] = least[half].min(held());
        }
        if round == WARM {
            std::thread::sleep(Duration::from_secs(1));
            warm = Some((count("/proc/self/fd"), count("/proc/self/task")));
        }
    }
    std::thread::sleep(Duration::from_secs(2));
    let (files, threads) = warm.expect("more rounds than it takes to get warm");
    let grown = least[1].saturating_sub(least[0]);
    // Two windows a time.
    let by_a_window = grown / (TIMES - WARM);
    println!(
        "{by_a_window} bytes a window, {files} to {} files, {threads} to {} threads",
        count("/proc/self/fd"),
        count("/proc/self/task")
    );
    assert!(by_a_window < LEFT_BY_A_WINDOW, "{by_a_window} bytes a window leak");
    assert!(count("/proc/self/fd") <= files + 4, "files or sockets leak");
    assert!(count("/proc/self/task") <= threads + 2, "threads leak");
}
