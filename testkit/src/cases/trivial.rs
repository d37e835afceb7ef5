//! What the tests must know of Trivial.

use super::Case;

pub(super) static TRIVIAL: Case = Case {
    has: &["mix", "delta", "compare"],
    modes: &[&[("look_ahead", "0 ms")], &[("look_ahead", "1 ms")], &[("look_ahead", "2 ms")]],
    working: &[("gain", "-6"), ("band2_gain", "-1.5"), ("input", "1.5"), ("output", "-2")],
    idle: &[],
    louder: &[("gain", "-7.3")],
    automation: &[
        ("gain", "-12"),
        ("mix", "50"),
        ("input", "3"),
        ("bypass", "On"),
        ("output", "-4"),
        ("bypass", "Off"),
        ("band1_gain", "-4"),
        ("gain", "6"),
        ("mix", "80"),
    ],
    saved: &[("gain", "-7.7"), ("band3_gain", "2.5"), ("smooth", "35 %"), ("steps", "On"), ("look_ahead", "2 ms")],
    typed: &[("look_ahead", "2", "2 ms"), ("steps", "on", "On")],
    calm: &[],
    jump_share: 1.0,
    monitoring: &[],
    only_seen: &[],
    has_sidechain: false,
    output_max_db: 24.0,
    features: &["audio-effect", "utility"],
    category: "Tools",
    first_page: &[],
};
