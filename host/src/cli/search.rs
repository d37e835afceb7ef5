//! Where plugins are looked for.

use std::path::PathBuf;

use super::failure::Failure;

/// Where bundles are looked for, shared by the commands.
#[derive(Debug, clap::Args)]
pub(super) struct Search {
    /// Folder of .clap bundles, instead of target/bundled; the user's CLAP folders follow.
    #[arg(long, value_name = "DIR")]
    plugins: Option<PathBuf>,
}

impl Search {
    /// The bundles that there are.
    pub(super) fn bundles(&self) -> Result<Vec<PathBuf>, Failure> {
        if let Some(dir) = &self.plugins
            && !dir.is_dir()
        {
            return Err(Failure::arguments(format!("--plugins {}: no such folder", dir.display())));
        }
        Ok(host::find_bundles(host::default_search_dirs(self.plugins.as_deref())))
    }
}
