//! Plain sums of a sub-block: what levels and stereo readings are made of.

use super::MAX_CHANNELS;
use super::channels::MAX_PAIRS;

/// The greatest positive code of 16 bits: a sample that reaches it is taken as clipped at whatever depth.
const CLIPPED: f32 = 32_767.0 / 32_768.0;

/// Sums over frames of one pair of channels.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PairSums {
    /// Sum of each channel: its DC.
    pub(super) sum: [f64; 2],
    /// Sum of squares.
    pub(super) square: [f64; 2],
    /// Sum of magnitudes.
    pub(super) magnitude: [f64; 2],
    /// Sum of left times right.
    pub(super) product: f64,
}

impl PairSums {
    /// Takes a frame.
    #[inline(always)]
    pub(super) fn push(&mut self, frame: [f32; 2]) {
        let x = frame.map(f64::from);
        for (side, x) in x.into_iter().enumerate() {
            self.sum[side] += x;
            self.square[side] += x * x;
            self.magnitude[side] += x.abs();
        }
        self.product += x[0] * x[1];
    }

    pub(super) fn add(&mut self, other: &Self) {
        for side in 0..2 {
            self.sum[side] += other.sum[side];
            self.square[side] += other.square[side];
            self.magnitude[side] += other.magnitude[side];
        }
        self.product += other.product;
    }
}

/// A sub-block of all channels, growing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Levels {
    pub(super) pairs: [PairSums; MAX_PAIRS],
    /// Greatest magnitude of each channel.
    pub(super) peak: [f32; MAX_CHANNELS],
    /// Samples at or above the greatest code of 16 bits, all channels.
    pub(super) clipped: u64,
}

impl Levels {
    /// Takes frames of one pair. The sums grow frame by frame, so that they do not depend on the block.
    #[inline(always)]
    pub(super) fn take_peaks(&mut self, pair: usize, frames: &[[f32; 2]]) {
        let mut peaks = [0.0_f32; 8];
        let mut clipped = [0_u32; 8];
        let (vectors, rest) = frames.as_flattened().as_chunks::<8>();
        let mut take = |lane: usize, x: f32| {
            let magnitude = x.abs();
            peaks[lane] = if magnitude > peaks[lane] { magnitude } else { peaks[lane] };
            clipped[lane] += u32::from(magnitude >= CLIPPED);
        };
        for vector in vectors {
            for (lane, &x) in vector.iter().enumerate() {
                take(lane, x);
            }
        }
        for (lane, &x) in rest.iter().enumerate() {
            take(lane, x);
        }
        for (lane, &magnitude) in peaks.iter().enumerate() {
            let peak = &mut self.peak[2 * pair + lane % 2];
            *peak = peak.max(magnitude);
        }
        self.clipped += u64::from(clipped.iter().sum::<u32>());
    }

    /// The channel with the highest sample, and that sample's magnitude.
    pub(super) fn highest(&self) -> (usize, f64) {
        highest(&self.peak.map(f64::from))
    }
}

/// The place of the greatest of these, and that value; the first of equals.
pub(super) fn highest(peaks: &[f64]) -> (usize, f64) {
    peaks.iter().copied().enumerate().fold((0, 0.0), |best, next| if next.1 > best.1 { next } else { best })
}
