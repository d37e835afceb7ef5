//! What a command leaves on disk, and what it ends with, when names, links, disks, pipes and signals are against it.
#![cfg(unix)]

mod common;

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::{expect_failure, names, programme, text, twobus, wav_float, wav16};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

/// A folder with two songs and a chain that needs no plugin.
fn studio() -> TempDir {
    let dir = tempdir().expect("tempdir");
    for (channel, name) in ["a.wav", "b.wav"].into_iter().enumerate() {
        let song = programme(48_000, 48_000.0, channel);
        fs::write(dir.path().join(name), wav_float(48_000, 1, &song)).expect("write");
    }
    fs::write(dir.path().join("c.toml"), "output_level_db = -1.0\n").expect("write");
    dir
}

fn command(dir: &Path, arguments: &[&OsStr]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_twobus"));
    command.current_dir(dir).env("HOME", dir).env_remove("XDG_CONFIG_HOME").args(arguments);
    command
}

fn words(arguments: &str) -> Vec<&OsStr> {
    arguments.split(' ').map(OsStr::new).collect()
}

/// Waits, but not for ever: what hangs is killed and fails the test.
#[track_caller]
fn wait(mut child: Child) -> Output {
    let started = Instant::now();
    while child.try_wait().expect("wait").is_none() {
        if started.elapsed() > Duration::from_secs(60) {
            child.kill().expect("kill");
            panic!("it hangs");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().expect("output")
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
}

fn temporary_files(dir: &Path) -> Vec<String> {
    names(dir).into_iter().filter(|name| name.ends_with(".part")).collect()
}

/// Every file of a folder with its bytes.
fn contents(dir: &Path) -> Vec<(OsString, Vec<u8>)> {
    let mut all: Vec<_> = fs::read_dir(dir)
        .expect("read")
        .map(|entry| entry.expect("entry"))
        .filter(|entry| entry.path().is_file())
        .map(|entry| (entry.file_name(), fs::read(entry.path()).expect("read")))
        .collect();
    all.sort();
    all
}

/// No output is an input or another output, by path, hard link, symbolic link, through folders or before it exists; and the
/// command finds out before it writes anything.
#[test]
fn outputs_spare_inputs_and_each_other() {
    let dir = studio();
    let path = dir.path();
    fs::create_dir(path.join("al")).expect("mkdir");
    fs::copy(path.join("a.wav"), path.join("x.html")).expect("copy");
    fs::hard_link(path.join("a.wav"), path.join("hard.wav")).expect("link");
    symlink("a.wav", path.join("soft.wav")).expect("link");
    symlink("al/new.wav", path.join("dangling.wav")).expect("link");
    symlink("al", path.join("folder")).expect("link");
    fs::copy(path.join("c.toml"), path.join("c.json")).expect("copy");
    let before = contents(path);
    for (arguments, word) in [
        ("render a.wav ./a.wav -c c.toml", "overwritten"),
        ("render a.wav al/../a.wav -c c.toml", "overwritten"),
        ("render a.wav hard.wav -c c.toml", "overwritten"),
        ("render a.wav soft.wav -c c.toml", "overwritten"),
        ("render soft.wav hard.wav -c c.toml", "overwritten"),
        ("render a.wav b.wav --out-dir . -c c.toml", "overwritten"),
        ("render a.wav folder/../a.wav --out-dir al -c c.toml", "two outputs"),
        ("album a.wav b.wav --out-dir al --out al/01\u{a0}a.wav", "two outputs"),
        ("album a.wav b.wav --out-dir folder --out al/02\u{a0}b.wav", "two outputs"),
        ("album a.wav b.wav --out-dir none/al --out none/./al/02\u{a0}b.wav", "two outputs"),
        ("album a.wav b.wav --out hard.wav", "overwritten"),
        ("album a.wav --out dangling.wav --out-dir al --report al/x.html --target al", "target"),
        ("measure x.html --report x.html", "overwritten"),
        ("measure a.wav --targets c.json --report c.json --target cd", "not a file of targets"),
        ("measure a.wav soft.wav a.wav --report r", "two outputs"),
    ] {
        let arguments: Vec<OsString> = arguments.split(' ').map(|word| word.replace('\u{a0}', " ").into()).collect();
        let arguments: Vec<&OsStr> = arguments.iter().map(OsString::as_os_str).collect();
        let output = command(path, &arguments).output().expect("run");
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains(word), "{arguments:?}: {message}");
        assert!(contents(path) == before && names(&path.join("al")).is_empty(), "{arguments:?} wrote something");
        assert!(!path.join("none").exists() && !path.join("r").exists(), "{arguments:?} made a folder");
    }
}

/// Case that the file system does not care for: only where one can be mounted.
#[cfg(target_os = "linux")]
#[test]
fn outputs_that_differ_in_case_alone_are_one_where_the_file_system_says_so() {
    let dir = studio();
    let path = dir.path();
    fs::create_dir(path.join("fat")).expect("mkdir");
    fs::copy(path.join("a.wav"), path.join("A.wav")).expect("copy");
    let run =
        |script: &str| Command::new("sh").current_dir(path).args(["-c", script]).status().is_ok_and(|s| s.success());
    // Where case counts, both are written.
    let both = "render a.wav A.wav -c c.toml --out-dir";
    let output = command(path, &words(&format!("{both} plain"))).output().expect("run");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(names(&path.join("plain")), ["A.wav", "a.wav"]);
    if !run("truncate -s 8M img && mkfs.vfat img >/dev/null 2>&1 && mount -o loop img fat 2>/dev/null") {
        eprintln!("no file system without case can be mounted here; the half above ran");
        return;
    }
    let output = command(path, &words(&format!("{both} fat"))).output().expect("run");
    let left = names(&path.join("fat"));
    fs::copy(path.join("a.wav"), path.join("fat/song.wav")).expect("copy");
    let onto = command(path, &words("render fat/song.wav fat/SONG.WAV -c c.toml")).output().expect("run");
    assert!(run("umount fat"));
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(onto.status.code(), Some(2), "{}", text(&onto.stderr));
}

/// A replaced file keeps its mode, a link stays a link and what it leads to is written, and what is read-only stays.
#[test]
fn modes_and_links_are_kept_and_read_only_files_too() {
    let dir = studio();
    let path = dir.path();
    for (arguments, output) in [
        ("render a.wav o.wav -c c.toml", "o.wav"),
        ("album a.wav b.wav --out o.flac", "o.flac"),
        ("measure a.wav --report o.html", "o.html"),
        ("measure a.wav --report o.json", "o.json"),
    ] {
        let at = path.join(output);
        fs::create_dir_all(path.join("there")).expect("mkdir");
        let behind = path.join("there").join(output);
        symlink(&behind, &at).expect("link");
        let status = || command(path, &words(arguments)).output().expect("run");
        let first = status();
        assert_eq!(first.status.code(), Some(0), "through a dangling link: {}", text(&first.stderr));
        assert!(at.is_symlink() && behind.is_file(), "{arguments}");
        fs::write(&behind, b"old").expect("write");
        for mode in [0o600, 0o640, 0o664] {
            fs::set_permissions(&behind, fs::Permissions::from_mode(mode)).expect("chmod");
            assert_eq!(status().status.code(), Some(0), "{arguments}");
            assert_eq!(fs::metadata(&behind).expect("stat").mode() & 0o7777, mode, "{arguments}");
            assert!(at.is_symlink() && fs::read(&behind).expect("read") != b"old", "{arguments}");
        }
        fs::write(&behind, b"precious").expect("write");
        fs::set_permissions(&behind, fs::Permissions::from_mode(0o444)).expect("chmod");
        let refused = status();
        assert_eq!(refused.status.code(), Some(3), "{arguments}");
        assert!(text(&refused.stderr).contains("read-only") && text(&refused.stderr).contains(output));
        assert_eq!(fs::read(&behind).expect("read"), b"precious");
        assert!(temporary_files(path).is_empty() && temporary_files(&path.join("there")).is_empty());
    }
}

/// Names of 1 to 255 bytes, text or not, in and out; longer ones are refused before anything is written.
#[test]
fn names_of_any_length_and_encoding_are_read_and_written() {
    let dir = tempdir().expect("tempdir");
    let song = wav16(48_000, 1, &[1000; 4800]);
    fs::write(dir.path().join("c.toml"), "").expect("write");
    let fill = |unit: &[u8], bytes: usize| unit.iter().copied().cycle().take(bytes).collect::<Vec<u8>>();
    let mut stems: Vec<Vec<u8>> = [1, 2, 100, 244, 245, 250, 251].iter().map(|&length| fill(b"x", length)).collect();
    stems.extend([
        b"caf\xe9".to_vec(),
        b"\xff\xfe\x80".to_vec(),
        "ü\u{1b}[31m\u{9b}2J\u{202e}".as_bytes().to_vec(),
        b"a\nb\tc".to_vec(),
        fill("é".as_bytes(), 250),
        fill(b"\x92", 251),
        b"-dash".to_vec(),
        b" ".to_vec(),
    ]);
    for stem in stems {
        let name = OsString::from_vec([&stem[..], b".wav"].concat());
        let input = Path::new("in").join(&name);
        fs::create_dir_all(dir.path().join("in")).expect("mkdir");
        fs::write(dir.path().join(&input), &song).expect("write");
        let measured = command(dir.path(), &[OsStr::new("measure"), input.as_os_str(), OsStr::new("--json")]);
        let output = { measured }.output().expect("run");
        assert_eq!(output.status.code(), Some(0), "{name:?}: {}", text(&output.stderr));
        let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(json[0]["file"], input.to_string_lossy().as_ref());
        match (std::str::from_utf8(&stem), json[0].get("file_bytes").and_then(Value::as_str)) {
            (Ok(_), exact) => assert_eq!(exact, None, "only where something is lost"),
            (Err(_), exact) => assert_eq!(decoded(exact.expect("the bytes")), input.as_os_str().as_bytes()),
        }
        let render = [OsStr::new("render"), input.as_os_str()];
        let rest = words("--out-dir out --chain c.toml");
        let output = command(dir.path(), &[&render[..], &rest].concat()).output().expect("run");
        assert_eq!(output.status.code(), Some(0), "{name:?}: {}", text(&output.stderr));
        assert!(dir.path().join("out").join(&name).is_file(), "{name:?}");
        // Nothing that a terminal obeys comes out, whatever the command says.
        for arguments in [
            vec![OsStr::new("measure"), input.as_os_str()],
            vec![OsStr::new("measure"), input.as_os_str(), OsStr::new("--json")],
            vec![OsStr::new("measure"), input.as_os_str(), OsStr::new("--all")],
            vec![OsStr::new("compare"), input.as_os_str(), input.as_os_str()],
            vec![OsStr::new("album"), input.as_os_str()],
            vec![OsStr::new("render"), input.as_os_str(), input.as_os_str(), OsStr::new("-cc.toml")],
            vec![OsStr::new("measure"), name.as_os_str()],
            vec![OsStr::new("compare"), input.as_os_str()],
            vec![OsStr::new("album"), input.as_os_str(), OsStr::new("--by"), name.as_os_str()],
        ] {
            let output = command(dir.path(), &arguments).output().expect("run");
            for bytes in [&output.stdout, &output.stderr] {
                let told = text(bytes);
                let bad = told.chars().find(|&c| (c.is_control() && c != '\n') || c == '\u{202e}');
                assert_eq!(bad, None, "{arguments:?}: {told}");
            }
            assert_ne!(output.status.code(), Some(101), "{arguments:?}: {}", text(&output.stderr));
        }
        fs::remove_dir_all(dir.path().join("in")).expect("remove");
        fs::remove_dir_all(dir.path().join("out")).expect("remove");
    }
    // A report on a song whose name has no room for another suffix.
    fs::write(dir.path().join(format!("{}.wav", "x".repeat(251))), &song).expect("write");
    let name = format!("{}.wav", "x".repeat(251));
    expect_failure(dir.path(), &["measure", &name, "--report", "r"], 3, &["256 bytes", "255"]);
    expect_failure(dir.path(), &["album", &name, "--out-dir", "r"], 3, &["258 bytes", "255"]);
    assert!(!dir.path().join("r").exists());
}

/// Percent-encoded bytes.
fn decoded(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().expect("digit"), rest.next().expect("digit")];
            out.push(u8::from_str_radix(std::str::from_utf8(&digits).expect("text"), 16).expect("hexadecimal"));
        } else {
            out.push(byte);
        }
    }
    out
}

