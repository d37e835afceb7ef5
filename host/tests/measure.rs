//! `twobus measure`: readings of files whose readings are known, the contract for scripts, targets, reports, errors.

mod common;

use std::f64::consts::TAU;
use std::fs;
use std::path::Path;

use common::{aiff16, expect_failure, names, programme, text, twobus, wav, wav_float, wav16};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

/// The keys that scripts are promised, in their order.
const KEYS: [&str; 23] = [
    "file",
    "sample_rate_hz",
    "channels",
    "duration_s",
    "integrated_lufs",
    "max_momentary_lufs",
    "max_short_term_lufs",
    "loudness_range_lu",
    "true_peak_dbtp",
    "sample_peak_dbfs",
    "rms_dbfs",
    "crest_factor_db",
    "plr_db",
    "psr_db",
    "correlation",
    "balance_db",
    "mono_sum_loss_db",
    "dc_offset",
    "clipped_samples",
    "true_peak_overs",
    "targets",
    "dual_mono",
    "warnings",
];

/// One stretch of a 1 kHz sine after another: level in dBFS (peak) and length in seconds.
fn tones(rate: u32, parts: &[(f64, f64)]) -> Vec<f32> {
    let mut out = Vec::new();
    for &(level_db, seconds) in parts {
        let gain = 10f64.powf(level_db / 20.0);
        for _ in 0..(seconds * f64::from(rate)).round() as usize {
            let t = out.len() as f64 / f64::from(rate);
            out.push((gain * (TAU * 1000.0 * t).sin()) as f32);
        }
    }
    out
}

fn interleave(channels: &[&[f32]]) -> Vec<f32> {
    (0..channels[0].len()).flat_map(|n| channels.iter().map(move |channel| channel[n])).collect()
}

fn put(dir: &Path, name: &str, rate: u32, channels: &[&[f32]]) {
    fs::write(dir.join(name), wav_float(rate, channels.len() as u16, &interleave(channels))).expect("write");
}

