//! Clipper's panel: the last seconds with what was cut drawn in place, the curve, the numbers that say whether it was little
//! enough, and the levels; the controls below.

mod clips;
mod controls;

use egui::{Rect, Ui, vec2};
use shared_dsp::math::db_to_gain;
use shared_plugin::editor::{Panel, PanelContext};
use shared_plugin::feed::ReadingFrame;
use shared_ui::amplitude_curve::{AmplitudeCurve, LiveRange};
use shared_ui::layout::place;
use shared_ui::level_columns::{Between, ColumnLevels, LevelColumns};
use shared_ui::marked_bar::MarkedBar;
use shared_ui::readout::{Readout, ReadoutState};
use shared_ui::scope::{self, Scope, Wave};
use shared_ui::theme;

use self::clips::Clips;
use crate::params::ClipperParams;
use crate::processor::ClipperReading;

/// What every part of the panel is given.
type Context<'a> = PanelContext<'a, ClipperParams, ClipperReading>;

const PAD: f32 = 2.0 * theme::SPACE;
const SIDE_WIDTH: f32 = 184.0;
/// Below the curve: two rows of numbers, and two bars.
const NUMBERS_HEIGHT: f32 = 160.0;
/// The pictures reach this far above the ceiling: what is cut stands there.
const REACH_DB: f32 = 6.0;
/// Less than this much of the sample is rounding, no cut.
const CUT: f32 = 1e-4;

/// What the panel remembers between pictures.
pub struct ClipperPanel {
    reading: ClipperReading,
    scope: Scope,
    live: LiveRange,
    clips: Clips,
    columns: LevelColumns,
    crest_in: ReadoutState,
    crest_out: ReadoutState,
    texts: [ReadoutState; 3],
}

impl Default for ClipperPanel {
    fn default() -> Self {
        Self {
            reading: ClipperReading::default(),
            scope: Scope::default(),
            live: LiveRange::default(),
            clips: Clips::default(),
            columns: LevelColumns::with(Between::Cut),
            crest_in: ReadoutState::default(),
            crest_out: ReadoutState::default(),
            texts: Default::default(),
        }
    }
}

/// How much lower the highest sample came out, dB.
fn cut_db(wave: Wave) -> f32 {
    let highest = |(low, high): (f32, f32)| high.max(-low);
    let (input, output) = (highest(wave.input), highest(wave.output));
    if output > 0.0 && input > output + CUT { 20.0 * (input / output).log10() } else { 0.0 }
}

impl Panel for ClipperPanel {
    type Params = ClipperParams;
    type Reading = ClipperReading;
    const SIZE: [f32; 2] = [820.0, 500.0];
    const ACCENT: egui::Color32 = theme::accent::CLIPPER;

    fn update(&mut self, frame: &ReadingFrame<ClipperReading>) {
        let reading = &frame.reading;
        let columns = &reading.columns[..reading.column_count.min(reading.columns.len())];
        // All of them together last as long as the reading.
        let column_s = reading.elapsed_s as f32 / columns.len().max(1) as f32;
        let mut most_cut_db = 0.0_f32;
        for column in columns {
            let wave = Wave { input: column.input, output: column.output };
            self.scope.push(column_s, wave);
            self.live.push(column_s, column.input.0, column.input.1);
            most_cut_db = most_cut_db.max(cut_db(wave));
        }
        let levels = ColumnLevels::of(frame.input_peak, frame.output_peak);
        self.columns.update(reading.elapsed_s as f32, ColumnLevels { reduction_db: [most_cut_db; 2], ..levels });
        self.clips.push(reading.elapsed_s as f32, reading.clipped_samples);
        self.reading.clone_from(reading);
    }

    fn stopped(&mut self) {
        self.scope.gap();
        self.live = LiveRange::default();
        self.clips = Clips::default();
        self.columns.stop();
        // The highest peak was measured, and stays.
        self.reading = ClipperReading { true_peak_dbtp: self.reading.true_peak_dbtp, ..ClipperReading::default() };
    }

    fn ui(&mut self, ui: &mut Ui, context: &mut Context<'_>) -> bool {
        let (picture, controls) = ui.max_rect().split_top_bottom_at_y(ui.max_rect().bottom() - controls::HEIGHT);
        let mut moves = self.picture(ui, picture, context);
        moves |= controls::show(ui, controls, context);
        moves
    }
}

