//! The jobs of one processor: looked at by the worker, and waited for in an offline render.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use shared_dsp::Job;

use super::Poll;

/// How often the worker looks while there is work: in real time so that many requests become one design, in an offline
/// render so that nobody waits for long.
const BUSY: Duration = Duration::from_millis(2);
const BUSY_OFFLINE: Duration = Duration::from_micros(50);
/// And when there has been none for a while.
const CALM: Duration = Duration::from_millis(10);
/// Looks without work until it is calm.
const LOOKS_TO_CALM: u32 = 500;
/// A render does not hang on a worker that is not there: a system that gives no thread, a design that panicked.
const GIVE_UP: Duration = Duration::from_secs(10);

/// The jobs of one processor.
pub struct Jobs {
    jobs: Vec<Arc<dyn Job>>,
    is_offline: AtomicBool,
    /// Looks since there was work.
    idle_looks: AtomicU32,
    /// Whether waiting was in vain; nobody waits again until a job is done.
    has_given_up: AtomicBool,
}

impl Jobs {
    /// The jobs that a processor has.
    #[must_use]
    pub fn new(jobs: Vec<Arc<dyn Job>>) -> Arc<Self> {
        let (is_offline, has_given_up) = (AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(Self { jobs, is_offline, idle_looks: AtomicU32::new(0), has_given_up })
    }

    /// Whether there are any.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// Whether the processor renders offline, and waits.
    pub fn set_offline(&self, is_offline: bool) {
        self.is_offline.store(is_offline, Ordering::Relaxed);
    }

    /// Does at once what has been asked for. Not for the audio thread.
    pub fn work(&self) -> bool {
        // Every job works, whatever another has done.
        self.jobs.iter().filter(|job| job.work()).count() > 0
    }

    /// Waits until the worker has done all that has been asked for; for ten seconds at most. Only for an offline render.
    pub fn wait(&self) {
        self.wait_for(GIVE_UP);
    }

    fn wait_for(&self, give_up: Duration) {
        let mut looks = 0_u32;
        let mut start = None;
        while !self.jobs.iter().all(|job| job.is_done()) {
            if self.has_given_up.load(Ordering::Relaxed) {
                return;
            }
            looks += 1;
            if looks < 200 {
                std::hint::spin_loop();
                continue;
            }
            std::thread::sleep(BUSY_OFFLINE);
            if start.get_or_insert_with(Instant::now).elapsed() > give_up {
                self.has_given_up.store(true, Ordering::Relaxed);
            }
        }
        if looks > 0 {
            self.has_given_up.store(false, Ordering::Relaxed);
        }
    }
}

impl Poll for Jobs {
    fn poll(&self) -> Duration {
        let looks = if self.work() { 0 } else { self.idle_looks.load(Ordering::Relaxed).saturating_add(1) };
        self.idle_looks.store(looks, Ordering::Relaxed);
        match (looks < LOOKS_TO_CALM, self.is_offline.load(Ordering::Relaxed)) {
            (true, true) => BUSY_OFFLINE,
            (true, false) => BUSY,
            (false, _) => CALM,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Never(AtomicBool);

    impl Job for Never {
        fn work(&self) -> bool {
            self.0.swap(true, Ordering::SeqCst)
        }

        fn is_done(&self) -> bool {
            self.0.load(Ordering::SeqCst)
        }
    }

    #[test]
    fn a_render_does_not_hang_on_a_worker_that_is_not_there() {
        let job = Arc::new(Never::default());
        let jobs = Jobs::new(vec![job.clone()]);
        let start = Instant::now();
        jobs.wait_for(Duration::from_millis(100));
        let first = start.elapsed();
        assert!(first >= Duration::from_millis(100), "{first:?}");
        // Nobody comes: the rest of the render goes on without.
        let start = Instant::now();
        (0..1000).for_each(|_| jobs.wait_for(Duration::from_secs(1)));
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
        assert!(jobs.has_given_up.load(Ordering::SeqCst));
    }

    #[test]
    fn looks_often_while_there_is_work_and_seldom_when_there_is_none() {
        let jobs = Jobs::new(vec![Arc::new(Never(AtomicBool::new(true)))]);
        assert_eq!(jobs.poll(), BUSY, "real time: many requests, one design");
        jobs.set_offline(true);
        assert_eq!(jobs.poll(), BUSY_OFFLINE, "somebody waits");
        let quiet = Jobs::new(Vec::new());
        let pauses: Vec<Duration> = (0..LOOKS_TO_CALM).map(|_| quiet.poll()).collect();
        assert_eq!((pauses[0], pauses[LOOKS_TO_CALM as usize - 1]), (BUSY, CALM));
    }
}
