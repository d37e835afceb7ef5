//! One linear-phase half-band stage, up and down: `H(z) = (g(z^2) + z^-(2m-1)) / 2`.
//!
//! Up, the even outputs are the branch `g` and the odd ones are the input, delayed; down, the branch takes the even
//! inputs. The samples of all channels lie interleaved and the loops run over outputs, so that time and channels fill
//! vectors alike. Every output is summed in one fixed order, whatever its place in a block: results do not depend on
//! the cut.

use super::shared::{StageBuffers, as_frames};
use super::{Sample, multiply_add};
use crate::simd::{self, Kernel};

/// `out[i] = sum over j of taps[j] (x[i + j CH] + x[i + (last-j) CH])`, a symmetric filter folded: `last` is `2m-1` for an even
/// number of taps, and `2m-2` if `ODD`, where the one in the middle is given as its half.
struct Branch<'a, T, const CH: usize, const ODD: bool> {
    taps: &'a [T],
    x: &'a [T],
    out: &'a mut [T],
}

/// `LANES` neighbouring outputs from `x`, whose first number belongs to the first of them. Even and odd taps have a sum
/// each: a single one would wait for each addition to end.
#[inline(always)]
fn outputs<const FUSED: bool, const ODD: bool, const LANES: usize, const CH: usize, T: Sample>(
    taps: &[T],
    x: &[T],
) -> [T; LANES] {
    let last = 2 * taps.len() - if ODD { 2 } else { 1 };
    let x = &x[..last * CH + LANES];
    let pair = |j: usize| {
        // SAFETY: j < taps.len(), so that both j and last - j are at most `last`, and the slice above, whose length was
        // checked, holds LANES numbers from last * CH and from everything before. The checks would cost as much as the
        // sum.
        unsafe {
            (&*x.as_ptr().add(j * CH).cast::<[T; LANES]>(), &*x.as_ptr().add((last - j) * CH).cast::<[T; LANES]>())
        }
    };
    let mut even = [T::default(); LANES];
    let mut odd = [T::default(); LANES];
    let (twos, rest) = taps.as_chunks::<2>();
    for (two, taps) in twos.iter().enumerate() {
        let (early, late) = pair(2 * two);
        for lane in 0..LANES {
            even[lane] = multiply_add::<FUSED, T>(taps[0], early[lane] + late[lane], even[lane]);
        }
        let (early, late) = pair(2 * two + 1);
        for lane in 0..LANES {
            odd[lane] = multiply_add::<FUSED, T>(taps[1], early[lane] + late[lane], odd[lane]);
        }
    }
    if let [tap] = rest {
        let (early, late) = pair(taps.len() - 1);
        for lane in 0..LANES {
            even[lane] = multiply_add::<FUSED, T>(*tap, early[lane] + late[lane], even[lane]);
        }
    }
    for lane in 0..LANES {
        even[lane] = even[lane] + odd[lane];
    }
    even
}

impl<T: Sample, const CH: usize, const ODD: bool> Branch<'_, T, CH, ODD> {
    #[inline(always)]
    fn run_in<const FUSED: bool, const LANES: usize>(self, taps: &[T]) {
        let mut start = 0;
        let (wide, rest) = self.out.as_chunks_mut::<LANES>();
        for chunk in wide {
            *chunk = outputs::<FUSED, ODD, LANES, CH, T>(taps, &self.x[start..]);
            start += LANES;
        }
        for frame in rest.as_chunks_mut::<CH>().0 {
            *frame = outputs::<FUSED, ODD, CH, CH, T>(taps, &self.x[start..]);
            start += CH;
        }
    }

    /// With the number of taps known, the short filters unroll completely.
    #[inline(always)]
    fn run_unrolled<const FUSED: bool, const LANES: usize>(self) {
        if let Ok(taps) = <&[T; 3]>::try_from(self.taps) {
            self.run_in::<FUSED, LANES>(taps);
        } else if let Ok(taps) = <&[T; 4]>::try_from(self.taps) {
            self.run_in::<FUSED, LANES>(taps);
        } else if let Ok(taps) = <&[T; 5]>::try_from(self.taps) {
            self.run_in::<FUSED, LANES>(taps);
        } else if let Ok(taps) = <&[T; 7]>::try_from(self.taps) {
            self.run_in::<FUSED, LANES>(taps);
        } else {
            let taps = self.taps;
            self.run_in::<FUSED, LANES>(taps);
        }
    }
}

