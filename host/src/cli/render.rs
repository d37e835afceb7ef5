//! `twobus render`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use host::audio::check_target;
use host::chain::{Chain, NAMED_CHAINS};
use host::names::shown;
use host::output::{check_outputs, make_folder};
use host::render::{MAX_BLOCK, Options, Report, render};
use shared_dsp::loudness::Readings;

use super::console::{print, print_json, tell, warn};
use super::encoding::Encoding;
use super::failure::{Failure, Status};
use super::inputs;
use super::pool::{default_workers, run_all, sift};
use super::search::Search;

#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(super) struct Arguments {
    /// The song and its render; with --out-dir, any number of songs and folders; - is standard input. WAV (RF64, BW64,
    /// Wave64), AIFF, FLAC, MP3, AAC and Ogg Vorbis in, WAV (RF64 beyond 4 GB) and FLAC out.
    #[arg(required = true, value_name = "FILE", num_args = 1..)]
    files: Vec<PathBuf>,
    /// A chain file (TOML), or the name of a starting point.
    #[arg(long, short, value_name = "CHAIN")]
    chain: String,
    /// Override a value of the chain; may be repeated.
    #[arg(long, value_name = "PLUGIN[.N].PARAMETER=VALUE")]
    set: Vec<String>,
    /// Folder for the renders of several songs, which keep their names; made if need be.
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    #[command(flatten)]
    encoding: Encoding,
    /// Keep what sounds on after the song has ended.
    #[arg(long)]
    tail: bool,
    /// Render damaged files too, lost frames as silence, with a warning and exit status 1.
    #[arg(long)]
    allow_damaged: bool,
    /// Frames of a block; the result does not depend on it.
    #[arg(long, value_name = "FRAMES", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=MAX_BLOCK as i64))]
    block: u32,
    /// Songs rendered at a time.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=64))]
    jobs: u32,
    /// Print JSON: readings before and after, and what each plugin did. An array where there is --out-dir.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    search: Search,
}

fn after_help() -> String {
    let mut text = String::from("Starting points:\n");
    for chain in NAMED_CHAINS {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {:12} {}", chain.name, chain.about);
    }
    let _ = write!(text, "\n{}\n", inputs::HELP);
    text.push_str(
        "
Examples:
  twobus render mix.wav master.wav --chain glue-gentle
  twobus render mix.flac master.flac --chain my.toml --bits 16
  twobus render mix.wav out.wav --chain glue-gentle --set glue.threshold=\"-22 dB\" --set glue.ratio=4 --json
  twobus render mixes --out-dir masters --chain my.toml --tail
  sox in.mp3 -t wav - | twobus render - master.wav --chain glue-gentle

A chain file:
  output_level_db = -0.3
  [[plugin]]
  use = \"glue\"
  threshold = \"-18 dB\"
  ratio = 2",
    );
    text
}

/// A song and where it goes.
struct Job<'a> {
    input: &'a inputs::Input,
    output: &'a Path,
}

