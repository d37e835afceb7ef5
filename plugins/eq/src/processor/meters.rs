//! What the window draws.

use std::sync::Arc;

use shared_dsp::math::MINUS_INFINITY_DB;
use shared_dsp::spectrum::SampleTap;

use super::settings::BANDS;

/// Frames that a tap holds: more than go by between two pictures at any rate.
const TAP_FRAMES: usize = 1 << 15;

/// EQ's reading. Levels in dBFS, -300 for silence.
#[derive(Debug, Clone)]
pub struct EqReading {
    /// How far the gain of each band has moved, dB.
    pub moved_db: [f64; BANDS],
    /// The highest level of each dynamic band's key since the last reading.
    pub key_level_db: [f64; BANDS],
    /// What Mono below has taken away since the last reading, dB of the programme's power.
    pub mono_lost_db: f64,
    /// How much of the kernel of linear phase lies more than 10 ms before the sound, dB of its energy; `None` in other phases.
    pub pre_ringing_db: Option<f64>,
    /// The input, the output and the side chain, for spectra; `None` until the processor has run.
    pub taps: Option<[Arc<SampleTap>; 3]>,
    /// Channels in the taps: of mono the right one is silent.
    pub is_stereo: bool,
    /// Seconds of programme since the last reading.
    pub elapsed_s: f64,
}

impl Default for EqReading {
    fn default() -> Self {
        Self {
            moved_db: [0.0; BANDS],
            key_level_db: [MINUS_INFINITY_DB; BANDS],
            mono_lost_db: MINUS_INFINITY_DB,
            pre_ringing_db: None,
            taps: None,
            is_stereo: true,
            elapsed_s: 0.0,
        }
    }
}

/// Feeds the taps as long as anybody reads.
#[derive(Debug)]
pub(super) struct Meters {
    sample_rate_hz: f64,
    watched_frames: usize,
    frames: usize,
    is_stereo: bool,
    taps: [Arc<SampleTap>; 3],
}

impl Meters {
    /// Allocates.
    pub(super) fn new(sample_rate_hz: f64) -> Self {
        Self {
            sample_rate_hz,
            watched_frames: 0,
            frames: 0,
            is_stereo: true,
            taps: std::array::from_fn(|_| Arc::new(SampleTap::new(TAP_FRAMES))),
        }
    }

    pub(super) fn prepare(&mut self, sample_rate_hz: f64) {
        self.sample_rate_hz = sample_rate_hz;
    }

    pub(super) fn reset(&mut self) {
        self.frames = 0;
    }

    /// A segment of the input (0) or the output (1).
    pub(super) fn feed(&mut self, tap: usize, left: &[f32], right: Option<&[f32]>) {
        if tap == 0 {
            self.watched_frames = self.watched_frames.saturating_sub(left.len());
            self.frames += left.len();
            self.is_stereo = right.is_some();
        }
        if self.watched_frames > 0 {
            self.taps[tap].push(left, right);
        }
    }

    /// A segment of the side chain, if there is one.
    pub(super) fn feed_sidechain(&mut self, sidechain: Option<(&[f32], &[f32])>) {
        if let Some((left, right)) = sidechain.filter(|_| self.watched_frames > 0) {
            self.taps[2].push(left, Some(right));
        }
    }

    /// The reading since the last one, which keeps measuring for another second.
    pub(super) fn take_reading(
        &mut self,
        moved_db: &[f64; BANDS],
        key_level_db: [f64; BANDS],
        mono_lost_db: f64,
        pre_ringing_db: Option<f64>,
    ) -> EqReading {
        self.watched_frames = self.sample_rate_hz as usize;
        EqReading {
            moved_db: *moved_db,
            key_level_db,
            mono_lost_db,
            pre_ringing_db,
            taps: Some(self.taps.clone()),
            is_stereo: self.is_stereo,
            elapsed_s: std::mem::take(&mut self.frames) as f64 / self.sample_rate_hz,
        }
    }
}
