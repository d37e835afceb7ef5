//! What a command reads: files, folders of them, pipes and standard input.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::{self, IsTerminal as _, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use host::names::shown;
use tempfile::{NamedTempFile, TempPath};

use super::failure::{Failure, Status};
use super::signals;

/// What the files in a folder are told by.
const SUFFIXES: [&str; 16] = [
    "wav", "wave", "bwf", "rf64", "bw64", "w64", "aif", "aiff", "aifc", "flac", "ogg", "oga", "mp3", "m4a", "mp4",
    "aac",
];
/// The most that is taken from a pipe, in bytes: ten hours of stereo in 24 bits at 48 kHz.
const MAX_PIPE_BYTES: u64 = 10 << 30;
/// How often the wait for a pipe looks up.
const LOOK_UP: Duration = Duration::from_millis(50);

/// Explains folders, pipes and `-`; for the commands' help.
pub(super) const HELP: &str = "\
A folder stands for the audio files in it and in the folders below it (told by suffix, sorted by name, hidden ones left
out). \"-\" is standard input; it, and any other pipe, is first read to its end into a temporary file.";

/// A song that a command reads.
pub(super) struct Input {
    /// As it was given.
    pub(super) given: PathBuf,
    /// What a pipe brought.
    spooled: Option<Result<TempPath, Failure>>,
}

impl Input {
    /// The file to read.
    pub(super) fn path(&self) -> Result<&Path, Failure> {
        match &self.spooled {
            None => Ok(&self.given),
            Some(Ok(path)) => Ok(path),
            Some(Err(failure)) => Err(failure.clone()),
        }
    }

    /// A failure in the caller's words: under the name that was given.
    pub(super) fn explain(&self, failure: Failure) -> Failure {
        match &self.spooled {
            Some(Ok(path)) => {
                let message = failure.message.replace(&path.display().to_string(), &self.title());
                Failure { message, ..failure }
            }
            _ => failure,
        }
    }

    /// What it is called where people read it.
    pub(super) fn title(&self) -> String {
        if is_standard_input(&self.given) {
            return "standard input".into();
        }
        self.given.file_name().unwrap_or(self.given.as_os_str()).to_string_lossy().into_owned()
    }
}

fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The name that files made of an input bear, without suffix.
pub(super) fn stem(given: &Path) -> &OsStr {
    if is_standard_input(given) { OsStr::new("stdin") } else { given.file_stem().unwrap_or(given.as_os_str()) }
}

/// Replaces folders by the songs in them. `leave_out` is a folder that is not looked into: the one that is written to.
pub(super) fn expand(given: &[PathBuf], leave_out: Option<&Path>) -> Result<Vec<PathBuf>, Failure> {
    let mut songs = Vec::new();
    for path in given {
        if is_standard_input(path) || !path.is_dir() {
            songs.push(path.clone());
            continue;
        }
        let before = songs.len();
        walk(path, leave_out, &mut songs)?;
        if songs.len() == before {
            let message = format!("{}: a folder without audio files", path.display());
            return Err(Failure { status: Status::File, message });
        }
    }
    if songs.iter().filter(|path| is_standard_input(path)).count() > 1 {
        return Err(Failure::arguments("-: standard input can be read once"));
    }
    Ok(songs)
}

fn walk(folder: &Path, leave_out: Option<&Path>, songs: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure {
        status: Status::File,
        message: format!("{}: cannot be read: {error}", folder.display()),
    };
    let mut entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if signals::stopped() || entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        // Links to folders are not followed: they may lead in a circle.
        if entry.file_type().map_err(failed)?.is_dir() {
            if !leave_out.is_some_and(|out| host::output::is_same_file(out, &path)) {
                walk(&path, leave_out, songs)?;
            }
        } else if has_audio_suffix(&path) && path.is_file() {
            songs.push(path);
        }
    }
    Ok(())
}

fn has_audio_suffix(path: &Path) -> bool {
    path.extension().is_some_and(|suffix| SUFFIXES.iter().any(|known| suffix.eq_ignore_ascii_case(known)))
}

