//! What a session keeps of A/B. A text, in a form that tolerates what it does not know and believes nothing that it is told.

use serde::{Deserialize, Serialize};

use super::references::MOST_REFERENCES;

/// The longest path that is believed, bytes: Linux knows no longer one.
const MOST_PATH_BYTES: usize = 4096;

/// The longest name of a plugin or a track that is believed, bytes: a tap has no longer one.
const MOST_NAME_BYTES: usize = 200;

/// What A or B is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SavedSource {
    /// What passes through the plugin.
    Programme,
    /// What comes in at the port "Reference".
    Reference,
    /// The file of this path.
    File(String),
    /// Another plugin's sound.
    Tap(SavedTap),
}

/// Another plugin's sound, by the names that it had: which instance it was has no meaning after that has gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedTap {
    /// The plugin's name.
    pub plugin: String,
    /// The track's; empty where the host did not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub track: String,
    /// Which of its two sounds.
    pub point: SavedPoint,
}

/// Where a plugin is listened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SavedPoint {
    /// What comes into it.
    Input,
    /// What goes out of it.
    Output,
}

/// A reference file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedFile {
    /// Where it is. A name that is no Unicode is saved as near to it as can be.
    pub path: String,
    /// The part that is played, from and to, in seconds; the whole file where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loop_s: Option<[f64; 2]>,
}

/// How A and B were matched.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SavedMatch {
    /// By how many LU A was louder.
    pub difference_lu: Option<f64>,
    /// By how many seconds B was later; `None` where they are not alike.
    pub delay_s: Option<f64>,
    /// Whether B was upside down.
    pub is_inverted: bool,
    /// What that was worth, 0 to 1.
    pub confidence: f64,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Saved {
    /// What A is.
    pub a: SavedSource,
    /// What B is.
    pub b: SavedSource,
    /// The list of files.
    pub files: Vec<SavedFile>,
    /// The match.
    #[serde(rename = "match")]
    pub matched: Option<SavedMatch>,
    /// Whether the match stands still.
    pub is_frozen: bool,
}

impl Default for Saved {
    fn default() -> Self {
        let (a, b) = (SavedSource::Programme, SavedSource::Reference);
        Self { a, b, files: Vec::new(), matched: None, is_frozen: false }
    }
}

impl Saved {
    /// What stands in a session; `None` where it cannot be read. What cannot be is left out.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::default());
        }
        let mut saved: Self = serde_json::from_str(text).ok()?;
        saved.files.retain(|file| is_path(&file.path));
        saved.files.truncate(MOST_REFERENCES);
        for file in &mut saved.files {
            file.loop_s = file.loop_s.filter(|[from, to]| *from >= 0.0 && to > from && to.is_finite());
        }
        let is_known = |source: &SavedSource| match source {
            SavedSource::File(path) => saved.files.iter().any(|file| file.path == *path),
            SavedSource::Tap(tap) => {
                !tap.plugin.is_empty() && [&tap.plugin, &tap.track].into_iter().all(|name| is_name(name))
            }
            SavedSource::Programme | SavedSource::Reference => true,
        };
        let (is_a, is_b) = (is_known(&saved.a), is_known(&saved.b));
        if !is_a {
            saved.a = SavedSource::Programme;
        }
        if !is_b {
            saved.b = SavedSource::Reference;
        }
        if let Some(matched) = &mut saved.matched {
            matched.difference_lu = matched.difference_lu.filter(|lu| lu.is_finite());
            matched.delay_s = matched.delay_s.filter(|delay| delay.is_finite());
            matched.confidence = if matched.confidence.is_finite() { matched.confidence.clamp(0.0, 1.0) } else { 0.0 };
        }
        Some(saved)
    }

    /// As it stands in a session: nothing where nothing was set.
    #[must_use]
    pub fn write(&self) -> String {
        if *self == Self::default() {
            return String::new();
        }
        // Numbers that are none cannot be written; there are none.
        serde_json::to_string(self).unwrap_or_default()
    }
}

fn is_name(name: &str) -> bool {
    name.len() <= MOST_NAME_BYTES && !name.contains(char::is_control)
}

fn is_path(path: &str) -> bool {
    !path.is_empty() && path.len() <= MOST_PATH_BYTES && !path.contains('\0')
}
