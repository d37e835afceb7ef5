//! The Saturator's panel.

use egui::{Align, Layout, Ui, UiBuilder};
use shared_plugin::editor::{Panel, PanelContext};
use shared_plugin::feed::Frame;
use shared_ui::{KnobSize, theme};

use crate::Saturator;
use crate::processor::SaturatorReading;

const PAD: f32 = 2.0 * theme::SPACE;
const ROW_HEIGHT: f32 = 112.0;

/// What the panel remembers between pictures.
#[derive(Default)]
pub struct SaturatorPanel {
    reading: SaturatorReading,
}

impl Panel<Saturator> for SaturatorPanel {
    const SIZE: [f32; 2] = [820.0, 460.0];
    const ACCENT: egui::Color32 = theme::accent::SATURATOR;

    fn take(&mut self, frame: &Frame<SaturatorReading>) {
        self.reading = frame.reading;
    }

    fn ui(&mut self, ui: &mut Ui, context: &mut PanelContext<'_, Saturator>) -> bool {
        let all = ui.max_rect().shrink(PAD);
        let row = |n: f32| {
            let rect =
                egui::Rect::from_min_size(all.min + egui::vec2(0.0, n * ROW_HEIGHT), egui::vec2(all.width(), 100.0));
            UiBuilder::new().id_salt(n as i32).max_rect(rect).layout(Layout::left_to_right(Align::Center))
        };
        let mut moves = false;
        ui.scope_builder(row(0.0), |ui| {
            moves |= context.segmented(ui, "character", all.width());
        });
        ui.scope_builder(row(1.0), |ui| {
            ui.spacing_mut().item_spacing.x = theme::SPACE;
            for id in ["drive", "even_odd", "bias_motion", "emphasis", "emphasis_frequency", "tilt", "high_cut", "mix"]
            {
                moves |= context.knob(ui, id, KnobSize::Medium);
            }
        });
        ui.scope_builder(row(2.0), |ui| {
            ui.spacing_mut().item_spacing.x = theme::SPACE;
            moves |= context.segmented(ui, "bands", 120.0);
            for id in ["low_crossover", "mid_drive", "high_crossover", "high_drive"] {
                moves |= context.knob(ui, id, KnobSize::Small);
            }
            moves |= context.segmented(ui, "channel_mode", 260.0);
        });
        ui.scope_builder(row(3.0), |ui| {
            ui.spacing_mut().item_spacing.x = theme::SPACE;
            moves |= context.knob(ui, "input", KnobSize::Small);
            moves |= context.knob(ui, "output", KnobSize::Small);
            context.match_button(ui);
            ui.label(format!("delta {:.1} dB", self.reading.delta_db));
        });
        moves
    }
}
