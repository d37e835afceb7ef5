//! One linear-phase half-band stage, up and down: `H(z) = (g(z^2) + z^-(2m-1)) / 2`.
//!
//! Up, the even outputs are the branch `g` and the odd ones are the input, delayed; down, the branch takes the even inputs.
//! The samples of all channels lie interleaved and the loops run over outputs, so that time and channels fill vectors
//! alike. Every output is summed in one fixed order, whatever its place in a block: results do not depend on the cut.

use super::Sample;

/// Numbers computed side by side: enough to hide the latency of an addition in the widest vectors.
const LANES: usize = 16;

/// `out[i] = sum over j of taps[j] (x[i + j CH] + x[i + (2m-1-j) CH])`, the symmetric branch folded.
#[inline(always)]
fn branch_body<T: Sample, const CH: usize>(taps: &[T], x: &[T], out: &mut [T]) {
    let last = 2 * taps.len() - 1;
    let mut start = 0;
    let mut chunks = out.chunks_exact_mut(LANES);
    for chunk in &mut chunks {
        let mut sums = [T::default(); LANES];
        for (j, &tap) in taps.iter().enumerate() {
            let early = &x[start + j * CH..][..LANES];
            let late = &x[start + (last - j) * CH..][..LANES];
            for lane in 0..LANES {
                sums[lane] = sums[lane] + tap * (early[lane] + late[lane]);
            }
        }
        chunk.copy_from_slice(&sums);
        start += LANES;
    }
    for out in chunks.into_remainder() {
        let mut sum = T::default();
        for (j, &tap) in taps.iter().enumerate() {
            sum = sum + tap * (x[start + j * CH] + x[start + (last - j) * CH]);
        }
        *out = sum;
        start += 1;
    }
}

/// The same code, compiled for AVX2. No fused multiply-add: the sum stays bit-identical on every machine.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn branch_avx2<T: Sample, const CH: usize>(taps: &[T], x: &[T], out: &mut [T]) {
    branch_body::<T, CH>(taps, x, out);
}

fn branch<T: Sample, const CH: usize>(taps: &[T], x: &[T], out: &mut [T]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor was just seen to have AVX2, which is all that the function asks for.
        unsafe { branch_avx2::<T, CH>(taps, x, out) };
        return;
    }
    branch_body::<T, CH>(taps, x, out);
}

/// A window on the newest frames with `history` frames before them, contiguous.
#[derive(Debug, Clone)]
struct Window<T, const CH: usize> {
    frames: Vec<[T; CH]>,
    history: usize,
}

impl<T: Sample, const CH: usize> Window<T, CH> {
    fn new(history: usize, max_frames: usize) -> Self {
        Self { frames: vec![[T::default(); CH]; history + max_frames], history }
    }

    fn reset(&mut self) {
        self.frames.fill([T::default(); CH]);
    }

    /// Makes the last `history` of the `history + new` frames the past of the next block.
    fn advance(&mut self, new: usize) {
        self.frames.copy_within(new..new + self.history, 0);
    }
}

/// Base rate to twice the rate.
#[derive(Debug, Clone)]
pub(super) struct FirUp<T, const CH: usize> {
    taps: Vec<T>,
    window: Window<T, CH>,
    even: Vec<[T; CH]>,
}

impl<T: Sample, const CH: usize> FirUp<T, CH> {
    pub(super) fn new(half_taps: &[f64], max_frames: usize) -> Self {
        Self {
            taps: half_taps.iter().map(|&tap| T::from_f64(tap)).collect(),
            window: Window::new(2 * half_taps.len() - 1, max_frames),
            even: vec![[T::default(); CH]; max_frames],
        }
    }

    pub(super) fn reset(&mut self) {
        self.window.reset();
    }

    /// `output` is twice as long as `input`, which is no longer than `max_frames`.
    pub(super) fn process(&mut self, input: &[[T; CH]], output: &mut [[T; CH]]) {
        let (m, new) = (self.taps.len(), input.len());
        self.window.frames[self.window.history..][..new].copy_from_slice(input);
        let even = &mut self.even[..new];
        branch::<T, CH>(&self.taps, self.window.frames.as_flattened(), even.as_flattened_mut());
        for ((pair, even), delayed) in output.chunks_exact_mut(2).zip(even).zip(&self.window.frames[m..]) {
            pair[0] = *even;
            pair[1] = *delayed;
        }
        self.window.advance(new);
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
    pub(super) fn new(half_taps: &[f64], max_frames: usize) -> Self {
        let m = half_taps.len();
        Self {
            // The halves of H are taken into the taps and, below, into the delayed branch.
            taps: half_taps.iter().map(|&tap| T::from_f64(0.5 * tap)).collect(),
            even: Window::new(2 * m - 1, max_frames),
            odd: Window::new(m, max_frames),
        }
    }

    pub(super) fn reset(&mut self) {
        self.even.reset();
        self.odd.reset();
    }

    /// `input` is twice as long as `output`, which is no longer than `max_frames`.
    pub(super) fn process(&mut self, input: &[[T; CH]], output: &mut [[T; CH]]) {
        let new = output.len();
        let even = self.even.frames[self.even.history..].iter_mut();
        let odd = self.odd.frames[self.odd.history..].iter_mut();
        for ((pair, even), odd) in input.chunks_exact(2).zip(even).zip(odd) {
            *even = pair[0];
            *odd = pair[1];
        }
        branch::<T, CH>(&self.taps, self.even.frames.as_flattened(), output.as_flattened_mut());
        for (out, delayed) in output.as_flattened_mut().iter_mut().zip(self.odd.frames.as_flattened()) {
            *out = *out + T::HALF * *delayed;
        }
        self.even.advance(new);
        self.odd.advance(new);
    }
}
