//! The window, driven as a person or a screen reader would.

use std::sync::atomic::Ordering;

use egui::accesskit::Role;
use egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, OutputCommand, PointerButton, Pos2, TouchPhase, pos2, vec2,
};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use nice_plug::prelude::Param as _;
use shared_dsp::filters::Shape;
use shared_plugin::editor::testing::ProductWindow;
use shared_plugin::feed::ReadingFrame;

use super::axes::{Axes, View};
use crate::Eq;
use crate::params::{BandParams, LISTEN};
use crate::processor::{BandChannels, EqReading, EqSettings};

/// Longer than a burst of the wheel or of keys, and than a double-click.
const PAUSE_STEPS: usize = 40;

struct Window(ProductWindow<Eq>);

impl Window {
    fn open() -> Self {
        let mut window = Self(ProductWindow::open());
        window.0.harness.run_steps(3);
        window
    }

    fn band(&self, n: usize) -> &BandParams {
        &self.0.params.product.bands[n]
    }

    fn settings(&self) -> EqSettings {
        self.0.params.product.settings(1.0, self.0.params.monitoring.active(true))
    }

    fn axes(&self) -> Axes {
        let rect = self.0.harness.get_by_label("Equaliser curve").rect();
        Axes { rect, view: View::Gain, reach: View::Gain.reach(1) }
    }

    fn press(&mut self, label: &str) {
        self.0.harness.get_by_label(label).click();
        self.0.harness.run_steps(PAUSE_STEPS);
    }

    fn button(&mut self, pos: Pos2, pressed: bool, modifiers: Modifiers) {
        self.0.harness.event(Event::PointerMoved(pos));
        self.0.harness.event(Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers });
        self.0.harness.step();
    }

    fn double_click(&mut self, pos: Pos2) {
        for pressed in [true, false, true, false] {
            self.button(pos, pressed, Modifiers::NONE);
        }
        self.0.harness.run_steps(PAUSE_STEPS);
    }

    fn move_to(&mut self, pos: Pos2) {
        self.0.harness.event(Event::PointerMoved(pos));
        self.0.harness.step();
    }

    fn node(&self, n: usize) -> Pos2 {
        self.0.harness.get_by_label(&format!("Band {} node", n + 1)).rect().center()
    }

    /// Adds band `n` through the strip.
    fn with_band(n: usize) -> Self {
        let mut window = Self::open();
        window.press(&format!("Add band {}", n + 1));
        assert_eq!(window.band(n).shape.get(), Some(Shape::Bell));
        window
    }

    fn wheel(&mut self, at: Pos2, notches: f32) {
        self.move_to(at);
        self.0.harness.event(Event::MouseWheel {
            unit: MouseWheelUnit::Line,
            delta: vec2(0.0, notches),
            phase: TouchPhase::Move,
            source: MouseWheelSource::Unknown,
            modifiers: Modifiers::NONE,
        });
        self.0.harness.run_steps(PAUSE_STEPS);
    }

    fn key(&mut self, key: Key) {
        self.0.harness.key_press(key);
        self.0.harness.run_steps(PAUSE_STEPS);
    }

    fn no_gesture_is_open(&self) {
        assert_eq!(self.0.host.open.load(Ordering::SeqCst), 0, "a gesture was left open");
    }
}

fn near(value: f64, wanted: f64, tolerance: f64) {
    assert!((value - wanted).abs() <= tolerance, "{value} instead of {wanted}");
}

/// The same but for what a normalised value rounds.
fn same(read: &EqSettings, wanted: &EqSettings) {
    for (read, wanted) in read.bands.iter().zip(&wanted.bands) {
        assert_eq!((read.shape, read.channels), (wanted.shape, wanted.channels));
        near(read.frequency_hz, wanted.frequency_hz, 1e-3 * wanted.frequency_hz);
        near(read.gain_db, wanted.gain_db, 0.01);
        near(read.threshold_db, wanted.threshold_db, 0.01);
        assert_eq!(read.is_dynamic, wanted.is_dynamic);
    }
}

