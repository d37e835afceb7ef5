//! Starting points are as loud as what comes in, so that none wins by being louder: through the built bundles, on the demo's mix.

use testkit::analysis::loudness_lufs;
use testkit::signals::Audio;
use testkit::{Format, Plugin, Rig};

#[path = "../../xtask/src/demo/mix.rs"]
mod mix;

const RATE_HZ: f64 = 48_000.0;
/// How far a starting point may be from what comes in, LU.
const MOST_LU: f64 = 0.3;
/// Tape takes its drive back exactly for what is not bent, as a machine is lined up (specs/tape.md), and no preset moves a trim: what the
/// tape bends off is missing, until Match gives it back.
const LEAST_OF_TAPE_LU: f64 = -1.5;

/// A name, and the values that it sets.
type Point = (String, Vec<(String, String)>);

/// The list that each plugin's own tests hold its declarations to.
fn points(plugin: Plugin) -> Vec<Point> {
    let name = plugin.name().to_lowercase().replace(' ', "-");
    let path = format!("{}/golden/{name}.points", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut points: Vec<Point> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("  ").and_then(|value| value.split_once(" = ")), points.last_mut()) {
            (Some((key, value)), Some((_, values))) => values.push((key.to_owned(), value.to_owned())),
            (None, _) => points.push((line.to_owned(), Vec::new())),
            (Some(_), None) => panic!("{path}: a value without a name"),
        }
    }
    points
}

#[test]
fn none_wins_by_being_louder() {
    let input: Audio = mix::built_in_mix(RATE_HZ).into();
    let mut missed = Vec::new();
    let dry_lufs = loudness_lufs(&input, RATE_HZ);
    for (plugin, count) in [
        (Plugin::Glue, 4),
        (Plugin::Saturator, 5),
        (Plugin::Eq, 4),
        (Plugin::Clipper, 4),
        (Plugin::Limiter, 4),
        (Plugin::Tape, 5),
        (Plugin::Meter, 3),
    ] {
        let points = points(plugin);
        assert_eq!(points.len(), count, "{plugin:?}");
        for (name, values) in points {
            let mut rig = Rig::open(plugin, Format::Clap);
            rig.offline(true);
            for (key, value) in &values {
                rig.set(key, value);
            }
            rig.activate(RATE_HZ, 1024);
            // What a limiter is for is its Gain: that much louder it is, and no more (Unity gain lets it be heard without).
            let gain = values.iter().find(|(key, _)| plugin == Plugin::Limiter && key == "gain");
            let gain_db: f64 = gain.map_or(0.0, |(_, text)| text.trim_end_matches(" dB").parse().expect("dB"));
            let change_lu = loudness_lufs(&rig.run(&input), RATE_HZ) - dry_lufs - gain_db;
            println!("{plugin:?}, {name}: {change_lu:+.2} LU");
            let least_lu = if plugin == Plugin::Tape { LEAST_OF_TAPE_LU } else { -MOST_LU };
            if !(least_lu..=MOST_LU).contains(&change_lu) {
                missed.push(format!("{plugin:?}, {name}: {change_lu:+.2} LU"));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}
