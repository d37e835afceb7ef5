//! EQ's curve as it stands on the screen, against the response that is heard: a picture of the window, and an impulse through another
//! instance with the state of that one. Nothing is known of either but what a person sees, and the axes.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

#[path = "eq/support.rs"]
#[allow(dead_code, reason = "of what EQ's tests have in common only some is wanted here")]
mod support;

use realfft::num_complex::Complex64;
use support::{Band, set};
use testkit::analysis::{db, larger, response_at};
use testkit::desktop::{Daw, Frame, Server};
use testkit::signals::Audio;
use testkit::{Format, Plugin, Rig};

const RATE_HZ: f64 = 48_000.0;
/// The window at 100 %, and the canvas in it: left, top, right, bottom.
const SIZE: (u32, u32) = (1000, 600);
const CANVAS: [i16; 4] = [0, 32, 924, 374];
/// What stands along the top of the canvas ends here.
const HEADER_END: i16 = 72;
/// From edge to edge.
const RANGE_HZ: [f64; 2] = [10.0, 40_000.0];
/// The reach that is chosen, dB, and its button.
const REACH_DB: f64 = 3.0;
const REACH_BUTTON: (i16, i16) = (783, 51);
/// A node with its number and what stands beside it.
const NODE: i16 = 26;

type Color = [f64; 3];
/// The canvas's ground.
const GROUND: Color = [16.0, 18.0, 20.0];

/// Which channel a colour stands for.
const COLORS: [(&str, Color); 5] = [
    ("Stereo", [106.0, 168.0, 217.0]),
    ("Left", [224.0, 164.0, 88.0]),
    ("Right", [217.0, 106.0, 176.0]),
    ("Mid", [95.0, 191.0, 155.0]),
    ("Side", [176.0, 155.0, 240.0]),
];

fn x_of(hz: f64) -> f64 {
    let share = (hz / RANGE_HZ[0]).ln() / (RANGE_HZ[1] / RANGE_HZ[0]).ln();
    f64::from(CANVAS[0]) + share * f64::from(CANVAS[2] - CANVAS[0])
}

fn hz_of(x: f64) -> f64 {
    let share = (x - f64::from(CANVAS[0])) / f64::from(CANVAS[2] - CANVAS[0]);
    RANGE_HZ[0] * (RANGE_HZ[1] / RANGE_HZ[0]).powf(share)
}

fn db_of(y: f64) -> f64 {
    let middle = 0.5 * f64::from(CANVAS[1] + CANVAS[3]);
    (middle - y) / (0.5 * f64::from(CANVAS[3] - CANVAS[1])) * REACH_DB
}

fn y_of(db: f64) -> f64 {
    0.5 * f64::from(CANVAS[1] + CANVAS[3]) - db / REACH_DB * 0.5 * f64::from(CANVAS[3] - CANVAS[1])
}

/// What the window shows.
struct Picture(Vec<u8>);

impl Picture {
    fn of(frame: &Frame<'_>) -> Self {
        Self(frame.picture((0, 0, SIZE.0 as u16, SIZE.1 as u16)))
    }

    fn at(&self, x: i16, y: i16) -> Color {
        let place = 4 * (y as usize * SIZE.0 as usize + x as usize);
        [2, 1, 0].map(|channel| f64::from(self.0[place + channel]))
    }

    /// How much of a colour there is, 0..1, and how much of anything else.
    fn share(&self, x: i16, y: i16, color: Color) -> (f64, f64) {
        let pixel = self.at(x, y);
        let [over, whole] = [pixel, color].map(|c| [0, 1, 2].map(|n: usize| c[n] - GROUND[n]));
        let square: f64 = whole.iter().map(|x| x * x).sum();
        let share = over.iter().zip(whole).map(|(a, b)| a * b).sum::<f64>() / square;
        let rest: f64 = over.iter().zip(whole).map(|(a, b)| (a - share * b).powi(2)).sum();
        (share, (rest / square).sqrt())
    }

