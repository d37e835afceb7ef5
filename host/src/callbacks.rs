//! What plugins may ask of this host. Everything a plugin may call from its audio thread is an atomic: no lock, no
//! allocation, no system call, so that a filter on that thread judges the plugin and not us.

use std::cell::Cell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use clack_extensions::audio_ports::{AudioPortRescanFlags, HostAudioPorts, HostAudioPortsImpl};
use clack_extensions::audio_ports_config::{HostAudioPortsConfig, HostAudioPortsConfigImpl};
use clack_extensions::gui::{GuiSize, HostGui, HostGuiImpl};
use clack_extensions::latency::{HostLatency, HostLatencyImpl};
use clack_extensions::log::{HostLog, HostLogImpl, LogSeverity};
use clack_extensions::params::{
    HostParams, HostParamsImplMainThread, HostParamsImplShared, ParamClearFlags, ParamRescanFlags,
};
use clack_extensions::state::{HostState, HostStateImpl};
use clack_extensions::tail::{HostTail, HostTailImpl};
use clack_extensions::thread_check::{HostThreadCheck, HostThreadCheckImpl};
use clack_extensions::timer::{HostTimer, HostTimerImpl, TimerId};
use clack_extensions::track_info::{HostTrackInfo, HostTrackInfoImpl, TrackInfo, TrackInfoWriter};
use clack_host::prelude::*;

/// Most log lines kept for [`crate::Instance::drain_log`]; a plugin that logs more than this loses the rest.
const MAX_LOG_LINES: usize = 256;

thread_local! {
    /// How many audio calls this thread is in. Constant-initialised and without a destructor: reading it is one load.
    static AUDIO_DEPTH: Cell<u32> = const { Cell::new(0) };
    /// Only its address is used, as the thread's name: `thread::current()` may allocate on first use.
    static THREAD_MARK: Cell<u8> = const { Cell::new(0) };
}

/// Says that this thread plays the audio thread's role until it is dropped.
pub(crate) struct AudioRole(());

impl AudioRole {
    /// Enters the role on the calling thread.
    pub(crate) fn enter() -> Self {
        AUDIO_DEPTH.with(|depth| depth.set(depth.get().saturating_add(1)));
        Self(())
    }
}

impl Drop for AudioRole {
    fn drop(&mut self) {
        AUDIO_DEPTH.with(|depth| depth.set(depth.get().saturating_sub(1)));
    }
}

/// A number that no two living threads share.
fn thread_mark() -> usize {
    THREAD_MARK.with(|mark| std::ptr::from_ref(mark).addr())
}

/// What the plugin has asked for since it was last read, and counters for tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostRequests {
    /// `request_callback`: run `on_main_thread` ([`crate::Instance::pump_main_thread`] does).
    pub callback: bool,
    /// `request_restart`: deactivate and activate again.
    pub restart: bool,
    /// `request_process`.
    pub process: bool,
    /// `params.request_flush`.
    pub flush: bool,
    /// `latency.changed`.
    pub latency_changed: bool,
    /// `tail.changed`.
    pub tail_changed: bool,
    /// `params.rescan` with any flag.
    pub params_rescan: bool,
    /// `state.mark_dirty`.
    pub state_dirty: bool,
    /// `gui.closed`.
    pub window_closed: bool,
}

/// The part of the host that any thread may call.
pub(crate) struct Shared {
    main_thread_mark: usize,
    pub(crate) callback: AtomicBool,
    pub(crate) restart: AtomicBool,
    pub(crate) process: AtomicBool,
    pub(crate) flush: AtomicBool,
    pub(crate) latency_changed: AtomicBool,
    pub(crate) tail_changed: AtomicBool,
    pub(crate) params_rescan: AtomicBool,
    pub(crate) state_dirty: AtomicBool,
    pub(crate) window_closed: AtomicBool,
    /// Width in the upper half, height in the lower, 0 for none.
    pub(crate) resize: AtomicU64,
    /// Whether a request for another size is answered with no.
    pub(crate) refuses_resize: AtomicBool,
    /// The name of the track, where it is known. Kept for good: what tells it wants a name that outlives the call.
    pub(crate) track: Mutex<Option<&'static str>>,
    /// The plugin's timers that run.
    pub(crate) timers: Mutex<Vec<u32>>,
    /// Lines logged from an audio thread: counted, since keeping them would allocate.
    pub(crate) audio_log_lines: AtomicU32,
    pub(crate) log: Mutex<Vec<String>>,
}

