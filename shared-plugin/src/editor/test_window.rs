//! A window without a host's, for the editor's own tests.

use std::sync::{Arc, Mutex};

use egui_kittest::{Harness, kittest::Queryable as _};
use nice_plug::context::gui::GuiContextInner as _;
use nice_plug::prelude::Param as _;

use super::app::App;
use super::files::Library;
use super::host_link::Link;
pub(super) use super::testing::{FakeHost, context, harness};
use crate::feed::{Feed, Shared};
use crate::params::AllParams;
use crate::probe::Probe;
use crate::product::Product;

pub(super) struct Window {
    pub(super) harness: Harness<'static>,
    pub(super) params: Arc<AllParams<<Probe as Product>::Params>>,
    pub(super) shared: Arc<Shared<()>>,
    pub(super) host: Arc<FakeHost>,
    pub(super) app: Arc<Mutex<App<Probe>>>,
    pub(super) folder: tempfile::TempDir,
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
