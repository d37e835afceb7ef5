//! Limiter's panel: ten seconds of what came in, what was taken and what went out; the levels and the numbers beside it; the
//! controls in the order of the signal below.

mod advice;
mod context;
mod controls;
mod learn;
mod numbers;
mod state;
#[cfg(test)]
mod tests;

use egui::{Rect, Ui, vec2};
use shared_dsp::math::{gain_to_db, power_to_db};
use shared_plugin::editor::Panel;
use shared_plugin::feed::ReadingFrame;
use shared_ui::layout::place;
use shared_ui::level_columns::{ColumnLevels, LevelColumns};
use shared_ui::limiting_history::{LimitingView, Moment};
use shared_ui::theme;

use self::context::Context;
pub use self::state::LimiterPanel;
use crate::params::LimiterParams;
use crate::processor::{EndReading, LimiterReading};

/// Width of what stands beside the history, points.
const SIDE_WIDTH: f32 = 248.0;
/// Height of the crest factor below the columns.
const CREST_HEIGHT: f32 = 46.0;
const PAD: f32 = 2.0 * theme::SPACE;

impl Panel for LimiterPanel {
    type Params = LimiterParams;
    type Reading = LimiterReading;
    const SIZE: [f32; 2] = [820.0, 500.0];
    const ACCENT: egui::Color32 = theme::accent::LIMITER;

    fn update(&mut self, frame: &ReadingFrame<LimiterReading>) {
        let reading = &frame.reading;
        let columns = &reading.columns[..reading.column_count.min(reading.columns.len())];
        // All of them together last as long as the reading.
        let column_s = reading.elapsed_s as f32 / columns.len().max(1) as f32;
        let db = |gain: f32| gain_to_db(f64::from(gain)) as f32;
        for column in columns {
            let moment = Moment {
                input_db: db(column.input_peak),
                output_db: db(column.output_peak),
                body_db: power_to_db(f64::from(column.output_square)) as f32,
                reduction_db: column.reduction_db,
            };
            self.history.push(column_s, moment);
        }
        let levels = ColumnLevels {
            input_db: reading.input.peak_dbfs.map(|db| db as f32),
            reduction_db: reading.reduction_db.map(|db| db as f32),
            output_db: reading.output.peak_dbfs.map(|db| db as f32),
        };
        self.columns.update(reading.elapsed_s as f32, levels);
        self.reading.clone_from(reading);
    }

    fn stopped(&mut self) {
        self.history.gap();
        self.columns.stop();
        // What was measured stays, what moves rests.
        let at_rest = |end: &EndReading| EndReading { short_term_lufs: None, crest_db: 0.0, ..*end };
        let (input, output) = (at_rest(&self.reading.input), at_rest(&self.reading.output));
        self.reading = LimiterReading { input, output, column_count: 0, ..self.reading.clone() };
    }

    fn closed(&mut self) {
        self.learn.give_up();
    }

    fn ui(&mut self, ui: &mut Ui, context: &mut Context<'_>) -> bool {
        let all = ui.max_rect();
        let (picture, controls) = all.split_top_bottom_at_y(all.bottom() - controls::HEIGHT);
        let mut moves = self.picture(ui, picture, context);
        moves |= controls::show(ui, controls, self, context);
        moves
    }
}

impl LimiterPanel {
    fn picture(&mut self, ui: &mut Ui, rect: Rect, context: &Context<'_>) -> bool {
        let (main, side) = rect.split_left_right_at_x(rect.right() - SIDE_WIDTH);
        let ceiling_db = context.params.product.ceiling.get();
        let ceiling_text = advice::ceiling(ceiling_db);
        let mut moves = place(ui, main, "history", |ui| {
            let view = LimitingView { ceiling_db: ceiling_db as f32, ceiling_text: &ceiling_text };
            view.show(ui, main.size(), &self.history).animating
        });
        // Columns with the crest factor below, and the numbers beside both.
        let side = side.shrink2(vec2(1.5 * PAD, 0.5 * PAD));
        let (left, numbers) = side.split_left_right_at_x(side.left() + LevelColumns::WIDTH);
        let (columns, crest) = left.split_top_bottom_at_y(left.bottom() - CREST_HEIGHT);
        let columns = Rect::from_min_max(columns.min, columns.max - vec2(0.0, 0.5 * PAD));
        moves |= place(ui, columns, "columns", |ui| self.columns.show(ui, columns.size()).animating);
        moves |= numbers::crest(ui, crest, self);
        let numbers = Rect::from_min_max(numbers.min + vec2(1.5 * PAD, 0.0), numbers.max);
        moves |= numbers::show(ui, numbers, self, context);
        moves
    }
}
