//! Reading.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

/// Opens a file for reading without ever waiting: a pipe that came into its place would wait for a writer.
fn open_at_once(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK | libc::O_NOCTTY);
    options.read(true).open(path)
}

/// Reads a text file that a person wrote: a plain file of at most `most_mib` MiB. Devices and pipes, which have no end or wait
/// for one, are refused before they are opened.
///
/// # Errors
///
/// What the system says; [`ErrorKind::InvalidInput`] for what is no plain file, [`ErrorKind::InvalidData`] for what is too
/// long or no UTF-8.
pub fn read_text(path: &Path, most_mib: u64) -> io::Result<String> {
    let not_plain = || io::Error::new(ErrorKind::InvalidInput, "not a plain file");
    if !fs::metadata(path)?.is_file() {
        return Err(not_plain());
    }
    let file = open_at_once(path)?;
    if !file.metadata()?.is_file() {
        // Something else has come into its place.
        return Err(not_plain());
    }
    let most_bytes = most_mib << 20;
    let mut bytes = Vec::new();
    // One byte more than is allowed tells a file of just that size from a larger one, whatever its entry says.
    file.take(most_bytes + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most_bytes {
        return Err(io::Error::new(
            ErrorKind::InvalidData,
            format!("longer than {most_mib} MiB, the most that is read"),
        ));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::new(ErrorKind::InvalidData, "not a text in UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_texts_that_end_are_read() {
        let dir = tempfile::tempdir().expect("tempdir");
        let put = |name: &str, bytes: &[u8]| {
            let path = dir.path().join(name);
            fs::write(&path, bytes).expect("write");
            path
        };
        assert_eq!(read_text(&put("fine", "ü".as_bytes()), 1).expect("read"), "ü");
        assert_eq!(read_text(&put("full", &vec![b'x'; 1 << 20]), 1).expect("read").len(), 1 << 20);
        let kind = |path: &Path| read_text(path, 1).expect_err("refused").kind();
        assert_eq!(kind(&put("binary", &[0xff, 0xfe])), ErrorKind::InvalidData);
        assert_eq!(kind(&put("long", &vec![b'x'; (1 << 20) + 1])), ErrorKind::InvalidData);
        assert_eq!(kind(&dir.path().join("none")), ErrorKind::NotFound);
        assert_eq!(kind(dir.path()), ErrorKind::InvalidInput);
        #[cfg(unix)]
        assert_eq!(kind(Path::new("/dev/zero")), ErrorKind::InvalidInput);
    }
}
