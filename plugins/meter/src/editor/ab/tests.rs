//! The page, driven as a person or a screen reader would.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use shared_dsp::{Io, Processor as _};
use shared_plugin::editor::Panel as _;
use shared_plugin::editor::testing::ProductWindow;
use shared_plugin::feed::ReadingFrame;
use testkit::signals::{programme, write_wav};

use crate::Meter;
use crate::ab::Heard;
use crate::params::heard;
use crate::processor::{Meter as MeterProcessor, MeterSettings};

const RATE_HZ: usize = 48_000;

/// A window, and the processor that it belongs to.
struct Window {
    inner: ProductWindow<Meter>,
    meter: MeterProcessor,
    song: Vec<Vec<f32>>,
    at: usize,
}

impl Window {
    fn open() -> Self {
        let mut meter = MeterProcessor::default();
        meter.prepare(48_000.0, 8192, 2);
        meter.reset(&MeterSettings::default(), ());
        let mut window =
            Self { inner: ProductWindow::open(), meter, song: programme(48_000.0, 4.0, 20 * RATE_HZ), at: 0 };
        window.inner.harness.run_steps(3);
        window.play(0.1);
        window.press("View A / B");
        window
    }

    fn heard(&self) -> Heard {
        heard(|switch| self.inner.params.monitoring.is_on(switch.id))
    }

    /// Plays on, with a picture every 100 ms.
    fn play(&mut self, seconds: f64) {
        let blocks = (seconds * RATE_HZ as f64 / 64.0).ceil() as usize;
        for block in 0..blocks {
            let heard = self.heard();
            self.meter.update(&MeterSettings { heard, ..MeterSettings::default() });
            let range = self.at..self.at + 64;
            let (mut left, mut right) = (self.song[0][range.clone()].to_vec(), self.song[1][range].to_vec());
            self.meter.process(Io { left: &mut left, right: Some(&mut right), sidechain: None });
            self.meter.finish(Io { left: &mut left, right: Some(&mut right), sidechain: None });
            self.at = (self.at + 64) % (self.song[0].len() - 64);
            if block % 75 == 0 {
                let reading = self.meter.reading();
                self.inner.feed.push(ReadingFrame { reading, ..ReadingFrame::default() }, false);
                self.inner.harness.step();
            }
        }
    }

    fn press(&mut self, label: &str) {
        self.inner.harness.get_by_label(label).click();
        self.inner.harness.run_steps(3);
    }

    fn key(&mut self, key: Key) {
        self.inner.harness.key_press(key);
        self.inner.harness.run_steps(2);
    }

    fn has(&self, label: &str) -> bool {
        self.inner.harness.query_by_label(label).is_some()
    }

    fn value(&self, label: &str) -> String {
        self.inner.harness.get_by_label(label).accesskit_node().value().unwrap_or_default()
    }

    /// The programme at half its height, as a file.
    fn quieter(&self, folder: &std::path::Path) -> std::path::PathBuf {
        let path = folder.join("quieter.wav");
        let half: Vec<Vec<f32>> = self.song.iter().map(|channel| channel.iter().map(|x| 0.5 * x).collect()).collect();
        write_wav(&path, &half, 48_000).expect("a file");
        path
    }

    /// Types the path of a file, adds it, and waits until it is read.
    fn add(&mut self, path: &std::path::Path) {
        let entry = self.inner.harness.get_by_role_and_label(Role::TextInput, "Path of a reference file");
        entry.focus();
        entry.type_text(&path.to_string_lossy());
        self.inner.harness.run_steps(2);
        self.press("Add reference file");
        self.until("the file", |window| window.value("Source B").starts_with("quieter.wav, file, 0:20 looped, 48 kHz"));
    }

