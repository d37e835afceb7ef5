//! What is odd about files, as the command line says it: warnings, keys of JSON and exit statuses.

mod common;

use std::fs;

use common::{programme, text, twobus, wav, wav16};
use host::audio::{self, Bits};
use serde_json::Value;
use tempfile::tempdir;

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

#[test]
fn odd_files_are_measured_with_a_warning() {
    let dir = tempdir().expect("tempdir");
    let samples: Vec<i16> = programme(48_000, 48_000.0, 0).iter().map(|x| (x * 20_000.0) as i16).collect();
    let whole = wav16(48_000, 1, &samples);
    fs::write(dir.path().join("whole.wav"), &whole).expect("write");
    let mut odd = whole;
    odd[40..44].fill(0);
    fs::write(dir.path().join("odd.wav"), odd).expect("write");
    let output = twobus(dir.path(), &["measure", "--json", "whole.wav", "odd.wav"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let rows = json(&output.stdout);
    assert_eq!(rows[0]["warnings"], Value::Array(Vec::new()));
    assert!(
        rows[1]["warnings"][0].as_str().is_some_and(|warning| warning.contains("size of its audio is 0")),
        "{rows}"
    );
    let loudness = |row: &Value| row["integrated_lufs"].as_f64().expect("a loudness");
    assert_eq!(loudness(&rows[0]), loudness(&rows[1]));
    assert!(text(&output.stderr).contains("warning: odd.wav: the size of its audio is 0"), "{}", text(&output.stderr));
}

/// The example of the report: 24 bits in 32 without the extensible header were measured as noise.
#[test]
fn narrow_samples_in_wide_containers_are_not_measured_as_noise() {
    let dir = tempdir().expect("tempdir");
    let samples = programme(5 * 48_000, 48_000.0, 0);
    let narrow = |bytes: usize| -> Vec<u8> {
        let wide = samples.iter().map(|x| (x * 1_000_000.0) as i32 * 256);
        wide.flat_map(|x| x.to_le_bytes()[4 - bytes..].to_vec()).collect()
    };
    fs::write(dir.path().join("24.wav"), wav(48_000, 1, 24, 1, &narrow(3))).expect("write");
    let mut wide = wav(48_000, 1, 32, 1, &narrow(4));
    wide[34] = 24;
    fs::write(dir.path().join("32.wav"), wide).expect("write");
    let output = twobus(dir.path(), &["measure", "--json", "24.wav", "32.wav"]);
    let rows = json(&output.stdout);
    for key in ["integrated_lufs", "duration_s", "sample_peak_dbfs"] {
        let value = |row: usize| rows[row][key].as_f64().expect("a number");
        assert_eq!(value(0), value(1), "{key}");
    }
    assert_eq!(rows[1]["duration_s"].as_f64(), Some(5.0));
}

#[test]
fn damage_ends_in_1_where_it_is_allowed_and_in_3_where_not() {
    let dir = tempdir().expect("tempdir");
    let samples = programme(96_000, 48_000.0, 0);
    audio::write(dir.path().join("whole.flac"), 48_000, &[&samples], Bits::Int16).expect("write");
    let mut bytes = fs::read(dir.path().join("whole.flac")).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    // Length not known.
    bytes[21] &= 0xf0;
    bytes[22..26].fill(0);
    fs::write(dir.path().join("hurt.flac"), bytes).expect("write");
    let strict = twobus(dir.path(), &["measure", "hurt.flac"]);
    assert_eq!(strict.status.code(), Some(3));
    let message = text(&strict.stderr);
    assert!(message.contains("damaged") && message.contains("lost") && !message.contains("truncated"), "{message}");
    let allowed = twobus(dir.path(), &["measure", "--json", "--allow-damaged", "hurt.flac"]);
    assert_eq!(allowed.status.code(), Some(1));
    let rows = json(&allowed.stdout);
    assert_eq!(rows[0]["duration_s"].as_f64(), Some(2.0));
    assert!(text(&allowed.stderr).contains("4096 frames are lost"), "{}", text(&allowed.stderr));
}

#[test]
fn dual_mono_is_3_lu_louder() {
    let dir = tempdir().expect("tempdir");
    let samples = programme(5 * 48_000, 48_000.0, 0);
    audio::write(dir.path().join("mono.wav"), 48_000, &[&samples], Bits::Int24).expect("write");
    let read = |arguments: &[&str]| json(&twobus(dir.path(), arguments).stdout)[0].clone();
    let (one, two) =
        (read(&["measure", "--json", "mono.wav"]), read(&["measure", "--json", "--dual-mono", "mono.wav"]));
    assert_eq!((&one["dual_mono"], &two["dual_mono"]), (&Value::Bool(false), &Value::Bool(true)));
    let difference = two["integrated_lufs"].as_f64().expect("a number") - one["integrated_lufs"].as_f64().expect("one");
    assert!((difference - 3.0103).abs() < 0.001, "{difference}");
    assert_eq!(one["true_peak_dbtp"], two["true_peak_dbtp"]);
}

/// One rule in the writer for all that writes: on the grid, no dither; from the first sample off it, dither.
#[test]
fn dither_begins_with_the_first_sample_off_the_grid() {
    let dir = tempdir().expect("tempdir");
    let step = 1.0 / 32_768.0_f32;
    let mut samples: Vec<f32> = (0..20_000).map(|n| ((n * 37) % 2001 - 1000) as f32 * step).collect();
    for name in ["on.wav", "on.flac"] {
        audio::write(dir.path().join(name), 48_000, &[&samples], Bits::Int16).expect("write");
        assert_eq!(audio::read(dir.path().join(name)).expect("read").channels[0], samples, "{name}");
    }
    samples[10_000] += 0.3 * step;
    audio::write(dir.path().join("off.wav"), 48_000, &[&samples], Bits::Int16).expect("write");
    let back = audio::read(dir.path().join("off.wav")).expect("read").channels.remove(0);
    assert_eq!(back[..10_000], samples[..10_000]);
    let changed = back[10_001..].iter().zip(&samples[10_001..]).filter(|(a, b)| a != b).count();
    // Triangular dither of two steps moves a quarter of the samples.
    assert!((2000..3000).contains(&changed), "{changed} of 9999");
}
