//! The window, driven as a person or a screen reader would.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use egui::accesskit::Role;
use egui::{Rect, pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use nice_plug::prelude::Param as _;
use shared_dsp::loudness::LoudnessMeter;
use shared_dsp::spectrum::SampleTap;
use shared_dsp::{Io, Processor as _};
use shared_plugin::editor::Panel as _;
use shared_plugin::editor::testing::ProductWindow;
use shared_plugin::feed::ReadingFrame;
use shared_plugin::monitoring::UNITY_GAIN;

use super::{LimiterPanel, advice};
use crate::Limiter;
use crate::processor::{
    Column, EndReading, Limiter as LimiterProcessor, LimiterReading, LimiterSettings, LookAhead, MAX_COLUMNS,
};

const RATE_HZ: usize = 48_000;
/// Seconds that the tap holds: all of a test, however late Learn's thread comes.
const TAP_S: usize = 8;

struct Window {
    inner: ProductWindow<Limiter>,
    tap: Arc<SampleTap>,
    key_tap: Arc<SampleTap>,
}

impl Window {
    fn open() -> Self {
        let mut inner = ProductWindow::open();
        inner.harness.run_steps(3);
        Self { inner, tap: Arc::new(SampleTap::new(TAP_S * RATE_HZ)), key_tap: Arc::new(SampleTap::new(64)) }
    }

    fn press(&mut self, label: &str) {
        self.inner.harness.get_by_label(label).click();
        self.inner.harness.run_steps(3);
    }

    fn reading(&self) -> LimiterReading {
        let column =
            Column { input_peak: 1.2, output_peak: 0.9, output_square: 0.04, reduction_db: 2.5, ceiling: 0.966 };
        let end = EndReading {
            peak_dbfs: [-1.0, -2.0],
            true_peak_dbtp: -0.9,
            short_term_lufs: Some(-13.0),
            integrated_lufs: Some(-14.0),
            crest_db: 11.0,
        };
        LimiterReading {
            columns: [column; MAX_COLUMNS],
            column_count: 2,
            input: end,
            output: end,
            reduction_db: [2.5, 1.5],
            most_reduction_db: 2.5,
            residual_db: -0.004,
            plr_db: Some(13.1),
            elapsed_s: 0.01,
            taps: Some([self.tap.clone(), self.key_tap.clone()]),
            ..LimiterReading::default()
        }
    }

    /// Draws on until a text with these words is there.
    fn wait_for(&mut self, words: &str) {
        let start = Instant::now();
        while self.inner.harness.query_by_label_contains(words).is_none() {
            assert!(start.elapsed() < Duration::from_secs(60), "{words}");
            std::thread::sleep(Duration::from_millis(2));
            self.inner.harness.step();
        }
    }

    /// A hundredth of a second of sound, and a picture.
    fn play(&mut self, sound: &[f32]) {
        self.tap.push(sound, None);
        self.inner.feed.push(ReadingFrame { reading: self.reading(), ..ReadingFrame::default() }, false);
        self.inner.harness.step();
    }

    fn set(&mut self, param: &impl Fn(&Self) -> nice_plug::prelude::ParamPtr, text: &str) {
        // SAFETY: the window holds the parameters.
        unsafe {
            let param = param(self);
            let value = param.string_to_normalized_value(text).expect("a value");
            param._internal_set_normalized_value(value);
        }
    }
}

/// Hits over a body.
fn passage(frames: usize) -> Vec<f32> {
    let hit = |n: usize| (-((n % 12_000) as f32) / 1500.0).exp();
    (0..frames).map(|n| (0.05 + 0.5 * hit(n)) * (0.07 * n as f32).sin()).collect()
}

#[test]
fn every_control_has_a_name_and_none_stands_on_another() {
    let mut window = Window::open();
    window.play(&passage(480));
    window.inner.harness.check_accessibility();
    let is_control = |role: Role| {
        matches!(role, Role::Slider | Role::Switch | Role::Button | Role::RadioButton | Role::SpinButton | Role::Meter)
    };
    let nodes: Vec<(String, Rect)> = window
        .inner
        .harness
        .root()
        .children_recursive()
        .filter(|node| is_control(node.accesskit_node().role()))
        .map(|node| (node.accesskit_node().label().unwrap_or_default(), node.rect()))
        .collect();
    assert!(nodes.len() > 40, "{} controls", nodes.len());
    let all = Rect::from_min_size(pos2(0.0, 0.0), vec2(LimiterPanel::SIZE[0], LimiterPanel::SIZE[1]));
    for (number, (name, rect)) in nodes.iter().enumerate() {
        assert!(all.expand(0.5).contains_rect(*rect), "{name} leaves the window: {rect:?}");
        for (other, other_rect) in &nodes[..number] {
            let common = rect.intersect(*other_rect);
            let is_apart = common.width() <= 1.0 || common.height() <= 1.0;
            assert!(is_apart, "{name} {rect:?} stands on {other} {other_rect:?}");
        }
    }
}

/// What the line below the controls has room for, points.
const NOTE_WIDTH: f32 = 532.0;

#[test]
fn what_is_said_fits_its_line() {
    let window = Window::open();
    let width = |text: &str| {
        let font = egui::FontId::proportional(shared_ui::theme::TYPE_SMALL);
        let layout = |fonts: &mut egui::epaint::FontsView<'_>| {
            fonts.layout_no_wrap(text.to_owned(), font.clone(), egui::Color32::WHITE).size().x
        };
        window.inner.harness.ctx.fonts_mut(layout)
    };
    for bits in [None, Some(16), Some(24)] {
        for (wants_shape, is_shaped) in [(false, false), (true, false), (true, true)] {
            let note = advice::note(-0.3, bits, wants_shape, is_shaped);
            assert!((300.0..NOTE_WIDTH).contains(&width(&note)), "{} points: {note}", width(&note));
        }
    }
}

