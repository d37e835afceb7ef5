//! Meter's A/B with another plugin of the session, on the built bundles: its tap against what comes of it at the end of the chain.
#![cfg(target_os = "linux")]

mod at_window;

use at_window::{BLOCK, PERIOD, RATE, own_of, with_own};
use serde_json::{Value, json};
use testkit::desktop::{Daw, Server};
use testkit::signals::{gain, programme};
use testkit::{Format, Plugin, Rig};

/// What stands between the two plugins turns the sound over and makes it so much quieter, dB.
const QUIETER_DB: f64 = 5.3;

/// One test: the X server and the environment are the program's.
#[test]
fn another_plugins_tap_is_heard_matched_and_aligned_and_no_render_knows_of_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    at_window::settle(folder.path());
    let _server = Server::start();
    let daw = Daw::open();
    let song = programme(RATE, 1.0, PERIOD);

    // A whole delay and nothing else: bypassed, a limiter still looks ahead.
    let track = format!("Mix bus {}", std::process::id());
    let mut other = Rig::open(Plugin::Limiter, Format::Clap);
    other.set("bypass", "On");
    other.track(&track);
    other.activate(RATE, BLOCK);
    let latency = other.latency();
    assert!(latency > 0, "a delay to find");
    let other_instance = other.clap().expect("a CLAP rig");
    let mut limiter = other_instance.take_processor().expect("a processor");

    let mut rig = Rig::open(Plugin::Meter, Format::Clap);
    let fresh = rig.save();
    let tap = json!({ "tap": { "plugin": Plugin::Limiter.name(), "track": track, "point": "input" } });
    assert!(rig.load(&with_own(&fresh, &json!({ "b": tap }).to_string())));
    rig.activate(RATE, BLOCK);
    let frame = at_window::frame(&daw);
    let mut at = 0;
    let mut between = [[0.0; BLOCK]; 2];
    let heard = at_window::listen(&mut rig, &daw, frame.window, |meter, [left, right]| {
        let range = at..at + BLOCK;
        at = range.end % PERIOD;
        let [l, r] = &mut between;
        let input = [&song[0][range.clone()], &song[1][range]];
        limiter.process(&input, None, &mut [l, r], &[]).expect("processed");
        let factor = -gain(-QUIETER_DB);
        between.iter_mut().flatten().for_each(|x| *x = (factor * f64::from(*x)) as f32);
        meter.process(&[&between[0], &between[1]], None, &mut [left, right], &[]).expect("processed");
    });
    other_instance.return_processor(limiter).expect("this instance's");
    let quieter: Vec<Vec<f32>> =
        song.iter().map(|side| side.iter().map(|x| (-gain(-QUIETER_DB) * f64::from(*x)) as f32).collect()).collect();
    let [a_lufs, b_lufs] = heard.lufs();
    let left_db = heard.left_db();
    let own: Value = serde_json::from_str(&own_of(&rig.save())).expect("what is kept");
    println!("A {a_lufs:.3}, B {b_lufs:.3} LUFS; {left_db:.1} dB are left; {own}");
    assert!((a_lufs - b_lufs).abs() <= 0.1, "A {a_lufs}, B {b_lufs} LUFS");
    assert!(left_db <= -90.0, "{left_db} dB are left");
    let matched = &own["match"];
    assert!((matched["difference_lu"].as_f64().expect("a number") + QUIETER_DB).abs() <= 0.1, "{own}");
    let delay = RATE * matched["delay_s"].as_f64().expect("a delay");
    assert!((delay - delay.round()).abs() < 1e-3 && matched["is_inverted"] == true, "{own}");
    assert_eq!(own["b"], tap, "by its names");
    // A is this point: the latency later, upside down and quieter.
    let late = |side: &Vec<f32>| (0..PERIOD).map(|n| side[(n + PERIOD - latency) % PERIOD]).collect();
    let expected = quieter.iter().map(late).collect();
    assert!(
        at_window::is_round(&heard.programme, &expected),
        "the programme, as long as nobody asks for anything else"
    );

    // A is the quieter, nothing comes from the other plugin now, and the delay that was found for it is void.
    at_window::check_render(&mut rig, &song, &["hear_a", "hear_difference"]);
    rig.clap().expect("a CLAP rig").close_window();
    let out = rig.run(&song);
    assert!(out == song, "the window has gone");
}
