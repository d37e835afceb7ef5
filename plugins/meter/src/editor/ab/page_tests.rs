//! The page as it is laid out, in each of its states, and what the host is told of its controls.

use std::path::{Path, PathBuf};

use egui::Key;
use egui_kittest::kittest::Queryable as _;
use shared_plugin::editor::testing::{Stage, check_page_gestures, check_page_layout};
use testkit::signals::{programme, write_wav};

use crate::Meter;

type Page = Stage<Meter>;

fn press(stage: &mut Page, label: &str) {
    stage.harness.get_by_label(label).click();
    stage.harness.run_steps(3);
    // What explains a control stands on others while the pointer is there.
    stage.harness.event(egui::Event::PointerGone);
    stage.harness.run_steps(1);
}

fn turn(stage: &mut Page) {
    stage.play(0.1);
    press(stage, "View A / B");
}

/// What a session brings.
fn load(stage: &mut Page, text: &str) {
    let mut own = stage.params.session.own();
    own.text = text.to_owned();
    own.loads += 1;
}

fn until(stage: &mut Page, label: &str) {
    for _ in 0..600 {
        stage.play(0.1);
        if stage.harness.query_by_label(label).is_some() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("{label} did not come");
}

fn song(folder: &Path) -> PathBuf {
    let path = folder.join("earlier master, 24 bit.wav");
    write_wav(&path, &programme(44_100.0, 4.0, 12 * 44_100), 44_100).expect("a file");
    path
}

/// A file with a loop is B, and is heard.
fn with_file(stage: &mut Page, path: &Path) {
    turn(stage);
    let path = path.to_string_lossy();
    load(stage, &format!(r#"{{"b":{{"file":"{path}"}},"files":[{{"path":"{path}","loop_s":[2.5,9.25]}}]}}"#));
    until(stage, "Loop from");
}

#[test]
fn the_page_can_be_read_at_every_scale() {
    check_page_layout::<Meter>(turn);
    let folder = tempfile::tempdir().expect("a folder");
    let path = song(folder.path());
    check_page_layout::<Meter>(|stage| {
        with_file(stage, &path);
        press(stage, "Hear B");
    });
    check_page_layout::<Meter>(|stage| {
        turn(stage);
        let gone = r#"{"a":{"tap":{"plugin":"Twobus Limiter","track":"Mix bus","point":"output"}},"#;
        load(stage, &format!(r#"{gone}"b":{{"file":"/x/gone.flac"}},"files":[{{"path":"/x/gone.flac"}}]}}"#));
        until(stage, "Read again");
        stage.play(2.0);
    });
}

#[test]
fn the_blind_test_can_be_read_at_every_scale() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = song(folder.path());
    let begin = |stage: &mut Page| {
        with_file(stage, &path);
        stage.play(2.0);
        press(stage, "Blind test");
    };
    check_page_layout::<Meter>(begin);
    let start = |stage: &mut Page| {
        begin(stage);
        press(stage, "Trials 10");
        press(stage, "Start the blind test");
        stage.harness.key_press(Key::X);
        stage.harness.run_steps(3);
    };
    check_page_layout::<Meter>(start);
    check_page_layout::<Meter>(|stage| {
        start(stage);
        for _ in 0..10 {
            stage.harness.key_press(Key::Num1);
            stage.harness.run_steps(2);
        }
        assert!(stage.harness.query_by_label("P-value").is_some(), "its end");
    });
}

#[test]
fn no_control_of_the_page_is_a_gesture_of_the_hosts() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = song(folder.path());
    check_page_gestures::<Meter>(|stage| with_file(stage, &path));
}
