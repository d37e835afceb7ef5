//! Filters between the base rate and twice of it that stop at half the base rate, which no half-band filter does.

use super::Sample;
use super::design::{DOUBLER_HALF, STEEP_HALF, doubler_low_pass, low_pass, steep_low_pass};
use super::fir::{Symmetric, deinterleave, interleave};
use crate::simd::{self, dispatch};

/// Frames handled at once.
const CHUNK: usize = 64;

/// Every other tap from `first` on.
fn every_other(taps: &[f64], first: usize, gain: f64) -> Vec<f64> {
    taps.iter().skip(first).step_by(2).map(|tap| gain * tap).collect()
}

#[inline(always)]
fn add<T: Sample>(sums: &mut [T], more: &[T]) {
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum = *sum + *more;
    }
}

/// Twice the rate to the base rate; nothing folds.
#[derive(Debug, Clone)]
pub(super) struct SteepDown<T, const CH: usize> {
    first: Symmetric<T, CH>,
    second: Symmetric<T, CH>,
    firsts: Vec<[T; CH]>,
    seconds: Vec<[T; CH]>,
    of_seconds: Vec<[T; CH]>,
}

// The middle tap falls on the second sample of each pair, as it does in a half-band filter.
const _: () = assert!(STEEP_HALF % 2 == 1);

impl<T: Sample, const CH: usize> SteepDown<T, CH> {
    /// For up to `max_frames` of output at once. Allocates.
    pub(super) fn new(max_frames: usize) -> Self {
        let taps = steep_low_pass();
        let zeros = || vec![[T::default(); CH]; max_frames];
        Self {
            first: Symmetric::new(&every_other(&taps, 0, 1.0), false, 0, max_frames),
            second: Symmetric::new(&every_other(&taps, 1, 1.0), true, 1, max_frames),
            firsts: zeros(),
            seconds: zeros(),
            of_seconds: zeros(),
        }
    }

    pub(super) fn reset(&mut self) {
        self.first.reset();
        self.second.reset();
    }

    /// `input` is twice as long as `output`, which is no longer than `max_frames`.
    pub(super) fn process(&mut self, input: &[[T; CH]], output: &mut [[T; CH]]) {
        let new = output.len();
        let (firsts, seconds) = (&mut self.firsts[..new], &mut self.seconds[..new]);
        dispatch!(simd::level(), _ => deinterleave(input, firsts, seconds));
        let of_seconds = &mut self.of_seconds[..new];
        self.first.process(firsts, output);
        self.second.process(seconds, of_seconds);
        dispatch!(simd::level(), _ => add(output.as_flattened_mut(), of_seconds.as_flattened()));
    }
}

/// Doubles the rate of a wave and leaves no image of it: 70 dB from half the base rate on, within 0.1 dB up to 19.8 kHz at
/// 44.1 kHz.
///
/// A half-band filter lets through images of what lies just below half the base rate. To what looks at the wave between its
/// samples they are a beat, different at each period of a tone; here a periodic wave stays one.
#[derive(Debug, Clone)]
pub struct Doubler<T, const CH: usize> {
    even: Symmetric<T, CH>,
    odd: Symmetric<T, CH>,
    evens: Vec<[T; CH]>,
    odds: Vec<[T; CH]>,
}

const _: () = assert!(DOUBLER_HALF.is_multiple_of(2));

impl<T: Sample, const CH: usize> Default for Doubler<T, CH> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Sample, const CH: usize> Doubler<T, CH> {
    /// The delay in samples of the base rate: the first sample of each pair stands where the base sample so long ago stood.
    pub const DELAY_SAMPLES: usize = DOUBLER_HALF / 2;

    /// At rest. Allocates.
    #[must_use]
    pub fn new() -> Self {
        let taps = doubler_low_pass();
        let zeros = || vec![[T::default(); CH]; CHUNK];
        Self {
            even: Symmetric::new(&every_other(&taps, 0, 2.0), true, 0, CHUNK),
            odd: Symmetric::new(&every_other(&taps, 1, 2.0), false, 0, CHUNK),
            evens: zeros(),
            odds: zeros(),
        }
    }

    /// Clears the memory. Realtime-safe.
    pub fn reset(&mut self) {
        self.even.reset();
        self.odd.reset();
    }

    /// Fills `output`, which is twice as long as `input` (the shorter of the two rules). Any block split gives the same
    /// numbers. Realtime-safe.
    pub fn process(&mut self, input: &[[T; CH]], output: &mut [[T; CH]]) {
        for (input, output) in input.chunks(CHUNK).zip(output.chunks_mut(2 * CHUNK)) {
            let new = input.len().min(output.len() / 2);
            let (evens, odds) = (&mut self.evens[..new], &mut self.odds[..new]);
            self.even.process(&input[..new], evens);
            self.odd.process(&input[..new], odds);
            dispatch!(simd::level(), _ => interleave(evens, odds, &mut output[..2 * new]));
        }
    }
}

/// A linear-phase low-pass at one rate.
#[derive(Debug, Clone)]
pub struct LowPass<T, const CH: usize> {
    fir: Symmetric<T, CH>,
    delay_samples: usize,
}

impl<T: Sample, const CH: usize> LowPass<T, CH> {
    /// A sinc under a Kaiser window of `beta`, `2 delay_samples + 1` taps long; the cutoff (-6 dB) is a share of the sample
    /// rate, 0 .. 0.5. Allocates.
    #[must_use]
    pub fn new(delay_samples: usize, cutoff: f64, beta: f64) -> Self {
        Self { fir: Symmetric::new(&low_pass(delay_samples, cutoff, beta), true, 0, 2 * CHUNK), delay_samples }
    }

    /// The delay in samples, for all frequencies.
    #[must_use]
    pub fn delay_samples(&self) -> usize {
        self.delay_samples
    }

    /// Clears the memory. Realtime-safe.
    pub fn reset(&mut self) {
        self.fir.reset();
    }

    /// Fills `output` from `input`; the shorter of the two rules. Any block split gives the same numbers. Realtime-safe.
    pub fn process(&mut self, input: &[[T; CH]], output: &mut [[T; CH]]) {
        for (input, output) in input.chunks(2 * CHUNK).zip(output.chunks_mut(2 * CHUNK)) {
            let new = input.len().min(output.len());
            self.fir.process(&input[..new], &mut output[..new]);
        }
    }
}
