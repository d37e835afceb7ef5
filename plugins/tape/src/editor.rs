//! Tape's panel: two VU meters, the response with the bump of the head, the magnetisation with the sound on it or the line-up
//! card; the controls below.

mod card;
mod controls;
mod responses;

use egui::{Rect, Ui, Vec2, vec2};
use shared_plugin::editor::{OperatingLevel, Panel, PanelContext};
use shared_plugin::feed::ReadingFrame;
use shared_ui::amplitude_curve::{AmplitudeCurve, LiveRange};
use shared_ui::button::Button;
use shared_ui::layout::{place, row};
use shared_ui::level_columns::{Between, ColumnLevels, LevelColumns};
use shared_ui::readout::{Readout, ReadoutState};
use shared_ui::vu_meter::{self, VuMeter};
use shared_ui::{response_curve, theme};

use self::responses::Responses;
use crate::params::TapeParams;
use crate::processor::{TapeReading, TapeSettings};

/// What every part of the panel is given.
type Context<'a> = PanelContext<'a, TapeParams, TapeReading>;

const PAD: f32 = 2.0 * theme::SPACE;
const SIDE_WIDTH: f32 = 216.0;
const RESPONSE_HEIGHT: f32 = 84.0;
const NUMBERS_HEIGHT: f32 = 40.0;
/// The magnetisation is drawn so far, MOL being 1: 7.6 dB beyond it.
const REACH: f32 = 2.4;
/// The responses are drawn over so many dB to either side.
const RESPONSE_DB: f32 = 3.0;
/// Below this nothing is bent that could be told, dB below MOL.
const FAR_BELOW_DB: f32 = 100.0;

/// What the panel remembers between pictures.
pub struct TapePanel {
    columns: LevelColumns,
    reading: TapeReading,
    is_running: bool,
    needles: [VuMeter; 2],
    field: LiveRange,
    level: OperatingLevel,
    responses: Responses,
    numbers: [ReadoutState; 2],
    shows_card: bool,
}

impl Default for TapePanel {
    fn default() -> Self {
        Self {
            columns: LevelColumns::with(Between::Nothing),
            reading: TapeReading::default(),
            is_running: false,
            needles: Default::default(),
            field: LiveRange::default(),
            level: OperatingLevel::default(),
            responses: Responses::default(),
            numbers: Default::default(),
            shows_card: false,
        }
    }
}

impl Panel for TapePanel {
    type Params = TapeParams;
    type Reading = TapeReading;
    const SIZE: [f32; 2] = [820.0, 500.0];
    const ACCENT: egui::Color32 = theme::accent::TAPE;

    fn update(&mut self, frame: &ReadingFrame<TapeReading>) {
        let reading = &frame.reading;
        self.field.push(reading.elapsed_s as f32, reading.field[0], reading.field[1]);
        self.level.update(reading.rms_db, reading.fourth_power, reading.elapsed_s);
        self.columns.update(reading.elapsed_s as f32, ColumnLevels::of(frame.input_peak, frame.output_peak));
        self.is_running = true;
        self.reading.clone_from(reading);
    }

    fn stopped(&mut self) {
        self.is_running = false;
        self.columns.stop();
        self.field = LiveRange::default();
        self.reading = TapeReading { channels: self.reading.channels, ..TapeReading::default() };
    }

    fn ui(&mut self, ui: &mut Ui, context: &mut Context<'_>) -> bool {
        let all = ui.max_rect();
        let (picture, controls) = all.split_top_bottom_at_y(all.bottom() - controls::HEIGHT);
        let picture = Rect::from_min_max(picture.min + Vec2::splat(PAD), picture.max - vec2(PAD, 0.0));
        let mut moves = self.picture(ui, picture, context);
        moves |= controls::show(ui, controls, &mut self.level, context);
        moves
    }
}

impl TapePanel {
    fn picture(&mut self, ui: &mut Ui, rect: Rect, context: &Context<'_>) -> bool {
        let params = context.params;
        let monitoring = params.monitoring.active(true);
        let settings = params.product.settings(f64::from(params.shell.mix.value()) / 100.0, monitoring);
        let (rect, columns) = rect.split_left_right_at_x(rect.right() - LevelColumns::LEVELS_WIDTH);
        let rect = Rect::from_min_max(rect.min, rect.max - vec2(PAD, 0.0));
        let (main, side) = rect.split_left_right_at_x(rect.right() - SIDE_WIDTH);
        let main = Rect::from_min_max(main.min, main.max - vec2(PAD, 0.0));
        let (meters, response) = main.split_top_bottom_at_y(main.bottom() - RESPONSE_HEIGHT);
        let meters = Rect::from_min_max(meters.min, meters.max - vec2(0.0, PAD));

        let mut moves = self.meters(ui, meters, context, &settings);
        self.responses.update(&settings, f64::from(context.sample_rate_hz()));
        moves |= place(ui, response, "response", |ui| {
            response_curve::show(ui, response.size(), RESPONSE_DB, &self.responses.drawn()).animating
        });
        moves |= place(ui, columns, "levels", |ui| self.columns.show(ui, columns.size()).animating);
        moves |= if self.shows_card { self.card(ui, side) } else { self.flux(ui, side) };
        moves
    }

