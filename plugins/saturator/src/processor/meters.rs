//! What the window draws.

use shared_dsp::math::{MINUS_INFINITY_DB, gain_to_db, power_to_db};
use shared_dsp::nonlinear::Frame;

use super::voice::Seen;

/// How many frames a reading shows.
pub const RECENT_FRAMES: usize = 512;

/// The Saturator's reading, of what went by since the last one. Levels in dB, -300 for silence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SaturatorReading {
    /// Where the lowest band went on the curve, before the drive: as the x of `SaturatorSettings::curve`. The least,
    pub curve_low: f32,
    /// and the greatest.
    pub curve_high: f32,
    /// Largest sample that went in, dBFS.
    pub peak_db: f32,
    /// Root mean square of what went in, dBFS, mean of both channels' powers.
    pub rms_db: f32,
    /// What the shaper adds, below the signal, dB: root mean squares of the residual and of the dry.
    pub delta_db: f32,
    /// The loudness law's gain now, dB.
    pub makeup_db: f32,
    /// The mean of both channels of the last frames before, aligned with `recent_out`; the oldest first.
    pub recent_in: [f32; RECENT_FRAMES],
    /// The same of what came out.
    pub recent_out: [f32; RECENT_FRAMES],
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
            delta_db: SILENT,
            makeup_db: 0.0,
            recent_in: [0.0; RECENT_FRAMES],
            recent_out: [0.0; RECENT_FRAMES],
            elapsed_s: 0.0,
        }
    }
}

/// Gathers between two readings.
#[derive(Debug, Clone)]
pub(super) struct Meters {
    seen: Seen,
    peak: f32,
    dry_power: f64,
    delta_power: f64,
    frames: u64,
    recent: [[f32; RECENT_FRAMES]; 2],
    place: usize,
}

const NOTHING_SEEN: Seen = Seen { low: 0.0, high: 0.0 };

impl Meters {
    pub(super) fn new() -> Self {
        Self {
            seen: NOTHING_SEEN,
            peak: 0.0,
            dry_power: 0.0,
            delta_power: 0.0,
            frames: 0,
            recent: [[0.0; RECENT_FRAMES]; 2],
            place: 0,
        }
    }

    pub(super) fn see(&mut self, seen: Seen) {
        self.seen.low = self.seen.low.min(seen.low);
        self.seen.high = self.seen.high.max(seen.high);
    }

    /// One stretch: dry and what came out, aligned, and what the shaper added to it.
    pub(super) fn feed(&mut self, dry: &[Frame], out: &[Frame], residual: &[Frame]) {
        // A stretch is short: f32 sums it well enough.
        let (mut peak, mut power) = ([self.peak; 2], [0.0; 2]);
        for frame in dry {
            for ch in 0..2 {
                let size = frame[ch].abs();
                peak[ch] = if size > peak[ch] { size } else { peak[ch] };
                power[ch] += size * size;
            }
        }
        self.peak = peak[0].max(peak[1]);
        self.dry_power += f64::from(power[0] + power[1]);
        let mut delta = [0.0; 2];
        for frame in residual {
            for ch in 0..2 {
                delta[ch] += frame[ch] * frame[ch];
            }
        }
        self.delta_power += f64::from(delta[0] + delta[1]);
        for (dry, out) in dry.iter().zip(out) {
            self.recent[0][self.place] = 0.5 * (dry[0] + dry[1]);
            self.recent[1][self.place] = 0.5 * (out[0] + out[1]);
            self.place = (self.place + 1) % RECENT_FRAMES;
        }
        self.frames += dry.len() as u64;
    }

    pub(super) fn take(&mut self, sample_rate_hz: f64, channels: usize, makeup_db: f64) -> SaturatorReading {
        let [recent_in, recent_out] = self.recent.map(|mut recent| {
            recent.rotate_left(self.place);
            // The second channel of a mono signal is silent.
            if channels == 1 {
                recent.iter_mut().for_each(|x| *x *= 2.0);
            }
            recent
        });
        let samples = (self.frames.max(1) * channels as u64) as f64;
        let delta = if self.dry_power > 0.0 { self.delta_power / self.dry_power } else { 0.0 };
        let reading = SaturatorReading {
            curve_low: self.seen.low,
            curve_high: self.seen.high,
            peak_db: gain_to_db(f64::from(self.peak)) as f32,
            rms_db: power_to_db(self.dry_power / samples) as f32,
            delta_db: power_to_db(delta) as f32,
            makeup_db: makeup_db as f32,
            recent_in,
            recent_out,
            elapsed_s: self.frames as f64 / sample_rate_hz,
        };
        *self = Self { recent: self.recent, place: self.place, ..Self::new() };
        reading
    }
}
