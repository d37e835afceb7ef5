//! Kernels of [`PartitionedFir`](super::PartitionedFir)(super::PartitionedFir): cut into partitions and transformed.

use std::sync::Arc;

use fearless_simd::{Simd, f32x8, prelude::*};
use realfft::RealFftPlanner;
use realfft::num_complex::Complex32;

pub(super) const CHANNELS: usize = 2;
pub(super) const SMALLEST_BLOCK: usize = 256;
/// Up to this length blocks grow no further than a thousand, and two thousand beyond.
const LONG_SAMPLES: usize = 1 << 16;
/// Vectors of bins.
pub(super) const WIDTH: usize = 8;

/// The block of [`PartitionedFir`](super::PartitionedFir) for kernels of this length: a sixteenth of it, within 256..1024, for the longest 2048.
#[must_use]
pub fn partition_samples(kernel_samples: usize) -> usize {
    let largest = if kernel_samples > LONG_SAMPLES { 2048 } else { 1024 };
    (kernel_samples / 16).next_power_of_two().clamp(SMALLEST_BLOCK, largest)
}

/// Room for the bins of a transform, in whole vectors.
pub(super) fn stride(block: usize) -> usize {
    (block + 1).next_multiple_of(WIDTH)
}

/// Real parts, then imaginary ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Bins {
    pub(super) re: Vec<f32>,
    pub(super) im: Vec<f32>,
}

impl Bins {
    pub(super) fn new(length: usize) -> Self {
        Self { re: vec![0.0; length], im: vec![0.0; length] }
    }

    pub(super) fn put(&mut self, at: usize, bins: &[Complex32]) {
        let places = self.re[at..].iter_mut().zip(&mut self.im[at..]);
        for ((re, im), bin) in places.zip(bins) {
            (*re, *im) = (bin.re, bin.im);
        }
    }

    pub(super) fn fill(&mut self, x: f32) {
        self.re.fill(x);
        self.im.fill(x);
    }
}

/// A kernel in the form that [`PartitionedFir`](super::PartitionedFir) uses.
#[derive(Debug, Clone)]
pub struct PartitionedKernel {
    block: usize,
    samples: usize,
    /// Both channels' partitions, one after the other; `None` is a delay of half the length. Two that are the same are one.
    channels: [Option<Arc<Bins>>; CHANNELS],
    /// From each channel to the other one; only where both channels have partitions.
    pub(super) across: Option<[Arc<Bins>; CHANNELS]>,
}

impl PartitionedKernel {
    /// Of taps for both channels (the same slice twice is kept once), cut off or filled up to `samples`, which must be a
    /// power of two of 512 and more. `None` delays by half of `samples`, bit for bit. Allocates, and plans transforms: not for
    /// the audio thread.
    #[must_use]
    pub fn new(taps: [Option<&[f64]>; CHANNELS], samples: usize) -> Self {
        let block = partition_samples(samples);
        let bins = |taps: &[f64]| Arc::new(partitions(taps, samples, block));
        let first = taps[0].map(bins);
        let second = match taps {
            [Some(a), Some(b)] if std::ptr::eq(a, b) || a == b => first.clone(),
            _ => taps[1].map(bins),
        };
        Self { block, samples, channels: [first, second], across: None }
    }

    /// Of taps for both channels and from the first to the second one and from the second to the first, too: what mid and
    /// side need on left and right. Otherwise as [`new`](Self::new).
    #[must_use]
    pub fn with_across(taps: [&[f64]; CHANNELS], across: [&[f64]; CHANNELS], samples: usize) -> Self {
        let block = partition_samples(samples);
        let across = across.map(|taps| Arc::new(partitions(taps, samples, block)));
        Self { across: Some(across), ..Self::new(taps.map(Some), samples) }
    }

    /// A channel's partitions, if it has any and they are this many of this block.
    pub(super) fn bins(&self, channel: usize, block: usize, partitions: usize) -> Option<&Bins> {
        if self.block != block || self.samples != partitions * block {
            return None;
        }
        self.channels[channel].as_deref()
    }
}

fn partitions(taps: &[f64], samples: usize, block: usize) -> Bins {
    let plan = RealFftPlanner::<f32>::new().plan_fft_forward(2 * block);
    let (mut input, mut output) = (plan.make_input_vec(), plan.make_output_vec());
    let mut bins = Bins::new(samples / block * stride(block));
    let scale = 1.0 / (2 * block) as f64;
    for partition in 0..samples / block {
        input.fill(0.0);
        let taps = taps.get(partition * block..).unwrap_or_default();
        input.iter_mut().zip(taps.iter().take(block)).for_each(|(x, tap)| *x = (tap * scale) as f32);
        // Buffers of its own making: there is nothing that can fail.
        if plan.process(&mut input, &mut output).is_ok() {
            bins.put(partition * stride(block), &output);
        }
    }
    bins
}

/// `sum += x * kernel`, bin by bin.
#[inline(always)]
pub(super) fn multiply_add<S: Simd>(simd: S, sum: &mut Bins, x: [&[f32]; 2], kernel: [&[f32]; 2]) {
    let sums = sum.re.chunks_exact_mut(WIDTH).zip(sum.im.chunks_exact_mut(WIDTH));
    let x = x[0].chunks_exact(WIDTH).zip(x[1].chunks_exact(WIDTH));
    let kernel = kernel[0].chunks_exact(WIDTH).zip(kernel[1].chunks_exact(WIDTH));
    for (((sum_re, sum_im), (x_re, x_im)), (k_re, k_im)) in sums.zip(x).zip(kernel) {
        let (x_re, x_im) = (f32x8::from_slice(simd, x_re), f32x8::from_slice(simd, x_im));
        let (k_re, k_im) = (f32x8::from_slice(simd, k_re), f32x8::from_slice(simd, k_im));
        let re = x_re.mul_add(k_re, f32x8::from_slice(simd, sum_re));
        let im = x_re.mul_add(k_im, f32x8::from_slice(simd, sum_im));
        (re - x_im * k_im).store_slice(sum_re);
        x_im.mul_add(k_re, im).store_slice(sum_im);
    }
}
