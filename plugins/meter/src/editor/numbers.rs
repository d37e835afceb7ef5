//! The readings of the measurement so far, as numbers.

use egui::{Ui, vec2};
use shared_ui::loudness_history::clock;
use shared_ui::marked_bar::MarkedBar;
use shared_ui::readout::{Readout, ReadoutState};
use shared_ui::theme;

use super::level::level;
use crate::processor::MeterReading;

/// The texts between their updates.
#[derive(Default)]
pub struct Numbers {
    texts: [ReadoutState; 16],
    crest: ReadoutState,
}

/// One reading: name, unit (a count has none), value.
type Number = (&'static str, &'static str, Option<f32>);

impl Numbers {
    /// Draws them from the top down, what is delivered first. Answers whether a text is due.
    ///
    /// A true peak above `peak_limit_dbtp` is marked.
    pub fn show(&mut self, ui: &mut Ui, reading: &MeterReading, peak_limit_dbtp: f32) -> bool {
        let (whole, live) = (&reading.whole, &reading.live);
        let known = |value: Option<f64>| value.map(|value| value as f32);
        // Tech 3341 asks that the range be marked while there is less than a minute of programme.
        let range = if reading.is_range_stable { "Range" } else { "Range (settling)" };
        let is_there = whole.sample_peak_dbfs.is_some();
        let count = |count: u64| is_there.then_some(count as f32);
        let psr_db = level(live.short_term_lufs).map(|_| live.psr_db as f32);
        let dc_percent = whole.dc_offset.map(|offset| 100.0 * offset as f32);
        let rows: [&[Number]; 9] = [
            &[("Integrated", "LUFS", known(whole.integrated_lufs))],
            &[("True peak", "dBTP", known(whole.true_peak_dbtp))],
            &[("Short-term", "LUFS", level(live.short_term_lufs)), ("Momentary", "LUFS", level(live.momentary_lufs))],
            &[
                ("Max short-term", "LUFS", known(whole.max_short_term_lufs)),
                ("Max momentary", "LUFS", known(whole.max_momentary_lufs)),
            ],
            &[(range, "LU", known(whole.loudness_range_lu)), ("PLR", "dB", known(whole.plr_db))],
            &[("Sample peak", "dBFS", known(whole.sample_peak_dbfs)), ("RMS", "dBFS", known(whole.rms_dbfs))],
            &[("PSR", "dB", psr_db), ("Least PSR", "dB", known(whole.psr_db))],
            &[
                ("Clipped samples", "", count(whole.clipped_samples)),
                ("True-peak overs", "", count(whole.true_peak_overs)),
            ],
            &[("Mono-sum loss", "dB", known(whole.mono_sum_loss_db)), ("DC", "%", dc_percent)],
        ];
        const TRUE_PEAK: usize = 1;
        let mut moves = false;
        let width = ui.available_width();
        ui.spacing_mut().item_spacing = vec2(theme::SPACE, 2.5 * theme::SPACE);
        let mut texts = self.texts.iter_mut();
        for (place, numbers) in rows.into_iter().enumerate() {
            let size = if place < 2 { theme::TYPE_DISPLAY } else { theme::TYPE_LARGE };
            let width = if place < 2 { width } else { 0.5 * (width - theme::SPACE) };
            ui.horizontal(|ui| {
                for ((name, unit, value), state) in numbers.iter().zip(&mut texts) {
                    let readout = Readout::new(name, unit).size(size).width(width);
                    let is_over = place == TRUE_PEAK && value.is_some_and(|dbtp| dbtp > peak_limit_dbtp);
                    let readout = readout.over(is_over);
                    let readout = if unit.is_empty() { readout.whole() } else { readout };
                    moves |= readout.show(ui, state, *value).animating;
                }
            });
        }
        ui.add_space(theme::SPACE);
        let crest = MarkedBar::crest("Crest factor");
        moves |= crest.show(ui, vec2(width, 44.0), &mut self.crest, known(whole.crest_factor_db)).animating;
        let state = if reading.is_paused { "paused at" } else { "measured" };
        ui.small(format!("{state} {}", clock(reading.measured_s as f32)));
        moves
    }
}
