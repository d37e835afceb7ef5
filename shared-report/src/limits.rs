//! What a programme does against each limit of a target: beyond it, or not measured.

use serde::Serialize;
use shared_dsp::loudness::Readings;

use crate::text::{number, time};
use crate::{Facts, Limits, Programme, Target};

/// Readings this little beyond a limit, in dB or LU, still pass: the error that our own true-peak meter is allowed, and
/// half of the last digit that broadcasters read.
const TOLERANCE_DB: f64 = 0.05;

/// One thing that fails.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Failure {
    /// The limit's name, as in a file of targets.
    pub limit: &'static str,
    /// Both figures and the difference, in words.
    pub text: String,
    /// How far beyond the limit, in the reading's own unit; `None` where there is no distance.
    pub by: Option<f64>,
    /// Where, in seconds from the start.
    pub at_s: Option<f64>,
}

/// The true peak that is allowed at this loudness, and the limit's name.
pub(crate) fn peak_limit(limits: &Limits, readings: &Readings) -> Option<(&'static str, f64)> {
    let is_louder = limits
        .louder_than_lufs
        .zip(readings.integrated_lufs)
        .is_some_and(|(limit, integrated)| integrated > limit + TOLERANCE_DB);
    if is_louder && let Some(peak) = limits.max_true_peak_when_louder_dbtp {
        return Some(("max_true_peak_when_louder_dbtp", peak));
    }
    limits.max_true_peak_dbtp.map(|peak| ("max_true_peak_dbtp", peak))
}

/// A level and what is allowed: name, what it is, reading, limit, unit of the reading, unit of a difference, place.
pub(crate) struct Level {
    limit: &'static str,
    what: &'static str,
    pub(crate) reading: Option<f64>,
    pub(crate) allowed: Option<f64>,
    unit: &'static str,
    difference_unit: &'static str,
    at_s: Option<f64>,
}

/// The levels that may not be exceeded.
pub(crate) fn upper_levels(limits: &Limits, programme: &Programme) -> [Level; 6] {
    let (readings, places) = (&programme.readings, &programme.places);
    let level = |limit, what, reading, allowed, unit, difference_unit, at_s| Level {
        limit,
        what,
        reading,
        allowed,
        unit,
        difference_unit,
        at_s,
    };
    let (peak_name, peak) = peak_limit(limits, readings).unzip();
    let peak_what = match peak_name {
        Some("max_true_peak_when_louder_dbtp") => "true peak (of a programme this loud)",
        _ => "true peak",
    };
    [
        level(
            "max_integrated_lufs",
            "integrated loudness",
            readings.integrated_lufs,
            limits.max_integrated_lufs,
            "LUFS",
            "LU",
            None,
        ),
        level(
            "max_momentary_lufs",
            "momentary loudness",
            readings.max_momentary_lufs,
            limits.max_momentary_lufs,
            "LUFS",
            "LU",
            places.max_momentary_s,
        ),
        level(
            "max_short_term_lufs",
            "short-term loudness",
            readings.max_short_term_lufs,
            limits.max_short_term_lufs,
            "LUFS",
            "LU",
            places.max_short_term_s,
        ),
        level(
            "max_loudness_range_lu",
            "loudness range",
            readings.loudness_range_lu,
            limits.max_loudness_range_lu,
            "LU",
            "LU",
            None,
        ),
        level(
            peak_name.unwrap_or("max_true_peak_dbtp"),
            peak_what,
            readings.true_peak_dbtp,
            peak,
            "dBTP",
            "dB",
            places.true_peak_s,
        ),
        level(
            "max_sample_peak_dbfs",
            "sample peak",
            readings.sample_peak_dbfs,
            limits.max_sample_peak_dbfs,
            "dBFS",
            "dB",
            places.sample_peak_s,
        ),
    ]
}

