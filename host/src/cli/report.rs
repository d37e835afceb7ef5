//! Where reports go.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use host::digest::sha256;
use host::output::{OutputFile, make_folder};
use shared_report::{Origin, Report, utc};

use super::failure::{Failure, Status};
use super::inputs::stem;
use super::signals;

/// Where reports are written.
pub(super) enum ReportPlace {
    /// One page.
    Html(PathBuf),
    /// One file of JSON.
    Json(PathBuf),
    /// A folder: both, under each song's name.
    Folder(PathBuf),
}

impl ReportPlace {
    /// Tells by the name what is wanted, and checks that it fits the number of songs. Nothing is made.
    pub(super) fn new(path: &Path, songs: usize) -> Result<Self, Failure> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        let is_page = matches!(extension.as_deref(), Some("html" | "htm"));
        if !is_page && extension.as_deref() != Some("json") {
            return Ok(Self::Folder(path.into()));
        }
        if songs > 1 {
            return Err(Failure::arguments(format!(
                "--report {}: is one file for {songs} songs; name a folder",
                path.display()
            )));
        }
        Ok(if is_page { Self::Html(path.into()) } else { Self::Json(path.into()) })
    }

    /// The files that the report on a song will be.
    pub(super) fn files(&self, song: &Path) -> Vec<PathBuf> {
        match self {
            Self::Html(path) | Self::Json(path) => vec![path.clone()],
            Self::Folder(folder) => ["html", "json"].map(|suffix| name_in(folder, song, suffix)).into(),
        }
    }

    /// Makes the folder, if there is to be one.
    pub(super) fn prepare(&self) -> Result<(), Failure> {
        match self {
            Self::Folder(folder) => Ok(make_folder(folder)?),
            Self::Html(_) | Self::Json(_) => Ok(()),
        }
    }

    /// Writes the report on a song.
    pub(super) fn write(&self, song: &Path, report: &Report) -> Result<(), Failure> {
        match self {
            Self::Html(path) => write_whole(path, &report.html()),
            Self::Json(path) => write_whole(path, &report.json()),
            Self::Folder(folder) => {
                write_whole(&name_in(folder, song, "html"), &report.html())?;
                write_whole(&name_in(folder, song, "json"), &report.json())
            }
        }
    }
}

/// The name of a song's report in a folder.
fn name_in(folder: &Path, song: &Path, extension: &str) -> PathBuf {
    let mut name = OsString::from(stem(song));
    name.push(".");
    name.push(extension);
    folder.join(name)
}

/// What was measured: the contents of `path`, called `name`.
pub(super) fn origin(path: &Path, name: String) -> Result<Origin, Failure> {
    let (digits, bytes) = sha256(path, &mut || !signals::stopped()).map_err(|error| match error.kind() {
        std::io::ErrorKind::Interrupted => Failure::interrupted(),
        _ => Failure { status: Status::File, message: format!("{}: cannot be read: {error}", path.display()) },
    })?;
    let (date, time) = utc(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default());
    Ok(Origin { file: name, sha256: digits, bytes, measured_at: format!("{date} {time} UTC") })
}

/// Writes a text, so that there is never half of it.
fn write_whole(path: &Path, text: &str) -> Result<(), Failure> {
    let written = OutputFile::create(path).and_then(|file| {
        file.as_file().write_all(text.as_bytes())?;
        file.commit()
    });
    written.map_err(|error| Failure {
        status: Status::File,
        message: format!("{}: cannot be written: {error}", path.display()),
    })
}
