//! What tells one file's contents from another's.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

/// The SHA-256 of a file in hexadecimal digits, and its length in bytes. `go_on` is asked between blocks.
///
/// # Errors
///
/// What the system says; [`io::ErrorKind::Interrupted`] where `go_on` said no.
pub fn sha256(path: &Path, go_on: &mut dyn FnMut() -> bool) -> io::Result<(String, u64)> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut block = vec![0; 1 << 18];
    let mut bytes = 0;
    loop {
        let count = match file.read(&mut block) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hash.update(&block[..count]);
        bytes += count as u64;
        if !go_on() {
            return Err(io::ErrorKind::Interrupted.into());
        }
    }
    let digits = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((digits, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4's examples: "abc", and a million times "a".
    #[test]
    fn digests_are_those_of_the_standard() {
        let dir = tempfile::tempdir().expect("tempdir");
        let path = dir.path().join("x");
        for (bytes, digest) in [
            (b"abc".to_vec(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (vec![b'a'; 1_000_000], "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        ] {
            std::fs::write(&path, &bytes).expect("write");
            assert_eq!(sha256(&path, &mut || true).expect("read"), (digest.into(), bytes.len() as u64));
        }
        assert_eq!(sha256(&path, &mut || false).expect_err("stopped").kind(), io::ErrorKind::Interrupted);
    }
}
