//! The parts, driven through the AccessKit tree as a person or a screen reader would, against what a host would hear.

mod fake;
mod window;

use std::sync::Arc;

use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use fake::{Call, Fake};
use shared_ui::ab::{AbAction, Slot};
use shared_ui::bar_meter::{self, BarMeter, Level};
use shared_ui::compare::{CompareAction, CompareModel};
use shared_ui::egui::accesskit::{Role, Toggled};
use shared_ui::egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, TouchPhase, Vec2, vec2,
};
use shared_ui::frame::{EndReading, FrameAction, FrameState, ModeModel, WindowFrame};
use shared_ui::message_line::{Message, Severity};
use shared_ui::needle::{self, Needle};
use shared_ui::preset_menu::{PresetAction, PresetKind, PresetMenuModel};
use shared_ui::readout::{Readout, ReadoutState};
use shared_ui::reduction_history::{Moment, ReductionHistory, Subject};
use shared_ui::segmented::Segmented;
use shared_ui::settings_sheet::Settings;
use shared_ui::stepped::Stepped;
use shared_ui::toggle::Toggle;
use shared_ui::transfer_curve::TransferCurve;
use shared_ui::value_field::ValueField;
use shared_ui::{Knob, gesture, keys, theme, tooltip};
use window::window;

const QUALITIES: [&str; 4] = ["Off", "Live", "Standard", "High"];

fn threshold() -> Arc<Fake> {
    Fake::range("Threshold", (-40.0, 10.0, 0.1), "dB", (0.0, -15.0), "Level above which gain is reduced.")
}

fn knob(fake: &Arc<Fake>) -> Harness<'static> {
    let param = fake.param();
    window(move |ui| {
        Knob::new(&param).show(ui);
    })
}

fn center(harness: &Harness<'_>, label: &str) -> Pos2 {
    harness.get_by_label(label).rect().center()
}

fn press(harness: &mut Harness<'_>, pos: Pos2, pressed: bool) {
    harness.event(Event::PointerMoved(pos));
    harness.event(Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE });
    harness.step();
}

fn drag_to(harness: &mut Harness<'_>, pos: Pos2) {
    harness.event(Event::PointerMoved(pos));
    harness.step();
}

fn wheel(harness: &mut Harness<'_>, notches: f32, modifiers: Modifiers) {
    harness.event(Event::MouseWheel {
        unit: MouseWheelUnit::Line,
        delta: vec2(0.0, notches),
        phase: TouchPhase::Move,
        source: MouseWheelSource::Unknown,
        modifiers,
    });
    harness.step();
}

/// Exactly one begin, first; exactly one end, last; changes between.
fn assert_one_gesture(calls: &[Call]) {
    assert!(calls.len() >= 3, "{calls:?}");
    assert_eq!(calls.first(), Some(&Call::Begin), "{calls:?}");
    assert_eq!(calls.last(), Some(&Call::End), "{calls:?}");
    assert!(calls[1..calls.len() - 1].iter().all(|call| matches!(call, Call::Set(_))), "{calls:?}");
}

fn near(value: f32, wanted: f32) {
    assert!((value - wanted).abs() < 2e-3, "{value} instead of {wanted}");
}

#[test]
fn a_click_never_moves_a_knob() {
    let fake = threshold();
    let mut harness = knob(&fake);
    harness.get_by_label("Threshold").click();
    // Long enough for the next press to be no double-click.
    harness.run_steps(60);
    // A trembling hand: three points are no drag.
    let pos = center(&harness, "Threshold");
    press(&mut harness, pos, true);
    drag_to(&mut harness, pos - vec2(0.0, 3.0));
    press(&mut harness, pos - vec2(0.0, 3.0), false);
    near(fake.plain(), -15.0);
    assert_eq!(fake.take_calls(), []);
}

