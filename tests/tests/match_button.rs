//! Match, as a person uses it: the window is open, music plays, the button is clicked, five seconds pass.
#![cfg(target_os = "linux")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use testkit::analysis::loudness_lufs;
use testkit::desktop::{Daw, Server};
use testkit::signals::{Audio, programme};
use testkit::{Format, Plugin, Rig};

const RATE: f64 = 48_000.0;
const BLOCK: usize = 480;

/// A plugin, settings that change the loudness, where its button is at 100 %, and the gain that Match writes.
type Row = (Plugin, &'static [(&'static str, &'static str)], (i16, i16), &'static str);

const ROWS: [Row; 3] = [
    (Plugin::Glue, &[("threshold", "-30"), ("ratio", "4"), ("release", "0.3")], (597, 297), "makeup"),
    (Plugin::Saturator, &[("drive", "18"), ("input", "9")], (530, 335), "output"),
    (Plugin::Clipper, &[("drive", "6"), ("ceiling", "-3")], (518, 376), "makeup"),
];

fn wet_lufs(plugin: Plugin, settings: &[(&str, &str)], input: &Audio) -> f64 {
    let output = Rig::ready(plugin, Format::Clap, RATE, settings).run(input);
    let later: Audio = output.iter().map(|channel| channel[RATE as usize..].to_vec()).collect();
    loudness_lufs(&later, RATE)
}

/// Opens the window, plays, clicks, waits; returns the text of the gain that was learnt.
fn learn(row: &Row, daw: &Daw, second: &Audio) -> String {
    let (plugin, settings, (x, y), gain) = row;
    let mut rig = Rig::ready(*plugin, Format::Clap, RATE, settings);
    let before = rig.text(gain);
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
        instance.open_window(daw.window.into()).expect("a window");
        let mut wait = |seconds: f64| {
            let end = Instant::now() + Duration::from_secs_f64(seconds);
            while Instant::now() < end {
                instance.pump_main_thread();
                std::thread::sleep(Duration::from_millis(5));
            }
        };
        wait(1.5);
        daw.click(*x, *y);
        wait(7.0);
        stop.store(true, Ordering::Release);
        let processor = player.join().expect("the player");
        instance.close_window();
        instance.return_processor(processor).expect("this instance's");
    });
    let after = rig.text(gain);
    assert_ne!(before, after, "{plugin:?}: Match wrote nothing into {gain}");
    after
}

/// One test: the X server and the environment are the program's.
#[test]
fn match_makes_wet_and_dry_equally_loud() {
    let _server = Server::start();
    let daw = Daw::open();
    // Every second is as loud as any other, so that it does not matter which five are learnt.
    let long = programme(RATE, 1.0, 6 * RATE as usize);
    let second: Audio = long.iter().map(|channel| channel[..RATE as usize].to_vec()).collect();
    for row in &ROWS {
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
}
