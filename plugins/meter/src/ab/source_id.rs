//! What A or B may be, as the window and a session know it.

use std::path::PathBuf;

use shared_taps::{Point, TapId, TapInfo};

use super::saved::{SavedPoint, SavedSource, SavedTap};

/// What A or B may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceId {
    /// What passes through this plugin.
    Programme,
    /// What comes in at the port "Reference".
    Reference,
    /// A file of the list.
    File(PathBuf),
    /// What comes into another plugin of the session, or goes out of it.
    Tap(TapSource),
}

/// One of another plugin's two sounds. An instance has an id for as long as it lives; a session has its names only.
#[derive(Debug, Clone)]
pub struct TapSource {
    /// The plugin's name.
    pub plugin: String,
    /// The track's; empty where the host does not say.
    pub track: String,
    /// Which of the two.
    pub point: Point,
    /// The instance; `None` before it was found again.
    pub id: Option<TapId>,
}

/// The same instance, whatever its track is called by now; without one the same names.
impl PartialEq for TapSource {
    fn eq(&self, other: &Self) -> bool {
        let is_same = match (self.id, other.id) {
            (Some(id), Some(other)) => id == other,
            (None, None) => (&self.plugin, &self.track) == (&other.plugin, &other.track),
            _ => false,
        };
        is_same && self.point == other.point
    }
}

impl Eq for TapSource {}

impl TapSource {
    /// A point of a tap that is there.
    #[must_use]
    pub fn of(info: &TapInfo, point: Point) -> Self {
        Self { plugin: info.plugin.clone(), track: info.track.clone(), point, id: Some(info.id) }
    }

    /// Whether that instance has these names.
    pub(super) fn is_named(&self, info: &TapInfo) -> bool {
        (&self.plugin, &self.track) == (&info.plugin, &info.track)
    }

    /// As it is shown: track, plugin and point. Of several that are called alike each has a `number`, from 1.
    #[must_use]
    pub fn name(&self, number: Option<usize>) -> String {
        let plugin = self.plugin.trim_start_matches("Twobus ");
        let number = number.map_or_else(String::new, |number| format!(" {number}"));
        let track = if self.track.is_empty() { String::new() } else { format!("{} · ", self.track) };
        format!("{track}{plugin}{number} · {}", point_name(self.point))
    }
}

/// As the window calls it.
pub(super) fn point_name(point: Point) -> &'static str {
    match point {
        Point::Input => "input",
        Point::Output => "output",
    }
}

impl From<&SourceId> for SavedSource {
    fn from(id: &SourceId) -> Self {
        match id {
            SourceId::Programme => Self::Programme,
            SourceId::Reference => Self::Reference,
            SourceId::File(path) => Self::File(path.to_string_lossy().into_owned()),
            SourceId::Tap(tap) => Self::Tap(SavedTap {
                plugin: tap.plugin.clone(),
                track: tap.track.clone(),
                point: match tap.point {
                    Point::Input => SavedPoint::Input,
                    Point::Output => SavedPoint::Output,
                },
            }),
        }
    }
}

impl From<&SavedSource> for SourceId {
    fn from(saved: &SavedSource) -> Self {
        match saved {
            SavedSource::Programme => Self::Programme,
            SavedSource::Reference => Self::Reference,
            SavedSource::File(path) => Self::File(path.into()),
            SavedSource::Tap(SavedTap { plugin, track, point }) => Self::Tap(TapSource {
                plugin: plugin.clone(),
                track: track.clone(),
                point: match point {
                    SavedPoint::Input => Point::Input,
                    SavedPoint::Output => Point::Output,
                },
                id: None,
            }),
        }
    }
}

/// A source as a window shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceItem {
    /// Which it is.
    pub id: SourceId,
    /// Its name, of a few words.
    pub name: String,
    /// Where it comes from and how it is played.
    pub detail: String,
    /// Why it cannot be heard.
    pub problem: Option<String>,
}

impl SourceItem {
    /// What is wrong with it, without the path where that begins with it: for where the name stands already.
    #[must_use]
    pub fn problem_beside_name(&self) -> Option<&str> {
        let problem = self.problem.as_deref()?;
        let SourceId::File(path) = &self.id else { return Some(problem) };
        let rest = problem.strip_prefix(path.to_string_lossy().as_ref()).and_then(|rest| rest.strip_prefix(": "));
        Some(rest.unwrap_or(problem))
    }
}