    /// Until something holds; pictures go on meanwhile, and a thread reads or looks.
    fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let end = Instant::now() + Duration::from_secs(60);
        while !holds(self) {
            assert!(Instant::now() < end, "{what} did not come");
            self.play(0.1);
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn what_is_heard_is_chosen_and_said_on_every_page() {
    let mut window = Window::open();
    for (name, wanted, sign) in [
        ("Hear A", Heard::A, "You hear A, not the programme"),
        ("Hear B", Heard::B, "You hear B, not the programme"),
        ("Hear the difference", Heard::Delta, "You hear what differs, not the programme"),
    ] {
        window.press(name);
        assert_eq!(window.heard(), wanted);
        for view in ["View Overview", "View Spectrum", "View Delivery", "View A / B"] {
            window.press(view);
            assert!(window.has(sign), "{sign}, in {view}");
        }
    }
    // The sign takes back to the programme, and is gone then.
    window.press("You hear what differs, not the programme");
    assert_eq!(window.heard(), Heard::Programme);
    assert!(!window.has("You hear what differs, not the programme"));
    // Keys, while one of the switches has the keyboard.
    window.inner.harness.get_by_label("Hear A").focus();
    window.inner.harness.run_steps(2);
    for (key, wanted) in
        [(Key::Num2, Heard::B), (Key::Num3, Heard::Delta), (Key::Num1, Heard::A), (Key::Num0, Heard::Programme)]
    {
        window.key(key);
        assert_eq!(window.heard(), wanted, "{key:?}");
    }
    assert_eq!(window.inner.host.begun.load(Ordering::SeqCst), 0, "the host hears nothing of it");
}

#[test]
fn a_file_is_added_by_its_path_matched_and_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = Window::open();
    let path = window.quieter(folder.path());
    assert_eq!(window.value("Source B"), "Reference, the side chain of this Meter");
    assert!(!window.inner.params.session.own().text.contains("quieter"), "nothing was added");
    window.add(&path);
    // It begins within a tenth of a second of here; the programme goes back to its own beginning to be in time with it.
    window.at = 0;
    window.meter.set_transport(false, None);
    window.meter.set_transport(true, None);
    window.press("Match again");
    window.play(10.0);
    window.until("the match", |window| window.value("Polarity").starts_with("same"));
    assert!(window.value("Delay").contains("whole samples"), "{}", window.value("Delay"));
    window.play(3.0);
    assert!(window.value("Loudness").starts_with("−6.0 LU on A"), "{}", window.value("Loudness"));
    window.press("Freeze match");
    assert!(window.value("Loudness").ends_with("frozen"), "{}", window.value("Loudness"));
    window.until("the session", |window| {
        let text = &window.inner.params.session.own().text;
        text.contains("quieter.wav") && text.contains("\"is_frozen\":true")
    });
    // A part of it, by a number.
    window.inner.harness.get_by_label("Loop from").focus();
    window.inner.harness.run_steps(2);
    window.key(Key::ArrowUp);
    assert!(window.value("Source B").contains("0:01–0:20 of 0:20 looped"), "{}", window.value("Source B"));
    assert!(window.value("Waveform").contains("loop 0:01 to 0:20"), "{}", window.value("Waveform"));
    window.press("Whole song");
    assert!(window.value("Source B").contains("file, 0:20 looped"), "{}", window.value("Source B"));
    // Swapped, the other is lowered.
    window.press("Swap A and B");
    window.play(0.3);
    assert!(window.value("Loudness").starts_with("−6.0 LU on B"), "{}", window.value("Loudness"));
    window.press("Remove reference file");
    assert_eq!(window.value("Source A"), "This point, what passes through this Meter");
}

/// A session that names a file which is not there says so, and keeps its name.
#[test]
fn a_missing_file_is_reported_and_kept() {
    let mut window = Window::open();
    let text = r#"{"b":{"file":"/nowhere/gone.flac"},"files":[{"path":"/nowhere/gone.flac","loop_s":[1.0,2.5]}]}"#;
    {
        let mut own = window.inner.params.session.own();
        own.text = text.to_owned();
        own.loads += 1;
    }
    window.until("the report", |window| {
        window.inner.params.session.message().as_ref().is_some_and(|message| message.contains("gone.flac"))
    });
    window.play(1.0);
    assert!(window.value("Source B").contains("gone.flac"), "{}", window.value("Source B"));
    assert!(window.has("Read again"));
    assert_eq!(window.inner.params.session.own().text, text, "as it was saved");
}

#[test]
fn a_blind_test_is_done_by_keys_and_tells_nothing_before_its_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = Window::open();
    let path = window.quieter(folder.path());
    window.press("Blind test");
    window.press("Start the blind test");
    assert!(!window.has("Blind test keys"), "nothing to match: no test");
    window.press("Back");
    window.add(&path);
    window.play(2.0);
    window.press("Blind test");
    assert!(window.value("Needed").starts_with("12 of 16"), "{}", window.value("Needed"));
    window.press("Trials 10");
    window.press("Start the blind test");
    let mut right = 0;
    for trial in 1..=10 {
        assert_eq!(window.value("Blind test keys"), format!("Trial {trial} of 10"));
        assert_eq!(window.heard(), Heard::Programme, "nothing is heard before it is asked for");
        window.key(Key::A);
        assert_eq!(window.heard(), Heard::A);
        window.key(Key::B);
        assert_eq!(window.heard(), Heard::B);
        window.key(Key::X);
        let x = window.heard();
        assert!(matches!(x, Heard::A | Heard::B));
        assert!(window.has("You hear X, not the programme"), "and not which it is");
        assert!(!window.has("P-value") && !window.has("Score"));
        // Nine right and one wrong.
        let is_b = (x == Heard::B) != (trial == 4);
        right += u32::from(trial != 4);
        window.key(if is_b { Key::Num2 } else { Key::Num1 });
    }
    assert_eq!(right, 9);
    assert_eq!(window.heard(), Heard::Programme);
    assert!(window.value("Score").starts_with("9 of 10 told apart"), "{}", window.value("Score"));
    // (10 + 1) / 1024.
    assert!(window.value("P-value").starts_with("0.0107"), "{}", window.value("P-value"));
    assert!(window.has("Export results"));
    window.press("Back");
    assert!(window.has("Match again"), "the comparison again");
}

#[test]
fn closing_the_window_ends_it() {
    let mut window = Window::open();
    window.press("Hear B");
    window.play(0.2);
    assert!(window.meter.reading().comparison.is_some());
    let mut panel = crate::editor::MeterPanel::default();
    panel.closed();
    let link = window.meter.reading().ab.expect("a way");
    link.send(crate::ab::Order::Remove).expect("room");
    window.meter.process(Io { left: &mut [0.0; 64], right: Some(&mut [0.0; 64]), sidechain: None });
    window.meter.finish(Io { left: &mut [0.0; 64], right: Some(&mut [0.0; 64]), sidechain: None });
    assert!(window.meter.reading().comparison.is_none());
}