impl Shared {
    /// Made on the main thread of the instance.
    pub(crate) fn new() -> Self {
        Self {
            main_thread_mark: thread_mark(),
            callback: AtomicBool::new(false),
            restart: AtomicBool::new(false),
            process: AtomicBool::new(false),
            flush: AtomicBool::new(false),
            latency_changed: AtomicBool::new(false),
            tail_changed: AtomicBool::new(false),
            params_rescan: AtomicBool::new(false),
            state_dirty: AtomicBool::new(false),
            window_closed: AtomicBool::new(false),
            resize: AtomicU64::new(0),
            refuses_resize: AtomicBool::new(false),
            track: Mutex::default(),
            timers: Mutex::default(),
            audio_log_lines: AtomicU32::new(0),
            log: Mutex::new(Vec::new()),
        }
    }

    /// What was asked for so far, without clearing anything.
    pub(crate) fn requests(&self) -> HostRequests {
        let read = |flag: &AtomicBool| flag.load(Ordering::Acquire);
        HostRequests {
            callback: read(&self.callback),
            restart: read(&self.restart),
            process: read(&self.process),
            flush: read(&self.flush),
            latency_changed: read(&self.latency_changed),
            tail_changed: read(&self.tail_changed),
            params_rescan: read(&self.params_rescan),
            state_dirty: read(&self.state_dirty),
            window_closed: read(&self.window_closed),
        }
    }

    /// Clears every request, except for the callback: only running it settles that one.
    pub(crate) fn clear_requests(&self) {
        for flag in [
            &self.restart,
            &self.process,
            &self.flush,
            &self.latency_changed,
            &self.tail_changed,
            &self.params_rescan,
            &self.state_dirty,
            &self.window_closed,
        ] {
            flag.store(false, Ordering::Release);
        }
    }
}

impl SharedHandler<'_> for Shared {
    fn request_restart(&self) {
        self.restart.store(true, Ordering::Release);
    }

    fn request_process(&self) {
        self.process.store(true, Ordering::Release);
    }

    fn request_callback(&self) {
        self.callback.store(true, Ordering::Release);
    }
}

impl HostParamsImplShared for Shared {
    fn request_flush(&self) {
        self.flush.store(true, Ordering::Release);
    }
}

impl HostThreadCheckImpl for Shared {
    fn is_main_thread(&self) -> bool {
        // One thread may play both parts, one at a time: inside an audio call it is the audio thread and nothing else,
        // so that a plugin behaves in an offline render as it does in a DAW.
        thread_mark() == self.main_thread_mark && !self.is_audio_thread()
    }

    fn is_audio_thread(&self) -> bool {
        AUDIO_DEPTH.with(Cell::get) > 0
    }
}

impl HostLogImpl for Shared {
    fn log(&self, severity: LogSeverity, message: &str) {
        if self.is_audio_thread() {
            self.audio_log_lines.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let mut lines = self.log.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if lines.len() < MAX_LOG_LINES {
            lines.push(format!("{severity}: {message}"));
        }
    }
}

impl HostGuiImpl for Shared {
    fn resize_hints_changed(&self) {}

    fn request_resize(&self, new_size: GuiSize) -> Result<(), HostError> {
        self.resize.store(new_size.pack_to_u64(), Ordering::Release);
        if self.refuses_resize.load(Ordering::Acquire) {
            return Err(HostError::Message("this host keeps its windows as they are"));
        }
        Ok(())
    }

    fn request_show(&self) -> Result<(), HostError> {
        Ok(())
    }

    fn request_hide(&self) -> Result<(), HostError> {
        Ok(())
    }

