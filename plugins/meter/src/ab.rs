//! A and B: two sounds heard at the same loudness and the same time, and whether anybody can tell them apart. No host, no
//! window.

mod abx;
mod aligner;
mod comparison;
mod desk;
mod finder;
mod monitor;
mod player;
mod references;
mod saved;
mod side;
mod source;
mod source_id;
mod tap_player;
mod taps;

pub use abx::{Abx, AbxError, AbxResult, LEAST_TRIALS, MOST_TRIALS, Trial, ways_at_least};
pub use aligner::Aligner;
pub use comparison::{CEILING, Comparison, ComparisonReading, ComparisonSettings, Heard, SWITCH_S};
pub use desk::Desk;
pub use finder::Match;
pub use monitor::{Engine, Link, Monitor, Order, Spent};
pub use player::Player;
pub use references::{FullError, LoopRange, MOST_REFERENCES, Reference, ReferenceState, References};
pub use saved::{Saved, SavedFile, SavedMatch, SavedPoint, SavedSource, SavedTap};
pub use source::Input;
pub use source_id::{SourceId, SourceItem, TapSource};
pub use tap_player::TapPlayer;

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}

impl Side {
    /// Its place among the two.
    #[must_use]
    pub fn index(self) -> usize {
        match self {
            Self::A => 0,
            Self::B => 1,
        }
    }
}
