//! `twobus album`: joins to the sample, levels, gaps, fades, and what stands on disk when it goes wrong.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{expect_failure, names, programme, text, twobus, wav_float, wav16};
use host::audio;
use serde_json::Value;
use tempfile::{TempDir, tempdir};

const RATE: u32 = 48_000;

fn put(dir: &Path, name: &str, channels: &[&[f32]]) {
    let samples: Vec<f32> =
        (0..channels[0].len()).flat_map(|n| channels.iter().map(move |channel| channel[n])).collect();
    fs::write(dir.join(name), wav_float(RATE, channels.len() as u16, &samples)).expect("write");
}

/// A live recording in three songs of odd lengths without a pause, and the whole of it.
fn studio() -> (TempDir, [Vec<f32>; 2]) {
    let dir = tempdir().expect("tempdir");
    let whole = [0, 1].map(|channel| programme(500_001, 48_000.0, channel));
    for (name, from, to) in
        [("one.wav", 0, 170_007), ("two.wav", 170_007, 170_008 + 96_000), ("three.wav", 266_008, 500_001)]
    {
        put(dir.path(), name, &[&whole[0][from..to], &whole[1][from..to]]);
    }
    (dir, whole)
}

const SONGS: [&str; 3] = ["one.wav", "two.wav", "three.wav"];

#[track_caller]
fn album(dir: &Path, arguments: &[&str]) -> Value {
    let output = twobus(dir, &[&["album"], arguments, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON and nothing else")
}

fn read(path: impl AsRef<Path>) -> Vec<Vec<f32>> {
    audio::read(path).expect("read").channels
}

#[track_caller]
fn assert_near(value: &Value, expected: f64, tolerance: f64) {
    let number = value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));
    assert!((number - expected).abs() <= tolerance, "{number} is not {expected} ± {tolerance}");
}

/// Without gap and gain the record is the recording, to the bit, and so are its songs one after the other.
#[test]
fn joins_are_exact_to_the_sample() {
    let (dir, whole) = studio();
    let arguments = [&SONGS[..], &["--out", "record.wav", "--out-dir", "songs", "--bits", "32f"]].concat();
    let told = album(dir.path(), &arguments);
    let record = read(dir.path().join("record.wav"));
    assert!(record[0] == whole[0] && record[1] == whole[1], "the record is not the recording");
    assert_eq!(names(&dir.path().join("songs")), ["01 one.wav", "02 two.wav", "03 three.wav"]);
    let mut joined = vec![Vec::new(), Vec::new()];
    for name in names(&dir.path().join("songs")) {
        let song = read(dir.path().join("songs").join(name));
        joined.iter_mut().zip(&song).for_each(|(joined, song)| joined.extend_from_slice(song));
    }
    assert!(joined == record, "the songs one after the other are not the record");
    let starts: Vec<_> =
        told["songs"].as_array().expect("songs").iter().map(|song| song["start_frame"].as_u64()).collect();
    assert_eq!(starts, [Some(0), Some(170_007), Some(266_008)]);
    assert_near(&told["songs"][1]["start_s"], 170_007.0 / 48_000.0, 1e-12);
    assert_near(&told["record"]["duration_s"], 500_001.0 / 48_000.0, 1e-9);
}

/// Integers to which nothing is done stay what they are, to the bit and without dither, in 24 bits and in FLAC too; what is
/// changed is dithered.
#[test]
fn untouched_integers_stay_as_they_are() {
    let dir = tempdir().expect("tempdir");
    let samples: Vec<i16> = programme(40_000, 48_000.0, 0).iter().map(|x| (x * 32_768.0) as i16).collect();
    fs::write(dir.path().join("a.wav"), wav16(RATE, 1, &samples[..15_001])).expect("write");
    fs::write(dir.path().join("b.wav"), wav16(RATE, 1, &samples[15_001..])).expect("write");
    let expected: Vec<f32> = samples.iter().map(|&sample| f32::from(sample) / 32_768.0).collect();
    for (name, bits) in [("r.wav", "16"), ("r.flac", "16"), ("r.wav", "24"), ("r.flac", "24")] {
        album(dir.path(), &["a.wav", "b.wav", "--out", name, "--bits", bits]);
        assert!(read(dir.path().join(name))[0] == expected, "{name} in {bits} bits is not the songs");
    }
    album(dir.path(), &["a.wav", "b.wav", "--out", "r.wav", "--bits", "16", "--fade-out", "0.01"]);
    let faded = read(dir.path().join("r.wav")).remove(0);
    let begin = 40_000 - 480;
    assert!(faded[..begin] == expected[..begin], "before the fade nothing is done to the songs");
    // The dither's own noise, in the fade: it moves what a fade without dither would have rounded alike.
    assert!(faded[begin..] != expected[begin..], "the fade is not there");
}

