//! Files that are written: whole or not at all, and never over what the same command reads or writes elsewhere.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Component, Path, PathBuf};

use shared_files::temporary_in;
use tempfile::NamedTempFile;

/// Symbolic links that are followed from one to the next before it is called a circle; Linux follows as many.
const MAX_LINKS: usize = 40;

/// Why an output is refused before anything is written.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// It is one of the command's inputs.
    #[error("{}: is {}, which this command reads, and would be overwritten", path.display(),
        if path == input { "the same file".into() } else { input.display().to_string() })]
    Input {
        /// The output.
        path: PathBuf,
        /// The input, as it was given.
        input: PathBuf,
    },
    /// It is another of the command's outputs.
    #[error("{}: two outputs would be written there{}", path.display(),
        if path == other { String::new() } else { format!(": it is the same file as {}", other.display()) })]
    Twice {
        /// The output.
        path: PathBuf,
        /// The other.
        other: PathBuf,
    },
    /// It cannot be written: no such folder, a name that is too long, read-only.
    #[error("{}: cannot be written: {source}", path.display())]
    Unwritable {
        /// The output.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A file being written under a temporary name in its own folder. Dropped before [`OutputFile::commit`], it leaves nothing
/// behind, and what stood there stays.
#[derive(Debug)]
pub struct OutputFile {
    target: PathBuf,
    temporary: NamedTempFile,
}

impl OutputFile {
    /// Starts a file. A symbolic link is written through: what it leads to is replaced, and the link stays. A file that is
    /// replaced keeps its mode and, where the system lets it, its owner.
    ///
    /// # Errors
    ///
    /// What the system says; [`io::ErrorKind::PermissionDenied`] where a read-only file stands there already,
    /// [`io::ErrorKind::InvalidInput`] where something stands there that is no file.
    pub fn create(path: &Path) -> io::Result<Self> {
        let target = through_links(path)?;
        let replaced = replaceable(&target)?;
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        // What replaces a file is the owner's alone until it has that one's mode.
        let temporary = temporary_in(folder, replaced.is_some())?;
        if let Some(replaced) = replaced {
            keep_owner_and_mode(temporary.as_file(), &replaced)?;
        }
        Ok(Self { target, temporary })
    }

    /// The file to write to.
    pub fn as_file(&self) -> &File {
        self.temporary.as_file()
    }

    /// Gives the file its name, once all of it is on the disk.
    ///
    /// # Errors
    ///
    /// What the system says; nothing is left behind then either.
    pub fn commit(self) -> io::Result<()> {
        self.as_file().sync_all()?;
        self.temporary.persist(&self.target).map_err(|error| error.error)?;
        Ok(())
    }
}

/// Gives a file what a file that it replaces has.
#[cfg(unix)]
fn keep_owner_and_mode(file: &File, replaced: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let now = file.metadata()?;
    if (now.uid(), now.gid()) != (replaced.uid(), replaced.gid()) {
        // Only root may give files away; to others it stays their own, and the group is tried by itself.
        let _ = fchown(file, Some(replaced.uid()), Some(replaced.gid()))
            .or_else(|_| fchown(file, None, Some(replaced.gid())));
    }
    file.set_permissions(replaced.permissions())
}

#[cfg(not(unix))]
fn keep_owner_and_mode(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// The place behind a name: the end of its symbolic links, which need not exist.
fn through_links(path: &Path) -> io::Result<PathBuf> {
    let mut at = path.to_path_buf();
    for _ in 0..MAX_LINKS {
        match fs::symlink_metadata(&at) {
            Ok(metadata) if metadata.is_symlink() => {
                let to = fs::read_link(&at)?;
                at = at.parent().unwrap_or(Path::new("")).join(to);
            }
            Ok(_) => return Ok(at),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(at),
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "its symbolic links lead in a circle"))
}

/// What stands in a place, where it may be replaced; `None` where nothing does.
fn replaceable(target: &Path) -> io::Result<Option<Metadata>> {
    let metadata = match fs::metadata(target) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it exists and is no regular file"));
    }
    // A rename needs no right to the file, only to its folder; and root needs none at all. Whoever took the right away
    // meant something by it.
    let opened = OpenOptions::new().write(true).open(target);
    match opened {
        Ok(_) if !metadata.permissions().readonly() => Ok(Some(metadata)),
        Err(error) if error.kind() != io::ErrorKind::PermissionDenied => Err(error),
        _ => Err(io::Error::new(io::ErrorKind::PermissionDenied, "it exists and is read-only")),
    }
}

/// What tells files apart whatever they are called.
#[cfg(unix)]
type FileId = (u64, u64);
#[cfg(windows)]
type FileId = same_file::Handle;
#[cfg(not(any(unix, windows)))]
type FileId = PathBuf;

#[cfg(unix)]
fn file_id(path: &Path) -> io::Result<FileId> {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(path).map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(windows)]
fn file_id(path: &Path) -> io::Result<FileId> {
    same_file::Handle::from_path(path)
}

#[cfg(not(any(unix, windows)))]
fn file_id(path: &Path) -> io::Result<FileId> {
    fs::canonicalize(path)
}

/// Whether two names, whatever their spelling, are of one file that exists: through folders, symbolic and hard links, and
/// case where the file system does not care for it.
pub fn is_same_file(a: &Path, b: &Path) -> bool {
    matches!((file_id(a), file_id(b)), (Ok(a), Ok(b)) if a == b)
}

/// Where an output will be: the file that stands there, or the last folder that exists, and the names below it.
#[derive(Debug)]
struct Place {
    id: FileId,
    /// The existing file or folder, by name.
    existing: PathBuf,
    /// What does not exist yet; empty for a file that does.
    below: PathBuf,
}

impl Place {
    fn of(path: &Path) -> io::Result<Self> {
        let target = through_links(path)?;
        let mut existing = target.clone();
        let mut below = Vec::new();
        loop {
            match file_id(&existing) {
                Ok(id) => return Ok(Self { id, existing, below: below.iter().rev().collect() }),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            match existing.components().next_back() {
                Some(Component::Normal(name)) => below.push(OsString::from(name)),
                // "x/.." where x does not exist: there is no telling where that will be.
                _ => return Err(io::ErrorKind::NotFound.into()),
            }
            existing.pop();
            if existing.as_os_str().is_empty() {
                existing.push(".");
            }
        }
    }

    fn is(&self, other: &Self) -> bool {
        let folded = |place: &Self| place.below.to_string_lossy().to_lowercase();
        self.id == other.id
            && (self.below == other.below || (folded(self) == folded(other) && ignores_case(&self.existing)))
    }
}

/// Whether a folder takes names that differ only in case as one: tried, since no system call tells.
fn ignores_case(folder: &Path) -> bool {
    let Ok(probe) = tempfile::Builder::new().prefix(".twobus-case-").tempfile_in(folder) else { return false };
    let name = probe.path().file_name().unwrap_or_default().to_string_lossy().to_uppercase();
    folder.join(name).exists()
}

/// Checks all outputs of a command against each other and against everything that it reads, before anything is written.
/// Files are told by what they are, not by what they are called. Inputs that do not exist are no concern of this.
///
/// # Errors
///
/// [`OutputError`].
pub fn check_outputs<'a>(
    inputs: impl IntoIterator<Item = &'a Path>,
    outputs: impl IntoIterator<Item = &'a Path>,
) -> Result<(), OutputError> {
    let inputs: Vec<(FileId, &Path)> =
        inputs.into_iter().filter_map(|input| file_id(input).ok().map(|id| (id, input))).collect();
    let mut places: Vec<(Place, &Path)> = Vec::new();
    for path in outputs {
        let unwritable = |source| OutputError::Unwritable { path: path.into(), source };
        let place = Place::of(path).map_err(unwritable)?;
        if place.below.as_os_str().is_empty() {
            if let Some((_, input)) = inputs.iter().find(|(id, _)| *id == place.id) {
                return Err(OutputError::Input { path: path.into(), input: input.to_path_buf() });
            }
            replaceable(&place.existing).map_err(unwritable)?;
        } else if !place.existing.is_dir() {
            return Err(unwritable(io::ErrorKind::NotADirectory.into()));
        } else if let Some(name) = place.below.iter().find(|name| name.as_encoded_bytes().len() > MAX_NAME_BYTES) {
            let length = name.as_encoded_bytes().len();
            let text = format!("a name of {length} bytes; the system takes {MAX_NAME_BYTES}");
            return Err(unwritable(io::Error::new(io::ErrorKind::InvalidFilename, text)));
        }
        if let Some((_, other)) = places.iter().find(|(other, _)| other.is(&place)) {
            return Err(OutputError::Twice { path: path.into(), other: other.to_path_buf() });
        }
        places.push((place, path));
    }
    Ok(())
}

/// The most bytes that a name has on the usual file systems; Windows counts other units, and tells by itself.
const MAX_NAME_BYTES: usize = if cfg!(windows) { usize::MAX } else { 255 };

/// Makes a folder and those above it.
///
/// # Errors
///
/// [`OutputError::Unwritable`].
pub fn make_folder(path: &Path) -> Result<(), OutputError> {
    fs::create_dir_all(path).map_err(|source| OutputError::Unwritable { path: path.into(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_by_what_they_are() {
        let dir = tempfile::tempdir().expect("tempdir");
        let at = |name: &str| dir.path().join(name);
        fs::create_dir(at("a")).expect("mkdir");
        fs::write(at("a/song"), b"x").expect("write");
        let same = |a: &str, b: &str| Place::of(&at(a)).expect("place").is(&Place::of(&at(b)).expect("place"));
        assert!(same("a/song", "a/../a/./song") && same("new/x", "a/../new/./x") && same("x", "./x"));
        assert!(!same("a/song", "a/other") && !same("new/x", "other/x") && !same("x", "new/x"));
        assert!(same("a/New", "a/new") == ignores_case(&at("a")), "case as the file system has it");
        fs::hard_link(at("a/song"), at("hard")).expect("link");
        assert!(same("hard", "a/song"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("a", at("soft")).expect("link");
            std::os::unix::fs::symlink("soft/none", at("dangling")).expect("link");
            std::os::unix::fs::symlink("circle", at("circle")).expect("link");
            assert!(same("soft/song", "hard") && same("soft/new", "a/new") && same("dangling", "a/none"));
            assert!(Place::of(&at("circle")).is_err());
        }
    }
}
