//! The table of problem files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use host::audio::{BLOCK_FRAMES, ReadOptions, Reader};
use serde_json::Value;

use super::case::{Case, Expect, Truth};
use super::{aiff_cases, flac_cases, lossy_cases, python, wave_cases};

/// What a program made of a file.
#[derive(Clone, Debug)]
enum Made {
    Read { truth: Truth, warnings: Vec<String>, is_damaged: bool },
    Refused(String),
}

fn ours(path: &Path, options: ReadOptions) -> Made {
    let read = || {
        let mut reader = Reader::open_with(path, options)?;
        let channels = reader.spec().channels;
        let mut block = vec![Vec::new(); channels];
        let mut samples = Vec::new();
        loop {
            let frames = reader.read(&mut block, BLOCK_FRAMES)?;
            if frames == 0 {
                break;
            }
            samples.extend((0..frames).flat_map(|frame| block.iter().map(move |channel| channel[frame])));
        }
        let truth = Truth { rate: reader.spec().sample_rate_hz, channels, samples };
        Ok::<_, host::audio::AudioError>(Made::Read {
            truth,
            warnings: reader.warnings().to_vec(),
            is_damaged: reader.is_damaged(),
        })
    };
    read().unwrap_or_else(|error| {
        let name = format!("{}: ", path.display());
        let message = error.to_string();
        // Every error names its file.
        assert!(message.starts_with(&name), "{message}");
        Made::Refused(message[name.len()..].into())
    })
}

/// What libsndfile made of each file of a folder.
fn theirs(folder: &Path, names: &[String]) -> Vec<Made> {
    fs::write(folder.join("list"), names.join("\n")).expect("write the list");
    let answers = python("read", folder);
    let answers: Vec<Value> = answers.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(answers.len(), names.len());
    let made = names.iter().zip(answers).map(|(name, answer)| {
        if let Some(error) = answer["error"].as_str() {
            return Made::Refused(error.trim_end_matches('.').into());
        }
        let raw = fs::read(folder.join(format!("{name}.raw"))).expect("its samples");
        let number = |key: &str| answer[key].as_u64().expect("a number");
        let samples = raw.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().expect("four"))).collect();
        Made::Read {
            truth: Truth { rate: number("rate") as u32, channels: number("channels") as usize, samples },
            warnings: Vec::new(),
            is_damaged: false,
        }
    });
    made.collect()
}

/// Whether two are the same but for so much in a sample; fails for what is no number.
fn is_same(a: &Truth, b: &Truth, tolerance: f32) -> bool {
    (a.rate, a.channels, a.samples.len()) == (b.rate, b.channels, b.samples.len())
        && a.samples.iter().zip(&b.samples).all(|(a, b)| (a - b).abs() <= tolerance)
}

fn check_case(case: &Case, made: &Made, theirs: &Made) -> Result<(), String> {
    let Case { truth, tolerance, .. } = case;
    let is_truth = |made: &Made| matches!(made, Made::Read { truth: its, .. } if is_same(its, truth, *tolerance));
    let words = |made: &Made| match made {
        Made::Read { warnings, .. } => warnings.join("; "),
        Made::Refused(reason) => reason.clone(),
    };
    match (&case.expect, made) {
        (Expect::Equal | Expect::Ours(_) | Expect::Warned(_), Made::Refused(reason)) => {
            Err(format!("refused: {reason}"))
        }
        (Expect::Refused(_), Made::Read { .. }) => Err("read, and was to be refused".into()),
        (Expect::Refused(word), Made::Refused(reason)) if !reason.contains(word) => {
            Err(format!("refused without {word:?}: {reason}"))
        }
        (Expect::Refused(_), _) => Ok(()),
        (_, made) if !is_truth(made) => {
            let Made::Read { truth: its, .. } = made else { return Err("not read".into()) };
            Err(format!(
                "{} frames of {} channels at {} Hz are not the {} of {} at {} that were put in",
                its.frames(),
                its.channels,
                its.rate,
                truth.frames(),
                truth.channels,
                truth.rate
            ))
        }
        (Expect::Warned(word), made) if !words(made).contains(word) => {
            Err(format!("read without the warning {word:?}: {:?}", words(made)))
        }
        (Expect::Equal | Expect::Ours(_), made) if !words(made).is_empty() => {
            Err(format!("read with a warning: {}", words(made)))
        }
        (Expect::Equal, _) if !is_truth(theirs) => Err(format!("libsndfile does not read the same: {}", brief(theirs))),
        (Expect::Ours(_), _) if is_truth(theirs) => Err("libsndfile reads the same after all".into()),
        _ => Ok(()),
    }
}