/// One song without a name in UTF-8 keeps none of the others.
#[test]
fn json_loses_no_song_of_a_batch_for_a_name() {
    let dir = studio();
    let odd = OsStr::from_bytes(b"b\xff.wav");
    fs::copy(dir.path().join("b.wav"), dir.path().join(odd)).expect("copy");
    let run = |arguments: &[&OsStr]| -> Value {
        let output = command(dir.path(), arguments).output().expect("run");
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    };
    let [measure, a, json] = ["measure", "a.wav", "--json"].map(OsStr::new);
    let songs = run(&[measure, a, odd, json]);
    assert_eq!(songs.as_array().map(Vec::len), Some(2));
    assert_eq!((&songs[1]["file"], &songs[1]["file_bytes"]), (&"b\u{fffd}.wav".into(), &"b%FF.wav".into()));
    let two = run(&[OsStr::new("compare"), a, odd, json]);
    assert_eq!((&two["a"]["file"], &two["b"]["file_bytes"]), (&"a.wav".into(), &"b%FF.wav".into()));
    let rendered = run(&[&[OsStr::new("render"), a, odd, json], &words("-c c.toml --out-dir o")[..]].concat());
    assert_eq!((&rendered[1]["file_bytes"], &rendered[1]["output_bytes"]), (&"b%FF.wav".into(), &"o/b%FF.wav".into()));
    let record = run(&[OsStr::new("album"), a, odd, json, OsStr::new("--out-dir"), OsStr::new("al")]);
    assert_eq!(record["songs"].as_array().map(Vec::len), Some(2));
    assert!(dir.path().join("al").join(OsStr::from_bytes(b"02 b\xff.wav")).is_file(), "the bytes stay as they are");
}

