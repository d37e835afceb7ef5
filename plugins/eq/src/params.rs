//! EQ's parameters and how they become settings.

use shared_dsp::filters::Shape;
use shared_dsp::filters::kernels::LinearLength;
use shared_plugin::monitoring::{ActiveMonitoring, MonitoringSwitch};
use shared_plugin::params::{Choice, Float, Switch, bands, choice, frequency_hz, level_db, number, switch};

use crate::processor::{BANDS, BandChannels, BandSettings, Detector, EqMode, EqSettings, Phase};

const SHAPES: &[(&str, Option<Shape>)] = &[
    ("Off", None),
    ("Bell", Some(Shape::Bell)),
    ("Low shelf", Some(Shape::LowShelf)),
    ("High shelf", Some(Shape::HighShelf)),
    ("Tilt", Some(Shape::Tilt)),
    ("Notch", Some(Shape::Notch)),
    ("Band-pass", Some(Shape::BandPass)),
    ("All-pass", Some(Shape::AllPass)),
    ("Low cut", Some(Shape::LowCut)),
    ("High cut", Some(Shape::HighCut)),
    ("Flat top", Some(Shape::FlatTop)),
];
const SLOPES: &[(&str, u32)] = &[
    ("6 dB/oct", 6),
    ("12 dB/oct", 12),
    ("18 dB/oct", 18),
    ("24 dB/oct", 24),
    ("36 dB/oct", 36),
    ("48 dB/oct", 48),
    ("72 dB/oct", 72),
    ("96 dB/oct", 96),
];
const CHANNELS: &[(&str, BandChannels)] = &[
    ("Stereo", BandChannels::Stereo),
    ("Left", BandChannels::Left),
    ("Right", BandChannels::Right),
    ("Mid", BandChannels::Mid),
    ("Side", BandChannels::Side),
];
const DETECTORS: &[(&str, Detector)] = &[("Peak", Detector::Peak), ("RMS", Detector::Rms)];
const PHASES: &[(&str, Phase)] = &[("Minimum", Phase::Minimum), ("Natural", Phase::Natural), ("Linear", Phase::Linear)];
const LENGTHS: &[(&str, LinearLength)] = &[
    ("Shortest", LinearLength::Shortest),
    ("Short", LinearLength::Short),
    ("Medium", LinearLength::Medium),
    ("Long", LinearLength::Long),
    ("Longest", LinearLength::Longest),
];

/// Where the bands stand until somebody moves them, Hz.
const FREQUENCIES_HZ: [f32; BANDS] =
    [60.0, 120.0, 250.0, 500.0, 1000.0, 2000.0, 3000.0, 4500.0, 6500.0, 9000.0, 12_000.0, 16_000.0];
/// The lowest Mono below that is a number; below it is none.
const MONO_MIN_HZ: f32 = 40.0;

/// Hear one band's part of the spectrum, a switch for each band.
pub const LISTEN: [MonitoringSwitch; BANDS] = [
    listen("listen_1", "Listen to band 1"),
    listen("listen_2", "Listen to band 2"),
    listen("listen_3", "Listen to band 3"),
    listen("listen_4", "Listen to band 4"),
    listen("listen_5", "Listen to band 5"),
    listen("listen_6", "Listen to band 6"),
    listen("listen_7", "Listen to band 7"),
    listen("listen_8", "Listen to band 8"),
    listen("listen_9", "Listen to band 9"),
    listen("listen_10", "Listen to band 10"),
    listen("listen_11", "Listen to band 11"),
    listen("listen_12", "Listen to band 12"),
];

const fn listen(id: &'static str, name: &'static str) -> MonitoringSwitch {
    MonitoringSwitch::toggle(id, name, "Hear what this band acts on. Monitoring only: never rendered.")
}

