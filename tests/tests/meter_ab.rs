//! Meter's A/B as a person uses it, on the built bundle: a session brings a reference file, the window is open, music plays, and
//! the page's switches are clicked.
#![cfg(target_os = "linux")]

mod at_window;

use std::path::Path;

use at_window::{PERIOD, RATE, own_of, with_own};
use serde_json::{Value, json};
use testkit::analysis::{first_difference, loudness_lufs};
use testkit::desktop::{Daw, Server};
use testkit::signals::{Audio, gain, programme, write_wav};
use testkit::{Format, Plugin, Rig};

/// The file is the programme so many frames later, upside down, and so much quieter, dB.
const LATE: usize = 1284;
const QUIETER_DB: f64 = 6.2;

/// What a session says of A and B.
fn session(path: &Path) -> Value {
    let path = path.to_string_lossy();
    json!({ "b": { "file": path }, "files": [{ "path": path, "loop_s": [4.0, 8.0] }] })
}

/// The programme once, the file, and where the file lies.
fn scene(folder: &Path) -> (Audio, std::path::PathBuf) {
    let song = programme(RATE, 1.0, PERIOD);
    let late = |channel: &Vec<f32>| -> Vec<f32> {
        let factor = -gain(-QUIETER_DB);
        let at = |n: usize| (factor * f64::from(channel[(n + PERIOD - LATE) % PERIOD])) as f32;
        (0..3 * PERIOD).map(at).collect()
    };
    let path = folder.join("earlier master.wav");
    write_wav(&path, &song.iter().map(late).collect(), RATE as u32).expect("a file");
    (song, path)
}

/// One test: the X server and the environment are the program's.
#[test]
fn a_reference_file_is_heard_matched_and_aligned_and_no_render_knows_of_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    at_window::settle(folder.path());
    let _server = Server::start();
    let daw = Daw::open();
    let (song, path) = scene(folder.path());

    // A session with a file that is not there keeps its name, with the window shut.
    let mut rig = Rig::open(Plugin::Meter, Format::Clap);
    let fresh = rig.save();
    let gone = session(Path::new("/nowhere/gone.flac")).to_string();
    assert!(rig.load(&with_own(&fresh, &gone)));
    assert_eq!(own_of(&rig.save()), gone, "as it was saved");
    assert!(rig.load(&fresh), "and an older session has none");
    assert_eq!(own_of(&rig.save()), "");

    assert!(rig.load(&with_own(&fresh, &session(&path).to_string())));
    rig.activate(RATE, at_window::BLOCK);
    let frame = at_window::frame(&daw);
    let mut at = 0;
    let heard = at_window::listen(&mut rig, &daw, frame.window, |meter, [left, right]| {
        let range = at..at + left.len();
        at = range.end % PERIOD;
        let input = [&song[0][range.clone()], &song[1][range]];
        meter.process(&input, None, &mut [left, right], &[]).expect("processed");
    });
    assert!(at_window::is_round(&heard.programme, &song), "the programme, as long as nobody asks for anything else");
    let [a_lufs, b_lufs] = heard.lufs();
    let (programme_lufs, left_db) = (loudness_lufs(&song, RATE), heard.left_db());
    let own: Value = serde_json::from_str(&own_of(&rig.save())).expect("what is kept");
    println!("A {a_lufs:.3}, B {b_lufs:.3}, programme {programme_lufs:.3} LUFS; {left_db:.1} dB are left; {own}");
    assert!((a_lufs - b_lufs).abs() <= 0.1, "A {a_lufs}, B {b_lufs} LUFS");
    assert!((a_lufs + QUIETER_DB - programme_lufs).abs() <= 0.1, "A is lowered to B: {a_lufs}, {programme_lufs} LUFS");
    assert!(left_db < -90.0, "{left_db} dB are left");
    // The match is in the session.
    let matched = &own["match"];
    assert!((matched["difference_lu"].as_f64().expect("a number") - QUIETER_DB).abs() <= 0.1, "{own}");
    assert_eq!((&matched["is_inverted"], &own["files"][0]["loop_s"]), (&json!(true), &json!([4.0, 8.0])), "{own}");

    // A is louder, and lowered.
    at_window::check_render(&mut rig, &song, &[]);
    rig.clap().expect("a CLAP rig").close_window();

    // Closed, the programme is heard.
    let out = rig.run(&song);
    assert_eq!(first_difference(&out[0], &song[0]), None, "the window has gone");
    let kept: Value = serde_json::from_str(&own_of(&rig.save())).expect("what is kept");
    assert_eq!((&kept["files"], &kept["b"]), (&own["files"], &own["b"]), "and what it kept is there");
}
