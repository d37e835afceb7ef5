//! Glue's panel: the needle first, the curve with the live point, ten seconds of history, and the controls below.

use egui::{Rect, Ui, Vec2, pos2, vec2};
use shared_plugin::editor::{Panel, PanelContext};
use shared_plugin::feed::ReadingFrame;
use shared_ui::layout::{place, row, stack};
use shared_ui::needle::{self, Needle};
use shared_ui::readout::{Readout, ReadoutState};
use shared_ui::reduction_history::{self, ReductionHistory};
use shared_ui::transfer_curve::TransferCurve;
use shared_ui::{KnobSize, theme};

use crate::params::{GlueParams, SIDECHAIN_LISTEN};
use crate::processor::GlueReading;

/// Below this level, dBFS, there is nothing to point at on the curve.
const CURVE_LOW_DB: f32 = -48.0;
const CURVE_HIGH_DB: f32 = 12.0;
/// Depth of the history's reduction scale, dB.
const HISTORY_DEPTH_DB: f32 = 12.0;
const PAD: f32 = 2.0 * theme::SPACE;

/// What the panel remembers between pictures.
#[derive(Default)]
pub struct GluePanel {
    needle: Needle,
    history: ReductionHistory,
    reading: GlueReading,
    /// Falls back slowly, so that the live point can be read.
    live_level_db: Option<f32>,
    crest_in: ReadoutState,
    crest_out: ReadoutState,
}

impl Panel for GluePanel {
    type Params = GlueParams;
    type Reading = GlueReading;
    const SIZE: [f32; 2] = [820.0, 460.0];
    const ACCENT: egui::Color32 = theme::accent::GLUE;

    fn update(&mut self, frame: &ReadingFrame<GlueReading>) {
        let reading = &frame.reading;
        let elapsed_s = reading.elapsed_s as f32;
        let input_peak_db = reading.input_peak_db[0].max(reading.input_peak_db[1]);
        self.history.push(elapsed_s, reading.gain_reduction_max_db as f32, input_peak_db as f32);
        let level_db = reading.detector_level_db as f32;
        // 20 dB/s: the point shows where the programme presses, not every cycle of the bass.
        let fallen_db = self.live_level_db.map_or(f32::NEG_INFINITY, |db| db - 20.0 * elapsed_s);
        self.live_level_db = Some(level_db.max(fallen_db)).filter(|&db| db > CURVE_LOW_DB);
        self.reading.clone_from(reading);
    }

    fn stopped(&mut self) {
        self.history.gap();
        self.live_level_db = None;
        self.reading = GlueReading::default();
    }

    fn ui(&mut self, ui: &mut Ui, context: &mut PanelContext<'_, GlueParams, GlueReading>) -> bool {
        let all = ui.max_rect().shrink(PAD);
        let controls_height = 184.0;
        let (picture, controls) = all.split_top_bottom_at_y(all.bottom() - controls_height);
        let mut moves = self.picture(ui, picture, context);
        moves |= controls_rows(ui, controls, context);
        moves
    }
}

impl GluePanel {
    fn picture(&mut self, ui: &mut Ui, rect: Rect, context: &mut PanelContext<'_, GlueParams, GlueReading>) -> bool {
        let side = 160.0;
        let (main, right) = rect.split_left_right_at_x(rect.right() - side - PAD);
        let (needle_rect, history_rect) = main.split_top_bottom_at_y(main.bottom() - 68.0);

        let reduction_db = self.reading.gain_reduction_db as f32;
        let mut moves = self.needle.update(context.elapsed_s, reduction_db);
        moves |= place(ui, needle_rect, "needle", |ui| {
            needle::show(ui, needle_rect.size() - vec2(0.0, theme::SPACE), &mut self.needle).animating
        });
        moves |= place(ui, history_rect, "history", |ui| {
            reduction_history::show(ui, history_rect.size(), &self.history, HISTORY_DEPTH_DB).animating
        });

        // The DSP's own curve: what is drawn is what is computed.
        let settings = context.params.product.settings(1.0, context.params.monitoring.active(true));
        let curve = settings.curve();
        let makeup_db = settings.makeup_db;
        let output_db = |input_db: f32| (curve.output_db(f64::from(input_db)) + makeup_db) as f32;
        let live = self.live_level_db.map(|level_db| (level_db, level_db - reduction_db + makeup_db as f32));
        let curve_rect = Rect::from_min_size(pos2(right.left() + PAD, right.top()), Vec2::splat(side));
        moves |= place(ui, curve_rect, "curve", |ui| {
            TransferCurve::new(&output_db)
                .range_db(CURVE_LOW_DB, CURVE_HIGH_DB)
                .grid_db(12.0)
                .mark_db(settings.threshold_db as f32)
                .live(live)
                .show(ui, curve_rect.size())
                .animating
        });

        let below = Rect::from_min_max(pos2(curve_rect.left(), curve_rect.bottom() + theme::SPACE), right.max);
        moves |= place(ui, below, "readings", |ui| self.readings(ui));
        moves
    }

