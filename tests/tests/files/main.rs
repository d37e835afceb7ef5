//! Audio files as others write them: what `twobus` makes of each, beside what libsndfile makes of it, and what `twobus`
//! writes, read back by libsndfile.
//!
//! The files are made here, byte by byte. `TWOBUS_PYTHON` names an interpreter that has `soundfile`, which brings its own
//! libsndfile; `cargo xtask test` makes one. The table of all files is printed, and is docs/files.md:
//! `TWOBUS_WRITE_DOCS=1` writes it anew.

mod aiff_cases;
mod bytes;
mod case;
mod flac_cases;
mod lossy_cases;
mod table;
mod wave_cases;
mod written;

use std::path::Path;
use std::process::Command;

/// Runs `files.py`, and hands back what it printed.
fn python(command: &str, folder: &Path) -> String {
    let python = std::env::var_os("TWOBUS_PYTHON")
        .expect("TWOBUS_PYTHON is not set: `cargo xtask test` makes a Python with soundfile, and sets it");
    let output = Command::new(python)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/python/files.py"))
        .arg(command)
        .arg(folder)
        .output()
        .expect("the Python interpreter runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "files.py {command} ended with {}: {errors}", output.status);
    String::from_utf8(output.stdout).expect("JSON is UTF-8")
}
