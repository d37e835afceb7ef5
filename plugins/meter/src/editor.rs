//! Meter's panel: the numbers at the left, one canvas for what they were made of, and the stereo picture, the levels and the
//! controls below it.

mod ab;
mod controls;
mod delivery;
mod level;
mod levels;
mod numbers;
mod places;
mod song;
mod spectra;
mod stereo;

use egui::{Rect, Ui, pos2, vec2};
use shared_plugin::editor::{Panel, PanelContext};
use shared_plugin::feed::ReadingFrame;
use shared_ui::layout::{place, row};
use shared_ui::segmented::Segmented;
use shared_ui::theme;

use self::ab::Ab;
use self::delivery::Delivery;
use self::levels::Levels;
use self::numbers::Numbers;
use self::song::Song;
use self::spectra::Spectra;
use self::stereo::Stereo;
use crate::params::MeterParams;
use crate::processor::MeterReading;
use crate::report;

const PAD: f32 = 2.0 * theme::SPACE;
const NUMBERS_WIDTH: f32 = 172.0;
const FOOT_HEIGHT: f32 = 152.0;
const TABS_HEIGHT: f32 = 24.0;
const TABS_WIDTH: f32 = 392.0;

/// What the canvas shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum View {
    /// Loudness over spectrum.
    #[default]
    Overview,
    /// The song's loudness alone.
    Loudness,
    /// The spectrum, or spectrogram, alone.
    Spectrum,
    /// What passes where.
    Delivery,
    /// Where the extremes are.
    Places,
    /// The comparison.
    Ab,
}

const VIEWS: [(View, &str); 6] = [
    (View::Overview, "Overview"),
    (View::Loudness, "Loudness"),
    (View::Spectrum, "Spectrum"),
    (View::Delivery, "Delivery"),
    (View::Places, "Places"),
    (View::Ab, "A / B"),
];

/// What the panel remembers between pictures.
#[derive(Default)]
pub struct MeterPanel {
    view: View,
    reading: MeterReading,
    numbers: Numbers,
    song: Song,
    spectra: Spectra,
    delivery: Delivery,
    stereo: Stereo,
    levels: Levels,
    ab: Ab,
    /// Where the last report went, or why it did not.
    report: String,
}

impl Panel for MeterPanel {
    type Params = MeterParams;
    type Reading = MeterReading;
    const SIZE: [f32; 2] = [1000.0, 640.0];
    const ACCENT: egui::Color32 = theme::accent::METER;

    fn update(&mut self, frame: &ReadingFrame<MeterReading>) {
        if frame.reading.measured_s < self.reading.measured_s {
            // A new measurement has begun.
            self.levels.reset();
            self.spectra.reset();
        }
        self.spectra.has_stopped = false;
        self.levels.update(&frame.reading.live);
        self.reading.clone_from(&frame.reading);
    }

    fn stopped(&mut self) {
        // What was measured stays; what moves has nothing to move it.
        self.reading.live = shared_dsp::loudness::LiveReadings::default();
        self.levels.update(&self.reading.live);
        self.spectra.has_stopped = true;
        self.stereo.stop();
    }

    fn closed(&mut self) {
        self.ab.closed();
    }

    fn ui(&mut self, ui: &mut Ui, context: &mut PanelContext<'_, MeterParams, MeterReading>) -> bool {
        let all = ui.max_rect().shrink(PAD);
        let (numbers, rest) = all.split_left_right_at_x(all.left() + NUMBERS_WIDTH);
        let rest = Rect::from_min_max(pos2(rest.left() + PAD, rest.top()), rest.max);
        let (upper, foot) = rest.split_top_bottom_at_y(rest.bottom() - FOOT_HEIGHT);
        let (tabs, canvas) = upper.split_top_bottom_at_y(upper.top() + TABS_HEIGHT);
        let canvas = Rect::from_min_max(pos2(canvas.left(), canvas.top() + theme::SPACE), canvas.max - vec2(0.0, PAD));

        let reading = &self.reading;
        self.spectra.update(reading, context);
        self.ab.update(reading, context, self.view == View::Ab);
        let mut moves = place(ui, numbers, "numbers", |ui| {
            let limit_dbtp = context.params.product.true_peak_limit.value();
            let moves = self.numbers.show(ui, reading, limit_dbtp);
            ui.small(&self.report);
            moves
        });
        moves |= row(ui, tabs, "tabs", |ui| self.tabs(ui, context));
        if self.view == View::Ab {
            let page = Rect::from_min_max(pos2(canvas.left(), canvas.top()), rest.max);
            return self.ab.show(ui, page, &self.reading, context) || moves;
        }
        moves |= self.canvas(ui, canvas, context);
        moves |= self.foot(ui, foot, context);
        moves
    }
}

