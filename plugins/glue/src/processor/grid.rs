//! The points at which things happen, counted from `reset`.

/// The most frames computed at once; also the grid of slow housekeeping.
pub(super) const CHUNK: usize = 64;
/// The grid on which the side chain's settings move.
pub(super) const CELL: usize = 8;
