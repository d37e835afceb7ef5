//! Writing: under a temporary name in the same folder, and renamed when all of it is there.

use std::io::{self, Write as _};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

/// A new file under a temporary name that ends in ".part", which is removed unless it is renamed. It has the mode that a
/// file made the ordinary way has (0666 less the umask), or, if `is_private`, is its owner's alone.
///
/// # Errors
///
/// What the system says.
pub fn temporary_in(folder: &Path, is_private: bool) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    // Short, whatever the file will be called: with its name in it, a long one would find no room.
    builder.prefix(".twobus-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(if is_private { 0o600 } else { 0o666 }));
    }
    #[cfg(not(unix))]
    let _ = is_private;
    // tempfile adds its own path, which means nothing to the reader of the message.
    builder.tempfile_in(folder).map_err(|error| io::Error::new(error.kind(), error.kind().to_string()))
}

/// Writes a file whole or not at all, into a folder that is there. What has its name, a link or a pipe among them, is
/// replaced; a folder is not. A full disk never costs the old file.
///
/// # Errors
///
/// What the system says; nothing is left behind then.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = temporary_in(folder, false)?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_file_is_replaced_whole_and_a_folder_stays() {
        let dir = tempfile::tempdir().expect("tempdir");
        let path = dir.path().join("a.toml");
        write_whole(&path, b"one").expect("written");
        write_whole(&path, b"two").expect("written");
        assert_eq!(fs::read(&path).expect("read"), b"two");
        assert_eq!(names(dir.path()), ["a.toml"]);
        fs::remove_file(&path).expect("removed");
        fs::create_dir(&path).expect("a folder");
        assert!(write_whole(&path, b"three").is_err());
        assert_eq!(names(dir.path()), ["a.toml"], "nothing is left behind");
        assert!(write_whole(&dir.path().join("none/a.toml"), b"x").is_err());
    }

    #[test]
    #[cfg(unix)]
    fn a_link_is_replaced_and_what_it_leads_to_stays_and_modes_are_the_usual() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().expect("tempdir");
        let (path, other) = (dir.path().join("a.toml"), dir.path().join("other"));
        fs::write(&other, "kept").expect("written");
        std::os::unix::fs::symlink(&other, &path).expect("a link");
        write_whole(&path, b"new").expect("written");
        assert_eq!((fs::read(&path).expect("read"), fs::read(&other).expect("read")), (b"new".into(), b"kept".into()));
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode();
        assert_eq!(mode(&path), mode(&other), "as a file made the ordinary way");
    }
}
