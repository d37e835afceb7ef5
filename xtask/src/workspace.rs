//! Where things are: the workspace's root, Cargo's target folder, the plugins of the suite and their bundles' names.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail, ensure};
use serde::Deserialize;

/// The two formats that every plugin is bundled in, as file extensions.
pub const FORMATS: [&str; 2] = ["clap", "vst3"];

/// The folder names of a workspace that was found and read.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
    target_dir: PathBuf,
    plugins: Vec<Plugin>,
    names: BTreeMap<String, BundleTable>,
}

/// One plugin of the suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugin {
    /// The Cargo package, which is also the folder under `plugins/`.
    pub package: String,
    /// The bundle's file name without extension, as `bundler.toml` gives it.
    pub bundle_name: String,
}

/// What we read of `cargo metadata`.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
}

/// A table of `bundler.toml`.
#[derive(Debug, Clone, Deserialize)]
struct BundleTable {
    name: String,
}

impl Workspace {
    /// Finds the workspace that this program was built from, makes its root the current folder, and asks Cargo where
    /// it builds to.
    ///
    /// The root is taken from where this crate stands, not from "the topmost folder with a Cargo.toml" as
    /// nice-plug-xtask would: a clone inside another Rust project would build that project instead.
    pub fn enter() -> anyhow::Result<Self> {
        // At run time, as `cargo run` sets it: a target folder shared by two clones must not lead into the other one.
        let crate_dir =
            std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        let root = crate_dir.parent().context("xtask has no parent folder")?.to_owned();
        std::env::set_current_dir(&root).with_context(|| format!("cannot enter {}", root.display()))?;

        let output = Command::new(cargo())
            .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
            .output()
            .context("cannot run cargo: install Rust from https://rustup.rs")?;
        ensure!(output.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        let metadata: Metadata = serde_json::from_slice(&output.stdout).context("cannot read cargo metadata")?;
        let table = std::fs::read_to_string("bundler.toml").context("cannot read bundler.toml")?;
        let names: BTreeMap<String, BundleTable> = toml::from_str(&table).context("cannot read bundler.toml")?;

        let mut plugins = Vec::new();
        for package in metadata.packages {
            if !package.manifest_path.starts_with(root.join("plugins")) {
                continue;
            }
            let table = names.get(&package.name);
            let bundle_name =
                table.with_context(|| format!("bundler.toml has no table [{}]", package.name))?.name.clone();
            plugins.push(Plugin { package: package.name, bundle_name });
        }
        plugins.sort_by(|a, b| a.package.cmp(&b.package));
        Ok(Self { root, target_dir: metadata.target_directory, plugins, names })
    }

    /// The folder of the workspace's Cargo.toml.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's target folder: CARGO_TARGET_DIR and Cargo's configuration are followed.
    pub fn target_dir(&self) -> &Path {
        &self.target_dir
    }

    /// The suite, sorted by package name.
    pub fn plugins(&self) -> &[Plugin] {
        &self.plugins
    }

    /// Where the bundles of the suite are left.
    pub fn bundles(&self) -> PathBuf {
        self.target_dir.join("bundled")
    }

    /// The command-line host, `twobus`, as `bundle` leaves it.
    pub fn twobus(&self) -> PathBuf {
        self.target_dir.join("release").join(format!("twobus{}", std::env::consts::EXE_SUFFIX))
    }

    /// The bundle name of any package with a table in bundler.toml.
    pub fn bundle_name(&self, package: &str) -> anyhow::Result<&str> {
        match self.names.get(package) {
            Some(table) => Ok(&table.name),
            None => {
                let known: Vec<_> = self.names.keys().map(String::as_str).collect();
                bail!("there is no plugin {package:?}; there are: {}", known.join(", "))
            }
        }
    }
}

/// The Cargo that runs us, so that `cargo +toolchain xtask` stays with its toolchain.
pub fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
