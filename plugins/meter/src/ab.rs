//! A and B: two sounds heard at the same loudness and the same time, and whether anybody can tell them apart. No host, no
//! window.

mod abx;
mod aligner;
mod comparison;
mod player;
mod references;
mod side;

pub use abx::{Abx, AbxError, AbxResult, LEAST_TRIALS, MOST_TRIALS, Trial, ways_at_least};
pub use aligner::Aligner;
pub use comparison::{CEILING, Comparison, ComparisonReading, ComparisonSettings, Heard, SWITCH_S};
pub use player::Player;
pub use references::{FullError, LoopRange, MOST_REFERENCES, Reference, ReferenceState, References};

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The first.
    A,
    /// The second.
    B,
}
