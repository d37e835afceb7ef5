//! What a host may activate a plugin with.

/// The longest block that a host may announce, frames. Far beyond what hosts use, and small enough to make room for.
pub(super) const MAX_BLOCK_FRAMES: u32 = 1 << 20;

/// Whether a plugin can run at this rate, Hz: anything that sound is recorded at, and a little.
pub(super) fn is_rate(rate_hz: f64) -> bool {
    (1_000.0..=1_600_000.0).contains(&rate_hz)
}
