//! What Twobus plugins have for listening only (Compare, Delta, side-chain listen): no parameters, as a host would save
//! them, but switches behind a private CLAP extension.

use std::ffi::{CStr, c_char};

use clap_sys::plugin::clap_plugin;

use crate::Instance;

/// The extension's id.
const EXTENSION: &CStr = c"org.twobus.monitoring/1";
/// Room for the longest id of a switch.
const ID_BYTES: usize = 64;

/// The extension's functions; `MonitoringExtension` of the plugins' shell says what each does.
#[derive(Clone, Copy)]
#[repr(C)]
struct Functions {
    count: unsafe extern "C" fn(*const clap_plugin) -> u32,
    id: unsafe extern "C" fn(*const clap_plugin, u32, *mut c_char, u32) -> bool,
    get: unsafe extern "C" fn(*const clap_plugin, u32) -> bool,
    set: unsafe extern "C" fn(*const clap_plugin, u32, bool) -> bool,
}

impl Instance {
    fn monitoring(&self) -> Option<(&clap_plugin, Functions)> {
        let raw = self.raw();
        // SAFETY: the instance is alive and initialised; behind this id stand these functions, for as long as it lives.
        let functions = unsafe { raw.get_extension?(raw, EXTENSION.as_ptr()).cast::<Functions>().as_ref().copied()? };
        Some((raw, functions))
    }

    fn monitoring_index(&self, id: &str) -> Option<u32> {
        self.monitoring_ids().iter().position(|have| have == id).map(|index| index as u32)
    }

    /// The ids of the plugin's switches for listening only; none of a plugin that is not ours.
    #[must_use]
    pub fn monitoring_ids(&self) -> Vec<String> {
        let Some((raw, functions)) = self.monitoring() else { return Vec::new() };
        // SAFETY: the plugin's own functions, with a place to write to.
        unsafe {
            (0..(functions.count)(raw))
                .filter_map(|index| {
                    let mut text: [c_char; ID_BYTES] = [0; ID_BYTES];
                    let is_there = (functions.id)(raw, index, text.as_mut_ptr(), ID_BYTES as u32);
                    is_there.then(|| CStr::from_ptr(text.as_ptr()).to_string_lossy().into_owned())
                })
                .collect()
        }
    }

    /// Whether the switch with this id is on; `None` if there is none.
    #[must_use]
    pub fn is_monitoring(&self, id: &str) -> Option<bool> {
        let index = self.monitoring_index(id)?;
        let (raw, functions) = self.monitoring()?;
        // SAFETY: the plugin's own function.
        Some(unsafe { (functions.get)(raw, index) })
    }

    /// Sets the switch with this id, or presses the button of this id. Answers whether there is one.
    pub fn set_monitoring(&mut self, id: &str, on: bool) -> bool {
        let Some(index) = self.monitoring_index(id) else { return false };
        // SAFETY: the plugin's own function.
        self.monitoring().is_some_and(|(raw, functions)| unsafe { (functions.set)(raw, index, on) })
    }
}