impl<T: Sample, const CH: usize, const ODD: bool> Kernel for Branch<'_, T, CH, ODD> {
    /// Four 256-bit vectors for each partial sum; a multiple of every channel count.
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        if size_of::<T>() == 4 { self.run_unrolled::<FUSED, 32>() } else { self.run_unrolled::<FUSED, 16>() }
    }
}

/// A branch, and its outputs before each delayed frame: the way up in one piece, so that the frames are put in order in vectors, too.
struct Interleaved<'a, T, const CH: usize> {
    taps: &'a [T],
    x: &'a [[T; CH]],
    even: &'a mut [[T; CH]],
    output: &'a mut [[T; CH]],
}

impl<T: Sample, const CH: usize> Kernel for Interleaved<'_, T, CH> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let Self { taps, x, even, output } = self;
        Branch::<T, CH, false> { taps, x: x.as_flattened(), out: even.as_flattened_mut() }.run::<FUSED>();
        interleave(even, &x[taps.len()..], output);
    }
}

/// A branch of the even frames behind their history, and half of the delayed odd ones.
struct Summed<'a, T, const CH: usize> {
    taps: &'a [T],
    input: &'a [[T; CH]],
    evens: &'a mut [[T; CH]],
    odds: &'a mut [[T; CH]],
    output: &'a mut [[T; CH]],
}

impl<T: Sample, const CH: usize> Kernel for Summed<'_, T, CH> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        let Self { taps, input, evens, odds, output } = self;
        let (first_even, first_odd) = (evens.len() - output.len(), odds.len() - output.len());
        deinterleave(input, &mut evens[first_even..], &mut odds[first_odd..]);
        Branch::<T, CH, false> { taps, x: evens.as_flattened(), out: output.as_flattened_mut() }.run::<FUSED>();
        for (out, delayed) in output.as_flattened_mut().iter_mut().zip(odds.as_flattened()) {
            *out = *out + T::HALF * *delayed;
        }
    }
}

/// Fills `output` from `firsts` and `seconds` in turn.
#[inline(always)]
pub(super) fn interleave<F: Copy>(firsts: &[F], seconds: &[F], output: &mut [F]) {
    for ((pair, first), second) in output.as_chunks_mut::<2>().0.iter_mut().zip(firsts).zip(seconds) {
        *pair = [*first, *second];
    }
}

/// The frames of `input` in turn to `firsts` and `seconds`.
#[inline(always)]
pub(super) fn deinterleave<F: Copy>(input: &[F], firsts: &mut [F], seconds: &mut [F]) {
    for ((pair, first), second) in input.as_chunks::<2>().0.iter().zip(firsts).zip(seconds) {
        [*first, *second] = *pair;
    }
}

/// The newest frames with `history` frames before them, in one piece.
///
/// A long history wanders along a longer buffer, so that short blocks seldom pay for moving it back to the start. A short one,
/// which is moved for next to nothing, is put in front of what is new in a line that all instances share: then there is little
/// that each of them drives out of the caches.
#[derive(Debug, Clone)]
struct Window<T, const CH: usize> {
    frames: Vec<[T; CH]>,
    history: usize,
    /// What is new at once at the highest factor; at a lower one it may be twice as much.
    max_frames: usize,
    start: usize,
    is_short: bool,
}

impl<T: Sample, const CH: usize> Window<T, CH> {
    fn new(max_history: usize, max_frames: usize) -> Self {
        Self {
            frames: vec![[T::default(); CH]; 2 * (max_history + max_frames)],
            history: max_history,
            max_frames,
            start: 0,
            is_short: false,
        }
    }

    /// Takes another history, in the shared line if it is short beside what is new at once; clears the memory.
    fn select(&mut self, history: usize) {
        self.history = history;
        self.is_short = history < self.max_frames;
        self.reset();
    }

    fn reset(&mut self) {
        self.frames.fill([T::default(); CH]);
        self.start = 0;
    }

