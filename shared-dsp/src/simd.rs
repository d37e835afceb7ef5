//! One way to the widest vectors of the processor that runs the code.
//!
//! Bundles run on any x86-64 and arm64. A loop that pays for it is compiled once for each level of
//! fearless_simd and chosen at run time by [`dispatch!`]; what is called inside must be
//! `#[inline(always)]`, or it is compiled for the oldest processor. The compiler neither reorders nor fuses floating point by
//! itself, so plain Rust in there gives the same bits at every level. The filters of the oversampling fuse where the processor
//! does.

use std::sync::OnceLock;

pub use fearless_simd::{Level, Simd, dispatch};

/// The level of this processor: found out once, then one load. One machine always takes the same way, so results repeat.
///
/// Realtime-safe from the second call on: the shell makes the first before there is sound, as two audio threads that both came first
/// would wait for each other.
#[must_use]
#[inline]
pub fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(Level::new)
}

/// A loop with its data: `run::<true>` must fuse, `run::<false>` must not. Implementations are `#[inline(always)]`.
pub(crate) trait Kernel {
    fn run<const FUSED: bool>(self);
}

/// Runs a kernel in the widest form that this processor has.
#[inline]
pub(crate) fn run(kernel: impl Kernel) {
    dispatch!(level(), simd => if fuses(simd) { kernel.run::<true>() } else { kernel.run::<false>() });
}

/// Whether a level has instructions that multiply and add with one rounding. Known at compile time.
#[inline(always)]
fn fuses(simd: impl Simd) -> bool {
    #[cfg(target_arch = "x86_64")]
    return matches!(simd.level(), Level::Avx2(_));
    // Every 64-bit ARM fuses; anything else decides at compile time.
    #[cfg(not(target_arch = "x86_64"))]
    {
        let _ = simd;
        cfg!(target_arch = "aarch64")
    }
}