pub(crate) fn failures(limits: &Limits, programme: &Programme) -> Vec<Failure> {
    let readings = &programme.readings;
    let mut failures = Vec::new();
    if let Some(allowed) = limits.min_integrated_lufs {
        // What was not measured is told apart from what fails: see `missing`.
        if let Some(reading) = readings.integrated_lufs
            && reading < allowed - TOLERANCE_DB
        {
            failures.push(Failure {
                limit: "min_integrated_lufs",
                text: format!(
                    "integrated loudness {} LUFS is {} LU below the {} LUFS asked for",
                    number(reading, 2),
                    number(allowed - reading, 2),
                    number(allowed, 1)
                ),
                by: Some(allowed - reading),
                at_s: None,
            });
        }
    }
    for level in upper_levels(limits, programme) {
        // What was not measured neither passes nor fails: see `missing`.
        let (Some(reading), Some(allowed)) = (level.reading, level.allowed) else { continue };
        if reading > allowed + TOLERANCE_DB {
            let place = level.at_s.map_or_else(String::new, |at| format!(" at {}", time(at)));
            failures.push(Failure {
                limit: level.limit,
                text: format!(
                    "{} {} {}{place} is {} {} above the {} {} allowed",
                    level.what,
                    number(reading, 2),
                    level.unit,
                    number(reading - allowed, 2),
                    level.difference_unit,
                    number(allowed, 1),
                    level.unit
                ),
                by: Some(reading - allowed),
                at_s: level.at_s,
            });
        }
    }
    if let (Some(reading), Some(allowed)) = (readings.correlation, limits.min_correlation)
        && reading < allowed
    {
        failures.push(Failure {
            limit: "min_correlation",
            text: format!("correlation {} is below the {} asked for", number(reading, 2), number(allowed, 2)),
            by: Some(allowed - reading),
            at_s: None,
        });
    }
    if let (Some(reading), Some(allowed)) = (readings.low_end_width, limits.max_low_end_width)
        && reading > allowed
    {
        failures.push(Failure {
            limit: "max_low_end_width",
            text: format!(
                "the side has {} of the power below 150 Hz, more than the {} allowed",
                number(reading, 3),
                number(allowed, 3)
            ),
            by: Some(reading - allowed),
            at_s: None,
        });
    }
    if let (Some(reading), Some(allowed)) = (readings.dc_offset.map(f64::abs), limits.max_dc_offset)
        && reading > allowed
    {
        failures.push(Failure {
            limit: "max_dc_offset",
            text: format!("DC offset {reading:.6} of full scale is above the {allowed} allowed"),
            by: Some(reading - allowed),
            at_s: None,
        });
    }
    if let Some(allowed) = limits.max_clipped_samples
        && readings.clipped_samples > allowed
    {
        // The list holds the worst, not the first.
        let worst_s = programme.clips.first().map(|clip| clip.start_s);
        let place = worst_s.map_or_else(String::new, |at| format!(", the worst at {}", time(at)));
        failures.push(Failure {
            limit: "max_clipped_samples",
            text: format!("{} samples at full scale{place}; {allowed} are allowed", readings.clipped_samples),
            by: Some((readings.clipped_samples - allowed) as f64),
            at_s: worst_s,
        });
    }
    failures.extend(format_failures(limits, &programme.facts));
    failures
}

/// What no reading tells: length and format.
fn format_failures(limits: &Limits, facts: &Facts) -> Vec<Failure> {
    let mut failures = Vec::new();
    if let Some(allowed) = limits.max_duration_s
        && facts.duration_s > allowed
    {
        failures.push(Failure {
            limit: "max_duration_s",
            text: format!("its length {} is above the {} allowed", time(facts.duration_s), time(allowed)),
            by: Some(facts.duration_s - allowed),
            at_s: None,
        });
    }
    let mut one_of = |limit, what: &str, value: u64, allowed: Option<Vec<u64>>| {
        if let Some(allowed) = allowed
            && !allowed.contains(&value)
        {
            let list: Vec<String> = allowed.iter().map(u64::to_string).collect();
            failures.push(Failure {
                limit,
                text: format!("{value} {what}; allowed: {}", list.join(", ")),
                by: None,
                at_s: None,
            });
        }
    };
    let rates = limits.sample_rates_hz.as_ref().map(|list| list.iter().map(|&n| n.into()).collect());
    one_of("sample_rates_hz", "Hz", facts.sample_rate_hz.into(), rates);
    if let Some(bits) = facts.bits {
        let allowed = limits.bits.as_ref().map(|list| list.iter().map(|&n| n.into()).collect());
        one_of("bits", "bits", bits.into(), allowed);
    }
    let channels = limits.channels.as_ref().map(|list| list.iter().map(|&n| n as u64).collect());
    one_of("channels", "channels", facts.channels as u64, channels);
    failures
}

