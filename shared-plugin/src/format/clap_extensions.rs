//! The CLAP extensions of every bundle: the framework's, with what a host can get wrong checked before them, and
//! [`MONITORING_EXTENSION`].

use std::ffi::{CStr, c_char, c_void};
use std::sync::atomic::Ordering;

use clap_sys::events::{clap_input_events, clap_output_events};
use clap_sys::ext::audio_ports_config::{CLAP_EXT_AUDIO_PORTS_CONFIG, clap_plugin_audio_ports_config};
use clap_sys::ext::gui::CLAP_EXT_GUI;
use clap_sys::ext::latency::{CLAP_EXT_LATENCY, clap_plugin_latency};
use clap_sys::ext::params::{CLAP_EXT_PARAMS, clap_param_info, clap_plugin_params};
use clap_sys::ext::state::{CLAP_EXT_STATE, clap_plugin_state};
use clap_sys::ext::timer_support::CLAP_EXT_TIMER_SUPPORT;
use clap_sys::ext::track_info::{CLAP_EXT_TRACK_INFO, CLAP_EXT_TRACK_INFO_COMPAT};
use clap_sys::id::clap_id;
use clap_sys::plugin::clap_plugin;
use clap_sys::stream::{clap_istream, clap_ostream};

use super::clap_events::Events;
use super::clap_guarded::guarded;
use super::clap_track;
use super::clap_window;

/// The private extension by which the suite's own host and tests reach what is for listening only: a
/// [`MonitoringExtension`]. Its functions may be called on any thread.
pub const MONITORING_EXTENSION: &CStr = c"org.twobus.monitoring/1";

/// The functions of [`MONITORING_EXTENSION`].
#[derive(Clone, Copy)]
#[repr(C)]
pub struct MonitoringExtension {
    /// How many switches there are.
    pub count: unsafe extern "C" fn(plugin: *const clap_plugin) -> u32,
    /// Writes the id of the switch at `index` as a C text of at most `size` bytes; false if there is none or no room.
    pub id: unsafe extern "C" fn(plugin: *const clap_plugin, index: u32, id: *mut c_char, size: u32) -> bool,
    /// Whether the switch at `index` is on.
    pub get: unsafe extern "C" fn(plugin: *const clap_plugin, index: u32) -> bool,
    /// Sets the switch at `index`, or presses the button there where `on` is true; false if there is none.
    pub set: unsafe extern "C" fn(plugin: *const clap_plugin, index: u32, on: bool) -> bool,
}

static MONITORING: MonitoringExtension =
    MonitoringExtension { count: monitoring_count, id: monitoring_id, get: monitoring_get, set: monitoring_set };

static LATENCY: clap_plugin_latency = clap_plugin_latency { get: Some(latency_get) };

pub(super) unsafe extern "C" fn get_extension(plugin: *const clap_plugin, id: *const c_char) -> *const c_void {
    // SAFETY: see `init`; CLAP's ids are C texts.
    unsafe {
        let Some(this) = guarded(plugin) else { return std::ptr::null() };
        if id.is_null() {
            return std::ptr::null();
        }
        let name = CStr::from_ptr(id);
        fn ours<T>(extension: Option<&T>) -> *const c_void {
            extension.map_or(std::ptr::null(), |extension| std::ptr::from_ref(extension).cast())
        }
        if name == CLAP_EXT_PARAMS {
            ours(this.params.as_ref())
        } else if name == CLAP_EXT_AUDIO_PORTS_CONFIG {
            ours(this.ports_config.as_ref())
        } else if name == CLAP_EXT_STATE {
            ours(this.state.as_ref())
        } else if name == CLAP_EXT_GUI {
            ours(this.gui.as_ref())
        } else if name == CLAP_EXT_TIMER_SUPPORT {
            ours(Some(&clap_window::TIMER))
        } else if name == CLAP_EXT_LATENCY {
            ours(Some(&LATENCY))
        } else if name == CLAP_EXT_TRACK_INFO || name == CLAP_EXT_TRACK_INFO_COMPAT {
            ours(Some(&clap_track::TRACK_INFO))
        } else if name == MONITORING_EXTENSION {
            ours(Some(&MONITORING))
        } else {
            (*this.inner).get_extension.map_or(std::ptr::null(), |get_extension| get_extension(this.inner, id))
        }
    }
}

pub(super) unsafe extern "C" fn latency_get(plugin: *const clap_plugin) -> u32 {
    // SAFETY: see `init`.
    unsafe { guarded(plugin) }.map_or(0, |this| this.link.latency_samples())
}

