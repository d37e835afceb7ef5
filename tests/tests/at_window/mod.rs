//! A Meter with its window open while music plays in real time, and a person at its A/B page.
#![allow(dead_code, reason = "each program uses a part of it")]

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use host::{Instance, Processor};
use serde_json::Value;
use testkit::analysis::{db, first_difference, loudness_lufs, rms};
use testkit::desktop::Daw;
use testkit::signals::Audio;
use testkit::{Rig, alloc};

pub const RATE: f64 = 48_000.0;
pub const BLOCK: usize = 480;
/// The programme repeats itself after so many frames, so that it does not matter when a file begins.
pub const PERIOD: usize = 4 * 48_000;
const SIZE: (u32, u32) = (1000, 640);

/// Where things are at 100 %.
pub const TAB: (i16, i16) = (552, 52);
pub const FREEZE: (i16, i16) = (487, 564);
const HEAR_A: (i16, i16) = (260, 490);
const HEAR_B: (i16, i16) = (400, 490);
const DIFFERENCE: (i16, i16) = (530, 518);

/// A state with what a session says of A and B, as CLAP carries it.
pub fn with_own(state: &[u8], own: &str) -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(&state[8..]).expect("JSON behind its length");
    value["fields"]["own"] = Value::String(own.to_owned());
    let text = value.to_string();
    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
}

/// What a state says of A and B.
pub fn own_of(state: &[u8]) -> String {
    let value: Value = serde_json::from_slice(&state[8..]).expect("JSON behind its length");
    value["fields"]["own"].as_str().unwrap_or_default().to_owned()
}

/// A folder of configuration of the test's own: to be called first thing in a program with one test.
pub fn settle(folder: &Path) {
    // SAFETY: before any thread that reads the environment.
    unsafe { std::env::set_var("XDG_CONFIG_HOME", folder) };
}

/// What was heard: while nobody asked for anything, then A, B, and what is left of A less B. One period of each.
pub struct Heard {
    pub programme: Audio,
    pub a: Audio,
    pub b: Audio,
    pub left: Audio,
}

impl Heard {
    /// Loudness of A and of B, LUFS.
    pub fn lufs(&self) -> [f64; 2] {
        [&self.a, &self.b].map(|audio| loudness_lufs(audio, RATE))
    }

    /// What is left of A less B above B, dB.
    pub fn left_db(&self) -> f64 {
        db(rms(&self.left[0])) - db(rms(&self.b[0]))
    }
}

/// Opens the window, lets `block` make and process one block after the other, turns to the page, lets it find the match, and listens to
/// everything by clicks; B is what is heard in the end. The window stays open.
pub fn listen(
    rig: &mut Rig,
    daw: &Daw,
    parent: u32,
    mut block: impl FnMut(&mut Processor, [&mut [f32]; 2]) + Send,
) -> Heard {
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
                let ((), tally) = alloc::count(|| block(&mut processor, [&mut left, &mut right]));
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
        instance.open_window(parent.into()).expect("a window");
        let frames = || heard.lock().expect("nobody panicked")[0].len();
        wait(instance, 2.0);
        daw.click(TAB.0, TAB.1);
        daw.point(5, 690);
        // Four seconds are aligned, and then matched; a busy machine takes its time.
        wait(instance, 16.0);
        let mut sections = vec![frames()];
        for (x, y) in [HEAR_A, HEAR_B, DIFFERENCE] {
            daw.click(x, y);
            daw.point(5, 690);
            wait(instance, 5.5);
            sections.push(frames());
        }
        daw.click(HEAR_B.0, HEAR_B.1);
        wait(instance, 0.5);
        stop.store(true, Ordering::Release);
        let processor = player.join().expect("the player");
        instance.return_processor(processor).expect("this instance's");
        sections
    });
    assert_eq!(heap.into_inner().expect("nobody panicked"), Vec::<String>::new(), "blocks that used the heap");
    let heard = heard.into_inner().expect("nobody panicked");
    let before = |end: usize| -> Audio { heard.iter().map(|channel| channel[end - PERIOD..end].to_vec()).collect() };
    let [programme, a, b, left] = [0, 1, 2, 3].map(|number| before(sections[number]));
    Heard { programme, a, b, left }
}

fn wait(instance: &mut Instance, seconds: f64) {
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    while Instant::now() < end {
        instance.pump_main_thread();
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether this is one round of a song that repeats itself, from wherever it begins, to the bit.
pub fn is_round(heard: &Audio, song: &Audio) -> bool {
    let starts = (0..PERIOD).step_by(BLOCK);
    let is_from = |start: usize| {
        heard
            .iter()
            .zip(song)
            .all(|(heard, song)| heard.iter().zip(song.iter().cycle().skip(start)).all(|(a, b)| a == b))
    };
    starts.into_iter().any(is_from)
}

/// A render, whatever of A and B is listened to, is the programme to the bit; and playback after it is not, but for those
/// switches that may be the programme.
pub fn check_render(rig: &mut Rig, song: &Audio, may_be: &[&str]) {
    let instance = rig.clap().expect("a CLAP rig");
    for switch in ["hear_a", "hear_difference", "hear_b"] {
        for id in ["hear_a", "hear_b", "hear_difference"] {
            assert!(instance.set_monitoring(id, id == switch), "{id}");
        }
        for is_offline in [true, false] {
            instance.deactivate();
            instance.set_offline(is_offline).expect("a mode");
            instance.activate(RATE, BLOCK as u32).expect("active");
            let mut round = || {
                let mut out: Audio = vec![Vec::new(); 2];
                for at in (0..PERIOD).step_by(BLOCK) {
                    let (mut left, mut right) = (vec![0.0; BLOCK], vec![0.0; BLOCK]);
                    let input = [&song[0][at..at + BLOCK], &song[1][at..at + BLOCK]];
                    instance.process(&input, None, &mut [&mut left, &mut right], &[]).expect("processed");
                    instance.pump_main_thread();
                    out[0].extend(left);
                    out[1].extend(right);
                }
                out.iter().zip(song).all(|(out, song)| first_difference(out, song).is_none())
            };
            let mut is_programme = round();
            // Faster than music: a busy machine may have drawn no picture yet, which is where the window gives what it has.
            let end = Instant::now() + Duration::from_secs(10);
            while !is_offline && is_programme && !may_be.contains(&switch) && Instant::now() < end {
                is_programme = round();
            }
            assert!(is_programme || !is_offline, "{switch}: a render");
            assert!(!is_programme || is_offline || may_be.contains(&switch), "{switch}: playback after it");
        }
    }
}

/// A frame for the window.
pub fn frame(daw: &Daw) -> testkit::desktop::Frame<'_> {
    daw.frame(SIZE, false)
}
