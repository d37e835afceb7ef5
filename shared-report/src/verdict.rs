//! A programme against a target: whether it passes, why not, by how much, where, and what gain would help.

use serde::Serialize;
use shared_dsp::loudness::Readings;

use crate::text::{number, time};
use crate::{Limits, Programme, Target};

/// Readings this little beyond a limit, in dB or LU, still pass: the error that our own true-peak meter is allowed, and
/// half of the last digit that broadcasters read.
const TOLERANCE_DB: f64 = 0.05;

/// What is known of a programme beside its readings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Facts {
    /// Sample rate in Hz.
    pub sample_rate_hz: u32,
    /// Channels.
    pub channels: usize,
    /// Bits of a sample, where that means something.
    pub bits: Option<u32>,
    /// Length in seconds.
    pub duration_s: f64,
}

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

/// What a target says of a programme.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// The target's name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Whether the programme may go there as it is.
    pub pass: bool,
    /// Why not, in words; empty if it passes.
    pub reasons: Vec<String>,
    /// The same with their figures.
    pub failures: Vec<Failure>,
    /// The least gain in dB with which it would pass; `None` if it passes, and where no gain alone helps.
    pub gain_to_pass_db: Option<f64>,
    /// The gain in dB that the service applies when it plays.
    pub playback_gain_db: Option<f64>,
    /// The true peak in dBTP after that gain.
    pub playback_true_peak_dbtp: Option<f64>,
    /// The room in dB between true peak and what the target allows; negative where it is too high.
    pub headroom_db: Option<f64>,
}

/// Holds a programme against a target.
#[must_use]
pub fn judge(target: &Target, programme: &Programme) -> Verdict {
    let readings = &programme.readings;
    let failures = failures(&target.limits, programme);
    let pass = failures.is_empty();
    let gain_to_pass_db = if pass { None } else { gain_to_pass(&target.limits, programme) };
    let mut reasons: Vec<String> = failures.iter().map(|failure| failure.text.clone()).collect();
    if !pass {
        reasons.push(match gain_to_pass_db {
            Some(gain) => format!("{} dB of gain would pass", signed(gain)),
            None => "no gain alone would pass".into(),
        });
    }
    let playback_gain_db = target
        .normalisation
        .and_then(|normalisation| Some(normalisation.gain_db(readings.integrated_lufs?, readings.true_peak_dbtp?)));
    Verdict {
        name: target.name.clone(),
        title: target.title.clone(),
        pass,
        reasons,
        failures,
        gain_to_pass_db,
        playback_gain_db,
        playback_true_peak_dbtp: sum(readings.true_peak_dbtp, playback_gain_db),
        headroom_db: peak_limit(&target.limits, readings)
            .and_then(|(_, limit)| readings.true_peak_dbtp.map(|peak| limit - peak)),
    }
}

fn sum(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    Some(a? + b?)
}

fn signed(value: f64) -> String {
    format!("{value:+.2}")
}

/// The true peak that is allowed at this loudness, and the limit's name.
fn peak_limit(limits: &Limits, readings: &Readings) -> Option<(&'static str, f64)> {
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
struct Level {
    limit: &'static str,
    what: &'static str,
    reading: Option<f64>,
    allowed: Option<f64>,
    unit: &'static str,
    difference_unit: &'static str,
    at_s: Option<f64>,
}

/// The levels that may not be exceeded.
fn upper_levels(limits: &Limits, programme: &Programme) -> [Level; 6] {
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

fn failures(limits: &Limits, programme: &Programme) -> Vec<Failure> {
    let readings = &programme.readings;
    let mut failures = Vec::new();
    if let Some(allowed) = limits.min_integrated_lufs {
        let failure = |text, by| Failure { limit: "min_integrated_lufs", text, by, at_s: None };
        match readings.integrated_lufs {
            None => failures.push(failure("integrated loudness does not exist: there is only silence".into(), None)),
            Some(reading) if reading < allowed - TOLERANCE_DB => failures.push(failure(
                format!(
                    "integrated loudness {} LUFS is {} LU below the {} LUFS asked for",
                    number(reading, 2),
                    number(allowed - reading, 2),
                    number(allowed, 1)
                ),
                Some(allowed - reading),
            )),
            Some(_) => {}
        }
    }
    for level in upper_levels(limits, programme) {
        // What does not exist exceeds nothing.
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

/// The gain nearest to 0 dB with which everything passes; `None` where there is none.
///
/// Every limit on a level is a corner at which the answer may change, and the least gain that passes is at one of them:
/// so the corners are tried, each rounded to hundredths away from what fails.
fn gain_to_pass(limits: &Limits, programme: &Programme) -> Option<f64> {
    let readings = &programme.readings;
    let down = |gain: f64| (gain * 100.0).floor() / 100.0;
    let up = |gain: f64| (gain * 100.0).ceil() / 100.0;
    let corner = |allowed: Option<f64>, reading: Option<f64>| Some(allowed? - reading?);
    let peaks = [limits.max_true_peak_dbtp, limits.max_true_peak_when_louder_dbtp];
    let mut corners: Vec<f64> = upper_levels(limits, programme)
        .iter()
        .map(|level| corner(level.allowed, level.reading))
        .chain(peaks.map(|peak| corner(peak, readings.true_peak_dbtp)))
        .chain([corner(limits.louder_than_lufs, readings.integrated_lufs)])
        .flatten()
        .map(down)
        .chain(corner(limits.min_integrated_lufs, readings.integrated_lufs).map(up))
        .collect();
    corners.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let passes = |gain: f64| {
        let readings = with_gain(readings, gain);
        failures(limits, &Programme { facts: programme.facts, readings, ..Programme::default() }).is_empty()
    };
    corners.into_iter().find(|&gain| passes(gain))
}

/// What the programme would read with a gain in dB. Samples that are clipped stay so.
fn with_gain(readings: &Readings, gain_db: f64) -> Readings {
    let louder = |level: Option<f64>| level.map(|level| level + gain_db);
    Readings {
        integrated_lufs: louder(readings.integrated_lufs),
        max_momentary_lufs: louder(readings.max_momentary_lufs),
        max_short_term_lufs: louder(readings.max_short_term_lufs),
        true_peak_dbtp: louder(readings.true_peak_dbtp),
        sample_peak_dbfs: louder(readings.sample_peak_dbfs),
        ..*readings
    }
}