#[test]
fn a_drag_is_one_gesture_and_relative() {
    let fake = threshold();
    let mut harness = knob(&fake);
    let pos = center(&harness, "Threshold");
    press(&mut harness, pos, true);
    for step in 1..=5 {
        drag_to(&mut harness, pos - vec2(0.0, 10.0 * step as f32));
    }
    // 250 points are the range of 50 dB: 50 points are 10 dB.
    near(fake.plain(), -5.0);
    press(&mut harness, pos - vec2(0.0, 50.0), false);
    harness.run_steps(2);
    assert_one_gesture(&fake.take_calls());
    near(fake.plain(), -5.0);
}

/// All within one picture: the pointer comes, presses, is elsewhere and lets go.
#[test]
fn a_hand_that_is_quicker_than_a_picture_drags_what_it_pressed() {
    let fake = threshold();
    let mut harness = knob(&fake);
    let pos = center(&harness, "Threshold");
    let away = pos - vec2(0.0, 50.0);
    let button = |pos, pressed| {
        let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
        Event::PointerButton { pos, button, pressed, modifiers }
    };
    let events = [Event::PointerMoved(pos), button(pos, true), Event::PointerMoved(away), button(away, false)];
    harness.input_mut().events.extend(events);
    harness.run_steps(4);
    near(fake.plain(), -5.0);
    assert_one_gesture(&fake.take_calls());
}

#[test]
fn sideways_is_no_drag_of_the_value() {
    let fake = threshold();
    let mut harness = knob(&fake);
    let pos = center(&harness, "Threshold");
    press(&mut harness, pos, true);
    drag_to(&mut harness, pos + vec2(80.0, 0.0));
    press(&mut harness, pos + vec2(80.0, 0.0), false);
    near(fake.plain(), -15.0);
}

#[test]
fn shift_is_ten_times_finer_and_never_jumps() {
    let fake = threshold();
    let mut harness = knob(&fake);
    let pos = center(&harness, "Threshold");
    press(&mut harness, pos, true);
    drag_to(&mut harness, pos - vec2(0.0, 50.0));
    near(fake.plain(), -5.0);
    harness.event(Event::ModifiersChanged(Modifiers::SHIFT));
    harness.step();
    near(fake.plain(), -5.0);
    drag_to(&mut harness, pos - vec2(0.0, 57.0));
    // 7 points are 1.4 dB, a tenth of that is 0.14 dB: only the fine step of 0.01 dB can say it.
    near(fake.plain(), -4.86);
    harness.event(Event::ModifiersChanged(Modifiers::NONE));
    harness.step();
    // Back to detents of 0.1 dB, yet the odd value stays until the hand moves.
    near(fake.plain(), -4.86);
    drag_to(&mut harness, pos - vec2(0.0, 62.0));
    near(fake.plain(), -3.9);
    press(&mut harness, pos - vec2(0.0, 62.0), false);
    assert_one_gesture(&fake.take_calls());
}

#[test]
fn a_drag_past_the_end_turns_back_at_once() {
    let fake = threshold();
    let mut harness = knob(&fake);
    let pos = center(&harness, "Threshold");
    press(&mut harness, pos, true);
    drag_to(&mut harness, pos - vec2(0.0, 400.0));
    near(fake.plain(), 10.0);
    drag_to(&mut harness, pos - vec2(0.0, 395.0));
    near(fake.plain(), 9.0);
    press(&mut harness, pos, false);
}

#[test]
fn a_wheel_burst_is_one_gesture() {
    let fake = threshold();
    let mut harness = knob(&fake);
    harness.hover_at(center(&harness, "Threshold"));
    harness.step();
    for _ in 0..4 {
        wheel(&mut harness, 1.0, Modifiers::NONE);
        harness.run_steps(10);
    }
    wheel(&mut harness, 1.0, Modifiers::SHIFT);
    near(fake.plain(), -14.59);
    let calls = fake.take_calls();
    assert!(!calls.contains(&Call::End), "still open: {calls:?}");
    // 300 ms later the host gets its end, and only then.
    harness.run_steps(25);
    assert_eq!(fake.take_calls(), [Call::End]);
    assert_eq!(calls.iter().filter(|call| **call == Call::Begin).count(), 1);
}