#[test]
fn every_control_has_a_name() {
    let window = Window::with_band(0);
    window.0.harness.check_accessibility();
}

#[test]
fn a_double_click_adds_a_band_there_and_one_undo_takes_it_away() {
    let mut window = Window::open();
    let before = window.settings();
    let axes = window.axes();
    window.double_click(pos2(axes.x(1500.0), axes.y(-2.0)));
    assert_eq!(window.band(0).shape.get(), Some(Shape::Bell));
    near(window.band(0).frequency.get(), 1500.0, 15.0);
    near(window.band(0).gain.get(), -2.0, 0.06);
    let at = window.node(0);
    near(f64::from(at.x), f64::from(axes.x(1500.0)), 1.5);
    near(f64::from(at.y), f64::from(axes.y(-2.0)), 1.5);
    // At the ends of what is heard a cut is wanted.
    window.double_click(pos2(axes.x(18.0), axes.y(0.0)));
    assert_eq!(window.band(1).shape.get(), Some(Shape::LowCut));
    window.press("Undo");
    assert_eq!(window.band(1).shape.get(), None);
    window.press("Undo");
    same(&window.settings(), &before);
    window.no_gesture_is_open();
}

#[test]
fn a_drag_moves_frequency_and_gain_as_one_entry_of_the_history() {
    let mut window = Window::with_band(3);
    let (axes, from) = (window.axes(), window.node(3));
    let before = window.settings();
    let to = pos2(axes.x(2000.0), axes.y(3.0));
    window.0.host.begun.store(0, Ordering::SeqCst);
    window.button(from, true, Modifiers::NONE);
    for step in 1..=8 {
        window.move_to(from + (to - from) * (step as f32 / 8.0));
    }
    window.button(to, false, Modifiers::NONE);
    window.0.harness.run_steps(3);
    near(window.band(3).frequency.get(), 2000.0, 40.0);
    near(window.band(3).gain.get(), 3.0, 0.15);
    assert_eq!(window.0.host.begun.load(Ordering::SeqCst), 2, "one gesture a parameter");
    window.no_gesture_is_open();
    window.press("Undo");
    same(&window.settings(), &before);
    window.press("Redo");
    near(window.band(3).gain.get(), 3.0, 0.15);
}

#[test]
fn the_wheel_turns_q_and_on_a_cut_the_slope() {
    let mut window = Window::with_band(0);
    let before = window.band(0).q.get();
    let at = window.node(0);
    window.wheel(at, 1.0);
    near(window.band(0).q.get(), before * 2f64.powf(1.0 / 6.0), 0.01);
    window.press("Undo");
    near(window.band(0).q.get(), before, 1e-4);
    window.press("Band 1 Shape Low cut");
    assert_eq!(window.band(0).slope.get(), 12);
    let at = window.node(0);
    window.wheel(at, 2.0);
    assert_eq!(window.band(0).slope.get(), 24);
    near(window.band(0).q.get(), before, 1e-4);
    window.no_gesture_is_open();
}

#[test]
fn values_are_typed_under_the_node_and_by_a_screen_reader() {
    let mut window = Window::with_band(0);
    let field = window.0.harness.get_by_role_and_label(Role::SpinButton, "Band 1 Gain").rect().center();
    window.double_click(field);
    window.0.harness.get_by_label("Type Band 1 Gain").type_text("-1.5");
    window.0.harness.run_steps(2);
    window.key(Key::Enter);
    near(window.band(0).gain.get(), -1.5, 1e-4);
    let node = window.0.harness.get_by_label("Band 1 node");
    assert!(node.accesskit_node().value().is_some_and(|value| value.contains("-1.5 dB")));
    node.set_text_value_accesskit("310 Hz, +0.7 dB, 0.9");
    window.0.harness.run_steps(3);
    near(window.band(0).frequency.get(), 310.0, 0.01);
    near(window.band(0).gain.get(), 0.7, 1e-4);
    near(window.band(0).q.get(), 0.9, 1e-4);
    window.no_gesture_is_open();
}

