//! A band that is listened to: what it acts on, where that is, and nothing of what it does to it.

use testkit::analysis::{click_db, db, peak, tone_peak};
use testkit::signals::{Audio, sine};
use testkit::{Format, Rig};

use crate::support::*;

const RATE_HZ: f64 = 48_000.0;

/// Band 1 is listened to, in real time.
fn listening(phase: &str, band: &Band) -> Rig {
    let mut rig = set(Format::Clap, phase, std::slice::from_ref(band), &[("linear_length", "Shortest")]);
    rig.offline(false);
    rig.activate(RATE_HZ, 1024);
    rig.listen("listen_1", true);
    rig
}

fn levels(output: &Audio, hz: f64) -> [f64; 2] {
    [0, 1].map(|channel: usize| db(tone_peak(&output[channel][19_200..], RATE_HZ, hz)))
}

#[test]
fn a_band_lets_hear_what_it_acts_on() {
    // What comes of a tone on the left at -12 dBFS, on the left and on the right.
    for (channels, left, right) in [
        ("Stereo", Some(-12.0), None),
        ("Left", Some(-12.0), None),
        ("Right", None, None),
        ("Mid", Some(-18.02), Some(-18.02)),
        ("Side", Some(-18.02), Some(-18.02)),
    ] {
        for phase in ["Minimum", "Natural", "Linear"] {
            let mut rig = listening(phase, &Band { channels, ..Band::new("Bell", 1000.0, 6.0, 4.0) });
            let silence = vec![0.0_f32; 24_000];
            for (hz, loss_db) in [(1000.0, 0.0), (100.0, 10.0 * (1.0 + (4.0_f64 * 9.9).powi(2)).log10())] {
                let output = rig.run(&vec![sine(RATE_HZ, hz, -12.0, 24_000), silence.clone()]);
                for (found_db, meant_db) in levels(&output, hz).into_iter().zip([left, right]) {
                    match meant_db {
                        Some(meant_db) => {
                            let error_db = (found_db - meant_db + loss_db).abs();
                            // The band-pass is warped by the bilinear transform, but for its centre.
                            assert!(error_db < 0.1, "{phase}, {channels}, {hz} Hz: {found_db:.2} dB");
                        }
                        None => assert!(found_db < -120.0, "{phase}, {channels}, {hz} Hz: {found_db:.2} dB"),
                    }
                }
            }
        }
    }
}

/// As late as everything else: or it would come before the other tracks.
#[test]
fn what_is_listened_to_is_as_late_as_the_plugin_says() {
    for phase in ["Minimum", "Natural", "Linear"] {
        let mut rig = listening(phase, &Band::new("Bell", 8000.0, 6.0, 0.5));
        let latency = rig.latency();
        let silence = vec![vec![0.0_f32; 24_000]; 2];
        rig.run(&silence);
        let mut input = vec![vec![0.0_f32; latency + 4800]; 2];
        (input[0][0], input[1][0]) = (0.5, 0.5);
        let output = rig.run(&input);
        assert!(output[0][..latency].iter().all(|&x| x.abs() < 1e-9), "{phase}: before {latency} samples");
        assert!(output[0][latency].abs() > 0.05, "{phase}: {} at {latency} samples", output[0][latency]);
    }
}

#[test]
fn nobody_listens_in_a_render() {
    let bands = [Band::new("Bell", 1000.0, 6.0, 1.0)];
    let tone = sine(RATE_HZ, 300.0, -12.0, 24_000);
    let input = vec![tone.clone(), tone];
    let render = |is_listening: bool| {
        let mut rig = eq(Format::Clap, RATE_HZ, "Minimum", &bands, &[]);
        rig.listen("listen_1", is_listening);
        rig.run(&input)
    };
    assert!(peak(&render(false)[0]) > 0.1);
    assert_eq!(render(true), render(false));
}

#[test]
fn another_part_of_the_image_comes_without_a_click() {
    let tone = sine(RATE_HZ, 1000.0, -12.0, 48_000);
    let other: Vec<f32> = tone.iter().map(|x| -0.5 * x).collect();
    for (key, text) in [("band1_channels", "Mid"), ("band1_channels", "Right"), ("band1_frequency", "900 Hz")] {
        let mut rig = listening("Minimum", &Band::new("Bell", 1000.0, 6.0, 1.0));
        let event = rig.event(24_000, key, text);
        let output = rig.run_with(&vec![tone.clone(), other.clone()], None, &[event], &[512]);
        let click = click_db(&output[1][12_000..], RATE_HZ, 1000.0);
        println!("{key} to {text}: {click:.1} dB");
        assert!(click <= -60.0, "{key} to {text}: {click:.1} dB");
    }
}
