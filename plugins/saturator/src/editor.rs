//! Saturator's panel: the spectra of the programme and of what is added to it, the curve with the sound on it, the harmonics and
//! how far they lie below the signal, the levels; the controls below.

mod controls;
mod programme;
mod spectra;

use egui::{Rect, Ui, vec2};
use shared_plugin::editor::{OperatingLevel, Panel, PanelContext};
use shared_plugin::feed::ReadingFrame;
use shared_ui::amplitude_curve::{AmplitudeCurve, LiveRange};
use shared_ui::layout::place;
use shared_ui::level_columns::{Between, ColumnLevels, LevelColumns};
use shared_ui::marked_bar::MarkedBar;
use shared_ui::readout::ReadoutState;
use shared_ui::spectrum::{Layer, SpectrumView, Style};
use shared_ui::{harmonics, theme};

use self::programme::Programme;
use self::spectra::Spectra;
use crate::params::SaturatorParams;
use crate::processor::{SaturatorReading, SaturatorSettings};

/// What every part of the panel is given.
type Context<'a> = PanelContext<'a, SaturatorParams, SaturatorReading>;

const PAD: f32 = 2.0 * theme::SPACE;
/// Width of the plates beside the spectrum.
const PLATES_WIDTH: f32 = 208.0;
const ADDED_HEIGHT: f32 = 48.0;
/// What is added stays felt rather than heard up to here, dB below the signal.
const SUBTLE_DB: f32 = -30.0;

/// What the panel remembers between pictures.
pub struct SaturatorPanel {
    live: LiveRange,
    programme: Programme,
    level: OperatingLevel,
    spectra: Spectra,
    columns: LevelColumns,
    below: ReadoutState,
    harmonics: Option<Harmonics>,
}

impl Default for SaturatorPanel {
    fn default() -> Self {
        Self {
            live: LiveRange::default(),
            programme: Programme::default(),
            level: OperatingLevel::default(),
            spectra: Spectra::default(),
            columns: LevelColumns::with(Between::Nothing),
            below: ReadoutState::default(),
            harmonics: None,
        }
    }
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
    const SIZE: [f32; 2] = [820.0, 500.0];
    const ACCENT: egui::Color32 = theme::accent::SATURATOR;

    fn update(&mut self, frame: &ReadingFrame<SaturatorReading>) {
        let reading = &frame.reading;
        self.live.push(reading.elapsed_s as f32, reading.curve_low, reading.curve_high);
        self.programme.update(reading);
        self.level.update(reading.rms_db, reading.fourth_power, reading.elapsed_s);
        self.spectra.push(reading);
        self.columns.update(reading.elapsed_s as f32, ColumnLevels::of(frame.input_peak, frame.output_peak));
    }

    fn stopped(&mut self) {
        self.live = LiveRange::default();
        self.programme.stop();
        self.spectra.stop();
        self.columns.stop();
    }

    fn ui(&mut self, ui: &mut Ui, context: &mut Context<'_>) -> bool {
        let (picture, controls) = ui.max_rect().split_top_bottom_at_y(ui.max_rect().bottom() - controls::HEIGHT);
        let mut moves = self.picture(ui, picture, context);
        moves |= controls::show(ui, controls, &mut self.level, context);
        moves
    }
}

impl SaturatorPanel {
    fn picture(&mut self, ui: &mut Ui, rect: Rect, context: &Context<'_>) -> bool {
        let settings = context.params.product.settings(f64::from(context.params.shell.mix.value()) / 100.0);
        let (rest, columns) = rect.split_left_right_at_x(rect.right() - LevelColumns::LEVELS_WIDTH - PAD);
        let (spectrum, plates) = rest.split_left_right_at_x(rest.right() - PLATES_WIDTH - 2.0 * PAD);
        let plates = plates.shrink(PAD);
        let columns = Rect::from_min_max(columns.min + vec2(0.0, PAD), columns.max - vec2(PAD, 0.0));

        self.spectra.update(f64::from(context.sample_rate_hz()), f64::from(context.elapsed_s));
        let mut moves = place(ui, spectrum, "spectrum", |ui| {
            let layers = [
                Layer { name: "programme", points: self.spectra.programme(), style: Style::Hill },
                Layer { name: "what is added", points: self.spectra.added(), style: Style::Added },
            ];
            SpectrumView::default().range_db(-100.0, -6.0).show(ui, spectrum.size(), &layers).animating
        });
        let (curve_rect, lower) = plates.split_top_bottom_at_y(plates.top() + 0.46 * plates.height());
        let (bars, added) = lower.split_top_bottom_at_y(lower.bottom() - ADDED_HEIGHT);
        let bars = Rect::from_min_max(bars.min + vec2(0.0, PAD), bars.max - vec2(0.0, theme::SPACE));
        moves |= place(ui, curve_rect, "curve", |ui| {
            // The DSP's own curve: what is drawn is what is computed.
            let curve = |x: f32| settings.curve(0, f64::from(x)) as f32;
            AmplitudeCurve::new(&curve).live(self.live.get()).show(ui, curve_rect.size()).animating
        });
        moves |= place(ui, bars, "harmonics", |ui| {
            let levels = self.harmonics(&settings);
            harmonics::show(ui, bars.size(), &levels).animating
        });
        moves |= place(ui, added, "delta", |ui| {
            let bar = MarkedBar::level_below("Added, below the signal", SUBTLE_DB);
            bar.show(ui, added.size(), &mut self.below, self.programme.delta_db()).animating
        });
        moves | place(ui, columns, "levels", |ui| self.columns.show(ui, columns.size()).animating)
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
            panel.spectra.update(48_000.0, 0.1);
            (
                panel.spectra.programme().is_empty(),
                panel.spectra.added().is_empty(),
                panel.programme.delta_db().is_none(),
            )
        };
        panel.update(&frame);
        assert_eq!(shown(&mut panel), (false, false, false));
        panel.stopped();
        assert_eq!(shown(&mut panel), (true, true, true));
        panel.update(&frame);
        assert_eq!(shown(&mut panel), (false, false, false), "the host goes on");
    }
}