#[test]
fn gaps_are_silence_of_their_length_and_fades_end_there() {
    let (dir, whole) = studio();
    let arguments = [
        "--out",
        "r.wav",
        "--out-dir",
        "songs",
        "--bits",
        "32f",
        "--gap",
        "0.5,0",
        "--fade-in",
        "0.1",
        "--fade-out",
        "0.25",
    ];
    let told = album(dir.path(), &[&SONGS[..], &arguments].concat());
    let record = &read(dir.path().join("r.wav"))[0];
    let original = &whole[0];
    assert_eq!(record.len(), 500_001 + 24_000);
    assert!(record[170_007..194_007].iter().all(|&x| x == 0.0), "the gap is silent");
    assert_eq!(told["songs"][1]["start_frame"], 194_007);
    assert_near(&told["songs"][1]["gap_s"], 0.5, 0.0);
    // Untouched between the fades: 0.1 s = 4800 frames in, 0.25 s = 12000 out.
    assert!(record[4800..158_007] == original[4800..158_007], "the first song is changed between its fades");
    // The second and third song join: no fade there.
    let joined = &original[170_007 + 4800..500_001 - 12_000];
    assert!(record[194_007 + 4800..524_001 - 12_000] == *joined, "the join is changed");
    for (edge, is_start) in [(0, true), (170_006, false), (194_007, true), (524_000, false)] {
        let around = |at: usize| record[at].abs();
        assert!(around(edge) < 0.01, "frame {edge} (start: {is_start}) is {}", record[edge]);
    }
    // Half way through, a raised cosine is at a half.
    let half = (0..200).map(|n| 2300 + n).map(|n| f64::from(record[n]) / f64::from(original[n])).sum::<f64>() / 200.0;
    assert!((half - 0.5).abs() < 0.01, "half way through the fade the gain is {half}");
    // A gap stands at the end of the song before it.
    assert_eq!(read(dir.path().join("songs/01 one.wav"))[0].len(), 170_007 + 24_000);
}

/// Three songs 6 LU apart.
fn uneven() -> TempDir {
    let dir = tempdir().expect("tempdir");
    let song: Vec<Vec<f32>> = (0..2).map(|channel| programme(5 * RATE as usize, 48_000.0, channel)).collect();
    for (name, gain) in [("a.wav", 0.5_f32), ("b.wav", 0.25), ("c.wav", 1.0)] {
        let scaled: Vec<Vec<f32>> = song.iter().map(|channel| channel.iter().map(|x| gain * x).collect()).collect();
        put(dir.path(), name, &[&scaled[0], &scaled[1]]);
    }
    dir
}