#[test]
fn arrows_move_a_node_and_delete_removes_it() {
    let mut window = Window::with_band(2);
    let hz = window.band(2).frequency.get();
    window.0.harness.get_by_label("Band 3 node").focus();
    window.0.harness.run_steps(2);
    window.key(Key::ArrowRight);
    near(window.band(2).frequency.get(), hz * 2f64.powf(1.0 / 12.0), 0.5);
    window.key(Key::ArrowUp);
    window.key(Key::ArrowUp);
    near(window.band(2).gain.get(), 0.2, 1e-4);
    assert!(shared_ui::keys::is_needed(&window.0.harness.ctx, Key::Delete), "else the host would have it");
    window.key(Key::Delete);
    assert_eq!(window.band(2).shape.get(), None);
    assert!(window.0.harness.query_by_label("Band 3 node").is_none());
    assert!(!shared_ui::keys::is_needed(&window.0.harness.ctx, Key::Delete), "the host's again");
    window.press("Undo");
    assert_eq!(window.band(2).shape.get(), Some(Shape::Bell));
    near(window.band(2).gain.get(), 0.2, 1e-4);
    window.press("Delete");
    assert_eq!(window.band(2).shape.get(), None);
    window.no_gesture_is_open();
}

#[test]
fn a_drag_with_alt_is_heard_alone_while_it_lasts() {
    let mut window = Window::with_band(1);
    let from = window.node(1);
    let is_on = |window: &Window| window.0.params.monitoring.is_on(LISTEN[1].id);
    window.0.harness.event(Event::ModifiersChanged(Modifiers::ALT));
    window.button(from, true, Modifiers::ALT);
    assert!(is_on(&window), "from the press on");
    for step in 1..=4 {
        window.move_to(from + vec2(10.0 * step as f32, 0.0));
    }
    assert!(is_on(&window), "soloed");
    window.button(from + vec2(40.0, 0.0), false, Modifiers::ALT);
    window.0.harness.run_steps(2);
    assert!(!is_on(&window), "and no more");
    window.no_gesture_is_open();
    // Without Alt nothing is soloed.
    window.0.harness.event(Event::ModifiersChanged(Modifiers::NONE));
    let from = window.node(1);
    window.button(from, true, Modifiers::NONE);
    window.move_to(from + vec2(20.0, 0.0));
    assert!(!is_on(&window));
    window.button(from + vec2(20.0, 0.0), false, Modifiers::NONE);
}

#[test]
fn a_band_is_listened_to_while_the_button_is_held() {
    let mut window = Window::with_band(1);
    let is_on = |window: &Window| window.0.params.monitoring.is_on(LISTEN[1].id);
    let shown = |window: &Window| {
        let node = window.0.harness.get_by_role_and_label(Role::Switch, "Listen to band 2");
        node.accesskit_node().value()
    };
    let at = window.0.harness.get_by_role_and_label(Role::Switch, "Listen to band 2").rect().center();
    assert_eq!(shown(&window).as_deref(), Some("Off"));
    // Held for a second.
    window.button(at, true, Modifiers::NONE);
    assert!(is_on(&window), "at once");
    window.0.harness.run_steps(60);
    assert!(is_on(&window), "as long as it is held");
    assert_eq!(shown(&window).as_deref(), Some("On"));
    // It may end beside the button.
    window.move_to(at - vec2(0.0, 200.0));
    window.button(at - vec2(0.0, 200.0), false, Modifiers::NONE);
    window.0.harness.run_steps(2);
    assert!(!is_on(&window), "and no longer");
    assert_eq!(shown(&window).as_deref(), Some("Off"));
    // A click stays, and the next one ends it; so does Enter, and what a screen reader presses.
    for wanted in [true, false] {
        window.button(at, true, Modifiers::NONE);
        window.button(at, false, Modifiers::NONE);
        window.0.harness.run_steps(PAUSE_STEPS);
        assert_eq!(is_on(&window), wanted);
    }
    for wanted in [true, false] {
        window.press("Listen to band 2");
        assert_eq!(is_on(&window), wanted);
    }
    // Held where a click has left it on, it ends with the press.
    window.press("Listen to band 2");
    window.button(at, true, Modifiers::NONE);
    window.0.harness.run_steps(60);
    assert!(is_on(&window));
    window.button(at, false, Modifiers::NONE);
    window.0.harness.run_steps(2);
    assert!(!is_on(&window));
    window.no_gesture_is_open();
}

