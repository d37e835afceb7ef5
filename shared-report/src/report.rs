//! What a delivery report holds.

use serde::Serialize;
use shared_dsp::loudness::Event;

use crate::limits::no_loudness;
use crate::{Cause, Judged, Programme, Summary, Target, judge};

/// A song of a record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Song {
    /// Its title: the file's name.
    pub title: String,
    /// Where it begins in the record, in frames.
    pub start_frame: u64,
    /// The same in seconds.
    pub start_s: f64,
    /// Its length in seconds.
    pub duration_s: f64,
    /// Silence before it in seconds.
    pub gap_s: f64,
    /// The gain that it was given in dB.
    pub gain_db: f64,
    /// Its integrated loudness as it stands in the record, in LUFS.
    pub integrated_lufs: Option<f64>,
    /// Its loudness range in LU.
    pub loudness_range_lu: Option<f64>,
    /// Its true peak as it stands in the record, in dBTP.
    pub true_peak_dbtp: Option<f64>,
    /// SHA-256 of the file that it was read from, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// What was measured, so that a report can be held against its file later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// The file's name as it was given; bytes that are no text are replaced.
    pub file: String,
    /// SHA-256 of the file's bytes, in hexadecimal digits.
    pub sha256: String,
    /// Length of the file in bytes.
    pub bytes: u64,
    /// When it was measured: date and time of day, UTC.
    pub measured_at: String,
}

/// A delivery report.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What it is about: a file's name.
    pub title: String,
    /// The file that was measured, where there is one.
    pub origin: Option<Origin>,
    /// What was measured.
    pub programme: Programme,
    /// What each target says.
    pub targets: Vec<Judged>,
    /// The same at a glance.
    pub summary: Summary,
    /// The songs, where it is about a record; empty otherwise.
    pub songs: Vec<Song>,
}

impl Report {
    /// A report on a programme, against some targets.
    #[must_use]
    pub fn new(title: &str, programme: Programme, targets: &[&Target]) -> Self {
        let judged = targets.iter().map(|target| Judged {
            verdict: judge(target, &programme),
            kind: target.kind,
            note: target.note.clone(),
            source: target.source.clone(),
        });
        let judged: Vec<Judged> = judged.collect();
        Self {
            title: title.into(),
            origin: None,
            summary: Summary::new(targets, &judged, &programme),
            targets: judged,
            programme,
            songs: Vec::new(),
        }
    }

    /// Why the programme has no loudness, in words; `None` where it has one.
    #[must_use]
    pub fn no_loudness(&self) -> Option<String> {
        no_loudness(&self.programme)
    }

    /// The report as one JSON object: what the page shows, as numbers. What does not exist is null.
    #[must_use]
    pub fn json(&self) -> String {
        // Levels of silence are -300 dB in the history: what has no level has none here.
        let level = |db: f32| (db > -200.0).then_some(db);
        let programme = &self.programme;
        let history: Vec<_> = programme
            .history
            .iter()
            .map(|point| {
                serde_json::json!({
                    "momentary_lufs": level(point.momentary_lufs),
                    "short_term_lufs": level(point.short_term_lufs),
                    "integrated_lufs": level(point.integrated_lufs),
                    "true_peak_dbtp": level(point.true_peak_dbtp),
                    "correlation": point.correlation,
                })
            })
            .collect();
        let places = |events: &[Event]| -> Vec<_> {
            events
                .iter()
                .map(|event| {
                    serde_json::json!({
                        "at_s": event.start_s,
                        "length_s": event.length_s,
                        "channel": event.channel + 1,
                        "peak_db": event.peak_db(),
                        "clipped_samples": event.clipped_samples,
                    })
                })
                .collect()
        };
        let report = serde_json::json!({
            "title": self.title,
            "made_by": concat!("twobus ", env!("CARGO_PKG_VERSION")),
            "origin": self.origin,
            "warnings": programme.warnings,
            "facts": programme.facts,
            "readings": programme.readings,
            "places": programme.places,
            "summary": self.summary,
            "causes": Cause::all_of(&self.targets),
            "targets": self.targets,
            "songs": self.songs,
            "true_peak_overs": places(&programme.overs),
            "clips": places(&programme.clips),
            "spectrum": programme.spectrum,
            "history_period_s": programme.history_period_s,
            "history": history,
            "scrubbed_samples": programme.scrubbed_samples,
        });
        format!("{report:#}\n")
    }
}
