//! `twobus album`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use host::album::{By, Options, Outputs, Plan, measure_song, plan, write};
use host::audio::{Bits, check_target};
use serde::Serialize;
use shared_report::{Report, Song, number, time};

use super::measure::{Row, row, table};
use super::pool::{default_workers, run_all, sift};
use super::report::ReportPlace;
use super::targets::TargetArguments;
use super::{Failure, Status, print, warn};

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Arguments {
    /// The songs in order: WAV, AIFF, FLAC, MP3, AAC or Ogg Vorbis, of one sample rate and as many channels.
    #[arg(required = true, value_name = "FILE", num_args = 1..)]
    files: Vec<PathBuf>,
    /// Write the whole record into one file.
    #[arg(long, short, value_name = "FILE.wav|FILE.flac")]
    out: Option<PathBuf>,
    /// Write a file for each song into this folder, numbered; made if need be.
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
    /// Kind of the files in --out-dir.
    #[arg(long, value_name = "wav|flac", default_value = "wav", value_parser = ["wav", "flac"])]
    format: String,
    /// Bits of a sample: 16 and 24 with dither, or 32f (float, WAV only).
    #[arg(long, value_name = "16|24|32f", default_value = "24")]
    bits: Bits,
    /// What is brought to one loudness: every song, or the record with its songs in their relations.
    #[arg(long, value_name = "song|album", default_value = "album", value_parser = ["song", "album"])]
    by: String,
    /// That loudness. Without it: the record's own, as far as the ceiling allows.
    #[arg(long, value_name = "LUFS", allow_hyphen_values = true, value_parser = within(-60.0, 0.0))]
    loudness: Option<f64>,
    /// No true peak may pass this.
    #[arg(long, value_name = "DBTP", default_value = "-1", allow_hyphen_values = true, value_parser = within(-60.0, 20.0))]
    ceiling: f64,
    /// Silence between songs: one for all, or one between each two, as in 2,0,1.5.
    #[arg(long, value_name = "SECONDS", value_delimiter = ',', allow_hyphen_values = true, value_parser = within(0.0, 600.0))]
    gap: Vec<f64>,
    /// Fade at the beginning of the record and behind each gap.
    #[arg(long, value_name = "SECONDS", default_value = "0", allow_hyphen_values = true, value_parser = within(0.0, 600.0))]
    fade_in: f64,
    /// Fade at the end of the record and before each gap.
    #[arg(long, value_name = "SECONDS", default_value = "0", allow_hyphen_values = true, value_parser = within(0.0, 600.0))]
    fade_out: f64,
    #[command(flatten)]
    targets: TargetArguments,
    /// Write the report on the record: a name that ends in .html or .json, or a folder, which gets both.
    #[arg(long, value_name = "DIR|FILE.html|FILE.json")]
    report: Option<PathBuf>,
    /// Songs measured at a time [default: one a core].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    jobs: Option<u32>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
Without --out and --out-dir nothing is written but the report: to see where the songs would stand.
Songs without a gap between them are joined to the sample, and not faded there. With --loudness, a record whose peaks
would pass the ceiling is refused (exit status 1); without it, all songs are lowered alike.

Examples:
  twobus album 01.wav 02.wav 03.wav --out record.flac --gap 2 --report record.html
  twobus album *.wav --by song --loudness -14 --out-dir masters";

/// A number within a range, or an error that names it.
fn within(least: f64, most: f64) -> impl Fn(&str) -> Result<f64, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number: f64 = text.parse().map_err(|_| format!("not a number; allowed: {least} to {most}"))?;
        if (least..=most).contains(&number) { Ok(number) } else { Err(format!("allowed: {least} to {most}")) }
    }
}

/// What a script gets.
#[derive(Serialize)]
struct Album<'a> {
    by: &'a str,
    lowered_db: f64,
    songs: &'a [Song],
    record: Row<'a>,
}

