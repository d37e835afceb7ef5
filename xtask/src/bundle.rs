//! `cargo xtask bundle`: CLAP and VST3 bundles, and the command-line host, in release.

use anyhow::{Context, ensure};

use crate::{
    files,
    workspace::{FORMATS, Workspace},
};

/// Builds the named packages, or the whole suite when none is named, and leaves their bundles in
/// [`Workspace::bundles`] and the host at [`Workspace::twobus`].
///
/// No option of Cargo's is passed on: nice-plug-xtask looks for the library where Cargo's configuration says it is built
/// to, and would bundle a stale one under `--target-dir`. CARGO_TARGET_DIR moves everything alike.
pub fn bundle(workspace: &Workspace, packages: &[String]) -> anyhow::Result<()> {
    let suite = || workspace.plugins().iter().map(|plugin| plugin.package.clone()).collect();
    let packages: Vec<String> = if packages.is_empty() { suite() } else { packages.to_vec() };
    for package in &packages {
        workspace.bundle_name(package)?;
    }
    let options = ["--release".to_owned()];
    // One build for all: Cargo works in parallel, and the crates that plugins and host share are compiled alike.
    let with_host: Vec<_> = packages.iter().cloned().chain(["host".to_owned()]).collect();
    nice_plug_xtask::build(&with_host, &options)?;
    for package in &packages {
        nice_plug_xtask::bundle(workspace.target_dir(), package, &options, false)
            .with_context(|| format!("cannot bundle {package}"))?;
        for format in FORMATS {
            let bundle = workspace.bundles().join(format!("{}.{format}", workspace.bundle_name(package)?));
            ensure!(
                bundle.exists(),
                "{package} was built, but {} is missing: does it export {format}?",
                bundle.display()
            );
        }
    }
    Ok(())
}

/// Builds the suite and the plugin that exists only for the tests, and gathers both in a folder apart, so that nobody
/// finds a test plugin among the bundles to install. Returns that folder.
pub fn bundle_for_tests(workspace: &Workspace) -> anyhow::Result<std::path::PathBuf> {
    const TEST_PLUGIN: &str = "trivial";
    // In one build: one after the other, the second waits for the last link of the first.
    let suite = workspace.plugins().iter().map(|plugin| plugin.package.clone());
    bundle(workspace, &suite.chain([TEST_PLUGIN.to_owned()]).collect::<Vec<_>>())?;
    let gathered = workspace.target_dir().join("test-bundles");
    let names = workspace.plugins().iter().map(|plugin| plugin.bundle_name.as_str());
    let test_name = workspace.bundle_name(TEST_PLUGIN)?;
    for name in names.chain([test_name]) {
        for format in FORMATS {
            let built = workspace.bundles().join(format!("{name}.{format}"));
            files::replace(&built, &gathered)?;
            if name == test_name {
                files::remove_tree(&built).with_context(|| format!("cannot remove {}", built.display()))?;
            }
        }
    }
    Ok(gathered)
}
