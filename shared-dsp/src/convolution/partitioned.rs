//! A long FIR for two channels by partitioned transforms, its work spread evenly over time.
//!
//! Uniform partitions, overlap and save (William G. Gardner, *Efficient Convolution without Input-Output Delay*, JAES
//! 1995, has the idea and its kin). A block is transformed, multiplied with all partitions and transformed back in the
//! time that the next one takes to come in, a little every 64 frames, so that no block of a host has more to do than another.
//! That makes the delay two blocks, and it is the same however a host cuts its own.

use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

use super::partitions::{
    Bins, CHANNELS, PartitionedKernel, SMALLEST_BLOCK, WIDTH, multiply_add, partition_samples, stride,
};
use super::slot::{KernelSlot, kernel_methods};
use crate::simd::{self, dispatch};

/// Work is done every so many frames.
const GRID: usize = 64;
/// What a transform costs, in partitions.
const TRANSFORM_COST: usize = 12;
/// Transforms of one block size.
struct Plan {
    block: usize,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
}

/// One channel.
struct Channel {
    /// What came in, as a ring.
    past: Vec<f32>,
    /// The transforms of the last blocks, as a ring of them.
    spectra: Bins,
    /// What the kernel in use and the next one make of a block.
    sums: [Bins; 2],
    results: [Vec<f32>; 2],
    out: Vec<f32>,
}

/// Two channels through long FIRs with a kernel each, cross-faded. `R` is what the kernels are designed for, their length
/// among it.
pub struct PartitionedFir<R> {
    slot: KernelSlot<R, PartitionedKernel>,
    plans: Vec<Plan>,
    plan: usize,
    partitions: usize,
    channels: [Channel; CHANNELS],
    shares: Vec<f32>,
    is_fading: bool,
    real: Vec<f32>,
    complex: Vec<Complex32>,
    scratch: Vec<Complex32>,
    /// Where in the ring the next frame goes, and where the block at work ends.
    write: usize,
    edge: usize,
    /// Frames of the block that comes in now.
    position: usize,
    /// Whether the block at work has its kernels: it takes them when the next frame comes in.
    is_begun: bool,
    /// The place of the newest transform in the ring.
    head: usize,
    /// Tasks that are done of the block at work, and what all of them and those done cost.
    task: usize,
    spent: usize,
}

