//! Targets: what is known, what a user may change, and what is refused.

use std::fs;

use shared_report::{Evidence, Target, Targets, TargetsError};
use tempfile::tempdir;

fn find<'a>(targets: &'a Targets, name: &str) -> &'a Target {
    targets.find(name).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_place_of_the_specification_is_there_with_source_and_date() {
    let targets = Targets::built_in();
    for name in [
        "spotify",
        "spotify-loud",
        "spotify-quiet",
        "apple-music",
        "youtube",
        "tidal",
        "amazon-music",
        "deezer",
        "soundcloud",
        "aes-td1008",
        "r128",
        "r128-live",
        "r128-s1",
        "r128-s2",
        "cd",
        "vinyl",
        "apple-digital-masters",
    ] {
        let target = find(&targets, name);
        assert_eq!(target.name, name);
        assert!(!target.source.text.is_empty(), "{name} has no source");
        assert!(target.source.date.len() >= 4 && target.source.date.starts_with("20") || name == "cd", "{name}: date");
    }
    // What is remembered and not read says so.
    assert_eq!(find(&targets, "vinyl").source.evidence, Evidence::Unverified);
    assert_eq!(find(&targets, "spotify").source.evidence, Evidence::Primary);
}

#[test]
fn names_are_found_however_they_are_written() {
    let targets = Targets::built_in();
    for (wanted, name) in [
        ("R128", "r128"),
        ("EBU R 128", "r128"),
        ("ebu-r128", "r128"),
        ("Spotify", "spotify"),
        ("apple", "apple-music"),
        ("R128 s1", "r128-s1"),
        ("Amazon Music", "amazon-music"),
    ] {
        assert_eq!(find(&targets, wanted).name, name, "{wanted}");
    }
    let error = targets.find("spotfy").expect_err("no such target").to_string();
    assert!(error.contains("\"spotfy\"") && error.contains("spotify, ") && error.contains("vinyl"), "{error}");
}

/// Spotify's own example: a song of -20 LUFS with a true peak of -5 dB is only lifted to -16 LUFS.
#[test]
fn services_apply_the_gain_that_they_publish() {
    let targets = Targets::built_in();
    let gain = |name: &str, lufs: f64, peak: f64| {
        find(&targets, name).normalisation.as_ref().map(|normalisation| normalisation.gain_db(lufs, peak))
    };
    assert_eq!(gain("spotify", -20.0, -5.0), Some(4.0));
    assert_eq!(gain("spotify", -20.0, -9.0), Some(6.0));
    assert_eq!(gain("spotify", -20.0, 0.5), Some(0.0), "no room, no lift");
    assert_eq!(gain("spotify", -8.0, -0.5), Some(-6.0));
    assert_eq!(gain("spotify-loud", -20.0, -1.0), Some(9.0), "whatever the peak");
    assert_eq!(gain("youtube", -20.0, -9.0), Some(0.0), "lowers only");
    assert_eq!(gain("youtube", -9.5, -1.0), Some(-4.5));
    assert_eq!(gain("r128", -20.0, -5.0), None);
}

#[test]
fn a_file_changes_and_extends_what_is_known() {
    let dir = tempdir().expect("tempdir");
    let path = dir.path().join("mine.toml");
    fs::write(
        &path,
        r#"
        [[target]]
        name = "spotify"
        title = "Spotify, as I see it"
        kind = "streaming"
        normalisation = { loudness_lufs = -13, turns_up = false }
        source = { text = "me", date = "2026", evidence = "unverified" }
        [[target]]
        name = "my-label"
        title = "My label"
        kind = "own"
        limits = { max_true_peak_dbtp = -0.5, bits = [24] }
        source = { text = "their mail", date = "2026-11-01", evidence = "primary" }
        "#,
    )
    .expect("write");
    let mut targets = Targets::built_in();
    let count = targets.iter().count();
    targets.extend_from(&path).expect("a good file");
    assert_eq!(targets.iter().count(), count + 1);
    assert_eq!(find(&targets, "spotify").title, "Spotify, as I see it");
    assert_eq!(find(&targets, "my-label").limits.max_true_peak_dbtp, Some(-0.5));
}

#[test]
fn bad_files_are_named_with_what_is_wrong() {
    let dir = tempdir().expect("tempdir");
    let path = dir.path().join("bad.toml");
    let head = "[[target]]\nname = \"x\"\ntitle = \"X\"\nkind = \"own\"\n";
    let source = "source = { text = \"t\", date = \"2026\", evidence = \"primary\" }\n";
    for (text, words) in [
        ("[[target".to_string(), &["bad.toml", "TOML"][..]),
        (format!("{head}limits = {{ max_true_peek = 1 }}\n{source}"), &["max_true_peek", "max_true_peak_dbtp"]),
        (head.to_string(), &["source"]),
        (format!("{head}{source}").replace("\"x\"", "\"X y\""), &["X y", "small letters"]),
        (format!("{head}limits = {{ max_true_peak_dbtp = nan }}\n{source}"), &["\"x\"", "max_true_peak_dbtp", "NaN"]),
        (
            format!("{head}limits = {{ min_integrated_lufs = -10, max_integrated_lufs = -20 }}\n{source}"),
            &["-10", "-20"],
        ),
        (format!("{head}limits = {{ louder_than_lufs = -10 }}\n{source}"), &["max_true_peak_when_louder_dbtp"]),
        (format!("{head}{source}").replace("own", "moon"), &["moon", "streaming"]),
    ] {
        fs::write(&path, &text).expect("write");
        let error = Targets::built_in().extend_from(&path).expect_err("a bad file");
        assert!(matches!(error, TargetsError::Invalid { .. }));
        for word in words {
            assert!(error.to_string().contains(word), "{text:?} gave {error}, which lacks {word:?}");
        }
    }
    let missing = Targets::built_in().extend_from(&dir.path().join("none.toml")).expect_err("no file");
    assert!(matches!(missing, TargetsError::Read { .. }) && missing.to_string().contains("none.toml"), "{missing}");
}

/// What stands in the place of a user's file of targets may be anything; a window opens while it is read.
#[test]
#[cfg(target_os = "linux")]
fn a_file_without_an_end_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let huge = folder.path().join("huge.toml");
    std::fs::File::create(&huge).and_then(|file| file.set_len(2 << 30)).expect("a sparse file");
    for path in [huge.as_path(), std::path::Path::new("/dev/zero")] {
        let (done, wait) = std::sync::mpsc::channel();
        let wanted = path.to_owned();
        std::thread::spawn(move || done.send(Targets::built_in().extend_from(&wanted)));
        let answer = wait.recv_timeout(std::time::Duration::from_secs(10));
        assert!(matches!(answer, Ok(Err(TargetsError::Read { .. }))), "{}: {answer:?}", path.display());
    }
    assert!(Targets::built_in().extend_from(folder.path()).is_err(), "a folder");
}
