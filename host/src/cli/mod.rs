//! Arguments, exit statuses and output of `twobus`. What it does is in the library.

mod album;
mod compare;
mod list;
mod measure;
mod pool;
mod render;
mod report;
mod targets;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use host::album::AlbumError;
use host::chain::ChainError;
use host::compare::CompareError;
use host::measure::MeasureError;
use host::render::RenderError;
use host::{HostError, audio::AudioError};
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
#[derive(Debug)]
struct Failure {
    status: Status,
    message: String,
}

impl Failure {
    fn arguments(message: impl Into<String>) -> Self {
        Self { status: Status::Arguments, message: message.into() }
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
    let result = match Arguments::parse().command {
        Command::Render(arguments) => render::run(&arguments),
        Command::Measure(arguments) => measure::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Album(arguments) => album::run(&arguments),
        Command::List(arguments) => list::run(&arguments),
    };
    let status = result.unwrap_or_else(|failure| {
        eprintln!("twobus: error: {}", failure.message);
        failure.status
    });
    ExitCode::from(status as u8)
}

/// Says on standard error what was odd about files.
fn warn<'a>(file: &std::path::Path, warnings: impl IntoIterator<Item = &'a String>) {
    for warning in warnings {
        eprintln!("twobus: warning: {}: {warning}", file.display());
    }
}

/// Prints to standard output. A reader that has gone (`twobus list | head`) is no error and no panic.
fn print(text: &str) {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
