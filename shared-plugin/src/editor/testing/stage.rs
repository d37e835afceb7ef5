//! A product's window with its sound running: what a person sees while music plays, without a host.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use egui_kittest::Harness;
use nice_plug::prelude::ParamPtr;

use super::{FakeHost, harness_at};
use crate::editor::app::App;
use crate::editor::files::Library;
use crate::editor::host_link::Link;
use crate::feed::{Feed, Shared};
use crate::params::AllParams;
use crate::path::{Modes, SoundPath};
use crate::product::{Product, Reading};
use crate::shell::read_controls;

const RATE_HZ: f64 = 48_000.0;
/// Frames between two pictures at 60 Hz.
const BLOCK: usize = 800;

/// An open window of a product, and the product's sound behind it.
pub struct Stage<P: Product> {
    /// The window's accessible tree, and what it draws.
    pub harness: Harness<'static>,
    /// The parameters.
    pub params: Arc<AllParams<P::Params>>,
    /// Logs gestures.
    pub host: Arc<FakeHost>,
    /// What the sound and the window share.
    pub shared: Arc<Shared<Reading<P>>>,
    app: Arc<Mutex<App<P>>>,
    path: SoundPath<P::Processor>,
    frame: usize,
    _folder: tempfile::TempDir,
}

impl<P: Product> Stage<P> {
    /// Opens a window at `scale`, 1 at 100 %.
    ///
    /// # Panics
    ///
    /// Where no temporary folder can be made.
    #[must_use]
    pub fn open(scale: f32) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let library = Library::at(folder.path().to_owned(), P::CLAP_ID);
        let params = Arc::new(AllParams::of::<P>());
        let feed = Feed::new();
        let shared = feed.shared.clone();
        shared.is_watched.store(true, Ordering::Relaxed);
        let controls = read_controls::<P>(&params, false);
        let mut path = SoundPath::new(P::Processor::default(), controls.clone(), feed);
        path.prepare(RATE_HZ, BLOCK, 2);
        let modes = Modes {
            playback: P::MODE.chosen(&params, false),
            offline: P::MODE.chosen(&params, true),
            is_offline: false,
        };
        path.reset(&controls, modes);
        path.jobs().work();
        let app = Arc::new(Mutex::new(App::<P>::new(params.clone(), shared.clone(), Link::new(), library)));
        let host = Arc::new(FakeHost::default());
        let harness = harness_at(&app, &host, scale);
        Self { harness, params, host, shared, app, path, frame: 0, _folder: folder }
    }

    /// Closes the window and opens another of the same plugin.
    ///
    /// # Panics
    ///
    /// If a test panicked while it drew.
    pub fn reopen(&mut self) {
        self.close();
        self.harness = harness_at(&self.app, &self.host, 1.0);
    }

    /// Closes the window as a host does, whatever is going on in it. It must not be drawn any more.
    ///
    /// # Panics
    ///
    /// If a test panicked while it drew.
    pub fn close(&mut self) {
        // egui's context ends what is open when it goes.
        self.harness = Harness::new_ui(|_| {});
        self.app.lock().expect("no test panicked").closed();
    }

    /// Lets music play for so many seconds, in pictures at 60 Hz.
    pub fn play(&mut self, seconds: f64) {
        self.run(seconds, programme);
    }

    /// Lets silence pass.
    pub fn rest(&mut self, seconds: f64) {
        self.run(seconds, |_| [0.0; 2]);
    }

    /// The window's program, to be drawn elsewhere.
    pub(super) fn program(&self) -> Arc<Mutex<App<P>>> {
        self.app.clone()
    }

    /// The sound of one picture, which is not drawn.
    pub(super) fn sound(&mut self) {
        self.process(programme);
    }

    /// The same in silence.
    pub(super) fn silence(&mut self) {
        self.process(|_| [0.0; 2]);
    }

    fn run(&mut self, seconds: f64, sound: fn(usize) -> [f32; 2]) {
        let pictures = (seconds * RATE_HZ / BLOCK as f64).round() as usize;
        for _ in 0..pictures {
            self.process(sound);
            self.harness.step();
        }
    }

    fn process(&mut self, sound: fn(usize) -> [f32; 2]) {
        let (mut left, mut right) = (vec![0.0; BLOCK], vec![0.0; BLOCK]);
        for (n, (left, right)) in left.iter_mut().zip(&mut right).enumerate() {
            [*left, *right] = sound(self.frame + n);
        }
        self.frame += BLOCK;
        let controls = read_controls::<P>(&self.params, false);
        self.path.process(&controls, &mut [&mut left, &mut right], None);
    }

    /// Sets a parameter as a host does.
    ///
    /// # Panics
    ///
    /// If there is no such parameter, or no such value.
    pub fn set(&self, id: &str, text: &str) {
        let param = self.param(id);
        // SAFETY: the window holds the parameters.
        unsafe {
            let value = param.string_to_normalized_value(text).unwrap_or_else(|| panic!("{text} is no value of {id}"));
            param._internal_set_normalized_value(value);
        }
    }

    /// # Panics
    ///
    /// If there is no such parameter.
    #[must_use]
    pub fn param(&self, id: &str) -> ParamPtr {
        let all = self.params.parameters();
        all.iter().find(|parameter| parameter.about().id() == id).unwrap_or_else(|| panic!("no parameter {id}")).ptr()
    }
}

/// Hits on every half second over a body of two chords and some hiss, as loud as a mix before its master.
fn programme(n: usize) -> [f32; 2] {
    let t = n as f32 / RATE_HZ as f32;
    let sine = |hz: f32| (std::f32::consts::TAU * hz * t).sin();
    let since_hit = t % 0.5;
    let hit = 0.55
        * (-since_hit / 0.06).exp()
        * (std::f32::consts::TAU * (55.0 + 60.0 * (-since_hit / 0.02).exp()) * since_hit).sin();
    // A hash of the frame: the same noise in every run.
    let noise = |salt: u32| {
        let mut x = (n as u32).wrapping_mul(0x9E37_79B9) ^ salt;
        x = (x ^ (x >> 16)).wrapping_mul(0x85EB_CA6B);
        x = (x ^ (x >> 13)).wrapping_mul(0xC2B2_AE35);
        (x ^ (x >> 16)) as f32 / u32::MAX as f32 - 0.5
    };
    let chord = 0.08 * (sine(110.0) + sine(164.8) + sine(220.0) + sine(277.2) + 0.5 * sine(1318.5));
    let brush = 0.12 * (-((t % 0.25) / 0.03)).exp();
    [hit + chord + (0.01 + brush) * noise(1), hit + 0.9 * chord + (0.01 + brush) * noise(2)]
}
