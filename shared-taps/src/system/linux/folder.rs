//! The folder in which stations meet.

use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use rustix::process::geteuid;

use crate::Error;

/// Not for the group and not for others.
const NOBODY_ELSE: u32 = 0o077;
const STICKY: u32 = 0o1000;
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// A folder of this user's that nobody else may enter, found out when this was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// `twobus` in `XDG_RUNTIME_DIR` where that is this user's, else `/tmp/twobus-UID`. Makes it where it is missing.
    ///
    /// # Errors
    ///
    /// [`Error::NotPrivate`] if what is there belongs to somebody else, is a link, or is open to others; [`Error::System`] if the system
    /// refuses; [`Error::NotHere`] on systems without taps.
    pub fn of_user() -> Result<Self, Error> {
        let uid = geteuid().as_raw();
        let of_session = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
        match of_session.filter(|path| rustix::fs::stat(path).is_ok_and(|stat| stat.st_uid == uid)) {
            Some(path) => Self::at(&path.join("twobus")),
            None => Self::at(Path::new(&format!("/tmp/twobus-{uid}"))),
        }
    }

    /// The folder at this path, made where it is missing. Its parent must be one in which nobody else can rename it.
    ///
    /// # Errors
    ///
    /// As [`Folder::of_user`].
    pub fn at(path: &Path) -> Result<Self, Error> {
        let not_private = || Error::NotPrivate { path: path.to_owned() };
        match rustix::fs::mkdir(path, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(Error::system("cannot make the folder of taps")(error)),
        }
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let folder = rustix::fs::open(path, flags, Mode::empty()).map_err(|_| not_private())?;
        let opened = rustix::fs::fstat(&folder).map_err(Error::system("cannot look at the folder of taps"))?;
        let parent = rustix::fs::statat(&folder, "..", AtFlags::empty())
            .map_err(Error::system("cannot look at where the folder of taps is"))?;
        let uid = geteuid().as_raw();
        if !is_private(&opened, uid) || !is_safe_place(&parent, uid) {
            return Err(not_private());
        }
        Ok(Self { path: path.to_owned() })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The names of the sockets in it, at most so many. Links and other files are none.
    pub(crate) fn sockets(&self, most: usize) -> Vec<String> {
        let Ok(files) = std::fs::read_dir(&self.path) else { return Vec::new() };
        let names = files.flatten().filter_map(|file| {
            use std::os::unix::fs::FileTypeExt;
            let is_socket = file.file_type().is_ok_and(|kind| kind.is_socket());
            is_socket.then(|| file.file_name().into_string().ok()).flatten()
        });
        names.take(most).collect()
    }

    /// Removes a socket that nobody answers.
    pub(crate) fn sweep(&self, name: &str) {
        // Somebody else may have been quicker.
        let _ = std::fs::remove_file(self.path.join(name));
    }
}

fn is_private(stat: &Stat, uid: u32) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::Directory
        && stat.st_uid == uid
        && stat.st_mode & NOBODY_ELSE == 0
}

/// Whether nobody but this user and root can put something else in the place of a folder of this user's in there.
fn is_safe_place(parent: &Stat, uid: u32) -> bool {
    let is_sticky_or_closed = parent.st_mode & STICKY != 0 || parent.st_mode & WRITABLE_BY_OTHERS == 0;
    (parent.st_uid == uid || parent.st_uid == 0) && is_sticky_or_closed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_private_or_none() {
        let stat = |mode: u32, uid: u32| {
            let mut stat = rustix::fs::stat("/").expect("a root");
            (stat.st_mode, stat.st_uid) = (mode, uid);
            stat
        };
        assert!(is_private(&stat(0o040_700, 1000), 1000));
        assert!(!is_private(&stat(0o040_700, 1001), 1000), "a foreign user's");
        assert!(!is_private(&stat(0o040_750, 1000), 1000), "open to the group");
        assert!(!is_private(&stat(0o040_701, 1000), 1000), "open to others");
        assert!(!is_private(&stat(0o100_700, 1000), 1000), "a file");
        assert!(is_safe_place(&stat(0o041_777, 0), 1000), "/tmp");
        assert!(is_safe_place(&stat(0o040_700, 1000), 1000), "/run/user/1000");
        assert!(!is_safe_place(&stat(0o040_777, 0), 1000), "where all may rename");
        assert!(!is_safe_place(&stat(0o040_700, 1001), 1000), "a foreign user's");
    }
}
