//! Saturator's panel: the curve with the sound on it, the spectra before and after, the harmonics and how far they lie below
//! the signal; the controls below.

mod programme;
mod spectra;

use egui::{Rect, Ui, Vec2, vec2};
use nice_plug::prelude::Param as _;
use shared_plugin::editor::{OperatingLevel, Panel, PanelContext};
use shared_plugin::feed::ReadingFrame;
use shared_ui::amplitude_curve::{AmplitudeCurve, LiveRange};
use shared_ui::button::Button;
use shared_ui::layout::{place, row, stack};
use shared_ui::marked_bar::MarkedBar;
use shared_ui::readout::ReadoutState;
use shared_ui::spectrum::{Layer, SpectrumView, Style};
use shared_ui::value_field::ValueField;
use shared_ui::{KnobSize, gesture, harmonics, theme};

use self::programme::Programme;
use self::spectra::Spectra;
use crate::params::SaturatorParams;
use crate::processor::{SaturatorReading, SaturatorSettings};

const PAD: f32 = 2.0 * theme::SPACE;
/// Two rows of small knobs.
const CONTROLS_HEIGHT: f32 = 144.0;
/// What is added stays felt rather than heard up to here, dB below the signal.
const SUBTLE_DB: f32 = -30.0;

/// What the panel remembers between pictures.
#[derive(Default)]
pub struct SaturatorPanel {
    live: LiveRange,
    programme: Programme,
    level: OperatingLevel,
    spectra: Spectra,
    below: ReadoutState,
    harmonics: Option<Harmonics>,
}

/// Harmonics computed last, and from what.
struct Harmonics {
    settings: SaturatorSettings,
    level_db: f32,
    levels_dbc: [f32; harmonics::COUNT],
}

impl Panel for SaturatorPanel {
    type Params = SaturatorParams;
    type Reading = SaturatorReading;
    const SIZE: [f32; 2] = [820.0, 460.0];
    const ACCENT: egui::Color32 = theme::accent::SATURATOR;

    fn update(&mut self, frame: &ReadingFrame<SaturatorReading>) {
        let reading = &frame.reading;
        self.live.push(reading.elapsed_s as f32, reading.curve_low, reading.curve_high);
        self.programme.update(reading);
        self.level.update(reading.rms_db, reading.fourth_power, reading.elapsed_s);
        self.spectra.push(reading);
    }

    fn stopped(&mut self) {
        self.live = LiveRange::default();
        self.programme.stop();
        self.spectra.stop();
    }

    fn ui(&mut self, ui: &mut Ui, context: &mut PanelContext<'_, SaturatorParams, SaturatorReading>) -> bool {
        let all = ui.max_rect().shrink(PAD);
        let (picture, controls) = all.split_top_bottom_at_y(all.bottom() - CONTROLS_HEIGHT);
        let picture = Rect::from_min_max(picture.min, picture.max - vec2(0.0, theme::SPACE));
        let mut moves = self.picture(ui, picture, context);
        moves |= controls_rows(ui, controls, context);
        moves
    }
}

impl SaturatorPanel {
    fn picture(
        &mut self,
        ui: &mut Ui,
        rect: Rect,
        context: &PanelContext<'_, SaturatorParams, SaturatorReading>,
    ) -> bool {
        let settings = context.params.product.settings(f64::from(context.params.shell.mix.value()) / 100.0);
        let side = rect.height();
        let (curve_rect, rest) = rect.split_left_right_at_x(rect.left() + side);
        let (middle, right) = rest.split_left_right_at_x(rest.right() - 216.0);
        let middle = middle.shrink2(vec2(PAD, 0.0));

        let mut moves = place(ui, curve_rect, "curve", |ui| {
            // The DSP's own curve: what is drawn is what is computed.
            let curve = |x: f32| settings.curve(0, f64::from(x)) as f32;
            AmplitudeCurve::new(&curve).live(self.live.get()).show(ui, Vec2::splat(side)).animating
        });
        self.spectra.update(f64::from(context.sample_rate_hz()));
        moves |= place(ui, middle, "spectrum", |ui| {
            let layers = [
                Layer { name: "before", points: self.spectra.before(), style: Style::Hill },
                Layer { name: "after", points: self.spectra.after(), style: Style::Line },
            ];
            SpectrumView::default().range_db(-96.0, -6.0).show(ui, middle.size(), &layers).animating
        });
        let (upper, line) = right.split_top_bottom_at_y(right.bottom() - 24.0);
        let (upper, lower) = upper.split_top_bottom_at_y(upper.bottom() - 44.0 - theme::SPACE);
        let lower = lower.with_max_y(lower.bottom() - theme::SPACE);
        moves |= row(ui, line, "operating level", |ui| self.operating_level(ui, context));
        moves |= place(ui, upper, "harmonics", |ui| {
            let levels = self.harmonics(&settings);
            harmonics::show(ui, upper.size() - vec2(0.0, theme::SPACE), &levels).animating
        });
        moves |= place(ui, lower, "delta", |ui| {
            let bar = MarkedBar::level_below("Added, below the signal", SUBTLE_DB);
            bar.show(ui, lower.size(), &mut self.below, self.programme.delta_db()).animating
        });
        moves
    }