impl MeterPanel {
    /// What the canvas shows, and how.
    fn tabs(&mut self, ui: &mut Ui, context: &PanelContext<'_, MeterParams, MeterReading>) -> bool {
        let selected = VIEWS.iter().position(|(view, _)| *view == self.view).unwrap_or(0);
        if let (_, Some(picked)) =
            Segmented::new("View").width(TABS_WIDTH).show(ui, &VIEWS.map(|(_, name)| name), selected)
        {
            self.view = VIEWS[picked].0;
        }
        ui.add_space(PAD);
        // Where the controls of the view stand: nobody may overlook it.
        if self.ab.sign(ui, context, ui.available_width()) {
            return true;
        }
        let p = &context.params.product;
        match self.view {
            View::Overview | View::Loudness => {
                let mut moves = context.segmented(ui, &p.history, 216.0);
                moves |= context.segmented(ui, &p.scale, 92.0);
                moves |= context.segmented(ui, &p.lu_range, 84.0);
                moves
            }
            View::Spectrum => controls::spectrum(ui, context),
            View::Delivery | View::Places | View::Ab => false,
        }
    }

    fn canvas(&mut self, ui: &mut Ui, rect: Rect, context: &PanelContext<'_, MeterParams, MeterReading>) -> bool {
        let reading = &self.reading;
        match self.view {
            View::Overview => {
                let (upper, lower) = rect.split_top_bottom_at_y(rect.top() + 0.56 * rect.height());
                let upper = Rect::from_min_max(upper.min, upper.max - vec2(0.0, theme::SPACE));
                let mut moves = place(ui, upper, "song", |ui| self.song.show(ui, upper.size(), reading, context));
                moves |= place(ui, lower, "spectrum", |ui| self.spectra.show(ui, lower.size(), context));
                moves
            }
            View::Loudness => place(ui, rect, "song", |ui| self.song.show(ui, rect.size(), reading, context)),
            View::Spectrum => place(ui, rect, "spectrum", |ui| self.spectra.show(ui, rect.size(), context)),
            View::Delivery => place(ui, rect, "delivery", |ui| self.delivery.show(ui, reading, context)),
            View::Places => place(ui, rect, "places", |ui| places::show(ui, reading)),
            // It takes the whole page.
            View::Ab => false,
        }
    }

    fn foot(&mut self, ui: &mut Ui, rect: Rect, context: &PanelContext<'_, MeterParams, MeterReading>) -> bool {
        let (stereo, rest) = rect.split_left_right_at_x(rect.left() + 360.0);
        let (levels, controls) = rest.split_left_right_at_x(rest.left() + 112.0);
        let reading = &self.reading;
        let mut moves = place(ui, stereo, "stereo", |ui| self.stereo.show(ui, stereo.size(), reading, context));
        moves |= place(ui, levels, "levels", |ui| self.levels.show(ui, levels.size(), reading, context));
        let (moves_too, wants_report) = place(ui, controls, "controls", |ui| controls::show(ui, controls, context));
        if wants_report {
            let rate_hz = f64::from(context.sample_rate_hz());
            let programme = report::programme(reading, rate_hz, self.spectra.spectrum());
            self.report = match report::write(programme) {
                Ok(path) => format!("Written to {}", path.display()),
                Err(error) => error.to_string(),
            };
        }
        moves || moves_too
    }
}

#[cfg(test)]
mod tests {
    use super::level::level;
    use super::*;

    #[test]
    fn what_moves_is_at_rest_before_there_is_sound_and_after_the_host_has_stopped() {
        let mut panel = MeterPanel::default();
        let is_at_rest = |panel: &MeterPanel| {
            let live = &panel.reading.live;
            let levels = [live.true_peak_dbtp, live.sample_peak_dbfs, live.rms_dbfs, live.vu_dbfs].concat();
            [live.momentary_lufs, live.short_term_lufs].iter().chain(&levels).all(|&db| level(db).is_none())
        };
        assert!(is_at_rest(&panel), "{:?}", panel.reading.live);
        let mut frame = ReadingFrame::<MeterReading>::default();
        frame.reading.live.momentary_lufs = -14.0;
        frame.reading.live.true_peak_dbtp = [-6.0; 2];
        frame.reading.whole.integrated_lufs = Some(-15.0);
        panel.update(&frame);
        assert!(!is_at_rest(&panel) && !panel.spectra.has_stopped);
        panel.stopped();
        assert!(is_at_rest(&panel) && panel.spectra.has_stopped, "{:?}", panel.reading.live);
        assert_eq!(panel.reading.whole.integrated_lufs, Some(-15.0), "what was measured stays");
    }
}
