//! Ctrl-C and its kin: work is told to stop, and leaves nothing half-written.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::failure::{Failure, Status};

/// Set by Ctrl-C, a termination or a hang-up.
static STOP: AtomicBool = AtomicBool::new(false);

/// Whether the work is to end.
pub(super) fn stopped() -> bool {
    STOP.load(Ordering::Acquire)
}

/// Handles the signals that end a program. Those that whoever started it wants ignored (`nohup`, a shell's background job)
/// stay ignored.
pub(super) fn watch() -> Result<(), Failure> {
    static WATCHING: OnceLock<Result<(), String>> = OnceLock::new();
    let watching = WATCHING.get_or_init(|| {
        let ignored = ignored::find();
        ctrlc::set_handler(|| STOP.store(true, Ordering::Release)).map_err(|error| error.to_string())?;
        ignored::keep(&ignored);
        Ok(())
    });
    watching.clone().map_err(|error| Failure { status: Status::File, message: format!("signals: {error}") })
}

#[cfg(unix)]
mod ignored {
    use libc::{SIG_IGN, SIGHUP, SIGINT, SIGTERM, c_int, sigaction, signal};

    /// Those of the signals that `ctrlc` takes which are ignored.
    pub(super) fn find() -> Vec<c_int> {
        let is_ignored = |number: &c_int| {
            // SAFETY: all bits zero are a valid sigaction: no handler, no flags and an empty mask.
            let mut old: sigaction = unsafe { std::mem::zeroed() };
            // SAFETY: no new action is given, so nothing is changed, and `old` is there to be written.
            let done = unsafe { sigaction(*number, std::ptr::null(), &raw mut old) };
            done == 0 && old.sa_sigaction == SIG_IGN
        };
        [SIGINT, SIGTERM, SIGHUP].into_iter().filter(is_ignored).collect()
    }

    /// Ignores them again.
    pub(super) fn keep(numbers: &[c_int]) {
        for &number in numbers {
            // SAFETY: SIG_IGN is a disposition that every one of these signals takes.
            unsafe { signal(number, SIG_IGN) };
        }
    }
}

#[cfg(not(unix))]
mod ignored {
    pub(super) fn find() {}

    pub(super) fn keep((): &()) {}
}