#[test]
fn every_parameter_is_on_the_panel() {
    let window = Window::open();
    let shown: Vec<String> =
        window.inner.harness.root().children_recursive().filter_map(|node| node.accesskit_node().label()).collect();
    for parameter in window.inner.params.parameters() {
        let pointer = parameter.ptr();
        // SAFETY: the window holds the parameters.
        let name = unsafe { pointer.name() }.to_owned();
        assert!(shown.contains(&name), "{name} is not shown");
    }
}

#[test]
fn the_readings_stand_behind_the_output_trim() {
    let mut window = Window::open();
    window.set(&|window: &Window| window.inner.params.shell.output.as_ptr(), "-2 dB");
    (0..20).for_each(|_| window.play(&passage(480)));
    let read = |label: &str| window.inner.harness.get_by_label(label).value();
    assert_eq!(read("Short-term").as_deref(), Some("−15.0 LUFS"));
    assert_eq!(read("Integrated").as_deref(), Some("−16.0 LUFS"));
    assert_eq!(read("True peak out").as_deref(), Some("−2.9 dBTP"));
    assert_eq!(read("True peak in").as_deref(), Some("−0.9 dBTP"));
    assert_eq!(read("Worst to ceiling").as_deref(), Some("0.00 dB"));
    assert_eq!(read("PLR").as_deref(), Some("13.1 dB"));
    assert_eq!(read("Crest").as_deref(), Some("11.0 dB, below the mark"));
    assert_eq!(read("Gain reduction").as_deref(), Some("at most −2.5 dB"));
}

#[test]
fn what_moves_is_at_rest_after_the_host_has_stopped() {
    let window = Window::open();
    let mut panel = LimiterPanel::default();
    panel.update(&ReadingFrame { reading: window.reading(), ..ReadingFrame::default() });
    panel.stopped();
    let output = &panel.reading.output;
    assert_eq!((output.short_term_lufs, output.crest_db), (None, 0.0));
    assert_eq!((output.integrated_lufs, output.true_peak_dbtp), (Some(-14.0), -0.9), "what was measured stays");
}

