//! All targets at a glance: how many pass, what gain would pass all streaming, and each cause once.

use serde::Serialize;

use crate::gain::gain_to_pass;
use crate::{Judged, Kind, Limits, Programme, Target};

/// How a programme stands against all targets that it was held against.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Targets that pass.
    pub passes: usize,
    /// Targets that fail.
    pub fails: usize,
    /// Targets that could not be judged, because what they ask for was not measured.
    pub not_measured: usize,
    /// Streaming targets among all.
    pub streaming: usize,
    /// Streaming targets that pass.
    pub streaming_passes: usize,
    /// The least gain in dB with which all streaming targets would pass; `None` where all do, and where no gain alone helps.
    pub streaming_gain_db: Option<f64>,
}

impl Summary {
    /// Counts verdicts on a programme; `targets` are those that were judged.
    #[must_use]
    pub fn new(targets: &[&Target], judged: &[Judged], programme: &Programme) -> Self {
        let count = |pass: Option<bool>| judged.iter().filter(|judged| judged.verdict.pass == pass).count();
        let streaming = || judged.iter().filter(|judged| judged.kind == Kind::Streaming);
        let streaming_passes = streaming().filter(|judged| judged.verdict.pass == Some(true)).count();
        let is_measured = streaming().all(|judged| judged.verdict.not_measured.is_empty());
        let limits: Vec<&Limits> =
            targets.iter().filter(|target| target.kind == Kind::Streaming).map(|target| &target.limits).collect();
        let needs_gain = is_measured && streaming_passes < limits.len();
        Self {
            passes: count(Some(true)),
            fails: count(Some(false)),
            not_measured: count(None),
            streaming: limits.len(),
            streaming_passes,
            streaming_gain_db: if needs_gain { gain_to_pass(&limits, programme) } else { None },
        }
    }

    /// Targets judged.
    #[must_use]
    pub fn of(&self) -> usize {
        self.passes + self.fails + self.not_measured
    }

    /// "passes 3 of 17 targets", and where some could not be judged, how many.
    #[must_use]
    pub fn count(&self) -> String {
        let all = self.of();
        let unknown = match self.not_measured {
            0 => String::new(),
            n => format!(", {n} not measured"),
        };
        format!("passes {} of {all} target{}{unknown}", self.passes, if all == 1 { "" } else { "s" })
    }

    /// What would pass all streaming targets, in words; `None` where there are none.
    #[must_use]
    pub fn streaming(&self) -> Option<String> {
        let all = match self.streaming {
            0 => return None,
            1 => "the streaming target".into(),
            n => format!("all {n} streaming targets"),
        };
        Some(match self.streaming_gain_db {
            Some(gain) => format!("{gain:+.2} dB would pass {all}"),
            None if self.streaming_passes == self.streaming => format!("passes {all}"),
            None if self.not_measured > 0 => format!("{all}: not measured"),
            None => format!("no gain alone would pass {all}"),
        })
    }
}

/// Something that keeps targets from passing, told once.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cause {
    /// What, with its figures, or what was not measured and why.
    pub text: String,
    /// Whether it fails; else it was not measured.
    pub fails: bool,
    /// The titles of the targets concerned.
    pub targets: Vec<String>,
}

impl Cause {
    /// Every cause once, what fails before what was not measured, each with its targets in order.
    #[must_use]
    pub fn all_of(judged: &[Judged]) -> Vec<Self> {
        let mut causes: Vec<Self> = Vec::new();
        let mut add = |text: &str, fails: bool, title: &str| match causes.iter_mut().find(|cause| cause.text == text) {
            Some(cause) => cause.targets.push(title.into()),
            None => causes.push(Self { text: text.into(), fails, targets: vec![title.into()] }),
        };
        for Judged { verdict, .. } in judged {
            verdict.failures.iter().for_each(|failure| add(&failure.text, true, &verdict.title));
        }
        for Judged { verdict, .. } in judged {
            verdict.not_measured.iter().for_each(|text| add(text, false, &verdict.title));
        }
        causes
    }
}
