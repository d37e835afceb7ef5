//! The three styles, and what Auto is.

use shared_dsp::dynamics::{AttackShape, LimiterControls, SustainedTimes};

use super::settings::{LimiterSettings, ReleaseMode, Style};

/// What makes a style, beside the curve of the fall. What a limiter gains in loudness it pays for in movement: slower laws move
/// less and soon gain no more, as the body of a dense mix is then held down by its hits.
struct Law {
    attack_shape: AttackShape,
    /// Of a hit.
    hit_hold_s: f64,
    /// Of what lasts: longer than half a period of 42 Hz in the styles that are to leave a bass alone.
    hold_s: f64,
    hit_release_s: f64,
    /// Of the set attack.
    attack_times: f64,
    /// Of the set release.
    release_times: f64,
    /// Of the sustained part in Auto.
    auto_release_s: f64,
    /// Attack and release of the slow part in Auto.
    auto_slow_s: (f64, f64),
}

fn law(style: Style) -> Law {
    match style {
        Style::Clean => Law {
            attack_shape: AttackShape { smooth: 1.0, late: 0.0, straight: 0.0 },
            hit_hold_s: 0.0,
            hold_s: 0.012,
            hit_release_s: 0.006,
            attack_times: 1.0,
            release_times: 1.0,
            auto_release_s: 0.05,
            auto_slow_s: (2.5, 1.0),
        },
        Style::Punch => Law {
            attack_shape: AttackShape { smooth: 0.0, late: 1.0, straight: 0.0 },
            hit_hold_s: 0.0,
            hold_s: 0.005,
            hit_release_s: 0.005,
            attack_times: 2.0,
            release_times: 0.7,
            auto_release_s: 0.05,
            auto_slow_s: (3.0, 0.45),
        },
        Style::Glue => Law {
            attack_shape: AttackShape { smooth: 0.0, late: 0.0, straight: 1.0 },
            hit_hold_s: 0.008,
            hold_s: 0.016,
            hit_release_s: 0.05,
            attack_times: 0.5,
            release_times: 1.6,
            auto_release_s: 0.18,
            auto_slow_s: (1.0, 1.2),
        },
    }
}

/// The curve of the fall of a style.
pub(super) fn attack_shape(style: Style) -> AttackShape {
    law(style).attack_shape
}

/// What the limiter is told for these settings.
pub(super) fn controls(settings: &LimiterSettings) -> LimiterControls {
    let law = law(settings.style);
    let (release_s, slow) = match settings.release_mode {
        ReleaseMode::Auto => (law.auto_release_s, Some(law.auto_slow_s)),
        ReleaseMode::Fixed => (law.release_times * 1e-3 * settings.release_ms, None),
    };
    LimiterControls {
        peak_link: settings.peak_link,
        sustain_link: settings.sustain_link,
        hit_hold_s: law.hit_hold_s,
        hold_s: law.hold_s,
        times: SustainedTimes {
            // A release that is set shorter than a hit's is meant.
            hit_release_s: law.hit_release_s.min(release_s),
            attack_s: law.attack_times * 1e-3 * settings.attack_ms,
            release_s,
            slow,
        },
    }
}
