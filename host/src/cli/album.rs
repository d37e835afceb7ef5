//! `twobus album`.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;

use host::album::{MatchBy, Options, Outputs, measure_song, plan, write};
use host::audio::check_target;
use host::names;
use host::output::{check_outputs, make_folder};
use serde::Serialize;
use shared_report::{Report, Song, number, time};

use super::console::{print, print_json, tell, warn};
use super::encoding::Encoding;
use super::failure::{Failure, Status};
use super::inputs;
use super::lines::{full_table, verdicts};
use super::measure::{Row, row};
use super::pool::{run_all, run_songs, sift};
use super::report::{ReportPlace, origin};
use super::targets::TargetArguments;

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
    #[command(flatten)]
    encoding: Encoding,
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
    let files = inputs::expand(&arguments.files, arguments.out_dir.as_deref())?;
    let song_files = song_files(arguments, &files);
    for path in arguments.out.iter().chain(song_files.iter().flatten()) {
        check_target(path, arguments.encoding.bits)?;
    }
    let name = arguments.out.clone().unwrap_or_else(|| "record".into());
    let place = arguments.report.as_deref().map(|path| ReportPlace::new(path, 1)).transpose()?;
    let reports = place.iter().flat_map(|place| place.files(&name)).collect::<Vec<_>>();
    let outputs = arguments.out.iter().chain(song_files.iter().flatten()).chain(&reports);
    check_outputs(files.iter().map(PathBuf::as_path).chain(arguments.targets.file()), outputs.map(PathBuf::as_path))?;

    let inputs = inputs::open_all(&files)?;
    let measured = run_songs(&inputs, arguments.jobs, |input, path, progress| {
        let song = measure_song(path, progress).map_err(|error| input.explain(error.into()))?;
        let origin = place.as_ref().map(|_| origin(path, input.title())).transpose()?;
        Ok((song, origin))
    })?;
    // A record without one of its songs is none.
    let (measured, status) = sift(measured);
    if status != Status::Done {
        return Ok(status);
    }
    let (songs, origins): (Vec<_>, Vec<_>) = measured.into_iter().unzip();
    for (song, input) in songs.iter().zip(&inputs) {
        warn(&input.given, song.warnings());
    }
    let options = Options {
        by: if arguments.by == "song" { MatchBy::Song } else { MatchBy::Album },
        loudness_lufs: arguments.loudness,
        ceiling_dbtp: arguments.ceiling,
        gaps_s: arguments.gap.clone(),
        fade_in_s: arguments.fade_in,
        fade_out_s: arguments.fade_out,
    };
    let plan = plan(&songs, &options)?;
    if let Some(dir) = &arguments.out_dir {
        make_folder(dir)?;
    }
    place.iter().try_for_each(ReportPlace::prepare)?;
    let outputs =
        Outputs { record: arguments.out.as_deref(), songs: song_files.as_deref(), bits: arguments.encoding.bits };
    let written = run_all(
        std::slice::from_ref(&plan),
        1,
        |_| &name,
        |plan, progress| Ok(write(plan, outputs, place.is_some(), progress)?),
    )?;
    let (written, mut status) = sift(written);
    let Some(written) = written.into_iter().next() else { return Ok(status) };
    written.warnings.iter().for_each(|warning| tell("warning", warning));

    let title = name.file_name().unwrap_or(name.as_os_str()).to_string_lossy();
    let mut report = Report::new(&title, written.programme, &targets);
    report.songs = plan.songs().to_vec();
    for ((song, origin), input) in report.songs.iter_mut().zip(origins).zip(&inputs) {
        song.title = inputs::stem(&input.given).to_string_lossy().into_owned();
        song.sha256 = origin.map(|origin| origin.sha256);
    }
    if let Some(place) = &place {
        if let Some(out) = &arguments.out {
            report.origin = Some(origin(out, title.clone().into_owned())?);
        }
        place.write(&name, &report)?;
    }
    if arguments.json {
        let lowered_db = plan.lowered_db();
        print_json(&Album { by: &arguments.by, lowered_db, songs: &report.songs, record: row(&name, &report) })?;
    } else {
        print(&song_table(&report.songs, plan.lowered_db()))?;
        print(&full_table(&name, &report))?;
        print(&verdicts(&report, arguments.targets.are_asked_for()))?;
    }
    if written.clipped_samples > 0 {
        let (name, count) = (name.display(), written.clipped_samples);
        tell(
            "warning",
            &format!("{name}: {count} samples are beyond full scale and were clipped; lower --ceiling, or write 32f"),
        );
    }
    if arguments.targets.are_asked_for() && report.targets.iter().any(|judged| judged.verdict.pass != Some(true)) {
        status = status.max(Status::Check);
    }
    Ok(status)
}

/// The names of the songs' own files: numbered, so that they sort as they are played.
fn song_files(arguments: &Arguments, files: &[PathBuf]) -> Option<Vec<PathBuf>> {
    let dir = arguments.out_dir.as_ref()?;
    let name = |(at, file): (usize, &PathBuf)| {
        let mut name = OsString::from(format!("{:02} ", at + 1));
        name.push(inputs::stem(file));
        name.push(".");
        name.push(&arguments.encoding.format);
        dir.join(name)
    };
    Some(files.iter().enumerate().map(name).collect())
}

/// Where each song begins, and what was done to it.
fn song_table(songs: &[Song], lowered_db: f64) -> String {
    let mut out = format!(
        "  {:>3} {:>10} {:>12} {:>10} {:>8} {:>9} {:>7} {:>7}  {}\n",
        "No.", "starts", "frame", "length", "gap s", "gain dB", "LUFS", "dBTP", "song"
    );
    let level = |value: Option<f64>| value.map_or_else(|| "-".into(), |value| number(value, 1));
    for (at, song) in songs.iter().enumerate() {
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
            names::on_one_line(&song.title)
        );
    }
    if lowered_db < 0.0 {
        let _ = writeln!(
            out,
            "  All are lowered by {} dB, so that no true peak passes the ceiling.",
            number(-lowered_db, 2)
        );
    }
    out
}