    /// The history and `new` frames after it, for the caller to fill; after these were used, [`keep`](Self::keep) them.
    fn with_new<'a>(&'a mut self, new: usize, line: &'a mut [[T; CH]]) -> &'a mut [[T; CH]] {
        let (history, all) = (self.history, self.history + new);
        if self.is_short {
            line[..history].copy_from_slice(&self.frames[..history]);
            return &mut line[..all];
        }
        if self.start + all > self.frames.len() {
            self.frames.copy_within(self.start..self.start + history, 0);
            self.start = 0;
        }
        &mut self.frames[self.start..self.start + all]
    }

    fn keep(&mut self, new: usize, line: &[[T; CH]]) {
        if self.is_short {
            self.frames[..self.history].copy_from_slice(&line[new..new + self.history]);
        } else {
            self.start += new;
        }
    }
}

/// Base rate to twice the rate.
#[derive(Debug, Clone)]
pub(super) struct FirUp<T, const CH: usize> {
    taps: Vec<T>,
    window: Window<T, CH>,
}

impl<T: Sample, const CH: usize> FirUp<T, CH> {
    /// With room for so many taps and frames; [`select`](Self::select) it before use.
    pub(super) fn new(max_half_taps: usize, max_frames: usize) -> Self {
        Self { taps: Vec::with_capacity(max_half_taps), window: Window::new(2 * max_half_taps - 1, max_frames) }
    }

    /// Takes other taps and clears the memory. Realtime-safe, as there is room.
    pub(super) fn select(&mut self, half_taps: &[f64]) {
        self.taps.clear();
        self.taps.extend(half_taps.iter().map(|&tap| T::from_f64(tap)));
        self.window.select(2 * half_taps.len() - 1);
    }

    pub(super) fn reset(&mut self) {
        self.window.reset();
    }

    /// `output` is twice as long as `input`, which is no longer than twice `max_frames`.
    pub(super) fn process(&mut self, buffers: &mut StageBuffers<T>, input: &[[T; CH]], output: &mut [[T; CH]]) {
        let new = input.len();
        let line = as_frames(&mut buffers.lines[0]);
        let x = self.window.with_new(new, line);
        let first_new = x.len() - new;
        x[first_new..].copy_from_slice(input);
        let even = &mut as_frames(&mut buffers.branch)[..new];
        simd::run(Interleaved { taps: &self.taps, x, even, output });
        self.window.keep(new, line);
    }
}

/// Twice the rate to the base rate.
#[derive(Debug, Clone)]
pub(super) struct FirDown<T, const CH: usize> {
    taps: Vec<T>,
    even: Window<T, CH>,
    odd: Window<T, CH>,
}

impl<T: Sample, const CH: usize> FirDown<T, CH> {
    /// With room for so many taps and frames; [`select`](Self::select) it before use.
    pub(super) fn new(max_half_taps: usize, max_frames: usize) -> Self {
        Self {
            taps: Vec::with_capacity(max_half_taps),
            even: Window::new(2 * max_half_taps - 1, max_frames),
            odd: Window::new(max_half_taps, max_frames),
        }
    }

    /// Takes other taps and clears the memory. Realtime-safe, as there is room.
    pub(super) fn select(&mut self, half_taps: &[f64]) {
        self.taps.clear();
        // The halves of H are taken into the taps and, below, into the delayed branch.
        self.taps.extend(half_taps.iter().map(|&tap| T::from_f64(0.5 * tap)));
        self.even.select(2 * half_taps.len() - 1);
        self.odd.select(half_taps.len());
    }

    pub(super) fn reset(&mut self) {
        self.even.reset();
        self.odd.reset();
    }

    /// `input` is twice as long as `output`, which is no longer than twice `max_frames`.
    pub(super) fn process(&mut self, buffers: &mut StageBuffers<T>, input: &[[T; CH]], output: &mut [[T; CH]]) {
        let new = output.len();
        let [even_line, odd_line] = buffers.lines.each_mut().map(|line| as_frames(line));
        let evens = self.even.with_new(new, even_line);
        let odds = self.odd.with_new(new, odd_line);
        simd::run(Summed { taps: &self.taps, input, evens, odds, output });
        self.even.keep(new, even_line);
        self.odd.keep(new, odd_line);
    }
}

