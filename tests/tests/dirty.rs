//! A host is told that its session has changed where no parameter did: by a click on Meter's A/B page, in both formats.
#![cfg(target_os = "linux")]

mod at_window;

use std::time::{Duration, Instant};

use testkit::desktop::{Daw, Server};
use testkit::vst3_host::{self, Module};
use testkit::vst3_view::View;
use testkit::{Format, Plugin, Rig};

/// Turns to the page and freezes the match, with `pump` as the host's idle; answers whether the host was told before that, and after.
fn freeze(daw: &Daw, mut pump: impl FnMut() -> bool) -> [bool; 2] {
    let mut pumped = |seconds: f64, until: bool| {
        let end = Instant::now() + Duration::from_secs_f64(seconds);
        let mut is_told = false;
        while Instant::now() < end && !(until && is_told) {
            is_told |= pump();
            std::thread::sleep(Duration::from_millis(5));
        }
        is_told
    };
    let opening = pumped(2.0, false);
    daw.click(at_window::TAB.0, at_window::TAB.1);
    let turning = pumped(1.5, false);
    daw.click(at_window::FREEZE.0, at_window::FREEZE.1);
    [opening || turning, pumped(10.0, true)]
}

/// One test: the X server and the environment are the program's.
#[test]
fn a_click_that_a_session_keeps_is_told_to_the_host() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    at_window::settle(folder.path());
    let _server = Server::start();
    let daw = Daw::open();

    let mut rig = Rig::open(Plugin::Meter, Format::Clap);
    rig.activate(at_window::RATE, at_window::BLOCK);
    let frame = at_window::frame(&daw);
    let instance = rig.clap().expect("a CLAP rig");
    instance.open_window(frame.window.into()).expect("a window");
    let told = freeze(&daw, || {
        instance.pump_main_thread();
        let is_dirty = instance.requests().state_dirty;
        instance.clear_requests();
        is_dirty
    });
    instance.close_window();
    assert_eq!(told, [false, true], "CLAP: before and after");
    assert!(at_window::own_of(&rig.save()).contains("\"is_frozen\":true"));
    drop(frame);

    let module = Module::load(&Plugin::Meter.vst3()).expect("a module");
    let class = module.classes().into_iter().next().expect("a class");
    let mut instance = vst3_host::Instance::new(&module, &class.cid).expect("an instance");
    assert!(instance.set_layout(2, true), "stereo");
    instance.activate(at_window::RATE, at_window::BLOCK).expect("active");
    let frame = at_window::frame(&daw);
    let view = View::open(&instance, frame.window).expect("a window");
    let told = freeze(&daw, || {
        view.pump();
        instance.take_dirty()
    });
    drop(view);
    assert_eq!(told, [false, true], "VST3: before and after");
}
