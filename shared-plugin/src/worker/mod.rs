//! Work that may not be done on the audio thread, and that the audio thread must not ask for by waking anybody: a thread
//! that looks by itself. One for all instances of all plugins in a library.

mod jobs;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError, Weak};
use std::time::Duration;

pub use self::jobs::Jobs;

/// How often the worker looks at least. Short for a person who presses a button, long for a processor.
pub(crate) const PERIOD: Duration = Duration::from_millis(30);

/// Something that may have work to do.
pub trait Poll: Send + Sync {
    /// Looks whether there is work, and does it. Called on the worker's thread. Answers in how long it wants to be asked
    /// again at the latest.
    fn poll(&self) -> Duration;
}

/// Everything that is polled, and whether a thread does it. A library of plugins has one.
struct Polled {
    jobs: Vec<Weak<dyn Poll>>,
    is_running: bool,
}

static POLLED: Mutex<Polled> = Mutex::new(Polled { jobs: Vec::new(), is_running: false });

fn polled() -> std::sync::MutexGuard<'static, Polled> {
    // Poisoned, the list is still a list.
    POLLED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Polls `job` as often as it asks for, and every 30 ms at least, until it is dropped. Not for the audio thread. The thread ends with the last job. A system
/// that gives no thread leaves the job unpolled.
pub fn watch(job: Weak<dyn Poll>) {
    let mut polled = polled();
    polled.jobs.push(job);
    if !polled.is_running {
        let thread = std::thread::Builder::new().name("twobus-worker".to_owned()).spawn(run);
        polled.is_running = thread.is_ok();
    }
}

fn run() {
    let mut pause = Duration::ZERO;
    loop {
        std::thread::sleep(pause);
        // Polled outside the lock: a job may take its time, and may end here.
        let jobs: Vec<_> = {
            let mut polled = polled();
            polled.jobs.retain(|job| job.strong_count() > 0);
            if polled.jobs.is_empty() {
                polled.is_running = false;
                return;
            }
            polled.jobs.iter().filter_map(Weak::upgrade).collect()
        };
        // A job that panics is nobody else's end.
        let asked = jobs.iter().filter_map(|job| catch_unwind(AssertUnwindSafe(|| job.poll())).ok());
        pause = asked.min().unwrap_or(PERIOD).min(PERIOD);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Instant;

    use super::*;

    struct Count(AtomicU32);
    impl Poll for Count {
        fn poll(&self) -> Duration {
            self.0.fetch_add(1, Ordering::SeqCst);
            PERIOD
        }
    }

    #[test]
    fn polls_until_the_job_is_dropped_and_again_for_the_next() {
        for _ in 0..2 {
            let job = Arc::new(Count(AtomicU32::new(0)));
            let weak = Arc::downgrade(&job);
            watch(weak.clone());
            let start = Instant::now();
            while job.0.load(Ordering::SeqCst) < 2 && start.elapsed() < Duration::from_secs(10) {
                std::thread::sleep(Duration::from_millis(5));
            }
            assert!(job.0.load(Ordering::SeqCst) >= 2, "polled");
            drop(job);
            while weak.strong_count() > 0 && start.elapsed() < Duration::from_secs(20) {
                std::thread::sleep(Duration::from_millis(5));
            }
            assert_eq!(weak.strong_count(), 0, "nobody holds a job that was dropped");
        }
    }
}
