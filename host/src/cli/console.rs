//! Standard output for results, standard error for people.

use std::io::{self, Write as _};
use std::path::Path;

use host::names;
use serde::Serialize;

use super::failure::{Failure, Status};

/// Prints to standard output.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).or_else(unprinted)
}

/// A reader that has gone (`twobus list | head`) is no error; a full disk behind standard output is one.
pub(super) fn unprinted(error: io::Error) -> Result<(), Failure> {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(Failure { status: Status::File, message: format!("standard output: cannot be written: {error}") }),
    }
}

/// Prints JSON to standard output.
pub(super) fn print_json(value: &(impl Serialize + ?Sized)) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(value).map_err(|error| Failure::arguments(error.to_string()))?;
    print(&format!("{}\n", names::json_for_terminals(&json)))
}

/// Says on standard error what was odd about a file.
pub(super) fn warn<'a>(file: &Path, warnings: impl IntoIterator<Item = &'a String>) {
    for warning in warnings {
        tell("warning", &format!("{}: {warning}", file.display()));
    }
}

/// Prints a message for people to standard error. Where that cannot be written, there is nobody to tell. Lines behind the
/// first stand apart, so that a name with a line end in it cannot pass for a message of its own.
pub(super) fn tell(kind: &str, message: &str) {
    let message = names::on_lines(message).replace('\n', "\n  ");
    let _ = writeln!(io::stderr().lock(), "twobus: {kind}: {message}");
}