/// A WAV that names its channels' places (WAVE_FORMAT_EXTENSIBLE), in float.
fn wav_with_places(rate: u32, mask: u32, channels: &[&[f32]]) -> Vec<u8> {
    let data: Vec<u8> = interleave(channels).iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let align = channels.len() as u16 * 4;
    let mut format = Vec::new();
    format.extend_from_slice(&0xfffe_u16.to_le_bytes());
    format.extend_from_slice(&(channels.len() as u16).to_le_bytes());
    format.extend_from_slice(&rate.to_le_bytes());
    format.extend_from_slice(&(rate * u32::from(align)).to_le_bytes());
    format.extend_from_slice(&align.to_le_bytes());
    format.extend_from_slice(&32_u16.to_le_bytes());
    format.extend_from_slice(&22_u16.to_le_bytes());
    format.extend_from_slice(&32_u16.to_le_bytes());
    format.extend_from_slice(&mask.to_le_bytes());
    // The sub-format: 3 is float, behind it the tail that all of them share.
    format.extend_from_slice(&[3, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
    let mut bytes = b"RIFF".to_vec();
    bytes.extend_from_slice(&((4 + 8 + format.len() + 8 + data.len()) as u32).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    bytes.extend_from_slice(&(format.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&format);
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&(data.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&data);
    bytes
}

/// The objects that `measure --json` prints.
#[track_caller]
fn measured(dir: &Path, arguments: &[&str]) -> Vec<Value> {
    let output = twobus(dir, &[&["measure", "--json"], arguments].concat());
    assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?}: {}", text(&output.stderr));
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON and nothing else");
    json.as_array().expect("an array").clone()
}

#[track_caller]
fn assert_near(song: &Value, key: &str, expected: f64, tolerance: f64) {
    let value = song[key].as_f64().unwrap_or_else(|| panic!("{key} is {}", song[key]));
    assert!((value - expected).abs() <= tolerance, "{}: {key} is {value}, not {expected} ± {tolerance}", song["file"]);
}

fn folder() -> TempDir {
    tempdir().expect("tempdir")
}

/// EBU Tech 3341 v4, cases 1 to 5, and Tech 3342 v4, cases 1 to 4, as files: within half of the stated tolerance.
#[test]
fn ebu_signals_read_as_their_tables_say() {
    let dir = folder();
    for rate in [44_100, 48_000, 96_000] {
        let cases: [(&str, &[(f64, f64)]); 5] = [
            ("1.wav", &[(-23.0, 20.0)]),
            ("2.wav", &[(-33.0, 20.0)]),
            ("3.wav", &[(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)]),
            ("4.wav", &[(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)]),
            ("5.wav", &[(-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)]),
        ];
        for (name, parts) in cases {
            let tone = tones(rate, parts);
            put(dir.path(), name, rate, &[&tone, &tone]);
        }
        let songs = measured(dir.path(), &["1.wav", "2.wav", "3.wav", "4.wav", "5.wav"]);
        for (song, expected) in songs.iter().zip([-23.0, -33.0, -23.0, -23.0, -23.0]) {
            assert_near(song, "integrated_lufs", expected, 0.05);
        }
        assert_near(&songs[0], "max_momentary_lufs", -23.0, 0.05);
        assert_near(&songs[1], "max_short_term_lufs", -33.0, 0.05);
    }
    let ranges: [(&[(f64, f64)], f64); 4] = [
        (&[(-20.0, 20.0), (-30.0, 20.0)], 10.0),
        (&[(-20.0, 20.0), (-15.0, 20.0)], 5.0),
        (&[(-40.0, 20.0), (-20.0, 20.0)], 20.0),
        (&[(-50.0, 20.0), (-35.0, 20.0), (-20.0, 20.0), (-35.0, 20.0), (-50.0, 20.0)], 15.0),
    ];
    for (parts, expected) in ranges {
        let tone = tones(48_000, parts);
        put(dir.path(), "range.wav", 48_000, &[&tone, &tone]);
        assert_near(&measured(dir.path(), &["range.wav"])[0], "loudness_range_lu", expected, 0.5);
    }
}

/// Tech 3341 case 6: 5.0 with its weights, with and without the places in the header, and 5.1, whose fourth channel does
/// not count.
#[test]
fn surround_is_weighted_by_its_places() {
    let dir = folder();
    let tone = |level: f64| tones(48_000, &[(level, 20.0)]);
    let (front, centre, rear, bass) = (tone(-28.0), tone(-24.0), tone(-30.0), tone(-6.0));
    put(dir.path(), "plain.wav", 48_000, &[&front, &front, &centre, &rear, &rear]);
    put(dir.path(), "lfe.wav", 48_000, &[&front, &front, &centre, &bass, &rear, &rear]);
    // L R C and, in one, the back pair; in the other, the side pair.
    for (name, mask) in [("back.wav", 0b11_0111), ("side.wav", 0b110_0000_0111)] {
        let bytes = wav_with_places(48_000, mask, &[&front, &front, &centre, &rear, &rear]);
        fs::write(dir.path().join(name), bytes).expect("write");
    }
    for (song, channels) in
        measured(dir.path(), &["plain.wav", "back.wav", "side.wav", "lfe.wav"]).iter().zip([5, 5, 5, 6])
    {
        assert_near(song, "integrated_lufs", -23.0, 0.05);
        assert_eq!(song["channels"], channels);
    }
    // AIFF names no places: six channels are 5.1 in the usual order.
    let samples: Vec<i16> =
        interleave(&[&front, &front, &centre, &bass, &rear, &rear]).iter().map(|x| (x * 32_767.0) as i16).collect();
    fs::write(dir.path().join("lfe.aiff"), aiff16(6, &samples)).expect("write");
    assert_near(&measured(dir.path(), &["lfe.aiff"])[0], "integrated_lufs", -23.0, 0.05);
    // The bass channel has the highest peak all the same.
    assert_near(&measured(dir.path(), &["lfe.wav"])[0], "true_peak_dbtp", -6.0, 0.05);
}

/// Sines whose every reading has a closed form.
#[test]
fn levels_and_stereo_read_as_their_definitions_say() {
    let dir = folder();
    let rate = 48_000;
    let sine = |hz: f64, gain: f64, phase: f64| -> Vec<f32> {
        (0..rate * 4).map(|n| (gain * (TAU * hz * f64::from(n) / f64::from(rate) + phase).sin()) as f32).collect()
    };
    // A quarter of the sample rate at 45 degrees: the samples stand 3.01 dB below the wave (Tech 3341 case 16).
    // Faded over 10 ms, as there: an edge would ring.
    let mut between = sine(12_000.0, 0.5, TAU / 8.0);
    let count = between.len();
    for n in 0..480 {
        between[n] *= n as f32 / 480.0;
        between[count - 1 - n] *= n as f32 / 480.0;
    }
    put(dir.path(), "between.wav", rate, &[&between, &between]);
    let left = sine(1000.0, 0.5, 0.0);
    let right = sine(1000.0, 0.25, TAU / 4.0);
    put(dir.path(), "stereo.wav", rate, &[&left, &right]);
    let offset: Vec<f32> = left.iter().map(|x| x - 0.01).collect();
    put(dir.path(), "mono.wav", rate, &[&offset]);
    let songs = measured(dir.path(), &["between.wav", "stereo.wav", "mono.wav"]);

    assert_near(&songs[0], "true_peak_dbtp", -6.02, 0.05);
    assert_near(&songs[0], "sample_peak_dbfs", -9.03, 0.01);
    assert_near(&songs[0], "correlation", 1.0, 1e-6);
    assert_near(&songs[0], "mono_sum_loss_db", 0.0, 1e-6);

    assert_near(&songs[1], "sample_peak_dbfs", -6.02, 0.01);
    // (0.125 + 0.03125) / 2 is -11.07 dB.
    assert_near(&songs[1], "rms_dbfs", -11.07, 0.01);
    assert_near(&songs[1], "crest_factor_db", 11.07 - 6.02, 0.01);
    assert_near(&songs[1], "correlation", 0.0, 1e-4);
    assert_near(&songs[1], "balance_db", -6.02, 0.01);
    assert_near(&songs[1], "mono_sum_loss_db", 3.01, 0.01);

    assert_near(&songs[2], "dc_offset", -0.01, 1e-5);
    assert_eq!((&songs[2]["channels"], &songs[2]["sample_rate_hz"]), (&1.into(), &rate.into()));
    assert_near(&songs[2], "duration_s", 4.0, 0.0);
    let plr = songs[1]["true_peak_dbtp"].as_f64().unwrap() - songs[1]["integrated_lufs"].as_f64().unwrap();
    assert_near(&songs[1], "plr_db", plr, 1e-9);
    // A steady tone is as dense in its densest 3 s as throughout.
    assert_near(&songs[1], "psr_db", plr, 0.1);
}

#[test]
fn json_has_exactly_the_promised_keys_and_null_for_what_is_not() {
    let dir = folder();
    fs::write(dir.path().join("silence.wav"), wav16(44_100, 2, &[0; 88_200])).expect("write");
    let song = programme(96_000, 48_000.0, 0);
    put(dir.path(), "song.wav", 48_000, &[&song]);
    let songs = measured(dir.path(), &["song.wav", "silence.wav"]);
    for song in &songs {
        let keys: Vec<&str> = song.as_object().expect("an object").keys().map(String::as_str).collect();
        let mut sorted = KEYS.to_vec();
        sorted.sort_unstable();
        let mut found = keys.clone();
        found.sort_unstable();
        assert_eq!(found, sorted);
        for target in song["targets"].as_array().expect("an array") {
            let keys: Vec<&str> = target.as_object().expect("an object").keys().map(String::as_str).collect();
            assert_eq!(keys, ["name", "pass", "reasons"]);
        }
    }
    assert_eq!((&songs[0]["file"], &songs[1]["file"]), (&"song.wav".into(), &"silence.wav".into()));
    let silence = &songs[1];
    for key in [
        "integrated_lufs",
        "max_momentary_lufs",
        "max_short_term_lufs",
        "loudness_range_lu",
        "true_peak_dbtp",
        "sample_peak_dbfs",
        "rms_dbfs",
        "crest_factor_db",
        "plr_db",
        "psr_db",
        "correlation",
        "balance_db",
        "mono_sum_loss_db",
    ] {
        assert!(silence[key].is_null(), "{key} of silence is {}", silence[key]);
    }
    assert_eq!((&silence["clipped_samples"], &silence["true_peak_overs"]), (&0.into(), &0.into()));
    assert_near(silence, "duration_s", 1.0, 0.0);
    // Two seconds have no range by Tech 3342, and that is null too.
    assert!(songs[0]["loudness_range_lu"].is_null() && songs[0]["integrated_lufs"].is_f64());
}

#[test]
fn a_target_that_fails_exits_with_1_and_says_what_would_pass() {
    let dir = folder();
    let quiet = tones(48_000, &[(-23.0, 5.0)]);
    let loud = tones(48_000, &[(-0.2, 5.0)]);
    put(dir.path(), "quiet.wav", 48_000, &[&quiet, &quiet]);
    put(dir.path(), "loud.wav", 48_000, &[&loud, &loud]);
    let status = |arguments: &[&str]| twobus(dir.path(), arguments).status.code();
    assert_eq!(status(&["measure", "quiet.wav", "--target", "r128"]), Some(0));
    assert_eq!(status(&["measure", "quiet.wav", "--target", "EBU R128"]), Some(0), "however it is written");
    assert_eq!(status(&["measure", "loud.wav", "--target", "r128"]), Some(1));
    assert_eq!(status(&["measure", "quiet.wav", "--target", "r128", "--target", "cd"]), Some(1));
    assert_eq!(status(&["measure", "quiet.wav", "loud.wav", "--target", "r128"]), Some(1), "one of several");
    assert_eq!(status(&["measure", "loud.wav"]), Some(0), "without --target nothing is asked for");

    let song = &measured(dir.path(), &["loud.wav", "--target", "r128"])[0];
    let targets = song["targets"].as_array().expect("an array");
    assert_eq!((targets.len(), &targets[0]["name"], &targets[0]["pass"]), (1, &"r128".into(), &false.into()));
    let reasons = targets[0]["reasons"].to_string();
    for word in
        ["loudness -0.19 LUFS is 22.61 LU above the -22.8 LUFS", "true peak -0.20 dBTP", "-22.61 dB of gain would pass"]
    {
        assert!(reasons.contains(word), "{reasons} lacks {word:?}");
    }
    let all = measured(dir.path(), &["quiet.wav"])[0]["targets"].as_array().expect("an array").len();
    assert!(all >= 17, "without --target all {all} are told");

    let output = twobus(dir.path(), &["measure", "loud.wav", "--target", "youtube", "--all"]);
    let told = text(&output.stdout);
    for word in ["Integrated loudness", "LUFS", "FAIL youtube", "plays it at -13.8 dB", "would pass"] {
        assert!(told.contains(word), "{told} lacks {word:?}");
    }
    assert!(output.stderr.is_empty(), "no bar where nobody sees one: {}", text(&output.stderr));
}

#[test]
fn the_users_own_targets_count() {
    let dir = folder();
    let tone = tones(48_000, &[(-12.0, 3.0)]);
    put(dir.path(), "a.wav", 48_000, &[&tone]);
    let own = "[[target]]\nname = \"mine\"\ntitle = \"Mine\"\nkind = \"own\"\nlimits = { max_true_peak_dbtp = -13 }\n\
               source = { text = \"me\", date = \"2026\", evidence = \"primary\" }\n";
    fs::write(dir.path().join("own.toml"), own).expect("write");
    let status = |arguments: &[&str]| twobus(dir.path(), arguments).status.code();
    assert_eq!(status(&["measure", "a.wav", "--target", "mine", "--targets", "own.toml"]), Some(1));
    expect_failure(dir.path(), &["measure", "a.wav", "--target", "mine"], 2, &["\"mine\"", "spotify", "r128"]);
    // The file in the user's own folder, where it is on Linux.
    #[cfg(target_os = "linux")]
    {
        fs::create_dir_all(dir.path().join(".config/twobus")).expect("mkdir");
        fs::write(dir.path().join(".config/twobus/targets.toml"), own.replace("-13", "-6")).expect("write");
        assert_eq!(status(&["measure", "a.wav", "--target", "mine"]), Some(0));
        assert_eq!(
            status(&["measure", "a.wav", "--target", "mine", "--targets", "own.toml"]),
            Some(1),
            "the later wins"
        );
    }
    fs::write(dir.path().join("bad.toml"), own.replace("max_true_peak_dbtp", "max_peak")).expect("write");
    expect_failure(dir.path(), &["measure", "a.wav", "--targets", "bad.toml"], 2, &["bad.toml", "max_peak"]);
    expect_failure(dir.path(), &["measure", "a.wav", "--targets", "none.toml"], 3, &["none.toml"]);
}

#[test]
fn what_is_no_number_is_refused_by_its_frame_or_scrubbed_on_request() {
    let dir = folder();
    let mut left = programme(48_000, 48_000.0, 0);
    let mut right = programme(48_000, 48_000.0, 1);
    put(dir.path(), "clean.wav", 48_000, &[&left, &right]);
    right[23_456] = f32::INFINITY;
    left[23_457] = f32::NAN;
    put(dir.path(), "bad.wav", 48_000, &[&left, &right]);
    expect_failure(dir.path(), &["measure", "bad.wav"], 3, &["bad.wav", "frame 23456", "channel 2", "inf"]);
    let scrubbed = &measured(dir.path(), &["bad.wav", "--scrub"])[0];
    let clean = &measured(dir.path(), &["clean.wav"])[0];
    assert_near(scrubbed, "integrated_lufs", clean["integrated_lufs"].as_f64().unwrap(), 0.01);
    let output = twobus(dir.path(), &["measure", "bad.wav", "--scrub"]);
    assert!(
        text(&output.stdout).contains("2 samples that are no numbers taken as silence"),
        "{}",
        text(&output.stdout)
    );
}

#[test]
fn bad_files_and_arguments_are_named() {
    let dir = folder();
    let path = dir.path();
    let good = programme(4800, 48_000.0, 0);
    put(path, "good.wav", 48_000, &[&good]);
    fs::write(path.join("seven.wav"), wav16(48_000, 7, &[0; 70])).expect("write");
    fs::write(path.join("zero.wav"), wav16(48_000, 0, &[0; 70])).expect("write");
    fs::write(path.join("cut.wav"), &wav16(48_000, 2, &[1000; 20_000])[..9000]).expect("write");
    fs::write(path.join("slow.wav"), wav(4000, 1, 16, 1, &[0; 64])).expect("write");
    fs::write(path.join("empty.wav"), b"").expect("write");
    fs::write(path.join("song.txt"), b"no song").expect("write");
    for (file, words) in [
        ("nowhere.wav", &["nowhere.wav"][..]),
        ("seven.wav", &["seven.wav", "7 channels", "5.1"]),
        ("zero.wav", &["zero.wav", "0 channels"]),
        ("cut.wav", &["cut.wav", "truncated"]),
        ("slow.wav", &["slow.wav", "4000 Hz", "8000"]),
        ("empty.wav", &["empty.wav", "no audio"]),
        ("song.txt", &["song.txt", "WAV, RF64", "AIFF, FLAC"]),
    ] {
        expect_failure(path, &["measure", file], 3, words);
    }
    expect_failure(path, &["measure"], 2, &["FILE"]);
    expect_failure(path, &["measure", "good.wav", "--target", "spotfy"], 2, &["\"spotfy\"", "spotify"]);
    expect_failure(path, &["measure", "good.wav", "--jobs", "0"], 2, &["--jobs"]);
    expect_failure(path, &["measure", "good.wav", "good.wav", "--report", "r.html"], 2, &["r.html", "folder"]);
    expect_failure(path, &["measure", "good.wav", "./good.wav", "--report", "r"], 2, &["good.html", "two outputs"]);
    expect_failure(path, &["measure", "good.wav", "--report", "no/where.html"], 3, &["no/where.html"]);
    fs::write(path.join("file"), b"").expect("write");
    expect_failure(path, &["measure", "good.wav", "--report", "file"], 3, &["file", "cannot be written"]);

    // One bad song keeps none of the others.
    let output = twobus(path, &["measure", "--json", "cut.wav", "good.wav"]);
    assert_eq!(output.status.code(), Some(3));
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(json.as_array().expect("array").len(), 1);
    assert!(!names(path).iter().any(|name| name.ends_with(".part")), "nothing half-written: {:?}", names(path));
}

/// The report: both forms, whole in themselves, with what fails, where, by how much and what would pass.
#[test]
fn reports_are_written_and_need_nothing_but_themselves() {
    let dir = folder();
    let mut loud = tones(44_100, &[(-20.0, 4.0), (-3.0, 4.0), (-14.0, 4.0)]);
    // Half a second of clipping from 5 s on.
    for sample in &mut loud[220_500..242_550] {
        *sample = (*sample * 4.0).clamp(-1.0, 1.0);
    }
    let other: Vec<f32> = loud.iter().map(|x| 0.7 * x).collect();
    put(dir.path(), "a <b>.wav", 44_100, &[&loud, &other]);
    let output = twobus(dir.path(), &["measure", "a <b>.wav", "--report", "out"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(names(&dir.path().join("out")), ["a <b>.html", "a <b>.json"]);

    let page = fs::read_to_string(dir.path().join("out/a <b>.html")).expect("read");
    for outside in ["http://", "https://", "src=", "@import", "url(", "<script"] {
        assert!(!page.contains(outside), "the page reaches outside by {outside}");
    }
    assert!(page.contains("a &lt;b&gt;.wav") && !page.contains("<b>.wav"));
    assert!(!page.contains("NaN") && !page.contains("inf "), "no numbers that are none");
    for heading in [
        "Delivery",
        "Loudness along the time",
        "The worst places",
        "Spectrum",
        "Correlation along the time",
        "How loud for how long",
        "All readings",
    ] {
        assert!(page.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
    assert_eq!(page.matches("<svg class=\"plot\"").count(), 4);
    for word in ["Spotify, Normal", "would pass all", "unverified", "0:05.0", "class=\"fail\"", "class=\"pass\""] {
        assert!(page.contains(word), "{word}");
    }
    let opened = page.matches("<section").count();
    assert_eq!(opened, page.matches("</section>").count());

    let report: Value =
        serde_json::from_slice(&fs::read(dir.path().join("out/a <b>.json")).expect("read")).expect("JSON");
    let youtube = report["targets"].as_array().expect("targets").iter().find(|target| target["name"] == "youtube");
    let youtube = youtube.expect("youtube");
    assert_eq!(youtube["pass"], false);
    assert!(youtube["gain_to_pass_db"].as_f64().expect("a gain") < -0.9, "{youtube}");
    let at = youtube["failures"][0]["at_s"].as_f64().expect("a place");
    assert!((5.0..5.6).contains(&at), "the true peak is in the clipped half second, not at {at}");
    assert!(youtube["source"]["date"].is_string());
    let clip = &report["clips"][0];
    assert!((clip["at_s"].as_f64().expect("a place") - 5.0).abs() < 0.02, "{clip}");
    assert!((clip["length_s"].as_f64().expect("a length") - 0.5).abs() < 0.04, "{clip}");
    assert!(report["history"].as_array().expect("history").len() >= 119);
    // The tone stands out of the spectrum: of semitones by IEC 61260, two meet at 1 kHz.
    let bands = report["spectrum"].as_array().expect("spectrum");
    let level = |band: &Value| band["average_db"].as_f64().unwrap_or(-200.0);
    let top = bands.iter().max_by(|a, b| level(a).total_cmp(&level(b))).expect("bands");
    assert!((top["hz"].as_f64().expect("hz") - 1000.0).abs() < 30.0, "{top}");

    for name in ["one.html", "one.json"] {
        assert_eq!(twobus(dir.path(), &["measure", "a <b>.wav", "--report", name]).status.code(), Some(0));
        assert!(dir.path().join(name).is_file());
    }
    // Silence and a single frame make a page too.
    fs::write(dir.path().join("silence.wav"), wav16(48_000, 2, &[0; 9600])).expect("write");
    fs::write(dir.path().join("frame.wav"), wav16(48_000, 1, &[1000])).expect("write");
    for song in ["silence.wav", "frame.wav"] {
        assert_eq!(twobus(dir.path(), &["measure", song, "--report", "out"]).status.code(), Some(0), "{song}");
        let page = fs::read_to_string(dir.path().join("out").join(song.replace("wav", "html"))).expect("read");
        assert!(!page.contains("NaN") && !page.contains(">inf"), "{song}");
    }
}

/// Every reading is the same however many songs are measured at a time.
#[test]
fn several_songs_are_told_in_their_order() {
    let dir = folder();
    let files: Vec<String> = (0..6).map(|k| format!("{k}.wav")).collect();
    for (k, name) in files.iter().enumerate() {
        let tone = tones(48_000, &[(-10.0 - k as f64, 1.0 + 0.5 * (6 - k) as f64)]);
        put(dir.path(), name, 48_000, &[&tone]);
    }
    let arguments: Vec<&str> = files.iter().map(String::as_str).collect();
    let parallel = measured(dir.path(), &arguments);
    let single = measured(dir.path(), &[&["--jobs", "1"], arguments.as_slice()].concat());
    assert_eq!(parallel, single);
    let order: Vec<&str> = parallel.iter().filter_map(|song| song["file"].as_str()).collect();
    assert_eq!(order, arguments);
}

/// Memory does not grow with the song, report and all: 100 s of stereo float are 38 MB.
#[cfg(target_os = "linux")]
#[test]
fn memory_is_bounded_whatever_the_length() {
    let dir = folder();
    let peak_kb = |seconds: usize| {
        let song = programme(seconds * 48_000, 48_000.0, 0);
        put(dir.path(), "long.wav", 48_000, &[&song, &song]);
        common::peak_memory_kb(dir.path(), &["measure", "long.wav", "--report", "out"])
    };
    let (short, long) = (peak_kb(10), peak_kb(100));
    assert!(short > 0 && long < short + 4_000, "10 s took {short} kB, 100 s {long} kB");
}