    /// Where the thick line of this colour stands in a column, dB: its middle, where it is alone.
    fn line_db(&self, x: i16, color: Color) -> Option<f64> {
        let rows = HEADER_END..CANVAS[3] - 18;
        let (mut sum, mut all, mut ends) = (0.0, 0.0, None::<(i16, i16)>);
        for y in rows {
            let (share, rest) = self.share(x, y, color);
            if share > 0.8 && rest < 0.12 {
                sum += share * (f64::from(y) + 0.5);
                all += share;
                ends = Some((ends.map_or(y, |ends| ends.0), y));
            }
        }
        let (first, last) = ends?;
        // Two lines in one column, or a steep one, are no place.
        (last - first <= 4).then(|| db_of(sum / all))
    }
}

/// What goes into an instance with this state and what is looked at, by channel: the responses, dB.
fn heard(state: &[u8], channels: &str) -> impl Fn(f64) -> f64 + use<> {
    let mut rig = Rig::open(Plugin::Eq, Format::Clap);
    assert!(rig.load(state), "the window's state was refused");
    rig.offline(true);
    rig.activate(RATE_HZ, 1024);
    let latency = rig.latency();
    let mut input: Audio = vec![vec![0.0; 2 * latency + 24_000]; 2];
    let (left, right) = match channels {
        "Left" => (1.0, 0.0),
        "Right" => (0.0, 1.0),
        "Side" => (1.0, -1.0),
        _ => (1.0, 1.0),
    };
    (input[0][0], input[1][0]) = (left, right);
    let output = rig.run(&input);
    let side = usize::from(channels == "Right");
    let channel = output[side].clone();
    move |hz| db(Complex64::norm(response_at(&channel, latency, RATE_HZ, hz)))
}

struct Window<'a> {
    daw: &'a Daw,
    frame: Frame<'a>,
    rig: Rig,
}

impl<'a> Window<'a> {
    fn open(daw: &'a Daw, phase: &str, bands: &[(usize, Band)]) -> Self {
        let mut rig = set(Format::Clap, phase, &[], &[("linear_length", "Longest")]);
        for (number, band) in bands {
            band.settings(*number).iter().for_each(|(key, text)| rig.set(key, text));
        }
        rig.activate(RATE_HZ, 1024);
        let frame = daw.frame(SIZE, false);
        rig.clap().expect("CLAP").open_window(frame.window.into()).expect("a window");
        let mut window = Self { daw, frame, rig };
        window.wait(1.2);
        daw.click(REACH_BUTTON.0, REACH_BUTTON.1);
        window
    }

