//! The CLAP entry of every bundle: nice-plug's plugin behind a guard of our own.
//!
//! nice-plug 0.4.2 trusts its host: it indexes past the last parameter, reads past a block where an event says so, reads
//! ports that are not there, panics in a `process` before `activate`, and tells of a latency outside `activate` where the
//! specification forbids it. So the plugin that the host gets is ours: it checks every call that can go wrong and hands it on.
//! Wrong input is clamped, silent or refused. The framework's extensions find their own data behind our plugin, as they
//! look for it in `plugin_data` alone.
//!
//! It also has an extension of our own, [`MONITORING_EXTENSION`](super::clap_extensions::MONITORING_EXTENSION).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use clap_sys::audio_buffer::clap_audio_buffer;
use clap_sys::ext::audio_ports_config::{CLAP_EXT_AUDIO_PORTS_CONFIG, clap_plugin_audio_ports_config};
use clap_sys::ext::gui::{CLAP_EXT_GUI, clap_plugin_gui};
use clap_sys::ext::params::{CLAP_EXT_PARAMS, clap_plugin_params};
use clap_sys::ext::state::{CLAP_EXT_STATE, clap_plugin_state};
use clap_sys::host::clap_host;
use clap_sys::plugin::clap_plugin;
use clap_sys::process::{CLAP_PROCESS_ERROR, clap_process, clap_process_status};
use nice_plug::prelude::ClapPlugin;
use nice_plug::wrapper::clap::Wrapper;

use super::buffers::{self, Channels, MAX_CHANNELS};
use super::clap_events::Events;
use super::clap_extensions::{
    get_extension, params_flush, params_get_info, ports_config_select, state_load, state_save,
};
use super::clap_guarded::{Guarded, guarded};
use super::clap_timer::Timer;
use super::clap_track;
use super::clap_window;
use super::limits::{MAX_BLOCK_FRAMES, is_rate};
use super::link::Link;
use crate::worker;

/// Makes a plugin for `host`; null if that cannot be done. What the factory returns.
///
/// # Safety
///
/// `host` is null or the host's, for as long as the plugin lives.
#[doc(hidden)]
pub unsafe fn create<P: ClapPlugin>(host: *const clap_host) -> *const clap_plugin {
    if host.is_null() {
        return std::ptr::null();
    }
    // SAFETY: the caller's promise.
    let wrapper = unsafe { Wrapper::<P>::new(host.cast()) };
    let Some(link) = Link::take_newest() else { return std::ptr::null() };
    // SAFETY: `destroy` of the framework takes this count back.
    let inner: *const clap_plugin = unsafe { (*Arc::into_raw(wrapper)).clap_plugin.as_ptr() }.cast();
    worker::watch(Arc::downgrade(&link) as _);
    // SAFETY: just made.
    let theirs = unsafe { *inner };
    let guarded = Box::new(Guarded {
        plugin: clap_plugin {
            desc: theirs.desc,
            plugin_data: theirs.plugin_data,
            init: Some(init),
            destroy: Some(destroy),
            activate: Some(activate),
            deactivate: Some(deactivate),
            start_processing: Some(start_processing),
            stop_processing: Some(stop_processing),
            reset: Some(reset),
            process: Some(process),
            get_extension: Some(get_extension),
            on_main_thread: Some(on_main_thread),
        },
        inner,
        host,
        link,
        is_active: AtomicBool::new(false),
        is_processing: AtomicBool::new(false),
        max_frames: AtomicU32::new(0),
        channels: AtomicU32::new(0),
        key_channels: AtomicU32::new(0),
        params: None,
        ports_config: None,
        state: None,
        gui: None,
        timer: Timer::new(),
    });
    // Its first field is what the host holds.
    Box::into_raw(guarded).cast_const().cast()
}

