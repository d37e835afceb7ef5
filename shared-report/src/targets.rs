//! Where a master may go, and what is asked of it there: dated, sourced, the user's to change.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use shared_files::read_text;

/// The longest file of targets that is read, MiB: a thousand times what any has.
const MOST_TEXT_MIB: u64 = 4;
/// What ships with the program.
const BUILT_IN: &str = include_str!("targets.toml");

/// What kind of place a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A service that plays on demand.
    Streaming,
    /// Radio and television.
    Broadcast,
    /// A record, or a file to be sold.
    Disc,
    /// The user's own.
    Own,
}

/// How well a target's figures are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Evidence {
    /// The publisher's own words, read.
    Primary,
    /// Others' words or measurements.
    Secondary,
    /// Memory.
    Unverified,
}

/// Who says so, and since when.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The publication.
    pub text: String,
    /// Its date, or the day on which it was read: year, year-month or year-month-day.
    pub date: String,
    /// How well the figures are known.
    pub evidence: Evidence,
}

/// What a service does to the level when it plays.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Normalisation {
    /// Where it turns songs to, in LUFS.
    pub loudness_lufs: f64,
    /// Whether it raises quiet songs as well as it lowers loud ones.
    pub turns_up: bool,
    /// It raises no further than to this true peak, in dBTP; `None`: whatever the peak.
    pub max_peak_dbtp: Option<f64>,
}

impl Normalisation {
    /// The gain in dB that the service applies to a programme of this loudness (LUFS) and true peak (dBTP).
    #[must_use]
    pub fn gain_db(&self, integrated_lufs: f64, true_peak_dbtp: f64) -> f64 {
        let wanted = self.loudness_lufs - integrated_lufs;
        if wanted <= 0.0 {
            return wanted;
        }
        let most = match (self.turns_up, self.max_peak_dbtp) {
            (false, _) => 0.0,
            (true, None) => wanted,
            (true, Some(peak)) => (peak - true_peak_dbtp).max(0.0),
        };
        wanted.min(most)
    }
}

/// What makes a programme pass or fail. What is `None` does not matter to the target.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Least integrated loudness in LUFS.
    pub min_integrated_lufs: Option<f64>,
    /// Greatest integrated loudness in LUFS.
    pub max_integrated_lufs: Option<f64>,
    /// Greatest momentary loudness in LUFS.
    pub max_momentary_lufs: Option<f64>,
    /// Greatest short-term loudness in LUFS.
    pub max_short_term_lufs: Option<f64>,
    /// Greatest loudness range in LU.
    pub max_loudness_range_lu: Option<f64>,
    /// Greatest true peak in dBTP.
    pub max_true_peak_dbtp: Option<f64>,
    /// Above this integrated loudness, in LUFS, the next limit holds instead.
    pub louder_than_lufs: Option<f64>,
    /// Greatest true peak of programmes above `louder_than_lufs`, in dBTP.
    pub max_true_peak_when_louder_dbtp: Option<f64>,
    /// Greatest sample peak in dBFS.
    pub max_sample_peak_dbfs: Option<f64>,
    /// Least correlation of left and right, -1 to 1.
    pub min_correlation: Option<f64>,
    /// Greatest share of the side in the power below 150 Hz, 0 (mono) to 1 (opposite phase).
    pub max_low_end_width: Option<f64>,
    /// Greatest magnitude of the mean, 1 at full scale.
    pub max_dc_offset: Option<f64>,
    /// Most samples at full scale.
    pub max_clipped_samples: Option<u64>,
    /// Greatest length in seconds.
    pub max_duration_s: Option<f64>,
    /// Sample rates allowed, in Hz.
    pub sample_rates_hz: Option<Vec<u32>>,
    /// Bits of a sample allowed.
    pub bits: Option<Vec<u32>>,
    /// Numbers of channels allowed.
    pub channels: Option<Vec<usize>>,
}

/// A place where a master may go.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// What it is called by: small letters, digits and hyphens.
    pub name: String,
    /// Other names that it answers to.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// What is shown.
    pub title: String,
    /// What kind of place it is.
    pub kind: Kind,
    /// Anything that a reader should know.
    #[serde(default)]
    pub note: String,
    /// What it does to the level when it plays.
    pub normalisation: Option<Normalisation>,
    /// What makes a programme pass or fail.
    #[serde(default)]
    pub limits: Limits,
    /// Who says so.
    pub source: Source,
}

