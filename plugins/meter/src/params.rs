//! Meter's parameters and how they become settings. All but one steer the window alone: they are parameters so that the
//! session, the presets and the A/B slots keep them.

use shared_dsp::loudness::KScale;
use shared_dsp::spectrum::Fraction;
use shared_plugin::monitoring::{ActiveMonitoring, MonitoringSwitch};
use shared_plugin::params::{Choice, Float, choice, level};

use crate::ab::Heard;
use crate::processor::{Follow, MeterSettings};

/// Begins a new measurement.
pub const RESET: MonitoringSwitch = MonitoringSwitch::button("reset", "Reset", "Begins a new measurement.");

/// A of the comparison is heard in place of the programme.
pub const HEAR_A: MonitoringSwitch =
    MonitoringSwitch::toggle("hear_a", "Hear A", "A in place of the programme. Monitoring only: never rendered.");
/// B of the comparison is heard.
pub const HEAR_B: MonitoringSwitch = MonitoringSwitch::toggle(
    "hear_b",
    "Hear B",
    "B in place of the programme, as loud as A and at its time. Monitoring only: never rendered.",
);
/// What is left of A less B is heard.
pub const HEAR_DELTA: MonitoringSwitch = MonitoringSwitch::toggle(
    "hear_difference",
    "Hear difference",
    "What is left of A less B, at one loudness and one time. Monitoring only: never rendered.",
);

/// What the level bars show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelMeter {
    /// True peak over RMS, dBFS.
    Peak,
    /// VU needles.
    Vu,
    /// The K-System.
    K,
}

const FOLLOWS: &[(&str, Follow)] = &[("Off", Follow::Off), ("Pause", Follow::Pause), ("Restart", Follow::Restart)];
const LEVEL_METERS: &[(&str, LevelMeter)] =
    &[("Peak and RMS", LevelMeter::Peak), ("VU", LevelMeter::Vu), ("K-System", LevelMeter::K)];
const K_SCALES: &[(&str, KScale)] = &[("K-20", KScale::K20), ("K-14", KScale::K14), ("K-12", KScale::K12)];
const FRACTIONS: &[(&str, Fraction)] = &[
    ("1/3 oct", Fraction::Third),
    ("1/6 oct", Fraction::Sixth),
    ("1/12 oct", Fraction::Twelfth),
    ("1/24 oct", Fraction::TwentyFourth),
];
const TILTS: &[(&str, f64)] = &[("0 dB/oct", 0.0), ("3 dB/oct", 3.0), ("4.5 dB/oct", 4.5)];
const FALLS: &[(&str, f64)] = &[("10 dB/s", 10.0), ("20 dB/s", 20.0), ("30 dB/s", 30.0)];
const HISTORIES_S: &[(&str, Option<f64>)] =
    &[("Whole song", None), ("3 minutes", Some(180.0)), ("30 seconds", Some(30.0))];

shared_plugin::params! {
    /// Everything on Meter's panel.
    pub struct MeterParams {
        group "Loudness" {
            /// Loudness as it is (LUFS), or relative to the target (LU).
            ///
            /// Whether it is relative.
            pub scale: Choice<bool> = choice("Scale", false, &[("LUFS", false), ("LU", true)]),
            /// How far the scale reaches above the target: EBU +9 or +18.
            ///
            /// EBU Tech 3341; LU.
            pub lu_range: Choice<f32> = choice("LU range", 9.0, &[("+9", 9.0), ("+18", 18.0)]),
            /// The loudness to be met, and the zero of the LU scale.
            pub target: Float = level("Target", " LUFS", -14.0, -36.0..=-5.0),
            /// The true peak that delivery allows.
            pub true_peak_limit: Float = level("True-peak limit", " dBTP", -1.0, -6.0..=0.0),
            /// Off: always measures. Pause: rests while the host stands still. Restart: begins anew at each start.
            pub follow_transport: Choice<Follow> = choice("Follow transport", Follow::Off, FOLLOWS),
        }
        group "Level meter" {
            /// Peak and RMS in dBFS, VU (IEC 60268-17), or the K-System.
            pub level_meter: Choice<LevelMeter> = choice("Level meter", LevelMeter::Peak, LEVEL_METERS),
            /// Headroom over the K-System's zero: 20, 14 or 12 dB.
            pub k_system: Choice<KScale> = choice("K-System", KScale::K14, K_SCALES),
            /// The peak level of the sine that reads 0 VU.
            pub vu_zero: Float = level("VU zero", " dBFS", -18.0, -24.0..=-6.0),
        }
        group "Spectrum" {
            /// Width of the spectrum's bands.
            pub spectrum_resolution: Choice<Fraction> = choice("Spectrum resolution", Fraction::Twelfth, FRACTIONS),
            /// The slope that stands level: music falls by about 4.5 dB an octave.
            pub spectrum_tilt: Choice<f64> = choice("Spectrum tilt", 4.5, TILTS),
            /// How fast the spectrum falls back.
            pub spectrum_fall: Choice<f64> = choice("Spectrum fall", 20.0, FALLS),
            /// Curves now, on average and at most; or a picture over time.
            ///
            /// Whether it is the picture.
            pub spectrum_view: Choice<bool> = choice("Spectrum view", false, &[("Curves", false), ("Spectrogram", true)]),
        }
        group "History" {
            /// How much of the song the history shows.
            ///
            /// Seconds; `None` is all.
            pub history: Choice<Option<f64>> = choice("History", None, HISTORIES_S),
        }
    }
}

/// What is heard by the switches that are on.
#[must_use]
pub fn heard(is_on: impl Fn(&MonitoringSwitch) -> bool) -> Heard {
    let all = [(HEAR_DELTA, Heard::Delta), (HEAR_A, Heard::A), (HEAR_B, Heard::B)];
    all.into_iter().find(|(switch, _)| is_on(switch)).map_or(Heard::Programme, |(_, heard)| heard)
}

impl MeterParams {
    /// The processor's settings as the parameters stand. Realtime-safe.
    #[must_use]
    pub fn settings(&self, monitoring: ActiveMonitoring<'_>) -> MeterSettings {
        MeterSettings {
            follow: self.follow_transport.get(),
            resets: monitoring.presses(&RESET),
            heard: heard(|switch| monitoring.is_on(switch)),
            is_offline: monitoring.is_offline(),
        }
    }

    /// The quietest and the loudest on the loudness scale, LUFS: EBU's +9 (-18..+9 LU) or +18 (-36..+18 LU) about the
    /// target.
    #[must_use]
    pub fn range_lufs(&self) -> (f32, f32) {
        let reach = self.lu_range.get();
        (self.target.value() - 2.0 * reach, self.target.value() + reach)
    }
}
