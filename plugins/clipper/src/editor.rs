//! Clipper's panel: the last seconds with what was cut drawn in place, the curve, and the numbers that say whether it was little
//! enough; the controls below.

mod clips;

use egui::{Rect, Ui, Vec2, vec2};
use shared_dsp::math::db_to_gain;
use shared_plugin::editor::{Panel, PanelContext};
use shared_plugin::feed::ReadingFrame;
use shared_ui::amplitude_curve::{AmplitudeCurve, LiveRange};
use shared_ui::layout::{place, row, stack};
use shared_ui::marked_bar::MarkedBar;
use shared_ui::message_line::{self, Message, Severity};
use shared_ui::readout::{Readout, ReadoutState};
use shared_ui::scope::{self, Scope, Wave};
use shared_ui::{KnobSize, theme};

use self::clips::Clips;
use crate::params::{ClipperParams, LIMIT_INSTEAD};
use crate::processor::{ClipperReading, Hold};

const PAD: f32 = 2.0 * theme::SPACE;
const CONTROLS_HEIGHT: f32 = 104.0;
const SIDE_WIDTH: f32 = 200.0;
const NUMBERS_HEIGHT: f32 = 44.0;
/// The pictures reach this far above the ceiling: what is cut stands there.
const REACH_DB: f32 = 6.0;

/// What the panel remembers between pictures.
#[derive(Default)]
pub struct ClipperPanel {
    reading: ClipperReading,
    scope: Scope,
    live: LiveRange,
    clips: Clips,
    crest_in: ReadoutState,
    crest_out: ReadoutState,
    texts: [ReadoutState; 3],
}

impl Panel for ClipperPanel {
    type Params = ClipperParams;
    type Reading = ClipperReading;
    const SIZE: [f32; 2] = [820.0, 460.0];
    const ACCENT: egui::Color32 = theme::accent::CLIPPER;

    fn update(&mut self, frame: &ReadingFrame<ClipperReading>) {
        let reading = &frame.reading;
        let columns = &reading.columns[..reading.column_count.min(reading.columns.len())];
        // All of them together last as long as the reading.
        let column_s = reading.elapsed_s as f32 / columns.len().max(1) as f32;
        for column in columns {
            self.scope.push(column_s, Wave { input: column.input, output: column.output });
            self.live.push(column_s, column.input.0, column.input.1);
        }
        self.clips.push(reading.elapsed_s as f32, reading.clipped_samples);
        self.reading.clone_from(reading);
    }

    fn stopped(&mut self) {
        self.scope.gap();
        self.live = LiveRange::default();
        self.clips = Clips::default();
        // The highest peak was measured, and stays.
        self.reading = ClipperReading { true_peak_dbtp: self.reading.true_peak_dbtp, ..ClipperReading::default() };
    }

    fn ui(&mut self, ui: &mut Ui, context: &mut PanelContext<'_, ClipperParams, ClipperReading>) -> bool {
        let all = ui.max_rect().shrink(PAD);
        let (picture, controls) = all.split_top_bottom_at_y(all.bottom() - CONTROLS_HEIGHT);
        let picture = Rect::from_min_max(picture.min, picture.max - vec2(0.0, theme::SPACE));
        let mut moves = self.picture(ui, picture, context);
        moves |= controls_rows(ui, controls, context);
        moves
    }
}