    /// 0 VU, and the button that measures it.
    fn operating_level(&mut self, ui: &mut Ui, context: &PanelContext<'_, SaturatorParams, SaturatorReading>) -> bool {
        let Some(param) = context.param(&context.params.product.zero_vu) else { return false };
        self.level.seen_in(ui.ctx().cumulative_pass_nr());
        let moves = ValueField::new(param).width(80.0).show(ui).animating;
        let left_s = self.level.left_s();
        let label = left_s.map_or_else(|| "Measure".to_owned(), |left_s| format!("{:.0} s", left_s.ceil()));
        let hint = "Sets 0 VU from five seconds of programme: its level, judged by its peaks as the law is.";
        let button =
            Button::new(&label).name("Set 0 VU from programme").hint(hint).on(left_s.is_some()).min_width(84.0);
        let pressed = button.show(ui).1;
        if let Some(level_db) = self.level.ask(pressed) {
            let wanted = context.params.product.zero_vu.preview_normalized(level_db as f32);
            gesture::once(ui.ctx(), param, wanted.clamp(0.0, 1.0));
        }
        moves
    }

    /// The harmonics at the level of the programme, computed anew only when that or a setting has changed.
    fn harmonics(&mut self, settings: &SaturatorSettings) -> [f32; harmonics::COUNT] {
        let level_db = self.programme.sine_db();
        let is_known = |known: &&Harmonics| known.level_db == level_db && known.settings == *settings;
        if let Some(known) = self.harmonics.as_ref().filter(is_known) {
            return known.levels_dbc;
        }
        let levels_dbc = settings.harmonics(f64::from(level_db)).map(|dbc| dbc as f32);
        self.harmonics = Some(Harmonics { settings: settings.clone(), level_db, levels_dbc });
        levels_dbc
    }
}

/// The drive across two rows; beside it what is set by ear, and below what is set once.
fn controls_rows(ui: &mut Ui, rect: Rect, context: &mut PanelContext<'_, SaturatorParams, SaturatorReading>) -> bool {
    let (drive, rest) = rect.split_left_right_at_x(rect.left() + 88.0);
    let (first, second) = rest.split_top_bottom_at_y(rest.center().y);
    let p = &context.params.product;
    let bands = p.bands.get();
    let context = &mut *context;
    let mut moves = row(ui, drive, "drive", |ui| context.knob(ui, &p.drive, KnobSize::Large));
    row(ui, first, "by ear", |ui| {
        stack(ui, vec2(468.0, 52.0), |ui| {
            moves |= context.segmented(ui, &p.character, 468.0);
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = theme::SPACE;
                moves |= context.segmented(ui, &p.channel_mode, 276.0);
                moves |= context.segmented(ui, &p.bands, 108.0);
                context.match_button(ui);
            });
        });
        for knob in [&p.even_odd, &p.bias_motion, &context.params.shell.mix] {
            moves |= context.knob(ui, knob, KnobSize::Small);
        }
    });
    row(ui, second, "once", |ui| {
        for (knob, label, needs) in [
            (&p.low_crossover, "Crossover 1", 2),
            (&p.mid_drive, "Drive 2", 2),
            (&p.high_crossover, "Crossover 2", 3),
            (&p.high_drive, "Drive 3", 3),
        ] {
            // What does nothing now is dimmed and keeps its place.
            ui.add_enabled_ui(bands >= needs, |ui| moves |= context.knob_as(ui, knob, label, KnobSize::Small));
        }
        moves |= context.knob(ui, &p.emphasis, KnobSize::Small);
        moves |= context.knob_as(ui, &p.emphasis_frequency, "Emph. from", KnobSize::Small);
        moves |= context.knob(ui, &p.tilt, KnobSize::Small);
        moves |= context.knob(ui, &p.high_cut, KnobSize::Small);
        moves |= context.trims(ui);
    });
    moves
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use shared_dsp::spectrum::SampleTap;

    use super::*;

    #[test]
    fn nothing_is_shown_of_a_programme_that_has_stopped() {
        let tap = Arc::new(SampleTap::new(32_768));
        let sine: Vec<f32> = (0..32_768).map(|n| 0.5 * (n as f32 * 0.13).sin()).collect();
        tap.push(&sine, None);
        let reading = SaturatorReading {
            rms_db: -9.0,
            delta_db: -40.0,
            taps: Some([tap.clone(), tap]),
            elapsed_s: 1.0,
            ..SaturatorReading::default()
        };
        let frame = ReadingFrame { reading, ..ReadingFrame::default() };
        let mut panel = SaturatorPanel::default();
        let shown = |panel: &mut SaturatorPanel| {
            panel.spectra.update(48_000.0);
            (panel.spectra.before().is_empty(), panel.spectra.after().is_empty(), panel.programme.delta_db().is_none())
        };
        panel.update(&frame);
        assert_eq!(shown(&mut panel), (false, false, false));
        panel.stopped();
        assert_eq!(shown(&mut panel), (true, true, true));
        panel.update(&frame);
        assert_eq!(shown(&mut panel), (false, false, false), "the host goes on");
    }
}
