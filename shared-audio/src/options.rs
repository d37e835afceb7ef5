//! What is read beyond clean mono and stereo files.

use super::input::fault::Fault;

/// What a [`Reader`](super::Reader) takes beyond clean mono and stereo.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Whether L R C, quad, 5.0 and 5.1 are taken too.
    pub surround: bool,
    /// Whether a non-finite sample becomes silence and is counted, instead of being an error.
    pub scrub: bool,
    /// Whether damage and a missing end are warnings, and lost frames silence, instead of being errors;
    /// [`Reader::is_damaged`](super::Reader::is_damaged) tells then.
    pub allow_damaged: bool,
}

impl ReadOptions {
    fn allows(self, channels: usize) -> bool {
        matches!(channels, 1 | 2) || (self.surround && matches!(channels, 3..=6))
    }

    /// As words for a message.
    pub(super) fn allowed(self) -> &'static str {
        if self.surround { "mono, stereo, L R C, quad, 5.0 and 5.1" } else { "mono and stereo" }
    }

    pub(super) fn check(self, channels: usize) -> Result<(), Fault> {
        if self.allows(channels) { Ok(()) } else { Err(Fault::Channels(channels)) }
    }
}
