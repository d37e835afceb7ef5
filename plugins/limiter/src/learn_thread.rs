//! The thread of a run of Learn: limiters at thirteen gains cost more than a picture may.
//!
//! It reads the taps itself, so that it hears everything while the window is busy, and is joined when the run is dropped: a
//! host may unload the plugin as soon as its window is closed.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use shared_dsp::spectrum::{SampleTap, TapReader};

use crate::learner::{Learner, Learnt};
use crate::processor::{LearnAim, LimiterSettings, LookAhead};

/// How long it waits for an order before it looks for sound.
const PAUSE: Duration = Duration::from_millis(10);
/// Frames that are heard between two looks at whether the run was given up: some milliseconds of work at most.
const PART: usize = 1024;

/// Where a run hears; it ends where this changes.
#[derive(Debug, Clone)]
pub struct LearnSource {
    /// Of the sound, Hz.
    pub sample_rate_hz: f64,
    /// Whether the taps hold two channels.
    pub is_stereo: bool,
    /// Of the limiters.
    pub mode: LookAhead,
    /// What goes in, and the side chain, which is empty where none is connected.
    pub taps: [Arc<SampleTap>; 2],
}

impl PartialEq for LearnSource {
    fn eq(&self, other: &Self) -> bool {
        let are_same = self.taps.iter().zip(&other.taps).all(|(tap, other)| Arc::ptr_eq(tap, other));
        let key = |source: &Self| (source.sample_rate_hz, source.is_stereo, source.mode);
        are_same && key(self) == key(other)
    }
}

