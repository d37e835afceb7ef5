//! Windows of one program that are covered and laid bare again show themselves, and not what lay over them.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use testkit::Plugin;
use testkit::desktop::{Daw, Frame, Server};

const SIZE: (u32, u32) = (820, 500);
/// What a window shows of itself: all but the lowest rows.
const WHOLE: (i16, i16, u16, u16) = (0, 0, SIZE.0 as u16, 400);
/// A window that draws itself anew does so at once; what is stale stays so until something moves. A busy machine gets this
/// long, s.
const PATIENCE_S: f64 = 8.0;

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

/// The picture of a window on top once nothing moves in it any more.
fn at_rest(windows: &mut [(host::Instance, Frame<'_>)], top: usize) -> Vec<u8> {
    let end = Instant::now() + Duration::from_secs(30);
    let mut last = windows[top].1.picture(WHOLE);
    loop {
        run(windows, 1.5);
        let picture = windows[top].1.picture(WHOLE);
        let is_drawn = picture.iter().any(|byte| *byte != picture[0]);
        if picture == last && is_drawn {
            return picture;
        }
        assert!(Instant::now() < end, "window {top} never came to rest");
        last = picture;
    }
}

/// How many pixels of a window on top are still not its own when they should be; `None` as soon as all are.
fn differing_pixels(windows: &mut [(host::Instance, Frame<'_>)], top: usize, expected: &[Vec<u8>]) -> Option<usize> {
    let end = Instant::now() + Duration::from_secs_f64(PATIENCE_S);
    loop {
        run(windows, 0.3);
        let picture = windows[top].1.picture(WHOLE);
        if picture == expected[top] {
            return None;
        }
        if Instant::now() >= end {
            return Some(picture.chunks(4).zip(expected[top].chunks(4)).filter(|(is, should)| is != should).count());
        }
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
    // The second lies over the first, and each is seen whole when it is on top.
    let expected: Vec<Vec<u8>> = (0..2)
        .map(|top| {
            windows[top].1.raise();
            at_rest(&mut windows, top)
        })
        .collect();
    let mut stale = Vec::new();
    for round in 0..60 {
        let top = round % 2;
        // Long and short intervals, so that a picture is under way in some.
        let pause = 0.004 * f64::from(round as u32 % 12);
        windows[top].1.raise();
        run(&mut windows, pause);
        windows[1 - top].1.raise();
        stale.extend(
            differing_pixels(&mut windows, 1 - top, &expected).map(|pixels| (round, "window", 1 - top, pixels)),
        );
        // And under something of another program.
        let cover = daw.cover((100, 100), (600, 200));
        run(&mut windows, pause);
        drop(cover);
        stale
            .extend(differing_pixels(&mut windows, 1 - top, &expected).map(|pixels| (round, "cover", 1 - top, pixels)));
    }
    assert_eq!(stale, [], "round, what lay over it, window, and pixels that still show that after {PATIENCE_S} s");
}
