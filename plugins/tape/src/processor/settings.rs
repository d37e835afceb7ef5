//! Tape's settings as plain numbers.

use super::machine::{Equalisation, Formulation, Machine, Speed};

/// Where one listens: a switch of the monitoring, never rendered but as [`Repro`](Self::Repro).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Monitor {
    /// Behind the replay head.
    #[default]
    Repro,
    /// The record head, which reads the tape as musicians hear it who play along: its gap is twice as long.
    Sync,
    /// Before the tape.
    Input,
}

/// Everything that Tape's sound depends on. Numbers out of range are clamped, non-finite ones become the default.
#[derive(Debug, Clone, PartialEq)]
pub struct TapeSettings {
    /// The peak of the sine that reads 0 VU and is recorded at the reference fluxivity, dBFS, -24..-6.
    pub zero_vu_db: f64,
    /// The reference fluxivity, nWb/m (rms), 185..520.
    pub fluxivity_nwb: f64,
    /// Gain into the tape, dB, -12..12, taken back behind it.
    pub drive_db: f64,
    /// The tape.
    pub formulation: Formulation,
    /// How fast it runs.
    pub speed: Speed,
    /// The standard of equalisation.
    pub equalisation: Equalisation,
    /// Bias over the nominal one, dB, -3..6.
    pub bias_db: f64,
    /// How much of the bass rise of the replay head, 0..2; 1 is the machine's own.
    pub head_bump: f64,
    /// Weighted wow, share of the speed, 0..0.005.
    pub wow: f64,
    /// Weighted flutter, the same.
    pub flutter: f64,
    /// A-weighted hiss re 0 VU, dB, -90..-50; `None` is off.
    pub hiss_db: Option<f64>,
    /// Modulation noise re the signal, dB, -90..-50; `None` is off.
    pub modulation_db: Option<f64>,
    /// Crosstalk at 1 kHz, dB, -80..-30; `None` is off.
    pub crosstalk_db: Option<f64>,
    /// By how much the replay head stands askew, minutes of arc, -15..15.
    pub azimuth_minutes: f64,
    /// Whether the machine is lined up for this tape and speed; else it stands as it was for the default ones.
    pub is_aligned: bool,
    /// Where one listens.
    pub monitor: Monitor,
    /// Dry to wet, 0..1.
    pub mix: f64,
}

/// The most of wow and of flutter, share of the speed.
pub(super) const MOST_WANDER: f64 = 0.005;
/// The most of azimuth, minutes of arc.
pub(super) const MOST_AZIMUTH_MINUTES: f64 = 15.0;

impl Default for TapeSettings {
    fn default() -> Self {
        Self {
            zero_vu_db: -18.0,
            fluxivity_nwb: 320.0,
            drive_db: 0.0,
            formulation: Formulation::default(),
            speed: Speed::default(),
            equalisation: Equalisation::default(),
            bias_db: 0.0,
            head_bump: 1.0,
            wow: 0.0,
            flutter: 0.0,
            hiss_db: None,
            modulation_db: None,
            crosstalk_db: None,
            azimuth_minutes: 0.0,
            is_aligned: true,
            monitor: Monitor::Repro,
            mix: 1.0,
        }
    }
}

impl TapeSettings {
    /// What of them makes the machine's responses.
    #[must_use]
    pub fn machine(&self) -> Machine {
        Machine {
            formulation: self.formulation,
            speed: self.speed,
            equalisation: self.equalisation,
            bias_db: self.bias_db,
            azimuth_minutes: self.azimuth_minutes,
            is_aligned: self.is_aligned,
            is_sync: self.monitor == Monitor::Sync,
        }
    }

    /// The same within the ranges above.
    pub(super) fn clamped(&self) -> Self {
        let d = Self::default();
        let within =
            |x: f64, low: f64, high: f64, default: f64| if x.is_finite() { x.clamp(low, high) } else { default };
        let level = |db: Option<f64>, high: f64| db.map(|db| within(db, -90.0, high, -90.0));
        Self {
            zero_vu_db: within(self.zero_vu_db, -24.0, -6.0, d.zero_vu_db),
            fluxivity_nwb: within(self.fluxivity_nwb, 185.0, 520.0, d.fluxivity_nwb),
            drive_db: within(self.drive_db, -12.0, 12.0, 0.0),
            bias_db: within(self.bias_db, -3.0, 6.0, 0.0),
            head_bump: within(self.head_bump, 0.0, 2.0, 1.0),
            wow: within(self.wow, 0.0, MOST_WANDER, 0.0),
            flutter: within(self.flutter, 0.0, MOST_WANDER, 0.0),
            hiss_db: level(self.hiss_db, -50.0),
            modulation_db: level(self.modulation_db, -50.0),
            crosstalk_db: level(self.crosstalk_db, -30.0),
            azimuth_minutes: within(self.azimuth_minutes, -MOST_AZIMUTH_MINUTES, MOST_AZIMUTH_MINUTES, 0.0),
            mix: within(self.mix, 0.0, 1.0, d.mix),
            ..self.clone()
        }
    }
}
