//! A working point that follows the programme, as a cathode capacitor's does.

use shared_dsp::glide::Glide;
use shared_dsp::math::smoothing_coefficient;

const ATTACK_S: f64 = 0.02;
const RELEASE_S: f64 = 0.15;
/// Two poles in a row keep the envelope's ripple out of the sound.
const SMOOTHING_HZ: f64 = 20.0;
/// The furthest that the working point goes, in the curve's unit, and the envelope at which it is half way there.
const MOST_BIAS: f32 = 0.5;
const HALF_WAY: f32 = 0.5;
/// Below this nothing is left to follow: -180 dB of the curve's unit.
const SILENT: f32 = 1e-9;

/// The envelopes of both channels.
#[derive(Debug, Clone, Default)]
pub(super) struct BiasMotion {
    attack: f32,
    release: f32,
    smoothing: f32,
    envelope: [f32; 2],
    smooth: [[f32; 2]; 2],
}

impl BiasMotion {
    /// For this base rate, with an empty memory.
    pub(super) fn prepare(&mut self, sample_rate_hz: f64) {
        let share = |seconds: f64| smoothing_coefficient(seconds, sample_rate_hz) as f32;
        *self = Self {
            attack: share(ATTACK_S),
            release: share(RELEASE_S),
            smoothing: share(1.0 / (std::f64::consts::TAU * SMOOTHING_HZ)),
            ..Self::default()
        };
    }

    /// Whether the working point is away from where it rests.
    pub(super) fn is_away(&self) -> bool {
        self.smooth != [[0.0; 2]; 2]
    }

    /// Reads the last of every `times` frames, in the curve's unit, and writes the bias of that base frame.
    pub(super) fn follow(&mut self, curve_in: &[f32], times: usize, depth: &mut Glide, bias: &mut [f32]) {
        let frames = curve_in.chunks_exact(2 * times).zip(bias.as_chunks_mut::<2>().0);
        for (block, bias) in frames {
            let depth = depth.next_value() as f32 * MOST_BIAS;
            if depth == 0.0 && !self.is_away() {
                // It rests from here on, wherever the chunk ends.
                *bias = [0.0; 2];
                continue;
            }
            for ch in 0..2 {
                let level = block[block.len() - 2 + ch].abs();
                let envelope = &mut self.envelope[ch];
                *envelope += (level - *envelope) * if level > *envelope { self.attack } else { self.release };
                // The depth goes through the poles as well: turning it is no thump.
                let mut level = depth * *envelope / (HALF_WAY + *envelope);
                for smooth in &mut self.smooth {
                    smooth[ch] += (level - smooth[ch]) * self.smoothing;
                    if smooth[ch] < SILENT {
                        smooth[ch] = 0.0;
                    }
                    level = smooth[ch];
                }
                if *envelope < SILENT {
                    *envelope = 0.0;
                }
                bias[ch] = level;
            }
        }
    }
}
