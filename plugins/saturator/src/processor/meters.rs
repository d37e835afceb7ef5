//! What the window draws.

use std::sync::Arc;

use shared_dsp::math::{MINUS_INFINITY_DB, gain_to_db, power_to_db};
use shared_dsp::nonlinear::StereoFrame;
use shared_dsp::spectrum::SampleTap;

use super::voice::Seen;

/// Frames that a tap holds: more than go by between two pictures at any rate.
const TAP_FRAMES: usize = 32_768;

/// The Saturator's reading, of what went by since the last one. Levels in dB, -300 for silence.
#[derive(Debug, Clone)]
pub struct SaturatorReading {
    /// Where the lowest band went on the curve, before the drive: as the x of `SaturatorSettings::curve`. The least,
    pub curve_low: f32,
    /// and the greatest.
    pub curve_high: f32,
    /// Largest sample that went in, dBFS.
    pub peak_db: f32,
    /// Root mean square of what went in, dBFS, mean of both channels' powers.
    pub rms_db: f32,
    /// Mean of the fourth powers of what went in, for [`operating_level_db`](shared_dsp::loudness::operating_level_db).
    pub fourth_power: f64,
    /// What the shaper adds, below the signal, dB: root mean squares of the residual and of the dry.
    pub delta_db: f32,
    /// The loudness law's gain now, dB.
    pub makeup_db: f32,
    /// Where the samples of the programme and of what is added to it can be read, aligned with each other; none before there
    /// was sound.
    pub taps: Option<[Arc<SampleTap>; 2]>,
    /// Channels in the taps: of mono the right one is silent.
    pub channels: usize,
    /// Seconds of programme since the last reading.
    pub elapsed_s: f64,
}

impl Default for SaturatorReading {
    fn default() -> Self {
        const SILENT: f32 = MINUS_INFINITY_DB as f32;
        Self {
            curve_low: 0.0,
            curve_high: 0.0,
            peak_db: SILENT,
            rms_db: SILENT,
            fourth_power: 0.0,
            delta_db: SILENT,
            makeup_db: 0.0,
            taps: None,
            channels: 2,
            elapsed_s: 0.0,
        }
    }
}

/// Gathers between two readings, as long as anybody reads: what nobody looks at costs time, and the taps more room in the
/// caches than all the rest.
#[derive(Debug, Clone)]
pub(super) struct Meters {
    /// Frames for which measuring goes on without being read.
    watched_frames: usize,
    sums: Sums,
    taps: [Arc<SampleTap>; 2],
}

#[derive(Debug, Clone, Copy)]
struct Sums {
    seen: Seen,
    peak: f32,
    dry_power: f64,
    fourth_power: f64,
    delta_power: f64,
    frames: u64,
}

const NOTHING: Sums = Sums {
    seen: Seen { low: 0.0, high: 0.0 },
    peak: 0.0,
    dry_power: 0.0,
    fourth_power: 0.0,
    delta_power: 0.0,
    frames: 0,
};

impl Meters {
    /// Allocates.
    pub(super) fn new() -> Self {
        Self { watched_frames: 0, sums: NOTHING, taps: [(); 2].map(|()| Arc::new(SampleTap::new(TAP_FRAMES))) }
    }

    pub(super) fn reset(&mut self) {
        self.sums = NOTHING;
    }

    pub(super) fn see(&mut self, seen: Seen) {
        self.sums.seen.low = self.sums.seen.low.min(seen.low);
        self.sums.seen.high = self.sums.seen.high.max(seen.high);
    }

    /// One segment of the dry, and what the shaper added to it.
    pub(super) fn feed(&mut self, dry: &[StereoFrame], residual: &[StereoFrame]) {
        if self.watched_frames == 0 {
            return;
        }
        self.watched_frames = self.watched_frames.saturating_sub(dry.len());
        // A segment is short: f32 sums it well enough.
        let (mut peak, mut power, mut fourth) = ([self.sums.peak; 2], [0.0; 2], [0.0; 2]);
        for frame in dry {
            for ch in 0..2 {
                let size = frame[ch].abs();
                peak[ch] = if size > peak[ch] { size } else { peak[ch] };
                let square = size * size;
                power[ch] += square;
                fourth[ch] += square * square;
            }
        }
        self.sums.peak = peak[0].max(peak[1]);
        self.sums.dry_power += f64::from(power[0] + power[1]);
        self.sums.fourth_power += f64::from(fourth[0] + fourth[1]);
        let mut delta = [0.0; 2];
        for frame in residual {
            for ch in 0..2 {
                delta[ch] += frame[ch] * frame[ch];
            }
        }
        self.sums.delta_power += f64::from(delta[0] + delta[1]);
        self.sums.frames += dry.len() as u64;
        for (tap, frames) in self.taps.iter().zip([dry, residual]) {
            tap.push_frames(frames);
        }
    }

    /// The reading since the last one, which keeps measuring for another second.
    pub(super) fn take_reading(&mut self, sample_rate_hz: f64, channels: usize, makeup_db: f64) -> SaturatorReading {
        if self.watched_frames == 0 {
            self.sums = NOTHING;
        }
        self.watched_frames = sample_rate_hz as usize;
        let sums = std::mem::replace(&mut self.sums, NOTHING);
        let samples = (sums.frames.max(1) * channels as u64) as f64;
        let delta = if sums.dry_power > 0.0 { sums.delta_power / sums.dry_power } else { 0.0 };
        SaturatorReading {
            curve_low: sums.seen.low,
            curve_high: sums.seen.high,
            peak_db: gain_to_db(f64::from(sums.peak)) as f32,
            rms_db: power_to_db(sums.dry_power / samples) as f32,
            fourth_power: sums.fourth_power / samples,
            delta_db: power_to_db(delta) as f32,
            makeup_db: makeup_db as f32,
            taps: Some(self.taps.clone()),
            channels,
            elapsed_s: sums.frames as f64 / sample_rate_hz,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing is gathered before somebody reads, nor a second after the last reading; in between it is what went by.
    #[test]
    fn only_what_is_watched_is_measured() {
        let mut meters = Meters::new();
        let (dry, residual) = ([[0.5; 2]; 32], [[0.125; 2]; 32]);
        let feed = |meters: &mut Meters, frames: usize| {
            for _ in 0..frames / 32 {
                meters.see(Seen { low: -0.5, high: 0.5 });
                meters.feed(&dry, &residual);
            }
        };
        feed(&mut meters, 320);
        let first = meters.take_reading(48_000.0, 2, 1.0);
        assert_eq!((first.elapsed_s, first.curve_high), (0.0, 0.0), "nobody looked");
        assert_eq!(first.taps.map(|taps| taps[0].written()), Some(0));
        feed(&mut meters, 480);
        let second = meters.take_reading(48_000.0, 2, 1.0);
        assert!((second.elapsed_s - 0.01).abs() < 1e-12 && (second.rms_db + 6.02).abs() < 0.01, "{second:?}");
        assert!((second.delta_db + 12.04).abs() < 0.01 && second.curve_high == 0.5);
        assert_eq!(second.taps.map(|taps| taps[1].written()), Some(480));
        feed(&mut meters, 96_000);
        let late = meters.take_reading(48_000.0, 2, 1.0);
        assert_eq!(late.elapsed_s, 0.0, "nobody has looked for a second");
        assert_eq!(late.taps.map(|taps| taps[0].written()), Some(48_480));
    }
}
