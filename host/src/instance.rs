//! One plugin, run as a DAW runs it.

mod life_cycle;
mod parameters;
mod ports;
mod window;

use std::ffi::CStr;
use std::sync::Arc;

use clack_extensions::params::PluginParams;
use clack_host::extensions::{Extension, PluginExtensionSide};
use clack_host::prelude::{HostInfo, PluginInstance};

use crate::callbacks::{Handlers, MainThread, Shared};
use crate::processor::OutputQueue;
use crate::{Bundle, HostError, ParamInfo, Processor};

pub use parameters::RemotePage;
pub use ports::PortInfo;
pub use window::WindowSize;

/// A plugin instance on its main thread (the thread that made it). See the crate's page on threads.
pub struct Instance {
    // Dropped in `Drop`, before the plugin.
    processor: Option<Processor>,
    plugin: PluginInstance<Handlers>,
    id: String,
    params: Vec<ParamInfo>,
    params_extension: Option<PluginParams>,
    flushed: OutputQueue,
    has_window: bool,
    active: bool,
    // Last: the library must outlive the instance.
    _bundle: Arc<Bundle>,
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").field("id", &self.id).field("active", &self.active).finish_non_exhaustive()
    }
}

impl Instance {
    /// Creates the plugin `plugin_id` (its CLAP id) of a bundle, inactive.
    ///
    /// # Errors
    ///
    /// [`HostError::UnknownPlugin`] if the bundle has no such plugin, [`HostError::Create`] if the plugin refuses.
    pub fn new(bundle: &Arc<Bundle>, plugin_id: &str) -> Result<Self, HostError> {
        let c_id = bundle.c_id(plugin_id).ok_or_else(|| HostError::UnknownPlugin {
            wanted: plugin_id.into(),
            available: format!(
                "{} has {}",
                bundle.path().display(),
                bundle.plugins().iter().map(|plugin| plugin.id.clone()).collect::<Vec<_>>().join(", ")
            ),
        })?;
        let create = |reason: String| HostError::Create { plugin: plugin_id.into(), reason };
        let info = HostInfo::new("Twobus host", "Twobus", "", env!("CARGO_PKG_VERSION"))
            .map_err(|error| create(error.to_string()))?;
        let plugin = PluginInstance::<Handlers>::new(
            |()| Shared::new(),
            |shared| MainThread(shared),
            bundle.entry(),
            &c_id,
            &info,
        )
        .map_err(|error| create(error.to_string()))?;
        let params_extension = plugin.plugin_shared_handle().get_extension::<PluginParams>();
        let mut instance = Self {
            processor: None,
            plugin,
            id: plugin_id.into(),
            params: Vec::new(),
            params_extension,
            flushed: OutputQueue::new(),
            has_window: false,
            active: false,
            _bundle: Arc::clone(bundle),
        };
        instance.params = instance.read_params();
        Ok(instance)
    }

    /// The plugin's CLAP id.
    pub fn id(&self) -> &str {
        &self.id
    }

    fn no_extension(&self, extension: &'static str) -> HostError {
        HostError::NoExtension { plugin: self.id.clone(), extension }
    }

    fn extension<E>(&self, name: &'static str) -> Result<E, HostError>
    where
        E: Extension<ExtensionSide = PluginExtensionSide>,
    {
        self.plugin.plugin_shared_handle().get_extension::<E>().ok_or_else(|| self.no_extension(name))
    }

    /// The plugin as C sees it, for extensions that the host library does not know.
    pub(crate) fn raw(&self) -> &clap_sys::plugin::clap_plugin {
        self.plugin.raw_instance()
    }

    /// Whether the plugin answers for an extension, by its CLAP name.
    pub fn has_extension(&self, name: &CStr) -> bool {
        let raw = self.plugin.raw_instance();
        raw.get_extension.is_some_and(|get_extension| {
            // SAFETY: the instance is alive and initialised, and the name is a C text; CLAP allows any thread.
            !unsafe { get_extension(raw, name.as_ptr()) }.is_null()
        })
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.close_window();
        self.deactivate();
    }
}