/// A symmetric filter of any length at one rate, with a whole delay: half of what is longer than one tap, and what it is late.
#[derive(Debug, Clone)]
pub(super) struct Symmetric<T, const CH: usize> {
    taps: Vec<T>,
    is_odd: bool,
    window: Window<T, CH>,
}

impl<T: Sample, const CH: usize> Symmetric<T, CH> {
    /// With the first half of the taps, the one in the middle included if their number `is_odd`; `late_samples` more of delay.
    /// For up to `max_frames` at once. Allocates.
    pub(super) fn new(half_taps: &[f64], is_odd: bool, late_samples: usize, max_frames: usize) -> Self {
        let mut taps: Vec<T> = half_taps.iter().map(|&tap| T::from_f64(tap)).collect();
        if let (true, Some(middle)) = (is_odd, taps.last_mut()) {
            *middle = T::HALF * *middle;
        }
        let history = 2 * taps.len() - 1 - usize::from(is_odd) + late_samples;
        Self { taps, is_odd, window: Window::new(history, max_frames) }
    }

    pub(super) fn reset(&mut self) {
        self.window.reset();
    }

    /// `output` is as long as `input`, which is no longer than `max_frames`.
    pub(super) fn process(&mut self, input: &[[T; CH]], output: &mut [[T; CH]]) {
        let new = input.len();
        // Its histories are long: there is no line.
        let x = self.window.with_new(new, &mut []);
        let first_new = x.len() - new;
        x[first_new..].copy_from_slice(input);
        let (taps, x, out) = (&self.taps[..], x.as_flattened(), output.as_flattened_mut());
        if self.is_odd {
            simd::run(Branch::<T, CH, true> { taps, x, out });
        } else {
            simd::run(Branch::<T, CH, false> { taps, x, out });
        }
        self.window.keep(new, &[]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both compiled forms against the plain sum, at every length of output around the width of the vectors.
    #[test]
    fn every_form_is_the_plain_convolution() {
        let number = |i: usize| ((i * 7919 + 13) % 1009) as f64 / 504.5 - 1.0;
        for m in [1, 2, 3, 4, 5, 7, 41] {
            let taps: Vec<f64> = (0..m).map(|j| number(3 * j + 1)).collect();
            for frames in [1, 2, 7, 8, 9, 16, 17, 40] {
                let x: Vec<f64> = (0..2 * (2 * m - 1 + frames)).map(number).collect();
                let plain = |i: usize| -> f64 { (0..2 * m).map(|j| taps[j.min(2 * m - 1 - j)] * x[i + 2 * j]).sum() };
                // An odd number of taps has its middle once.
                let odd = |i: usize| -> f64 {
                    (0..2 * m - 1).map(|j| taps[j.min(2 * m - 2 - j)] * x[i + 2 * j]).sum::<f64>()
                        + taps[m - 1] * x[i + 2 * (m - 1)]
                };
                let mut of_odd = vec![0.0; 2 * frames];
                Branch::<f64, 2, true> { taps: &taps, x: &x, out: &mut of_odd }.run::<false>();
                for (i, out) in of_odd.iter().enumerate() {
                    assert!((out - odd(i)).abs() < 1e-13, "odd, {m} taps, {frames} frames, {i}");
                }
                let (mut fused, mut split) = (vec![0.0; 2 * frames], vec![0.0; 2 * frames]);
                let mut dispatched = fused.clone();
                Branch::<f64, 2, false> { taps: &taps, x: &x, out: &mut fused }.run::<true>();
                Branch::<f64, 2, false> { taps: &taps, x: &x, out: &mut split }.run::<false>();
                simd::run(Branch::<f64, 2, false> { taps: &taps, x: &x, out: &mut dispatched });
                for i in 0..2 * frames {
                    assert!((fused[i] - plain(i)).abs() < 1e-13, "fused, {m} taps, {frames} frames, {i}");
                    assert!((split[i] - plain(i)).abs() < 1e-13, "split, {m} taps, {frames} frames, {i}");
                    assert!(dispatched[i] == fused[i] || dispatched[i] == split[i]);
                }
            }
        }
    }
}
