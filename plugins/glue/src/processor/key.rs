//! What the side chain listens to.

use shared_dsp::delay::DelayLine;
use shared_dsp::dynamics::{KeyFilter, fade_to_mid_side};

use super::grid::CHUNK;

/// The key of one segment, left and right or mid and side, and the key as late as the programme, for listening.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) filter: KeyFilter,
    samples: [[f32; CHUNK]; 2],
    delayed: [[f32; CHUNK]; 2],
    delays: [DelayLine<f32>; 2],
}

/// How the key is made, at one point of the control grid.
#[derive(Debug, Clone, Copy)]
pub(super) struct KeyControls {
    /// From the programme (0) to the side-chain port (1).
    pub(super) external: f64,
    /// From left and right (0) to mid and side (1).
    pub(super) mid_side: f64,
    /// Whether somebody listens to the key.
    pub(super) is_listened_to: bool,
}

impl Key {
    /// With room for a latency of `max_latency_samples`. Allocates.
    pub(super) fn new(max_latency_samples: usize) -> Self {
        Self {
            filter: KeyFilter::default(),
            samples: [[0.0; CHUNK]; 2],
            delayed: [[0.0; CHUNK]; 2],
            delays: [DelayLine::new(max_latency_samples), DelayLine::new(max_latency_samples)],
        }
    }

    /// Clears the memory, but for the filter's, and takes the programme's latency.
    pub(super) fn reset(&mut self, latency_samples: usize) {
        for delay in &mut self.delays {
            delay.start(latency_samples);
        }
    }

    /// Makes the key of one segment. A port that is not connected is silent.
    pub(super) fn process(
        &mut self,
        left: &[f32],
        right: Option<&[f32]>,
        sidechain: Option<(&[f32], &[f32])>,
        controls: KeyControls,
    ) {
        let frames = left.len();
        let [key_left, key_right] = &mut self.samples;
        let (key_left, key_right) = (&mut key_left[..frames], &mut key_right[..frames]);
        key_left.copy_from_slice(left);
        key_right.copy_from_slice(right.unwrap_or(left));
        if controls.external > 0.0 {
            let share = controls.external as f32;
            fade_to(key_left, sidechain.map(|(left, _)| left), share);
            fade_to(key_right, sidechain.map(|(_, right)| right), share);
        }
        self.filter.process(key_left, key_right);
        for ((key, delayed), delay) in
            [&*key_left, &*key_right].into_iter().zip(&mut self.delayed).zip(&mut self.delays)
        {
            if controls.is_listened_to {
                delayed[..frames].copy_from_slice(key);
                delay.process(&mut delayed[..frames]);
            } else {
                delay.write(key);
            }
        }
        if controls.mid_side > 0.0 && right.is_some() {
            fade_to_mid_side(controls.mid_side as f32, key_left, key_right);
        }
    }

    /// The key of the last segment.
    pub(super) fn samples(&self, frames: usize) -> [&[f32]; 2] {
        self.samples.each_ref().map(|samples| &samples[..frames])
    }

    /// The key as late as the programme; only while it is listened to.
    pub(super) fn delayed(&self) -> [&[f32; CHUNK]; 2] {
        self.delayed.each_ref()
    }
}

/// Fades over to `other`, silence if there is none. At the far end the programme is gone entirely, whatever it holds.
fn fade_to(key: &mut [f32], other: Option<&[f32]>, share: f32) {
    for (n, key) in key.iter_mut().enumerate() {
        let other = other.and_then(|other| other.get(n)).copied().unwrap_or(0.0);
        *key = if share == 1.0 { other } else { *key + share * (other - *key) };
    }
}
