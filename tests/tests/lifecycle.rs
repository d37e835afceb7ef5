//! Loading and unloading, as a plugin scanner does it.

use std::process::Command;
use std::sync::{Arc, mpsc};

use testkit::{Event, Format, Plugin, Rig};

/// Set in the child process, which may crash without taking the other tests with it.
const CHILD: &str = "TWOBUS_TEST_UNLOAD";

/// Loads the bundle and runs the plugin for a while: audio, parameters, a state. Returns the bundle, still loaded.
fn scan(plugin: Plugin) -> Arc<host::Bundle> {
    let bundle = host::Bundle::load(plugin.clap()).expect("a bundle");
    let id = bundle.plugins()[0].id.clone();
    let mut instance = host::Instance::new(&bundle, &id).expect("an instance");
    instance.select_layout(2, false).expect("stereo");
    instance.activate_settled(48_000.0, 64).expect("active");
    let (silence, mut left, mut right) = (vec![0.0; 64], vec![0.0; 64], vec![0.0; 64]);
    for block in 0..200 {
        let params = instance.params();
        let param = &params[block % params.len()];
        let event = host::ParamEvent { frame: 0, param_id: param.id, value: param.max };
        instance.process(&[&silence, &silence], None, &mut [&mut left, &mut right], &[event]).expect("processed");
    }
    instance.save_state().expect("a state");
    bundle
}

fn unload_under_a_thread(plugin: Plugin, test: &str) {
    if std::env::var_os(CHILD).is_none() {
        return in_a_child(plugin, test);
    }
    // A worker of the DAW loads the bundle and runs it; another thread unloads it; then the worker ends. Whatever the
    // bundle left on the worker to be called at its end is called after the unloading.
    for _ in 0..3 {
        let (give, take) = mpsc::channel();
        let (unloaded, wait) = mpsc::channel::<()>();
        let worker = std::thread::spawn(move || {
            let bundle = scan(plugin);
            give.send(bundle).expect("the other thread waits");
            wait.recv().expect("the other thread answers");
        });
        drop(take.recv().expect("the bundle"));
        unloaded.send(()).expect("the worker waits");
        worker.join().expect("the worker");
    }
    // And several scanners at once, on threads that come and go.
    for _ in 0..20 {
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| drop(scan(plugin)));
            }
        });
    }
}

/// Runs the named test again in a program of its own, and fails with it.
fn in_a_child(plugin: Plugin, test: &str) {
    let status = Command::new(std::env::current_exe().expect("this test's program"))
        .args(["--exact", test, "--test-threads", "1"])
        .env(CHILD, "1")
        .status()
        .expect("a child process");
    assert!(status.success(), "{plugin:?}, {test}: {status}");
}

/// Instances that are taken out of a session in the middle of automation, while another of the same plugin stays.
fn remove_under_automation(plugin: Plugin, test: &str) {
    if std::env::var_os(CHILD).is_none() {
        return in_a_child(plugin, test);
    }
    let automated = || {
        let mut rig = Rig::ready(plugin, Format::Vst3, 48_000.0, &[]);
        let input = vec![vec![0.1; 512]; 2];
        let events: Vec<Event> =
            (0..512).map(|frame| rig.event(frame, "output", if frame % 2 == 0 { "-1" } else { "-2" })).collect();
        // The audio thread is another than the one that made the plugin: there the framework posts a task a value.
        let mut moved = Moved(&mut rig);
        std::thread::scope(|scope| {
            scope.spawn(move || moved.rig().run_with(&input, None, &events, &[512]));
        });
        rig
    };
    for _ in 0..20 {
        let stays = automated();
        for _ in 0..10 {
            drop(automated());
        }
        drop(stays);
    }
}

/// A rig may change threads between calls; its COM pointers are only used by one at a time.
struct Moved<'a>(&'a mut Rig);
// SAFETY: the owner waits while the other thread uses the rig.
unsafe impl Send for Moved<'_> {}
impl Moved<'_> {
    fn rig(&mut self) -> &mut Rig {
        self.0
    }
}

#[test]
fn glue_may_be_removed_under_automation() {
    remove_under_automation(Plugin::Glue, "glue_may_be_removed_under_automation");
}

#[test]
fn glue_survives_a_scan() {
    unload_under_a_thread(Plugin::Glue, "glue_survives_a_scan");
}

#[test]
fn trivial_survives_a_scan() {
    unload_under_a_thread(Plugin::Trivial, "trivial_survives_a_scan");
}
