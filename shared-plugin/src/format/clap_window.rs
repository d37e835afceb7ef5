//! The window's calls in CLAP: refused to hosts that lack what the framework takes for granted, and served by a timer.
//!
//! The window draws on a thread of its own and reaches the host through `request_callback`, which asks for `on_main_thread`.
//! Qtractor 0.9.31 never makes that call. Hosts that lend timers make the plugin's calls on the main thread as well, so while
//! a window is open, one of theirs does what `on_main_thread` would do.

use std::ffi::c_char;

use clap_sys::ext::gui::{CLAP_EXT_GUI, clap_host_gui, clap_plugin_gui};
use clap_sys::ext::timer_support::clap_plugin_timer_support;
use clap_sys::id::clap_id;
use clap_sys::plugin::clap_plugin;

use super::clap_guarded::guarded;
use super::clap_timer::extension;

/// The extension of [`Timer`](super::clap_timer::Timer).
pub(super) static TIMER: clap_plugin_timer_support = clap_plugin_timer_support { on_timer: Some(on_timer) };

unsafe extern "C" fn on_timer(plugin: *const clap_plugin, timer: clap_id) {
    // SAFETY: the host's plugin pointer is ours, and it calls on its main thread.
    unsafe {
        let Some(this) = guarded(plugin) else { return };
        if this.timer.is(timer) {
            this.on_main_thread();
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