    fn closed(&self, _was_destroyed: bool) {
        self.window_closed.store(true, Ordering::Release);
    }
}

/// The part of the host that only its main thread may call: it writes into the shared flags.
pub(crate) struct MainThread<'a>(pub(crate) &'a Shared);

impl<'a> MainThreadHandler<'a> for MainThread<'a> {}

impl HostLatencyImpl for MainThread<'_> {
    fn changed(&self) {
        self.0.latency_changed.store(true, Ordering::Release);
    }
}

impl HostTimerImpl for MainThread<'_> {
    fn register_timer(&self, _period_ms: u32) -> Result<TimerId, HostError> {
        let mut timers = self.0.timers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let id = timers.last().map_or(1, |last| last + 1);
        timers.push(id);
        Ok(TimerId(id))
    }

    fn unregister_timer(&self, timer_id: TimerId) -> Result<(), HostError> {
        let mut timers = self.0.timers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        timers.retain(|id| *id != timer_id.0);
        Ok(())
    }
}

impl HostTrackInfoImpl for MainThread<'_> {
    fn get<'a>(&'a self, writer: &mut TrackInfoWriter<'_, 'a>) {
        let track = *self.0.track.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(name) = track {
            writer.set(&TrackInfo::new().with_name(Some(name.as_bytes())));
        }
    }
}

impl HostParamsImplMainThread for MainThread<'_> {
    fn rescan(&self, _flags: ParamRescanFlags) {
        self.0.params_rescan.store(true, Ordering::Release);
    }

    fn clear(&self, _param_id: ClapId, _flags: ParamClearFlags) {}
}

impl HostStateImpl for MainThread<'_> {
    fn mark_dirty(&self) {
        self.0.state_dirty.store(true, Ordering::Release);
    }
}

impl HostAudioPortsImpl for MainThread<'_> {
    fn is_rescan_flag_supported(&self, _flag: AudioPortRescanFlags) -> bool {
        // Ports are read once per activation; a plugin that wants them read again is told that nobody will.
        false
    }

    fn rescan(&self, _flags: AudioPortRescanFlags) {}
}

impl HostAudioPortsConfigImpl for MainThread<'_> {
    fn rescan(&self) {}
}

/// The part of the host that the audio thread owns.
pub(crate) struct AudioThread<'a>(pub(crate) &'a Shared);

impl<'a> AudioProcessorHandler<'a> for AudioThread<'a> {}

impl HostTailImpl for AudioThread<'_> {
    fn changed(&mut self) {
        self.0.tail_changed.store(true, Ordering::Release);
    }
}

/// Ties the three parts and the extensions together.
pub(crate) struct Handlers;

impl HostHandlers for Handlers {
    type Shared<'a> = Shared;
    type MainThread<'a> = MainThread<'a>;
    type AudioProcessor<'a> = AudioThread<'a>;

    fn declare_extensions(builder: &mut HostExtensions<Self>, _shared: &Self::Shared<'_>) {
        builder
            .register::<HostLog>()
            .register::<HostThreadCheck>()
            .register::<HostParams>()
            .register::<HostLatency>()
            .register::<HostTail>()
            .register::<HostState>()
            .register::<HostAudioPorts>()
            .register::<HostAudioPortsConfig>()
            .register::<HostGui>()
            .register::<HostTimer>()
            .register::<HostTrackInfo>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_plays_one_part_at_a_time() {
        let shared = Shared::new();
        assert!(shared.is_main_thread() && !shared.is_audio_thread());
        {
            let _outer = AudioRole::enter();
            let inner = AudioRole::enter();
            assert!(!shared.is_main_thread() && shared.is_audio_thread());
            drop(inner);
            assert!(shared.is_audio_thread(), "the outer call is still running");
        }
        assert!(shared.is_main_thread() && !shared.is_audio_thread());

        std::thread::scope(|scope| {
            scope.spawn(|| {
                assert!(!shared.is_main_thread() && !shared.is_audio_thread());
                let _role = AudioRole::enter();
                assert!(!shared.is_main_thread() && shared.is_audio_thread());
            });
            // The other thread's role is not ours.
            assert!(shared.is_main_thread());
        });
    }
}
