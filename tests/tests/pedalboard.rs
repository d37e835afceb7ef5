//! VST3 through a second, independent host: the Python package `pedalboard` (JUCE), with numpy as the judge.
//!
//! `TWOBUS_PYTHON` names an interpreter that has both; `cargo xtask test` makes one.

use std::process::Command;

use testkit::Plugin;

fn check(name: &str) {
    check_on(Plugin::Glue, name);
}

fn check_on(plugin: Plugin, name: &str) {
    let python = std::env::var_os("TWOBUS_PYTHON")
        .expect("TWOBUS_PYTHON is not set: `cargo xtask test` makes a Python with pedalboard and numpy, and sets it");
    let output = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/python/glue_vst3.py"))
        .arg(plugin.vst3())
        .arg(name)
        .output()
        .expect("the Python interpreter runs");
    assert!(
        output.status.success(),
        "{name} ended with {}: {}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

macro_rules! checks {
    ($($test:ident: $name:literal),* $(,)?) => {
        $(
            #[test]
            fn $test() {
                check($name);
            }
        )*
    };
}

checks!(
    parameters_are_there_by_name: "parameters",
    gain_agrees_with_numpy: "static_gain",
    latency_is_compensated_exactly: "latency",
    bypass_mix_and_range_are_exact: "bypass_mix_range",
    block_size_changes_nothing: "blocks",
    state_round_trips: "state",
    reset_starts_anew: "reset",
    bad_input_does_no_harm: "bad_input",
);

#[test]
fn mono_sounds_as_stereo() {
    check_on(Plugin::Trivial, "mono");
}

/// JUCE hands null pointers for the side-chain bus that it has switched off.
#[test]
fn mono_with_an_unused_side_chain_sounds_as_stereo() {
    check_on(Plugin::Glue, "mono");
}

/// JUCE keeps one instance, and asks for other buses between; every plugin has mono and stereo.
#[test]
fn mono_and_stereo_follow_each_other() {
    for plugin in [Plugin::Glue, Plugin::Saturator, Plugin::Clipper, Plugin::Limiter, Plugin::Tape, Plugin::Meter] {
        check_on(plugin, "layouts");
    }
}

#[test]
fn a_failed_check_is_seen() {
    let caught = std::panic::catch_unwind(|| check("no_such_check"));
    assert!(caught.is_err(), "a check that does not exist passed");
}