#[test]
fn loudness_is_the_same_by_song_or_as_asked_by_album() {
    let dir = uneven();
    let songs = ["a.wav", "b.wav", "c.wav"];
    let measured = |path: &str| -> f64 {
        let output = twobus(dir.path(), &["measure", "--json", path]);
        let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        json[0]["integrated_lufs"].as_f64().expect("a loudness")
    };

    let arguments = ["--by", "song", "--loudness", "-18", "--out-dir", "by-song", "--out", "by-song.flac"];
    let told = album(dir.path(), &[&songs[..], &arguments].concat());
    for name in ["by-song/01 a.wav", "by-song/02 b.wav", "by-song/03 c.wav", "by-song.flac"] {
        let lufs = measured(name);
        assert!((lufs + 18.0).abs() < 0.05, "{name} reads {lufs} LUFS");
    }
    assert_near(&told["record"]["integrated_lufs"], -18.0, 0.05);
    assert_near(&told["songs"][1]["integrated_lufs"], -18.0, 1e-9);

    let arguments = ["--by", "album", "--loudness=-20", "--out-dir", "by-album", "--out", "by-album.flac"];
    album(dir.path(), &[&songs[..], &arguments].concat());
    let lufs = measured("by-album.flac");
    assert!((lufs + 20.0).abs() < 0.05, "the record reads {lufs} LUFS");
    let [a, b, c] = ["by-album/01 a.wav", "by-album/02 b.wav", "by-album/03 c.wav"].map(measured);
    assert!((a - b - 6.02).abs() < 0.05 && (c - a - 6.02).abs() < 0.05, "the relations changed: {a} {b} {c}");

    // Nothing asked for: the songs meet at the loudness that the record has, and the record stays.
    let told = album(dir.path(), &[&songs[..], &["--by", "song"]].concat());
    let levels: Vec<f64> =
        told["songs"].as_array().expect("songs").iter().filter_map(|song| song["integrated_lufs"].as_f64()).collect();
    assert!(levels.windows(2).all(|pair| (pair[0] - pair[1]).abs() < 1e-9), "{levels:?}");
    let told = album(dir.path(), &songs);
    assert!(told["songs"].as_array().expect("songs").iter().all(|song| song["gain_db"] == 0.0));
    assert_eq!(names(dir.path()).len(), 7, "without an output nothing is written: {:?}", names(dir.path()));
}

#[test]
fn no_peak_passes_the_ceiling() {
    let dir = uneven();
    let before = names(dir.path());
    let arguments = ["album", "a.wav", "b.wav", "c.wav", "--by", "song", "--loudness", "-3", "--out", "r.wav"];
    expect_failure(dir.path(), &arguments, 1, &["at -3 LUFS", "dB above the ceiling of -1 dBTP", "LUFS at most fit"]);
    assert_eq!(names(dir.path()), before, "nothing is written");
    // Without a loudness of its own all are lowered alike.
    let told = album(dir.path(), &["a.wav", "b.wav", "c.wav", "--ceiling", "-12", "--out", "r.wav", "--bits", "32f"]);
    assert_near(&told["record"]["true_peak_dbtp"], -12.0, 0.05);
    let lowered = told["lowered_db"].as_f64().expect("a gain");
    assert!(lowered < -3.0);
    for song in told["songs"].as_array().expect("songs") {
        assert_near(&song["gain_db"], lowered, 1e-9);
    }
}