pub(super) unsafe extern "C" fn params_get_info(
    plugin: *const clap_plugin,
    index: u32,
    info: *mut clap_param_info,
) -> bool {
    // SAFETY: see `init`.
    unsafe {
        let Some(theirs) = guarded(plugin).and_then(|this| this.theirs::<clap_plugin_params>(CLAP_EXT_PARAMS)) else {
            return false;
        };
        let (Some(count), Some(get_info)) = (theirs.count, theirs.get_info) else { return false };
        !info.is_null() && index < count(plugin) && get_info(plugin, index, info)
    }
}

pub(super) unsafe extern "C" fn params_flush(
    plugin: *const clap_plugin,
    input: *const clap_input_events,
    output: *const clap_output_events,
) {
    // SAFETY: see `init`; lists are the host's.
    unsafe {
        let Some(theirs) = guarded(plugin).and_then(|this| this.theirs::<clap_plugin_params>(CLAP_EXT_PARAMS)) else {
            return;
        };
        let mut events = Events::new(input, u32::MAX);
        let is_writable = output.as_ref().is_some_and(|list| list.try_push.is_some());
        if let Some(flush) = theirs.flush {
            flush(plugin, events.list(), if is_writable { output } else { std::ptr::null() });
        }
    }
}

pub(super) unsafe extern "C" fn ports_config_select(plugin: *const clap_plugin, config: clap_id) -> bool {
    // SAFETY: see `init`.
    unsafe {
        let Some(this) = guarded(plugin) else { return false };
        let theirs = this.theirs::<clap_plugin_audio_ports_config>(CLAP_EXT_AUDIO_PORTS_CONFIG);
        // What is running has its buffers.
        !this.is_active.load(Ordering::Acquire)
            && theirs.and_then(|theirs| theirs.select).is_some_and(|select| select(plugin, config))
    }
}

pub(super) unsafe extern "C" fn state_save(plugin: *const clap_plugin, stream: *const clap_ostream) -> bool {
    // SAFETY: see `init`; the stream is the host's.
    unsafe {
        let theirs = guarded(plugin).and_then(|this| this.theirs::<clap_plugin_state>(CLAP_EXT_STATE));
        stream.as_ref().is_some_and(|stream| stream.write.is_some())
            && theirs.and_then(|theirs| theirs.save).is_some_and(|save| save(plugin, stream))
    }
}

pub(super) unsafe extern "C" fn state_load(plugin: *const clap_plugin, stream: *const clap_istream) -> bool {
    // SAFETY: see `init`; the stream is the host's.
    unsafe {
        let theirs = guarded(plugin).and_then(|this| this.theirs::<clap_plugin_state>(CLAP_EXT_STATE));
        stream.as_ref().is_some_and(|stream| stream.read.is_some())
            && theirs.and_then(|theirs| theirs.load).is_some_and(|load| load(plugin, stream))
    }
}

pub(super) unsafe extern "C" fn monitoring_count(plugin: *const clap_plugin) -> u32 {
    // SAFETY: see `init`.
    unsafe { guarded(plugin) }.map_or(0, |this| this.link.monitoring.switches().len() as u32)
}

pub(super) unsafe extern "C" fn monitoring_id(
    plugin: *const clap_plugin,
    index: u32,
    id: *mut c_char,
    size: u32,
) -> bool {
    // SAFETY: see `init`; the host has so much room.
    unsafe {
        let switch = guarded(plugin).and_then(|this| this.link.monitoring.switches().nth(index as usize));
        let Some(switch) = switch.filter(|switch| !id.is_null() && switch.id.len() < size as usize) else {
            return false;
        };
        std::ptr::copy_nonoverlapping(switch.id.as_ptr(), id.cast::<u8>(), switch.id.len());
        *id.add(switch.id.len()) = 0;
        true
    }
}

pub(super) unsafe extern "C" fn monitoring_get(plugin: *const clap_plugin, index: u32) -> bool {
    // SAFETY: see `init`.
    let this = unsafe { guarded(plugin) };
    this.is_some_and(|this| {
        let monitoring = &this.link.monitoring;
        monitoring.switches().nth(index as usize).is_some_and(|switch| monitoring.is_on(switch.id))
    })
}

pub(super) unsafe extern "C" fn monitoring_set(plugin: *const clap_plugin, index: u32, on: bool) -> bool {
    // SAFETY: see `init`.
    let this = unsafe { guarded(plugin) };
    this.is_some_and(|this| {
        let monitoring = &this.link.monitoring;
        monitoring.switches().nth(index as usize).is_some_and(|switch| monitoring.set(switch.id, on))
    })
}
