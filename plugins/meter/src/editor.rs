//! Meter's panel: the loudness of the song and the numbers, the spectrum, the stereo picture, and the controls below.

use egui::{Align, Layout, Rect, Ui, UiBuilder, vec2};
use shared_dsp::loudness::{HistoryPoint, LiveReadings, Readings};
use shared_dsp::spectrum::{Spectrum, tilt_db};
use shared_plugin::editor::{Panel, PanelContext};
use shared_plugin::feed::{FRAMES_PER_SECOND, Frame};
use shared_ui::bar_meter::{self, BarMeter, Level};
use shared_ui::button::Button;
use shared_ui::centre_bar::CentreBar;
use shared_ui::loudness_history::{Loudness, LoudnessView};
use shared_ui::readout::{Readout, ReadoutState};
use shared_ui::spectrum::{Layer, SpectrumView, Style};
use shared_ui::{KnobSize, gesture, theme};

use crate::Meter;
use crate::params::LevelMeter;
use crate::processor::MeterReading;
use crate::report;

const PAD: f32 = 2.0 * theme::SPACE;
const FRAME_S: f32 = 1.0 / FRAMES_PER_SECOND as f32;
/// Frames of samples fetched at once.
const FETCHED: usize = 4096;

/// What the panel remembers between pictures.
#[derive(Default)]
pub struct MeterPanel {
    reading: MeterReading,
    bars: BarMeter,
    spectrum: Option<(Spectrum, (f64, i32, i32))>,
    fetched: u64,
    points: Vec<HistoryPoint>,
    history: Vec<Loudness>,
    readouts: [ReadoutState; 12],
    /// Where the last report went, or why it did not.
    report: String,
}

impl Panel<Meter> for MeterPanel {
    const SIZE: [f32; 2] = [1000.0, 640.0];
    const ACCENT: egui::Color32 = theme::accent::METER;

    fn take(&mut self, frame: &Frame<MeterReading>) {
        if frame.reading.measured_s < self.reading.measured_s {
            // A new measurement has begun.
            self.bars.reset();
            self.spectrum.iter_mut().for_each(|(spectrum, _)| spectrum.reset());
        }
        self.reading.clone_from(&frame.reading);
    }

    fn ui(&mut self, ui: &mut Ui, context: &mut PanelContext<'_, Meter>) -> bool {
        let all = ui.max_rect().shrink(PAD);
        let (picture, controls) = all.split_top_bottom_at_y(all.bottom() - 96.0);
        let (upper, lower) = picture.split_top_bottom_at_y(picture.center().y);
        let (history, numbers) = upper.split_left_right_at_x(upper.right() - 320.0);
        let (spectrum, levels) = lower.split_left_right_at_x(lower.right() - 320.0);
        let mut moves = place(ui, history, "history", |ui| self.history(ui, history, context));
        moves |= place(ui, numbers, "numbers", |ui| self.numbers(ui));
        moves |= place(ui, spectrum, "spectrum", |ui| self.spectrum(ui, spectrum, context));
        moves |= place(ui, levels, "levels", |ui| self.levels(ui, levels, context));
        moves |= place(ui, controls, "controls", |ui| {
            let moves = show_controls(ui, context);
            self.report_button(ui, f64::from(context.sample_rate_hz()));
            moves
        });
        moves
    }
}

fn place<R>(ui: &mut Ui, rect: Rect, salt: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    let rect = rect.shrink(theme::SPACE);
    let builder = UiBuilder::new().id_salt(salt).max_rect(rect).layout(Layout::top_down(Align::Min));
    ui.scope_builder(builder, add).inner
}

