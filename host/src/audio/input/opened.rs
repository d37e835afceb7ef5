//! A file whose header has been read, and the frames behind it.

use super::fault::{Fault, Notes};
use crate::audio::layout::Layout;
use crate::audio::tags::Tags;

/// Gives a file's frames in order.
pub(in crate::audio) trait Input: Send {
    /// Appends some frames to `into`, a vector a channel; `false` at the end, where nothing is appended.
    fn next(&mut self, into: &mut [Vec<f32>], notes: &mut Notes) -> Result<bool, Fault>;
}

/// A file whose header has been read.
pub(in crate::audio) struct Opened {
    pub(in crate::audio) container: &'static str,
    pub(in crate::audio) sample_rate_hz: u32,
    pub(in crate::audio) channels: usize,
    /// Frames, where something tells.
    pub(in crate::audio) frames: Option<u64>,
    pub(in crate::audio) bits: Option<u32>,
    pub(in crate::audio) is_float: bool,
    pub(in crate::audio) layout: Layout,
    pub(in crate::audio) tags: Tags,
    pub(in crate::audio) notes: Notes,
    pub(in crate::audio) input: Box<dyn Input>,
}
