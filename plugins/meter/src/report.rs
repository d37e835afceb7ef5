//! The delivery report of what has been measured so far: the same targets, verdicts and pages as `twobus measure --report`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use shared_dsp::loudness::Event;
use shared_dsp::spectrum::Spectrum;
use shared_report::{Band, Facts, Programme, Report, Targets, TargetsError};

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
    let documents = dirs::document_dir().or_else(dirs::home_dir).ok_or(ReportError::NoFolder)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    write_into(&documents.join("Twobus"), &Targets::load(None)?, programme, now)
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
    let failed = |path: &Path, source: std::io::Error| ReportError::Write { path: path.into(), source };
    fs::create_dir_all(folder).map_err(|source| failed(folder, source))?;
    let name = folder.join(format!("meter {date} {}", time.replace(':', "")));
    let page = name.with_extension("html");
    for (path, text) in [(name.with_extension("json"), report.json()), (page.clone(), report.html())] {
        // Under another name first, so that there is never half of it.
        let temporary = path.with_extension("part");
        fs::write(&temporary, text)
            .and_then(|()| fs::rename(&temporary, &path))
            .map_err(|error| failed(&path, error))?;
    }
    Ok(page)
}

/// Date and time of day: "2026-11-21", "10:35:02". The calendar is that of Howard Hinnant, *chrono-Compatible Low-Level
/// Date Algorithms* (2013): days counted in eras of 400 years that begin in March, so that the leap day comes last.
fn utc(since_1970: Duration) -> (String, String) {
    let seconds = since_1970.as_secs();
    let days = seconds / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = 400 * era + year_of_era + u64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    (format!("{year:04}-{month:02}-{day:02}"), format!("{hour:02}:{minute:02}:{second:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, date, time) in [
            (0, "1970-01-01", "00:00:00"),
            (951_782_399, "2000-02-28", "23:59:59"),
            (951_782_400, "2000-02-29", "00:00:00"),
            (1_795_257_302, "2026-11-21", "10:35:02"),
            (4_107_542_400, "2100-03-01", "00:00:00"),
        ] {
            assert_eq!(utc(Duration::from_secs(seconds)), (date.to_owned(), time.to_owned()));
        }
    }
}