unsafe extern "C" fn init(plugin: *const clap_plugin) -> bool {
    // SAFETY: here and below: the host's plugin pointer is ours, and so is what it leads to; the framework's functions are
    // called with the framework's plugin.
    unsafe {
        let Some(this) = guarded(plugin) else { return false };
        let done = (*this.inner).init.is_some_and(|init| init(this.inner));
        // Nobody else holds the plugin before `init` has returned.
        let this = &mut *plugin.cast_mut().cast::<Guarded>();
        this.params = this.theirs::<clap_plugin_params>(CLAP_EXT_PARAMS).map(|theirs| clap_plugin_params {
            get_info: Some(params_get_info),
            flush: Some(params_flush),
            ..theirs
        });
        this.ports_config = this
            .theirs::<clap_plugin_audio_ports_config>(CLAP_EXT_AUDIO_PORTS_CONFIG)
            .map(|theirs| clap_plugin_audio_ports_config { select: Some(ports_config_select), ..theirs });
        this.state = this
            .theirs::<clap_plugin_state>(CLAP_EXT_STATE)
            .map(|_| clap_plugin_state { save: Some(state_save), load: Some(state_load) });
        this.gui = this.theirs::<clap_plugin_gui>(CLAP_EXT_GUI).map(|theirs| clap_plugin_gui {
            is_api_supported: Some(clap_window::is_api_supported),
            create: Some(clap_window::create),
            destroy: Some(clap_window::destroy),
            ..theirs
        });
        done
    }
}

unsafe extern "C" fn destroy(plugin: *const clap_plugin) {
    // SAFETY: see `init`; the host lets go of the plugin.
    unsafe {
        if plugin.is_null() {
            return;
        }
        deactivate(plugin);
        let this = Box::from_raw(plugin.cast_mut().cast::<Guarded>());
        this.timer.stop(this.host);
        if let Some(destroy) = (*this.inner).destroy {
            destroy(this.inner);
        }
    }
}

unsafe extern "C" fn on_main_thread(plugin: *const clap_plugin) {
    // SAFETY: see `init`; the host calls on its main thread.
    unsafe {
        if let Some(this) = guarded(plugin) {
            this.on_main_thread();
        }
    }
}

unsafe extern "C" fn activate(plugin: *const clap_plugin, rate_hz: f64, min_frames: u32, max_frames: u32) -> bool {
    // SAFETY: see `init`.
    unsafe {
        let Some(this) = guarded(plugin) else { return false };
        let is_sound = is_rate(rate_hz) && (1..=MAX_BLOCK_FRAMES).contains(&max_frames) && min_frames <= max_frames;
        if !is_sound || this.is_active.load(Ordering::Acquire) {
            return false;
        }
        if !(*this.inner).activate.is_some_and(|activate| activate(this.inner, rate_hz, min_frames, max_frames)) {
            return false;
        }
        this.note_ports();
        clap_track::ask(this);
        this.max_frames.store(max_frames, Ordering::Relaxed);
        this.is_active.store(true, Ordering::Release);
        this.announce_latency();
        let host = Host(this.host);
        this.link.set_announce(Some(Box::new(move |link| {
            if link.take_restart_wanted() {
                host.request_restart();
            }
            // Told on its main thread, see `Guarded::on_main_thread`.
            if link.is_dirty() {
                host.request_callback();
            }
        })));
        true
    }
}

/// The host, for the worker.
struct Host(*const clap_host);

// SAFETY: used for `request_restart` and `request_callback` alone, which CLAP allows on any thread, and not after the deactivation.
unsafe impl Send for Host {}

impl Host {
    fn request_restart(&self) {
        // SAFETY: the host outlives its plugins.
        unsafe {
            if let Some(request_restart) = (*self.0).request_restart {
                request_restart(self.0);
            }
        }
    }

    fn request_callback(&self) {
        // SAFETY: the host outlives its plugins.
        unsafe {
            if let Some(request_callback) = (*self.0).request_callback {
                request_callback(self.0);
            }
        }
    }
}

unsafe extern "C" fn deactivate(plugin: *const clap_plugin) {
    // SAFETY: see `init`.
    unsafe {
        let Some(this) = guarded(plugin) else { return };
        if !this.is_active.load(Ordering::Acquire) {
            return;
        }
        stop_processing(plugin);
        this.link.set_announce(None);
        this.is_active.store(false, Ordering::Release);
        if let Some(deactivate) = (*this.inner).deactivate {
            deactivate(this.inner);
        }
    }
}

unsafe extern "C" fn start_processing(plugin: *const clap_plugin) -> bool {
    // SAFETY: see `init`.
    unsafe {
        let Some(this) = guarded(plugin) else { return false };
        if !this.is_active.load(Ordering::Acquire) {
            return false;
        }
        let starts = (*this.inner).start_processing.is_some_and(|start| start(this.inner));
        this.is_processing.store(starts, Ordering::Release);
        starts
    }
}

