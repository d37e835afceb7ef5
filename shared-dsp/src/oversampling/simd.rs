//! One kernel, compiled for the processors there are.

use super::Sample;

/// `factor * x + addend`; fused where the kernel is compiled for a processor that fuses.
#[inline(always)]
pub(crate) fn multiply_add<const FUSED: bool, T: Sample>(factor: T, x: T, addend: T) -> T {
    if FUSED { factor.fused(x, addend) } else { factor * x + addend }
}

/// A loop with its data: `run::<true>` must fuse, `run::<false>` must not. Implementations are `#[inline(always)]`, so
/// that they are compiled anew for each target below.
pub(crate) trait Kernel {
    fn run<const FUSED: bool>(self);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn run_avx2(kernel: impl Kernel) {
    kernel.run::<true>();
}

/// Runs a kernel in the widest form that this processor has. One machine always takes the same way, so results repeat.
#[inline]
pub(crate) fn dispatch(kernel: impl Kernel) {
    #[cfg(target_arch = "x86_64")]
    {
        // The answer is cached by the standard library: one relaxed load.
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
            // SAFETY: the processor was just seen to have both features, which is all that the function asks for.
            unsafe { run_avx2(kernel) };
            return;
        }
        kernel.run::<false>();
    }
    // Every 64-bit ARM fuses; anything else decides at compile time.
    #[cfg(not(target_arch = "x86_64"))]
    kernel.run::<{ cfg!(target_arch = "aarch64") }>();
}
