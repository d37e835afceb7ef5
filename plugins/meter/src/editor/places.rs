//! Where the extremes are.

use egui::Ui;
use shared_dsp::loudness::Event;
use shared_report::{number, time};
use shared_ui::table::{self, Column};

use crate::processor::MeterReading;

const COLUMNS: [Column<'_>; 4] = [
    Column { head: "What", share: 0.34 },
    Column { head: "At", share: 0.18 },
    Column { head: "Reading", share: 0.24 },
    Column { head: "", share: 0.24 },
];

/// Draws the table: extremes first, then overs and clips, the worst first.
pub fn show(ui: &mut Ui, reading: &MeterReading) -> bool {
    let (whole, places) = (&reading.whole, &reading.places);
    let extremes = [
        ("Highest true peak", places.true_peak_s, whole.true_peak_dbtp, "dBTP"),
        ("Highest sample", places.sample_peak_s, whole.sample_peak_dbfs, "dBFS"),
        ("Loudest 400 ms", places.max_momentary_s, whole.max_momentary_lufs, "LUFS"),
        ("Loudest 3 s", places.max_short_term_s, whole.max_short_term_lufs, "LUFS"),
        ("Flattest 3 s (least PSR)", places.least_psr_s, whole.psr_db, "dB"),
    ];
    let mut rows: Vec<Vec<String>> = extremes
        .into_iter()
        .map(|(what, at_s, value, unit)| {
            let at = at_s.map_or_else(|| "—".to_owned(), time);
            let value = value.map_or_else(|| "—".to_owned(), |value| signed(value, unit));
            vec![what.to_owned(), at, value]
        })
        .collect();
    let event = |what: &str, unit: &str, event: &Event| {
        let side = ["left", "right"].get(event.channel).copied().unwrap_or("");
        let mut words = format!("{side}, {} ms", number(1000.0 * event.length_s, 0));
        if event.clipped_samples > 0 {
            words += &format!(", {} clipped", event.clipped_samples);
        }
        vec![what.to_owned(), time(event.start_s), signed(event.peak_db(), unit), words]
    };
    // As many as the canvas has room for.
    let overs = reading.overs.iter().flatten().take(6).map(|over| event("True peak over", "dBTP", over));
    let clips = reading.clips.iter().flatten().take(6).map(|clip| event("Clipped", "dBFS", clip));
    rows.extend(overs.chain(clips));
    table::show(ui, ui.available_width(), "Places", &COLUMNS, &rows).animating
}

fn signed(value: f64, unit: &str) -> String {
    format!("{} {unit}", number(value, 1).replace('-', "−"))
}