/// A full standard output ends with 3, a reader that has gone with 0, and a full standard error changes nothing.
#[cfg(target_os = "linux")]
#[test]
fn full_and_closed_outputs_end_as_they_should() {
    let dir = studio();
    let full = || OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    for arguments in [
        "measure a.wav",
        "measure a.wav --json",
        "measure a.wav --all",
        "compare a.wav b.wav",
        "album a.wav b.wav",
        "album a.wav b.wav --json",
        "render a.wav o.wav -c c.toml",
        "render a.wav o.wav -c c.toml --json",
        "list --plugins .",
        "list --plugins . --json",
        "--help",
        "measure --help",
        "--version",
    ] {
        let run = |out: Stdio, err: Stdio| {
            command(dir.path(), &words(arguments))
                .env_remove("CLAP_PATH")
                .stdout(out)
                .stderr(err)
                .output()
                .expect("run")
        };
        let output = run(full().into(), Stdio::piped());
        assert_eq!(output.status.code(), Some(3), "{arguments}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains("standard output"), "{arguments}: {}", text(&output.stderr));
        assert_eq!(run(full().into(), full().into()).status.code(), Some(3), "{arguments}");
        let (reader, writer) = std::io::pipe().expect("pipe");
        drop(reader);
        let output = run(writer.into(), Stdio::piped());
        assert_eq!(output.status.code(), Some(0), "{arguments}: {}", text(&output.stderr));
    }
    for (arguments, status) in [
        ("measure none.wav", 3),
        ("measure", 2),
        ("render a.wav a.wav -c c.toml", 2),
        ("measure a.wav --target cd", 1),
        ("album a.wav none.wav", 3),
    ] {
        let output = command(dir.path(), &words(arguments)).stderr(full()).output().expect("run");
        assert_eq!(output.status.code(), Some(status), "{arguments}");
    }
}

/// A disk that is full: a small one where it can be mounted. Nothing is left, and what was there stays.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_leaves_what_was() {
    let dir = studio();
    let path = dir.path();
    fs::create_dir(path.join("small")).expect("mkdir");
    let run =
        |script: &str| Command::new("sh").current_dir(path).args(["-c", script]).status().is_ok_and(|s| s.success());
    let is_mounted = run("mount -t tmpfs -o size=64k tmpfs small 2>/dev/null");
    if !is_mounted {
        eprintln!("no file system can be mounted here; the kernel's limit on a file's size stands for it");
    }
    fs::write(path.join("small/o.wav"), b"precious").expect("write");
    let mut failures = Vec::new();
    for arguments in [
        "render a.wav small/o.wav -c c.toml",
        "render a.wav b.wav --out-dir small -c c.toml",
        "album a.wav b.wav --out small/o.wav",
        "album a.wav b.wav --out-dir small",
        "measure a.wav --report small",
    ] {
        let output = if is_mounted {
            command(path, &words(arguments)).output().expect("run")
        } else {
            let script = format!("trap '' XFSZ; ulimit -f 20; exec \"$0\" {arguments}");
            Command::new("bash")
                .current_dir(path)
                .args(["-c", &script, env!("CARGO_BIN_EXE_twobus")])
                .output()
                .expect("run")
        };
        let left = names(&path.join("small"));
        let kept = fs::read(path.join("small/o.wav")).expect("read") == b"precious";
        let is_report = arguments.starts_with("measure");
        let is_fine = output.status.code() == Some(3)
            && kept
            && text(&output.stderr).contains("cannot be written")
            && (left == ["o.wav"] || (is_report && left.iter().all(|name| !name.ends_with(".part"))));
        if !is_fine {
            failures.push(format!("{arguments}: {:?} {left:?} {}", output.status, text(&output.stderr)));
        }
        left.iter()
            .filter(|name| *name != "o.wav")
            .for_each(|name| fs::remove_file(path.join("small").join(name)).expect("rm"));
    }
    if is_mounted {
        assert!(run("umount small"));
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// A folder that takes no new file. Root may write anywhere, so there the disk itself is made read-only.
#[cfg(target_os = "linux")]
#[test]
fn a_read_only_folder_is_told_by_name() {
    let dir = studio();
    let path = dir.path();
    fs::create_dir(path.join("ro")).expect("mkdir");
    fs::write(path.join("ro/o.wav"), b"precious").expect("write");
    let run =
        |script: &str| Command::new("sh").current_dir(path).args(["-c", script]).status().is_ok_and(|s| s.success());
    let is_mounted = run("mount --bind ro ro 2>/dev/null && mount -o remount,bind,ro ro 2>/dev/null");
    fs::set_permissions(path.join("ro"), fs::Permissions::from_mode(0o555)).ok();
    if !is_mounted && File::create(path.join("ro/probe")).is_ok() {
        eprintln!("this user may write anywhere, and may not mount: nothing to try");
        return;
    }
    let mut wrong = Vec::new();
    for arguments in [
        "render a.wav ro/new.wav -c c.toml",
        "render a.wav ro/o.wav -c c.toml",
        "album a.wav --out ro/new.flac",
        "measure a.wav --report ro",
        "measure a.wav --report ro/sub",
    ] {
        let output = command(path, &words(arguments)).output().expect("run");
        if output.status.code() != Some(3) || !text(&output.stderr).contains("ro") {
            wrong.push(format!("{arguments}: {:?} {}", output.status, text(&output.stderr)));
        }
    }
    let left = names(&path.join("ro"));
    if is_mounted {
        assert!(run("umount ro"));
    }
    fs::set_permissions(path.join("ro"), fs::Permissions::from_mode(0o755)).expect("chmod");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(left, ["o.wav"]);
}

/// SIGINT, SIGTERM and SIGHUP at any time leave the file as it was, or whole; SIGKILL temporary files at most.
#[test]
fn signals_at_any_time_leave_all_or_nothing() {
    let dir = studio();
    let path = dir.path();
    let song = programme(600_000, 48_000.0, 0);
    fs::write(path.join("long.wav"), wav_float(48_000, 1, &song)).expect("write");
    let arguments = "render long.wav o.wav -c c.toml";
    let started = Instant::now();
    assert_eq!(command(path, &words(arguments)).output().expect("run").status.code(), Some(0));
    let takes = started.elapsed();
    let whole = fs::read(path.join("o.wav")).expect("read");
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut stopped = 0;
    for round in 0..24 {
        let signal = ["-INT", "-TERM", "-HUP", "-KILL"][round % 4];
        fs::write(path.join("o.wav"), b"precious").expect("write");
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let part = (seed >> 11) as f64 / (1_u64 << 53) as f64;
        let child = command(path, &words(arguments)).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("run");
        std::thread::sleep(takes.mul_f64(part));
        send(signal, &child);
        let output = wait(child);
        let now = fs::read(path.join("o.wav")).expect("read");
        // Before the program has begun to watch, the signal ends it by itself.
        match (output.status.code(), output.status.signal()) {
            (Some(0), _) => assert!(now == whole, "{signal}: done, but not whole"),
            (Some(130), _) | (None, Some(_)) => {
                assert!(now == b"precious" || now == whole, "{signal}: half of it");
                stopped += 1;
            }
            other => panic!("{signal} gave {other:?}: {}", text(&output.stderr)),
        }
        if signal == "-KILL" {
            temporary_files(path).iter().for_each(|name| fs::remove_file(path.join(name)).expect("remove"));
        }
        assert_eq!(names(path), ["a.wav", "b.wav", "c.toml", "long.wav", "o.wav"], "{signal}");
    }
    assert!(stopped >= 6, "only {stopped} of 24 were stopped at all");
}

/// What whoever started the program wants ignored stays ignored: `nohup`.
#[test]
fn an_ignored_hang_up_stays_ignored() {
    let dir = studio();
    let path = dir.path();
    let song = programme(1_500_000, 48_000.0, 0);
    fs::write(path.join("long.wav"), wav_float(48_000, 1, &song)).expect("write");
    for (trap, signal, status) in [("HUP", "-HUP", 0), ("INT", "-INT", 0), ("HUP", "-TERM", 130)] {
        let script = format!("trap '' {trap}; exec \"$0\" render long.wav o.wav -c c.toml");
        let child = Command::new("sh")
            .current_dir(path)
            .args(["-c", &script, env!("CARGO_BIN_EXE_twobus")])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("run");
        let started = Instant::now();
        while temporary_files(path).is_empty() {
            assert!(started.elapsed() < Duration::from_secs(20), "the render never began");
            std::thread::sleep(Duration::from_millis(1));
        }
        send(signal, &child);
        let output = wait(child);
        assert_eq!(output.status.code(), Some(status), "{trap} ignored, {signal}: {}", text(&output.stderr));
        assert!(temporary_files(path).is_empty());
    }
}

/// Two runs that write one file: it is one's or the other's, and whole.
#[test]
fn two_runs_may_write_one_output() {
    let dir = studio();
    let path = dir.path();
    let alone = |song: &str| {
        assert_eq!(twobus(path, &["render", song, "o.wav", "-c", "c.toml"]).status.code(), Some(0));
        fs::read(path.join("o.wav")).expect("read")
    };
    let wholes = [alone("a.wav"), alone("b.wav")];
    for _ in 0..8 {
        let start = |song: &str| {
            let arguments = format!("render {song} o.wav -c c.toml");
            command(path, &words(&arguments)).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("run")
        };
        for child in [start("a.wav"), start("b.wav")] {
            assert_eq!(wait(child).status.code(), Some(0));
        }
        assert!(wholes.contains(&fs::read(path.join("o.wav")).expect("read")), "neither's");
        assert_eq!(names(path), ["a.wav", "b.wav", "c.toml", "o.wav"]);
    }
}

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo").success());
}

/// Standard input and named pipes are songs like any other, and nothing of them is left behind.
#[test]
fn pipes_are_read() {
    let dir = studio();
    let path = dir.path();
    let spool = path.join("spool");
    fs::create_dir(&spool).expect("mkdir");
    let fed = |arguments: &str, bytes: Vec<u8>| {
        let mut child = command(path, &words(arguments))
            .env("TMPDIR", &spool)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("run");
        let mut input = child.stdin.take().expect("stdin");
        let feeder = std::thread::spawn(move || drop(input.write_all(&bytes)));
        let output = wait(child);
        feeder.join().expect("feeder");
        assert!(names(&spool).is_empty(), "{arguments} left {:?}", names(&spool));
        output
    };
    let song = fs::read(path.join("a.wav")).expect("read");
    let from_file = twobus(path, &["measure", "--json", "a.wav"]);
    let output = fed("measure --json -", song.clone());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), text(&from_file.stdout).replace("\"a.wav\"", "\"-\""));
    assert_eq!(fed("render - o.wav -c c.toml", song.clone()).status.code(), Some(0));
    let piped = fs::read(path.join("o.wav")).expect("read");
    assert_eq!(twobus(path, &["render", "a.wav", "o.wav", "-c", "c.toml"]).status.code(), Some(0));
    assert!(piped == fs::read(path.join("o.wav")).expect("read"), "a pipe renders as a file");
    let output = fed("compare - a.wav", song.clone());
    assert!(output.status.success() && text(&output.stdout).contains("same to the bit"), "{}", text(&output.stdout));
    assert_eq!(fed("measure - --report r", song.clone()).status.code(), Some(0));
    assert_eq!(names(&path.join("r")), ["stdin.html", "stdin.json"]);
    assert_eq!(fed("measure - -", song.clone()).status.code(), Some(2));
    // Errors bear the name that was given.
    let output = fed("measure -", song[..1000].to_vec());
    assert!(!text(&output.stderr).contains("twobus-pipe"), "{}", text(&output.stderr));
    let output = fed("measure -", Vec::new());
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("standard input"), "{}", text(&output.stderr));

    // Two pipes that one program feeds in turns.
    for name in ["p", "q"] {
        fifo(&path.join(name));
    }
    let child = command(path, &words("compare p q")).env("TMPDIR", &spool).stdout(Stdio::piped()).spawn().expect("run");
    let open = |name: &str| OpenOptions::new().write(true).open(path.join(name)).expect("open");
    let (mut p, mut q) = (open("p"), open("q"));
    for part in song.chunks(20_000) {
        p.write_all(part).expect("write");
        q.write_all(part).expect("write");
    }
    drop((p, q));
    let output = wait(child);
    assert!(output.status.success() && text(&output.stdout).contains("same to the bit"), "{}", text(&output.stdout));
    assert!(names(&spool).is_empty());
}