#[test]
fn the_length_of_the_history_is_kept_for_this_user() {
    let mut window = Window::open();
    let length = |window: &Window| window.inner.harness.get_by_label("History length").value();
    assert_eq!(length(&window).as_deref(), Some("10 s"));
    window.press("History length");
    window.press("30 seconds");
    assert_eq!(length(&window).as_deref(), Some("30 s"));
    let again = Window { inner: window.inner.reopened(), ..window };
    assert_eq!(length(&again).as_deref(), Some("30 s"));
    // And not only by the picture's own memory.
    let kept = again.inner.library().preferences();
    assert_eq!(kept.history_s, Some(30.0));
}

#[test]
fn unity_gain_is_for_listening_only() {
    let mut window = Window::open();
    window.press("Unity gain");
    assert!(window.inner.params.monitoring.is_on(UNITY_GAIN.id));
    assert_eq!(window.inner.host.begun.load(Ordering::SeqCst), 0, "none of the host's business");
}

#[test]
fn learn_sets_the_gain_as_one_gesture_and_one_undo_takes_it_back() {
    let mut window = Window::open();
    window.play(&passage(480));
    window.set(&|window: &Window| window.inner.params.product.learn_target.as_ptr(), "-14 LUFS");
    window.set(&|window: &Window| window.inner.params.product.gain.as_ptr(), "1 dB");
    window.press("Learn");
    let sound = passage(4 * RATE_HZ);
    sound.chunks(800).for_each(|part| window.play(part));
    assert_eq!(window.inner.host.begun.load(Ordering::SeqCst), 0, "nothing moves while it listens");
    window.press("Learn");
    window.wait_for("Learnt: at");
    assert_eq!(window.inner.host.begun.load(Ordering::SeqCst), 1, "one gesture");
    assert_eq!(window.inner.host.open.load(Ordering::SeqCst), 0);
    let gain_db = window.inner.params.product.gain.get();
    let mut limiter = LimiterProcessor::default();
    limiter.reset(&LimiterSettings { gain_db, ..LimiterSettings::default() }, LookAhead::default());
    let (mut left, mut right) = (sound.clone(), sound);
    limiter.process(Io { left: &mut left, right: Some(&mut right), sidechain: None });
    let mut meter = LoudnessMeter::new(RATE_HZ as f64);
    meter.process(&left, Some(&right));
    let lufs = meter.integrated_lufs().expect("programme");
    assert!((lufs + 14.0).abs() <= 0.2, "{lufs:.2} LUFS at {gain_db} dB");
    window.press("Undo");
    assert!((window.inner.params.product.gain.get() - 1.0).abs() < 1e-4);
}

#[test]
fn learn_stops_with_a_plain_sentence_where_crest_would_fall() {
    let mut window = Window::open();
    window.play(&passage(480));
    window.set(&|window: &Window| window.inner.params.product.learn_target.as_ptr(), "-5 LUFS");
    window.press("Learn");
    passage(2 * RATE_HZ).chunks(800).for_each(|part| window.play(part));
    window.press("Learn");
    window.wait_for("crest factor would fall below 8 dB");
    assert!(window.inner.params.product.gain.get() < 23.0);
}

#[test]
fn learn_without_sound_changes_nothing_and_says_so() {
    let mut window = Window::open();
    window.press("Learn");
    assert!(window.inner.harness.query_by_label_contains("No audio runs").is_some());
    window.play(&passage(480));
    window.press("Learn");
    window.inner.harness.run_steps(60 * 6);
    assert!(window.inner.harness.query_by_label_contains("No audio runs").is_some());
    assert_eq!(window.inner.host.begun.load(Ordering::SeqCst), 0);
    // What was heard with another latency is of another limiter.
    window.press("Learn");
    window.set(&|window: &Window| window.inner.params.product.look_ahead.as_ptr(), "5 ms");
    window.wait_for("must begin anew");
    // And a part that was missed is told, not guessed.
    window.press("Learn");
    window.tap.push(&vec![0.1; 2 * TAP_S * RATE_HZ], None);
    window.wait_for("missed a part");
}
