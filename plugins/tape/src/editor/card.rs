//! The line-up card: what stands on the paper in the lid of a machine.

use egui::{Grid, RichText, Ui};
use shared_ui::theme;

use crate::processor::LineUpCard;

/// A number with its sign as it is written on cards.
fn signed(value: f64, digits: usize) -> String {
    let text = format!("{value:+.digits$}");
    if text.trim_start_matches(['+', '-']).chars().all(|c| matches!(c, '0' | '.')) {
        return text.trim_start_matches(['+', '-']).to_owned();
    }
    text.replace('-', "−")
}

/// Its lines: what, and how much.
fn lines(card: &LineUpCard) -> Vec<(&'static str, String)> {
    let (upper, lower) = card.time_constants_us;
    let constants = match lower {
        Some(lower) => format!("{upper:.1} + {lower:.0} µs").replace(".0 ", " "),
        None => format!("{upper:.1} µs").replace(".0 ", " "),
    };
    let [at_60, _, at_10k, at_15k] = card.response_db.map(|db| signed(db, 1));
    vec![
        ("Reference", format!("{:.0} nWb/m, {} dB re 185", card.fluxivity_nwb, signed(card.over_185_db, 1))),
        ("Tape, 3 %", format!("{:.0} nWb/m, {} dB", card.tape.mol_nwb, signed(card.mol_db, 1))),
        ("Coating", format!("{:.1} µm, {:.0} mT", card.tape.coating_um, card.tape.retentivity_mt)),
        ("Equalisation", constants),
        ("Bias, 10 kHz", format!("{} dB over", signed(card.over_bias_db, 1))),
        ("Record, 10 kHz", format!("{} dB", signed(card.record_10k_db, 1))),
        ("60 Hz, 10, 15 kHz", format!("{at_60}, {at_10k}, {at_15k} dB")),
        ("H3 at 0 VU", format!("{} dB", signed(card.third_harmonic_db, 1))),
        ("Right later by", format!("{} µs", signed(card.skew_us, 1))),
        ("Mono sum, 10 kHz", format!("{} dB", signed(card.mono_sum_10k_db, 1))),
    ]
}

/// Draws the card.
pub fn show(ui: &mut Ui, card: &LineUpCard) {
    ui.spacing_mut().item_spacing = egui::vec2(3.0 * theme::SPACE, theme::SPACE);
    Grid::new("line-up card").num_columns(2).show(ui, |ui| {
        for (name, value) in lines(card) {
            ui.label(RichText::new(name).size(theme::TYPE_SMALL).color(theme::DIM));
            ui.label(RichText::new(value).size(theme::TYPE_BODY).color(theme::TEXT));
            ui.end_row();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::processor::{Equalisation, MachineResponse, TapeSettings};

    #[test]
    fn the_card_says_what_an_engineer_writes() {
        let settings = TapeSettings { equalisation: Equalisation::Nab, ..TapeSettings::default() };
        let lines = lines(&MachineResponse::new(&settings, 48_000.0).card());
        let line = |name: &str| lines.iter().find(|line| line.0 == name).map_or("", |line| line.1.as_str());
        assert_eq!(line("Reference"), "320 nWb/m, +4.8 dB re 185");
        assert_eq!(line("Tape, 3 %"), "762 nWb/m, +7.5 dB");
        assert_eq!(line("Equalisation"), "50 + 3180 µs");
        assert_eq!(line("Bias, 10 kHz"), "+3.0 dB over");
        assert_eq!(line("Mono sum, 10 kHz"), "0.0 dB");
    }
}
