//! What the tests must know of Clipper.

use super::{Case, EFFECT, QUALITIES};

pub(super) static CLIPPER: Case = Case {
    has: EFFECT,
    modes: QUALITIES,
    working: &[("drive", "12"), ("ceiling", "-3"), ("input", "1.5"), ("output", "-2")],
    // In Live its filters are heard even where nothing is clipped; a mix of 0 leaves the input alone in every quality.
    idle: &[("drive", "0"), ("ceiling", "0"), ("mix", "0")],
    louder: &[("drive", "6"), ("ceiling", "-3")],
    automation: &[
        ("drive", "18"),
        ("ceiling", "-6"),
        ("mix", "35"),
        ("knee", "80"),
        ("output", "-4"),
        ("guard", "Off"),
        ("bypass", "On"),
        ("bypass", "Off"),
        ("channel_mode", "Mid/side"),
        ("mix", "100"),
        ("guard", "Sample"),
        ("link", "20"),
        ("guard", "True peak"),
        ("drive", "6"),
    ],
    saved: &[
        ("drive", "4.5"),
        ("ceiling", "-1.5"),
        ("knee", "65"),
        ("guard", "Sample"),
        ("link", "40"),
        ("channel_mode", "Mid/side"),
    ],
    typed: &[("guard", "true peak", "True peak"), ("channel_mode", "mid/side", "Mid/side")],
    calm: &[],
    jump_share: 1.0,
    monitoring: &["limit_instead"],
    only_seen: &[],
    has_sidechain: false,
    output_max_db: 0.0,
    features: &["audio-effect", "mastering", "stereo"],
    category: "Dynamics",
    first_page: &["drive", "ceiling", "knee"],
};
