//! A lower sample rate for what needs no higher one.

use std::f64::consts::{PI, TAU};

/// Lowers the sample rate of two channels by a whole number, behind a low-pass of linear phase: a sinc in the 4-term
/// Blackman-Harris window, -90 dB and less where it must stop.
#[derive(Debug, Clone)]
pub(super) struct Reducer {
    taps: Vec<f32>,
    factor: usize,
    held: [Vec<f32>; 2],
    out: [Vec<f32>; 2],
}

impl Reducer {
    /// Keeps what is below `pass` (a share of the new Nyquist frequency); what folds back lies above that. Allocates.
    pub(super) fn new(factor: usize, pass: f64) -> Self {
        // The window's main lobe is 8 bins wide: from the pass band to the first that may fold back onto it.
        let half = (4.0 * factor as f64 / (1.0 - pass).clamp(0.05, 1.0)).ceil() as i64;
        let length = (2 * half + 1) as f64;
        let mut taps: Vec<f64> = (-half..=half)
            .map(|n| {
                let x = PI * n as f64 / factor as f64;
                let sinc = if n == 0 { 1.0 } else { x.sin() / x };
                let turn = TAU * ((n + half) as f64 + 0.5) / length;
                let window =
                    0.35875 - 0.48829 * turn.cos() + 0.14128 * (2.0 * turn).cos() - 0.01168 * (3.0 * turn).cos();
                sinc * window
            })
            .collect();
        let sum: f64 = taps.iter().sum();
        taps.iter_mut().for_each(|tap| *tap /= sum);
        Self {
            held: [vec![0.0; taps.len() - 1], vec![0.0; taps.len() - 1]],
            taps: taps.into_iter().map(|tap| tap as f32).collect(),
            factor,
            out: [Vec::new(), Vec::new()],
        }
    }

    /// The next frames at the lower rate.
    pub(super) fn process(&mut self, channels: [&[f32]; 2]) -> [&[f32]; 2] {
        for ((held, out), channel) in self.held.iter_mut().zip(&mut self.out).zip(channels) {
            held.extend_from_slice(channel);
            out.clear();
            let mut at = 0;
            while at + self.taps.len() <= held.len() {
                out.push(dot(&self.taps, &held[at..at + self.taps.len()]));
                at += self.factor;
            }
            held.drain(..at);
        }
        [&self.out[0], &self.out[1]]
    }

    /// Clears its memory.
    pub(super) fn reset(&mut self) {
        let count = self.taps.len() - 1;
        for held in &mut self.held {
            held.clear();
            held.resize(count, 0.0);
        }
    }
}

/// In eight sums, so that it runs in vectors.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; 8];
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a.zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    sums.iter().sum::<f32>() + rest
}
