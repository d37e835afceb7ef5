//! The twobus command line: the suite without a DAW.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
