//! `twobus measure`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use host::audio::ReadOptions;
use host::measure::{Options, measure};
use host::names;
use host::output::check_outputs;
use serde::Serialize;
use shared_dsp::loudness::Readings;
use shared_dsp::spectrum::Fraction;
use shared_report::{Report, Targets};

use super::console::{print, print_json, warn};
use super::failure::{Failure, Status};
use super::pool::{run_songs, sift};
use super::report::{ReportPlace, origin};
use super::targets::TargetArguments;
use super::{inputs, lines};

#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(super) struct Arguments {
    /// Songs: WAV (RF64, BW64, Wave64), AIFF, FLAC, MP3, AAC or Ogg Vorbis; mono, stereo, L R C, quad, 5.0 or 5.1. A folder
    /// stands for those in it, - for standard input.
    #[arg(required = true, value_name = "FILE", num_args = 1..)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    targets: TargetArguments,
    /// Take non-finite samples (NaN, infinite) as silence, instead of refusing the file.
    #[arg(long)]
    scrub: bool,
    /// Measure damaged files too, lost frames as silence, with a warning and exit status 1.
    #[arg(long)]
    allow_damaged: bool,
    /// Measure mono as it sounds from two loudspeakers: 3.01 LU louder.
    #[arg(long)]
    dual_mono: bool,
    /// Write a delivery report: a name that ends in .html or .json for one song, or a folder, which gets both of each song.
    #[arg(long, value_name = "DIR|FILE.html|FILE.json")]
    report: Option<PathBuf>,
    /// Songs measured at a time [default: one a core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    jobs: Option<u32>,
    /// Print all readings, and the verdict of every target.
    #[arg(long)]
    all: bool,
    /// Print JSON: an array, an object a song.
    #[arg(long)]
    json: bool,
}

fn after_help() -> String {
    let mut text = String::from("Targets:\n");
    for target in Targets::built_in().iter() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {:22} {}", target.name, target.title);
    }
    if let Some(file) = shared_report::user_file() {
        let _ = writeln!(text, "\nYour own targets: {}", file.display());
    }
    let _ = write!(text, "\n{}\n", inputs::HELP);
    text.push_str(
        "
In --json, `pass` is null where a target asks for what cannot be measured (silence, or too short). A name that is no text
in UTF-8 stands there with replacements, and its exact bytes beside it, percent-encoded, as `file_bytes`.

Examples:
  twobus measure master.wav
  twobus measure songs --all
  twobus measure master.wav --target spotify --target r128
  twobus measure *.flac --json
  twobus measure master.wav --report master.html",
    );
    text
}

/// What a script gets of a song.
#[derive(Serialize)]
pub(super) struct Row<'a> {
    #[serde(flatten, serialize_with = "names::file")]
    file: &'a Path,
    sample_rate_hz: u32,
    channels: usize,
    duration_s: f64,
    #[serde(flatten)]
    readings: serde_json::Map<String, serde_json::Value>,
    targets: Vec<Judgement<'a>>,
    dual_mono: bool,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct Judgement<'a> {
    name: &'a str,
    pass: Option<bool>,
    reasons: &'a [String],
}

pub(super) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let known = arguments.targets.load()?;
    let targets = arguments.targets.choose(&known)?;
    let songs = inputs::expand(&arguments.files, None)?;
    let place = arguments.report.as_deref().map(|path| ReportPlace::new(path, songs.len())).transpose()?;
    let outputs: Vec<PathBuf> =
        place.iter().flat_map(|place| songs.iter().flat_map(|song| place.files(song))).collect();
    let read = songs.iter().map(PathBuf::as_path).chain(arguments.targets.file());
    check_outputs(read, outputs.iter().map(PathBuf::as_path))?;
    let read = ReadOptions { surround: true, scrub: arguments.scrub, allow_damaged: arguments.allow_damaged };
    let options = Options { read, dual_mono: arguments.dual_mono, spectrum: place.as_ref().map(|_| Fraction::Twelfth) };
    let songs = inputs::open_all(&songs)?;
    place.iter().try_for_each(ReportPlace::prepare)?;
    let results = run_songs(&songs, arguments.jobs, |song, path, progress| {
        let programme = measure(path, options, progress).map_err(|error| song.explain(error.into()))?;
        let mut report = Report::new(&song.title(), programme, &targets);
        if let Some(place) = &place {
            report.origin = Some(origin(path, song.title())?);
            place.write(&song.given, &report)?;
        }
        Ok((song.given.as_path(), report))
    })?;
    let (reports, mut status) = sift(results);
    for (file, report) in &reports {
        warn(file, &report.programme.warnings);
        if report.programme.is_damaged {
            status = status.max(Status::Check);
        }
    }
    let asked = arguments.targets.are_asked_for();
    if arguments.json {
        let rows: Vec<Row> = reports.iter().map(|(file, report)| row(file, report)).collect();
        print_json(&rows)?;
    } else if arguments.all {
        for (file, report) in &reports {
            print(&lines::full_table(file, report))?;
            print(&lines::verdicts(report, true))?;
        }
    } else {
        print(&lines::overview(&reports, asked))?;
    }
    let fails = |report: &Report| report.targets.iter().any(|judged| judged.verdict.pass != Some(true));
    if asked && reports.iter().any(|(_, report)| fails(report)) {
        status = status.max(Status::Check);
    }
    Ok(status)
}

pub(super) fn row<'a>(file: &'a Path, report: &'a Report) -> Row<'a> {
    let facts = &report.programme.facts;
    let verdicts = report.targets.iter().map(|judged| &judged.verdict);
    Row {
        file,
        sample_rate_hz: facts.sample_rate_hz,
        channels: facts.channels,
        duration_s: facts.duration_s,
        readings: promised(&report.programme.readings),
        targets: verdicts
            .map(|verdict| Judgement { name: &verdict.name, pass: verdict.pass, reasons: &verdict.reasons })
            .collect(),
        dual_mono: report.programme.is_dual_mono,
        warnings: &report.programme.warnings,
    }
}

/// The readings that scripts are promised; what does not exist is null.
fn promised(readings: &Readings) -> serde_json::Map<String, serde_json::Value> {
    const KEYS: [&str; 16] = [
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
    ];
    // Plain numbers always serialise.
    let mut all = serde_json::to_value(readings).unwrap_or_default();
    KEYS.into_iter()
        .map(|key| (key.to_string(), all.get_mut(key).map(serde_json::Value::take).unwrap_or_default()))
        .collect()
}