impl ClipperPanel {
    fn picture(&mut self, ui: &mut Ui, rect: Rect, context: &Context<'_>) -> bool {
        let (rest, columns) = rect.split_left_right_at_x(rect.right() - LevelColumns::WIDTH - PAD);
        let (main, side) = rest.split_left_right_at_x(rest.right() - SIDE_WIDTH - 2.0 * PAD);
        let side = side.shrink(PAD);
        let columns = Rect::from_min_max(columns.min + vec2(0.0, PAD), columns.max - vec2(PAD, 0.0));
        let params = &context.params.product;
        let settings = params.settings(1.0, context.params.monitoring.active(true));
        let gain = |db: f32| db_to_gain(f64::from(db)) as f32;
        let ceiling = gain(params.ceiling.value());
        let reach = ceiling * gain(REACH_DB);

        let mut moves =
            place(ui, main, "scope", |ui| scope::show(ui, main.size(), &self.scope, reach, Some(ceiling)).animating);
        let (curve_rect, numbers) = side.split_top_bottom_at_y(side.bottom() - NUMBERS_HEIGHT);
        moves |= place(ui, curve_rect, "curve", |ui| {
            // The DSP's own curve, behind the drive; the signal is read behind the makeup as well.
            let curve = settings.curve();
            let clip = |x: f32| curve.curve(f64::from(x)) as f32;
            let makeup = gain(params.makeup.value());
            let live = self.live.get().map(|(low, high)| (low / makeup, high / makeup));
            let view = AmplitudeCurve::new(&clip).reach(reach).ceiling(ceiling).live(live);
            view.show(ui, curve_rect.size() - vec2(0.0, PAD)).animating
        });
        moves |= place(ui, numbers, "numbers", |ui| self.numbers(ui));
        moves | place(ui, columns, "levels", |ui| self.columns.show(ui, columns.size()).animating)
    }

    /// What tells whether it was little enough.
    fn numbers(&mut self, ui: &mut Ui) -> bool {
        ui.spacing_mut().item_spacing = vec2(theme::SPACE, theme::SPACE);
        let reading = &self.reading;
        let is_there = reading.elapsed_s > 0.0;
        let peak = (reading.true_peak_dbtp > -200.0).then_some(reading.true_peak_dbtp as f32);
        let [clipped, highest, guard] = &mut self.texts;
        let width = 0.5 * (SIDE_WIDTH - theme::SPACE);
        let readout = |name, unit| Readout::new(name, unit).size(theme::TYPE_LARGE).width(width).close();
        let mut moves = ui
            .horizontal(|ui| {
                let count = is_there.then_some(self.clips.per_second());
                let moves = readout("Clipped", "a second").whole().show(ui, clipped, count).animating;
                moves | readout("True peak", "dBTP").show(ui, highest, peak).animating
            })
            .inner;
        let guard_db = is_there.then_some(-reading.guard_reduction_db as f32);
        moves |= readout("Guard turns down", "dB").show(ui, guard, guard_db).animating;
        let crest = |db: f64| (db > 0.0).then_some(db as f32);
        let bar = vec2(SIDE_WIDTH, 30.0);
        moves |= MarkedBar::crest("Crest in").show(ui, bar, &mut self.crest_in, crest(reading.crest_in_db)).animating;
        let bar = vec2(SIDE_WIDTH, 44.0);
        moves | MarkedBar::crest("Crest out").show(ui, bar, &mut self.crest_out, crest(reading.crest_out_db)).animating
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_what_the_highest_sample_has_lost() {
        assert!((cut_db(Wave { input: (-1.0, 0.5), output: (-0.5, 0.5) }) - 6.02).abs() < 0.01);
        assert_eq!(cut_db(Wave { input: (-0.4, 0.5), output: (-0.4, 0.5) }), 0.0);
        assert_eq!(cut_db(Wave { input: (0.0, 0.0), output: (0.0, 0.0) }), 0.0);
    }

    #[test]
    fn what_moves_is_at_rest_after_the_host_has_stopped() {
        let reading = ClipperReading {
            crest_in_db: 12.0,
            crest_out_db: 9.0,
            clipped_samples: 50,
            true_peak_dbtp: -0.3,
            elapsed_s: 0.1,
            ..ClipperReading::default()
        };
        let frame = ReadingFrame { reading, ..ReadingFrame::default() };
        let mut panel = ClipperPanel::default();
        panel.update(&frame);
        assert!(panel.clips.per_second() > 0.0);
        panel.stopped();
        let reading = &panel.reading;
        assert_eq!((reading.crest_in_db, reading.crest_out_db, panel.clips.per_second()), (0.0, 0.0, 0.0));
        assert_eq!(reading.true_peak_dbtp, -0.3, "what was measured stays");
    }
}
