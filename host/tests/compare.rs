//! `twobus compare`: loudness, delay, polarity and what is left, for versions whose difference is known.

mod common;

use std::f64::consts::TAU;
use std::fs;
use std::path::Path;

use common::{expect_failure, programme, text, twobus, wav_float, wav16};
use serde_json::Value;
use tempfile::tempdir;

const RATE: u32 = 48_000;

fn put(dir: &Path, name: &str, channels: &[&[f32]]) {
    let samples: Vec<f32> =
        (0..channels[0].len()).flat_map(|n| channels.iter().map(move |channel| channel[n])).collect();
    fs::write(dir.join(name), wav_float(RATE, channels.len() as u16, &samples)).expect("write");
}

#[track_caller]
fn compared(dir: &Path, a: &str, b: &str) -> Value {
    let output = twobus(dir, &["compare", a, b, "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON and nothing else")
}

#[track_caller]
fn assert_near(value: &Value, expected: f64, tolerance: f64) {
    let number = value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));
    assert!((number - expected).abs() <= tolerance, "{number} is not {expected} ± {tolerance}");
}

/// Many sines below 15 kHz at random phases, evaluated at any time: so a delay of any fraction is exact.
fn music(frames: usize, delay_samples: f64, channel: usize) -> Vec<f32> {
    let mut state = 0x5eed_u64 + channel as u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let parts: Vec<(f64, f64, f64)> = (0..160)
        .map(|k| {
            let hz = 60.0 * (15_000.0_f64 / 60.0).powf((f64::from(k) + random()) / 160.0);
            (TAU * hz / f64::from(RATE), TAU * random(), 0.02 * (0.3 + random()))
        })
        .collect();
    // The loudness moves twice a second, so that the sound is its own only once.
    (0..frames)
        .map(|n| {
            let t = n as f64 - delay_samples;
            let beat = 0.6 + 0.4 * (TAU * t / 23_456.7).sin() * (TAU * t / 6_543.2).cos();
            parts.iter().map(|(omega, phase, gain)| gain * beat * (omega * t + phase).sin()).sum::<f64>() as f32
        })
        .collect()
}

/// specs/meter.md: loudness matched within 0.1 LU, delay found within 0.1 sample, and polarity found.
#[test]
fn gain_delay_and_polarity_are_found() {
    let dir = tempdir().expect("tempdir");
    let frames = 4 * RATE as usize;
    let original: Vec<Vec<f32>> = (0..2).map(|channel| music(frames, 0.0, channel)).collect();
    put(dir.path(), "a.wav", &[&original[0], &original[1]]);
    for (delay, gain_db, sign) in [(57.0, -6.0, 1.0), (-1200.0, 3.0, -1.0), (10.5, 0.0, 1.0), (333.25, 4.5, -1.0)] {
        let gain = (sign * 10f64.powf(gain_db / 20.0)) as f32;
        let later: Vec<Vec<f32>> =
            (0..2).map(|channel| music(frames, delay, channel).into_iter().map(|x| gain * x).collect()).collect();
        put(dir.path(), "b.wav", &[&later[0], &later[1]]);
        let found = compared(dir.path(), "a.wav", "b.wav");
        assert_near(&found["delay_samples"], delay, 0.1);
        assert_near(&found["delay_ms"], delay / 48.0, 0.1 / 48.0);
        assert_eq!(found["is_inverted"], sign < 0.0, "{delay} samples, {gain_db} dB");
        // Up to the frames that only one of them has.
        assert_near(&found["match_gain_db"], -gain_db, 0.1);
        assert!(found["confidence"].as_f64().expect("a confidence") > 0.4, "{found}");
        // Aligned and matched, next to nothing is left; a fraction of 0.1 sample at 15 kHz would leave -14 dB.
        let left = found["delta"]["relative_db"].as_f64().expect("a level");
        assert!(left < -35.0, "{delay} samples, {gain_db} dB: {left} dB are left");
    }
}

