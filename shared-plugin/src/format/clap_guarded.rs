//! The plugin that a host holds in CLAP, and what all of its functions need of it.

use std::ffi::CStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use clap_sys::ext::audio_ports::{CLAP_EXT_AUDIO_PORTS, clap_audio_port_info, clap_plugin_audio_ports};
use clap_sys::ext::audio_ports_config::clap_plugin_audio_ports_config;
use clap_sys::ext::gui::clap_plugin_gui;
use clap_sys::ext::latency::{CLAP_EXT_LATENCY, clap_host_latency};
use clap_sys::ext::params::clap_plugin_params;
use clap_sys::ext::state::{CLAP_EXT_STATE, clap_host_state, clap_plugin_state};
use clap_sys::host::clap_host;
use clap_sys::plugin::clap_plugin;

use super::clap_timer::{Timer, extension};
use super::link::Link;

/// The plugin that a host holds: ours, in front of nice-plug's.
#[repr(C)]
pub(super) struct Guarded {
    /// First, so that the host's pointer is one to all of this.
    pub(super) plugin: clap_plugin,
    pub(super) inner: *const clap_plugin,
    pub(super) host: *const clap_host,
    pub(super) link: Arc<Link>,
    pub(super) is_active: AtomicBool,
    pub(super) is_processing: AtomicBool,
    pub(super) max_frames: AtomicU32,
    pub(super) channels: AtomicU32,
    pub(super) key_channels: AtomicU32,
    /// The framework's extensions with our functions among theirs.
    pub(super) params: Option<clap_plugin_params>,
    pub(super) ports_config: Option<clap_plugin_audio_ports_config>,
    pub(super) state: Option<clap_plugin_state>,
    pub(super) gui: Option<clap_plugin_gui>,
    pub(super) timer: Timer,
}

/// What stands behind a host's plugin pointer; `None` for a null one.
///
/// # Safety
///
/// `plugin` is null or one that [`create`](super::clap::create) made and the host has not destroyed.
pub(super) unsafe fn guarded<'a>(plugin: *const clap_plugin) -> Option<&'a Guarded> {
    // SAFETY: the plugin is the first field of a `Guarded`.
    unsafe { plugin.cast::<Guarded>().as_ref() }
}

impl Guarded {
    /// An extension of the framework's.
    ///
    /// # Safety
    ///
    /// `T` is what CLAP says stands behind `id`.
    pub(super) unsafe fn theirs<T: Copy>(&self, id: &CStr) -> Option<T> {
        // SAFETY: the framework's own plugin; the extension lives as long as it does.
        unsafe { (*self.inner).get_extension?(self.inner, id.as_ptr()).cast::<T>().as_ref().copied() }
    }

    /// Notes how many channels the ports have.
    ///
    /// # Safety
    ///
    /// On the main thread.
    pub(super) unsafe fn note_ports(&self) {
        let channels = |index: u32| -> u32 {
            // SAFETY: the framework's own extension, with a place to write to.
            unsafe {
                let Some(ports) = self.theirs::<clap_plugin_audio_ports>(CLAP_EXT_AUDIO_PORTS) else { return 0 };
                let (Some(count), Some(get)) = (ports.count, ports.get) else { return 0 };
                let mut info: clap_audio_port_info = std::mem::zeroed();
                let is_there = index < count(self.inner, true) && get(self.inner, index, true, &raw mut info);
                if is_there { info.channel_count } else { 0 }
            }
        };
        self.channels.store(channels(0), Ordering::Relaxed);
        self.key_channels.store(channels(1), Ordering::Relaxed);
    }

    /// What there is to do on the main thread: tells the host of a session that has changed, and lets the framework do its part.
    ///
    /// # Safety
    ///
    /// On the main thread.
    pub(super) unsafe fn on_main_thread(&self) {
        // SAFETY: the caller's promise; the host's extension is what CLAP says, and the framework gets its own plugin.
        unsafe {
            if self.link.take_dirty()
                && let Some(mark_dirty) =
                    extension::<clap_host_state>(self.host, CLAP_EXT_STATE).and_then(|state| state.mark_dirty)
            {
                mark_dirty(self.host);
            }
            if let Some(on_main_thread) = (*self.inner).on_main_thread {
                on_main_thread(self.inner);
            }
        }
    }

    /// Tells the host of another latency. Only within `activate`.
    ///
    /// # Safety
    ///
    /// On the main thread.
    pub(super) unsafe fn announce_latency(&self) {
        if !self.link.tell_latency() {
            return;
        }
        // SAFETY: the host outlives its plugins, and its extension is what CLAP says.
        unsafe {
            let Some(get_extension) = (*self.host).get_extension else { return };
            let extension = get_extension(self.host, CLAP_EXT_LATENCY.as_ptr()).cast::<clap_host_latency>();
            if let Some(changed) = extension.as_ref().and_then(|latency| latency.changed) {
                changed(self.host);
            }
        }
    }
}
