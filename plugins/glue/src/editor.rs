//! Glue's panel: the needle first, what has been done beside it, the curve and the levels at the right, the controls below.

mod controls;

use egui::{Rect, Ui, Vec2, pos2, vec2};
use shared_plugin::editor::{Panel, PanelContext};
use shared_plugin::feed::ReadingFrame;
use shared_ui::layout::{place, row};
use shared_ui::level_columns::{ColumnLevels, LevelColumns};
use shared_ui::level_rows;
use shared_ui::marked_bar::MarkedBar;
use shared_ui::needle::{self, Needle};
use shared_ui::readout::ReadoutState;
use shared_ui::reduction_history::{Moment, ReductionHistory, Subject};
use shared_ui::segmented::Segmented;
use shared_ui::theme;
use shared_ui::transfer_curve::TransferCurve;

use crate::params::GlueParams;
use crate::processor::GlueReading;

/// Below this level, dBFS, there is nothing to point at on the curve.
const CURVE_LOW_DB: f32 = -48.0;
const CURVE_HIGH_DB: f32 = 12.0;
/// Depth of the history's reduction scale, dB.
const HISTORY_DEPTH_DB: f32 = 12.0;
const PAD: f32 = 2.0 * theme::SPACE;
/// Widths of what stands beside the dial, points.
const HISTORY_WIDTH: f32 = 268.0;
const SIDE_WIDTH: f32 = 164.0;
const CURVE_HEIGHT: f32 = 108.0;
const LEVELS_HEIGHT: f32 = 72.0;

/// The shell's context of this panel.
type Context<'a> = PanelContext<'a, GlueParams, GlueReading>;

/// What the panel remembers between pictures.
#[derive(Default)]
pub struct GluePanel {
    needle: Needle,
    history: ReductionHistory,
    /// Whether the history shows the key.
    shows_key: bool,
    levels: LevelColumns,
    reading: GlueReading,
    /// Falls back slowly, so that the live point can be read.
    live_level_db: Option<f32>,
    crest_in: ReadoutState,
    crest_out: ReadoutState,
}

impl Panel for GluePanel {
    type Params = GlueParams;
    type Reading = GlueReading;
    const SIZE: [f32; 2] = [820.0, 500.0];
    const ACCENT: egui::Color32 = theme::accent::GLUE;

    fn update(&mut self, frame: &ReadingFrame<GlueReading>) {
        let reading = &frame.reading;
        let elapsed_s = reading.elapsed_s as f32;
        let levels = |db: [f64; 2]| db.map(|db| db as f32);
        let [left_db, right_db] = levels(reading.input_peak_db);
        let moment = Moment {
            reduction_db: reading.gain_reduction_max_db as f32,
            programme_db: left_db.max(right_db),
            key_db: reading.key_peak_db as f32,
            detector_db: reading.detector_level_db as f32,
        };
        self.history.push(elapsed_s, moment);
        let columns = ColumnLevels {
            input_db: levels(reading.input_peak_db),
            reduction_db: levels(reading.channel_reduction_max_db),
            output_db: levels(reading.output_peak_db),
        };
        self.levels.update(elapsed_s, columns);
        let level_db = reading.detector_level_db as f32;
        // 20 dB/s: the point shows where the programme presses, not every cycle of the bass.
        let fallen_db = self.live_level_db.map_or(f32::NEG_INFINITY, |db| db - 20.0 * elapsed_s);
        self.live_level_db = Some(level_db.max(fallen_db)).filter(|&db| db > CURVE_LOW_DB);
        self.reading.clone_from(reading);
    }

    fn stopped(&mut self) {
        self.history.gap();
        self.levels.stop();
        self.live_level_db = None;
        self.reading = GlueReading::default();
    }

    fn ui(&mut self, ui: &mut Ui, context: &mut Context<'_>) -> bool {
        let all = ui.max_rect();
        let (picture, controls) = all.split_top_bottom_at_y(all.bottom() - controls::HEIGHT);
        let picture = Rect::from_min_max(picture.min + vec2(PAD, 0.5 * PAD), picture.max - vec2(PAD, 0.0));
        let mut moves = self.picture(ui, picture, context);
        moves |= controls::show(ui, controls, context);
        moves
    }
}

impl GluePanel {
    fn picture(&mut self, ui: &mut Ui, rect: Rect, context: &Context<'_>) -> bool {
        let (main, side) = rect.split_left_right_at_x(rect.right() - SIDE_WIDTH);
        let main = Rect::from_min_max(main.min, main.max - vec2(PAD, 0.0));
        let (dial, past) = main.split_left_right_at_x(main.right() - HISTORY_WIDTH);
        let dial = Rect::from_min_max(dial.min, dial.max - vec2(PAD, 0.0));

        let reduction_db = self.reading.gain_reduction_db as f32;
        let mut moves = self.needle.update(context.elapsed_s, reduction_db);
        moves |= place(ui, dial, "needle", |ui| needle::show(ui, dial.size(), &mut self.needle).animating);
        moves |= self.past(ui, past, context);
        moves |= self.side(ui, side, context);
        moves
    }

