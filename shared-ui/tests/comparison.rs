//! The parts of a comparison, driven as a person or a screen reader would.

mod window;

use std::cell::RefCell;
use std::rc::Rc;

use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use shared_ui::egui::accesskit::Role;
use shared_ui::egui::{Event, Key, Modifiers, PointerButton, Pos2, vec2};
use shared_ui::fact::Fact;
use shared_ui::pair_history::{PairHistory, PairLoudness};
use shared_ui::source_plate::SourcePlate;
use shared_ui::waveform::Waveform;
use window::window;

fn value(harness: &Harness<'_>, label: &str) -> String {
    harness.get_by_label(label).value().unwrap_or_default()
}

/// A plate of many choices, the first of which it is, and what was picked.
fn plate(problem: Option<&'static str>) -> (Harness<'static>, Rc<RefCell<Vec<usize>>>) {
    let picked = Rc::new(RefCell::new(Vec::new()));
    let log = Rc::clone(&picked);
    let choices: Vec<String> = (0..40).map(|number| format!("Track {number} · Glue · output")).collect();
    let harness = window(move |ui| {
        let plate = SourcePlate {
            letter: "B",
            name: &choices[0],
            detail: "what goes out of that plugin",
            problem,
            is_heard: false,
            choices: &choices,
            selected: 0,
            note: Some("There are no more."),
        };
        log.borrow_mut().extend(plate.show(ui, vec2(390.0, 56.0)));
    });
    (harness, picked)
}

#[test]
fn a_source_is_chosen_by_click_and_by_keys() {
    let (mut harness, picked) = plate(None);
    assert_eq!(value(&harness, "Source B"), "Track 0 · Glue · output, what goes out of that plugin");
    assert!(harness.query_by_label("There are no more.").is_none(), "shut");
    harness.get_by_label("Source B").click();
    harness.run_steps(3);
    harness.check_accessibility();
    assert!(harness.query_by_label("There are no more.").is_some());
    harness.get_by_label("Track 2 · Glue · output").click();
    harness.run_steps(3);
    assert_eq!(picked.take(), [2]);
    assert!(harness.query_by_label("There are no more.").is_none(), "shut again");
    // Enter opens it, arrows go through it, Enter takes one, and the plate has the keyboard again.
    harness.get_by_label("Source B").focus();
    harness.run_steps(2);
    for key in [Key::Enter, Key::ArrowDown, Key::ArrowDown, Key::ArrowDown, Key::ArrowDown, Key::Enter] {
        harness.key_press(key);
        harness.run_steps(3);
    }
    assert_eq!(picked.take(), [3]);
    assert!(harness.get_by_label("Source B").is_focused());
    // What it is already is no choice.
    harness.get_by_label("Source B").click();
    harness.run_steps(3);
    harness.get_by_role_and_label(Role::MenuItem, "Track 0 · Glue · output").click();
    harness.run_steps(3);
    assert_eq!(picked.take(), [0; 0]);
}

#[test]
fn what_is_missing_is_named_in_place_of_the_detail() {
    let (harness, _) = plate(Some("Track 0 · Glue · output is not there"));
    assert_eq!(value(&harness, "Source B"), "Track 0 · Glue · output, Track 0 · Glue · output is not there");
}

#[test]
fn a_finding_is_read_out_with_what_it_is_worth() {
    let harness = window(|ui| {
        let fact = Fact { name: "Delay", value: "+1284", unit: "on A", note: "26.75 ms, whole samples" };
        fact.show(ui, vec2(200.0, 80.0));
    });
    let node = harness.get_by_label("Delay");
    assert_eq!(node.accesskit_node().role(), Role::Meter);
    assert_eq!(node.value().as_deref(), Some("+1284 on A, 26.75 ms, whole samples"));
}

fn press(harness: &mut Harness<'_>, pos: Pos2, pressed: bool) {
    harness.event(Event::PointerMoved(pos));
    harness.event(Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE });
    harness.step();
}

#[test]
fn a_part_of_a_song_is_marked_moved_and_given_up() {
    let range = Rc::new(RefCell::new(None));
    let shared = Rc::clone(&range);
    let peaks = vec![0.5; 100];
    let mut harness = window(move |ui| {
        let range_s = *shared.borrow();
        let waveform = Waveform { peaks: &peaks, duration_s: 100.0, range_s, position_s: Some(12.0), empty: "" };
        if let (_, Some(marked)) = waveform.show(ui, vec2(800.0, 120.0)) {
            *shared.borrow_mut() = marked;
        }
    });
    let rect = harness.get_by_label("Waveform").rect();
    let at = |share: f32| Pos2::new(rect.left() + share * rect.width(), rect.center().y - 10.0);
    let drag = |harness: &mut Harness<'_>, from: f32, to: f32| {
        press(harness, at(from), true);
        for step in 1..=4 {
            harness.event(Event::PointerMoved(at(from + (to - from) * step as f32 / 4.0)));
            harness.step();
        }
        press(harness, at(to), false);
        harness.run_steps(40);
    };
    drag(&mut harness, 0.25, 0.5);
    let (from, to) = (*range.borrow()).expect("a part");
    assert!((from - 25.0).abs() < 1.0 && (to - 50.0).abs() < 1.0, "{from} to {to}");
    assert!(value(&harness, "Waveform").starts_with("1:40 long, loop 0:2"), "{}", value(&harness, "Waveform"));
    // Its end is taken hold of.
    drag(&mut harness, 0.5, 0.75);
    let (same, to) = (*range.borrow()).expect("a part");
    assert!((same - from).abs() < 1.0 && (to - 75.0).abs() < 1.0, "{same} to {to}");
    for pressed in [true, false, true, false] {
        press(&mut harness, at(0.6), pressed);
    }
    harness.run_steps(3);
    assert_eq!(*range.borrow(), None, "all of it");
}

#[test]
fn both_loudnesses_are_read_out_as_they_are_heard() {
    let points = [PairLoudness { a: -12.0, b: -16.5 }; 50];
    let harness = window(|ui| {
        let history = PairHistory { points: &points, point_s: 0.1, most: 600, lowered_lu: [-4.5, 0.0] };
        history.show(ui, vec2(790.0, 160.0));
    });
    let node = harness.get_by_label("Loudness of A and B");
    assert_eq!(node.accesskit_node().role(), Role::Meter);
    let read = "A −16.5 LUFS, B −16.5 LUFS, short-term, both as heard; dotted: A as it is";
    assert_eq!(node.value().as_deref(), Some(read));
}
