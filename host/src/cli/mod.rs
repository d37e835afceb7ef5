//! The commands of `twobus`. What they do is in the library.

mod album;
mod compare;
mod console;
mod encoding;
mod failure;
mod inputs;
mod lines;
mod list;
mod measure;
mod pool;
mod render;
mod report;
mod search;
mod signals;
mod targets;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use host::names;

use console::{tell, unprinted};
use failure::{Failure, Status};

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