impl MeterPanel {
    fn history(&mut self, ui: &mut Ui, rect: Rect, context: &PanelContext<'_, Meter>) -> bool {
        let params = &context.params.product;
        let mut point_s = 0.1;
        if let Some(history) = &self.reading.history {
            match params.history_s() {
                Some(seconds) => history.read_recent(seconds, &mut self.points),
                None => point_s = history.read_whole(&mut self.points),
            }
        }
        self.history.clear();
        self.history.extend(self.points.iter().map(|point| Loudness {
            momentary: point.momentary_lufs,
            short_term: point.short_term_lufs,
            integrated: point.integrated_lufs,
        }));
        let view = LoudnessView {
            range_lufs: params.range_lufs(),
            target_lufs: Some(params.target.value()),
            in_lu: params.is_relative(),
        };
        view.show(ui, rect.size() - vec2(2.0, 2.0) * theme::SPACE, &self.history, point_s as f32).animating
    }

    fn numbers(&mut self, ui: &mut Ui) -> bool {
        let (whole, live): (&Readings, &LiveReadings) = (&self.reading.whole, &self.reading.live);
        let known = |value: Option<f64>| value.map(|value| value as f32);
        let level = |value: f64| (value > -200.0).then_some(value as f32);
        let numbers = [
            ("Momentary", "LUFS", level(live.momentary_lufs)),
            ("Short-term", "LUFS", level(live.short_term_lufs)),
            ("Integrated", "LUFS", known(whole.integrated_lufs)),
            ("Range", "LU", known(whole.loudness_range_lu)),
            ("Max momentary", "LUFS", known(whole.max_momentary_lufs)),
            ("Max short-term", "LUFS", known(whole.max_short_term_lufs)),
            ("True peak", "dBTP", known(whole.true_peak_dbtp)),
            ("Sample peak", "dBFS", known(whole.sample_peak_dbfs)),
            ("Crest", "dB", known(whole.crest_factor_db)),
            ("PLR", "dB", known(whole.plr_db)),
            ("PSR", "dB", known(whole.psr_db)),
            ("RMS", "dBFS", known(whole.rms_dbfs)),
        ];
        let mut moves = false;
        let mut states = self.readouts.iter_mut();
        for row in numbers.chunks(3) {
            ui.horizontal(|ui| {
                for ((name, unit, value), state) in row.iter().zip(&mut states) {
                    moves |= Readout::new(name, unit).size(theme::TYPE_LARGE).show(ui, state, *value).animating;
                }
            });
        }
        moves
    }

    fn spectrum(&mut self, ui: &mut Ui, rect: Rect, context: &PanelContext<'_, Meter>) -> bool {
        let params = &context.params.product;
        let rate_hz = f64::from(context.sample_rate_hz());
        let made_for = (rate_hz, params.spectrum_resolution.value(), params.spectrum_fall.value());
        if rate_hz > 0.0 && self.spectrum.as_ref().is_none_or(|(_, have)| *have != made_for) {
            self.spectrum = Some((Spectrum::new(rate_hz, 2, params.fraction(), params.fall_db_per_s()), made_for));
        }
        let (Some((spectrum, _)), Some(samples)) = (&mut self.spectrum, &self.reading.samples) else { return false };
        let newest = samples.written();
        // A window that was hidden, or a plugin that was started anew, begins with what there is.
        if newest < self.fetched || newest - self.fetched > rate_hz as u64 {
            self.fetched = newest.saturating_sub(rate_hz as u64 / 2);
        }
        let (mut left, mut right) = ([0.0; FETCHED], [0.0; FETCHED]);
        while self.fetched < newest {
            let count = (newest - self.fetched).min(FETCHED as u64) as usize;
            self.fetched += count as u64;
            samples.read_before(self.fetched, &mut left[..count], &mut right[..count]);
            spectrum.process_channels(&[&left[..count], &right[..count]], |_| ());
        }
        let tilt = params.tilt_db_per_octave();
        let curve = |levels: &mut dyn Iterator<Item = f64>| -> Vec<(f32, f32)> {
            let points = spectrum.centres_hz().iter().zip(levels);
            points.map(|(&hz, db)| (hz as f32, (db + tilt_db(hz, tilt)) as f32)).collect()
        };
        let now = curve(&mut spectrum.now_dbfs());
        let average = curve(&mut spectrum.average_dbfs());
        let peak = curve(&mut spectrum.peak_dbfs());
        let layers = [
            Layer { name: "average", points: &average, style: Style::Hill },
            Layer { name: "peak", points: &peak, style: Style::Dots },
            Layer { name: "now", points: &now, style: Style::Line },
        ];
        SpectrumView::default().show(ui, rect.size() - vec2(2.0, 2.0) * theme::SPACE, &layers).animating
    }

