//! What the window draws.

use std::sync::Arc;

use shared_dsp::loudness::VuNeedle;
use shared_dsp::math::{MINUS_INFINITY_DB, gain_to_db, power_to_db};
use shared_dsp::nonlinear::{Langevin, StereoFrame};
use shared_dsp::spectrum::SampleTap;

use super::CHUNK;
use super::settings::TapeSettings;

/// Frames that a tap holds: more than go by between two pictures at any rate.
const TAP_FRAMES: usize = 32_768;
/// The needles move so often, s.
const NEEDLE_S: f64 = 0.005;
const SILENT: f32 = MINUS_INFINITY_DB as f32;

/// Tape's reading, of what went by since the last one. Levels in dB, -300 for silence.
#[derive(Debug, Clone)]
pub struct TapeReading {
    /// The needles of left and right at the monitored point, VU: 0 at the operating level. With the ballistics of IEC 60268-17.
    pub vu_db: [f32; 2],
    /// The least and the greatest field on the tape, over that of MOL: the x of `TapeSettings::magnetisation`.
    pub field: [f32; 2],
    /// By how much that was below MOL, dB; negative above it.
    pub below_mol_db: f32,
    /// Third harmonic of a sine that went as far, dB re its fundamental.
    pub third_harmonic_db: f32,
    /// Largest sample that went in, dBFS.
    pub peak_db: f32,
    /// Root mean square of what went in, dBFS, mean of both channels' powers.
    pub rms_db: f32,
    /// Mean of the fourth powers of what went in, from which "set from programme" takes the operating level.
    pub fourth_power: f64,
    /// What the machine changes, below the signal, dB.
    pub delta_db: f32,
    /// Where the samples before and after can be read, aligned with each other; none before there was sound.
    pub taps: Option<[Arc<SampleTap>; 2]>,
    /// Channels in the taps: of mono the right one is silent.
    pub channels: usize,
    /// Seconds of programme since the last reading.
    pub elapsed_s: f64,
}

impl Default for TapeReading {
    fn default() -> Self {
        Self {
            vu_db: [SILENT; 2],
            field: [0.0; 2],
            below_mol_db: -SILENT,
            third_harmonic_db: SILENT,
            peak_db: SILENT,
            rms_db: SILENT,
            fourth_power: 0.0,
            delta_db: SILENT,
            taps: None,
            channels: 2,
            elapsed_s: 0.0,
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    field: [f32; 2],
    peak: f32,
    power: f64,
    fourth_power: f64,
    delta_power: f64,
    frames: u64,
}

/// Gathers between two readings, as long as anybody reads.
#[derive(Debug, Clone)]
pub(super) struct Meters {
    /// Frames for which measuring goes on without being read.
    watched_frames: usize,
    sums: Sums,
    needles: [VuNeedle; 2],
    needle_frames: usize,
    /// Frames since the needles moved, and the magnitudes of them.
    gathered_frames: usize,
    gathered: [f64; 2],
    taps: [Arc<SampleTap>; 2],
}

impl Meters {
    /// Allocates.
    pub(super) fn new() -> Self {
        Self {
            watched_frames: 0,
            sums: Sums::default(),
            needles: [VuNeedle::new(NEEDLE_S), VuNeedle::new(NEEDLE_S)],
            needle_frames: 240,
            gathered_frames: 0,
            gathered: [0.0; 2],
            taps: [(); 2].map(|()| Arc::new(SampleTap::new(TAP_FRAMES))),
        }
    }

    pub(super) fn prepare(&mut self, sample_rate_hz: f64) {
        self.needle_frames = ((NEEDLE_S * sample_rate_hz).round() as usize).max(1);
        let period_s = self.needle_frames as f64 / sample_rate_hz;
        self.needles = [VuNeedle::new(period_s), VuNeedle::new(period_s)];
    }

    /// Realtime-safe.
    pub(super) fn reset(&mut self) {
        self.sums = Sums::default();
        self.needles.iter_mut().for_each(VuNeedle::reset);
        (self.gathered_frames, self.gathered) = (0, [0.0; 2]);
    }

    /// The field on the tape. Realtime-safe.
    pub(super) fn see(&mut self, field: &[f32]) {
        if self.watched_frames == 0 {
            return;
        }
        // Side by side, so that it becomes vector code.
        const SIDE_BY_SIDE: usize = 16;
        let mut lows = [0.0_f32; SIDE_BY_SIDE];
        let mut highs = [0.0_f32; SIDE_BY_SIDE];
        for stretch in field.chunks(SIDE_BY_SIDE) {
            for ((low, high), &x) in lows.iter_mut().zip(&mut highs).zip(stretch) {
                *low = if x < *low { x } else { *low };
                *high = if x > *high { x } else { *high };
            }
        }
        let [low, high] = &mut self.sums.field;
        *low = lows.into_iter().fold(*low, f32::min);
        *high = highs.into_iter().fold(*high, f32::max);
    }

    /// The input and what is heard, aligned. Realtime-safe.
    pub(super) fn feed(&mut self, dry: &[StereoFrame; CHUNK], out: &[StereoFrame]) {
        if self.watched_frames == 0 {
            return;
        }
        let dry = &dry[..out.len()];
        self.watched_frames = self.watched_frames.saturating_sub(out.len());
        let mut peak = self.sums.peak;
        for (dry, out) in dry.iter().zip(out) {
            for ch in 0..2 {
                peak = peak.max(dry[ch].abs());
                let (x, y) = (f64::from(dry[ch]), f64::from(out[ch]));
                self.sums.power += x * x;
                self.sums.fourth_power += x * x * x * x;
                self.sums.delta_power += (y - x) * (y - x);
                self.gathered[ch] += y.abs();
            }
            self.gathered_frames += 1;
            if self.gathered_frames == self.needle_frames {
                for (needle, sum) in self.needles.iter_mut().zip(&mut self.gathered) {
                    needle.step(*sum / self.needle_frames as f64);
                    *sum = 0.0;
                }
                self.gathered_frames = 0;
            }
        }
        self.sums.peak = peak;
        self.sums.frames += out.len() as u64;
        for (tap, frames) in self.taps.iter().zip([dry, out]) {
            tap.push_frames(frames);
        }
    }

    /// The reading since the last one, which keeps measuring for another second.
    pub(super) fn take_reading(
        &mut self,
        settings: &TapeSettings,
        sample_rate_hz: f64,
        channels: usize,
    ) -> TapeReading {
        if self.watched_frames == 0 {
            self.reset();
        }
        self.watched_frames = sample_rate_hz as usize;
        let sums = std::mem::take(&mut self.sums);
        let samples = (sums.frames.max(1) * channels as u64) as f64;
        let most = f64::from(sums.field[1].max(-sums.field[0]));
        let delta = if sums.power > 0.0 { sums.delta_power / sums.power } else { 0.0 };
        TapeReading {
            vu_db: self.needles.each_ref().map(|needle| (needle.sine_dbfs() - settings.zero_vu_db) as f32),
            field: sums.field.map(|field| (f64::from(field) / Langevin::MOL_FIELD) as f32),
            below_mol_db: -gain_to_db(most / Langevin::MOL_FIELD) as f32,
            third_harmonic_db: gain_to_db(settings.bent(most)[1]) as f32,
            peak_db: gain_to_db(f64::from(sums.peak)) as f32,
            rms_db: power_to_db(sums.power / samples) as f32,
            fourth_power: sums.fourth_power / samples,
            delta_db: power_to_db(delta) as f32,
            taps: Some(self.taps.clone()),
            channels,
            elapsed_s: sums.frames as f64 / sample_rate_hz,
        }
    }
}