fn brief(made: &Made) -> String {
    match made {
        Made::Read { truth, .. } => {
            format!("{} frames, {} ch, {} Hz", truth.frames(), truth.channels, truth.rate)
        }
        Made::Refused(reason) => format!("refuses: {reason}"),
    }
}

/// What the two together are, in words.
fn verdict(case: &Case, made: &Made, theirs: &Made) -> &'static str {
    match (made, theirs) {
        (Made::Read { truth, .. }, Made::Read { truth: other, .. }) if is_same(truth, other, 2.0 * case.tolerance) => {
            if matches!(case.expect, Expect::Warned(_)) {
                "equal, and says what is odd"
            } else {
                "equal"
            }
        }
        (Made::Read { .. }, Made::Read { .. }) if matches!(case.expect, Expect::Ours(_)) => "reads what was put in",
        (Made::Read { .. }, Made::Read { .. }) => "reads what was put in, and says what is odd",
        (Made::Read { .. }, Made::Refused(_)) if matches!(case.expect, Expect::Ours(_)) => "reads it",
        (Made::Read { .. }, Made::Refused(_)) => "reads it, and says what is odd",
        (Made::Refused(_), Made::Refused(_)) => "both refuse",
        (Made::Refused(_), Made::Read { .. }) => "refuses by name",
    }
}

/// Text of a table's cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn page(cases: &[Case], made: &[Made], theirs: &[Made]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut rows = String::new();
    let mut group = "";
    for ((case, made), theirs) in cases.iter().zip(made).zip(theirs) {
        if case.group != group {
            group = case.group;
            // Writing to a String cannot fail.
            let _ = write!(rows, "\n## {group}\n\n| File | libsndfile | `twobus` | Together |\n|---|---|---|---|\n");
        }
        let together = verdict(case, made, theirs);
        *counts.entry(together).or_default() += 1;
        let said = match (made, &case.expect) {
            (Made::Read { warnings, .. }, _) if !warnings.is_empty() => {
                format!("{}; warns: {}", brief(made), warnings.join("; "))
            }
            (_, Expect::Ours(reason)) => format!("{} ({reason})", brief(made)),
            _ => brief(made),
        };
        let _ = writeln!(rows, "| {} | {} | {} | {together} |", cell(&case.name), cell(&brief(theirs)), cell(&said));
    }
    let mut page = format!(
        "# Problem files\n\n{} files made by `tests/tests/files`, each with what libsndfile (through Python's `soundfile`) makes of \
         it, and what `twobus` makes of it. Where both read a file, every sample is compared; where `twobus` reads it, also with \
         what was put in. Written by the test itself (`TWOBUS_WRITE_DOCS=1`), which fails when this page is not up to date.\n\n\
         | Together | Files |\n|---|---|\n",
        cases.len()
    );
    for (together, count) in counts {
        let _ = writeln!(page, "| {together} | {count} |");
    }
    page + &rows
}