impl ClipperPanel {
    fn picture(&mut self, ui: &mut Ui, rect: Rect, context: &PanelContext<'_, ClipperParams, ClipperReading>) -> bool {
        let (main, side) = rect.split_left_right_at_x(rect.right() - SIDE_WIDTH);
        let main = Rect::from_min_max(main.min, main.max - vec2(PAD, 0.0));
        let (scope_rect, numbers) = main.split_top_bottom_at_y(main.bottom() - NUMBERS_HEIGHT);
        let scope_rect = Rect::from_min_max(scope_rect.min, scope_rect.max - vec2(0.0, theme::SPACE));
        let params = &context.params.product;
        let settings = params.settings(1.0, context.params.monitoring.active(true));
        let gain = |db: f32| db_to_gain(f64::from(db)) as f32;
        let ceiling = gain(params.ceiling.value());
        let reach = ceiling * gain(REACH_DB);

        let mut moves = place(ui, scope_rect, "scope", |ui| {
            scope::show(ui, scope_rect.size(), &self.scope, reach, Some(ceiling)).animating
        });
        moves |= row(ui, numbers, "numbers", |ui| self.numbers(ui));
        moves |= place(ui, side, "side", |ui| {
            ui.spacing_mut().item_spacing.y = theme::SPACE;
            // The DSP's own curve, behind the drive; the signal is read behind the makeup as well.
            let curve = settings.curve();
            let clip = |x: f32| curve.curve(f64::from(x)) as f32;
            let makeup = gain(params.makeup.value());
            let live = self.live.get().map(|(low, high)| (low / makeup, high / makeup));
            let view = AmplitudeCurve::new(&clip).reach(reach).ceiling(ceiling).live(live);
            let mut moves = view.show(ui, Vec2::splat(SIDE_WIDTH)).animating;
            moves |= context.segmented(ui, &params.guard, SIDE_WIDTH);
            moves |= context.listening_toggle(ui, &LIMIT_INSTEAD, "Limit instead", SIDE_WIDTH);
            let text = match settings.hold {
                Hold::Nothing => Some("Off: ripple passes the ceiling."),
                Hold::Sample => Some("Sample: aliases like 1x."),
                Hold::TruePeak => None,
            };
            message_line::show(ui, SIDE_WIDTH, text.map(|text| Message { severity: Severity::Note, text }));
            moves
        });
        moves
    }

    /// What tells whether it was little enough.
    fn numbers(&mut self, ui: &mut Ui) -> bool {
        ui.spacing_mut().item_spacing.x = 3.0 * theme::SPACE;
        let reading = &self.reading;
        let crest = |db: f64| (db > 0.0).then_some(db as f32);
        let bar = vec2(136.0, NUMBERS_HEIGHT);
        let mut moves =
            MarkedBar::crest("Crest in").show(ui, bar, &mut self.crest_in, crest(reading.crest_in_db)).animating;
        let crest_out = crest(reading.crest_out_db);
        moves |= MarkedBar::crest("Crest out").show(ui, bar, &mut self.crest_out, crest_out).animating;
        let is_there = reading.elapsed_s > 0.0;
        let peak = (reading.true_peak_dbtp > -200.0).then_some(reading.true_peak_dbtp as f32);
        let readouts = [
            (Readout::new("Clipped samples", "a second").whole(), is_there.then_some(self.clips.per_second())),
            (Readout::new("Highest true peak", "dBTP"), peak),
            (Readout::new("Guard's gain", "dB"), is_there.then_some(-reading.guard_reduction_db as f32)),
        ];
        for ((readout, value), state) in readouts.into_iter().zip(&mut self.texts) {
            moves |= readout.size(theme::TYPE_LARGE).width(84.0).show(ui, state, value).animating;
        }
        moves
    }
}

/// One row: what clips, what is made of it, and what is set once.
fn controls_rows(ui: &mut Ui, rect: Rect, context: &mut PanelContext<'_, ClipperParams, ClipperReading>) -> bool {
    let (p, shell) = (&context.params.product, &context.params.shell);
    row(ui, rect, "controls", |ui| {
        let mut moves = context.knob(ui, &p.drive, KnobSize::Large);
        for knob in [&p.knee, &p.ceiling, &p.link, &shell.mix, &p.makeup] {
            moves |= context.knob(ui, knob, KnobSize::Medium);
        }
        context.match_button(ui);
        stack(ui, vec2(132.0, 52.0), |ui| {
            moves |= context.segmented(ui, &p.channel_mode, 132.0);
            moves |= context.toggle(ui, &p.drive_link, "Drive link", 132.0);
        });
        moves |= context.trims(ui);
        moves
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
