//! Tape's parameters and how they become settings.

use shared_plugin::monitoring::{ActiveMonitoring, MonitoringSwitch};
use shared_plugin::params::{Choice, Float, Switch, choice, level, level_db, number, switch};

use crate::processor::{Equalisation, Formulation, Monitor, Speed, TapeSettings};

/// Hear the input.
pub const MONITOR_INPUT: MonitoringSwitch =
    MonitoringSwitch::toggle("monitor_input", "Input", "Hear what goes to the tape. Monitoring only: never rendered.");
/// Hear the record head.
pub const MONITOR_SYNC: MonitoringSwitch = MonitoringSwitch::toggle(
    "monitor_sync",
    "Sync",
    "Hear the tape from the record head, as musicians do who play along. Monitoring only: never rendered.",
);

const FLUXIVITIES: &[(&str, f64)] =
    &[("185 nWb/m", 185.0), ("250 nWb/m", 250.0), ("320 nWb/m", 320.0), ("370 nWb/m", 370.0), ("520 nWb/m", 520.0)];
const FORMULATIONS: &[(&str, Formulation)] = &[
    ("Vintage", Formulation::Vintage),
    ("+3", Formulation::Plus3),
    ("+6", Formulation::Plus6),
    ("+9", Formulation::Plus9),
];
const SPEEDS: &[(&str, Speed)] = &[("7.5 ips", Speed::Ips7), ("15 ips", Speed::Ips15), ("30 ips", Speed::Ips30)];
const EQUALISATIONS: &[(&str, Equalisation)] =
    &[("IEC", Equalisation::Iec), ("NAB", Equalisation::Nab), ("AES", Equalisation::Aes)];

shared_plugin::params! {
    /// Everything on Tape's panel.
    pub struct TapeParams {
        group "Level" {
            /// Gain into the tape, taken back behind it: more bends more and is no louder.
            pub drive: Float = level_db("Drive", 0.0, -12.0..=12.0),
            /// The level that reads 0 VU and meets the tape at the reference fluxivity. Set it to the programme's.
            pub zero_vu: Float = level("0 VU", " dBFS", -18.0, -24.0..=-6.0).of_programme(),
            /// How much flux 0 VU is. More is hotter.
            pub fluxivity: Choice<f64> = choice("Reference fluxivity", 320.0, FLUXIVITIES),
        }
        group "Machine" {
            /// The tape, by how much output it is made for. Less bends sooner.
            pub formulation: Choice<Formulation> = choice("Tape", Formulation::Plus6, FORMULATIONS),
            /// Slower tape saturates sooner in the treble and has its bass rise lower.
            pub speed: Choice<Speed> = choice("Speed", Speed::Ips15, SPEEDS),
            /// How treble and bass are shared between record and replay. At 30 ips all are one.
            pub equalisation: Choice<Equalisation> = choice("Equalisation", Equalisation::Iec, EQUALISATIONS),
            /// More is duller and has less distortion up to +3 dB; less is brighter and rough.
            pub bias: Float = level_db("Bias", 0.0, -3.0..=6.0),
            /// The rise and dip of the replay head in the bass. 100 % is the machine's own.
            pub head_bump: Float = number("Head bump", " %", 100.0, 0.0..=200.0),
            /// Keeps quiet sounds flat whatever tape and speed. Off: the machine stays as it was set for +6 at 15 ips.
            pub align: Switch = switch("Align", true),
        }
        group "Character" {
            /// Slow changes of the speed, as a flutter meter reads them (weighted, AES6).
            pub wow: Float = number("Wow", " %", 0.0, 0.0..=0.5).skewed(-1.0).word_below("Off", 0.01, 0.005),
            /// Fast changes of the speed, as a flutter meter reads them (weighted, AES6).
            pub flutter: Float = number("Flutter", " %", 0.0, 0.0..=0.5).skewed(-1.0).word_below("Off", 0.01, 0.005),
            /// Hiss below 0 VU, A-weighted.
            pub hiss: Float = level_db("Hiss", -91.0, -91.0..=-50.0).word_below("Off", -90.0, 0.5),
            /// Noise that goes with the signal, below it.
            pub modulation_noise: Float = level_db("Modulation noise", -91.0, -91.0..=-50.0).word_below("Off", -90.0, 0.5),
            /// How much of a channel is heard in the other, at 1 kHz.
            pub crosstalk: Float = level_db("Crosstalk", -81.0, -81.0..=-30.0).word_below("Off", -80.0, 0.5),
            /// How far the replay head stands askew, in minutes of arc. The mono sum loses treble.
            pub azimuth: Float = level("Azimuth", "'", 0.0, -15.0..=15.0),
        }
    }
}

impl TapeParams {
    /// The processor's settings as the parameters stand; `mix` is 0..1. Realtime-safe.
    #[must_use]
    pub fn settings(&self, mix: f64, monitoring: ActiveMonitoring<'_>) -> TapeSettings {
        let monitor = match (monitoring.is_on(&MONITOR_INPUT), monitoring.is_on(&MONITOR_SYNC)) {
            (true, _) => Monitor::Input,
            (false, true) => Monitor::Sync,
            (false, false) => Monitor::Repro,
        };
        TapeSettings {
            zero_vu_db: self.zero_vu.get(),
            fluxivity_nwb: self.fluxivity.get(),
            drive_db: self.drive.get(),
            formulation: self.formulation.get(),
            speed: self.speed.get(),
            equalisation: self.equalisation.get(),
            bias_db: self.bias.get(),
            head_bump: self.head_bump.share(),
            wow: self.wow.number().map_or(0.0, |percent| percent / 100.0),
            flutter: self.flutter.number().map_or(0.0, |percent| percent / 100.0),
            hiss_db: self.hiss.number(),
            modulation_db: self.modulation_noise.number(),
            crosstalk_db: self.crosstalk.number(),
            azimuth_minutes: self.azimuth.get(),
            is_aligned: self.align.value(),
            monitor,
            mix,
        }
    }
}
