//! What must not outlive a window: a run of Match that was under way when it closed. And what must: the graphics library.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use testkit::Plugin;
use testkit::desktop::{Daw, Frame, Server};

/// Glue's window and its Match button at 100 %.
const SIZE: (u32, u32) = (820, 500);
const BUTTON: (i16, i16) = (530, 341);

fn run(instance: &mut host::Instance, frame: &Frame<'_>, seconds: f64) {
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    while Instant::now() < end {
        frame.serve();
        instance.pump_main_thread();
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn button(frame: &Frame<'_>) -> Vec<u8> {
    frame.picture((BUTTON.0 - 60, BUTTON.1 - 16, 120, 32))
}

/// Whether one of the libraries that draw is in memory.
fn has_graphics() -> bool {
    [c"libEGL.so.1", c"libGLX.so.0"].iter().any(|name| {
        // SAFETY: a name that ends; nothing is loaded, and nothing is done with the handle but to give it back.
        unsafe {
            let handle = libc::dlopen(name.as_ptr(), libc::RTLD_LAZY | libc::RTLD_NOLOAD);
            !handle.is_null() && libc::dlclose(handle) == 0
        }
    })
}

/// One test: the X server and the environment are the program's.
#[test]
fn a_run_of_match_ends_with_its_window() {
    let config = tempfile::tempdir().expect("a temporary folder");
    // SAFETY: first thing in a program with one test, before any thread that reads the environment.
    unsafe { std::env::set_var("XDG_CONFIG_HOME", config.path()) };
    let _server = Server::start();
    let daw = Daw::open();
    let bundle = host::Bundle::load(Plugin::Glue.clap()).expect("a bundle");
    let id = bundle.plugins()[0].id.clone();
    let mut instance = host::Instance::new(&bundle, &id).expect("an instance");

    let frame = daw.frame(SIZE, false);
    instance.open_window(frame.window.into()).expect("a window");
    run(&mut instance, &frame, 1.5);
    let at_rest = button(&frame);
    daw.click(BUTTON.0, BUTTON.1);
    daw.point(20, 60);
    run(&mut instance, &frame, 0.5);
    assert!(button(&frame) != at_rest, "Match was not pressed");
    instance.close_window();
    drop(frame);

    // The next window's clock begins at zero, which read as "Match 105 s" before.
    let frame = daw.frame(SIZE, false);
    instance.open_window(frame.window.into()).expect("a window");
    run(&mut instance, &frame, 1.5);
    assert!(button(&frame) == at_rest, "the button still shows a run");
    assert!(has_graphics(), "void unless a window draws with one of them");
    instance.close_window();
    // A thread that ends calls the library's destructor, and another window's may end later than this one.
    run(&mut instance, &frame, 3.0);
    assert!(has_graphics(), "unloaded under the threads of other windows");
}
