//! Meter's parameters and how they become settings. All but one steer the window alone: they are parameters so that the
//! session, the presets and the A/B slots keep them.

use std::sync::Arc;

use nice_plug::prelude::{FloatParam, FloatRange, IntParam, Params};
use shared_dsp::loudness::KScale;
use shared_dsp::spectrum::Fraction;
use shared_plugin::monitoring::{Heard, MonitoringSwitch};
use shared_plugin::params::choice;
use shared_plugin::text;

use crate::processor::{Follow, MeterSettings};

const TILTS_DB_PER_OCTAVE: [f64; 3] = [0.0, 3.0, 4.5];
const FALLS_DB_PER_S: [f64; 3] = [10.0, 20.0, 30.0];

/// Begins a new measurement.
pub const RESET: MonitoringSwitch = MonitoringSwitch::button("reset", "Reset");

/// Everything on Meter's panel.
#[derive(Params)]
pub struct MeterParams {
    /// Loudness as it is, or relative to the target.
    #[id = "scale"]
    pub scale: IntParam,
    /// How far the relative scale reaches above the target (EBU Tech 3341).
    #[id = "lu_range"]
    pub lu_range: IntParam,
    /// The loudness to be met, LUFS; the zero of the LU scale.
    #[id = "target"]
    pub target: FloatParam,
    /// The true peak not to be exceeded, dBTP.
    #[id = "true_peak_limit"]
    pub true_peak_limit: FloatParam,
    /// What the host's transport does to the measurement.
    #[id = "follow_transport"]
    pub follow_transport: IntParam,
    /// What the level bars show.
    #[id = "level_meter"]
    pub level_meter: IntParam,
    /// The scale of the K-System.
    #[id = "k_system"]
    pub k_system: IntParam,
    /// The sine that reads 0 VU, dBFS.
    #[id = "vu_zero"]
    pub vu_zero: FloatParam,
    /// Width of the spectrum's bands.
    #[id = "spectrum_resolution"]
    pub spectrum_resolution: IntParam,
    /// Slope that stands level in the spectrum.
    #[id = "spectrum_tilt"]
    pub spectrum_tilt: IntParam,
    /// How fast the spectrum falls.
    #[id = "spectrum_fall"]
    pub spectrum_fall: IntParam,
    /// Curves, or a picture over time.
    #[id = "spectrum_view"]
    pub spectrum_view: IntParam,
    /// How much of the song the history shows.
    #[id = "history"]
    pub history: IntParam,
}

/// A level with a unit of its own ("LUFS"), which may be typed or left out.
fn level(name: &str, unit: &'static str, default: f32, min: f32, max: f32) -> FloatParam {
    let bare = unit.trim().to_ascii_lowercase();
    FloatParam::new(name, default, FloatRange::Linear { min, max })
        .with_unit(unit)
        .with_value_to_string(Arc::new(text::write_db))
        .with_string_to_value(Arc::new(move |text| {
            let text = text.trim().to_ascii_lowercase();
            text::parse_db(text.strip_suffix(&bare).unwrap_or(&text))
        }))
}

impl Default for MeterParams {
    fn default() -> Self {
        Self {
            scale: choice("Scale", 0, &["LUFS", "LU"]),
            lu_range: choice("LU range", 0, &["+9", "+18"]),
            target: level("Target", " LUFS", -14.0, -36.0, -5.0),
            true_peak_limit: level("True-peak limit", " dBTP", -1.0, -6.0, 0.0),
            follow_transport: choice("Follow transport", 0, &["Off", "Pause", "Restart"]),
            level_meter: choice("Level meter", 0, &["Peak and RMS", "VU", "K-System"]),
            k_system: choice("K-System", 1, &["K-20", "K-14", "K-12"]),
            vu_zero: level("VU zero", " dBFS", -18.0, -24.0, -6.0),
            spectrum_resolution: choice("Spectrum resolution", 1, &["1/3 oct", "1/6 oct", "1/12 oct", "1/24 oct"]),
            spectrum_tilt: choice("Spectrum tilt", 2, &["0 dB/oct", "3 dB/oct", "4.5 dB/oct"]),
            spectrum_fall: choice("Spectrum fall", 1, &["10 dB/s", "20 dB/s", "30 dB/s"]),
            spectrum_view: choice("Spectrum view", 0, &["Curves", "Spectrogram"]),
            history: choice("History", 0, &["Whole song", "3 minutes", "30 seconds"]),
        }
    }
}

