//! The grid that everything runs on.

/// The most frames computed at once.
pub(super) const CHUNK: usize = 64;
/// The grid on which bands move.
pub(super) const CELL: usize = 16;

/// One stereo frame.
pub(super) type Frame = [f64; 2];