/// What is asked of a run; it may change while it listens.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnWish {
    /// Of the limiters; their gain does not matter.
    pub settings: LimiterSettings,
    /// The loudness that counts.
    pub aim: LearnAim,
    /// What it shall be, LUFS.
    pub target_lufs: f64,
    /// What the shell's output trim takes behind the limiter, dB, 0 or less.
    pub trim_db: f64,
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LearnProgress {
    /// Seconds heard.
    pub heard_s: f64,
    /// What would be learnt if it ended here. `None` before there is programme enough.
    pub learnt: Option<Learnt>,
    /// The end of the run.
    pub end: Option<LearnEnd>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LearnEnd {
    /// As it was asked to: everything that had been played was heard.
    Finished,
    /// A part was overwritten before it was heard.
    Missed,
    /// The thread is gone: a fault of ours.
    Broken,
}

enum Order {
    Follow(LearnWish),
    Finish,
}

/// An open run. Dropping it gives it up and waits for its thread, some milliseconds at most.
#[derive(Debug)]
pub struct LearnThread {
    // Dropped before the thread is joined: that ends its wait.
    orders: Option<Sender<Order>>,
    news: Receiver<LearnProgress>,
    is_given_up: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    wish: LearnWish,
    progress: LearnProgress,
}

impl LearnThread {
    /// Begins with what is played from now on.
    ///
    /// # Errors
    ///
    /// The system gives no thread.
    pub fn start(source: &LearnSource, wish: LearnWish) -> io::Result<Self> {
        Self::start_with(Builder::new(), source, wish)
    }

    fn start_with(builder: Builder, source: &LearnSource, wish: LearnWish) -> io::Result<Self> {
        let (orders, received) = mpsc::channel();
        let (tell, news) = mpsc::channel();
        let is_given_up = Arc::new(AtomicBool::new(false));
        let mut readers = [TapReader::default(), TapReader::default()];
        for (reader, tap) in readers.iter_mut().zip(&source.taps) {
            reader.skip(tap);
        }
        let work = Work { source: source.clone(), readers, wish: wish.clone(), is_given_up: is_given_up.clone() };
        let thread = builder.name("twobus-learn".to_owned()).spawn(move || work.run(&received, &tell))?;
        let progress = LearnProgress::default();
        Ok(Self { orders: Some(orders), news, is_given_up, thread: Some(thread), wish, progress })
    }

    /// Goes on with another wish; what was played before is heard under the one of then.
    pub fn follow(&mut self, wish: LearnWish) {
        if wish != self.wish {
            self.wish = wish.clone();
            self.order(Order::Follow(wish));
        }
    }

    /// Ends it: what has been played until now is heard, then [`progress`](Self::progress) tells the end.
    pub fn finish(&mut self) {
        self.order(Order::Finish);
    }

    /// The wish that it follows.
    #[must_use]
    pub fn wish(&self) -> &LearnWish {
        &self.wish
    }

    /// The newest that is known. Waits for nothing.
    pub fn progress(&mut self) -> LearnProgress {
        while self.progress.end.is_none() {
            match self.news.try_recv() {
                Ok(progress) => self.progress = progress,
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => self.progress.end = Some(LearnEnd::Broken),
            }
        }
        self.progress
    }

    fn order(&self, order: Order) {
        // A thread that is gone is told by `progress`.
        let _ = self.orders.as_ref().map(|orders| orders.send(order));
    }
}

impl Drop for LearnThread {
    fn drop(&mut self) {
        self.is_given_up.store(true, Ordering::Relaxed);
        self.orders = None;
        // Its panic, were there one, is no reason for another.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// What the thread owns.
struct Work {
    source: LearnSource,
    readers: [TapReader; 2],
    wish: LearnWish,
    is_given_up: Arc<AtomicBool>,
}

impl Work {
    fn run(mut self, orders: &Receiver<Order>, tell: &Sender<LearnProgress>) {
        let LearnSource { sample_rate_hz, is_stereo, mode, .. } = self.source;
        let mut learner = Learner::new(sample_rate_hz, is_stereo, &self.wish.settings, mode);
        loop {
            let order = match orders.recv_timeout(PAUSE) {
                Ok(order) => Some(order),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let heard_before_s = learner.heard_s();
            let mut end = self.hear(&mut learner).err();
            match &order {
                Some(Order::Finish) => end = end.or(Some(LearnEnd::Finished)),
                Some(Order::Follow(wish)) => {
                    self.wish.clone_from(wish);
                    learner.follow(&wish.settings);
                }
                None => {}
            }
            let heard_s = learner.heard_s();
            if order.is_some() || end.is_some() || heard_s > heard_before_s {
                let learnt = learner.learnt(self.wish.aim, self.wish.target_lufs, self.wish.trim_db);
                let is_over = tell.send(LearnProgress { heard_s, learnt, end }).is_err();
                if is_over || end.is_some() {
                    return;
                }
            }
        }
    }

    /// Hears what stands in the taps.
    fn hear(&mut self, learner: &mut Learner) -> Result<(), LearnEnd> {
        let [input_tap, key_tap] = &self.source.taps;
        let [input_reader, key_reader] = &mut self.readers;
        // What comes in meanwhile is for the next time: an order must not wait for a sound that never ends.
        for _ in 0..input_tap.frames().div_ceil(PART) {
            if self.is_given_up.load(Ordering::Relaxed) {
                return Ok(());
            }
            if input_reader.missed(input_tap) {
                return Err(LearnEnd::Missed);
            }
            let input = input_reader.next(input_tap, PART);
            if input[0].is_empty() {
                return Ok(());
            }
            // The key of a frame is written before the frame is.
            let key = if self.wish.settings.has_external_key {
                let key = key_reader.next(key_tap, input[0].len());
                // A side chain that is not connected writes nothing.
                (key[0].len() == input[0].len()).then_some(key)
            } else {
                key_reader.skip(key_tap);
                None
            };
            learner.hear(input, key);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    const RATE_HZ: usize = 48_000;

    fn source(seconds: usize) -> LearnSource {
        let taps = std::array::from_fn(|_| Arc::new(SampleTap::new(seconds * RATE_HZ)));
        LearnSource { sample_rate_hz: RATE_HZ as f64, is_stereo: true, mode: LookAhead::default(), taps }
    }

    fn wish() -> LearnWish {
        let settings = LimiterSettings::default();
        LearnWish { settings, aim: LearnAim::Integrated, target_lufs: -14.0, trim_db: -0.5 }
    }

    /// Hits over a body.
    fn passage(seconds: usize) -> Vec<f32> {
        let hit = |n: usize| (-((n % 12_000) as f32) / 1500.0).exp();
        (0..seconds * RATE_HZ).map(|n| (0.05 + 0.5 * hit(n)) * (0.07 * n as f32).sin()).collect()
    }

    /// Waits until the run has come there.
    fn wait(run: &mut LearnThread, is_there: impl Fn(&LearnProgress) -> bool) -> LearnProgress {
        let start = Instant::now();
        loop {
            let progress = run.progress();
            if is_there(&progress) {
                return progress;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "{progress:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn finished(run: &mut LearnThread) -> LearnProgress {
        run.finish();
        wait(run, |progress| progress.end.is_some())
    }

    #[test]
    fn it_learns_what_a_learner_learns_of_the_same_sound_under_the_same_wishes() {
        let (source, first) = (source(8), wish());
        let keyed = LimiterSettings { has_external_key: true, ..LimiterSettings::default() };
        let then = LearnWish { settings: keyed, target_lufs: -12.0, ..first.clone() };
        let (sound, key) = (passage(4), vec![0.9; 2 * RATE_HZ]);
        source.taps[0].push(&[0.7; 4800], None);
        let mut run = LearnThread::start(&source, first.clone()).expect("a thread");
        source.taps[0].push(&sound, None);
        run.follow(then.clone());
        wait(&mut run, |progress| progress.heard_s >= 4.0);
        source.taps[1].push(&key, None);
        source.taps[0].push(&sound[..2 * RATE_HZ], None);
        let told = finished(&mut run);

        let mut learner = Learner::new(RATE_HZ as f64, true, &first.settings, LookAhead::default());
        learner.hear([&sound, &sound], None);
        learner.follow(&then.settings);
        learner.hear([&sound[..2 * RATE_HZ]; 2], Some([&key, &key]));
        let learnt = learner.learnt(then.aim, then.target_lufs, then.trim_db);
        assert!(learnt.is_some_and(|learnt| learnt.gain_db > 1.0), "void without a gain: {learnt:?}");
        assert_eq!(told, LearnProgress { heard_s: 6.0, learnt, end: Some(LearnEnd::Finished) });
        assert_eq!(run.wish(), &then);
    }

    #[test]
    fn a_run_that_is_given_up_leaves_no_thread() {
        let source = source(8);
        let run = LearnThread::start(&source, wish()).expect("a thread");
        source.taps[0].push(&passage(8), None);
        assert!(Arc::strong_count(&source.taps[0]) > 1, "the thread holds it");
        drop(run);
        assert_eq!(Arc::strong_count(&source.taps[0]), 1);
    }

    #[test]
    fn what_was_overwritten_is_told() {
        let source = source(1);
        let mut run = LearnThread::start(&source, wish()).expect("a thread");
        source.taps[0].push(&passage(3), None);
        assert_eq!(wait(&mut run, |progress| progress.end.is_some()).end, Some(LearnEnd::Missed));
    }

    #[test]
    fn without_sound_nothing_is_learnt() {
        let mut run = LearnThread::start(&source(1), wish()).expect("a thread");
        let told = finished(&mut run);
        assert_eq!(told, LearnProgress { heard_s: 0.0, learnt: None, end: Some(LearnEnd::Finished) });
    }

    #[test]
    fn no_thread_is_an_error() {
        let source = source(1);
        let run = LearnThread::start_with(Builder::new().stack_size(1 << 60), &source, wish());
        assert!(run.is_err(), "a stack of 2^60 bytes");
        assert_eq!(Arc::strong_count(&source.taps[0]), 1, "nothing is left behind");
    }
}