fn pick<T: Copy>(values: &[T], param: &IntParam) -> T {
    values[(param.value().max(0) as usize).min(values.len() - 1)]
}

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

impl MeterParams {
    /// The processor's settings as the parameters stand. Realtime-safe.
    #[must_use]
    pub fn settings(&self, heard: Heard<'_>) -> MeterSettings {
        MeterSettings {
            follow: pick(&[Follow::Off, Follow::Pause, Follow::Restart], &self.follow_transport),
            resets: heard.presses(&RESET),
        }
    }

    /// Whether loudness is shown relative to the target.
    #[must_use]
    pub fn is_relative(&self) -> bool {
        self.scale.value() == 1
    }

    /// The quietest and the loudest on the loudness scale, LUFS: EBU's +9 (-18..+9 LU) or +18 (-36..+18 LU) about the
    /// target.
    #[must_use]
    pub fn range_lufs(&self) -> (f32, f32) {
        let reach = pick(&[9.0, 18.0], &self.lu_range);
        (self.target.value() - 2.0 * reach, self.target.value() + reach)
    }

    /// What the level bars show.
    #[must_use]
    pub fn level_meter(&self) -> LevelMeter {
        pick(&[LevelMeter::Peak, LevelMeter::Vu, LevelMeter::K], &self.level_meter)
    }

    /// The scale of the K-System.
    #[must_use]
    pub fn k_scale(&self) -> KScale {
        pick(&KScale::ALL, &self.k_system)
    }

    /// Width of the spectrum's bands.
    #[must_use]
    pub fn fraction(&self) -> Fraction {
        pick(&Fraction::ALL, &self.spectrum_resolution)
    }

    /// Slope that stands level in the spectrum, dB/oct.
    #[must_use]
    pub fn tilt_db_per_octave(&self) -> f64 {
        pick(&TILTS_DB_PER_OCTAVE, &self.spectrum_tilt)
    }

    /// How fast the spectrum falls, dB/s.
    #[must_use]
    pub fn fall_db_per_s(&self) -> f64 {
        pick(&FALLS_DB_PER_S, &self.spectrum_fall)
    }

    /// Whether the spectrum is shown as a picture over time.
    #[must_use]
    pub fn is_spectrogram(&self) -> bool {
        self.spectrum_view.value() == 1
    }

    /// How much of the song the history shows, seconds; `None` is all.
    #[must_use]
    pub fn history_s(&self) -> Option<f64> {
        pick(&[None, Some(180.0), Some(30.0)], &self.history)
    }
}

/// One sentence on each control.
pub(crate) fn hint(id: &str) -> Option<&'static str> {
    Some(match id {
        "scale" => "Loudness as it is (LUFS), or relative to the target (LU).",
        "lu_range" => "How far the scale reaches above the target: EBU +9 or +18.",
        "target" => "The loudness to be met, and the zero of the LU scale.",
        "true_peak_limit" => "The true peak that delivery allows.",
        "follow_transport" => {
            "Off: always measures. Pause: rests while the host stands still. Restart: begins anew at each start."
        }
        "reset" => "Begins a new measurement.",
        "level_meter" => "Peak and RMS in dBFS, VU (IEC 60268-17), or the K-System.",
        "k_system" => "Headroom over the K-System's zero: 20, 14 or 12 dB.",
        "vu_zero" => "The peak level of the sine that reads 0 VU.",
        "spectrum_resolution" => "Width of the spectrum's bands.",
        "spectrum_tilt" => "The slope that stands level: music falls by about 4.5 dB an octave.",
        "spectrum_fall" => "How fast the spectrum falls back.",
        "spectrum_view" => "Curves now, on average and at most; or a picture over time.",
        "history" => "How much of the song the history shows.",
        _ => return None,
    })
}
