//! The Saturator's parameters and how they become settings.

use shared_plugin::params::{Choice, Float, choice, frequency_hz, level, level_db, percent};

use crate::processor::{ChannelMode, Character, SaturatorSettings};

const CHARACTERS: &[(&str, Character)] = &[
    ("Console", Character::Console),
    ("Push-pull", Character::PushPull),
    ("Tape", Character::Tape),
    ("Diode", Character::Diode),
    ("Triode", Character::Triode),
    ("Class-A", Character::ClassA),
    ("Transformer", Character::Transformer),
];
const CHANNEL_MODES: &[(&str, ChannelMode)] = &[
    ("Stereo", ChannelMode::Stereo),
    ("Mid/side", ChannelMode::MidSide),
    ("Mid only", ChannelMode::MidOnly),
    ("Side only", ChannelMode::SideOnly),
];

shared_plugin::params! {
    /// Everything on the Saturator's panel.
    pub struct SaturatorParams {
        group "Drive" {
            /// How hard the curve is pushed. Loudness stays, harmonics rise; 0 is exact.
            ///
            /// That of the lowest band where there are several.
            pub drive: Float = level_db("Drive", 0.0, 0.0..=24.0),
            /// Drive of the second band.
            pub mid_drive: Float = level_db("Mid drive", 0.0, 0.0..=24.0),
            /// Drive of the third band.
            pub high_drive: Float = level_db("High drive", 0.0, 0.0..=24.0),
        }
        group "Character" {
            /// What bends the sound.
            pub character: Choice<Character> = choice("Character", Character::Console, CHARACTERS),
            /// Moves harmonics from odd (up) to even (down), as many in all. 50 % is the character's own.
            pub even_odd: Float = percent("Even/odd", 50.0),
            /// Lets the working point follow the level: louder passages get more even harmonics.
            pub bias_motion: Float = percent("Bias motion", 0.0),
            /// More treble (up) or less into the curve, taken back from what it adds.
            pub emphasis: Float = level_db("Emphasis", 0.0, -12.0..=12.0),
            /// Where the emphasis is half way.
            pub emphasis_frequency: Float = frequency_hz("Emphasis frequency", 3000.0, 500.0..=10_000.0),
        }
        group "Bands" {
            /// Drives bass, middle and treble by themselves.
            pub bands: Choice<usize> = choice("Bands", 1, &[("1", 1), ("2", 2), ("3", 3)]),
            /// Between the first band and the second.
            pub low_crossover: Float = frequency_hz("Low crossover", 200.0, 60.0..=12_000.0),
            /// Between the second band and the third.
            pub high_crossover: Float = frequency_hz("High crossover", 3000.0, 60.0..=12_000.0),
        }
        group "Channels" {
            /// Whether left and right are driven, or mid and side, or one of these alone.
            pub channel_mode: Choice<ChannelMode> = choice("Channel mode", ChannelMode::Stereo, CHANNEL_MODES),
        }
        group "Tone" {
            /// Slope of the wet signal about 1 kHz.
            pub tilt: Float = level("Tilt", " dB/oct", 0.0, -1.0..=1.0),
            /// Takes the top off the wet signal.
            pub high_cut: Float =
                frequency_hz("High cut", 20_100.0, 1000.0..=20_100.0).word_above("Off", 20_000.0, 50.0),
        }
        group "Levels" {
            /// The level that loudness is kept at: set it to the programme's, as a VU meter is aligned.
            ///
            /// Sessions, slots and presets that know no 0 VU were made for -12 dBFS.
            pub zero_vu: Float = level("0 VU", " dBFS", -18.0, -24.0..=-6.0).of_programme().in_old_states(-12.0),
        }
    }
}

impl SaturatorParams {
    /// The processor's settings as the parameters stand; `mix` is 0..1. Realtime-safe.
    #[must_use]
    pub fn settings(&self, mix: f64) -> SaturatorSettings {
        let low_hz = self.low_crossover.get();
        SaturatorSettings {
            drive_db: [self.drive.get(), self.mid_drive.get(), self.high_drive.get()],
            character: self.character.get(),
            balance: self.even_odd.share(),
            bias_motion: self.bias_motion.share(),
            emphasis_db: self.emphasis.get(),
            emphasis_hz: self.emphasis_frequency.get(),
            bands: self.bands.get(),
            crossover_hz: [low_hz, self.high_crossover.get().max(low_hz)],
            channel_mode: self.channel_mode.get(),
            tilt_db_per_octave: self.tilt.get(),
            high_cut_hz: self.high_cut.number(),
            mix,
            // To a thousandth: a host's 0..1 does not hit -12 exactly, and the law of old sessions is to be theirs to the bit.
            zero_vu_db: (self.zero_vu.get() * 1000.0).round() / 1000.0,
        }
    }
}
