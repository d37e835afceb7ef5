//! How A and B are matched, in numbers and words.

use egui::{Rect, Ui, pos2, vec2};
use shared_ui::fact::Fact;
use shared_ui::layout::place;
use shared_ui::readout::decibels;

use super::GAP;
use crate::ab::{ComparisonReading, Desk, Match};
use crate::processor::MeterReading;

/// A finding: value, unit and note.
type Finding = (String, &'static str, String);

const NONE: &str = "—";

/// Draws the four findings side by side.
pub fn show(ui: &mut Ui, rect: Rect, desk: &Desk, reading: &MeterReading, sample_rate_hz: f64) {
    let comparison = reading.comparison.as_ref();
    let findings = [
        ("Loudness", loudness(desk.difference_lu(), comparison, desk.is_frozen())),
        ("Delay", delay(desk.matched(), desk.is_aligning(), sample_rate_hz)),
        ("Polarity", polarity(desk.matched())),
        ("Difference", difference(comparison)),
    ];
    let width = (rect.width() - 3.0 * GAP) / 4.0;
    for (number, (name, (value, unit, note))) in findings.iter().enumerate() {
        let left = rect.left() + number as f32 * (width + GAP);
        let area = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()));
        place(ui, area, name, |ui| Fact { name, value, unit, note }.show(ui, area.size()));
    }
}

fn signed(value: f64, decimals: usize) -> String {
    let sign = if value < 0.0 { "−" } else { "+" };
    format!("{sign}{:.decimals$}", value.abs())
}

/// What is done to the louder of the two.
fn loudness(difference_lu: Option<f64>, reading: Option<&ComparisonReading>, is_frozen: bool) -> Finding {
    let Some(lu) = difference_lu else { return (NONE.to_owned(), "LU", "no programme on both sides yet".to_owned()) };
    let matched_s = reading.map_or(0.0, |reading| reading.matched_s);
    let lowered_db = reading.map_or(0.0, |reading| reading.lowered_db);
    let side = if lu > 0.0 { "LU on A" } else { "LU on B" };
    let note = if lowered_db < -0.05 {
        format!("and both {} dB, for the ceiling", decibels(Some(lowered_db as f32)))
    } else if is_frozen {
        "frozen".to_owned()
    } else if matched_s >= 1.0 {
        format!("matched over {matched_s:.0} s, gated")
    } else {
        "as it was saved".to_owned()
    };
    (decibels(Some(-lu.abs() as f32)), side, note)
}

/// Which of the two waits.
fn delay(matched: Option<Match>, is_aligning: bool, sample_rate_hz: f64) -> Finding {
    let none = |note: &str| (NONE.to_owned(), "samples", note.to_owned());
    match matched {
        _ if is_aligning && matched.is_none() => none("being looked for"),
        None => none("after 4 s of both"),
        Some(Match { delay_samples: None, .. }) => none("too unlike to be aligned"),
        Some(Match { delay_samples: Some(delay), .. }) => {
            let side = if delay < 0.0 { "on B" } else { "on A" };
            let decimals = if delay.fract() == 0.0 { 0 } else { 2 };
            let ms = 1000.0 * delay.abs() / sample_rate_hz.max(1.0);
            let fraction = if decimals == 0 { "whole samples" } else { "to a hundredth" };
            (signed(delay.abs(), decimals), side, format!("{ms:.2} ms, {fraction}"))
        }
    }
}

fn polarity(matched: Option<Match>) -> Finding {
    match matched {
        Some(Match { delay_samples, is_inverted, confidence }) => {
            let word = match (delay_samples, is_inverted) {
                (None, _) => NONE,
                (Some(_), false) => "same",
                (Some(_), true) => "inverted",
            };
            let worth = match confidence {
                0.9.. => "sure",
                0.5.. => "likely",
                _ => "unlike",
            };
            (word.to_owned(), "", format!("confidence {confidence:.2}, {worth}"))
        }
        None => (NONE.to_owned(), "", "not known yet".to_owned()),
    }
}

fn difference(reading: Option<&ComparisonReading>) -> Finding {
    let left_db = reading.and_then(|reading| reading.left_db);
    (decibels(left_db.map(|db| db as f32)), "dB", "what is left of A less B".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_louder_is_lowered_and_the_early_one_waits() {
        let reading = ComparisonReading { difference_lu: Some(4.21), matched_s: 28.2, lowered_db: 0.0, left_db: None };
        let words = |finding: Finding| format!("{} {}: {}", finding.0, finding.1, finding.2);
        assert_eq!(words(loudness(Some(4.21), Some(&reading), false)), "−4.2 LU on A: matched over 28 s, gated");
        assert_eq!(words(loudness(Some(-0.5), None, true)), "−0.5 LU on B: frozen");
        let found = |delay_samples, confidence| Some(Match { delay_samples, is_inverted: true, confidence });
        assert_eq!(words(delay(found(Some(1284.0), 0.98), false, 48_000.0)), "+1284 on A: 26.75 ms, whole samples");
        assert_eq!(words(delay(found(Some(-12.37), 0.98), false, 48_000.0)), "+12.37 on B: 0.26 ms, to a hundredth");
        assert_eq!(words(delay(found(None, 0.2), false, 48_000.0)), "— samples: too unlike to be aligned");
        assert_eq!(words(polarity(found(Some(1.0), 0.98))), "inverted : confidence 0.98, sure");
        assert_eq!(words(polarity(found(None, 0.21))), "— : confidence 0.21, unlike");
    }
}
