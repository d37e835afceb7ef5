//! A programme against a target: whether it passes, why not, by how much, where, and what gain would help.

use serde::Serialize;

use crate::gain::gain_to_pass;
use crate::limits::{failures, missing, peak_limit};
use crate::{Failure, Kind, Programme, Source, Target};

/// What a target says of a programme.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// The target's name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Whether the programme may go there as it is; `None` where nothing fails, but what the target asks for was not
    /// measured: in silence, and in what is too short.
    pub pass: Option<bool>,
    /// Why not, or what was not measured and why, in words; empty if it passes.
    pub reasons: Vec<String>,
    /// What fails, with its figures.
    pub failures: Vec<Failure>,
    /// What the target asks for and was not measured, and why, in words.
    pub not_measured: Vec<String>,
    /// The least gain in dB with which it would pass; `None` if it passes, and where no gain alone helps.
    pub gain_to_pass_db: Option<f64>,
    /// The gain in dB that the service applies when it plays.
    pub playback_gain_db: Option<f64>,
    /// The true peak in dBTP after that gain.
    pub playback_true_peak_dbtp: Option<f64>,
    /// The room in dB between true peak and what the target allows; negative where it is too high.
    pub headroom_db: Option<f64>,
}

/// A target's verdict, and who says so.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// What the target says.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What kind of place it is.
    pub kind: Kind,
    /// Anything that a reader should know about the target.
    pub note: String,
    /// Where its figures come from.
    pub source: Source,
}

/// Holds a programme against a target.
#[must_use]
pub fn judge(target: &Target, programme: &Programme) -> Verdict {
    let readings = &programme.readings;
    let failures = failures(&target.limits, programme);
    let not_measured = missing(target, programme);
    let pass = match (failures.is_empty(), not_measured.is_empty()) {
        (false, _) => Some(false),
        (true, true) => Some(true),
        (true, false) => None,
    };
    let is_judged = not_measured.is_empty() && pass == Some(false);
    let gain_to_pass_db = if is_judged { gain_to_pass(&[&target.limits], programme) } else { None };
    let mut reasons: Vec<String> = failures.iter().map(|failure| failure.text.clone()).collect();
    reasons.extend(not_measured.iter().cloned());
    if is_judged {
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
        not_measured,
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