    fn readings(&mut self, ui: &mut Ui) -> bool {
        let known = |db: f64| (db > 0.0).then_some(db as f32);
        let (crest_in, crest_out) = (known(self.reading.crest_in_db), known(self.reading.crest_out_db));
        let mut moves = false;
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = theme::SPACE;
            moves |= Readout::new("Crest in", "dB").width(76.0).show(ui, &mut self.crest_in, crest_in).animating;
            moves |= Readout::new("Crest out", "dB").width(76.0).show(ui, &mut self.crest_out, crest_out).animating;
        });
        moves
    }
}

/// Two rows: what is set by ear, and what is set once.
fn controls_rows(ui: &mut Ui, rect: Rect, context: &mut PanelContext<'_, GlueParams, GlueReading>) -> bool {
    let (first, second) = rect.split_top_bottom_at_y(rect.top() + 106.0);
    let (p, shell) = (&context.params.product, &context.params.shell);
    let context = &mut *context;
    let mut moves = false;
    row(ui, first, "main", |ui| {
        moves |= context.knob(ui, &p.threshold, KnobSize::Medium);
        moves |= context.stepped(ui, &p.ratio, KnobSize::Medium, &["1.5", "2", "3", "4", "10"]);
        moves |= context.stepped(ui, &p.attack, KnobSize::Medium, &[".1", ".3", "1", "3", "10", "30"]);
        moves |= context.stepped(ui, &p.release, KnobSize::Medium, &[".1", ".3", ".6", "1.2", "A"]);
        moves |= context.knob(ui, &p.range, KnobSize::Medium);
        moves |= context.knob(ui, &p.makeup, KnobSize::Medium);
        context.match_button(ui);
        moves |= context.knob(ui, &p.drive, KnobSize::Medium);
        moves |= context.knob(ui, &shell.mix, KnobSize::Medium);
    });
    row(ui, second, "once", |ui| {
        moves |= context.knob_as(ui, &p.sidechain_high_pass, "SC high-pass", KnobSize::Small);
        stack(ui, vec2(132.0, 60.0), |ui| {
            moves |= context.segmented(ui, &p.sidechain_slope, 132.0);
            moves |= context.segmented(ui, &p.sidechain_source, 132.0);
        });
        moves |= context.knob_as(ui, &p.sidechain_tilt, "SC tilt", KnobSize::Small);
        stack(ui, vec2(124.0, 60.0), |ui| {
            moves |= context.segmented(ui, &p.model, 124.0);
            moves |= context.segmented(ui, &p.detector, 124.0);
        });
        moves |= context.knob(ui, &p.link, KnobSize::Small);
        stack(ui, vec2(128.0, 60.0), |ui| {
            moves |= context.segmented(ui, &p.link_mode, 128.0);
            moves |= context.listening_toggle(ui, &SIDECHAIN_LISTEN, "SC listen", 128.0);
        });
        moves |= context.knob(ui, &shell.input, KnobSize::Small);
        moves |= context.knob(ui, &shell.output, KnobSize::Small);
    });
    moves
}