/// Reads all pipes among the songs to their ends, at once, so that one program may feed several. A pipe that fails is told
/// by its own [`Input::path`]; what fails here is the whole: an interruption.
pub(super) fn open_all(songs: &[PathBuf]) -> Result<Vec<Input>, Failure> {
    let mut inputs: Vec<Input> = songs.iter().map(|given| Input { given: given.clone(), spooled: None }).collect();
    let (sender, receiver) = channel();
    let mut waiting = 0;
    for (at, input) in inputs.iter_mut().enumerate() {
        let Some(source) = Source::of(&input.given) else { continue };
        input.spooled = Some(source.and_then(|source| {
            let (path, file) = temporary(&input.given)?;
            read_to_end(source, at, file, input.given.clone(), sender.clone());
            waiting += 1;
            Ok(path)
        }));
    }
    while waiting > 0 {
        match receiver.recv_timeout(LOOK_UP) {
            Ok((at, result)) => {
                waiting -= 1;
                if let Err(failure) = result {
                    inputs[at].spooled = Some(Err(failure));
                }
            }
            // The threads end with the program: one that waits for a pipe's other end cannot be woken.
            Err(RecvTimeoutError::Timeout) if signals::stopped() => return Err(Failure::interrupted()),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    Ok(inputs)
}

/// What must be read to its end before anything else.
enum Source {
    StandardInput,
    Pipe(PathBuf),
}

impl Source {
    /// `None` for files, and for what does not exist: the reader tells of those.
    fn of(given: &Path) -> Option<Result<Self, Failure>> {
        let refused = |reason: &str| {
            Some(Err(Failure { status: Status::File, message: format!("{}: {reason}", given.display()) }))
        };
        if is_standard_input(given) {
            if io::stdin().is_terminal() {
                return refused("standard input is a terminal; send it a file or a pipe");
            }
            return Some(Ok(Self::StandardInput));
        }
        let metadata = fs::metadata(given).ok()?;
        if is_pipe(&metadata) { Some(Ok(Self::Pipe(given.into()))) } else { None }
    }

    fn open(self) -> io::Result<Box<dyn Read>> {
        Ok(match self {
            Self::StandardInput => Box::new(io::stdin().lock()),
            // Waits for the other end.
            Self::Pipe(path) => Box::new(File::open(path)?),
        })
    }
}

#[cfg(unix)]
fn is_pipe(metadata: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    metadata.file_type().is_fifo()
}

#[cfg(not(unix))]
fn is_pipe(_: &Metadata) -> bool {
    false
}

/// A file for what a pipe brings. Not in `/tmp`, which is memory on many machines, where there is another place.
fn temporary(given: &Path) -> Result<(TempPath, File), Failure> {
    let folder = match std::env::var_os("TMPDIR") {
        None if cfg!(unix) && Path::new("/var/tmp").is_dir() => PathBuf::from("/var/tmp"),
        _ => std::env::temp_dir(),
    };
    let made = NamedTempFile::with_prefix_in("twobus-pipe-", &folder).map_err(|error| Failure {
        status: Status::File,
        message: format!("{}: cannot be kept in {}: {}", given.display(), folder.display(), error.kind()),
    })?;
    let (file, path) = made.into_parts();
    Ok((path, file))
}

fn read_to_end(source: Source, at: usize, mut file: File, given: PathBuf, done: Sender<(usize, Result<(), Failure>)>) {
    std::thread::spawn(move || {
        let failed = |what: &str, error: io::Error| Failure {
            status: Status::File,
            message: format!("{}: cannot be {what}: {error}", given.display()),
        };
        let read = || {
            let mut source = source.open().map_err(|error| failed("read", error))?;
            let mut block = vec![0; 1 << 16];
            let mut bytes = 0;
            loop {
                let count = match source.read(&mut block) {
                    Ok(0) => return Ok(()),
                    Ok(count) => count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => return Err(failed("read", error)),
                };
                bytes += count as u64;
                if bytes > MAX_PIPE_BYTES {
                    let message =
                        format!("{}: longer than 10 GiB, the most that is taken from a pipe", given.display());
                    return Err(Failure { status: Status::File, message });
                }
                if signals::stopped() {
                    return Err(Failure::interrupted());
                }
                file.write_all(&block[..count]).map_err(|error| failed("kept in a temporary file", error))?;
            }
        };
        // No one listens any more only where the program ends.
        let _ = done.send((at, read()));
    });
}

/// The name of an input for a bar.
pub(super) fn bar_name(given: &Path) -> String {
    if is_standard_input(given) {
        return "standard input".into();
    }
    shown(Path::new(given.file_name().unwrap_or(given.as_os_str())))
}
