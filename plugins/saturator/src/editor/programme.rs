//! The level of the programme and of what is added to it, as slowly as it can be read.

use crate::processor::SaturatorReading;

/// Time constant of the averages, s.
const AVERAGE_S: f64 = 0.4;
/// Below this there is no programme to speak of, dBFS.
const SILENT_DB: f64 = -80.0;
/// The peak of a sine over its rms, dB.
const SINE_CREST_DB: f64 = 3.01;
/// The harmonics are drawn at levels this far apart, dB, so that they stand still while the programme wavers.
const LEVEL_STEP_DB: f64 = 0.5;

/// Powers of the programme and of what is added, averaged.
#[derive(Debug, Clone)]
pub struct Programme {
    power: f64,
    delta_power: f64,
    /// The last level above silence, dBFS rms.
    level_db: f64,
}

impl Default for Programme {
    /// Silence; harmonics are those of a programme of -12 dBFS until there is one.
    fn default() -> Self {
        Self { power: 0.0, delta_power: 0.0, level_db: -12.0 }
    }
}

impl Programme {
    /// Lets the time of a reading pass.
    pub fn update(&mut self, reading: &SaturatorReading) {
        let power = 10f64.powf(f64::from(reading.rms_db) / 10.0);
        let delta_power = power * 10f64.powf(f64::from(reading.delta_db) / 10.0);
        let share = 1.0 - (-reading.elapsed_s / AVERAGE_S).exp();
        if power.is_finite() && delta_power.is_finite() {
            self.power += share * (power - self.power);
            self.delta_power += share * (delta_power - self.delta_power);
        }
        let level_db = 10.0 * self.power.max(1e-30).log10();
        if level_db > SILENT_DB {
            self.level_db = level_db;
        }
    }

    /// The host has stopped: silence. The harmonics stay where they were.
    pub fn stop(&mut self) {
        (self.power, self.delta_power) = (0.0, 0.0);
    }

    /// How far what is added lies below the signal, dB; none in silence.
    pub fn delta_db(&self) -> Option<f32> {
        let is_sound = 10.0 * self.power.max(1e-30).log10() > SILENT_DB;
        is_sound.then(|| (10.0 * (self.delta_power.max(1e-30) / self.power).log10()) as f32)
    }

    /// Peak of the sine that is as loud as the programme, dBFS, in steps.
    pub fn sine_db(&self) -> f32 {
        (((self.level_db + SINE_CREST_DB) / LEVEL_STEP_DB).round() * LEVEL_STEP_DB) as f32
    }
}