/// The shortest programme that has an integrated or momentary loudness, in seconds: one block of BS.1770.
const BLOCK_S: f64 = 0.4;
/// The shortest programme that has a short-term loudness, in seconds.
const SHORT_TERM_S: f64 = 3.0;

/// Why a programme has no loudness, in words; `None` where it has one.
pub(crate) fn no_loudness(programme: &Programme) -> Option<String> {
    let Programme { facts, readings, .. } = programme;
    if readings.integrated_lufs.is_some() {
        None
    } else if readings.sample_peak_dbfs.is_none() {
        Some("there is only silence".into())
    } else if is_shorter(facts.duration_s, BLOCK_S) {
        Some(format!("too short to measure ({} s; loudness takes 0.4 s)", number(facts.duration_s, 3)))
    } else {
        Some("too quiet to measure (never above -70 LUFS)".into())
    }
}

/// Less than a length, but for what rounding does to it.
fn is_shorter(duration_s: f64, than_s: f64) -> bool {
    duration_s < than_s - 1e-6
}

/// What a target asks for and the programme does not have, each with the reason, in words; empty where all was measured.
/// What has no value is neither good nor bad.
pub(crate) fn missing(target: &Target, programme: &Programme) -> Vec<String> {
    let Target { limits, normalisation, .. } = target;
    let Programme { facts, readings, .. } = programme;
    let asks_peak = limits.max_true_peak_dbtp.is_some() || limits.max_true_peak_when_louder_dbtp.is_some();
    let asks_loudness = limits.min_integrated_lufs.is_some()
        || limits.max_integrated_lufs.is_some()
        || limits.louder_than_lufs.is_some()
        || normalisation.is_some();
    let asked = [
        ("integrated loudness", asks_loudness, readings.integrated_lufs, BLOCK_S),
        ("momentary loudness", limits.max_momentary_lufs.is_some(), readings.max_momentary_lufs, BLOCK_S),
        ("short-term loudness", limits.max_short_term_lufs.is_some(), readings.max_short_term_lufs, SHORT_TERM_S),
        ("loudness range", limits.max_loudness_range_lu.is_some(), readings.loudness_range_lu, SHORT_TERM_S),
        ("true peak", asks_peak || normalisation.is_some(), readings.true_peak_dbtp, 0.0),
        ("sample peak", limits.max_sample_peak_dbfs.is_some(), readings.sample_peak_dbfs, 0.0),
        ("correlation", limits.min_correlation.is_some(), readings.correlation, 0.0),
        ("low-end width", limits.max_low_end_width.is_some(), readings.low_end_width, 0.0),
        ("DC offset", limits.max_dc_offset.is_some(), readings.dc_offset, 0.0),
    ];
    let mut missing = asked.iter().filter(|(_, is_asked, reading, _)| *is_asked && reading.is_none()).peekable();
    if missing.peek().is_some() && readings.sample_peak_dbfs.is_none() {
        // One cause is told once.
        return vec!["not measured: there is only silence".into()];
    }
    let tell = |&(what, _, _, takes_s): &(&str, bool, Option<f64>, f64)| {
        let why = if is_shorter(facts.duration_s, takes_s) {
            format!("too short ({} s; it takes {takes_s} s)", number(facts.duration_s, 3))
        } else if takes_s > 0.0 {
            "too short, or never above -70 LUFS".into()
        } else if facts.channels > 2 {
            "it is defined for mono and stereo only".into()
        } else {
            "there is nothing to compare".into()
        };
        let why = match (what, no_loudness(programme)) {
            ("integrated loudness" | "momentary loudness", Some(why)) => why,
            _ => why,
        };
        format!("{what} not measured: {why}")
    };
    missing.map(tell).collect()
}