#[test]
fn the_record_has_one_report_with_its_songs() {
    let (dir, _) = studio();
    let arguments = ["--gap", "1", "--out", "record.flac", "--report", "report", "--target", "vinyl"];
    let output = twobus(dir.path(), &[&["album"], &SONGS[..], &arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    for word in ["three", "starts", "Integrated loudness", "pass vinyl", "0:04.5"] {
        assert!(told.contains(word), "{told} lacks {word:?}");
    }
    assert_eq!(names(&dir.path().join("report")), ["record.html", "record.json"]);
    let page = fs::read_to_string(dir.path().join("report/record.html")).expect("read");
    assert!(page.contains("<h2>Songs</h2>") && page.contains("3 songs") && page.contains(">two<"));
    assert_eq!(page.matches("class=\"join\"").count(), 2, "the songs' starts are in the plot");
    let json: Value =
        serde_json::from_slice(&fs::read(dir.path().join("report/record.json")).expect("read")).expect("JSON");
    assert_eq!(json["songs"][2]["title"], "three");
    // Two gaps of a second.
    assert_near(&json["facts"]["duration_s"], (500_001.0 + 96_000.0) / 48_000.0, 1e-9);
    assert_eq!(json["facts"]["bits"], 24);
    let status = twobus(dir.path(), &[&["album"], &SONGS[..], &["--target", "cd"]].concat()).status.code();
    assert_eq!(status, Some(1), "48 kHz is no disc");
}

#[test]
fn what_is_wrong_is_named_and_nothing_is_written() {
    let (dir, _) = studio();
    let path = dir.path();
    let song = programme(9600, 48_000.0, 0);
    put(path, "mono.wav", &[&song]);
    fs::write(path.join("rate.wav"), wav16(44_100, 2, &[100; 9600])).expect("write");
    fs::write(path.join("cut.wav"), &wav16(48_000, 2, &[1000; 20_000])[..9000]).expect("write");
    fs::write(path.join("nine.wav"), wav16(48_000, 9, &[0; 90])).expect("write");
    fs::write(path.join("file"), b"").expect("write");
    let before = names(path);
    for (arguments, status, words) in [
        (&["one.wav", "mono.wav", "--out", "r.wav"][..], 2, &["one.wav", "2 channel", "mono.wav", "and 1"][..]),
        (&["one.wav", "rate.wav", "--out", "r.wav"], 2, &["48000 Hz", "rate.wav", "44100 Hz"]),
        (&["one.wav", "cut.wav", "two.wav", "--out", "r.wav"], 3, &["cut.wav", "truncated"]),
        (&["one.wav", "none.wav", "--out", "r.wav"], 3, &["none.wav"]),
        (&["nine.wav", "--out", "r.wav"], 3, &["nine.wav", "9 channels"]),
        (&["one.wav", "two.wav", "three.wav", "--gap", "1,2,3", "--out", "r.wav"], 2, &["3 gaps for 3 songs", "or 2"]),
        (&["one.wav", "two.wav", "--out", "./one.wav"], 2, &["one.wav", "overwritten"]),
        (&["one.wav", "--out", "r.mp3"], 2, &["r.mp3", ".flac"]),
        (&["one.wav", "--out", "r.flac", "--bits", "32f"], 2, &["r.flac", "16, 24"]),
        (&["one.wav", "--out", "no/where/r.wav"], 3, &["no/where/r.wav"]),
        (&["one.wav", "--out-dir", "file"], 3, &["file", "cannot be written"]),
        (&["one.wav", "--gap", "-1"], 2, &["--gap"]),
        (&["one.wav", "--loudness", "3"], 2, &["--loudness", "-60 to 0"]),
        (&["one.wav", "--ceiling", "nan"], 2, &["--ceiling", "-60 to 20"]),
        (&["one.wav", "--fade-in", "x"], 2, &["--fade-in", "0 to 600"]),
        (&["one.wav", "--by", "day"], 2, &["--by", "song"]),
        (&["one.wav", "--target", "spotfy"], 2, &["\"spotfy\""]),
        (&[], 2, &["FILE"]),
    ] {
        expect_failure(path, &[&["album"], arguments].concat(), status, words);
        assert_eq!(names(path), before, "{arguments:?} left something behind");
    }
}

/// Ctrl-C in the middle of the writing: status 130, targets as they were, no temporary file.
#[cfg(unix)]
#[test]
fn ctrl_c_leaves_what_was() {
    let dir = tempdir().expect("tempdir");
    let samples = programme(2_000_000, 48_000.0, 0);
    put(dir.path(), "long.wav", &[&samples, &samples]);
    fs::write(dir.path().join("r.flac"), b"precious").expect("write");
    let before = names(dir.path());
    let mut child = Command::new(env!("CARGO_BIN_EXE_twobus"))
        .current_dir(dir.path())
        .args(["album", "long.wav", "long.wav", "long.wav", "--out", "r.flac"])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("run");
    let started = Instant::now();
    while names(dir.path()).len() == before.len() {
        assert!(started.elapsed() < Duration::from_secs(60), "the writing never began");
        assert!(child.try_wait().expect("wait").is_none(), "the record was done before it was stopped");
        std::thread::sleep(Duration::from_millis(2));
    }
    let sent = Command::new("bash").args(["-c", &format!("kill -INT {}", child.id())]).status().expect("kill");
    assert!(sent.success());
    let output = child.wait_with_output().expect("wait");
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("interrupted"));
    assert_eq!(names(dir.path()), before, "nothing half-written");
    assert_eq!(fs::read(dir.path().join("r.flac")).expect("read"), b"precious");
}
