//! The arguments that name targets, shared by the commands that check.

use std::path::{Path, PathBuf};

use shared_report::{Target, Targets};

use super::failure::Failure;

/// Which targets, and where more of them are.
#[derive(Debug, clap::Args)]
pub(super) struct TargetArguments {
    /// Hold it against this target, and exit with 1 if it fails; may be repeated. What cannot be measured does not pass.
    #[arg(long, value_name = "NAME")]
    target: Vec<String>,
    /// More targets (TOML); one of the same name replaces the one that is known.
    #[arg(long, value_name = "FILE")]
    targets: Option<PathBuf>,
}

impl TargetArguments {
    /// Those that are known.
    pub(super) fn load(&self) -> Result<Targets, Failure> {
        Ok(Targets::load(self.targets.as_deref())?)
    }

    /// Those asked for, or all.
    pub(super) fn choose<'a>(&self, known: &'a Targets) -> Result<Vec<&'a Target>, Failure> {
        if self.target.is_empty() {
            return Ok(known.iter().collect());
        }
        Ok(self.target.iter().map(|name| known.find(name)).collect::<Result<_, _>>()?)
    }

    /// The user's own file, which is read too.
    pub(super) fn file(&self) -> Option<&Path> {
        self.targets.as_deref()
    }

    /// Whether a failure is the caller's concern.
    pub(super) fn are_asked_for(&self) -> bool {
        !self.target.is_empty()
    }
}