/// Why targets could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TargetsError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not what a targets file should be.
    #[error("{}: not a file of targets: {reason}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        reason: String,
    },
    /// No target has this name.
    #[error("no target \"{wanted}\"; there are {available}")]
    Unknown {
        /// The name asked for.
        wanted: String,
        /// The names that there are.
        available: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TargetsFile {
    #[serde(default)]
    target: Vec<Target>,
}

/// All targets known.
#[derive(Clone, Debug, PartialEq)]
pub struct Targets(Vec<Target>);

impl Targets {
    /// Those that ship with the program.
    #[must_use]
    pub fn built_in() -> Self {
        // The file is part of the program, and a test parses it.
        Self(parse(BUILT_IN).unwrap_or_default())
    }

    /// Those that ship, changed and extended by the user's own file ([`user_file`]) where there is one, and by `extra`.
    ///
    /// # Errors
    ///
    /// [`TargetsError::Read`], [`TargetsError::Invalid`], each naming its file.
    pub fn load(extra: Option<&Path>) -> Result<Self, TargetsError> {
        let mut targets = Self::built_in();
        // The window reads this one too: a pipe in its place would keep the host waiting for a writer.
        if let Some(path) = user_file().filter(|path| path.is_file()) {
            targets.extend_from(&path)?;
        }
        if let Some(path) = extra {
            targets.extend_from(path)?;
        }
        Ok(targets)
    }

    /// Adds the targets of a file; one of the same name takes the place of the one before.
    ///
    /// # Errors
    ///
    /// [`TargetsError::Read`], [`TargetsError::Invalid`].
    pub fn extend_from(&mut self, path: &Path) -> Result<(), TargetsError> {
        let text = read_text(path, MOST_TEXT_MIB).map_err(|source| TargetsError::Read { path: path.into(), source })?;
        let targets = parse(&text).map_err(|reason| TargetsError::Invalid { path: path.into(), reason })?;
        for target in targets {
            match self.0.iter_mut().find(|known| key(&known.name) == key(&target.name)) {
                Some(known) => *known = target,
                None => self.0.push(target),
            }
        }
        Ok(())
    }

    /// All of them, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Target> {
        self.0.iter()
    }

    /// The target of a name, alias or title; case, spaces and hyphens do not matter.
    ///
    /// # Errors
    ///
    /// [`TargetsError::Unknown`], which lists the names.
    pub fn find(&self, wanted: &str) -> Result<&Target, TargetsError> {
        let answers = |target: &&Target| {
            let names = [&target.name, &target.title];
            names.into_iter().chain(&target.aliases).any(|name| key(name) == key(wanted))
        };
        self.0.iter().find(answers).ok_or_else(|| TargetsError::Unknown {
            wanted: wanted.into(),
            available: self.0.iter().map(|target| target.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }
}

/// Where the user's own targets are looked for: `twobus/targets.toml` in the configuration folder. `None` where the user
/// has none.
#[must_use]
pub fn user_file() -> Option<PathBuf> {
    dirs::config_dir().map(|folder| folder.join("twobus").join("targets.toml"))
}

/// A name without what people write differently.
fn key(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn parse(text: &str) -> Result<Vec<Target>, String> {
    let file: TargetsFile = toml::from_str(text).map_err(|error| error.to_string())?;
    for target in &file.target {
        check(target).map_err(|reason| format!("target \"{}\": {reason}", target.name))?;
    }
    Ok(file.target)
}

/// What the types cannot say.
fn check(target: &Target) -> Result<(), String> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if target.name.is_empty() || !target.name.chars().all(is_plain) {
        return Err("its name must be of small letters, digits and hyphens".into());
    }
    let limits = &target.limits;
    if limits.louder_than_lufs.is_some() != limits.max_true_peak_when_louder_dbtp.is_some() {
        return Err("louder_than_lufs and max_true_peak_when_louder_dbtp go together".into());
    }
    if let (Some(min), Some(max)) = (limits.min_integrated_lufs, limits.max_integrated_lufs)
        && min > max
    {
        return Err(format!("min_integrated_lufs {min} is above max_integrated_lufs {max}"));
    }
    let normalisation = target.normalisation.as_ref();
    let numbers = [
        ("min_integrated_lufs", limits.min_integrated_lufs),
        ("max_integrated_lufs", limits.max_integrated_lufs),
        ("max_momentary_lufs", limits.max_momentary_lufs),
        ("max_short_term_lufs", limits.max_short_term_lufs),
        ("max_loudness_range_lu", limits.max_loudness_range_lu),
        ("max_true_peak_dbtp", limits.max_true_peak_dbtp),
        ("louder_than_lufs", limits.louder_than_lufs),
        ("max_true_peak_when_louder_dbtp", limits.max_true_peak_when_louder_dbtp),
        ("max_sample_peak_dbfs", limits.max_sample_peak_dbfs),
        ("min_correlation", limits.min_correlation),
        ("max_low_end_width", limits.max_low_end_width),
        ("max_dc_offset", limits.max_dc_offset),
        ("max_duration_s", limits.max_duration_s),
        ("loudness_lufs", normalisation.map(|normalisation| normalisation.loudness_lufs)),
        ("max_peak_dbtp", normalisation.and_then(|normalisation| normalisation.max_peak_dbtp)),
    ];
    match numbers.iter().find(|(_, value)| value.is_some_and(|value| !value.is_finite())) {
        Some((key, value)) => Err(format!("{key} is {}, which is no number", value.unwrap_or_default())),
        None => Ok(()),
    }
}
