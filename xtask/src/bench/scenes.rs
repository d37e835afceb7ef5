//! What each plugin is set to while it is measured.

use super::work::Settings;

/// All of EQ's bands, where they stand by default, and more.
macro_rules! twelve_bells {
    ($($more:expr),*) => {
        &[
            ("band1_shape", "Bell"),
            ("band1_gain", "-1.2 dB"),
            ("band2_shape", "Bell"),
            ("band2_gain", "1.5 dB"),
            ("band3_shape", "Bell"),
            ("band3_gain", "-1.2 dB"),
            ("band4_shape", "Bell"),
            ("band4_gain", "1.5 dB"),
            ("band5_shape", "Bell"),
            ("band5_gain", "-1.2 dB"),
            ("band6_shape", "Bell"),
            ("band6_gain", "1.5 dB"),
            ("band7_shape", "Bell"),
            ("band7_gain", "-1.2 dB"),
            ("band8_shape", "Bell"),
            ("band8_gain", "1.5 dB"),
            ("band9_shape", "Bell"),
            ("band9_gain", "-1.2 dB"),
            ("band10_shape", "Bell"),
            ("band10_gain", "1.5 dB"),
            ("band11_shape", "Bell"),
            ("band11_gain", "-1.2 dB"),
            ("band12_shape", "Bell"),
            ("band12_gain", "1.5 dB"),
            $($more),*
        ]
    };
}

const TWELVE_BELLS: Settings = twelve_bells![];
/// One of them moves.
const ONE_DYNAMIC: Settings =
    twelve_bells![("band9_dynamic", "On"), ("band9_threshold", "-40 dB"), ("band9_range", "-2 dB")];

/// What each plugin is set to: at its defaults one may do less than it is bought for.
const AT_WORK: [(&str, &[(&str, Settings)]); 6] = [
    ("glue", &[("4:1 at -20 dB", &[("threshold", "-20 dB"), ("ratio", "4:1")])]),
    (
        "saturator",
        &[
            ("Console, +6 dB", &[("character", "Console"), ("drive", "6 dB")]),
            ("Push-pull, +12 dB", &[("character", "Push-pull"), ("drive", "12 dB")]),
            ("Tape, +12 dB", &[("character", "Tape"), ("drive", "12 dB")]),
            ("Diode, +12 dB", &[("character", "Diode"), ("drive", "12 dB")]),
            ("Triode, +12 dB", &[("character", "Triode"), ("drive", "12 dB")]),
            ("Class-A, +12 dB", &[("character", "Class-A"), ("drive", "12 dB")]),
            ("Transformer, +12 dB", &[("character", "Transformer"), ("drive", "12 dB")]),
            ("3 bands, +6 dB", &[("drive", "6 dB"), ("mid_drive", "6 dB"), ("high_drive", "6 dB"), ("bands", "3")]),
            ("nothing to do", &[("drive", "0 dB")]),
        ],
    ),
    (
        "eq",
        &[
            (
                "two-bus, 3 bands",
                &[
                    ("band1_shape", "Low shelf"),
                    ("band1_frequency", "70 Hz"),
                    ("band1_gain", "0.7 dB"),
                    ("band2_shape", "Bell"),
                    ("band2_frequency", "310 Hz"),
                    ("band2_gain", "-0.8 dB"),
                    ("band3_shape", "High shelf"),
                    ("band3_frequency", "9 kHz"),
                    ("band3_gain", "0.8 dB"),
                ],
            ),
            ("12 bells", TWELVE_BELLS),
            ("one of 12 dynamic", ONE_DYNAMIC),
            (
                "mid and side",
                &[
                    ("band1_shape", "High shelf"),
                    ("band1_frequency", "9 kHz"),
                    ("band1_gain", "1 dB"),
                    ("band1_channels", "Mid"),
                    ("band2_shape", "Bell"),
                    ("band2_frequency", "250 Hz"),
                    ("band2_gain", "-1 dB"),
                    ("band2_channels", "Side"),
                ],
            ),
            ("nothing to do", &[]),
        ],
    ),
    (
        "clipper",
        &[
            ("clipping, no guard", &[("drive", "12 dB"), ("guard", "Off")]),
            ("clipping, true peak", &[("drive", "12 dB")]),
            ("nothing to do", &[("input", "-12 dB"), ("guard", "Off")]),
            ("nothing, true peak", &[("input", "-12 dB")]),
        ],
    ),
    (
        "limiter",
        &[
            ("limiting, +6 dB", &[("gain", "9 dB")]),
            ("limiting, +6 dB, Punch", &[("gain", "9 dB"), ("style", "Punch")]),
            ("limiting, look-ahead 10", &[("gain", "9 dB"), ("look_ahead", "10 ms")]),
            ("limiting, 16 bit", &[("gain", "9 dB"), ("dither", "16 bit")]),
            ("nothing to do", &[("input", "-12 dB")]),
        ],
    ),
    (
        "tape",
        &[
            ("aligned", &[]),
            ("NAB, wow and hiss", &[("equalisation", "NAB"), ("wow", "0.03"), ("flutter", "0.04"), ("hiss", "-66 dB")]),
            ("under-biased", &[("bias", "-3 dB")]),
        ],
    ),
];

/// Without an entry above, a plugin is measured as it comes.
const AS_IT_COMES: &[(&str, Settings)] = &[("defaults", &[])];

/// What a plugin is set to.
pub(super) fn scenes(package: &str) -> &'static [(&'static str, Settings)] {
    AT_WORK.iter().find(|(name, _)| *name == package).map_or(AS_IT_COMES, |(_, at)| at)
}
