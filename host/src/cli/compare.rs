//! `twobus compare`.

use std::fmt::Write as _;
use std::path::PathBuf;

use host::audio::ReadOptions;
use host::compare::{Comparison, Side, compare};
use host::names::shown;
use shared_dsp::loudness::Readings;
use shared_report::page::ROWS;
use shared_report::{number, time};

use super::console::{print, print_json, warn};
use super::failure::{Failure, Status};
use super::inputs;
use super::pool::{run_all, sift};

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Arguments {
    /// The one version.
    a: PathBuf,
    /// The other: of the same sample rate and as many channels.
    b: PathBuf,
    /// Take non-finite samples (NaN, infinite) as silence, instead of refusing the file.
    #[arg(long)]
    scrub: bool,
    /// Compare damaged files too, lost frames as silence, with a warning and exit status 1.
    #[arg(long)]
    allow_damaged: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

const AFTER_HELP: &str = "\
B is brought to the loudness of A (integrated, BS.1770), its delay and polarity against A are found, and what is left between
them is told. Either may be -, which is standard input, or another pipe. Delays up to half of 2^19 samples are found: 5.5 s at 48 kHz.

Example:
  twobus compare mix.wav master.wav";

pub(super) fn run(arguments: &Arguments) -> Result<Status, Failure> {
    let songs = inputs::expand(&[arguments.a.clone(), arguments.b.clone()], None)?;
    if songs.len() != 2 {
        return Err(Failure::arguments("two songs are compared; a folder stands for one only if there is one in it"));
    }
    let songs = inputs::open_all(&songs)?;
    let pair = [(&songs[0], &songs[1])];
    let results = run_all(
        &pair,
        1,
        |(_, b)| b.given.as_path(),
        |(a, b), progress| {
            let read = ReadOptions { surround: true, scrub: arguments.scrub, allow_damaged: arguments.allow_damaged };
            let compared = compare(a.path()?, b.path()?, read, progress).map_err(Failure::from);
            let mut comparison = compared.map_err(|failure| a.explain(b.explain(failure)))?;
            (comparison.a.file, comparison.b.file) = (a.given.clone(), b.given.clone());
            Ok(comparison)
        },
    )?;
    let (comparisons, mut status) = sift(results);
    for comparison in &comparisons {
        for side in [&comparison.a, &comparison.b] {
            warn(&side.file, &side.warnings);
            if side.is_damaged {
                status = status.max(Status::Check);
            }
        }
        if arguments.json {
            print_json(comparison)?;
        } else {
            print(&table(comparison))?;
        }
    }
    Ok(status)
}

fn level(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".into(), |value| number(value, digits))
}

/// What a person reads of a comparison.
fn table(comparison: &Comparison) -> String {
    let Comparison { a, b, .. } = comparison;
    let mut out = String::new();
    let name = |side: &Side, letter: &str| format!("{letter}: {}, {}\n", shown(&side.file), time(side.duration_s));
    out.push_str(&name(a, "A"));
    out.push_str(&name(b, "B"));
    // Writing to a String cannot fail.
    let _ = writeln!(out, "\n  {:22} {:>9} {:>9} {:>9}", "", "A", "B", "B - A");
    for row in &ROWS {
        let read = |readings: &Readings| (row.get)(readings);
        let (a, b) = (read(&a.readings), read(&b.readings));
        let difference = a.zip(b).map(|(a, b)| b - a);
        let _ = writeln!(
            out,
            "  {:22} {:>9} {:>9} {:>9} {}",
            row.name,
            level(a, row.digits),
            level(b, row.digits),
            level(difference, row.digits),
            row.unit
        );
    }
    let _ = writeln!(out, "\n  {:22} {:>9} dB on B", "Loudness match", level(comparison.match_gain_db, 2));
    match (comparison.delay_samples, comparison.delay_ms, comparison.confidence, comparison.is_inverted) {
        (Some(samples), Some(ms), Some(confidence), Some(is_inverted)) => {
            let way = if samples < 0.0 { "earlier" } else { "later" };
            let _ = writeln!(
                out,
                "  {:22} {:>9} samples ({} ms) {way}, confidence {}",
                "B against A",
                number(samples.abs(), 2),
                number(ms.abs(), 3),
                number(confidence, 2)
            );
            let _ = writeln!(out, "  {:22} {:>9}", "Polarity of B", if is_inverted { "inverted" } else { "as A" });
        }
        _ => out.push_str("  No delay explains one by the other: they are unrelated, or one is silent.\n"),
    }
    if let Some(delta) = &comparison.delta {
        match delta.rms_dbfs {
            None => out.push_str("  Nothing is left between them: they are the same to the bit.\n"),
            Some(_) => {
                let _ = writeln!(
                    out,
                    "  {:22} {:>9} dBFS RMS, {} dB against A; peak {} dBFS, {} LUFS",
                    "Left between them",
                    level(delta.rms_dbfs, 1),
                    level(delta.relative_db, 1),
                    level(delta.peak_dbfs, 1),
                    level(delta.integrated_lufs, 1)
                );
            }
        }
    }
    let _ = writeln!(out, "\n  {:>9} {:>12} {:>12} {:>16}", "Hz", "A dBFS", "B dBFS", "B - A, matched");
    for third in &comparison.spectrum {
        let _ = writeln!(
            out,
            "  {:>9} {:>12} {:>12} {:>16}",
            number(third.hz, 0),
            level(third.a_dbfs, 1),
            level(third.b_dbfs, 1),
            level(third.difference_db, 1)
        );
    }
    out
}
