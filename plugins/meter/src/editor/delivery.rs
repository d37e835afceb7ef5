//! What passes where, and what each service would do.

use egui::Ui;
use shared_dsp::loudness::Readings;
use shared_plugin::editor::PanelContext;
use shared_report::{Limits, Programme, Target, Targets, Verdict, judge};
use shared_ui::targets;

use crate::params::MeterParams;
use crate::processor::MeterReading;
use crate::report;

/// The targets, and what they say of the last readings.
#[derive(Default)]
pub struct Delivery {
    targets: Option<Targets>,
    judged_for: Option<Readings>,
    rows: Vec<Row>,
}

/// A target as it is shown.
struct Row {
    asks: String,
    note: String,
    verdict: Verdict,
}

impl Delivery {
    /// Draws the table. The targets are those of the command line, the user's own included.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        reading: &MeterReading,
        context: &PanelContext<'_, MeterParams, MeterReading>,
    ) -> bool {
        let targets = self.targets.get_or_insert_with(|| {
            // A file that cannot be read is the command line's to complain of; here are the targets that can.
            Targets::load(None).unwrap_or_else(|_| Targets::built_in())
        });
        if self.judged_for != Some(reading.whole) {
            self.judged_for = Some(reading.whole);
            let programme = report::judged(reading, f64::from(context.sample_rate_hz()));
            self.rows = targets.iter().map(|target| row(target, &programme)).collect();
        }
        let is_measured = reading.whole.integrated_lufs.is_some();
        let shown: Vec<_> = self.rows.iter().map(|row| show_row(row, is_measured)).collect();
        targets::show(ui, ui.available_width(), &shown).animating
    }
}

fn row(target: &Target, programme: &Programme) -> Row {
    let verdict = judge(target, programme);
    let source = &target.source;
    let notes = verdict.reasons.iter().chain([&target.note]).filter(|note| !note.is_empty());
    let notes: String = notes.map(|note| format!("{}.\n", note.trim_end_matches('.'))).collect();
    Row { asks: asks(target), note: format!("{notes}{}, {}", source.text, source.date), verdict }
}

fn show_row(row: &Row, is_measured: bool) -> targets::Target<'_> {
    let verdict = &row.verdict;
    targets::Target {
        name: &verdict.title,
        asks: &row.asks,
        gain_db: verdict.playback_gain_db.map(|gain| gain as f32),
        headroom_db: verdict.headroom_db.map(|headroom| headroom as f32),
        verdict: match (is_measured, verdict.pass) {
            (false, _) | (true, None) => targets::Verdict::Unknown,
            (true, Some(true)) => targets::Verdict::Pass,
            (true, Some(false)) => targets::Verdict::Fail,
        },
        note: &row.note,
    }
}

/// What a target asks for, in a few words.
fn asks(target: &Target) -> String {
    let limits: &Limits = &target.limits;
    let number = |value: f64| format!("{value}").replace('-', "−");
    let loudness = match (limits.min_integrated_lufs, limits.max_integrated_lufs, &target.normalisation) {
        (Some(low), Some(high), _) => Some(format!("{} to {} LUFS", number(low), number(high))),
        (None, Some(high), _) => Some(format!("at most {} LUFS", number(high))),
        (Some(low), None, _) => Some(format!("at least {} LUFS", number(low))),
        (None, None, Some(normalisation)) => Some(format!("plays at {} LUFS", number(normalisation.loudness_lufs))),
        (None, None, None) => None,
    };
    let peak = limits.max_true_peak_dbtp.map(|peak| format!("{} dBTP", number(peak)));
    let parts: Vec<String> = [loudness, peak].into_iter().flatten().collect();
    if parts.is_empty() { "see the note".to_owned() } else { parts.join(", ") }
}