#[test]
fn every_problem_file_is_read_or_refused_as_it_should_be() {
    let dir = tempfile::tempdir().expect("a folder");
    python("write", dir.path());
    let cases = [
        wave_cases::wav_cases(),
        wave_cases::wide_cases(),
        wave_cases::wave64_cases(),
        aiff_cases::aiff_cases(),
        aiff_cases::aifc_cases(),
        flac_cases::cases(dir.path()),
        lossy_cases::cases(dir.path()),
    ]
    .concat();
    assert!(cases.len() >= 120, "{} problem files", cases.len());
    let names: Vec<String> = cases.iter().enumerate().map(|(at, case)| format!("{at:03}.{}", case.extension)).collect();
    for (case, name) in cases.iter().zip(&names) {
        fs::write(dir.path().join(name), &case.bytes).expect("write the file");
    }
    let options = ReadOptions { surround: true, ..ReadOptions::default() };
    let made: Vec<Made> = names.iter().map(|name| ours(&dir.path().join(name), options)).collect();
    let theirs = theirs(dir.path(), &names);
    let page = page(&cases, &made, &theirs);
    println!("{page}");
    let mut wrong = String::new();
    for ((case, made), theirs) in cases.iter().zip(&made).zip(&theirs) {
        if let Err(reason) = check_case(case, made, theirs) {
            let _ = writeln!(wrong, "{}, {}: {reason}", case.group, case.name);
        }
        if let Made::Read { is_damaged, .. } = made {
            assert!(!is_damaged, "{}: damage passes only where it is asked for", case.name);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/files.md");
    if std::env::var_os("TWOBUS_WRITE_DOCS").is_some() {
        fs::write(path, &page).expect("write the page");
    }
    let kept = fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    assert!(kept == page, "docs/files.md is not up to date: run this test with TWOBUS_WRITE_DOCS=1");
}

/// With the flag that asks for it: the sound that is there, silence for what is lost, the warning, and the mark that the
/// command line's exit status comes from.
#[test]
fn damaged_files_are_read_on_where_that_is_asked_for() {
    let dir = tempfile::tempdir().expect("a folder");
    python("write", dir.path());
    let options = ReadOptions { allow_damaged: true, ..ReadOptions::default() };
    for case in flac_cases::damaged(dir.path()) {
        let path = dir.path().join("damaged.flac");
        fs::write(&path, &case.bytes).expect("write the file");
        let strict = ours(&path, ReadOptions::default());
        assert!(matches!(strict, Made::Refused(_)), "{}: {strict:?}", case.name);
        let made = ours(&path, options);
        let other = Made::Refused(String::new());
        check_case(&case, &made, &other).unwrap_or_else(|reason| panic!("{}: {reason}", case.name));
        assert!(matches!(made, Made::Read { is_damaged: true, .. }), "{}", case.name);
    }
}

/// Sizes beyond 4 GB, in a file that takes no room on a disk: a header and a hole.
#[cfg(unix)]
#[test]
fn rf64_of_five_gigabytes_is_opened_as_libsndfile_opens_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let frames = 1_300_000_000_u64;
    let mut bytes = super::bytes::rf64(b"RF64", &super::bytes::sane_format(1, 2, 96_000, 16), &[], frames, &[]);
    let (header, data) = (bytes.len() as u64, 4 * frames);
    bytes[20..28].copy_from_slice(&(header - 8 + data).to_le_bytes());
    bytes[28..36].copy_from_slice(&data.to_le_bytes());
    let path = dir.path().join("long.wav");
    fs::write(&path, &bytes).expect("write the header");
    fs::File::options().write(true).open(&path).and_then(|file| file.set_len(header + data)).expect("a hole");
    let mut reader = Reader::open(&path).expect("open");
    assert_eq!((reader.spec().frames, reader.spec().container), (Some(frames), "RF64"));
    assert!(reader.warnings().is_empty(), "{:?}", reader.warnings());
    let mut block = vec![Vec::new(); 2];
    assert_eq!(reader.read(&mut block, 100).expect("read"), 100);
    fs::write(dir.path().join("list"), "long.wav").expect("write the list");
    let answer: Value = serde_json::from_str(python("read", dir.path()).trim()).expect("JSON");
    assert_eq!(answer["claimed"].as_u64(), Some(frames), "{answer}");
}
