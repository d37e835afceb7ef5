//! File names as they are shown and as scripts get them: a name is any bytes, a terminal obeys some of them, and JSON holds
//! only text.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serializer;
use serde::ser::SerializeMap as _;

/// Whether a terminal may take a character as an order, or show what follows in another place: control characters, and
/// those that turn the direction of writing or end a line (Unicode TR 36, section 3).
fn is_order(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A name as it may be shown anywhere, on one line: what a terminal would obey is escaped, and so are bytes that are no
/// text.
pub fn shown(path: &Path) -> String {
    let mut out = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        out.push_str(&on_one_line(chunk.valid()));
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// A text that may be shown anywhere, on one line.
pub fn on_one_line(text: &str) -> String {
    escaped(text, |_| false)
}

/// A text of several lines that may be shown anywhere: only its own line ends are left.
pub fn on_lines(text: &str) -> String {
    escaped(text, |c| c == '\n')
}

fn escaped(text: &str, is_left: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_order(c) && !is_left(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// JSON in which no character is left that a terminal would obey. They stand only inside of strings, but for line ends.
pub fn json_for_terminals(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if is_order(c) && c != '\n' {
            // All of them are below U+10000.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// A name's exact bytes in text: percent-encoded (RFC 3986, section 2.1). `None` where the name is text already.
pub fn exact(path: &Path) -> Option<String> {
    if path.to_str().is_some() {
        return None;
    }
    let mut out = String::new();
    for &byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    Some(out)
}

/// Serialises a name as the fields `file`, where what is no text is replaced (U+FFFD), and, only where that loses
/// something, `file_bytes` ([`exact`]). To be flattened into a struct.
///
/// # Errors
///
/// Those of the serializer.
pub fn file<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    fields(path, "file", "file_bytes", serializer)
}

/// The same as `output` and `output_bytes`.
///
/// # Errors
///
/// Those of the serializer.
pub fn output<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    fields(path, "output", "output_bytes", serializer)
}

fn fields<S: Serializer>(
    path: &Path,
    key: &'static str,
    exact_key: &'static str,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry(key, &path.to_string_lossy())?;
    if let Some(bytes) = exact(path) {
        map.serialize_entry(exact_key, &bytes)?;
    }
    map.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        assert_eq!(shown(Path::new("a\u{1b}[2J\nb\u{9b}\u{202e}ü.wav")), "a\\u{1b}[2J\\nb\\u{9b}\\u{202e}ü.wav");
        assert_eq!(on_lines("a\nb\r\u{7}"), "a\nb\\r\\u{7}");
        assert_eq!(json_for_terminals("{\n\"a\": \"\u{9b}\u{7f}ü\"\n}"), "{\n\"a\": \"\\u009b\\u007fü\"\n}");
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_are_kept() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt as _;
        let name = Path::new(OsStr::from_bytes(b"d/caf\xe9 1.wav"));
        assert_eq!(shown(name), "d/caf\\xe9 1.wav");
        assert_eq!(exact(name).as_deref(), Some("d/caf%E9%201.wav"));
        assert_eq!(exact(Path::new("café.wav")), None);
    }
}