    fn levels(&mut self, ui: &mut Ui, rect: Rect, context: &PanelContext<'_, Meter>) -> bool {
        let params = &context.params.product;
        let live = self.reading.live;
        let level = |side: usize| match params.level_meter() {
            LevelMeter::Peak => (live.true_peak_dbtp[side], live.rms_dbfs[side]),
            LevelMeter::Vu => {
                let vu = live.vu_dbfs[side] - f64::from(params.vu_zero.value());
                (vu, vu)
            }
            LevelMeter::K => {
                let scale = params.k_scale();
                (live.true_peak_dbtp[side] + scale.headroom_db(), scale.reading_db(live.rms_dbfs[side]))
            }
        };
        let levels = [level(0), level(1)].map(|(peak, rms)| Level { peak_db: peak as f32, rms_db: rms as f32 });
        let mut moves = self.bars.update(context.elapsed_s.max(FRAME_S), &levels);
        ui.horizontal(|ui| {
            let height = rect.height() - 2.0 * theme::SPACE;
            moves |= bar_meter::show(ui, vec2(64.0, height), "Level", &mut self.bars).animating;
            ui.vertical(|ui| {
                let size = vec2(220.0, 36.0);
                let is_there = live.momentary_lufs > -200.0;
                let known = |value: f64| is_there.then_some(value as f32);
                moves |= CentreBar::correlation().show(ui, size, known(live.correlation)).animating;
                moves |= CentreBar::balance().show(ui, size, known(live.balance_db)).animating;
            });
        });
        moves
    }
}

impl MeterPanel {
    fn report_button(&mut self, ui: &mut Ui, sample_rate_hz: f64) {
        ui.horizontal(|ui| {
            let hint = "Writes the delivery report (JSON and one HTML page) into your documents.";
            if Button::new("Report").name("Report").hint(hint).min_width(76.0).show(ui).1 {
                let spectrum = self.spectrum.as_ref().map(|(spectrum, _)| spectrum);
                let programme = report::programme(&self.reading, sample_rate_hz, spectrum);
                self.report = match report::write(programme) {
                    Ok(path) => format!("Written to {}", path.display()),
                    Err(error) => error.to_string(),
                };
            }
            ui.label(&self.report);
        });
    }
}

/// Down for as long as it is held, like a button of hardware; a quick click is down for one picture. Answers whether it is.
fn reset_button(ui: &mut Ui, context: &PanelContext<'_, Meter>) -> bool {
    let Some(param) = context.param("reset") else { return false };
    let is_down = param.normalized() > 0.5;
    let hint = "Begins a new measurement.";
    let (response, clicked) = Button::new("Reset").name("Reset").hint(hint).on(is_down).min_width(80.0).show(ui);
    let is_held = clicked || response.is_pointer_button_down_on();
    if is_held != is_down {
        gesture::once(ui.ctx(), param, f32::from(u8::from(is_held)));
    }
    is_held
}

fn show_controls(ui: &mut Ui, context: &PanelContext<'_, Meter>) -> bool {
    let mut moves = false;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::SPACE;
        moves |= context.knob(ui, "target", KnobSize::Small);
        moves |= context.knob(ui, "true_peak_limit", KnobSize::Small);
        moves |= context.segmented(ui, "scale", 110.0);
        moves |= context.segmented(ui, "follow_transport", 180.0);
        moves |= context.segmented(ui, "level_meter", 240.0);
        moves |= context.segmented(ui, "k_system", 150.0);
        moves |= reset_button(ui, context);
    });
    moves
}
