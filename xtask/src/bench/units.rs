//! Units that are measured by themselves, beside what others do.

use std::process::Command;

use anyhow::{Context, ensure};

use crate::workspace::{Workspace, cargo};

/// Examples of their crates: package, example, title.
const UNITS: [(&str, &str, &str); 5] = [
    ("shared-dsp", "equaliser_cost", "EQ's parts beside plain cascades of as many direct forms"),
    ("shared-dsp", "antialiasing_cost", "The clip beside naive oversampling of the same curve"),
    ("shared-dsp", "magnetic_cost", "The tape's magnetisation beside Runge and Kutta's step for the same equations"),
    ("shared-dsp", "meter_cost", "The meter beside the ebur128 crate"),
    ("shared-taps", "tap_cost", "A tap, a frame: nobody listening, and listened to beside a copy of the same samples"),
];

/// Runs them all.
pub(super) fn print(workspace: &Workspace) -> anyhow::Result<()> {
    for (package, example, title) in UNITS {
        println!("\n{title}");
        let status = Command::new(cargo())
            .args(["run", "--quiet", "--release", "--package", package, "--example", example])
            .current_dir(workspace.root())
            .status()
            .with_context(|| format!("cannot run the example {example}"))?;
        ensure!(status.success(), "the example {example} failed");
    }
    Ok(())
}
