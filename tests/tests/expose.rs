//! Windows of one program that are covered and laid bare again show themselves, and not what lay over them.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use suite_tests::Plugin;
use suite_tests::desktop::{Daw, Frame, Server};

const SIZE: (u32, u32) = (820, 460);

fn run(windows: &mut [(host::Instance, Frame<'_>)], seconds: f64) {
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    while Instant::now() < end {
        for (instance, frame) in windows.iter_mut() {
            frame.serve();
            instance.pump_main_thread();
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// One test: the X server and the environment are the program's.
#[test]
fn what_was_covered_is_drawn_again() {
    let config = tempfile::tempdir().expect("a temporary folder");
    // SAFETY: first thing in a program with one test, before any thread that reads the environment.
    unsafe { std::env::set_var("XDG_CONFIG_HOME", config.path()) };
    let _server = Server::start();
    let daw = Daw::open();
    let mut windows = Vec::new();
    for (plugin, at) in [(Plugin::Glue, (0, 0)), (Plugin::Saturator, (420, 300))] {
        let bundle = host::Bundle::load(plugin.clap()).expect("a bundle");
        let id = bundle.plugins()[0].id.clone();
        let mut instance = host::Instance::new(&bundle, &id).expect("an instance");
        let frame = daw.frame_at(at, SIZE, false);
        instance.open_window(frame.window.into()).expect("a window");
        windows.push((instance, frame));
    }
    daw.point(5, 790);
    run(&mut windows, 1.5);
    let whole = (0, 0, SIZE.0 as u16, 400);
    // The second lies over the first, and each is seen whole when it is on top.
    let mut stale = Vec::new();
    let expected: Vec<Vec<u8>> = (0..2)
        .map(|top| {
            windows[top].1.raise();
            run(&mut windows, 1.0);
            windows[top].1.picture(whole)
        })
        .collect();
    for round in 0..60 {
        let top = round % 2;
        // Long and short intervals, so that a picture is under way in some.
        let pause = 0.004 * f64::from(round as u32 % 12);
        windows[top].1.raise();
        run(&mut windows, pause);
        windows[1 - top].1.raise();
        run(&mut windows, 0.5);
        if windows[1 - top].1.picture(whole) != expected[1 - top] {
            stale.push((round, 1 - top));
        }
        // And under something of another program.
        let cover = daw.cover((100, 100), (600, 200));
        run(&mut windows, pause);
        drop(cover);
        run(&mut windows, 0.5);
        if windows[1 - top].1.picture(whole) != expected[1 - top] {
            stale.push((round, 10 + 1 - top));
        }
    }
    assert_eq!(stale, [], "rounds after which a window showed what had lain over it");
}
