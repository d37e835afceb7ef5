//! Half-band cascades that run a non-linear unit at a multiple of the sample rate.
//!
//! [`Oversampler`] wraps a closure; [`Upsampler`] and [`Downsampler`] are its halves, for a side chain that goes up as
//! audio and comes down as a gain. Every factor and both phases are allocated by `new`; switching allocates nothing.
//!
//! | factor | linear, latency in base samples | steep | minimum phase, latency (delay at DC) |
//! |---|---|---|---|
//! | 2x | 81 | 94 | 3 (3.18) |
//! | 4x | 88 | 101 | 5 (5.04) |
//! | 8x | 90 | 103 | 5 (5.00) |
//! | 16x | 90 | 103 | 5 (5.01) |
//!
//! **Linear** (120 dB): the first stage passes 20 kHz at 44.1 kHz, the later ones protect the audio band only. The
//! design is normalised, so at 48 kHz it passes 21.8 kHz and so on; what a curve makes between there and half the rate folds
//! back to that very band. **Steep** comes down through a filter that stops at half the base rate, so that a tone shaped
//! between is a tone with harmonics and nothing else, up to the top of the band; it passes 19.4 kHz at 44.1 kHz. **Minimum**
//! (100 dB): elliptic, the lowest latency; the delay grows by 14 samples towards 20 kHz at 44.1 kHz.
//!
//! Latency is whole because a pad delay at the *top* rate completes it: no interpolator and no loss of treble.

mod cascade;
mod design;
mod fir;
mod iir;
mod peak_doubler;
mod recent;
mod resampler;
mod shared;
mod steep;

use crate::scratch::Pool;
use design::STAGES;
pub(crate) use shared::{FilterBuffers, MOST_CHUNK_FRAMES, TOP_FRAMES, chunk_frames};

pub use cascade::{Downsampler, Oversampler, Upsampler, latency_around, way_up_delay_top_samples};
pub use peak_doubler::PeakDoubler;
pub use recent::RecentFrames;
pub use resampler::Resampler;
pub use steep::{Doubler, LowPass};

/// How many times the sample rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub enum Factor {
    /// The base rate: no filters, no delay.
    #[default]
    X1,
    /// Twice.
    X2,
    /// Four times.
    X4,
    /// Eight times.
    X8,
    /// Sixteen times.
    X16,
}

impl Factor {
    /// All of them, lowest first.
    pub const ALL: [Self; 5] = [Self::X1, Self::X2, Self::X4, Self::X8, Self::X16];

    /// The ratio of the top rate to the base rate: 1 to 16.
    #[must_use]
    pub fn times(self) -> usize {
        1 << self.stages()
    }

    /// The number of half-band stages: the logarithm of [`times`](Self::times).
    #[must_use]
    pub fn stages(self) -> usize {
        match self {
            Self::X1 => 0,
            Self::X2 => 1,
            Self::X4 => 2,
            Self::X8 => 3,
            Self::X16 => 4,
        }
    }

    /// The factor that reaches about the same top rate when `self` is meant for 44.1 and 48 kHz: half of it from 64 kHz
    /// on, a quarter from 128 kHz, an eighth from 256 kHz; never below 1x.
    #[must_use]
    pub fn at_rate(self, sample_rate_hz: f64) -> Self {
        let halvings = [64e3, 128e3, 256e3].iter().filter(|&&bound| sample_rate_hz >= bound).count();
        Self::ALL[self.stages().saturating_sub(halvings)]
    }

    /// Twice as much, 16x at most.
    #[must_use]
    pub fn doubled(self) -> Self {
        Self::ALL[(self.stages() + 1).min(STAGES)]
    }
}

/// The kind of half-band filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Phase {
    /// Symmetric equiripple FIR, 120 dB: every frequency is delayed alike.
    #[default]
    Linear,
    /// The same up; down, the last stage stops at half the base rate and passes 19.4 kHz at 44.1 kHz: nothing folds to the top
    /// of the band.
    Steep,
    /// What [`Linear`](Self::Linear) does from twice the base rate on, for a wave that comes at twice its rate: all that is below a
    /// quarter of the rate that it comes at passes.
    Doubled,
    /// The same with 80 dB, for waves that only correct another.
    DoubledShort,
    /// 51 taps that are within 0.2 dB up to 18.4 kHz at 44.1 kHz but let images through: for measuring peaks soon.
    Peaks,
    /// Elliptic two-path allpass, 100 dB: the lowest latency.
    Minimum,
}

/// `factor * x + addend`; fused where a [`Kernel`](crate::simd::Kernel) is compiled for a processor that fuses.
#[inline(always)]
pub(crate) fn multiply_add<const FUSED: bool, T: Sample>(factor: T, x: T, addend: T) -> T {
    if FUSED { factor.fused(x, addend) } else { factor * x + addend }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// `f32` or `f64`: what the filters compute in.
pub trait Sample:
    sealed::Sealed
    + Copy
    + Default
    + Send
    + Sync
    + std::fmt::Debug
    + std::ops::Add<Output = Self>
    + std::ops::Sub<Output = Self>
    + std::ops::Neg<Output = Self>
    + std::ops::Mul<Output = Self>
    + 'static
{
    /// One half.
    const HALF: Self;
    /// `self * factor + addend`, rounded once.
    fn fused(self, factor: Self, addend: Self) -> Self;
    /// The nearest number of this type.
    fn from_f64(x: f64) -> Self;
    /// From a host's sample, exactly.
    fn from_f32(x: f32) -> Self;
    /// To a host's sample.
    fn to_f32(self) -> f32;
    /// What filters of this type need while they work, one set for each audio thread.
    #[doc(hidden)]
    fn filter_buffers() -> &'static Pool<FilterBuffers<Self>>;
}

impl Sample for f32 {
    const HALF: Self = 0.5;
    #[inline(always)]
    fn fused(self, factor: Self, addend: Self) -> Self {
        self.mul_add(factor, addend)
    }
    fn from_f64(x: f64) -> Self {
        x as Self
    }
    fn from_f32(x: f32) -> Self {
        x
    }
    fn to_f32(self) -> f32 {
        self
    }
    fn filter_buffers() -> &'static Pool<FilterBuffers<Self>> {
        static BUFFERS: Pool<FilterBuffers<f32>> = Pool::new();
        &BUFFERS
    }
}

impl Sample for f64 {
    const HALF: Self = 0.5;
    #[inline(always)]
    fn fused(self, factor: Self, addend: Self) -> Self {
        self.mul_add(factor, addend)
    }
    fn from_f64(x: f64) -> Self {
        x
    }
    fn from_f32(x: f32) -> Self {
        Self::from(x)
    }
    fn to_f32(self) -> f32 {
        self as f32
    }
    fn filter_buffers() -> &'static Pool<FilterBuffers<Self>> {
        static BUFFERS: Pool<FilterBuffers<f64>> = Pool::new();
        &BUFFERS
    }
}
