//! EQ's panel: one canvas that carries everything, and the exact values below it.

mod analyser;
mod axes;
mod canvas;
mod curves;
mod header;
mod nodes;
mod sheet;
mod state;
mod strip;
#[cfg(test)]
mod tests;

use egui::{Rect, Ui, pos2, vec2};
use shared_dsp::filters::kernels::PRE_RING_AUDIBLE_DB;
use shared_dsp::math::gain_to_db;
use shared_plugin::editor::Panel;
use shared_plugin::feed::ReadingFrame;
use shared_ui::bar_meter::{self, Level};
use shared_ui::button::Button;
use shared_ui::layout::{place, row};
use shared_ui::message_line::{self, Message, Severity};
use shared_ui::theme;

use self::axes::Axes;
use self::curves::Subject;
pub use self::state::EqPanel;
use self::state::{Context, Sheet};
use crate::params::EqParams;
use crate::processor::{BANDS, EqReading};

const METERS_WIDTH: f32 = 76.0;
const HEADER_HEIGHT: f32 = 34.0;
/// A key's level falls this fast on its threshold, dB/s.
const KEY_FALL_DB_PER_S: f32 = 30.0;
/// Curves follow dynamics in steps of this, dB: less cannot be seen.
const LEAST_MOVE_DB: f64 = 0.02;

impl Panel for EqPanel {
    type Params = EqParams;
    type Reading = EqReading;
    const SIZE: [f32; 2] = [1000.0, 600.0];
    const ACCENT: egui::Color32 = theme::accent::EQ;

    fn update(&mut self, frame: &ReadingFrame<EqReading>) {
        let reading = &frame.reading;
        let elapsed_s = reading.elapsed_s as f32;
        let fall_db = KEY_FALL_DB_PER_S * elapsed_s;
        for (held, &now) in self.key_level_db.iter_mut().zip(&reading.key_level_db) {
            *held = (now as f32).max(*held - fall_db).max(-200.0);
        }
        self.mono_lost_db = (reading.mono_lost_db as f32).max(self.mono_lost_db - fall_db).max(-200.0);
        for (meter, peaks) in self.meters.iter_mut().zip([frame.input_peak, frame.output_peak]) {
            let level = |peak: f32| Level { peak_db: gain_to_db(f64::from(peak)) as f32, rms_db: -200.0 };
            meter.update(elapsed_s, &peaks.map(level));
        }
        self.spectra.push(reading);
        self.reading.clone_from(reading);
    }

    fn stopped(&mut self) {
        self.spectra.stop();
        self.key_level_db = [-200.0; BANDS];
        self.mono_lost_db = -200.0;
        self.reading = EqReading { taps: None, moved_db: [0.0; BANDS], ..self.reading.clone() };
    }

    fn ui(&mut self, ui: &mut Ui, context: &mut Context<'_>) -> bool {
        let all = ui.max_rect();
        let (canvas, strip) = all.split_top_bottom_at_y(all.bottom() - strip::HEIGHT - 3.0 * theme::SPACE);
        let (canvas, meters) = canvas.split_left_right_at_x(canvas.right() - METERS_WIDTH);
        let axes = Axes { rect: canvas, view: self.looks.view, reach: self.looks.view.reach(self.looks.reach) };
        let rate = f64::from(context.sample_rate_hz());
        if !self.looks.is_frozen {
            self.spectra.update(rate, f64::from(context.elapsed_s), self.looks.wanted());
        }
        self.curves.update(self.subject(context, rate));
        place(ui, canvas, "canvas", |ui| canvas::show(ui, &axes, self, context));
        let header = Rect::from_min_size(canvas.min + vec2(6.0, 2.0), vec2(canvas.width() - 12.0, HEADER_HEIGHT));
        self.looks.show(ui, header);
        self.warn_of_pre_ringing(ui, canvas);
        let mut moves = self.levels(ui, meters.shrink2(vec2(8.0, 6.0)));
        let strip = Rect::from_min_max(strip.min + vec2(8.0, 8.0), strip.max - vec2(8.0, 4.0));
        moves |= strip::show(ui, strip, self, context);
        self.open_sheet(ui, canvas, context);
        moves
    }
}