/// Issue 15: what a gain and a whole delay alone leave is below -90 dB.
#[test]
fn a_gain_and_a_whole_delay_null() {
    let dir = tempdir().expect("tempdir");
    let frames = 6 * RATE as usize;
    let original = music(frames, 0.0, 0);
    put(dir.path(), "a.wav", &[&original]);
    for (delay, gain_db, sign) in [(1234, -7.3, 1.0), (64, 5.5, -1.0), (20_000, -0.7, 1.0)] {
        let gain = sign * 10f32.powf(gain_db / 20.0);
        let late: Vec<f32> = std::iter::repeat_n(0.0, delay).chain(original.iter().map(|x| gain * x)).collect();
        put(dir.path(), "b.wav", &[&late]);
        let found = compared(dir.path(), "a.wav", "b.wav");
        assert_near(&found["delay_samples"], delay as f64, 0.0);
        assert_near(&found["match_gain_db"], -f64::from(gain_db), 0.001);
        let left = found["delta"]["relative_db"].as_f64().expect("a level");
        assert!(left < -90.0, "{delay} samples, {gain_db} dB: {left} dB are left");
    }
}

#[test]
fn a_copy_leaves_nothing_and_a_change_leaves_itself() {
    let dir = tempdir().expect("tempdir");
    let frames = 3 * RATE as usize;
    let original = music(frames, 0.0, 0);
    put(dir.path(), "a.wav", &[&original]);
    let same = compared(dir.path(), "a.wav", "a.wav");
    assert!(same["delta"]["rms_dbfs"].is_null(), "{same}");
    assert_near(&same["delay_samples"], 0.0, 0.0);
    assert_near(&same["match_gain_db"], 0.0, 0.0);
    assert_near(&same["confidence"], 1.0, 0.01);
    let output = twobus(dir.path(), &["compare", "a.wav", "a.wav"]);
    assert!(text(&output.stdout).contains("the same to the bit"), "{}", text(&output.stdout));

    // A hum of 20 Hz, which hardly counts in loudness, is what is left, at its own level.
    let hum: Vec<f32> = original
        .iter()
        .enumerate()
        .map(|(n, x)| x + (0.01 * (TAU * 20.0 * n as f64 / f64::from(RATE)).sin()) as f32)
        .collect();
    put(dir.path(), "hum.wav", &[&hum]);
    let found = compared(dir.path(), "a.wav", "hum.wav");
    assert_near(&found["delta"]["rms_dbfs"], -43.01, 0.3);
    let thirds = found["spectrum"].as_array().expect("a spectrum");
    assert!(thirds.len() >= 30, "20 Hz to 20 kHz in thirds: {}", thirds.len());
    let at =
        |hz: f64| thirds.iter().find(|third| (third["hz"].as_f64().unwrap() / hz).ln().abs() < 0.05).expect("a third");
    // The window's lobe is wider than the lowest third.
    assert_near(&at(20.0)["b_dbfs"], -41.0, 2.0);
    assert_near(&at(1000.0)["difference_db"], 0.0, 0.1);
    assert!(at(20.0)["difference_db"].as_f64().is_none_or(|db| db > 20.0));
    for side in ["a", "b"] {
        assert!(found[side]["integrated_lufs"].is_f64() && found[side]["file"].is_string());
    }
}

#[test]
fn strangers_and_silence_are_said_to_be_so() {
    let dir = tempdir().expect("tempdir");
    let frames = 2 * RATE as usize;
    put(dir.path(), "a.wav", &[&programme(frames, 48_000.0, 0)]);
    put(dir.path(), "silence.wav", &[&vec![0.0; frames]]);
    let found = compared(dir.path(), "a.wav", "silence.wav");
    for key in ["match_gain_db", "delay_samples", "is_inverted", "confidence", "delta"] {
        assert!(found[key].is_null(), "{key} is {}", found[key]);
    }
    let output = twobus(dir.path(), &["compare", "a.wav", "silence.wav"]);
    assert!(text(&output.stdout).contains("No delay explains"), "{}", text(&output.stdout));
}

#[test]
fn files_that_do_not_fit_are_named() {
    let dir = tempdir().expect("tempdir");
    let song = programme(9600, 48_000.0, 0);
    put(dir.path(), "mono.wav", &[&song]);
    put(dir.path(), "stereo.wav", &[&song, &song]);
    fs::write(dir.path().join("rate.wav"), wav16(44_100, 1, &[100; 9600])).expect("write");
    expect_failure(
        dir.path(),
        &["compare", "mono.wav", "stereo.wav"],
        2,
        &["mono.wav", "1 channel", "stereo.wav", "and 2"],
    );
    expect_failure(dir.path(), &["compare", "mono.wav", "rate.wav"], 2, &["48000 Hz", "rate.wav", "44100 Hz"]);
    expect_failure(dir.path(), &["compare", "mono.wav", "none.wav"], 3, &["none.wav"]);
    expect_failure(dir.path(), &["compare", "mono.wav"], 2, &["<B>"]);
}
