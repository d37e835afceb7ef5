//! "Set from programme": measures the operating level that a panel writes into 0 VU.

use egui::Ui;
use nice_plug::prelude::Param as _;
use shared_dsp::loudness::operating_level_db;
use shared_ui::button::Button;
use shared_ui::{Param, gesture};

use crate::params::Float;

/// How much programme is measured, s, and how little will do when the button is pressed again.
const MEASURE_S: f64 = 5.0;
const LEAST_S: f64 = 0.4;
/// Below this a reading is no programme, dBFS rms.
const SILENT_DB: f32 = -70.0;
/// What is written is a whole number of these, dB.
const STEP_DB: f64 = 0.1;

/// A measurement, where one is under way: only programme counts, in silence it waits.
#[derive(Debug, Clone, Default)]
pub struct OperatingLevel {
    running: Option<Sum>,
    /// Passes that the window had drawn when it was last asked: fewer mean another window.
    passes: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    fourth_power: f64,
    programme_s: f64,
}

impl OperatingLevel {
    /// The button that measures and writes what it found into `zero_vu`, whose handle is `param`; `width` points wide.
    pub fn button(&mut self, ui: &mut Ui, width: f32, zero_vu: &Float, param: &Param) {
        self.seen_in(ui.ctx().cumulative_pass_nr());
        let left_s = self.left_s();
        let label =
            left_s.map_or_else(|| "Set from programme".to_owned(), |left_s| format!("{:.0} s to go", left_s.ceil()));
        let hint = "Sets 0 VU from five seconds of programme: its level, judged by its peaks.";
        let button = Button::new(&label).name("Set 0 VU from programme").hint(hint);
        let pressed = button.on(left_s.is_some()).min_width(width).show(ui).1;
        if let Some(level_db) = self.ask(pressed) {
            let wanted = zero_vu.preview_normalized(level_db as f32);
            gesture::once(ui.ctx(), param, wanted.clamp(0.0, 1.0));
        }
    }

    /// Lets `elapsed_s` seconds pass with programme of `rms_db` (dBFS) and this mean fourth power.
    pub fn update(&mut self, rms_db: f32, fourth_power: f64, elapsed_s: f64) {
        let Some(sum) = &mut self.running else { return };
        if rms_db > SILENT_DB && fourth_power.is_finite() {
            sum.fourth_power += fourth_power * elapsed_s;
            sum.programme_s += elapsed_s;
        }
    }

    /// Forgets a measurement that a window now closed has left behind; `passes` counts those of the window that is open.
    pub fn seen_in(&mut self, passes: u64) {
        if passes < self.passes {
            self.running = None;
        }
        self.passes = passes;
    }

    /// Seconds of programme still wanted; `None` while nothing is measured.
    #[must_use]
    pub fn left_s(&self) -> Option<f64> {
        self.running.map(|sum| (MEASURE_S - sum.programme_s).max(0.0))
    }

    /// The button, to be asked for every picture. Starts a measurement, or ends it: by itself after five seconds of programme,
    /// before that when pressed again. Answers with the level to write, dBFS, once.
    pub fn ask(&mut self, pressed: bool) -> Option<f64> {
        let Some(sum) = self.running else {
            self.running = pressed.then(Sum::default);
            return None;
        };
        if !pressed && sum.programme_s < MEASURE_S {
            return None;
        }
        self.running = None;
        // Nothing was heard: nothing is written.
        (sum.programme_s >= LEAST_S)
            .then(|| (operating_level_db(sum.fourth_power / sum.programme_s) / STEP_DB).round() * STEP_DB)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten milliseconds of it.
    fn pass(level: &mut OperatingLevel, rms_db: f32) {
        // As spiky as the law's programme.
        let fourth_power = 10f64.powf((f64::from(rms_db) + 3.138_181) / 5.0);
        level.update(rms_db, fourth_power, 0.01);
    }

    #[test]
    fn five_seconds_of_programme_are_measured_and_silence_is_left_out() {
        let mut level = OperatingLevel::default();
        assert_eq!(level.ask(false), None);
        (0..600).for_each(|_| pass(&mut level, -10.0));
        assert_eq!(level.ask(true), None, "it starts when asked, with what comes then");
        for n in 0..1000 {
            pass(&mut level, if n % 2 == 0 { -17.52 } else { -90.0 });
            if n < 990 {
                assert_eq!(level.ask(false), None, "{n}");
            }
        }
        pass(&mut level, -17.52);
        let written = level.ask(false).expect("measured");
        assert!((written + 17.5).abs() < 1e-9, "{written}");
        assert_eq!((level.ask(false), level.left_s()), (None, None), "once");
    }

    #[test]
    fn pressed_again_it_takes_what_there_is_or_gives_up() {
        let mut level = OperatingLevel::default();
        level.ask(true);
        (0..200).for_each(|_| pass(&mut level, -20.0));
        let written = level.ask(true).expect("two seconds will do");
        assert!((written + 20.0).abs() < 1e-9, "{written}");
        level.ask(true);
        (0..1000).for_each(|_| pass(&mut level, -300.0));
        assert_eq!(level.left_s(), Some(MEASURE_S), "waits in silence");
        assert_eq!((level.ask(true), level.left_s()), (None, None), "and gives up");
    }

    #[test]
    fn a_window_that_closed_leaves_nothing_running() {
        let mut level = OperatingLevel::default();
        level.seen_in(500);
        level.ask(true);
        level.seen_in(501);
        assert!(level.left_s().is_some());
        level.seen_in(1);
        assert_eq!(level.left_s(), None);
    }
}