/// A pipe to which nobody writes waits, and a signal ends that; devices without end are refused, as songs and as texts.
#[test]
fn what_never_ends_hangs_nothing() {
    let dir = studio();
    let path = dir.path();
    fifo(&path.join("p.wav"));
    for signal in ["-INT", "-TERM"] {
        for arguments in ["measure p.wav", "render p.wav o.wav -c c.toml", "compare a.wav p.wav", "album p.wav"] {
            let child =
                command(path, &words(arguments)).env("TMPDIR", path).stderr(Stdio::piped()).spawn().expect("run");
            let started = Instant::now();
            while !names(path).iter().any(|name| name.starts_with("twobus-pipe-")) {
                assert!(started.elapsed() < Duration::from_secs(20), "{arguments} never began to wait");
                std::thread::sleep(Duration::from_millis(2));
            }
            send(signal, &child);
            let sent = Instant::now();
            assert_eq!(wait(child).status.code(), Some(130), "{arguments} {signal}");
            assert!(sent.elapsed() < Duration::from_secs(5), "{arguments} was deaf to {signal}");
            assert_eq!(names(path), ["a.wav", "b.wav", "c.toml", "p.wav"], "{arguments}");
        }
    }
    for (arguments, word) in [
        ("render a.wav o.wav -c /dev/zero", "not a plain file"),
        ("render a.wav o.wav -c ./p.wav", "not a plain file"),
        ("measure a.wav --targets /dev/zero", "not a plain file"),
        ("measure a.wav --targets p.wav", "not a plain file"),
        ("measure /dev/zero", "/dev/zero"),
        ("render /dev/zero o.wav -c c.toml", "/dev/zero"),
    ] {
        let child = command(path, &words(arguments)).stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("run");
        let output = wait(child);
        assert_eq!(output.status.code(), Some(3), "{arguments}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(word), "{arguments}: {}", text(&output.stderr));
    }
    File::create(path.join("long.toml")).and_then(|file| file.set_len(1 << 33)).expect("make");
    expect_failure(path, &["render", "a.wav", "o.wav", "-c", "long.toml"], 3, &["long.toml", "4 MiB"]);
}

/// Folders stand for the songs in them, sorted, those below too; hidden files, other files and the output are left out.
#[test]
fn folders_stand_for_the_songs_in_them() {
    let dir = studio();
    let path = dir.path();
    let put = |name: &str| {
        let at = path.join(name);
        fs::create_dir_all(at.parent().expect("a parent")).expect("mkdir");
        fs::copy(path.join("a.wav"), at).expect("copy");
    };
    ["s/2.wav", "s/10.WAV", "s/sub/3.wav", "s/.hidden.wav", "s/.git/4.wav", "s/cover.jpg", "s/masters/5.wav"]
        .into_iter()
        .for_each(put);
    symlink("..", path.join("s/circle")).expect("link");
    let output = twobus(path, &["measure", "s", "b.wav", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let files: Vec<&str> = json.as_array().expect("array").iter().filter_map(|song| song["file"].as_str()).collect();
    assert_eq!(files, ["s/10.WAV", "s/2.wav", "s/masters/5.wav", "s/sub/3.wav", "b.wav"]);
    let output = twobus(path, &["render", "s", "--out-dir", "s/masters", "-c", "c.toml"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(names(&path.join("s/masters")), ["10.wav", "2.wav", "3.wav", "5.wav"]);
    fs::create_dir(path.join("empty")).expect("mkdir");
    expect_failure(path, &["measure", "empty"], 3, &["empty", "without audio files"]);
    // A line a song, in order.
    let told = text(&twobus(path, &["measure", "s"]).stdout);
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines.len() > 4 && lines[0].contains("LUFS") && lines[1].ends_with("s/10.WAV"), "{told}");
    assert_eq!(lines.len(), 1 + 7, "one header, one line a song: {told}");
}

/// One song: its line, and two on the targets; those asked for instead; all of them on request.
#[test]
fn a_song_is_told_in_three_lines_and_all_on_request() {
    let dir = studio();
    let told = |arguments: &[&str]| text(&twobus(dir.path(), &[&["measure", "a.wav"], arguments].concat()).stdout);
    let short = told(&[]);
    assert_eq!(short.lines().count(), 4, "{short}");
    assert!(
        short.contains("  passes ") && short.contains(" of 17 targets") && short.contains("streaming targets"),
        "{short}"
    );
    let asked = told(&["--target", "r128"]);
    assert!(asked.contains("FAIL r128") && asked.contains("would pass") && !asked.contains("spotify"), "{asked}");
    let all = told(&["--all"]);
    for word in ["Crest factor", "pass vinyl", "spotify-quiet", "FAIL r128"] {
        assert!(all.contains(word), "{all} lacks {word}");
    }
}

/// No value is neither silent nor good: null in JSON, told in words, and 1 where the target was asked for.
#[test]
fn what_cannot_be_measured_passes_nothing() {
    let dir = tempdir().expect("tempdir");
    let path = dir.path();
    fs::write(path.join("silent.wav"), wav16(44_100, 2, &[0; 88_200])).expect("write");
    fs::write(path.join("short.wav"), wav_float(44_100, 1, &programme(13_230, 44_100.0, 0))).expect("write");
    for (song, why) in [("silent.wav", "only silence"), ("short.wav", "too short to measure (0.300 s")] {
        let output = twobus(path, &["measure", song, "--json"]);
        assert_eq!(output.status.code(), Some(0));
        let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let targets = json[0]["targets"].as_array().expect("targets");
        for target in targets.iter().filter(|target| target["name"] == "spotify" || target["name"] == "r128") {
            assert!(target["pass"].is_null() && target["reasons"].to_string().contains(why), "{song}: {target}");
        }
        let passing = targets.iter().filter(|target| target["pass"] == true).count();
        assert!(passing <= 2, "{song} passes {passing}");
        let output = twobus(path, &["measure", song, "--target", "spotify"]);
        assert_eq!(output.status.code(), Some(1), "{song}");
        let told = text(&output.stdout);
        assert!(told.contains("not measured spotify") && told.contains(why), "{told}");
        assert!(!told.contains("only silence") || song == "silent.wav", "{told}");
    }
}

/// The report says what was measured.
#[test]
fn reports_name_their_file_by_its_contents() {
    let dir = tempdir().expect("tempdir");
    // 44 bytes of header and 9600 of samples: the digest is Python's hashlib's.
    fs::write(dir.path().join("x.wav"), wav16(48_000, 1, &[1000; 4800])).expect("write");
    assert_eq!(twobus(dir.path(), &["measure", "x.wav", "--report", "r"]).status.code(), Some(0));
    let json: Value = serde_json::from_slice(&fs::read(dir.path().join("r/x.json")).expect("read")).expect("JSON");
    let origin = &json["origin"];
    let digest = "da2dacf906baa2c465892d687a088ecf28ab6852da667fe5db7a84b2df8ccc5b";
    assert_eq!((&origin["file"], &origin["sha256"], &origin["bytes"]), (&"x.wav".into(), &digest.into(), &9644.into()));
    let page = fs::read_to_string(dir.path().join("r/x.html")).expect("read");
    for word in
        ["What was measured", digest, "9644 bytes", "4800 frames", "UTC", concat!("Twobus ", env!("CARGO_PKG_VERSION"))]
    {
        assert!(page.contains(word), "{word}");
    }
    let at = |heading: &str| page.find(&format!("<h2>{heading}</h2>")).unwrap_or_else(|| panic!("{heading}"));
    let (summary, plots) = (page.find("headline\"").expect("the summary"), at("Loudness along the time"));
    assert!(summary < plots && plots < at("Delivery"), "summary, plots, targets");
}