pub(super) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let known = arguments.targets.load()?;
    let targets = arguments.targets.choose(&known)?;
    let song_files = song_files(arguments);
    for path in arguments.out.iter().chain(song_files.iter().flatten()) {
        check_target(path, arguments.bits)?;
    }
    let name = arguments.out.clone().unwrap_or_else(|| "record".into());
    let place =
        arguments.report.as_deref().map(|path| ReportPlace::new(path, std::slice::from_ref(&name))).transpose()?;

    let workers = arguments.jobs.map_or_else(default_workers, |jobs| jobs as usize);
    let measured = run_all(&arguments.files, workers, |file| file, |file, progress| Ok(measure_song(file, progress)?))?;
    // A record without one of its songs is none.
    let (songs, status) = sift(measured);
    if status != Status::Done {
        return Ok(status);
    }
    songs.iter().for_each(|song| warn(song.file(), song.warnings()));
    let options = Options {
        by: if arguments.by == "song" { By::Song } else { By::Album },
        loudness_lufs: arguments.loudness,
        ceiling_dbtp: arguments.ceiling,
        gaps_s: arguments.gap.clone(),
        fade_in_s: arguments.fade_in,
        fade_out_s: arguments.fade_out,
    };
    let plan = plan(&songs, &options)?;
    if let Some(dir) = &arguments.out_dir {
        std::fs::create_dir_all(dir).map_err(|error| Failure {
            status: Status::File,
            message: format!("{}: cannot be made: {error}", dir.display()),
        })?;
    }
    let outputs = Outputs { record: arguments.out.as_deref(), songs: song_files.as_deref(), bits: arguments.bits };
    let written = run_all(
        std::slice::from_ref(&plan),
        1,
        |_| &name,
        |plan, progress| Ok(write(plan, outputs, place.is_some(), progress)?),
    )?;
    let (written, mut status) = sift(written);
    let Some(written) = written.into_iter().next() else { return Ok(status) };
    written.warnings.iter().for_each(|warning| eprintln!("twobus: warning: {warning}"));

    let title = name.file_name().unwrap_or(name.as_os_str()).to_string_lossy();
    let mut report = Report::new(&title, written.programme, &targets);
    report.songs = plan.songs().to_vec();
    if let Some(place) = &place {
        place.write(&name, &report)?;
    }
    if arguments.json {
        let album = Album {
            by: &arguments.by,
            lowered_db: plan.lowered_db(),
            songs: plan.songs(),
            record: row(&name, &report),
        };
        let json = serde_json::to_string_pretty(&album).map_err(|error| Failure::arguments(error.to_string()))?;
        print(&format!("{json}\n"));
    } else {
        print(&song_table(&plan));
        print(&table(&name, &report));
    }
    if written.clipped_samples > 0 {
        eprintln!(
            "twobus: warning: {}: {} samples are beyond full scale and were clipped; lower --ceiling, or write 32f",
            name.display(),
            written.clipped_samples
        );
    }
    if arguments.targets.are_asked_for() && report.targets.iter().any(|judged| !judged.verdict.pass) {
        status = status.max(Status::Check);
    }
    Ok(status)
}

/// The names of the songs' own files: numbered, so that they sort as they are played.
fn song_files(arguments: &Arguments) -> Option<Vec<PathBuf>> {
    let dir = arguments.out_dir.as_ref()?;
    let stem = |file: &Path| file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
    let name = |(at, file): (usize, &PathBuf)| dir.join(format!("{:02} {}.{}", at + 1, stem(file), arguments.format));
    Some(arguments.files.iter().enumerate().map(name).collect())
}

/// Where each song begins, and what was done to it.
fn song_table(plan: &Plan) -> String {
    let mut out = format!(
        "  {:>3} {:>10} {:>12} {:>10} {:>8} {:>9} {:>7} {:>7}  {}\n",
        "No.", "starts", "frame", "length", "gap s", "gain dB", "LUFS", "dBTP", "song"
    );
    let level = |value: Option<f64>| value.map_or_else(|| "-".into(), |value| number(value, 1));
    for (at, song) in plan.songs().iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "  {:>3} {:>10} {:>12} {:>10} {:>8} {:>9} {:>7} {:>7}  {}",
            at + 1,
            time(song.start_s),
            song.start_frame,
            time(song.duration_s),
            number(song.gap_s, 2),
            number(song.gain_db, 2),
            level(song.integrated_lufs),
            level(song.true_peak_dbtp),
            song.title
        );
    }
    if plan.lowered_db() < 0.0 {
        let _ = writeln!(
            out,
            "  All are lowered by {} dB, so that no true peak passes the ceiling.",
            number(-plan.lowered_db(), 2)
        );
    }
    out
}