impl EqPanel {
    fn subject(&self, context: &Context<'_>, sample_rate_hz: f64) -> Subject {
        let heard = context.params.monitoring.active(false);
        let product = &context.params.product;
        Subject {
            settings: product.settings(1.0, heard),
            moved_db: self.reading.moved_db.map(|db| (db / LEAST_MOVE_DB).round() * LEAST_MOVE_DB),
            phase: product.phase.get(),
            sample_rate_hz,
            view: self.looks.view,
        }
    }

    /// What linear phase costs here, where it may be heard.
    fn warn_of_pre_ringing(&self, ui: &mut Ui, canvas: Rect) {
        let Some(db) = self.reading.pre_ringing_db.filter(|&db| db > PRE_RING_AUDIBLE_DB) else { return };
        let words = format!(
            "Pre-ringing may be heard: {} dB lie more than 10 ms before the sound. Natural phase has none.",
            shared_ui::readout::decibels(Some(db as f32))
        );
        let at = Rect::from_min_size(canvas.min + vec2(10.0, HEADER_HEIGHT + 4.0), vec2(canvas.width() - 20.0, 16.0));
        place(ui, at, "pre-ringing", |ui| {
            let text = egui::RichText::new(words).size(theme::TYPE_SMALL).color(theme::WARNING);
            ui.add(egui::Label::new(text).selectable(false));
        });
    }

    fn lost_db(&self) -> Option<f32> {
        (self.mono_lost_db > -120.0).then_some(self.mono_lost_db)
    }

    fn levels(&mut self, ui: &mut Ui, rect: Rect) -> bool {
        let names = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 14.0), rect.max);
        let size = vec2(0.5 * rect.width() - 3.0, rect.height() - 18.0);
        let bars = Rect::from_min_size(rect.min, vec2(rect.width(), size.y));
        let [input, output] = &mut self.meters;
        let mut moves = row(ui, bars, "levels", |ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let moves = bar_meter::show(ui, size, "Input level", input).animating;
            moves | bar_meter::show(ui, size, "Output level", output).animating
        });
        for (name, share) in [("In", 0.25), ("Out", 0.75)] {
            let at = pos2(names.left() + share * names.width(), names.center().y);
            axes::text(ui.painter(), at, egui::Align2::CENTER_CENTER, name, theme::DIM);
        }
        moves |= self.key_level_db.iter().any(|&db| db > -60.0);
        moves
    }

    fn toggle_sheet(&mut self, context: &Context<'_>) {
        self.sheet = match self.sheet.take() {
            Some(_) => None,
            None => Some(Sheet { text: sheet::write(context), error: None }),
        };
    }

    /// The sheet over the canvas, while it is open.
    fn open_sheet(&mut self, ui: &mut Ui, canvas: Rect, context: &Context<'_>) {
        let Some(mut open) = self.sheet.take() else { return };
        let rect = canvas.shrink2(vec2(40.0, HEADER_HEIGHT + 6.0));
        ui.painter().rect(
            rect,
            theme::RADIUS,
            theme::PANEL,
            egui::Stroke::new(theme::LINE, theme::DIM),
            egui::StrokeKind::Inside,
        );
        let inner = rect.shrink(10.0);
        let (text, buttons) = inner.split_top_bottom_at_y(inner.bottom() - 28.0);
        place(ui, text, "sheet", |ui| {
            egui::ScrollArea::vertical().max_height(text.height() - 4.0).show(ui, |ui| {
                let edit = egui::TextEdit::multiline(&mut open.text).desired_width(text.width()).desired_rows(12);
                let response = ui.add(edit.font(egui::FontId::proportional(theme::TYPE_SMALL)));
                ui.ctx().accesskit_node_builder(response.id, |node| node.set_label("Settings sheet"));
            });
        });
        let is_closed = row(ui, buttons, "sheet buttons", |ui| {
            if Button::new("Copy").name("Copy the sheet").show(ui).1 {
                ui.ctx().copy_text(open.text.clone());
            }
            let hint = "Sets everything to what the text says: paste a sheet above first.";
            if Button::new("Read").name("Read the sheet").hint(hint).show(ui).1 {
                open.error = sheet::read(ui.ctx(), context, &open.text).err();
            }
            let is_closed = Button::new("Close").name("Close the sheet").show(ui).1;
            let error = open.error.as_deref().map(|text| Message { severity: Severity::Warning, text });
            let width = ui.available_width();
            if message_line::show(ui, width, error) {
                open.error = None;
            }
            is_closed
        });
        if !is_closed {
            self.sheet = Some(open);
        }
    }
}
