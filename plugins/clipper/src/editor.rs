//! Clipper's panel.

use egui::{Align, Layout, Ui, UiBuilder};
use shared_plugin::editor::{Panel, PanelContext};
use shared_plugin::feed::Frame;
use shared_ui::readout::{Readout, ReadoutState};
use shared_ui::{KnobSize, theme};

use crate::Clipper;
use crate::processor::ClipperReading;

const PAD: f32 = 2.0 * theme::SPACE;
const ROW_HEIGHT: f32 = 116.0;

/// What the panel remembers between pictures.
#[derive(Default)]
pub struct ClipperPanel {
    reading: ClipperReading,
    crest_in: ReadoutState,
    crest_out: ReadoutState,
    true_peak: ReadoutState,
    guard: ReadoutState,
}

impl Panel<Clipper> for ClipperPanel {
    const SIZE: [f32; 2] = [820.0, 460.0];
    const ACCENT: egui::Color32 = theme::accent::CLIPPER;

    fn take(&mut self, frame: &Frame<ClipperReading>) {
        self.reading.clone_from(&frame.reading);
    }

    fn ui(&mut self, ui: &mut Ui, context: &mut PanelContext<'_, Clipper>) -> bool {
        let all = ui.max_rect().shrink(PAD);
        let row = |n: usize| {
            let corner = all.min + egui::vec2(0.0, n as f32 * ROW_HEIGHT);
            let rect = egui::Rect::from_min_size(corner, egui::vec2(all.width(), ROW_HEIGHT - PAD));
            UiBuilder::new().id_salt(n).max_rect(rect).layout(Layout::left_to_right(Align::Center))
        };
        let mut moves = false;
        ui.scope_builder(row(0), |ui| {
            let known = |db: f64| (db > -200.0 && db != 0.0).then_some(db as f32);
            let reading = &self.reading;
            let readouts = [
                ("Crest in", "dB", &mut self.crest_in, reading.crest_in_db),
                ("Crest out", "dB", &mut self.crest_out, reading.crest_out_db),
                ("True peak", "dBTP", &mut self.true_peak, reading.true_peak_dbtp),
                ("Guard", "dB", &mut self.guard, reading.guard_reduction_db),
            ];
            for (name, unit, state, value) in readouts {
                moves |= Readout::new(name, unit).width(96.0).show(ui, state, known(value)).animating;
            }
        });
        ui.scope_builder(row(1), |ui| {
            for id in ["drive", "knee", "ceiling", "link", "makeup", "mix"] {
                moves |= context.knob(ui, id, KnobSize::Medium);
            }
            context.match_button(ui);
        });
        ui.scope_builder(row(2), |ui| {
            moves |= context.segmented(ui, "guard", 220.0);
            moves |= context.segmented(ui, "channel_mode", 160.0);
            moves |= context.toggle(ui, "drive_link", "Drive link", 110.0);
            moves |= context.toggle(ui, "limit_instead", "Limit instead", 130.0);
            moves |= context.knob(ui, "input", KnobSize::Small);
            moves |= context.knob(ui, "output", KnobSize::Small);
        });
        moves
    }
}