#[test]
fn an_explanation_waits_stands_beside_and_goes_at_the_first_movement() {
    let fake = threshold();
    let mut harness = knob(&fake);
    let pos = center(&harness, "Threshold");
    let part = harness.get_by_label("Threshold").rect();
    harness.hover_at(pos);
    harness.run_steps(55);
    assert_eq!(tooltip::shown(&harness.ctx), None, "before a second has passed");
    harness.run_steps(10);
    let shown = tooltip::shown(&harness.ctx).expect("an explanation after a second");
    assert!(!shown.intersects(part), "{shown:?} covers {part:?}");
    harness.hover_at(pos + vec2(1.0, 0.0));
    harness.run_steps(2);
    assert_eq!(tooltip::shown(&harness.ctx), None, "gone at the first movement");
    harness.run_steps(70);
    assert!(tooltip::shown(&harness.ctx).is_some(), "and there again after the next second");
    // The hand at work needs no explanation.
    press(&mut harness, pos, true);
    harness.run_steps(90);
    assert_eq!(tooltip::shown(&harness.ctx), None, "while a button is down");
    press(&mut harness, pos, false);
    let switches = theme::Switches { tooltips: false, ..theme::Switches::default() };
    theme::set_switches(&harness.ctx, switches);
    harness.run_steps(90);
    assert_eq!(tooltip::shown(&harness.ctx), None, "switched off");
}

#[test]
fn the_wheel_can_be_switched_off() {
    let fake = threshold();
    let mut harness = knob(&fake);
    let switches = theme::Switches { wheel: false, ..theme::Switches::default() };
    theme::set_switches(&harness.ctx, switches);
    harness.hover_at(center(&harness, "Threshold"));
    harness.step();
    wheel(&mut harness, 3.0, Modifiers::NONE);
    assert_eq!(fake.take_calls(), []);
}

#[test]
fn a_drag_within_a_wheel_burst_shares_its_gesture() {
    let fake = threshold();
    let mut harness = knob(&fake);
    let pos = center(&harness, "Threshold");
    harness.hover_at(pos);
    harness.step();
    wheel(&mut harness, 1.0, Modifiers::NONE);
    press(&mut harness, pos, true);
    drag_to(&mut harness, pos - vec2(0.0, 50.0));
    harness.run_steps(60);
    press(&mut harness, pos - vec2(0.0, 50.0), false);
    harness.run_steps(60);
    assert_one_gesture(&fake.take_calls());
}

fn double_click(harness: &mut Harness<'_>, label: &str) {
    // Apart from the click before, which would make it a triple-click.
    harness.run_steps(60);
    let pos = center(harness, label);
    for _ in 0..2 {
        press(harness, pos, true);
        press(harness, pos, false);
    }
    harness.run_steps(3);
}

#[test]
fn double_click_on_the_value_types() {
    let fake = threshold();
    let mut harness = knob(&fake);
    double_click(&mut harness, "Threshold value");
    assert!(harness.ctx.text_edit_focused());
    // The old text is selected: typing replaces it.
    harness.event(Event::Text("-1,5 dB".to_owned()));
    harness.step();
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    near(fake.plain(), -1.5);
    assert_one_gesture(&fake.take_calls());
    assert!(!harness.ctx.text_edit_focused());
}

#[test]
fn escape_cancels_and_nonsense_stays_open() {
    let fake = threshold();
    let mut harness = knob(&fake);
    double_click(&mut harness, "Threshold value");
    harness.event(Event::Text("loud".to_owned()));
    harness.step();
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    assert!(harness.ctx.text_edit_focused(), "open for correction");
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(!harness.ctx.text_edit_focused());
    near(fake.plain(), -15.0);
    assert_eq!(fake.take_calls(), []);
}

