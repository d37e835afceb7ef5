//! The delivery report of what has been measured so far: the same targets, verdicts and pages as `twobus measure --report`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use shared_dsp::loudness::Event;
use shared_dsp::spectrum::Spectrum;
use shared_files::write_whole;
use shared_report::{Band, Facts, Programme, Report, Targets, TargetsError, utc};

use crate::processor::{LISTED_EVENTS, MeterReading};

/// Why there is no report. The messages are the window's.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Nothing has been measured.
    #[error("There is nothing to report yet: play the song first.")]
    Nothing,
    /// The system names no folder for documents.
    #[error("The system names no folder for documents.")]
    NoFolder,
    /// The user's file of targets cannot be read, or is none.
    #[error(transparent)]
    Targets(#[from] TargetsError),
    /// A file cannot be written.
    #[error("{}: cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The measurement so far as the report takes it. The spectrum is the window's: on average since it was opened.
#[must_use]
pub fn programme(reading: &MeterReading, sample_rate_hz: f64, spectrum: Option<&Spectrum>) -> Programme {
    let mut history = Vec::new();
    let history_period_s = reading.history.as_ref().map_or(0.0, |have| have.read_whole(&mut history));
    let spectrum = spectrum.map_or_else(Vec::new, Band::all_of);
    Programme { history, history_period_s, spectrum, ..judged(reading, sample_rate_hz) }
}

/// The same without history and spectrum: all that a verdict on a delivery target needs, at the pace of a window's pictures.
#[must_use]
pub fn judged(reading: &MeterReading, sample_rate_hz: f64) -> Programme {
    let listed = |events: &[Option<Event>; LISTED_EVENTS]| events.iter().flatten().copied().collect();
    Programme {
        facts: Facts {
            sample_rate_hz: sample_rate_hz.round() as u32,
            channels: reading.channels,
            bits: None,
            duration_s: reading.measured_s,
        },
        readings: reading.whole,
        places: reading.places,
        overs: listed(&reading.overs),
        clips: listed(&reading.clips),
        ..Programme::default()
    }
}

/// Writes the report, JSON and one HTML page, into the user's documents, under "Twobus". Returns the page's path.
///
/// # Errors
///
/// All of [`ReportError`].
pub fn write(programme: Programme) -> Result<PathBuf, ReportError> {
    let (folder, now) = place()?;
    write_into(&folder, &Targets::load(None)?, programme, now)
}

/// Writes the results of a blind test into the user's documents, under "Twobus". Returns the file's path.
///
/// # Errors
///
/// [`ReportError::NoFolder`], [`ReportError::Write`].
pub fn write_blind_test(csv: &str) -> Result<PathBuf, ReportError> {
    let (folder, now) = place()?;
    write_blind_test_into(&folder, csv, now)
}

/// The same into any folder, which is made if need be, at a time since 1970.
///
/// # Errors
///
/// [`ReportError::Write`].
pub fn write_blind_test_into(folder: &Path, csv: &str, now: Duration) -> Result<PathBuf, ReportError> {
    fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
    let file = folder.join(format!("blind test {}.csv", stamp(now)));
    write_whole(&file, csv.as_bytes()).map_err(|error| failed(&file, error))?;
    Ok(file)
}

/// The user's folder for what Meter writes, and the time.
fn place() -> Result<(PathBuf, Duration), ReportError> {
    let documents = dirs::document_dir().or_else(dirs::home_dir).ok_or(ReportError::NoFolder)?;
    Ok((documents.join("Twobus"), SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()))
}

/// A time as it stands in a file's name.
fn stamp(now: Duration) -> String {
    let (date, time) = utc(now);
    format!("{date} {}", time.replace(':', ""))
}

fn failed(path: &Path, source: std::io::Error) -> ReportError {
    ReportError::Write { path: path.into(), source }
}

/// The same into any folder, which is made if need be, at a time since 1970.
///
/// # Errors
///
/// [`ReportError::Nothing`], [`ReportError::Write`].
pub fn write_into(
    folder: &Path,
    targets: &Targets,
    programme: Programme,
    now: Duration,
) -> Result<PathBuf, ReportError> {
    if programme.readings.sample_peak_dbfs.is_none() {
        return Err(ReportError::Nothing);
    }
    let (date, time) = utc(now);
    let report = Report::new(&format!("Meter, {date} {time} UTC"), programme, &targets.iter().collect::<Vec<_>>());
    fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
    let name = folder.join(format!("meter {}", stamp(now)));
    let page = name.with_extension("html");
    for (path, text) in [(name.with_extension("json"), report.json()), (page.clone(), report.html())] {
        write_whole(&path, text.as_bytes()).map_err(|error| failed(&path, error))?;
    }
    Ok(page)
}
