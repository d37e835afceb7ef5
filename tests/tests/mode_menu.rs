//! A mode that is chosen in a VST3 window while audio runs, in a host that hands back no value that it cannot automate, as Ardour 7
//! does not: ours hands back none at all.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use testkit::Plugin;
use testkit::desktop::{Daw, Server};
use testkit::signals::noise;
use testkit::vst3_host::{Instance, Module};
use testkit::vst3_view::View;

const BLOCK: usize = 480;
/// Where EQ's Phase is at 100 %, and "Minimum" in its menu.
const PHASE: (i16, i16) = (90, 589);
const MINIMUM: (i16, i16) = (58, 519);

/// Lets music play in real time, with the host's idle between blocks.
fn play(instance: &mut Instance, view: &View, seconds: f64) {
    let music = noise(1, -20.0, BLOCK);
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    while Instant::now() < end {
        instance.prepare(&[&music, &music], None, &[]);
        assert!(instance.process(BLOCK));
        view.pump();
        std::thread::sleep(Duration::from_millis(8));
    }
}

/// One test: the X server and the environment are the program's.
#[test]
fn a_mode_is_chosen_whatever_the_host_hands_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // SAFETY: first thing in a program with one test, before any thread that reads the environment.
    unsafe { std::env::set_var("XDG_CONFIG_HOME", folder.path()) };
    let _server = Server::start();
    let daw = Daw::open();
    let module = Module::load(&Plugin::Eq.vst3()).expect("a module");
    let class = module.classes().into_iter().next().expect("a class");
    let mut instance = Instance::new(&module, &class.cid).expect("an instance");
    assert!(instance.set_layout(2, false), "stereo");
    instance.activate(48_000.0, BLOCK).expect("active");
    let frame = daw.frame((1000, 600), false);
    let view = View::open(&instance, frame.window).expect("a window");
    play(&mut instance, &view, 1.5);
    assert_eq!(instance.latency_samples(), 32, "Natural at first");
    daw.click(PHASE.0, PHASE.1);
    play(&mut instance, &view, 1.0);
    assert_eq!(instance.latency_samples(), 32, "the menu is open");
    daw.click(MINIMUM.0, MINIMUM.1);
    let end = Instant::now() + Duration::from_secs(10);
    while instance.latency_samples() != 0 {
        assert!(Instant::now() < end, "Phase was not changed");
        play(&mut instance, &view, 0.1);
    }
    // It stays.
    play(&mut instance, &view, 0.5);
    assert_eq!(instance.latency_samples(), 0);
}
