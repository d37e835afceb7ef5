//! The program itself: exit statuses, messages, and what is on disk afterwards.

mod common;

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{expect_failure, names, peak_memory_kb, programme, text, twobus, wav_float, wav16};
use host::audio::{self, Bits};
use tempfile::{TempDir, tempdir};

/// A folder with a song of one second, a chain that needs no plugin, and an empty folder for plugins.
fn studio() -> TempDir {
    let dir = tempdir().expect("tempdir");
    let samples = programme(48_000, 48_000.0, 0);
    audio::write(dir.path().join("in.wav"), 48_000, &[&samples, &samples], Bits::Float32).expect("write");
    fs::write(dir.path().join("level.toml"), "name = \"Level\"\noutput_level_db = -0.3\n").expect("write");
    fs::create_dir(dir.path().join("none")).expect("mkdir");
    dir
}

#[test]
fn a_render_is_done_and_says_so() {
    let dir = studio();
    let output = twobus(dir.path(), &["render", "in.wav", "out.flac", "--chain", "level.toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(output.stderr.is_empty(), "no progress bar where nobody sees one: {}", text(&output.stderr));
    assert!(text(&output.stdout).contains("LUFS"));
    let rendered = audio::read(dir.path().join("out.flac")).expect("read");
    assert_eq!((rendered.frames(), rendered.channels.len(), rendered.spec.bits), (48_000, 2, Some(24)));

    let output = twobus(dir.path(), &["render", "in.wav", "out.wav", "-c", "level.toml", "--bits", "16", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON and nothing else");
    assert_eq!((&json["file"], &json["output"]), (&"in.wav".into(), &"out.wav".into()));
    assert_eq!((json["frames"].as_u64(), json["sample_rate_hz"].as_u64()), (Some(48_000), Some(48_000)));
    for side in ["before", "after"] {
        for key in [
            "integrated_lufs",
            "max_momentary_lufs",
            "loudness_range_lu",
            "true_peak_dbtp",
            "sample_peak_dbfs",
            "rms_dbfs",
            "crest_factor_db",
        ] {
            // A second of programme has no loudness range, but the key is there all the same.
            assert!(json[side].as_object().expect("readings").contains_key(key), "{side}.{key}");
        }
        assert!(json[side]["integrated_lufs"].is_f64());
    }
    assert!((json["after"]["sample_peak_dbfs"].as_f64().expect("a peak") + 0.3).abs() < 1e-4);
    assert_eq!(json["plugins"], serde_json::json!([]));
}

#[test]
fn several_songs_go_to_a_folder_and_one_bad_song_keeps_none() {
    let dir = studio();
    for name in ["b.wav", "c.wav"] {
        fs::copy(dir.path().join("in.wav"), dir.path().join(name)).expect("copy");
    }
    fs::write(dir.path().join("bad.wav"), b"RIFF").expect("write");
    let arguments =
        ["render", "in.wav", "bad.wav", "b.wav", "c.wav", "--out-dir", "masters/new", "-c", "level.toml", "--json"];
    let output = twobus(dir.path(), &arguments);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("bad.wav"));
    assert_eq!(names(&dir.path().join("masters/new")), ["b.wav", "c.wav", "in.wav"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let files: Vec<&str> =
        json.as_array().expect("array").iter().filter_map(|report| report["file"].as_str()).collect();
    assert_eq!(files, ["in.wav", "b.wav", "c.wav"], "in the order asked for");
    let read = |name: &str| fs::read(dir.path().join("masters/new").join(name)).expect("read");
    assert_eq!(read("b.wav"), read("c.wav"), "renders in parallel are the same to the bit");

    let output =
        twobus(dir.path(), &["render", "b.wav", "c.wav", "--out-dir", "f", "--format", "flac", "-c", "level.toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(names(&dir.path().join("f")), ["b.flac", "c.flac"]);
}

#[test]
fn wrong_arguments_exit_with_2() {
    let dir = studio();
    let (none, path) = (["--plugins", "none"], dir.path());
    fs::write(path.join("glue.toml"), "[[plugin]]\nuse = \"glue\"\n").expect("write");
    fs::write(path.join("broken.toml"), "[[plugin\n").expect("write");
    let render = |rest: &[&'static str]| -> Vec<&'static str> {
        ["render", "in.wav", "out.wav"].into_iter().chain(rest.iter().copied()).chain(none).collect()
    };
    expect_failure(path, &[], 2, &["Usage"]);
    expect_failure(path, &["mangle"], 2, &["mangle"]);
    expect_failure(path, &["render"], 2, &["--chain"]);
    expect_failure(path, &["render", "in.wav", "--chain", "level.toml"], 2, &["--out-dir"]);
    expect_failure(path, &["render", "a.wav", "b.wav", "c.wav", "--chain", "level.toml"], 2, &["--out-dir"]);
    expect_failure(path, &render(&["--chain", "gleu"]), 2, &["\"gleu\"", "glue-gentle", "glue-clean"]);
    expect_failure(path, &render(&["--chain", "broken.toml"]), 2, &["broken.toml", "TOML"]);
    expect_failure(path, &render(&["--chain", "glue.toml"]), 2, &["glue.toml", "\"glue\"", "none"]);
    expect_failure(path, &render(&["--chain", "level.toml", "--bits", "8"]), 2, &["8", "16, 24, 32f"]);
    expect_failure(path, &render(&["--chain", "level.toml", "--block", "0"]), 2, &["--block"]);
    expect_failure(path, &render(&["--chain", "level.toml", "--block", "8193"]), 2, &["8192"]);
    expect_failure(path, &render(&["--chain", "level.toml", "--set", "x.y=1"]), 2, &["x.y=1", "no plugin at all"]);
    expect_failure(path, &["render", "in.wav", "out.mp3", "--chain", "level.toml"], 2, &["out.mp3", ".flac"]);
    expect_failure(
        path,
        &["render", "in.wav", "o.flac", "-c", "level.toml", "--bits", "32f"],
        2,
        &["o.flac", "16, 24"],
    );
    expect_failure(path, &["render", "in.wav", "./in.wav", "--chain", "level.toml"], 2, &["in.wav", "overwritten"]);
    expect_failure(
        path,
        &["render", "in.wav", "none/in.wav", "in.wav", "--out-dir", "o", "-c", "level.toml"],
        2,
        &["two outputs"],
    );
    expect_failure(path, &["list", "--plugins", "nowhere"], 2, &["nowhere"]);
    expect_failure(path, &["render", "in.wav", "out.wav", "-c", "glue.toml", "--plugins", "nowhere"], 2, &["nowhere"]);
    assert!(!path.join("out.wav").exists() && !path.join("o").exists(), "nothing was made");
}

#[test]
fn files_that_cannot_be_read_exit_with_3() {
    let dir = studio();
    let path = dir.path();
    let mut samples = programme(9000, 48_000.0, 0);
    samples[4321] = f32::NAN;
    let song = wav16(48_000, 2, &[1000; 20_000]);
    fs::write(path.join("nan.wav"), wav_float(48_000, 1, &samples)).expect("write");
    fs::write(path.join("cut.wav"), &song[..9000]).expect("write");
    fs::write(path.join("header.wav"), &song[..30]).expect("write");
    fs::write(path.join("none.wav"), wav16(48_000, 0, &[0; 18])).expect("write");
    fs::write(path.join("nine.wav"), wav16(48_000, 9, &[0; 18])).expect("write");
    fs::write(path.join("empty.wav"), b"").expect("write");
    fs::write(path.join("song.txt"), b"no song").expect("write");
    audio::write(path.join("whole.flac"), 48_000, &[&vec![0.3; 30_000]], Bits::Int16).expect("write");
    let flac = fs::read(path.join("whole.flac")).expect("read");
    fs::write(path.join("cut.flac"), &flac[..flac.len() / 2]).expect("write");
    let before = names(path);
    for (input, words) in [
        ("nowhere.wav", &["nowhere.wav"][..]),
        ("none", &["none", "regular"]),
        ("nan.wav", &["nan.wav", "4321", "NaN"]),
        ("cut.wav", &["cut.wav", "truncated"]),
        ("header.wav", &["header.wav", "truncated"]),
        ("cut.flac", &["cut.flac", "truncated"]),
        ("none.wav", &["none.wav", "0 channels"]),
        ("nine.wav", &["nine.wav", "9 channels"]),
        ("empty.wav", &["empty.wav", "no audio"]),
        ("song.txt", &["song.txt", "AIFF, FLAC"]),
    ] {
        expect_failure(path, &["render", input, "out.wav", "--chain", "level.toml"], 3, words);
    }
    expect_failure(path, &["render", "in.wav", "out.wav", "--chain", "missing.toml"], 3, &["missing.toml"]);
    assert_eq!(names(path), before, "nothing half-written");
}

#[test]
fn files_that_cannot_be_written_exit_with_3() {
    let dir = studio();
    let path = dir.path();
    expect_failure(path, &["render", "in.wav", "no/where/out.wav", "-c", "level.toml"], 3, &["no/where/out.wav"]);
    fs::write(path.join("file"), b"").expect("write");
    expect_failure(path, &["render", "in.wav", "--out-dir", "file", "-c", "level.toml"], 3, &["file"]);
    // Devices and folders are no targets, for root either.
    expect_failure(path, &["render", "in.wav", "/dev/full.wav/x.wav", "-c", "level.toml"], 3, &["/dev/full.wav"]);
}

/// A disk that takes no more: the kernel's limit on the size of a file stands for it, which `write` meets with an error
/// in the same way once the signal for it is ignored.
#[cfg(unix)]
#[test]
fn a_full_disk_is_an_error_and_leaves_nothing() {
    let dir = studio();
    let before = names(dir.path());
    // 48000 frames of stereo: 384 KB of spill, 288 KB of WAV. 512-byte blocks: limits in either pass.
    for (chain, limit, name) in [
        ("level.toml", 100, "out.wav"),
        ("level.toml", 600, "out.flac"),
        ("plain.toml", 100, "out.wav"),
        ("plain.toml", 200, "out.flac"),
    ] {
        fs::write(dir.path().join("plain.toml"), "").expect("write");
        let limit = if name == "out.flac" && chain == "level.toml" { 300 } else { limit };
        let script = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$0\" render in.wav {name} --chain {chain}");
        let output = Command::new("bash")
            .current_dir(dir.path())
            .args(["-c", &script, env!("CARGO_BIN_EXE_twobus")])
            .output()
            .expect("run");
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{chain} {limit}: {message}");
        assert!(message.contains(name) && message.contains("cannot be written"), "{message}");
        fs::remove_file(dir.path().join("plain.toml")).expect("remove");
        assert_eq!(names(dir.path()), before, "nothing half-written");
    }
}

/// Ctrl-C in the middle of a render: status 130, the target as it was, no temporary file.
#[cfg(unix)]
#[test]
fn ctrl_c_leaves_what_was() {
    let dir = studio();
    let samples = programme(3_000_000, 48_000.0, 0);
    audio::write(dir.path().join("long.wav"), 48_000, &[&samples, &samples], Bits::Float32).expect("write");
    fs::write(dir.path().join("out.wav"), b"precious").expect("write");
    let before = names(dir.path());
    for signal in ["INT", "TERM"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_twobus"))
            .current_dir(dir.path())
            .args(["render", "long.wav", "out.wav", "--chain", "level.toml"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("run");
        // The temporary file tells that the render is under way.
        let started = Instant::now();
        while names(dir.path()).len() == before.len() {
            assert!(started.elapsed() < Duration::from_secs(20), "the render never began");
            assert!(child.try_wait().expect("wait").is_none(), "the render was over before it was stopped");
            std::thread::sleep(Duration::from_millis(2));
        }
        let sent = Command::new("bash").args(["-c", &format!("kill -{signal} {}", child.id())]).status().expect("kill");
        assert!(sent.success());
        let output = child.wait_with_output().expect("wait");
        assert_eq!(output.status.code(), Some(130), "{signal}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains("interrupted"));
        assert_eq!(names(dir.path()), before, "nothing half-written");
        assert_eq!(fs::read(dir.path().join("out.wav")).expect("read"), b"precious");
    }
}

/// Memory must not grow with the song: 100 s of stereo float are 38 MB, which one copy in memory would show.
#[cfg(target_os = "linux")]
#[test]
fn memory_is_bounded_whatever_the_length() {
    let dir = studio();
    let peak_kb = |seconds: usize| -> u64 {
        let samples = programme(seconds * 48_000, 48_000.0, 0);
        audio::write(dir.path().join("long.wav"), 48_000, &[&samples, &samples], Bits::Float32).expect("write");
        peak_memory_kb(dir.path(), &["render", "long.wav", "out.wav", "--chain", "level.toml"])
    };
    let (short, long) = (peak_kb(10), peak_kb(100));
    assert!(short > 0 && long < short + 4_000, "10 s took {short} kB, 100 s {long} kB");
}

#[test]
fn list_without_plugins_is_empty_and_no_error() {
    let dir = studio();
    let run = |arguments: &[&str]| {
        // Neither the developer's own plugins nor a bundle of the workspace may be found here.
        Command::new(env!("CARGO_BIN_EXE_twobus"))
            .current_dir(dir.path())
            .env("HOME", dir.path())
            .env_remove("CLAP_PATH")
            .args(arguments)
            .output()
            .expect("run")
    };
    let output = run(&["list", "--json", "--plugins", "none"]);
    assert_eq!((output.status.code(), text(&output.stdout).trim()), (Some(0), "[]"));
    let output = run(&["list", "--plugins", "none"]);
    assert!(output.status.success() && text(&output.stdout).contains("No plugins"));
    // A broken bundle is told, and the status says so.
    fs::write(dir.path().join("none/Broken.clap"), b"junk").expect("write");
    let output = run(&["list", "--json", "--plugins", "none"]);
    assert_eq!((output.status.code(), text(&output.stdout).trim()), (Some(4), "[]"));
    assert!(text(&output.stderr).contains("Broken.clap"));
}

#[test]
fn help_has_examples_and_the_starting_points() {
    let dir = studio();
    let output = twobus(dir.path(), &["render", "--help"]);
    assert_eq!(output.status.code(), Some(0));
    let help = text(&output.stdout);
    for word in ["Examples", "glue-gentle", "glue-clean", "--set", "output_level_db"] {
        assert!(help.contains(word), "{help}");
    }
    assert!(text(&twobus(dir.path(), &["--help"]).stdout).contains("Exit status"));
}
