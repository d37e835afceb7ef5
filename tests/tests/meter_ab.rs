//! Meter's A/B as a person uses it, on the built bundle: a session brings a reference file, the window is open, music plays, and
//! the page's switches are clicked.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::analysis::{db, first_difference, loudness_lufs, rms};
use testkit::desktop::{Daw, Server};
use testkit::signals::{Audio, gain, programme, write_wav};
use testkit::{Format, Plugin, Rig, alloc};

const RATE: f64 = 48_000.0;
const BLOCK: usize = 480;
const SIZE: (u32, u32) = (1000, 640);
/// The programme repeats itself after so many frames, so that it does not matter when the file begins.
const PERIOD: usize = 4 * 48_000;
/// The file is the programme so many frames later, upside down, and so much quieter, dB.
const LATE: usize = 1284;
const QUIETER_DB: f64 = 6.2;

/// Where things are at 100 %.
const TAB: (i16, i16) = (552, 52);
const HEAR_A: (i16, i16) = (260, 490);
const HEAR_B: (i16, i16) = (400, 490);
const DIFFERENCE: (i16, i16) = (530, 518);

/// What a session says of A and B.
fn session(path: &Path) -> Value {
    let path = path.to_string_lossy();
    json!({ "b": { "file": path }, "files": [{ "path": path, "loop_s": [4.0, 8.0] }] })
}

/// A state with that in it, as CLAP carries it.
fn with_own(state: &[u8], own: &str) -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(&state[8..]).expect("JSON behind its length");
    value["fields"]["own"] = Value::String(own.to_owned());
    let text = value.to_string();
    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
}

