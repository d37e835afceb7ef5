//! The stereo picture: goniometer, correlation, balance, width of the bass.

use egui::{Ui, Vec2, vec2};
use shared_dsp::spectrum::TapReader;
use shared_plugin::editor::PanelContext;
use shared_ui::centre_bar::CentreBar;
use shared_ui::goniometer::{self, Goniometer};
use shared_ui::layout::stack;
use shared_ui::readout::{Readout, ReadoutState};
use shared_ui::theme;

use super::level::level;
use crate::params::MeterParams;
use crate::processor::MeterReading;

/// Pairs fetched at once at most: as many as the goniometer shows.
const MOST_PAIRS: usize = 2048;

/// What the picture remembers.
#[derive(Default)]
pub struct Stereo {
    goniometer: Goniometer,
    reader: TapReader,
    pairs: Vec<[f32; 2]>,
    low_end: ReadoutState,
}

impl Stereo {
    /// The host has stopped: there is nothing to be seen.
    pub fn stop(&mut self) {
        self.goniometer = Goniometer::default();
    }

    /// Draws all of it.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        size: Vec2,
        reading: &MeterReading,
        context: &PanelContext<'_, MeterParams, MeterReading>,
    ) -> bool {
        if let Some(samples) = &reading.samples {
            let [left, right] = self.reader.fresh(samples, MOST_PAIRS);
            self.pairs.clear();
            self.pairs.extend(left.iter().zip(right).map(|(&left, &right)| [left, right]));
            self.goniometer.push(context.elapsed_s, &self.pairs);
        }
        let live = &reading.live;
        let is_there = level(live.momentary_lufs).is_some();
        let known = |value: f64| is_there.then_some(value as f32);
        let mut moves = false;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 3.0 * theme::SPACE;
            moves |= goniometer::show(ui, size.y, &self.goniometer).animating;
            stack(ui, vec2(size.x - size.y - 6.0 * theme::SPACE, size.y), |ui| {
                ui.spacing_mut().item_spacing.y = 3.0 * theme::SPACE;
                let bar = vec2(ui.available_width(), 34.0);
                moves |= CentreBar::correlation().show(ui, bar, known(live.correlation)).animating;
                moves |= CentreBar::balance().show(ui, bar, known(live.balance_db)).animating;
                let low_end = Readout::new("Side below 150 Hz", "%").size(theme::TYPE_LARGE);
                moves |= low_end.show(ui, &mut self.low_end, known(100.0 * live.low_end_width)).animating;
            });
        });
        moves
    }
}
