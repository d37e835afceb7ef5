//! Limiter's parameters and how they become settings.

use shared_plugin::monitoring::{ActiveMonitoring, MonitoringSwitch};
use shared_plugin::params::{Choice, Float, Switch, choice, frequency_hz, level, level_db, number, percent, switch};

use crate::processor::{DitherShape, LearnAim, LimiterSettings, ReleaseMode, Style};

/// Begins a new measurement.
pub const RESET: MonitoringSwitch = MonitoringSwitch::button("reset", "Reset", "Begins a new measurement.");

const LEARN_AIMS: &[(&str, LearnAim)] =
    &[("Integrated", LearnAim::Integrated), ("Short-term", LearnAim::ShortTerm), ("Momentary", LearnAim::Momentary)];
const STYLES: &[(&str, Style)] = &[("Clean", Style::Clean), ("Punch", Style::Punch), ("Glue", Style::Glue)];
const RELEASE_MODES: &[(&str, ReleaseMode)] = &[("Auto", ReleaseMode::Auto), ("Fixed", ReleaseMode::Fixed)];
const DITHERS: &[(&str, Option<u32>)] =
    &[("Off", None), ("16 bit", Some(16)), ("20 bit", Some(20)), ("24 bit", Some(24))];
const DITHER_SHAPES: &[(&str, DitherShape)] = &[
    ("TPDF", DitherShape::Tpdf),
    ("Gentle", DitherShape::Gentle),
    ("Medium", DitherShape::Medium),
    ("Strong", DitherShape::Strong),
];
/// The lowest Mono below that is a number; below it is none.
const MONO_MIN_HZ: f32 = 40.0;

shared_plugin::params! {
    /// Everything on Limiter's panel.
    pub struct LimiterParams {
        group "Drive" {
            /// Gain into the limiter. Unity gain lets you hear what it does without the loudness.
            pub gain: Float = level_db("Gain", 0.0, 0.0..=24.0),
            /// What Learn brings to its target: the loudness of the whole, its loudest three seconds, or its loudest 400 ms.
            pub learn_aim: Choice<LearnAim> = choice("Learn aims at", LearnAim::Integrated, LEARN_AIMS).of_programme(),
            /// The loudness that Learn sets Gain for.
            pub learn_target: Float = level("Learn target", " LUFS", -14.0, -36.0..=-5.0).of_programme(),
        }
        group "Time" {
            /// How soon the gain begins to fall before a peak. Longer is cleaner; it is a part of the latency.
            pub look_ahead: Float = number("Look-ahead", " ms", 2.0, 0.1..=10.0).skewed(-1.5).of_mode(),
            /// Clean: the least distortion. Punch: falls late, recovers soon, hits stay hits. Glue: slow and even.
            pub style: Choice<Style> = choice("Style", Style::Clean, STYLES),
            /// How long peaks must last before the slow part of the reduction takes them over.
            pub attack: Float = number("Attack", " ms", 60.0, 0.0..=200.0).skewed(-1.2),
            /// How long that part takes to let go, in Fixed.
            pub release: Float = number("Release", " ms", 200.0, 1.0..=1000.0).skewed(-1.6),
            /// Auto: the longer it had to hold, the slower it lets go. Fixed: as Release says.
            pub release_mode: Choice<ReleaseMode> = choice("Release mode", ReleaseMode::Auto, RELEASE_MODES),
        }
        group "Link" {
            /// How far a channel follows the other's peaks. 100 %: the image stands still.
            pub peak_link: Float = percent("Peak link", 100.0),
            /// The same for the slow part of the reduction.
            pub sustain_link: Float = percent("Sustain link", 100.0),
            /// Listens to the port named Sidechain as well. The larger reduction wins: the ceiling always holds.
            pub external_key: Switch = switch("External key", false),
        }
        group "Final level" {
            /// What nothing passes, not even between the samples.
            pub ceiling: Float = level("Ceiling", " dBTP", -0.3, -12.0..=0.0),
            /// Below this the image is mono.
            pub mono_below: Float =
                frequency_hz("Mono below", 39.0, 39.0..=250.0).word_below("Off", MONO_MIN_HZ, 0.05),
            /// For a file of so many bits, last of all. A float file or another plugin behind this one needs none.
            pub dither: Choice<Option<u32>> = choice("Dither", None, DITHERS),
            /// TPDF: plain and even. Gentle, Medium, Strong: shaped, to where the ear hears least, at 44.1 and 48 kHz.
            pub dither_shape: Choice<DitherShape> = choice("Dither shape", DitherShape::Tpdf, DITHER_SHAPES),
        }
    }
}

impl LimiterParams {
    /// The processor's settings as the parameters stand. Realtime-safe.
    #[must_use]
    pub fn settings(&self, monitoring: ActiveMonitoring<'_>) -> LimiterSettings {
        LimiterSettings {
            gain_db: self.gain.get(),
            ceiling_db: self.ceiling.get(),
            style: self.style.get(),
            attack_ms: self.attack.get(),
            release_ms: self.release.get(),
            release_mode: self.release_mode.get(),
            peak_link: self.peak_link.share(),
            sustain_link: self.sustain_link.share(),
            has_external_key: self.external_key.value(),
            mono_below_hz: self.mono_below.number().map(|hz| hz.max(f64::from(MONO_MIN_HZ))),
            dither_bits: self.dither.get(),
            dither_shape: self.dither_shape.get(),
            resets: monitoring.presses(&RESET),
        }
    }
}
