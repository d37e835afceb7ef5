//! What the tape adds by itself: hiss, and noise that goes with the signal.

use shared_dsp::convolution::FadedStereoFir;
use shared_dsp::glide::Glide;
use shared_dsp::math::{db_to_gain, smoothing_coefficient};
use shared_dsp::noise::WhiteNoise;

use super::CHUNK;
use super::equalisers::Request;
use super::settings::TapeSettings;

/// How fast the tape's roughness is, Hz: the skirts on either side of a tone. Assumption.
const ROUGHNESS_HZ: f64 = 1000.0;
/// Longer than any filter of hiss remembers, frames.
const MEMORY: usize = 512;

/// Hiss and modulation noise of two channels that know nothing of each other; off, they cost and add nothing.
#[derive(Debug, Clone)]
pub(super) struct TapeNoise {
    hiss: [WhiteNoise; 2],
    roughness: [WhiteNoise; 2],
    smooth: [[f64; 2]; 2],
    coefficient: f64,
    /// What makes the smoothed noise one, rms.
    scale: f64,
    hiss_gain: Glide,
    /// Frames that the filter of hiss has heard silence.
    quiet_frames: usize,
    modulation: Glide,
}

fn hiss_gain(settings: &TapeSettings) -> f64 {
    // Re the rms of the sine that reads 0 VU.
    settings.hiss_db.map_or(0.0, |db| std::f64::consts::FRAC_1_SQRT_2 * db_to_gain(db + settings.zero_vu_db))
}

fn modulation_gain(settings: &TapeSettings) -> f64 {
    settings.modulation_db.map_or(0.0, db_to_gain)
}

impl TapeNoise {
    pub(super) fn new() -> Self {
        Self {
            hiss: [WhiteNoise::new(1), WhiteNoise::new(2)],
            roughness: [WhiteNoise::new(3), WhiteNoise::new(4)],
            smooth: [[0.0; 2]; 2],
            coefficient: 0.0,
            scale: 1.0,
            hiss_gain: Glide::new(0.0),
            quiet_frames: MEMORY,
            modulation: Glide::new(0.0),
        }
    }

    /// Realtime-safe.
    pub(super) fn reset(&mut self, settings: &TapeSettings, sample_rate_hz: f64) {
        self.hiss.iter_mut().chain(&mut self.roughness).for_each(WhiteNoise::reset);
        self.smooth = [[0.0; 2]; 2];
        let a = smoothing_coefficient(1.0 / (std::f64::consts::TAU * ROUGHNESS_HZ), sample_rate_hz);
        let p = (1.0 - a) * (1.0 - a);
        // The power of the response of two in a row, a^2 (n + 1) (1 - a)^n.
        self.scale = ((1.0 - p).powi(3) / (a.powi(4) * (1.0 + p))).sqrt();
        self.coefficient = a;
        self.hiss_gain.set_now(hiss_gain(settings));
        self.quiet_frames = MEMORY;
        self.modulation.set_now(modulation_gain(settings));
    }

    /// Realtime-safe.
    pub(super) fn update(&mut self, settings: &TapeSettings, length_samples: u32) {
        self.hiss_gain.glide_to(hiss_gain(settings), length_samples);
        self.modulation.glide_to(modulation_gain(settings), length_samples);
    }

    /// Whether anything sounds in silence.
    pub(super) fn has_hiss(&self) -> bool {
        !self.hiss_gain.rests_at(0.0)
    }

    /// In place. Realtime-safe.
    pub(super) fn modulate(&mut self, frames: &mut [[f64; 2]]) {
        for frame in frames {
            if self.modulation.rests_at(0.0) {
                return;
            }
            let depth = self.modulation.next_value() * self.scale;
            for ((x, white), smooth) in frame.iter_mut().zip(&mut self.roughness).zip(&mut self.smooth) {
                smooth[0] += self.coefficient * (white.next_sample() - smooth[0]);
                smooth[1] += self.coefficient * (smooth[0] - smooth[1]);
                *x += depth * smooth[1] * *x;
            }
        }
    }

    /// Adds hiss, at most a chunk. Realtime-safe.
    pub(super) fn add_hiss(&mut self, filter: &mut FadedStereoFir<Request>, frames: &mut [[f64; 2]]) {
        if self.hiss_gain.rests_at(0.0) {
            // All that it remembers is silence: it need not run.
            if self.quiet_frames >= MEMORY {
                return;
            }
            self.quiet_frames += frames.len();
        } else {
            self.quiet_frames = 0;
        }
        let mut noise = [[0.0; 2]; CHUNK];
        let noise = &mut noise[..frames.len()];
        // While it is off the filter hears silence, so that how blocks are cut changes nothing.
        let mut gain = self.hiss_gain.clone();
        for frame in noise.iter_mut() {
            if !gain.rests_at(0.0) {
                *frame = [self.hiss[0].next_sample(), self.hiss[1].next_sample()];
            }
            gain.next_value();
        }
        filter.process(noise);
        for (frame, noise) in frames.iter_mut().zip(noise.iter()) {
            if self.hiss_gain.rests_at(0.0) {
                return;
            }
            let gain = self.hiss_gain.next_value();
            frame[0] += gain * noise[0];
            frame[1] += gain * noise[1];
        }
    }
}
