//! A window without a host's, for the editor's own tests.

use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex};

use egui::vec2;
use egui_kittest::{Harness, kittest::Queryable as _};
use nice_plug::context::PluginApi;
use nice_plug::context::gui::{GuiContext, GuiContextInner};
use nice_plug::plugin::PluginState;
use nice_plug::prelude::{Param as _, ParamPtr};

use super::app::App;
use super::files::Library;
use super::host_link::Link;
use crate::feed::{Feed, Shared};
use crate::params::AllParams;
use crate::probe::Probe;
use crate::product::Product;

/// A host that applies changes at once and counts gestures: +1 a begin, -1 an end.
#[derive(Default)]
pub(super) struct FakeHost {
    pub(super) open: AtomicI32,
    pub(super) begun: AtomicI32,
}

impl GuiContextInner for FakeHost {
    fn plugin_api(&self) -> PluginApi {
        PluginApi::Clap
    }
    unsafe fn raw_begin_set_parameter(&self, _: ParamPtr) {
        self.open.fetch_add(1, Ordering::SeqCst);
        self.begun.fetch_add(1, Ordering::SeqCst);
    }
    unsafe fn raw_set_parameter_normalized(&self, param: ParamPtr, normalized: f32) {
        assert_eq!(self.open.load(Ordering::SeqCst), 1, "a value moves inside one gesture only");
        // SAFETY: the test holds the parameters.
        unsafe { param._internal_set_normalized_value(normalized) };
    }
    unsafe fn raw_end_set_parameter(&self, _: ParamPtr) {
        self.open.fetch_sub(1, Ordering::SeqCst);
    }
    fn get_state(&self) -> PluginState {
        unreachable!("the window never takes the host's state")
    }
    fn set_state(&self, _: PluginState) {
        unreachable!("nice-plug loads that on the audio thread")
    }
    fn request_restart(&self) {}
}

pub(super) struct Window {
    pub(super) harness: Harness<'static>,
    pub(super) params: Arc<AllParams<<Probe as Product>::Params>>,
    pub(super) shared: Arc<Shared<()>>,
    pub(super) host: Arc<FakeHost>,
    pub(super) app: Arc<Mutex<App<Probe>>>,
    folder: tempfile::TempDir,
}

/// The plugin's way to its fake host.
pub(super) fn context(host: &Arc<FakeHost>) -> GuiContext {
    GuiContext::new(host.clone())
}

/// A program without a window.
pub(super) fn app(params: &Arc<AllParams<<Probe as Product>::Params>>, library: Library) -> App<Probe> {
    App::new(params.clone(), Feed::<()>::new().shared, Link::new(), library)
}

/// An open window of the probe, with a folder of its own for presets and preferences.
pub(super) fn window() -> Window {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let library = Library::at(folder.path().to_owned(), Probe::CLAP_ID);
    let params = Arc::new(AllParams::of::<Probe>());
    let shared = Feed::<()>::new().shared;
    let app = App::<Probe>::new(params.clone(), shared.clone(), Link::new(), library);
    let (host, app) = (Arc::new(FakeHost::default()), Arc::new(Mutex::new(app)));
    let harness = harness(&app, &host);
    Window { harness, params, shared, host, app, folder }
}

pub(super) fn harness<P: Product>(app: &Arc<Mutex<App<P>>>, host: &Arc<FakeHost>) -> Harness<'static> {
    let context = context(host);
    let app = app.clone();
    let mut is_open = false;
    let mut harness = Harness::builder().with_size(vec2(820.0, 460.0)).with_step_dt(1.0 / 60.0).build_ui(move |ui| {
        let mut app = app.lock().expect("no test panicked");
        if !is_open {
            app.open(ui.ctx(), &context);
            is_open = true;
        }
        app.draw(ui);
        let now_s = ui.input(|input| input.time);
        app.settle_size(ui.ctx(), None, now_s);
    });
    harness.run_steps(3);
    harness
}

impl Window {
    /// The same plugin's next window.
    pub(super) fn reopened(self) -> Self {
        let harness = harness(&self.app, &self.host);
        Self { harness, ..self }
    }

    /// The user's files.
    pub(super) fn library(&self) -> Library {
        Library::at(self.folder.path().to_owned(), Probe::CLAP_ID)
    }

    pub(super) fn press(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run_steps(3);
    }

    pub(super) fn amount(&self) -> f32 {
        self.params.product.amount.value()
    }

    pub(super) fn type_amount(&mut self, db: f32) {
        // As typing does: one gesture. (Typing itself is tested in shared-ui.)
        let id = self.params.product.amount.as_ptr();
        // SAFETY: `params` outlives the call.
        unsafe {
            self.host.raw_begin_set_parameter(id);
            self.host.raw_set_parameter_normalized(id, id.preview_normalized(db));
            self.host.raw_end_set_parameter(id);
        }
        self.harness.run_steps(2);
    }
}