    fn meters(&mut self, ui: &mut Ui, rect: Rect, context: &Context<'_>, settings: &TapeSettings) -> bool {
        let zero = format!("0 VU = {:.1} dBFS", settings.zero_vu_db).replace('-', "−").replace(".0 ", " ");
        let width = 0.5 * (rect.width() - PAD);
        let mut moves = false;
        for (side, (name, corner)) in [("VU left", "L"), ("VU right", "R")].into_iter().enumerate() {
            // The right one of a mono track rests.
            let is_read = self.is_running && side < self.reading.channels;
            let reading = is_read.then_some(self.reading.vu_db[side]);
            moves |= self.needles[side].update(context.elapsed_s, reading);
            let at = rect.min + vec2(side as f32 * (width + PAD), 0.0);
            let rect = Rect::from_min_size(at, vec2(width, rect.height()));
            let needle = &self.needles[side];
            moves |= place(ui, rect, name, |ui| vu_meter::show(ui, rect.size(), needle, name, corner, &zero).animating);
        }
        moves
    }

    /// The magnetisation and how far the sound goes on it.
    fn flux(&mut self, ui: &mut Ui, rect: Rect) -> bool {
        let (curve_rect, numbers) = rect.split_top_bottom_at_y(rect.bottom() - NUMBERS_HEIGHT);
        let mut moves = place(ui, curve_rect, "flux", |ui| {
            // The DSP's own curve: what is drawn is what is computed.
            let curve = |x: f32| TapeSettings::magnetisation(f64::from(x)) as f32;
            let view = AmplitudeCurve::new(&curve).reach(REACH).live(self.field.get());
            let view = view.named("field", "flux").marked(1.0, "MOL");
            view.show(ui, Vec2::new(rect.width(), curve_rect.height() - theme::SPACE)).animating
        });
        let is_told = self.is_running && self.reading.below_mol_db < FAR_BELOW_DB;
        let told = |db: f32| is_told.then_some(db);
        // Above MOL it is said so, and not that it is less than nothing below it.
        let below_db = self.reading.below_mol_db;
        let to_mol = if below_db < 0.0 { "Over MOL" } else { "Below MOL" };
        let values = [
            (Readout::new("Third harmonic", "dB"), told(self.reading.third_harmonic_db)),
            (Readout::new(to_mol, "dB"), told(below_db.abs())),
        ];
        moves |= row(ui, numbers, "numbers", |ui| {
            let mut moves = false;
            for ((readout, value), state) in values.into_iter().zip(&mut self.numbers) {
                moves |= readout.size(theme::TYPE_LARGE).width(84.0).show(ui, state, value).animating;
            }
            self.card_button(ui);
            moves
        });
        moves
    }

    fn card(&mut self, ui: &mut Ui, rect: Rect) -> bool {
        let (lines, foot) = rect.split_top_bottom_at_y(rect.bottom() - NUMBERS_HEIGHT);
        if let Some(card) = self.responses.card() {
            place(ui, lines, "card", |ui| card::show(ui, &card));
        }
        row(ui, foot, "card's foot", |ui| self.card_button(ui));
        false
    }

    fn card_button(&mut self, ui: &mut Ui) {
        let hint = "The line-up card: what this machine is set to, and what that makes of it.";
        let button = Button::new("Card").name("Line-up card").hint(hint).on(self.shows_card).min_width(52.0);
        if button.show(ui).1 {
            self.shows_card = !self.shows_card;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_is_at_rest_after_the_host_has_stopped() {
        let reading = TapeReading {
            vu_db: [-3.0, -4.0],
            field: [-0.4, 0.5],
            below_mol_db: 6.0,
            third_harmonic_db: -42.0,
            rms_db: -21.0,
            elapsed_s: 0.1,
            ..TapeReading::default()
        };
        let frame = ReadingFrame { reading, ..ReadingFrame::default() };
        let mut panel = TapePanel::default();
        panel.update(&frame);
        assert!(panel.is_running && panel.field.get().is_some());
        panel.stopped();
        assert!(!panel.is_running && panel.field.get().is_none());
        assert!(panel.reading.below_mol_db > FAR_BELOW_DB);
    }
}
