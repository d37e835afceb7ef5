//! The window's calls in CLAP: refused to hosts that lack what the framework takes for granted, and served by a timer.
//!
//! The window draws on a thread of its own and reaches the host through `request_callback`, which asks for `on_main_thread`.
//! Qtractor 0.9.31 never makes that call. Hosts that lend timers make the plugin's calls on the main thread as well, so while
//! a window is open, one of theirs does what `on_main_thread` would do.

use std::ffi::{CStr, c_char};
use std::sync::atomic::{AtomicU32, Ordering};

use clap_sys::ext::gui::{CLAP_EXT_GUI, clap_host_gui, clap_plugin_gui};
use clap_sys::ext::timer_support::{CLAP_EXT_TIMER_SUPPORT, clap_host_timer_support, clap_plugin_timer_support};
use clap_sys::host::clap_host;
use clap_sys::id::{CLAP_INVALID_ID, clap_id};
use clap_sys::plugin::clap_plugin;

use super::clap::guarded;

/// How often the main thread looks whether the window has something for it, ms: a drag of the grip passes for smooth.
const PERIOD_MS: u32 = 30;

/// The extension of [`Timer`].
pub(super) static TIMER: clap_plugin_timer_support = clap_plugin_timer_support { on_timer: Some(on_timer) };

/// The host's timer of an open window.
pub(super) struct Timer {
    id: AtomicU32,
}

impl Timer {
    /// No timer yet.
    pub(super) fn new() -> Self {
        Self { id: AtomicU32::new(CLAP_INVALID_ID) }
    }

    /// Takes one from the host, if it lends any.
    ///
    /// # Safety
    ///
    /// `host` is the host's. Main thread.
    unsafe fn start(&self, host: *const clap_host) {
        // SAFETY: the caller's promise; the id has room.
        unsafe {
            let timers = extension::<clap_host_timer_support>(host, CLAP_EXT_TIMER_SUPPORT);
            let Some(register) = timers.and_then(|timers| timers.register_timer) else { return };
            let mut id = CLAP_INVALID_ID;
            if register(host, PERIOD_MS, &raw mut id) {
                self.id.store(id, Ordering::Release);
            }
        }
    }

    /// Gives it back.
    ///
    /// # Safety
    ///
    /// As [`Timer::start`].
    pub(super) unsafe fn stop(&self, host: *const clap_host) {
        let id = self.id.swap(CLAP_INVALID_ID, Ordering::AcqRel);
        if id == CLAP_INVALID_ID {
            return;
        }
        // SAFETY: the caller's promise.
        unsafe {
            let timers = extension::<clap_host_timer_support>(host, CLAP_EXT_TIMER_SUPPORT);
            if let Some(unregister) = timers.and_then(|timers| timers.unregister_timer) {
                unregister(host, id);
            }
        }
    }
}

/// An extension of the host's.
///
/// # Safety
///
/// `host` is the host's, and `T` is what CLAP says stands behind `id`.
unsafe fn extension<T: Copy>(host: *const clap_host, id: &CStr) -> Option<T> {
    // SAFETY: the caller's promise.
    unsafe { (*host).get_extension?(host, id.as_ptr()).cast::<T>().as_ref().copied() }
}

unsafe extern "C" fn on_timer(plugin: *const clap_plugin, timer: clap_id) {
    // SAFETY: the host's plugin pointer is ours; `on_main_thread` is called with the framework's plugin, on the main thread.
    unsafe {
        let Some(this) = guarded(plugin) else { return };
        if timer == this.timer.id.load(Ordering::Acquire)
            && let Some(on_main_thread) = (*this.inner).on_main_thread
        {
            on_main_thread(this.inner);
        }
    }
}

pub(super) unsafe extern "C" fn is_api_supported(
    plugin: *const clap_plugin,
    api: *const c_char,
    is_floating: bool,
) -> bool {
    // SAFETY: see `on_timer`; not null, so CLAP's name of a window system.
    unsafe {
        let theirs = guarded(plugin).and_then(|this| this.theirs::<clap_plugin_gui>(CLAP_EXT_GUI));
        !api.is_null()
            && theirs
                .and_then(|theirs| theirs.is_api_supported)
                .is_some_and(|is_supported| is_supported(plugin, api, is_floating))
    }
}

pub(super) unsafe extern "C" fn create(plugin: *const clap_plugin, api: *const c_char, is_floating: bool) -> bool {
    // SAFETY: see `on_timer`; not null, so CLAP's name of a window system.
    unsafe {
        let Some(this) = guarded(plugin) else { return false };
        // The framework panics without it, and what it would call there must be there as well.
        let host = extension::<clap_host_gui>(this.host, CLAP_EXT_GUI);
        if api.is_null() || !host.is_some_and(|host| host.request_resize.is_some() && host.closed.is_some()) {
            return false;
        }
        let create = this.theirs::<clap_plugin_gui>(CLAP_EXT_GUI).and_then(|theirs| theirs.create);
        let is_created = create.is_some_and(|create| create(plugin, api, is_floating));
        if is_created {
            this.timer.start(this.host);
        }
        is_created
    }
}

pub(super) unsafe extern "C" fn destroy(plugin: *const clap_plugin) {
    // SAFETY: see `on_timer`.
    unsafe {
        let Some(this) = guarded(plugin) else { return };
        this.timer.stop(this.host);
        if let Some(destroy) = this.theirs::<clap_plugin_gui>(CLAP_EXT_GUI).and_then(|theirs| theirs.destroy) {
            destroy(plugin);
        }
    }
}