#[test]
fn control_alt_and_double_click_reset() {
    for modifiers in [Modifiers::COMMAND, Modifiers::CTRL, Modifiers::ALT] {
        let fake = threshold();
        let mut harness = knob(&fake);
        harness.get_by_label("Threshold").click_modifiers(modifiers);
        harness.run_steps(2);
        near(fake.plain(), 0.0);
        assert_one_gesture(&fake.take_calls());
    }
    let fake = threshold();
    let mut harness = knob(&fake);
    double_click(&mut harness, "Threshold");
    near(fake.plain(), 0.0);
    assert_one_gesture(&fake.take_calls());
}

#[test]
fn arrows_move_the_focused_knob_and_space_is_the_hosts() {
    let fake = threshold();
    let toggle = Fake::names("Drive", &["Off", "On"], 0, 0);
    let (param, switch) = (fake.param(), toggle.param());
    let mut harness = window(move |ui| {
        Knob::new(&param).show(ui);
        Toggle::new(&switch).show(ui);
    });
    harness.key_press(Key::Tab);
    harness.run_steps(2);
    assert!(harness.get_by_label("Threshold").is_focused());
    harness.key_press(Key::ArrowUp);
    harness.run_steps(2);
    near(fake.plain(), -14.9);
    assert!(harness.get_by_label("Threshold").is_focused(), "arrows do not move the focus");
    harness.key_press_modifiers(Modifiers::SHIFT, Key::ArrowDown);
    harness.run_steps(60);
    near(fake.plain(), -14.91);
    assert_one_gesture(&fake.take_calls());

    harness.key_press(Key::Tab);
    harness.run_steps(2);
    assert!(harness.get_by_label("Drive").is_focused());
    harness.key_press(Key::Space);
    harness.run_steps(2);
    assert_eq!(toggle.take_calls(), [], "Space is play and stop");
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    assert_eq!(toggle.take_calls(), [Call::Begin, Call::Set(1.0), Call::End]);
}

#[test]
fn only_keys_in_use_are_kept_from_the_host() {
    let fake = threshold();
    let mut harness = knob(&fake);
    let needed = |harness: &Harness<'_>, key| keys::is_needed(&harness.ctx, key);
    assert!(!needed(&harness, Key::Space) && !needed(&harness, Key::ArrowUp) && !needed(&harness, Key::Backspace));
    harness.key_press(Key::Tab);
    harness.run_steps(2);
    assert!(needed(&harness, Key::ArrowUp) && !needed(&harness, Key::Space) && !needed(&harness, Key::Backspace));
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    assert!(needed(&harness, Key::Space) && needed(&harness, Key::Backspace), "typing");
}

#[test]
fn right_click_offers_type_reset_and_copy() {
    let fake = threshold();
    let mut harness = knob(&fake);
    harness.get_by_label("Threshold").click_secondary();
    harness.run_steps(3);
    harness.get_by_label("Reset to 0.0 dB").click();
    harness.run_steps(3);
    near(fake.plain(), 0.0);
    assert_one_gesture(&fake.take_calls());
    harness.get_by_label("Threshold").click_secondary();
    harness.run_steps(3);
    harness.get_by_label("Type a value").click();
    harness.run_steps(3);
    assert!(harness.ctx.text_edit_focused());
}

#[test]
fn space_is_typed_while_text_is_edited() {
    let fake = threshold();
    let mut harness = knob(&fake);
    double_click(&mut harness, "Threshold value");
    harness.event(Event::Text("-2".to_owned()));
    harness.step();
    harness.event(Event::Text(" ".to_owned()));
    harness.step();
    harness.event(Event::Text("dB".to_owned()));
    harness.step();
    let typed = harness.get_by_label("Type Threshold").value();
    assert_eq!(typed.as_deref(), Some("-2 dB"));
}

