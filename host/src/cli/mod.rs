//! Arguments, exit statuses and output of `twobus`. What it does is in the library.

mod album;
mod compare;
mod inputs;
mod lines;
mod list;
mod measure;
mod pool;
mod render;
mod report;
mod signals;
mod targets;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use host::album::AlbumError;
use host::chain::ChainError;
use host::compare::CompareError;
use host::measure::MeasureError;
use host::names;
use host::output::OutputError;
use host::render::RenderError;
use host::{HostError, audio::AudioError};
use serde::Serialize;
use shared_report::TargetsError;

/// What a script can tell from the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Status {
    /// Done.
    Done = 0,
    /// A check failed.
    Check = 1,
    /// Wrong arguments: an unknown chain, plugin, parameter or value among them.
    Arguments = 2,
    /// A file could not be read or written.
    File = 3,
    /// A plugin failed.
    Plugin = 4,
    /// Stopped by Ctrl-C, as shells count it: 128 + SIGINT.
    Interrupted = 130,
}

/// An error with the status that it ends in.
#[derive(Clone, Debug)]
struct Failure {
    status: Status,
    message: String,
}

impl Failure {
    fn arguments(message: impl Into<String>) -> Self {
        Self { status: Status::Arguments, message: message.into() }
    }

    fn interrupted() -> Self {
        Self { status: Status::Interrupted, message: "interrupted".into() }
    }
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        let status = match &error {
            OutputError::Input { .. } | OutputError::Twice { .. } => Status::Arguments,
            OutputError::Unwritable { .. } => Status::File,
        };
        Self { status, message: error.to_string() }
    }
}

impl From<&HostError> for Status {
    fn from(error: &HostError) -> Self {
        match error {
            HostError::UnknownPlugin { .. } | HostError::UnknownParam { .. } | HostError::BadValue { .. } => {
                Self::Arguments
            }
            _ => Self::Plugin,
        }
    }
}

impl From<&AudioError> for Status {
    fn from(error: &AudioError) -> Self {
        match error {
            // A name that was wrong before anything was touched.
            AudioError::Target { .. } => Self::Arguments,
            _ => Self::File,
        }
    }
}

impl From<ChainError> for Failure {
    fn from(error: ChainError) -> Self {
        let status = match &error {
            ChainError::Unreadable { .. } => Status::File,
            ChainError::Host { source, .. } => source.into(),
            ChainError::Unknown { .. } | ChainError::Invalid { .. } | ChainError::Override { .. } => Status::Arguments,
        };
        Self { status, message: error.to_string() }
    }
}

impl From<RenderError> for Failure {
    fn from(error: RenderError) -> Self {
        let status = match &error {
            RenderError::Audio(error) => error.into(),
            RenderError::Plugin { source, .. } => source.into(),
            RenderError::SameFile { .. } => Status::Arguments,
            RenderError::Interrupted => Status::Interrupted,
        };
        Self { status, message: error.to_string() }
    }
}

impl From<AudioError> for Failure {
    fn from(error: AudioError) -> Self {
        Self { status: (&error).into(), message: error.to_string() }
    }
}

impl From<MeasureError> for Failure {
    fn from(error: MeasureError) -> Self {
        match error {
            MeasureError::Audio(error) => error.into(),
            MeasureError::Interrupted => Self { status: Status::Interrupted, message: error.to_string() },
        }
    }
}

impl From<CompareError> for Failure {
    fn from(error: CompareError) -> Self {
        match error {
            CompareError::Measure(error) => error.into(),
            CompareError::Unlike { .. } => Self::arguments(error.to_string()),
        }
    }
}

impl From<AlbumError> for Failure {
    fn from(error: AlbumError) -> Self {
        let status = match error {
            AlbumError::Measure(error) => return error.into(),
            AlbumError::Ceiling { .. } => Status::Check,
            AlbumError::Unlike { .. } | AlbumError::Gaps { .. } | AlbumError::SameFile { .. } => Status::Arguments,
        };
        Self { status, message: error.to_string() }
    }
}

impl From<TargetsError> for Failure {
    fn from(error: TargetsError) -> Self {
        let status = match &error {
            TargetsError::Read { .. } => Status::File,
            TargetsError::Invalid { .. } | TargetsError::Unknown { .. } => Status::Arguments,
        };
        Self { status, message: error.to_string() }
    }
}