#[test]
fn pre_ringing_that_may_be_heard_is_told() {
    let mut window = Window::with_band(1);
    for (pre_ringing_db, is_told) in
        [(Some(-38.2), true), (Some(-50.5), false), (None, false), (Some(-49.0), true), (Some(-300.0), false)]
    {
        let reading = EqReading { pre_ringing_db, ..EqReading::default() };
        window.0.feed.push(ReadingFrame { reading, ..ReadingFrame::default() }, false);
        window.0.harness.run_steps(3);
        let told = window.0.harness.query_by_label_contains("Pre-ringing may be heard");
        assert_eq!(told.is_some(), is_told, "{pre_ringing_db:?}");
        if pre_ringing_db == Some(-38.2) {
            assert!(window.0.harness.query_by_label_contains("−38.2 dB").is_some());
        }
    }
}

#[test]
fn a_sheet_is_copied_and_read_back() {
    let mut window = Window::with_band(0);
    window.press("Add band 7");
    let set = |window: &Window, texts: &[(&str, &str)], n: usize| {
        let band = window.band(n);
        for (name, text) in texts {
            let param = match *name {
                "shape" => band.shape.as_ptr(),
                "frequency" => band.frequency.as_ptr(),
                "gain" => band.gain.as_ptr(),
                "channels" => band.channels.as_ptr(),
                "dynamic" => band.dynamic.as_ptr(),
                _ => band.threshold.as_ptr(),
            };
            // SAFETY: the window holds the parameters.
            unsafe {
                let value = param.string_to_normalized_value(text).expect("a value");
                param._internal_set_normalized_value(value);
            }
        }
    };
    set(&window, &[("shape", "High shelf"), ("frequency", "9 kHz"), ("gain", "0.8 dB"), ("channels", "Side")], 0);
    set(&window, &[("gain", "-2.5 dB"), ("dynamic", "On"), ("threshold", "-31 dB")], 6);
    window.0.harness.run_steps(2);
    let wanted = window.settings();
    window.press("Sheet");
    let text = window.0.harness.get_by_label("Settings sheet").accesskit_node().value().expect("a text");
    assert!(text.contains("Band 1; Shape: High shelf;") && text.contains("Band 7; Shape: Bell"), "{text}");
    window.0.harness.get_by_label("Copy the sheet").click();
    let mut copied = None;
    for _ in 0..3 {
        window.0.harness.step();
        for command in &window.0.harness.output().platform_output.commands {
            if let OutputCommand::CopyText(text) = command {
                copied = Some(text.clone());
            }
        }
    }
    assert_eq!(copied.as_deref(), Some(text.as_str()));
    // Something else altogether, and back by the sheet; then one undo is the something else again.
    set(&window, &[("shape", "Notch"), ("gain", "5 dB"), ("channels", "Left")], 0);
    set(&window, &[("shape", "Off")], 6);
    set(&window, &[("shape", "Tilt")], 9);
    window.0.harness.run_steps(2);
    let other = window.settings();
    window.press("Read the sheet");
    let read = window.settings();
    same(&read, &wanted);
    assert_eq!(read.bands[0].channels, BandChannels::Side);
    window.press("Undo");
    same(&window.settings(), &other);
    window.no_gesture_is_open();
}

#[test]
fn a_sheet_without_meaning_sets_nothing_and_says_so() {
    let mut window = Window::with_band(0);
    let before = window.settings();
    window.press("Sheet");
    window.0.harness.get_by_label("Settings sheet").focus();
    window.0.harness.run_steps(2);
    window.0.harness.get_by_label("Settings sheet").type_text("\nBand 2; Gain: much");
    window.0.harness.run_steps(2);
    window.press("Read the sheet");
    assert_eq!(window.settings(), before);
    assert!(window.0.harness.query_by_label_contains("is no Gain").is_some(), "it says what is wrong");
}
