//! The chores: bundle, install, test.
//!
//! Run them with `cargo xtask`, from any folder of the workspace.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bundle;
mod files;
mod install;
mod machine;
mod test;
mod workspace;

use workspace::Workspace;

/// Build, install and test Twobus.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Build the CLAP and VST3 bundles in release, into target/bundled, and the host target/release/twobus
    Bundle {
        /// Packages of plugins (default: the whole suite)
        packages: Vec<String>,
    },
    /// Build the suite and copy it to your own plugin folders
    Install,
    /// Remove the suite from your own plugin folders
    Uninstall,
    /// Check everything: formatting, lints, documentation, tests, and the built bundles in two hosts
    Test,
}

fn main() -> ExitCode {
    match run(Arguments::parse().chore) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(chore: Chore) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::enter()?;
    match chore {
        Chore::Bundle { packages } => bundle::bundle(&workspace, &packages)?,
        Chore::Install => {
            bundle::bundle(&workspace, &[])?;
            install::install(&workspace)?;
        }
        Chore::Uninstall => install::uninstall(&workspace)?,
        Chore::Test => return test::test(&workspace),
    }
    Ok(ExitCode::SUCCESS)
}