unsafe extern "C" fn stop_processing(plugin: *const clap_plugin) {
    // SAFETY: see `init`.
    unsafe {
        let Some(this) = guarded(plugin) else { return };
        if this.is_processing.swap(false, Ordering::AcqRel)
            && let Some(stop) = (*this.inner).stop_processing
        {
            stop(this.inner);
        }
    }
}

unsafe extern "C" fn reset(plugin: *const clap_plugin) {
    // SAFETY: see `init`.
    unsafe {
        let Some(this) = guarded(plugin) else { return };
        if this.is_active.load(Ordering::Acquire)
            && let Some(reset) = (*this.inner).reset
        {
            reset(this.inner);
        }
    }
}

/// The port at this place; none where the host gave none.
///
/// # Safety
///
/// `ports` is null or so many ports.
unsafe fn port(ports: *const clap_audio_buffer, count: u32, index: usize) -> Channels {
    if ports.is_null() || index >= count as usize {
        return Channels::NONE;
    }
    // SAFETY: within the count.
    let port = unsafe { &*ports.add(index) };
    Channels::new(port.data32, port.channel_count as usize)
}

/// Silences every output of a block that is refused.
///
/// # Safety
///
/// The host's block.
unsafe fn silence(given: &clap_process) {
    let count = if given.audio_outputs.is_null() { 0 } else { given.audio_outputs_count as usize };
    for index in 0..count {
        // SAFETY: within the count; the host vouches for its channels.
        unsafe { port(given.audio_outputs, given.audio_outputs_count, index).silence(given.frames_count as usize) };
    }
}

unsafe extern "C" fn process(plugin: *const clap_plugin, process: *const clap_process) -> clap_process_status {
    // SAFETY: see `init`; of the block only what was checked is handed on.
    unsafe {
        let (Some(this), Some(given)) = (guarded(plugin), process.as_ref()) else { return CLAP_PROCESS_ERROR };
        let frames = given.frames_count as usize;
        if !this.is_active.load(Ordering::Acquire) || given.frames_count > this.max_frames.load(Ordering::Relaxed) {
            silence(given);
            return CLAP_PROCESS_ERROR;
        }
        let channels = (this.channels.load(Ordering::Relaxed) as usize).clamp(1, MAX_CHANNELS);
        let key_channels = this.key_channels.load(Ordering::Relaxed) as usize;
        let input = port(given.audio_inputs, given.audio_inputs_count, 0);
        let key = port(given.audio_inputs, given.audio_inputs_count, 1);
        let output = port(given.audio_outputs, given.audio_outputs_count, 0);
        for index in 1..given.audio_outputs_count as usize {
            port(given.audio_outputs, given.audio_outputs_count, index).silence(frames);
        }
        let mut block = buffers::sort_out((input, output, key), (channels, key_channels), frames);

        let absent = clap_audio_buffer {
            data32: std::ptr::null_mut(),
            data64: std::ptr::null_mut(),
            channel_count: 0,
            latency: 0,
            constant_mask: 0,
        };
        let sorted = |pointers: &mut Option<[*mut f32; MAX_CHANNELS]>| match pointers {
            Some(pointers) => {
                clap_audio_buffer { data32: pointers.as_mut_ptr(), channel_count: channels as u32, ..absent }
            }
            None => absent,
        };
        // The framework looks for the side chain whatever it was told, so a place for it is there. The key itself goes to
        // the shell without it.
        let inputs = [sorted(&mut block.input), absent];
        let mut outputs = [sorted(&mut block.output)];
        let mut events = Events::new(given.in_events, given.frames_count);
        let is_writable = given.out_events.as_ref().is_some_and(|list| list.try_push.is_some());
        let sorted_out = clap_process {
            audio_inputs: inputs.as_ptr(),
            audio_inputs_count: 2,
            audio_outputs: outputs.as_mut_ptr(),
            audio_outputs_count: 1,
            in_events: events.list(),
            out_events: if is_writable { given.out_events } else { std::ptr::null() },
            ..*given
        };
        this.link.begin_block(block.key, frames);
        let status =
            (*this.inner).process.map_or(CLAP_PROCESS_ERROR, |process| process(this.inner, &raw const sorted_out));
        this.link.end_block();
        if let Some(output) = given.audio_outputs.as_mut().filter(|_| given.audio_outputs_count > 0) {
            // Whatever the host left there: nobody here says that a channel is constant.
            output.constant_mask = 0;
        }
        status
    }
}
