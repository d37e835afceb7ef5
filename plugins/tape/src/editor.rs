//! Tape's panel: two VU meters, the response with the bump of the head, the magnetisation with the sound on it or the line-up
//! card; the controls below.

mod card;
mod responses;

use egui::{Rect, Ui, Vec2, vec2};
use nice_plug::prelude::Param as _;
use shared_plugin::editor::{OperatingLevel, Panel, PanelContext};
use shared_plugin::feed::ReadingFrame;
use shared_ui::amplitude_curve::{AmplitudeCurve, LiveRange};
use shared_ui::button::Button;
use shared_ui::layout::{place, row, stack};
use shared_ui::readout::{Readout, ReadoutState};
use shared_ui::value_field::ValueField;
use shared_ui::vu_meter::{self, VuMeter};
use shared_ui::{KnobSize, gesture, response_curve, theme};

use self::responses::Responses;
use crate::params::{MONITOR_INPUT, MONITOR_SYNC, TapeParams};
use crate::processor::{TapeReading, TapeSettings};

const PAD: f32 = 2.0 * theme::SPACE;
/// Two rows of small knobs.
const CONTROLS_HEIGHT: f32 = 152.0;
const SIDE_WIDTH: f32 = 244.0;
const RESPONSE_HEIGHT: f32 = 84.0;
const NUMBERS_HEIGHT: f32 = 40.0;
/// The magnetisation is drawn so far, MOL being 1.
const REACH: f32 = 1.6;
/// The responses are drawn over so many dB to either side.
const RESPONSE_DB: f32 = 3.0;
/// Below this nothing is bent that could be told, dB below MOL.
const FAR_BELOW_DB: f32 = 100.0;

/// What the panel remembers between pictures.
#[derive(Default)]
pub struct TapePanel {
    reading: TapeReading,
    is_running: bool,
    needles: [VuMeter; 2],
    field: LiveRange,
    level: OperatingLevel,
    responses: Responses,
    numbers: [ReadoutState; 2],
    shows_card: bool,
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
        self.is_running = true;
        self.reading.clone_from(reading);
    }

    fn stopped(&mut self) {
        self.is_running = false;
        self.field = LiveRange::default();
        self.reading = TapeReading { channels: self.reading.channels, ..TapeReading::default() };
    }

    fn ui(&mut self, ui: &mut Ui, context: &mut PanelContext<'_, TapeParams, TapeReading>) -> bool {
        let all = ui.max_rect().shrink(PAD);
        let (picture, controls) = all.split_top_bottom_at_y(all.bottom() - CONTROLS_HEIGHT);
        let picture = Rect::from_min_max(picture.min, picture.max - vec2(0.0, PAD));
        let mut moves = self.picture(ui, picture, context);
        moves |= self.controls(ui, controls, context);
        moves
    }
}

impl TapePanel {
    fn picture(&mut self, ui: &mut Ui, rect: Rect, context: &PanelContext<'_, TapeParams, TapeReading>) -> bool {
        let params = context.params;
        let heard = params.monitoring.heard(true);
        let settings = params.product.settings(f64::from(params.shell.mix.value()) / 100.0, heard);
        let (main, side) = rect.split_left_right_at_x(rect.right() - SIDE_WIDTH);
        let main = Rect::from_min_max(main.min, main.max - vec2(PAD, 0.0));
        let (meters, response) = main.split_top_bottom_at_y(main.bottom() - RESPONSE_HEIGHT);
        let meters = Rect::from_min_max(meters.min, meters.max - vec2(0.0, PAD));

        let mut moves = self.meters(ui, meters, context, &settings);
        self.responses.update(&settings, f64::from(context.sample_rate_hz()));
        moves |= place(ui, response, "response", |ui| {
            response_curve::show(ui, response.size(), RESPONSE_DB, &self.responses.drawn()).animating
        });
        moves |= if self.shows_card { self.card(ui, side) } else { self.flux(ui, side) };
        moves
    }

