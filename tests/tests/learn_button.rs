//! Limiter's Learn, as a person uses it: the window is open, music plays, the button is clicked, and clicked again.
#![cfg(target_os = "linux")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use host::OutputEvent;
use testkit::analysis::{db, loudness_lufs, peak, rms};
use testkit::desktop::{Daw, Server};
use testkit::rig::id_of;
use testkit::signals::{Audio, programme, sine};
use testkit::{Format, Plugin, Rig};

const RATE: f64 = 48_000.0;
const BLOCK: usize = 480;
/// The window at 100 %, and where Learn is in it.
const SIZE: (u32, u32) = (820, 500);
const LEARN: (i16, i16) = (195, 372);

/// The music as it comes out with these settings, less the first second.
fn limited(settings: &[(&str, &str)], second: &Audio) -> Audio {
    let input: Audio = second.iter().map(|channel| channel.repeat(7)).collect();
    let output = Rig::ready(Plugin::Limiter, Format::Clap, RATE, settings).run(&input);
    output.iter().map(|channel| channel[RATE as usize..].to_vec()).collect()
}

fn crest_db(audio: &Audio) -> f64 {
    db(peak(&audio.concat())) - db(rms(&audio.concat()))
}

/// Opens the window, plays, clicks, waits, clicks again; the text of the gain that was learnt. It is written once, as one
/// gesture.
fn learn(settings: &[(&str, &str)], daw: &Daw, second: &Audio) -> String {
    let mut rig = Rig::ready(Plugin::Limiter, Format::Clap, RATE, settings);
    let frame = daw.frame(SIZE, false);
    let (x, y) = LEARN;
    let button = || frame.picture((x - 45, y - 8, 90, 16));
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
        wait(6.0);
        let is_working = button() != at_rest;
        daw.click(x, y);
        daw.point(5, 790);
        wait(1.0);
        let has_ended = button() == at_rest;
        stop.store(true, Ordering::Release);
        let processor = player.join().expect("the player");
        instance.close_window();
        instance.return_processor(processor).expect("this instance's");
        assert!(is_working, "{settings:?}: the button was not pressed");
        assert!(has_ended, "{settings:?}: the run did not end");
    });
    let sent = instance.drain_output_events();
    let is_one_gesture = matches!(
        sent[..],
        [
            OutputEvent::GestureBegin { param_id: begun, .. },
            OutputEvent::Value { param_id: moved, .. },
            OutputEvent::GestureEnd { param_id: ended, .. },
        ] if [begun, moved, ended] == [id_of("gain"); 3]
    );
    assert!(is_one_gesture, "{settings:?}: {sent:?}");
    rig.text("gain")
}

/// One test: the X server and the environment are the program's.
#[test]
fn learn_reaches_its_target_and_stops_where_the_crest_factor_would_fall() {
    let config = tempfile::tempdir().expect("a temporary folder");
    // SAFETY: first thing in a program with one test, before any thread that reads the environment.
    unsafe { std::env::set_var("XDG_CONFIG_HOME", config.path()) };
    let _server = Server::start();
    let daw = Daw::open();
    // Every second is as loud as any other, so that it does not matter which are heard.
    let long = programme(RATE, 1.0, 6 * RATE as usize);
    let second: Audio = long.iter().map(|channel| channel[..RATE as usize].to_vec()).collect();
    let plain_lufs = loudness_lufs(&limited(&[], &second), RATE);

    for (aim, above_lu, settings) in [
        ("Integrated", 3.0, &[("gain", "12")][..]),
        ("Short-term", 5.0, &[("input", "3"), ("output", "-2"), ("style", "Punch")][..]),
    ] {
        let target_lufs = (plain_lufs + above_lu).round();
        let target = format!("{target_lufs}");
        let all = [settings, &[("learn_aim", aim), ("learn_target", &target)]].concat();
        let learnt = learn(&all, &daw, &second);
        let lufs = loudness_lufs(&limited(&[&all[..], &[("gain", &learnt)]].concat(), &second), RATE);
        println!("{aim}: {learnt} learnt for {target_lufs} LUFS, {lufs:.2} LUFS; without gain {plain_lufs:.2}");
        assert!((lufs - target_lufs).abs() <= 0.2, "{aim}: {learnt} gives {lufs:.2} LUFS for {target_lufs}");
    }

    // Hits of a tone, whose crest is what the gain takes first. Whole periods in a second: it repeats without a click.
    let hit = |n: usize| (-((n % 12_000) as f32) / 1500.0).exp();
    let wave = sine(RATE, 540.0, 0.0, RATE as usize);
    let hits: Vec<f32> = wave.iter().enumerate().map(|(n, x)| (0.05 + 0.5 * hit(n)) * x).collect();
    let second: Audio = vec![hits.clone(), hits];
    let loud = [("learn_target", "-5")];
    let learnt = learn(&loud, &daw, &second);
    let crest_at = |gain: &str| crest_db(&limited(&[("gain", gain)], &second));
    let gain_db: f64 = learnt.split(' ').next().and_then(|number| number.parse().ok()).expect("a gain in dB");
    let (at, beyond) = (crest_at(&learnt), crest_at(&format!("{}", gain_db + 1.0)));
    println!("-5 LUFS: stops at {learnt}, crest factor {at:.2} dB; a decibel more leaves {beyond:.2} dB");
    assert!(gain_db > 1.0, "void if it never began: {learnt}");
    assert!(at >= 7.9 && beyond < 8.0, "{learnt}: crest factor {at:.2} dB, and {beyond:.2} dB a decibel later");
}
