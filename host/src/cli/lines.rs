//! Readings and verdicts as lines for people.

use std::fmt::Write as _;
use std::path::Path;

use host::names::shown;
use shared_report::page::ROWS;
use shared_report::{Report, Verdict, number, time};

fn level(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".into(), |value| number(value, digits))
}

/// A line a song, under one header. Behind a song come the verdicts that were asked for; behind a single one without any,
/// how it stands with all targets.
pub(super) fn overview(reports: &[(&Path, Report)], asked: bool) -> String {
    let mut out = String::new();
    if reports.is_empty() {
        return out;
    }
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "{:>10} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>10}  song",
        "length", "LUFS", "max S", "LRA LU", "dBTP", "PLR dB", "passes", "to stream"
    );
    for (file, report) in reports {
        let (readings, summary) = (&report.programme.readings, &report.summary);
        let passes = format!("{}/{}", summary.passes, summary.of());
        let to_stream = match summary.streaming_gain_db {
            Some(gain) => format!("{gain:+.2} dB"),
            None if summary.streaming > 0 && summary.streaming_passes == summary.streaming => "passes".into(),
            None => "-".into(),
        };
        let _ = writeln!(
            out,
            "{:>10} {:>7} {:>7} {:>7} {:>7} {:>7} {passes:>7} {to_stream:>10}  {}",
            time(report.programme.facts.duration_s),
            level(readings.integrated_lufs, 1),
            level(readings.max_short_term_lufs, 1),
            level(readings.loudness_range_lu, 1),
            level(readings.true_peak_dbtp, 2),
            level(readings.plr_db, 1),
            shown(file),
        );
        out.push_str(&notes(report));
        if asked || reports.len() == 1 {
            out.push_str(&verdicts(report, asked));
        }
    }
    out
}

/// What a song's readings do not say by themselves.
fn notes(report: &Report) -> String {
    let mut out = String::new();
    if let Some(why) = report.no_loudness() {
        let _ = writeln!(out, "  loudness not measured: {why}");
    }
    if report.programme.scrubbed_samples > 0 {
        let _ = writeln!(out, "  {} samples that are no numbers taken as silence", report.programme.scrubbed_samples);
    }
    out
}

/// The verdicts: each where they were asked for, else in two lines.
pub(super) fn verdicts(report: &Report, each: bool) -> String {
    if each {
        return report.targets.iter().map(|judged| verdict_lines(&judged.verdict)).collect();
    }
    let mut out = format!("  {}\n", report.summary.count());
    if let Some(streaming) = report.summary.streaming() {
        let _ = writeln!(out, "  {streaming}");
    }
    out
}

/// All readings of a song, one a line.
pub(super) fn full_table(file: &Path, report: &Report) -> String {
    let (facts, readings) = (&report.programme.facts, &report.programme.readings);
    let mut out = format!(
        "{}: {}, {} Hz, {} channel{}\n",
        shown(file),
        time(facts.duration_s),
        facts.sample_rate_hz,
        facts.channels,
        if facts.channels == 1 { "" } else { "s" }
    );
    for row in &ROWS {
        let _ = writeln!(out, "  {:22} {:>9} {}", row.name, level((row.get)(readings), row.digits), row.unit);
    }
    let _ = writeln!(out, "  {:22} {:>9}", "Clipped samples", readings.clipped_samples);
    let _ = writeln!(out, "  {:22} {:>9}", "True-peak overs", readings.true_peak_overs);
    out.push_str(&notes(report));
    out
}

fn verdict_lines(verdict: &Verdict) -> String {
    let word = match verdict.pass {
        Some(true) => "pass",
        Some(false) => "FAIL",
        None => "not measured",
    };
    let mut out = format!("  {word} {:22}", verdict.name);
    if let Some(gain) = verdict.playback_gain_db {
        let _ = write!(out, " plays it at {:+.1} dB", if gain.abs() < 0.05 { 0.0 } else { gain });
    }
    if let Some(headroom) = verdict.headroom_db {
        let comma = if verdict.playback_gain_db.is_some() { "," } else { "" };
        let _ = write!(out, "{comma} headroom {} dB", number(headroom, 1));
    }
    let mut out = out.trim_end().to_string() + "\n";
    for reason in &verdict.reasons {
        let _ = writeln!(out, "         {reason}");
    }
    out
}
