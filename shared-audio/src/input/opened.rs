//! A file whose header has been read, and the frames behind it.

use super::fault::{Fault, Notes};
use crate::layout::Layout;
use crate::tags::Tags;

/// Gives a file's frames in order.
pub(crate) trait Input: Send {
    /// Appends some frames to `into`, a vector a channel; `false` at the end, where nothing is appended.
    fn next(&mut self, into: &mut [Vec<f32>], notes: &mut Notes) -> Result<bool, Fault>;
}

/// A file whose header has been read.
pub(crate) struct Opened {
    pub(crate) container: &'static str,
    pub(crate) sample_rate_hz: u32,
    pub(crate) channels: usize,
    /// Frames, where something tells.
    pub(crate) frames: Option<u64>,
    pub(crate) bits: Option<u32>,
    pub(crate) is_float: bool,
    pub(crate) layout: Layout,
    pub(crate) tags: Tags,
    pub(crate) notes: Notes,
    pub(crate) input: Box<dyn Input>,
}
