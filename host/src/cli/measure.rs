//! `twobus measure`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use host::audio::ReadOptions;
use host::measure::{Options, measure};
use serde::Serialize;
use shared_dsp::loudness::Readings;
use shared_dsp::spectrum::Fraction;
use shared_report::page::ROWS;
use shared_report::{Report, Targets, Verdict, number, time};

use super::pool::{default_workers, run_all, sift};
use super::report::ReportPlace;
use super::targets::TargetArguments;
use super::{Failure, Status, print, warn};

#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(super) struct Arguments {
    /// Songs: WAV (RF64, BW64, Wave64), AIFF, FLAC, MP3, AAC or Ogg Vorbis; mono, stereo, L R C, quad, 5.0 or 5.1.
    #[arg(required = true, value_name = "FILE", num_args = 1..)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    targets: TargetArguments,
    /// Take samples that are no numbers as silence, instead of refusing the file.
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
    text.push_str(
        "
Examples:
  twobus measure master.wav
  twobus measure master.wav --target spotify --target r128
  twobus measure *.flac --json
  twobus measure master.wav --report master.html",
    );
    text
}

/// What a script gets of a song.
#[derive(Serialize)]
pub(super) struct Row<'a> {
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
    pass: bool,
    reasons: &'a [String],
}

pub(super) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let known = arguments.targets.load()?;
    let targets = arguments.targets.choose(&known)?;
    let place = arguments.report.as_deref().map(|path| ReportPlace::new(path, &arguments.files)).transpose()?;
    let read = ReadOptions { surround: true, scrub: arguments.scrub, allow_damaged: arguments.allow_damaged };
    let options = Options { read, dual_mono: arguments.dual_mono, spectrum: place.as_ref().map(|_| Fraction::Twelfth) };
    let workers = arguments.jobs.map_or_else(default_workers, |jobs| jobs as usize);
    let results = run_all(
        &arguments.files,
        workers,
        |file| file,
        |file, progress| {
            let title = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
            let report = Report::new(&title, measure(file, options, progress)?, &targets);
            if let Some(place) = &place {
                place.write(file, &report)?;
            }
            Ok((file, report))
        },
    )?;
    let (reports, mut status) = sift(results);
    for (file, report) in &reports {
        warn(file, &report.programme.warnings);
        if report.programme.is_damaged {
            status = status.max(Status::Check);
        }
    }
    if arguments.json {
        let rows: Vec<Row> = reports.iter().map(|(file, report)| row(file, report)).collect();
        let json = serde_json::to_string_pretty(&rows).map_err(|error| Failure::arguments(error.to_string()))?;
        print(&format!("{json}\n"));
    } else {
        reports.iter().for_each(|(file, report)| print(&table(file, report)));
    }
    let fails = |report: &Report| report.targets.iter().any(|judged| !judged.verdict.pass);
    if arguments.targets.are_asked_for() && reports.iter().any(|(_, report)| fails(report)) {
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

/// What a person reads of a song.
pub(super) fn table(file: &Path, report: &Report) -> String {
    let (facts, readings) = (&report.programme.facts, &report.programme.readings);
    let mut out = format!(
        "{}: {}, {} Hz, {} channel{}\n",
        file.display(),
        time(facts.duration_s),
        facts.sample_rate_hz,
        facts.channels,
        if facts.channels == 1 { "" } else { "s" }
    );
    for row in &ROWS {
        let value = (row.get)(readings).map_or_else(|| "-".into(), |value| number(value, row.digits));
        let _ = writeln!(out, "  {:22} {value:>9} {}", row.name, row.unit);
    }
    let _ = writeln!(out, "  {:22} {:>9}", "Clipped samples", readings.clipped_samples);
    let _ = writeln!(out, "  {:22} {:>9}", "True-peak overs", readings.true_peak_overs);
    if report.programme.scrubbed_samples > 0 {
        let _ = writeln!(out, "  {:22} {:>9} taken as silence", "Not numbers", report.programme.scrubbed_samples);
    }
    for judged in &report.targets {
        out.push_str(&verdict_lines(&judged.verdict));
    }
    out
}

fn verdict_lines(verdict: &Verdict) -> String {
    let mut out = format!("  {} {:22}", if verdict.pass { "pass" } else { "FAIL" }, verdict.name);
    if let Some(gain) = verdict.playback_gain_db {
        let _ = write!(out, " plays it at {:+.1} dB", if gain.abs() < 0.05 { 0.0 } else { gain });
    }
    if let Some(headroom) = verdict.headroom_db {
        let _ = write!(
            out,
            "{} headroom {} dB",
            if verdict.playback_gain_db.is_some() { "," } else { "" },
            number(headroom, 1)
        );
    }
    out.push('\n');
    for reason in &verdict.reasons {
        let _ = writeln!(out, "         {reason}");
    }
    out
}
