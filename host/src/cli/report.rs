//! Where reports go.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use shared_report::Report;

use super::{Failure, Status};

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
    /// Tells by the name what is wanted, checks that it fits the songs, and makes a folder if need be.
    pub(super) fn new(path: &Path, songs: &[PathBuf]) -> Result<Self, Failure> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        let is_page = matches!(extension.as_deref(), Some("html" | "htm"));
        if is_page || extension.as_deref() == Some("json") {
            if songs.len() > 1 {
                return Err(Failure::arguments(format!(
                    "--report {}: is one file for {} songs; name a folder",
                    path.display(),
                    songs.len()
                )));
            }
            return Ok(if is_page { Self::Html(path.into()) } else { Self::Json(path.into()) });
        }
        let mut taken = HashSet::new();
        if let Some(song) = songs.iter().find(|song| !taken.insert(name_in(path, song, "html"))) {
            return Err(Failure::arguments(format!(
                "{}: two songs would have their report there",
                name_in(path, song, "html").display()
            )));
        }
        fs::create_dir_all(path).map_err(|error| Failure {
            status: Status::File,
            message: format!("{}: cannot be made: {error}", path.display()),
        })?;
        Ok(Self::Folder(path.into()))
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
    let mut name = OsString::from(song.file_stem().unwrap_or(song.as_os_str()));
    name.push(".");
    name.push(extension);
    folder.join(name)
}

/// Writes a text under a temporary name and renames it, so that there is never half of it.
fn write_whole(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure {
        status: Status::File,
        message: format!("{}: cannot be written: {error}", path.display()),
    };
    let mut file = host::audio::temporary_beside(path).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}