#[test]
fn lost_focus_vanished_parts_and_closed_windows_end_gestures() {
    let begin_drag = |harness: &mut Harness<'_>| {
        let pos = center(harness, "Threshold");
        press(harness, pos, true);
        drag_to(harness, pos - vec2(0.0, 50.0));
    };
    // The window loses focus.
    let fake = threshold();
    let mut harness = knob(&fake);
    begin_drag(&mut harness);
    harness.event(Event::WindowFocused(false));
    harness.step();
    assert_one_gesture(&fake.take_calls());

    // The panel stops drawing the knob.
    let fake = threshold();
    let param = fake.param();
    let shown = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let still_shown = shown.clone();
    let mut harness = window(move |ui| {
        if still_shown.load(std::sync::atomic::Ordering::Relaxed) {
            Knob::new(&param).show(ui);
        }
    });
    begin_drag(&mut harness);
    shown.store(false, std::sync::atomic::Ordering::Relaxed);
    harness.run_steps(2);
    assert_one_gesture(&fake.take_calls());

    // The shell closes the window properly.
    let fake = threshold();
    let mut harness = knob(&fake);
    begin_drag(&mut harness);
    gesture::end_all(&harness.ctx);
    assert_one_gesture(&fake.take_calls());

    // The window is just dropped.
    let fake = threshold();
    let mut harness = knob(&fake);
    begin_drag(&mut harness);
    drop(harness);
    assert_one_gesture(&fake.take_calls());
}

#[test]
fn a_screen_reader_can_read_and_set_a_knob() {
    let fake = threshold();
    let mut harness = knob(&fake);
    let node = harness.get_by_label("Threshold");
    assert_eq!(node.accesskit_node().role(), Role::Slider);
    assert_eq!(node.value().as_deref(), Some("−15.0 dB"));
    node.increment_accesskit();
    harness.run_steps(30);
    near(fake.plain(), -14.9);
    assert_one_gesture(&fake.take_calls());
    harness.get_by_label("Threshold").set_text_value_accesskit("-3 dB");
    harness.run_steps(2);
    near(fake.plain(), -3.0);
    assert_one_gesture(&fake.take_calls());
}

#[test]
fn no_number_of_the_host_is_drawn_or_sent_as_it_is() {
    // A parameter outside 0..1, or not a number: drawn, readable and usable all the same.
    for odd in [f32::NAN, f32::INFINITY, -3.0, 7.0] {
        let fake = threshold();
        shared_ui::ParamHandle::set(&*fake, odd);
        fake.take_calls();
        let mut harness = knob(&fake);
        harness.get_by_label("Threshold").increment_accesskit();
        harness.get_by_label("Threshold").decrement_accesskit();
        harness.run_steps(60);
        for call in fake.take_calls() {
            assert!(!matches!(call, Call::Set(value) if !(0.0..=1.0).contains(&value)), "{odd}: {call:?}");
        }
    }
}

#[test]
fn stepped_goes_by_values() {
    let fake = Fake::names("Attack", &["0.1 ms", "0.3 ms", "1 ms", "3 ms", "10 ms", "30 ms"], 4, 4);
    let param = fake.param();
    let mut harness = window(move |ui| {
        Stepped::new(&param).show(ui);
    });
    // A click on the body does nothing, a click on a written value chooses it.
    harness.get_by_label("Attack").click();
    harness.run_steps(2);
    assert_eq!(fake.take_calls(), []);
    harness.get_by_label("Attack 1 ms").click();
    harness.run_steps(2);
    near(fake.plain(), 2.0);
    assert_one_gesture(&fake.take_calls());
    assert_eq!(harness.get_by_label("Attack").value().as_deref(), Some("1 ms"));
    let pos = center(&harness, "Attack");
    press(&mut harness, pos, true);
    drag_to(&mut harness, pos - vec2(0.0, 24.0));
    near(fake.plain(), 3.0);
    press(&mut harness, pos - vec2(0.0, 24.0), false);
    wheel(&mut harness, 0.0, Modifiers::NONE);
    assert_one_gesture(&fake.take_calls());
}

