//! Match, and the Saturator's Set from programme, as a person uses them: the window is open, music plays, the button is clicked, five
//! seconds pass.
#![cfg(target_os = "linux")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use host::OutputEvent;
use testkit::analysis::{loudness_lufs, operating_level_db};
use testkit::desktop::{Daw, Server};
use testkit::rig::id_of;
use testkit::signals::{Audio, programme};
use testkit::{Format, Plugin, Rig};

const RATE: f64 = 48_000.0;
const BLOCK: usize = 480;
/// The largest window at 100 %.
const SIZE: (u32, u32) = (1000, 600);

/// A plugin, its settings, where the button is at 100 %, and the parameter that the button writes.
type Row = (Plugin, &'static [(&'static str, &'static str)], (i16, i16), &'static str);

/// Three bands that make it louder, one of them on the mid alone.
const LIFTED: [(&str, &str); 9] = [
    ("band1_shape", "Low shelf"),
    ("band1_gain", "4"),
    ("band2_shape", "Bell"),
    ("band2_frequency", "2 kHz"),
    ("band2_q", "0.5"),
    ("band2_gain", "5"),
    ("band3_shape", "High shelf"),
    ("band3_gain", "3"),
    ("band3_channels", "Mid"),
];
/// Settings that change the loudness, for Match to undo.
const MATCHES: [Row; 4] = [
    (Plugin::Glue, &[("threshold", "-30"), ("ratio", "4"), ("release", "0.3")], (530, 341), "makeup"),
    (Plugin::Saturator, &[("drive", "18"), ("input", "9")], (770, 436), "output"),
    (Plugin::Eq, &LIFTED, (894, 466), "output"),
    (Plugin::Clipper, &[("drive", "6"), ("ceiling", "-3")], (118, 410), "makeup"),
];

fn wet_lufs(plugin: Plugin, settings: &[(&str, &str)], input: &Audio) -> f64 {
    let output = Rig::ready(plugin, Format::Clap, RATE, settings).run(input);
    let later: Audio = output.iter().map(|channel| channel[RATE as usize..].to_vec()).collect();
    loudness_lufs(&later, RATE)
}

/// Opens the window, plays, clicks, waits; returns the text of what was learnt. The button shows that it works, ends by
/// itself, and writes once, as one gesture.
fn learn(row: &Row, daw: &Daw, second: &Audio) -> String {
    let &(plugin, settings, (x, y), key) = row;
    let mut rig = Rig::ready(plugin, Format::Clap, RATE, settings);
    let before = rig.text(key);
    let frame = daw.frame(SIZE, false);
    let button = || frame.picture((x - 30, y - 8, 60, 16));
    let instance = rig.clap().expect("a CLAP rig");
    let mut processor = instance.take_processor().expect("a processor");
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let player = scope.spawn(|| {
            let (mut left, mut right) = (vec![0.0; BLOCK], vec![0.0; BLOCK]);
            let start = Instant::now();
            let mut blocks = 0_u32;
            while !stop.load(Ordering::Acquire) {
                let at = blocks as usize * BLOCK % second[0].len();
                let input = [&second[0][at..at + BLOCK], &second[1][at..at + BLOCK]];
                processor.process(&input, None, &mut [&mut left, &mut right], &[]).expect("processed");
                blocks += 1;
                // In real time: what is learnt is what is heard.
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
        daw.point(5, 790);
        wait(1.5);
        let at_rest = button();
        daw.click(x, y);
        daw.point(5, 790);
        wait(2.0);
        let is_working = button() != at_rest;
        wait(5.0);
        let has_ended = button() == at_rest;
        stop.store(true, Ordering::Release);
        let processor = player.join().expect("the player");
        instance.close_window();
        instance.return_processor(processor).expect("this instance's");
        assert!(is_working, "{plugin:?}, {key}: the button was not pressed");
        assert!(has_ended, "{plugin:?}, {key}: the button does not end by itself");
    });
    let sent = instance.drain_output_events();
    let is_one_gesture = matches!(
        sent[..],
        [
            OutputEvent::GestureBegin { param_id: begun, .. },
            OutputEvent::Value { param_id: moved, .. },
            OutputEvent::GestureEnd { param_id: ended, .. },
        ] if [begun, moved, ended] == [id_of(key); 3]
    );
    assert!(is_one_gesture, "{plugin:?}, {key}: {sent:?}");
    let after = rig.text(key);
    assert_ne!(before, after, "{plugin:?}: nothing was written into {key}");
    after
}

/// One test: the X server and the environment are the program's.
#[test]
fn match_makes_wet_and_dry_equally_loud_and_measure_finds_the_level() {
    let config = tempfile::tempdir().expect("a temporary folder");
    // SAFETY: first thing in a program with one test, before any thread that reads the environment.
    unsafe { std::env::set_var("XDG_CONFIG_HOME", config.path()) };
    let _server = Server::start();
    let daw = Daw::open();
    // Every second is as loud as any other, so that it does not matter which five are learnt.
    let long = programme(RATE, 1.0, 6 * RATE as usize);
    let second: Audio = long.iter().map(|channel| channel[..RATE as usize].to_vec()).collect();
    for row in &MATCHES {
        let (plugin, settings, _, gain) = row;
        let input: Audio = second.iter().map(|channel| channel.repeat(6)).collect();
        // Loudness after the input trim, which is on both sides.
        let trim_db: f64 =
            settings.iter().find(|(key, _)| *key == "input").map_or(0.0, |(_, text)| text.parse().expect("dB"));
        let dry_lufs = loudness_lufs(&input, RATE) + trim_db;
        let before_lu = wet_lufs(*plugin, settings, &input) - dry_lufs;
        let learnt = learn(row, &daw, &second);
        let after_lu = wet_lufs(*plugin, &[settings, &[(*gain, learnt.as_str())][..]].concat(), &input) - dry_lufs;
        println!("{plugin:?}: {before_lu:+.2} LU before, {gain} {learnt} learnt, {after_lu:+.3} LU after");
        assert!(before_lu.abs() > 0.3, "{plugin:?}: void unless there is something to match: {before_lu:+.2} LU");
        assert!(after_lu.abs() <= 0.1, "{plugin:?}: {after_lu:+.3} LU after Match");
    }

    let measure: Row = (Plugin::Saturator, &[("drive", "6"), ("input", "-3")], (80, 434), "zero_vu");
    let level_db = operating_level_db(&second) - 3.0;
    let learnt = learn(&measure, &daw, &second);
    println!("Measure: {learnt} learnt, {level_db:.2} dBFS computed");
    let learnt_db: f64 = learnt.split(' ').next().and_then(|number| number.parse().ok()).expect("a level in dBFS");
    assert!((level_db + 18.0).abs() > 1.0, "void at the default: {level_db} dBFS");
    // It is written in steps of 0.1 dB.
    assert!((learnt_db - level_db).abs() <= 0.1, "{learnt} measured, {level_db} dBFS computed");
}
