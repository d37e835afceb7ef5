//! How fast reduction comes and goes: what all models of it have in common.

use super::{Release, ReleaseHold};

/// A model that smooths reduction in dB, for one or two channels.
///
/// Two are here: [`Decoupled`](super::Decoupled) is feed-forward and smooth, [`FeedbackLoop`](super::FeedbackLoop) is the
/// console's. For both the label is what is measured: 63 % of the way, in dB, after a step from 10 dB below the threshold to
/// 10 dB above it and back, at any ratio.
///
/// Reductions are 0 dB and up. Where two channels have come to be the same, one of them is enough: [`link`](Self::link) lets the
/// other follow when they part.
pub trait Ballistics: Default {
    /// Times for one sample rate.
    type Coefs: Copy + std::fmt::Debug + PartialEq;

    /// For `attack_s` (seconds) and `release` as measured behind a detector that holds for `hold_s` (seconds), at `ratio` (1 and
    /// up).
    fn coefs(sample_rate_hz: f64, ratio: f64, attack_s: f64, release: Release, hold_s: f64) -> Self::Coefs;

    /// Clears the memory. Realtime-safe.
    fn reset(&mut self);

    /// Where the reduction of a channel (0 or 1) is now, in dB.
    fn reduction_db(&self, channel: usize) -> f64;

    /// Starts a channel from a reduction that another model left.
    fn start_at(&mut self, channel: usize, reduction_db: f64);

    /// Gives the second channel the first one's memory.
    fn link(&mut self);

    /// How far the two channels' memories lie apart, in dB.
    fn distance_db(&self) -> f64;

    /// Whether there is no reduction left in the first `CH` channels, so that none comes out while none is wanted.
    fn is_at_rest<const CH: usize>(&self) -> bool;

    /// Drops what is too small to matter, and non-finite memory. To be called at fixed sample positions.
    fn settle(&mut self);

    /// Turns the reductions that the curve asks for into those that are applied, in place, for `CH` (1 or 2) channels of one
    /// length. Realtime-safe.
    #[inline(always)]
    fn process<const CH: usize>(&mut self, coefs: &Self::Coefs, reductions: [&mut [f64]; CH]) {
        self.process_held::<CH, false>(coefs, &mut ReleaseHold::default(), reductions);
    }

    /// The same with a hold before the release, which is looked at only with `HOLD`. While it holds, the reduction stays what it is,
    /// as if just that much were wanted: a fixed release begins later by the time of the hold, and for [`Release::Auto`] what is
    /// held has lasted. Realtime-safe.
    fn process_held<const CH: usize, const HOLD: bool>(
        &mut self,
        coefs: &Self::Coefs,
        hold: &mut ReleaseHold,
        reductions: [&mut [f64]; CH],
    );
}
