//! The loudness of the song so far.

use egui::{Ui, Vec2};
use shared_dsp::loudness::HistoryPoint;
use shared_plugin::editor::PanelContext;
use shared_ui::loudness_history::{Loudness, LoudnessView};

use crate::params::MeterParams;
use crate::processor::MeterReading;

/// Room for the points of a picture.
#[derive(Default)]
pub struct Song {
    points: Vec<HistoryPoint>,
    drawn: Vec<Loudness>,
}

impl Song {
    /// Draws as much of the song as was asked for.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        size: Vec2,
        reading: &MeterReading,
        context: &PanelContext<'_, MeterParams, MeterReading>,
    ) -> bool {
        let params = &context.params.product;
        let mut point_s = shared_dsp::loudness::HISTORY_PERIOD_S;
        if let Some(history) = &reading.history {
            match params.history.get() {
                Some(seconds) => history.read_recent(seconds, &mut self.points),
                None => point_s = history.read_whole(&mut self.points),
            }
        }
        self.drawn.clear();
        self.drawn.extend(self.points.iter().map(|point| Loudness {
            momentary: point.momentary_lufs,
            short_term: point.short_term_lufs,
            integrated: point.integrated_lufs,
        }));
        let view = LoudnessView {
            range_lufs: params.range_lufs(),
            target_lufs: Some(params.target.value()),
            in_lu: params.scale.get(),
        };
        view.show(ui, size, &self.drawn, point_s as f32).animating
    }
}