#[test]
fn segmented_toggle_and_field_send_gestures() {
    let model = Fake::names("Model", &["Console", "Clean"], 0, 0);
    let mix = Fake::range("Mix", (0.0, 100.0, 1.0), "%", (100.0, 50.0), "");
    let (model_param, mix_param) = (model.param(), mix.param());
    let mut harness = window(move |ui| {
        Segmented::new("Model").show_param(ui, &model_param);
        ValueField::new(&mix_param).show(ui);
    });
    assert_eq!(harness.get_by_label("Model Console").accesskit_node().toggled(), Some(Toggled::True));
    harness.get_by_label("Model Clean").click();
    harness.run_steps(2);
    assert_eq!(model.take_calls(), [Call::Begin, Call::Set(1.0), Call::End]);
    assert_eq!(harness.get_by_label("Model").value().as_deref(), Some("Clean"));

    assert_eq!(harness.get_by_label("Mix").accesskit_node().role(), Role::SpinButton);
    double_click(&mut harness, "Mix");
    harness.event(Event::Text("30".to_owned()));
    harness.step();
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    near(mix.plain(), 30.0);
    assert_one_gesture(&mix.take_calls());
}

const REDUCTION: Subject = Subject::Reduction { depth_db: 8.0 };

#[test]
fn meters_are_readable_as_text() {
    let mut needle = Needle::default();
    let mut history = ReductionHistory::default();
    let mut bars = BarMeter::default();
    let mut text = ReadoutState::default();
    needle.update(1.0, 3.0);
    needle.update(1.0, 2.0);
    history.push(0.1, Moment { reduction_db: 3.0, programme_db: -6.0, key_db: -8.0, detector_db: -9.0 });
    bars.update(0.1, &[Level { peak_db: 1.0, rms_db: -10.0 }]);
    let curve = |input: f32| input.min(-10.0);
    let mut harness = window(move |ui| {
        ui.horizontal(|ui| {
            needle::show(ui, vec2(300.0, 200.0), &mut needle);
            bar_meter::show(ui, vec2(30.0, 200.0), "Input level", &mut bars);
            TransferCurve::new(&curve).live(Some((-4.0, -10.0))).show(ui, Vec2::splat(150.0));
        });
        REDUCTION.show(ui, vec2(300.0, 80.0), &history);
        ui.push_id("key", |ui| Subject::Key { threshold_db: -20.0 }.show(ui, vec2(300.0, 80.0), &history));
        Readout::new("Crest in", "dB").show(ui, &mut text, Some(14.24));
    });
    for (label, role, value) in [
        ("Gain reduction", Role::Meter, "2.0 dB, most 3.0 dB"),
        ("Input level", Role::Meter, "peak 1.0 dBFS, over"),
        ("Transfer curve", Role::GraphicsObject, "in −4.0 dB, out −10.0 dB"),
        ("Gain reduction history", Role::Meter, "most 3.0 dB of reduction in 10 seconds"),
        ("Key history", Role::Meter, "most 3.0 dB of reduction in 10 seconds"),
        ("Crest in", Role::Meter, "14.2 dB"),
    ] {
        let node = harness.get_by_label(label);
        assert_eq!(node.accesskit_node().role(), role, "{label}");
        assert_eq!(node.value().as_deref(), Some(value), "{label}");
    }
    // A click forgets the peak.
    harness.get_by_label("Gain reduction").click();
    harness.get_by_label("Input level").click();
    harness.run_steps(2);
    assert_eq!(harness.get_by_label("Gain reduction").value().as_deref(), Some("2.0 dB, most 2.0 dB"));
    assert_eq!(harness.get_by_label("Input level").value().as_deref(), Some("peak −∞ dBFS"));
}

struct Shell {
    state: FrameState,
    actions: Vec<FrameAction>,
}