fn own_of(state: &[u8]) -> String {
    let value: Value = serde_json::from_slice(&state[8..]).expect("JSON behind its length");
    value["fields"]["own"].as_str().unwrap_or_default().to_owned()
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
    // SAFETY: first thing in a program with one test, before any thread that reads the environment.
    unsafe { std::env::set_var("XDG_CONFIG_HOME", folder.path()) };
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
    rig.activate(RATE, BLOCK);
    let frame = daw.frame(SIZE, false);
    let instance = rig.clap().expect("a CLAP rig");
    let mut processor = instance.take_processor().expect("a processor");
    let stop = AtomicBool::new(false);
    let heard: Mutex<Audio> = Mutex::new(vec![Vec::new(); 2]);
    let heap = Mutex::new(Vec::new());
    let sections = std::thread::scope(|scope| {
        let player = scope.spawn(|| {
            let (mut left, mut right) = (vec![0.0; BLOCK], vec![0.0; BLOCK]);
            let start = Instant::now();
            let mut blocks = 0_u32;
            while !stop.load(Ordering::Acquire) {
                let at = blocks as usize * BLOCK % PERIOD;
                let input = [&song[0][at..at + BLOCK], &song[1][at..at + BLOCK]];
                let ((), tally) = alloc::count(|| {
                    processor.process(&input, None, &mut [&mut left, &mut right], &[]).expect("processed");
                });
                // What the framework does once in a thread's life is counted and named in realtime.rs.
                if blocks > 0 && !tally.is_clean() {
                    heap.lock().expect("nobody panicked").push(tally.describe());
                }
                let mut heard = heard.lock().expect("nobody panicked");
                heard[0].extend(&left);
                heard[1].extend(&right);
                drop(heard);
                blocks += 1;
                let due = Duration::from_secs_f64(f64::from(blocks) * BLOCK as f64 / RATE);
                std::thread::sleep(due.saturating_sub(start.elapsed()));
            }
            processor
        });
        instance.open_window(frame.window.into()).expect("a window");
        let mut wait = |seconds: f64| {
            let end = Instant::now() + Duration::from_secs_f64(seconds);
            while Instant::now() < end {
                instance.pump_main_thread();
                std::thread::sleep(Duration::from_millis(5));
            }
        };
        let frames = || heard.lock().expect("nobody panicked")[0].len();
        wait(2.0);
        daw.click(TAB.0, TAB.1);
        daw.point(5, 690);
        // Four seconds are aligned, and then matched; a busy machine takes its time.
        wait(16.0);
        let mut sections = vec![(0, frames())];
        for (x, y) in [HEAR_A, HEAR_B, DIFFERENCE] {
            daw.click(x, y);
            daw.point(5, 690);
            wait(1.0);
            let from = frames();
            wait(4.5);
            sections.push((from, frames()));
        }
        daw.click(HEAR_B.0, HEAR_B.1);
        wait(0.5);
        stop.store(true, Ordering::Release);
        let processor = player.join().expect("the player");
        instance.return_processor(processor).expect("this instance's");
        sections
    });
    let heard = heard.into_inner().expect("nobody panicked");
    assert_eq!(heap.into_inner().expect("nobody panicked"), Vec::<String>::new(), "blocks that used the heap");
    // One whole period of each.
    let part = |number: usize| -> Audio {
        let (from, to) = sections[number];
        assert!(to - from >= PERIOD, "{} frames were recorded", to - from);
        heard.iter().map(|channel| channel[from..from + PERIOD].to_vec()).collect()
    };
    let before = part(0);
    assert_eq!(first_difference(&before[0], &song[0]), None, "the programme, as long as nobody asks for anything else");
    let [a, b, left] = [1, 2, 3].map(part);
    let [a_lufs, b_lufs] = [&a, &b].map(|audio| loudness_lufs(audio, RATE));
    let programme_lufs = loudness_lufs(&song, RATE);
    let left_db = db(rms(&left[0])) - db(rms(&b[0]));
    let state = rig.save();
    let own: Value = serde_json::from_str(&own_of(&state)).expect("what is kept");
    println!("A {a_lufs:.3}, B {b_lufs:.3}, programme {programme_lufs:.3} LUFS; {left_db:.1} dB are left; {own}");
    assert!((a_lufs - b_lufs).abs() <= 0.1, "A {a_lufs}, B {b_lufs} LUFS");
    assert!((a_lufs + QUIETER_DB - programme_lufs).abs() <= 0.1, "A is lowered to B: {a_lufs}, {programme_lufs} LUFS");
    assert!(left_db < -90.0, "{left_db} dB are left");
    // The match is in the session.
    let matched = &own["match"];
    assert!((matched["difference_lu"].as_f64().expect("a number") - QUIETER_DB).abs() <= 0.1, "{own}");
    assert_eq!((&matched["is_inverted"], &own["files"][0]["loop_s"]), (&json!(true), &json!([4.0, 8.0])), "{own}");

    // A render, while the window is open and B is what is listened to; and playback again.
    let instance = rig.clap().expect("a CLAP rig");
    for is_offline in [true, false] {
        instance.deactivate();
        instance.set_offline(is_offline).expect("a mode");
        instance.activate(RATE, BLOCK as u32).expect("active");
        let mut out: Audio = vec![Vec::new(); 2];
        for at in (0..PERIOD).step_by(BLOCK) {
            let (mut left, mut right) = (vec![0.0; BLOCK], vec![0.0; BLOCK]);
            let input = [&song[0][at..at + BLOCK], &song[1][at..at + BLOCK]];
            instance.process(&input, None, &mut [&mut left, &mut right], &[]).expect("processed");
            out[0].extend(left);
            out[1].extend(right);
        }
        for (out, song) in out.iter().zip(&song) {
            assert_eq!(first_difference(out, song).is_none(), is_offline, "in a render, and in playback after it");
        }
    }
    instance.close_window();

    // Closed, the programme is heard.
    let out = rig.run(&song);
    assert_eq!(first_difference(&out[0], &song[0]), None, "the window has gone");
    let kept: Value = serde_json::from_str(&own_of(&rig.save())).expect("what is kept");
    assert_eq!((&kept["files"], &kept["b"]), (&own["files"], &own["b"]), "and what it kept is there");
}