    fn wait(&mut self, seconds: f64) {
        for _ in 0..(seconds / 0.005) as usize {
            self.rig.clap().expect("CLAP").pump_main_thread();
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// With the pointer out of the way, when nothing moves any more.
    fn picture(&mut self) -> Picture {
        self.daw.point(5, 790);
        self.wait(0.6);
        let mut last = Picture::of(&self.frame);
        for _ in 0..20 {
            self.wait(0.25);
            let now = Picture::of(&self.frame);
            if now.0 == last.0 {
                return now;
            }
            last = now;
        }
        panic!("the window never comes to rest");
    }

    /// The largest error of the drawn curves of these channels, dB.
    fn error_db(&mut self, name: &str, channels: &[&str], nodes: &[Band]) -> f64 {
        let picture = self.picture();
        let state = self.rig.save();
        let mut worst_db = 0.0_f64;
        for channels in channels {
            let color = COLORS.iter().find(|color| color.0 == *channels).expect("a channel").1;
            let heard_db = heard(&state, channels);
            let (mut places, mut most_db) = (0, 0.0_f64);
            let columns = (x_of(25.0) as i16..x_of(20_000.0) as i16).step_by(5);
            for x in columns.filter(|&x| nodes.iter().all(|node| (x - x_of(node.hz) as i16).abs() > NODE)) {
                let Some(drawn_db) = picture.line_db(x, color) else { continue };
                let error_db = (drawn_db - heard_db(hz_of(f64::from(x) + 0.5))).abs();
                assert!(
                    error_db <= 0.05,
                    "{name}, {channels}, {:.0} Hz: {drawn_db:.3} dB drawn, {error_db:.3} dB off",
                    hz_of(f64::from(x) + 0.5)
                );
                (places, worst_db) = (places + 1, larger(worst_db, error_db));
                most_db = larger(most_db, drawn_db.abs());
            }
            println!("{name}, {channels}: {places} places within {worst_db:.3} dB");
            assert!(places >= 40 && most_db > 1.0, "{name}, {channels}: {places} places, {most_db:.2} dB at most");
        }
        worst_db
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        self.rig.clap().expect("CLAP").close_window();
    }
}

/// The grid stands where the axes say: decades across, decibels up.
fn the_axes_are_where_they_are_said_to_be(window: &mut Window<'_>) {
    let picture = window.picture();
    let light = |x: i16, y: i16| picture.at(x, y).iter().sum::<f64>();
    for hz in [100.0, 1000.0, 10_000.0] {
        let x = x_of(hz) as i16;
        let brightest = (x - 4..=x + 4).max_by(|&a, &b| light(a, 100).total_cmp(&light(b, 100)));
        assert!(brightest.is_some_and(|found| (found - x).abs() <= 1), "{hz} Hz: {brightest:?}, not {x}");
    }
    let x = x_of(15.0) as i16;
    for db in [-1.0, 1.0] {
        let y = y_of(db) as i16;
        let brightest = (y - 4..=y + 4).max_by(|&a, &b| light(x, a).total_cmp(&light(x, b)));
        assert!(brightest.is_some_and(|found| (found - y).abs() <= 1), "{db} dB: {brightest:?}, not {y}");
    }
}

/// One test: the X server and the environment are the program's.
#[test]
fn what_is_drawn_is_what_is_heard() {
    let config = tempfile::tempdir().expect("a temporary folder");
    // SAFETY: first thing in a program with one test, before any thread that reads the environment.
    unsafe { std::env::set_var("XDG_CONFIG_HOME", config.path()) };
    let _server = Server::start();
    let daw = Daw::open();
    let on = |channels, band: Band| Band { channels, ..band };
    // The first band stays off: it is the one that is edited, whose own curve would be drawn as strongly.
    let bands = |one: &'static str, other: &'static str| {
        [
            (2, on(one, Band::new("Bell", 250.0, 1.8, 0.7))),
            (3, on(other, Band::new("Bell", 1500.0, -1.7, 0.5))),
            (4, on(one, Band::new("High shelf", 12_000.0, 2.0, 0.71))),
            (5, on(other, Band::new("Low shelf", 70.0, 1.2, 0.71))),
        ]
    };
    {
        let mut window = Window::open(&daw, "Natural", &[]);
        the_axes_are_where_they_are_said_to_be(&mut window);
    }
    for phase in ["Minimum", "Natural", "Linear"] {
        for (one, other) in [("Stereo", "Stereo"), ("Left", "Right"), ("Mid", "Side")] {
            let bands = bands(one, other);
            let channels = if one == other { vec![one] } else { vec![one, other] };
            let mut window = Window::open(&daw, phase, &bands);
            let mut nodes: Vec<Band> = bands.iter().map(|(_, band)| band.clone()).collect();
            window.error_db(phase, &channels, &nodes);
            // A node is taken by hand to another place.
            let from = (x_of(1500.0) as i16, y_of(-1.7) as i16);
            let to = (x_of(3500.0) as i16, y_of(1.1) as i16);
            let before = window.rig.save();
            let rig = std::cell::RefCell::new(&mut window.rig);
            daw.drag_to(from, to, || {
                let mut rig = rig.borrow_mut();
                // What the window sets comes with the next block.
                for _ in 0..12 {
                    rig.run(&vec![vec![0.0; 512]; 2]);
                    std::thread::sleep(Duration::from_millis(5));
                }
            });
            let end = Instant::now() + Duration::from_secs(5);
            while window.rig.save() == before {
                assert!(Instant::now() < end, "{phase}, {one}: the node did not move");
                window.rig.run(&vec![vec![0.0; 512]; 2]);
                window.wait(0.1);
            }
            nodes[1].hz = 3500.0;
            window.error_db(&format!("{phase}, a node moved"), &channels, &nodes);
        }
    }
}
