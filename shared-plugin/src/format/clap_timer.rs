//! The host's timer of an open window; see [`clap_window`](super::clap_window).

use std::ffi::CStr;
use std::sync::atomic::{AtomicU32, Ordering};

use clap_sys::ext::timer_support::{CLAP_EXT_TIMER_SUPPORT, clap_host_timer_support};
use clap_sys::host::clap_host;
use clap_sys::id::{CLAP_INVALID_ID, clap_id};

/// How often the main thread looks whether the window has something for it, ms: a drag of the grip passes for smooth.
const PERIOD_MS: u32 = 30;

/// The host's timer of an open window.
pub(super) struct Timer {
    id: AtomicU32,
}

impl Timer {
    /// No timer yet.
    pub(super) fn new() -> Self {
        Self { id: AtomicU32::new(CLAP_INVALID_ID) }
    }

    /// Whether the host means this one.
    pub(super) fn is(&self, id: clap_id) -> bool {
        id == self.id.load(Ordering::Acquire)
    }

    /// Takes one from the host, if it lends any.
    ///
    /// # Safety
    ///
    /// `host` is the host's. Main thread.
    pub(super) unsafe fn start(&self, host: *const clap_host) {
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
pub(super) unsafe fn extension<T: Copy>(host: *const clap_host, id: &CStr) -> Option<T> {
    // SAFETY: the caller's promise.
    unsafe { (*host).get_extension?(host, id.as_ptr()).cast::<T>().as_ref().copied() }
}