/// The frame around an empty panel, keeping what was asked of it. The harness leaves a margin of 8 points around it.
fn frame() -> Harness<'static, Shell> {
    let factory = vec!["Drum-heavy mix".to_owned(), "Acoustic".to_owned()];
    let user = vec!["Tuesday".to_owned()];
    let shell = Shell { state: FrameState::default(), actions: Vec::new() };
    let mut styled = false;
    let mut harness = Harness::builder().with_size(vec2(836.0, 476.0)).with_step_dt(1.0 / 60.0).build_ui_state(
        move |ui, shell: &mut Shell| {
            if !styled {
                theme::apply(ui.ctx(), theme::accent::GLUE);
                styled = true;
            }
            let frame = WindowFrame {
                name: "Glue",
                base_size: vec2(820.0, 460.0),
                presets: PresetMenuModel {
                    current: "Tuesday",
                    selected: Some((PresetKind::User, 0)),
                    modified: true,
                    factory: &factory,
                    user: &user,
                },
                slot: Slot::A,
                can_undo: true,
                can_redo: false,
                compare: Some(CompareModel { on: false, offset_lu: Some(0.84) }),
                delta: Some(true),
                bypass: false,
                mode: Some(ModeModel { caption: "Quality", options: &QUALITIES.map(str::to_owned), selected: 2 }),
                latency_samples: 48,
                sample_rate_hz: 48_000.0,
                input: EndReading { peak_dbfs: Some(-3.21), lufs: Some(-14.0) },
                output: EndReading { peak_dbfs: None, lufs: None },
                message: Some(Message { severity: Severity::Error, text: "The preset could not be written." }),
                settings: Settings::default(),
            };
            let shown = frame.show(ui, &mut shell.state, |ui| ui.max_rect());
            // The panel gets exactly what the two lines leave.
            let all = ui.max_rect();
            assert_eq!((shown.panel.top(), shown.panel.bottom()), (all.top() + 32.0, all.bottom() - 24.0));
            assert_eq!((shown.panel.left(), shown.panel.right()), (all.left(), all.right()));
            shell.actions.extend(shown.actions);
        },
        shell,
    );
    harness.run_steps(2);
    // No control without a name.
    harness.check_accessibility();
    harness
}

#[test]
fn every_control_of_the_frame_asks_for_its_action() {
    let mut harness = frame();
    for (label, action) in [
        ("Setting B", FrameAction::Ab(AbAction::Select(Slot::B))),
        ("Copy A to B", FrameAction::Ab(AbAction::CopyToOther)),
        ("Undo", FrameAction::Undo),
        ("Fair compare", FrameAction::Compare(CompareAction::SetCompare(true))),
        ("Previous preset", FrameAction::Preset(PresetAction::Load(PresetKind::Factory, 1))),
        ("Next preset", FrameAction::Preset(PresetAction::Load(PresetKind::Factory, 0))),
        ("Delta", FrameAction::Compare(CompareAction::SetDelta(false))),
        ("Bypass", FrameAction::SetBypass(true)),
        ("The preset could not be written.", FrameAction::DismissMessage),
    ] {
        harness.get_by_label(label).click();
        harness.run_steps(2);
        assert_eq!(std::mem::take(&mut harness.state_mut().actions), [action], "{label}");
    }
    harness.get_by_label("Redo").click();
    harness.run_steps(2);
    assert_eq!(harness.state().actions, [], "there is nothing to redo");
    assert!(harness.get_by_label("Redo").accesskit_node().is_disabled());
}

#[test]
fn the_frame_reads_out_its_numbers() {
    let harness = frame();
    for (label, value) in [
        ("Loudness offset", "wet +0.8 LU"),
        ("Latency", "48 smp  1.0 ms"),
        ("Input peak", "−3.2 dBFS"),
        ("Output loudness", "— LUFS"),
        ("Quality", "Standard"),
        ("Presets", "Tuesday, changed"),
        ("Window size", "100 %"),
    ] {
        assert_eq!(harness.get_by_label(label).value().as_deref(), Some(value), "{label}");
    }
    assert_eq!(harness.get_by_label("Delta").accesskit_node().toggled(), Some(Toggled::True));
    assert_eq!(harness.get_by_label("Bypass").accesskit_node().toggled(), Some(Toggled::False));
}