    fn meters(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        context: &PanelContext<'_, TapeParams, TapeReading>,
        settings: &TapeSettings,
    ) -> bool {
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
        let values = [
            (Readout::new("Third harmonic", "dB"), told(self.reading.third_harmonic_db)),
            (Readout::new("Below MOL", "dB"), told(self.reading.below_mol_db)),
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

    /// How hot, which machine, what it adds, and what comes out.
    fn controls(&mut self, ui: &mut Ui, rect: Rect, context: &mut PanelContext<'_, TapeParams, TapeReading>) -> bool {
        let (level, rest) = rect.split_left_right_at_x(rect.left() + 212.0);
        let (machine, rest) = rest.split_left_right_at_x(rest.left() + 280.0);
        let (character, output) = rest.split_left_right_at_x(rest.left() + 206.0);
        let mut moves = row(ui, level, "level", |ui| self.level(ui, context));
        moves |= row(ui, machine, "machine", |ui| machine_controls(ui, context));
        moves |= row(ui, character, "character", |ui| character_controls(ui, context));
        moves |= row(ui, output, "output", |ui| output_controls(ui, context));
        moves
    }

    fn level(&mut self, ui: &mut Ui, context: &PanelContext<'_, TapeParams, TapeReading>) -> bool {
        let p = &context.params.product;
        let mut moves = context.knob(ui, &p.drive, KnobSize::Large);
        stack(ui, vec2(116.0, CONTROLS_HEIGHT - PAD), |ui| {
            if let Some(param) = context.param(&p.zero_vu) {
                self.level.seen_in(ui.ctx().cumulative_pass_nr());
                moves |= ValueField::new(param).width(76.0).show(ui).animating;
                let left_s = self.level.left_s();
                let label = left_s.map_or_else(|| "Measure".to_owned(), |left_s| format!("{:.0} s", left_s.ceil()));
                let hint = "Sets 0 VU from five seconds of programme, judged by its peaks.";
                let button = Button::new(&label).name("Set 0 VU from programme").hint(hint);
                let pressed = button.on(left_s.is_some()).min_width(112.0).show(ui).1;
                if let Some(level_db) = self.level.ask(pressed) {
                    let wanted = p.zero_vu.preview_normalized(level_db as f32);
                    gesture::once(ui.ctx(), param, wanted.clamp(0.0, 1.0));
                }
            }
            moves |= context.stepped(ui, &p.fluxivity, KnobSize::Small, &["185", "250", "320", "370", "520"]);
        });
        moves
    }
}

fn machine_controls(ui: &mut Ui, context: &mut PanelContext<'_, TapeParams, TapeReading>) -> bool {
    let p = &context.params.product;
    let mut moves = false;
    stack(ui, vec2(276.0, CONTROLS_HEIGHT - PAD), |ui| {
        moves |= context.segmented(ui, &p.formulation, 276.0);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = theme::SPACE;
            moves |= context.segmented(ui, &p.speed, 152.0);
            moves |= context.segmented(ui, &p.equalisation, 120.0);
        });
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = theme::SPACE;
            moves |= context.knob(ui, &p.bias, KnobSize::Small);
            moves |= context.knob(ui, &p.head_bump, KnobSize::Small);
            stack(ui, vec2(128.0, 80.0), |ui| {
                moves |= context.toggle(ui, &p.align, "Aligned", 128.0);
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = theme::SPACE;
                    moves |= context.listening_toggle(ui, &MONITOR_INPUT, "Input", 62.0);
                    moves |= context.listening_toggle(ui, &MONITOR_SYNC, "Sync", 62.0);
                });
                context.match_button(ui);
            });
        });
    });
    moves
}

fn character_controls(ui: &mut Ui, context: &PanelContext<'_, TapeParams, TapeReading>) -> bool {
    let p = &context.params.product;
    let mut moves = false;
    stack(ui, vec2(208.0, CONTROLS_HEIGHT - PAD), |ui| {
        for knobs in [
            [(&p.wow, "Wow"), (&p.flutter, "Flutter"), (&p.crosstalk, "Crosstalk")],
            [(&p.hiss, "Hiss"), (&p.modulation_noise, "Mod noise"), (&p.azimuth, "Azimuth")],
        ] {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = theme::SPACE;
                for (knob, label) in knobs {
                    moves |= context.knob_as(ui, knob, label, KnobSize::Small);
                }
            });
        }
    });
    moves
}

fn output_controls(ui: &mut Ui, context: &PanelContext<'_, TapeParams, TapeReading>) -> bool {
    let mut moves = false;
    stack(ui, vec2(108.0, CONTROLS_HEIGHT - PAD), |ui| {
        moves |= context.trims(ui);
        moves |= context.knob(ui, &context.params.shell.mix, KnobSize::Small);
    });
    moves
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
