//! A product's window without a host's, for tests of its panel, and what every window is asked there.

mod checks;
mod cost;
mod gestures;
pub mod layout;
mod stage;

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use egui_kittest::Harness;
use nice_plug::context::PluginApi;
use nice_plug::context::gui::{GuiContext, GuiContextInner};
use nice_plug::plugin::PluginState;
use nice_plug::prelude::ParamPtr;
use shared_ui::theme;

use super::app::App;
use super::files::Library;
use super::host_link::Link;
use super::panel::Panel as _;
use crate::feed::Feed;
use crate::params::AllParams;
use crate::product::{Product, Reading};

pub use checks::{check_gestures, check_layout, check_page_gestures, check_page_layout, check_silence};
pub use cost::print_cost;
pub use stage::Stage;

/// What a host is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostCall {
    /// A gesture begins.
    Begin(ParamPtr),
    /// A value within it.
    Set(ParamPtr),
    /// It ends.
    End(ParamPtr),
}

/// A host that applies changes at once, and counts and logs gestures: +1 a begin, -1 an end.
#[derive(Debug, Default)]
pub struct FakeHost {
    /// Gestures that are open.
    pub open: AtomicI32,
    /// Gestures that were begun.
    pub begun: AtomicI32,
    /// It keeps changes to itself.
    pub is_deaf: AtomicBool,
    log: Mutex<Vec<HostCall>>,
}

impl FakeHost {
    fn note(&self, call: HostCall) {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }

    /// What it was told since the last time.
    #[must_use]
    pub fn calls(&self) -> Vec<HostCall> {
        std::mem::take(&mut *self.log.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl GuiContextInner for FakeHost {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Clap
    }
    unsafe fn raw_begin_set_parameter(&self, param: ParamPtr) {
        self.note(HostCall::Begin(param));
        self.open.fetch_add(1, Ordering::SeqCst);
        self.begun.fetch_add(1, Ordering::SeqCst);
    }
    unsafe fn raw_set_parameter_normalized(&self, param: ParamPtr, normalized: f32) {
        assert!(self.open.load(Ordering::SeqCst) >= 1, "a value moves inside a gesture only");
        self.note(HostCall::Set(param));
        if self.is_deaf.load(Ordering::SeqCst) {
            return;
        }
        // SAFETY: the test holds the parameters.
        unsafe { param._internal_set_normalized_value(normalized) };
    }
    unsafe fn raw_end_set_parameter(&self, param: ParamPtr) {
        self.note(HostCall::End(param));
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
    fn get_state(&self) -> PluginState {
        PluginState { version: String::new(), params: Default::default(), fields: Default::default() }
    }
    fn set_state(&self, _: PluginState) {
        unreachable!("nice-plug loads that on the audio thread")
    }
    fn request_restart(&self) {}
}

/// The plugin's way to its fake host.
#[must_use]
pub fn context(host: &Arc<FakeHost>) -> GuiContext {
    GuiContext::new(host.clone())
}

/// A window that shows this program.
///
/// # Panics
///
/// If a test panicked while it drew.
#[must_use]
pub fn harness<P: Product>(app: &Arc<Mutex<App<P>>>, host: &Arc<FakeHost>) -> Harness<'static> {
    harness_at(app, host, 1.0)
}

/// The same at another scale.
fn harness_at<P: Product>(app: &Arc<Mutex<App<P>>>, host: &Arc<FakeHost>, scale: f32) -> Harness<'static> {
    let context = context(host);
    let app = app.clone();
    let mut is_open = false;
    let mut harness = Harness::builder()
        .with_size(egui::Vec2::from(P::Panel::SIZE))
        .with_pixels_per_point(scale)
        .with_step_dt(1.0 / 60.0)
        .build_ui(move |ui| {
            let mut app = app.lock().expect("no test panicked");
            if !is_open {
                app.open(ui.ctx(), &context);
                is_open = true;
            }
            // All of the window, as in a host: the harness would leave a margin.
            let all = ui.ctx().content_rect();
            let mut ui = ui.new_child(egui::UiBuilder::new().max_rect(all));
            ui.set_clip_rect(all);
            let ui = &mut ui;
            let moves = app.draw(ui);
            theme::animate(ui.ctx(), moves);
            let now_s = ui.input(|input| input.time);
            app.settle_size(ui.ctx(), None, now_s);
        });
    harness.run_steps(3);
    harness
}

/// An open window of a product, with a folder of its own for presets and preferences.
pub struct ProductWindow<P: Product> {
    /// The window's accessible tree.
    pub harness: Harness<'static>,
    /// The parameters.
    pub params: Arc<AllParams<P::Params>>,
    /// Counts gestures.
    pub host: Arc<FakeHost>,
    /// The audio thread's end: what is pushed here the panel is shown.
    pub feed: Feed<Reading<P>>,
    app: Arc<Mutex<App<P>>>,
    folder: tempfile::TempDir,
}

impl<P: Product> ProductWindow<P> {
    /// Opens it.
    ///
    /// # Panics
    ///
    /// Where no temporary folder can be made.
    #[must_use]
    pub fn open() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let library = Library::at(folder.path().to_owned(), P::CLAP_ID);
        let params = Arc::new(AllParams::of::<P>());
        let feed = Feed::new();
        feed.shared.sample_rate_hz.store(48_000.0, Ordering::Relaxed);
        let app = App::<P>::new(params.clone(), feed.shared.clone(), Link::new(), library);
        let host = Arc::new(FakeHost::default());
        let app = Arc::new(Mutex::new(app));
        let harness = harness(&app, &host);
        Self { harness, params, host, feed, app, folder }
    }

    /// This user's files.
    #[must_use]
    pub fn library(&self) -> Library {
        Library::at(self.folder.path().to_owned(), P::CLAP_ID)
    }

    /// Closes it and opens it again: what the plugin remembers is there, what belongs to a window is new.
    #[must_use]
    pub fn reopened(self) -> Self {
        let harness = harness(&self.app, &self.host);
        Self { harness, ..self }
    }
}