#[test]
fn menus_of_the_frame_work() {
    let mut harness = frame();
    harness.get_by_label("Quality").click();
    harness.run_steps(3);
    harness.get_by_label("High").click();
    harness.run_steps(3);
    assert_eq!(std::mem::take(&mut harness.state_mut().actions), [FrameAction::SetMode(3)]);

    harness.get_by_label("Presets").click();
    harness.run_steps(3);
    harness.get_by_label("Acoustic").click();
    harness.run_steps(3);
    let load = FrameAction::Preset(PresetAction::Load(PresetKind::Factory, 1));
    assert_eq!(std::mem::take(&mut harness.state_mut().actions), [load]);

    harness.get_by_label("Presets").click();
    harness.run_steps(3);
    harness.get_by_label("Rename…").click();
    harness.run_steps(3);
    assert!(harness.ctx.text_edit_focused());
    harness.check_accessibility();
    harness.event(Event::Text(" 2".to_owned()));
    harness.step();
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    let rename = FrameAction::Preset(PresetAction::Rename(0, "Tuesday 2".to_owned()));
    assert_eq!(std::mem::take(&mut harness.state_mut().actions), [rename]);

    harness.get_by_label("Presets").click();
    harness.run_steps(3);
    harness.get_by_label("Delete…").click();
    harness.run_steps(3);
    assert_eq!(harness.state().actions, [], "deleting asks first");
    harness.get_by_label("Delete").click();
    harness.run_steps(3);
    assert_eq!(std::mem::take(&mut harness.state_mut().actions), [FrameAction::Preset(PresetAction::Delete(0))]);

    harness.get_by_label("Settings").click();
    harness.run_steps(3);
    harness.check_accessibility();
    harness.get_by_label("Window size 150 %").click();
    harness.run_steps(3);
    let scaled = Settings { scale: 1.5, ..Settings::default() };
    assert_eq!(std::mem::take(&mut harness.state_mut().actions), [FrameAction::SetSettings(scaled)]);
    harness.get_by_label("Fit to the host's window").click();
    harness.run_steps(3);
    assert_eq!(std::mem::take(&mut harness.state_mut().actions), [FrameAction::FitWindow]);
    harness.get_by_label("Mastering steps of 0.5 dB").click();
    harness.run_steps(3);
    let stepped = Settings { mastering_steps: true, ..Settings::default() };
    assert_eq!(std::mem::take(&mut harness.state_mut().actions), [FrameAction::SetSettings(stepped)]);
}

#[test]
fn the_grip_scales_the_window() {
    let mut harness = frame();
    let corner = Pos2::new(8.0 + 814.0, 8.0 + 454.0);
    for (pos, pressed) in [(corner, Some(true)), (corner + vec2(82.0, 46.0), None)] {
        harness.event(Event::PointerMoved(pos));
        if let Some(pressed) = pressed {
            let modifiers = Modifiers::NONE;
            harness.event(Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers });
        }
        harness.step();
    }
    let larger = Settings { scale: 1.1, ..Settings::default() };
    assert_eq!(harness.state().actions.last(), Some(&FrameAction::SetSettings(larger)));
}

#[test]
fn a_still_window_asks_for_no_picture() {
    let fake = threshold();
    let param = fake.param();
    let mut needle = Needle::default();
    let history = ReductionHistory::default();
    let harness = window(move |ui| {
        let still = Knob::new(&param).show(ui).animating;
        needle.update(1.0 / 60.0, 0.0);
        let needle = needle::show(ui, vec2(300.0, 200.0), &mut needle).animating;
        let history = REDUCTION.show(ui, vec2(300.0, 80.0), &history).animating;
        theme::animate(ui.ctx(), still || needle || history);
    });
    let mut harness = harness;
    harness.run_steps(20);
    let delay = harness.output().viewport_output.values().map(|viewport| viewport.repaint_delay).min();
    assert_eq!(delay, Some(std::time::Duration::MAX));
}
