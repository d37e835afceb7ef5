//! The chores: bundle, install, demo, test, bench, screenshots.
//!
//! Run them with `cargo xtask`, from any folder of the workspace.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Parser, Subcommand};

mod bench;
mod bundle;
mod demo;
mod files;
mod install;
mod machine;
mod report;
#[cfg(target_os = "linux")]
mod screenshots;
mod test;
mod workspace;

use workspace::Workspace;

/// Build, install, hear and test Twobus.
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
    /// Build the suite, master a song through it, and open the report
    Demo {
        /// A WAV, FLAC or AIFF file (default: a built-in mix, made by code)
        song: Option<PathBuf>,
        /// The folder for the WAV files and report.html (default: demo, beside the workspace's Cargo.toml)
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
        /// Print where the report is and do not open it
        #[arg(long)]
        no_open: bool,
    },
    /// Check everything: formatting, lints, documentation, tests, and the built bundles in two hosts
    Test,
    /// Measure how fast the release bundles are
    Bench {
        /// Packages of plugins (default: the whole suite, its windows and the parts)
        packages: Vec<String>,
        /// A folder of older bundles, measured in turn with today's
        #[arg(long, value_name = "FOLDER")]
        before: Option<PathBuf>,
    },
    /// Draw each plugin's window to plugins/NAME/screenshot.png and screenshot@2x.png (on Linux)
    Screenshots,
    /// Draw one window on the X server of DISPLAY: what `screenshots` runs for each picture
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    Screenshot {
        package: String,
        #[arg(long)]
        percent: u32,
        /// Meter's A/B page
        #[arg(long)]
        ab: bool,
        #[arg(long)]
        out: PathBuf,
    },
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
    // Paths that a person typed are meant from the folder they stand in, which is left below.
    let typed_from = std::env::current_dir().context("cannot tell the current folder")?;
    let workspace = Workspace::enter()?;
    match chore {
        Chore::Bundle { packages } => bundle::bundle(&workspace, &packages)?,
        Chore::Install => {
            bundle::bundle(&workspace, &[])?;
            install::install(&workspace)?;
        }
        Chore::Uninstall => install::uninstall(&workspace)?,
        Chore::Demo { song, out, no_open } => {
            let song = song.map(|song| typed_from.join(song));
            if let Some(song) = &song {
                // Before the build: a mistyped name should not take minutes to be found.
                std::fs::File::open(song).with_context(|| format!("cannot read {}", song.display()))?;
            }
            let out = out.map_or_else(|| workspace.root().join("demo"), |out| typed_from.join(out));
            bundle::bundle(&workspace, &[])?;
            let report = demo::run(song.as_deref(), &out, &workspace.twobus(), &workspace.bundles())?;
            report::show(&report, !no_open);
        }
        Chore::Test => return test::test(&workspace),
        Chore::Bench { packages, before } => {
            bundle::bundle(&workspace, &packages)?;
            bench::bench(&workspace, &packages, before.as_deref())?;
        }
        #[cfg(target_os = "linux")]
        Chore::Screenshots => {
            bundle::bundle(&workspace, &[])?;
            screenshots::screenshots(&workspace)?;
        }
        #[cfg(target_os = "linux")]
        Chore::Screenshot { package, percent, ab, out } => {
            screenshots::screenshot(&workspace, &package, percent, ab, &out)?;
        }
        #[cfg(not(target_os = "linux"))]
        Chore::Screenshots => anyhow::bail!("the pictures are made on Linux, under Xvfb"),
    }
    Ok(ExitCode::SUCCESS)
}
