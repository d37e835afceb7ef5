//! Glue's parameters and how they become settings.

use shared_plugin::monitoring::{ActiveMonitoring, MonitoringSwitch};
use shared_plugin::params::{Choice, Float, choice, frequency_hz, level, level_db, number, percent};

use crate::processor::{Detector, GlueSettings, LinkMode, Model, Release, SidechainSlope, SidechainSource};

/// Hear the key instead of the programme.
pub const SIDECHAIN_LISTEN: MonitoringSwitch =
    MonitoringSwitch::toggle("sidechain_listen", "Sidechain listen", "Hear the key. Monitoring only: never rendered.");

const RATIOS: &[(&str, f64)] = &[("1.5:1", 1.5), ("2:1", 2.0), ("3:1", 3.0), ("4:1", 4.0), ("10:1", 10.0)];
const ATTACKS_MS: &[(&str, f64)] =
    &[("0.1 ms", 0.1), ("0.3 ms", 0.3), ("1 ms", 1.0), ("3 ms", 3.0), ("10 ms", 10.0), ("30 ms", 30.0)];
const RELEASES: &[(&str, Release)] = &[
    ("0.1 s", Release::Fixed(0.1)),
    ("0.3 s", Release::Fixed(0.3)),
    ("0.6 s", Release::Fixed(0.6)),
    ("1.2 s", Release::Fixed(1.2)),
    ("Auto", Release::Auto),
];
const SLOPES: &[(&str, SidechainSlope)] = &[("6 dB/oct", SidechainSlope::Db6), ("12 dB/oct", SidechainSlope::Db12)];
const SOURCES: &[(&str, SidechainSource)] =
    &[("Internal", SidechainSource::Internal), ("External", SidechainSource::External)];
const LINK_MODES: &[(&str, LinkMode)] = &[("Stereo", LinkMode::Stereo), ("Mid/side", LinkMode::MidSide)];

/// The widest range that is a number; above it is none at all.
const RANGE_MAX_DB: f32 = 24.0;
/// The lowest high-pass that is a number; below it is none at all.
const HIGH_PASS_MIN_HZ: f32 = 20.0;
/// The shortest hold that is a number; below it is none at all.
const HOLD_MIN_MS: f32 = 1.0;

shared_plugin::params! {
    /// Everything on Glue's panel.
    pub struct GlueParams {
        group "Compressor" {
            /// Where the reduction begins: the middle of the knee. Aim for one to four dB on the needle.
            pub threshold: Float = level_db("Threshold", 0.0, -40.0..=10.0),
            /// How firmly the mix is held. The knee widens as the ratio falls.
            pub ratio: Choice<f64> = choice("Ratio", 2.0, RATIOS),
            /// Time to 63 % of the reduction. Slow lets the drums through.
            pub attack: Choice<f64> = choice("Attack", 10.0, ATTACKS_MS),
            /// Time to 63 % of the recovery. Auto is quick after a peak and slow after a loud passage.
            pub release: Choice<Release> = choice("Release", Release::Auto, RELEASES),
            /// How long the reduction stays before it is released. For Auto, what is held has lasted.
            pub hold: Float = number("Hold", " ms", 0.9, 0.9..=500.0).skewed(-1.7).word_below("Off", HOLD_MIN_MS, 0.05),
            /// Gain after the reduction. Match sets it from the measured loudness.
            pub makeup: Float = level_db("Makeup", 0.0, -6.0..=18.0),
            /// The most reduction allowed.
            pub range: Float = number("Range", " dB", 24.1, 0.0..=24.1).word_above("Off", RANGE_MAX_DB, 0.05),
        }
        group "Sidechain" {
            /// Keeps the bass out of the key, so that it does not pump the mix.
            ///
            /// The skew puts 100 Hz near the middle, where the ear's octaves would.
            pub sidechain_high_pass: Float = frequency_hz("Sidechain high-pass", 19.0, 19.0..=500.0)
                .skewed(-1.2)
                .word_below("Off", HIGH_PASS_MIN_HZ, 0.05),
            /// Steepness of the high-pass.
            pub sidechain_slope: Choice<SidechainSlope> = choice("Sidechain slope", SidechainSlope::Db12, SLOPES),
            /// Makes the key listen more to the treble (up) or to the bass (down).
            pub sidechain_tilt: Float = level("Sidechain tilt", " dB/oct", 0.0, -3.0..=3.0),
            /// Internal: the mix itself. External: the port named Sidechain.
            pub sidechain_source: Choice<SidechainSource> =
                choice("Sidechain source", SidechainSource::Internal, SOURCES),
            /// How much of an external key is the port; the rest is the mix itself. Internal takes no notice of it.
            pub sidechain_blend: Float = percent("Sidechain blend", 100.0),
        }
        group "Character" {
            /// Console: feedback, with a grip of its own. Clean: feed-forward and smooth.
            pub model: Choice<Model> =
                choice("Model", Model::Console, &[("Console", Model::Console), ("Clean", Model::Clean)]),
            /// Peak follows every hit, RMS the body of the sound.
            pub detector: Choice<Detector> =
                choice("Detector", Detector::Peak, &[("Peak", Detector::Peak), ("RMS", Detector::Rms)]),
            /// Over how long RMS takes the mean. Long windows follow the body of a phrase; Peak takes no notice of it.
            pub rms_window: Float = number("RMS window", " ms", 5.0, 5.0..=300.0).skewed(-1.4),
            /// 100 %: both channels share one gain and the image stands still.
            pub link: Float = percent("Link", 100.0),
            /// Whether the two channels are left and right, or mid and side.
            pub link_mode: Choice<LinkMode> = choice("Link mode", LinkMode::Stereo, LINK_MODES),
            /// Colour of the gain cell and the output transformer. Off is exact.
            pub drive: Float = percent("Drive", 0.0),
        }
    }
}

impl GlueParams {
    /// The processor's settings as the parameters stand; `mix` is 0..1. Realtime-safe.
    #[must_use]
    pub fn settings(&self, mix: f64, monitoring: ActiveMonitoring<'_>) -> GlueSettings {
        GlueSettings {
            threshold_db: self.threshold.get(),
            ratio: self.ratio.get(),
            attack_ms: self.attack.get(),
            release: self.release.get(),
            hold_ms: self.hold.number().map(|ms| ms.max(f64::from(HOLD_MIN_MS))),
            makeup_db: self.makeup.get(),
            range_db: self.range.number().map(|db| db.min(f64::from(RANGE_MAX_DB))),
            sidechain_high_pass_hz: self.sidechain_high_pass.number().map(|hz| hz.max(f64::from(HIGH_PASS_MIN_HZ))),
            sidechain_slope: self.sidechain_slope.get(),
            sidechain_listen: monitoring.is_on(&SIDECHAIN_LISTEN),
            sidechain_tilt_db_per_octave: self.sidechain_tilt.get(),
            sidechain_source: self.sidechain_source.get(),
            sidechain_blend: self.sidechain_blend.share(),
            model: self.model.get(),
            detector: self.detector.get(),
            rms_window_ms: self.rms_window.get(),
            link: self.link.share(),
            link_mode: self.link_mode.get(),
            drive: self.drive.share(),
            mix,
        }
    }
}