impl<R: Copy + PartialEq + Send + 'static> PartitionedFir<R> {
    /// Room for kernels of up to `max_samples` (a power of two), with the kernel for `first`, of `samples`. `design` runs off
    /// the audio thread. Allocates.
    #[must_use]
    pub fn new(
        max_samples: usize,
        samples: usize,
        first: R,
        design: impl FnMut(&R) -> PartitionedKernel + Send + 'static,
    ) -> Self {
        let largest = partition_samples(max_samples);
        let mut planner = RealFftPlanner::<f32>::new();
        let mut plans = Vec::new();
        let mut block = SMALLEST_BLOCK;
        while block <= largest {
            let (forward, inverse) = (planner.plan_fft_forward(2 * block), planner.plan_fft_inverse(2 * block));
            plans.push(Plan { block, forward, inverse });
            block *= 2;
        }
        let scratch = plans
            .iter()
            .map(|plan| plan.forward.get_scratch_len().max(plan.inverse.get_scratch_len()))
            .fold(0, usize::max);
        let bins = (max_samples / SMALLEST_BLOCK).max(1) * (SMALLEST_BLOCK + WIDTH);
        let channel = || Channel {
            past: vec![0.0; (max_samples / 2 + 4 * largest).next_power_of_two()],
            spectra: Bins::new(bins),
            sums: [Bins::new(stride(largest)), Bins::new(stride(largest))],
            results: [vec![0.0; largest], vec![0.0; largest]],
            out: vec![0.0; largest],
        };
        let mut new = Self {
            slot: KernelSlot::new(first, design),
            plans,
            plan: 0,
            partitions: 1,
            channels: [channel(), channel()],
            shares: vec![0.0; largest],
            is_fading: false,
            real: vec![0.0; 2 * largest],
            complex: vec![Complex32::default(); largest + 1],
            scratch: vec![Complex32::default(); scratch],
            write: 0,
            edge: 0,
            position: 0,
            is_begun: false,
            head: 0,
            task: 0,
            spent: 0,
        };
        new.set_length(samples);
        new
    }

    /// Of the memory only what kernels of this length use is ever touched: there is room for very long ones.
    fn set_length(&mut self, samples: usize) {
        let block = partition_samples(samples);
        self.plan = self.plans.iter().position(|plan| plan.block == block).unwrap_or(0);
        self.partitions = (samples / self.block()).max(1);
    }

    kernel_methods!();

    /// Clears the memory, and wants the kernel of `wanted`, of `samples`, from the start; see [`KernelSlot::reset`]. A kernel of
    /// another length is a delay until the wanted one is there. Realtime-safe.
    pub fn reset(&mut self, wanted: R, samples: usize) {
        self.set_length(samples);
        let used = self.partitions * stride(self.block());
        for channel in &mut self.channels {
            channel.past.fill(0.0);
            channel.spectra.re[..used].fill(0.0);
            channel.spectra.im[..used].fill(0.0);
            channel.out.fill(0.0);
            channel.results.iter_mut().for_each(|result| result.fill(0.0));
        }
        (self.write, self.position, self.head) = (0, 0, 0);
        self.slot.reset(wanted);
        self.is_begun = false;
    }

    /// The delay that is added to the kernel's own: two blocks.
    #[must_use]
    pub fn added_latency_samples(kernel_samples: usize) -> usize {
        2 * partition_samples(kernel_samples)
    }

    fn block(&self) -> usize {
        self.plans[self.plan].block
    }

    /// In place. Realtime-safe.
    pub fn process(&mut self, frames: &mut [[f64; CHANNELS]]) {
        let mut rest = frames;
        while !rest.is_empty() {
            if !self.is_begun {
                self.begin();
            }
            let count = (GRID - self.position % GRID).min(rest.len());
            let (now, later) = rest.split_at_mut(count);
            rest = later;
            let mask = self.channels[0].past.len() - 1;
            for (n, channel) in self.channels.iter_mut().enumerate() {
                for (at, frame) in now.iter_mut().enumerate() {
                    channel.past[(self.write + at) & mask] = frame[n] as f32;
                    frame[n] = f64::from(channel.out[self.position + at]);
                }
            }
            self.write = (self.write + count) & mask;
            self.position += count;
            if self.position.is_multiple_of(GRID) {
                self.work();
            }
        }
    }

    /// A share of the work, and at the end of a block the next one.
    fn work(&mut self) {
        let block = self.block();
        let kernels = 1 + usize::from(self.is_fading);
        let all = CHANNELS * (TRANSFORM_COST + kernels * (self.partitions + TRANSFORM_COST));
        let due = (all * self.position).div_ceil(block);
        while self.spent < due && self.do_task(kernels) {}
        if self.position == block {
            // Whatever rounding left.
            while self.do_task(kernels) {}
            self.finish();
            self.position = 0;
            self.is_begun = false;
        }
    }

    /// The next task of the block; false if there is none.
    fn do_task(&mut self, kernels: usize) -> bool {
        let (at, products) = (self.task, CHANNELS * kernels * self.partitions);
        if at < CHANNELS {
            self.transform(at);
            self.spent += TRANSFORM_COST;
        } else if at < CHANNELS + products {
            let at = at - CHANNELS;
            self.multiply(at % CHANNELS, at / CHANNELS % kernels, at / (CHANNELS * kernels));
            self.spent += 1;
        } else if at < CHANNELS + products + CHANNELS * kernels {
            let at = at - CHANNELS - products;
            self.transform_back(at % CHANNELS, at / CHANNELS);
            self.spent += TRANSFORM_COST;
        } else {
            return false;
        }
        self.task += 1;
        true
    }

    /// A block has come in: its kernels are those that are there now.
    fn begin(&mut self) {
        self.is_begun = true;
        self.edge = self.write;
        (self.task, self.spent) = (0, 0);
        self.head = (self.head + 1) % self.partitions;
        self.slot.receive();
        let block = self.block();
        self.is_fading = self.slot.kernels(&mut self.shares[..block]).1.is_some();
        for sum in self.channels.iter_mut().flat_map(|channel| &mut channel.sums) {
            sum.fill(0.0);
        }
    }

    /// What came of the block is put out from now on.
    fn finish(&mut self) {
        let block = self.block();
        for channel in &mut self.channels {
            let [now, next] = &channel.results;
            if self.is_fading {
                for (((out, now), next), share) in channel.out.iter_mut().zip(now).zip(next).zip(&self.shares[..block])
                {
                    *out = if *share >= 1.0 { *next } else { now + (next - now) * share };
                }
            } else {
                channel.out[..block].copy_from_slice(&now[..block]);
            }
        }
        self.slot.advance();
    }

    fn transform(&mut self, channel: usize) {
        let plan = &self.plans[self.plan];
        let channel = &mut self.channels[channel];
        let input = &mut self.real[..2 * plan.block];
        copy_from_ring(&channel.past, self.edge.wrapping_sub(2 * plan.block), input);
        let output = &mut self.complex[..plan.block + 1];
        // Buffers as long as the plan wants them: there is nothing that can fail.
        if plan.forward.process_with_scratch(input, output, &mut self.scratch).is_ok() {
            channel.spectra.put(self.head * stride(plan.block), output);
        }
    }

    fn multiply(&mut self, channel: usize, kernel: usize, partition: usize) {
        let plan = &self.plans[self.plan];
        let stride = stride(plan.block);
        let (now, next) = self.slot.kernels(&mut []);
        let used = if kernel == 0 { Some(now) } else { next };
        let Some(bins) = used.and_then(|kernel| kernel.bins(channel, plan.block, self.partitions)) else { return };
        let [first, second] = &mut self.channels;
        let (own, other) = if channel == 0 { (first, second) } else { (second, first) };
        let old = (self.head + self.partitions - partition) % self.partitions * stride;
        let at = partition * stride;
        let Channel { spectra, sums, .. } = own;
        let sum = &mut sums[kernel];
        let mut add = |input: &Bins, bins: &Bins| {
            let x = [&input.re[old..old + stride], &input.im[old..old + stride]];
            let kernel_bins = [&bins.re[at..at + stride], &bins.im[at..at + stride]];
            dispatch!(simd::level(), simd => multiply_add(simd, sum, x, kernel_bins));
        };
        add(spectra, bins);
        if let Some(across) = used.and_then(|kernel| kernel.across.as_ref()) {
            // What is kept from the first channel to the second one goes to the second one.
            add(&other.spectra, &across[1 - channel]);
        }
    }

    fn transform_back(&mut self, channel: usize, kernel: usize) {
        let plan = &self.plans[self.plan];
        let block = plan.block;
        let (now, next) = self.slot.kernels(&mut []);
        let used = if kernel == 0 { Some(now) } else { next };
        let is_wire = used.and_then(|kernel| kernel.bins(channel, block, self.partitions)).is_none();
        let Channel { past, sums, results, .. } = &mut self.channels[channel];
        let result = &mut results[kernel][..block];
        if is_wire {
            copy_from_ring(past, self.edge.wrapping_sub(block + self.partitions * block / 2), result);
            return;
        }
        let bins = &mut self.complex[..block + 1];
        for ((bin, re), im) in bins.iter_mut().zip(&sums[kernel].re).zip(&sums[kernel].im) {
            *bin = Complex32::new(*re, *im);
        }
        // Both are real but for rounding.
        (bins[0].im, bins[block].im) = (0.0, 0.0);
        let output = &mut self.real[..2 * block];
        if plan.inverse.process_with_scratch(bins, output, &mut self.scratch).is_ok() {
            result.copy_from_slice(&output[block..]);
        }
    }
}

/// From a ring whose length is a power of two.
fn copy_from_ring(ring: &[f32], from: usize, out: &mut [f32]) {
    let from = from & (ring.len() - 1);
    let first = out.len().min(ring.len() - from);
    out[..first].copy_from_slice(&ring[from..from + first]);
    let rest = out.len() - first;
    out[first..].copy_from_slice(&ring[..rest]);
}