shared_plugin::params! {
    /// One band.
    pub struct BandParams(index: usize) {
        /// What the band does; Off costs nothing.
        pub shape: Choice<Option<Shape>> = choice("Shape", None, SHAPES),
        /// Centre, corner or pivot.
        pub frequency: Float = frequency_hz("Frequency", FREQUENCIES_HZ[index], 10.0..=40_000.0),
        /// Lift or cut. Small moves: half a decibel is heard, two are much.
        pub gain: Float = level_db("Gain", 0.0, -24.0..=24.0),
        /// How narrow: 0.7 is wide and musical.
        pub q: Float = number("Q", "", 0.71, 0.1..=40.0).skewed(-2.0),
        /// How steep cuts and shelves are.
        pub slope: Choice<u32> = choice("Slope", 12, SLOPES),
        /// Which part of the image the band acts on.
        pub channels: Choice<BandChannels> = choice("Channels", BandChannels::Stereo, CHANNELS),
        /// The bell narrows as its gain grows, as on consoles.
        pub q_follows: Switch = switch("Q follows gain", false),
        /// The gain follows the level.
        pub dynamic: Switch = switch("Dynamic", false),
        /// The level in the band from which on its gain moves: the middle of the knee.
        pub threshold: Float = level_db("Threshold", -24.0, -60.0..=0.0),
        /// How gently it sets in.
        pub knee: Float = number("Knee", " dB", 6.0, 0.0..=24.0),
        /// How far the gain moves at most, up or down: a decibel for every two above the threshold.
        pub range: Float = level_db("Range", -3.0, -24.0..=24.0),
        /// Time to 63 % of the move.
        pub attack: Float = number("Attack", " ms", 20.0, 0.1..=500.0).skewed(-2.0),
        /// Time to 63 % of the way back.
        pub release: Float = number("Release", " ms", 180.0, 5.0..=3000.0).skewed(-2.0),
        /// Peak follows every hit, RMS the body of the sound.
        pub detector: Choice<Detector> = choice("Detector", Detector::Peak, DETECTORS),
        /// Listens to the port named Sidechain instead of the programme.
        pub external_key: Switch = switch("External key", false),
    }

    /// Everything on EQ's panel.
    pub struct EqParams {
        group "Bands" {
            /// The bands, in the order in which they act.
            pub bands: [BandParams; BANDS] = bands("band", "Band").numbered(),
        }
        group "Equaliser" {
            /// Scales the gains of all bands: 0 % is flat, -100 % is the opposite.
            pub gain_scale: Float = number("Gain scale", " %", 100.0, -100.0..=200.0),
            /// Below this the image is mono.
            pub mono_below: Float =
                frequency_hz("Mono below", 39.0, 39.0..=250.0).word_below("Off", MONO_MIN_HZ, 0.05),
            /// Minimum: no latency. Natural: magnitude and phase of the analogue curve. Linear: no phase at all.
            pub phase: Choice<Phase> = choice("Phase", Phase::Natural, PHASES).of_mode(),
            /// How long the kernel of linear phase is: longer is exact further down.
            pub linear_length: Choice<LinearLength> = choice("Linear length", LinearLength::Medium, LENGTHS).of_mode(),
        }
    }
}

impl EqParams {
    /// The processor's settings as the parameters stand; `mix` is 0..1. Realtime-safe.
    #[must_use]
    pub fn settings(&self, mix: f64, monitoring: ActiveMonitoring<'_>) -> EqSettings {
        EqSettings {
            bands: std::array::from_fn(|n| self.bands[n].settings()),
            gain_scale: self.gain_scale.share(),
            mono_below_hz: self.mono_below.number().map(|hz| hz.max(f64::from(MONO_MIN_HZ))),
            listen: LISTEN.iter().position(|switch| monitoring.is_on(switch)),
            mix,
        }
    }

    /// The processor's mode as the parameters stand. Realtime-safe.
    #[must_use]
    pub fn mode(&self) -> EqMode {
        match self.phase.get() {
            Phase::Minimum => EqMode::Minimum,
            Phase::Natural => EqMode::Natural,
            Phase::Linear => EqMode::Linear(self.linear_length.get()),
        }
    }
}

impl BandParams {
    /// The settings of this band. Realtime-safe.
    #[must_use]
    pub fn settings(&self) -> BandSettings {
        BandSettings {
            shape: self.shape.get(),
            frequency_hz: self.frequency.get(),
            gain_db: self.gain.get(),
            q: self.q.get(),
            slope_db_per_octave: self.slope.get(),
            channels: self.channels.get(),
            q_follows: self.q_follows.value(),
            is_dynamic: self.dynamic.value(),
            threshold_db: self.threshold.get(),
            knee_db: self.knee.get(),
            range_db: self.range.get(),
            attack_ms: self.attack.get(),
            release_ms: self.release.get(),
            detector: self.detector.get(),
            external_key: self.external_key.value(),
        }
    }
}