    /// The history, and what it shows.
    fn past(&mut self, ui: &mut Ui, rect: Rect, context: &Context<'_>) -> bool {
        ui.painter().rect_filled(rect, theme::RADIUS, theme::PANEL);
        let inner = rect.shrink(0.5 * PAD);
        let (head, plot) = inner.split_top_bottom_at_y(inner.top() + 24.0);
        row(ui, head, "history choices", |ui| {
            let subjects = ["Reduction", "Key"];
            if let (_, Some(picked)) = Segmented::new("History of").show(ui, &subjects, usize::from(self.shows_key)) {
                self.shows_key = picked == 1;
            }
        });
        let plot = Rect::from_min_max(plot.min + vec2(0.0, theme::SPACE), plot.max);
        let subject = if self.shows_key {
            Subject::Key { threshold_db: context.params.product.threshold.get() as f32 }
        } else {
            Subject::Reduction { depth_db: HISTORY_DEPTH_DB }
        };
        place(ui, plot, "history", |ui| subject.show(ui, plot.size(), &self.history).animating)
    }

    /// The curve, the levels and the crest factors.
    fn side(&mut self, ui: &mut Ui, rect: Rect, context: &Context<'_>) -> bool {
        let (curve_rect, below) = rect.split_top_bottom_at_y(rect.top() + CURVE_HEIGHT);
        // The DSP's own curve: what is drawn is what is computed.
        let settings = context.params.product.settings(1.0, context.params.monitoring.active(true));
        let curve = settings.curve();
        let makeup_db = settings.makeup_db;
        let output_db = |input_db: f32| (curve.output_db(f64::from(input_db)) + makeup_db) as f32;
        let reduction_db = self.reading.gain_reduction_db as f32;
        let live = self.live_level_db.map(|level_db| (level_db, level_db - reduction_db + makeup_db as f32));
        let mut moves = place(ui, curve_rect, "curve", |ui| {
            TransferCurve::new(&output_db)
                .range_db(CURVE_LOW_DB, CURVE_HIGH_DB)
                .grid_db(12.0)
                .mark_db(settings.threshold_db as f32)
                .live(live)
                .show(ui, curve_rect.size())
                .animating
        });
        let levels = Rect::from_min_size(below.min + vec2(0.0, PAD), vec2(below.width(), LEVELS_HEIGHT));
        moves |= place(ui, levels, "levels", |ui| level_rows::show(ui, levels.size(), &mut self.levels).animating);
        let crest = Rect::from_min_max(pos2(below.left(), levels.bottom() + 0.5 * PAD), below.max);
        moves |= place(ui, crest, "crest", |ui| {
            ui.spacing_mut().item_spacing = Vec2::ZERO;
            let known = |db: f64| (db > 0.0).then_some(db as f32);
            let size = vec2(crest.width(), 0.5 * crest.height());
            let (crest_in, crest_out) = (known(self.reading.crest_in_db), known(self.reading.crest_out_db));
            let moves = MarkedBar::crest("Crest in").show(ui, size, &mut self.crest_in, crest_in).animating;
            moves | MarkedBar::crest("Crest out").show(ui, size, &mut self.crest_out, crest_out).animating
        });
        moves
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_is_at_rest_after_the_host_has_stopped_and_what_was_held_stays() {
        let reading = GlueReading {
            gain_reduction_db: 3.0,
            gain_reduction_max_db: 4.0,
            channel_reduction_max_db: [4.0; 2],
            detector_level_db: -10.0,
            key_peak_db: -10.0,
            input_peak_db: [-8.0, -9.0],
            output_peak_db: [-11.0, -12.0],
            crest_in_db: 14.0,
            elapsed_s: 0.1,
            ..GlueReading::default()
        };
        let mut panel = GluePanel::default();
        panel.update(&ReadingFrame { reading, ..ReadingFrame::default() });
        assert_eq!(panel.live_level_db, Some(-10.0));
        panel.needle.update(0.1, panel.reading.gain_reduction_db as f32);
        panel.stopped();
        assert_eq!((panel.live_level_db, panel.reading.clone()), (None, GlueReading::default()));
        assert_eq!(panel.needle.max_db(), 3.0, "what was measured stays");
        assert_eq!(panel.history.max_reduction_db(), 4.0);
    }
}