impl From<HostError> for Failure {
    fn from(error: HostError) -> Self {
        Self { status: (&error).into(), message: error.to_string() }
    }
}

/// Mix-bus and mastering plugins, without a DAW.
#[derive(Debug, Parser)]
#[command(name = "twobus", version, arg_required_else_help = true, after_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Exit status:
  0 done, 1 a check failed, 2 wrong arguments, 3 a file could not be read or written, 4 a plugin failed,
  130 interrupted";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run songs through a chain of plugins.
    Render(render::Arguments),
    /// Read songs as Meter does, and hold them against delivery targets.
    Measure(measure::Arguments),
    /// Hold two versions of a song against each other at the same loudness.
    Compare(compare::Arguments),
    /// Put songs together as a record.
    Album(album::Arguments),
    /// Show the plugins found, and their parameters.
    List(list::Arguments),
}

/// Where bundles are looked for, shared by the commands.
#[derive(Debug, clap::Args)]
struct Search {
    /// Folder of .clap bundles, instead of target/bundled; the user's CLAP folders follow.
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
}

impl Search {
    fn bundles(&self) -> Result<Vec<PathBuf>, Failure> {
        if let Some(dir) = &self.plugins
            && !dir.is_dir()
        {
            return Err(Failure::arguments(format!("--plugins {}: no such folder", dir.display())));
        }
        Ok(host::find_bundles(host::default_search_dirs(self.plugins.as_deref())))
    }
}

/// Runs the command line; the result is the program's exit status.
pub fn main() -> ExitCode {
    let status = run().unwrap_or_else(|failure| {
        tell("error", &failure.message);
        failure.status
    });
    ExitCode::from(status as u8)
}

fn run() -> Result<Status, Failure> {
    let command = match Arguments::try_parse() {
        Ok(arguments) => arguments.command,
        Err(error) => return explain(&error),
    };
    if let Command::List(arguments) = &command {
        return list::run(arguments);
    }
    // From here on, so that a signal never finds half the work unwatched.
    signals::watch()?;
    match command {
        Command::Render(arguments) => render::run(&arguments),
        Command::Measure(arguments) => measure::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Album(arguments) => album::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
    }
}

/// Prints what the argument parser says: the help, which was asked for, or what is wrong.
fn explain(error: &clap::Error) -> Result<Status, Failure> {
    let is_wrong = error.use_stderr();
    let text = error.render().to_string();
    let printed = if is_wrong && names::on_lines(&text) != text {
        // The argument that is wrong is quoted, whatever is in it.
        let _ = io::stderr().write_all(names::on_lines(&text).as_bytes());
        Ok(())
    } else {
        error.print()
    };
    match printed {
        _ if is_wrong => Ok(Status::Arguments),
        Err(error) => unprinted(error).map(|()| Status::Done),
        Ok(()) => Ok(Status::Done),
    }
}

/// Prints to standard output.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).or_else(unprinted)
}

/// A reader that has gone (`twobus list | head`) is no error; a full disk behind standard output is one.
fn unprinted(error: io::Error) -> Result<(), Failure> {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(Failure { status: Status::File, message: format!("standard output: cannot be written: {error}") }),
    }
}

/// Prints JSON to standard output.
fn print_json(value: &(impl Serialize + ?Sized)) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(value).map_err(|error| Failure::arguments(error.to_string()))?;
    print(&format!("{}\n", names::json_for_terminals(&json)))
}

/// Says on standard error what was odd about a file.
fn warn<'a>(file: &std::path::Path, warnings: impl IntoIterator<Item = &'a String>) {
    for warning in warnings {
        tell("warning", &format!("{}: {warning}", file.display()));
    }
}

/// Prints a message for people to standard error. Where that cannot be written, there is nobody to tell. Lines behind the
/// first stand apart, so that a name with a line end in it cannot pass for a message of its own.
fn tell(kind: &str, message: &str) {
    let message = names::on_lines(message).replace('\n', "\n  ");
    let _ = writeln!(io::stderr().lock(), "twobus: {kind}: {message}");
}
