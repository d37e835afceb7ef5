//! What the windows cost: measured by a test of each plugin, which draws its own window without a window system.

use std::process::Command;

use anyhow::{Context, ensure};

use crate::workspace::{Workspace, cargo};

/// Prints the processor time of a picture of each window at scale 1 with music running, tessellation included, and what it
/// draws in silence.
pub(super) fn print(workspace: &Workspace) -> anyhow::Result<()> {
    println!("\nProcessor time of a picture at scale 1, music running, tessellation included (to be within 1 ms)");
    for plugin in workspace.plugins() {
        let output = Command::new(cargo())
            .args(["test", "--quiet", "--package", &plugin.package, "--lib", "cost_of_a_picture"])
            .args(["--", "--ignored", "--nocapture"])
            .current_dir(workspace.root())
            .output()
            .with_context(|| format!("cannot run the tests of {}", plugin.package))?;
        ensure!(output.status.success(), "the window of {} could not be measured", plugin.bundle_name);
        let text = String::from_utf8_lossy(&output.stdout);
        text.lines().filter(|line| line.starts_with("window ")).for_each(|line| println!("  {line}"));
    }
    Ok(())
}