pub(super) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let (songs, outputs) = songs_and_outputs(arguments)?;
    for output in &outputs {
        check_target(output, arguments.encoding.bits).map_err(|error| Failure::arguments(error.to_string()))?;
    }
    // A starting point of that name is no file, and then is none of the inputs.
    let read = songs.iter().map(PathBuf::as_path).chain([Path::new(&arguments.chain)]);
    check_outputs(read, outputs.iter().map(PathBuf::as_path))?;
    let mut chain = Chain::load(&arguments.chain)?;
    for given in &arguments.set {
        chain.set(given)?;
    }
    let bundles = if chain.links.is_empty() { Vec::new() } else { arguments.search.bundles()? };
    let chain = chain.prepare(&bundles)?;
    let songs = inputs::open_all(&songs)?;
    if let Some(dir) = &arguments.out_dir {
        make_folder(dir)?;
    }
    let jobs: Vec<Job> = songs.iter().zip(&outputs).map(|(input, output)| Job { input, output }).collect();
    let options = Options {
        bits: arguments.encoding.bits,
        keep_tail: arguments.tail,
        block: arguments.block as usize,
        allow_damaged: arguments.allow_damaged,
        // Songs beside each other fill the cores already.
        is_threaded: jobs.len().min(arguments.jobs as usize) < default_workers(),
    };
    let results = run_all(
        &jobs,
        arguments.jobs as usize,
        |job| job.input.given.as_path(),
        |job, progress| {
            let rendered = render(&chain, job.input.path()?, job.output, &options, progress).map_err(Failure::from);
            let report = rendered.map_err(|failure| job.input.explain(failure))?;
            Ok(Report { file: job.input.given.clone(), ..report })
        },
    )?;
    let (reports, mut status) = sift(results);
    for report in &reports {
        warn(&report.file, &report.warnings);
        if report.is_damaged {
            status = status.max(Status::Check);
        }
    }
    if arguments.json {
        match (&arguments.out_dir, reports.as_slice()) {
            (None, []) => return Ok(status),
            (None, [report, ..]) => print_json(report)?,
            (Some(_), reports) => print_json(reports)?,
        }
    } else {
        reports.iter().try_for_each(|report| print(&summary(report)))?;
    }
    for report in reports.iter().filter(|report| report.clipped_samples > 0) {
        let (name, count) = (report.output.display(), report.clipped_samples);
        tell(
            "warning",
            &format!(
                "{name}: {count} samples are beyond full scale and were clipped; set output_level_db, or write 32f"
            ),
        );
    }
    Ok(status)
}

/// The songs, and where each goes.
fn songs_and_outputs(arguments: &Arguments) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Failure> {
    let Some(dir) = &arguments.out_dir else {
        return match arguments.files.as_slice() {
            [input, output] => Ok((vec![input.clone()], vec![output.clone()])),
            [_] => Err(Failure::arguments("write the render's name behind the song's, or --out-dir DIR")),
            _ => Err(Failure::arguments("several songs need --out-dir DIR")),
        };
    };
    let songs = inputs::expand(&arguments.files, Some(dir))?;
    let output = |song: &PathBuf| {
        let mut name = inputs::stem(song).to_os_string();
        name.push(".");
        name.push(&arguments.encoding.format);
        dir.join(name)
    };
    let outputs = songs.iter().map(output).collect();
    Ok((songs, outputs))
}

fn number(value: Option<f64>, unit: &str) -> String {
    value.map_or_else(|| "-".into(), |value| format!("{value:.1} {unit}"))
}

/// What a person wants to know after a render.
fn summary(report: &Report) -> String {
    let mut out = format!("{} -> {}\n", shown(&report.file), shown(&report.output));
    let mut row = |name: &str, unit: &str, read: fn(&Readings) -> Option<f64>| {
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "  {name:16} {:>12} -> {:>12}",
            number(read(&report.before), unit),
            number(read(&report.after), unit)
        );
    };
    row("Loudness", "LUFS", |readings| readings.integrated_lufs);
    row("Loudness range", "LU", |readings| readings.loudness_range_lu);
    row("True peak", "dBTP", |readings| readings.true_peak_dbtp);
    row("Sample peak", "dBFS", |readings| readings.sample_peak_dbfs);
    row("Crest factor", "dB", |readings| readings.crest_factor_db);
    for plugin in &report.plugins {
        let _ = writeln!(
            out,
            "  {}: gain {} at most, {} on average; {} -> {}; latency {} samples; {:.0} ns a sample",
            plugin.uses,
            number(plugin.change.largest_gain_change_db, "dB"),
            number(plugin.change.mean_gain_change_db, "dB"),
            number(plugin.change.loudness_in_lufs, "LUFS"),
            number(plugin.change.loudness_out_lufs, "LUFS"),
            plugin.latency_samples,
            plugin.ns_per_sample,
        );
    }
    if let Some(gain) = report.output_gain_db {
        let _ = writeln!(out, "  output gain {gain:.2} dB");
    }
    let _ = writeln!(out, "  {:.1} s of audio at {:.0} times real time", report.duration_s, report.speed);
    out
}
