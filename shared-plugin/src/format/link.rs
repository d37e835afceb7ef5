//! What a guard in front of the framework and the shell behind it tell each other.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::monitoring::Monitoring;
use crate::taps::Presence;
use crate::worker::{PERIOD, Poll};

/// Tells the host what it does not know yet. Called on the worker's thread.
type Announce = Box<dyn FnMut(&Link) + Send>;

/// What a guard can do for the shell, beside checking calls.
pub(super) trait TellsHost: Send + Sync {
    /// Tells the host of another latency and of a session that has changed, where it does not know it by now. On its main thread, or
    /// what the framework takes for that.
    fn tell_host(&self);
}

/// One instance's link. The shell owns it, so it lives as long as the plugin.
pub struct Link {
    /// What is for listening only.
    pub monitoring: Arc<Monitoring>,
    /// This instance among the taps.
    pub taps: Arc<Presence>,
    key: Key,
    /// The latency of the sound now, samples.
    latency_samples: AtomicU32,
    /// The latency that the host was last told, samples.
    told_samples: AtomicU32,
    /// Whether another latency is wanted than the one in use, which only a restart may change.
    wants_restart: AtomicBool,
    /// Whether what a session keeps has changed, and not by the host's hand.
    is_dirty: Arc<AtomicBool>,
    /// Present while the plugin is active. Never locked on the audio thread.
    announce: Mutex<Option<Announce>>,
    /// The VST3 guard's tables; empty in CLAP.
    pub(super) vst3: OnceLock<Box<dyn TellsHost>>,
}

/// The side chain of the block that is being processed, as the host passed it.
#[derive(Debug, Default)]
struct Key {
    channels: [AtomicPtr<f32>; 2],
    /// Frames in the block; 0 without a key, and between blocks.
    frames: AtomicUsize,
    /// Frames of the block that were taken, with a key or without: the framework cuts the block at parameter changes.
    position: AtomicUsize,
}

thread_local! {
    /// The link of the plugin that was made last on this thread: the framework makes the plugin for the guard, and hands
    /// out nothing of it.
    static NEWEST: RefCell<Option<Arc<Link>>> = const { RefCell::new(None) };
}

impl Link {
    /// A link of a new plugin, offered to the guard that has it made on this thread.
    pub(crate) fn offer(monitoring: Arc<Monitoring>, taps: Arc<Presence>, is_dirty: Arc<AtomicBool>) -> Arc<Self> {
        let link = Arc::new(Self {
            monitoring,
            taps,
            key: Key::default(),
            latency_samples: AtomicU32::new(0),
            told_samples: AtomicU32::new(0),
            wants_restart: AtomicBool::new(false),
            is_dirty,
            announce: Mutex::new(None),
            vst3: OnceLock::new(),
        });
        NEWEST.with_borrow_mut(|newest| *newest = Some(link.clone()));
        link
    }

    /// The link that was offered last on this thread.
    pub(super) fn take_newest() -> Option<Arc<Self>> {
        NEWEST.with_borrow_mut(Option::take)
    }

    /// Tells the latency of the sound, samples; from the shell. Wait-free.
    pub(crate) fn set_latency_samples(&self, samples: usize) {
        self.latency_samples.store(u32::try_from(samples).unwrap_or(u32::MAX), Ordering::Relaxed);
    }

    /// The latency of the sound now, samples. Wait-free.
    #[must_use]
    pub fn latency_samples(&self) -> u32 {
        self.latency_samples.load(Ordering::Relaxed)
    }

    /// Asks for a restart, where only that may change the latency, or takes it back. Wait-free.
    pub(crate) fn want_restart(&self, wanted: bool) {
        self.wants_restart.store(wanted, Ordering::Relaxed);
    }

    /// Notes that the host knows the latency of the sound now; answers whether it is news.
    pub(super) fn tell_latency(&self) -> bool {
        let now = self.latency_samples();
        self.told_samples.swap(now, Ordering::Relaxed) != now
    }

    /// Whether there is anything that a VST3 host should be told.
    pub(crate) fn has_news(&self) -> bool {
        self.is_dirty() || self.told_samples.load(Ordering::Relaxed) != self.latency_samples()
    }

    /// Tells a VST3 host; see [`TellsHost`].
    pub(crate) fn tell_host(&self) {
        if let Some(guard) = self.vst3.get() {
            guard.tell_host();
        }
    }

    /// Whether the host should be told that its session has changed.
    pub(super) fn is_dirty(&self) -> bool {
        self.is_dirty.load(Ordering::Acquire)
    }

    /// The same; it is told now.
    pub(super) fn take_dirty(&self) -> bool {
        self.is_dirty.swap(false, Ordering::AcqRel)
    }

    /// Whether a restart is wanted; asked once.
    pub(super) fn take_restart_wanted(&self) -> bool {
        self.wants_restart.swap(false, Ordering::Relaxed)
    }

    /// How the host is told, from now on; `None` ends it, and no call is under way when this returns. Not for the audio
    /// thread.
    pub(crate) fn set_announce(&self, announce: Option<Announce>) {
        *self.announce.lock().unwrap_or_else(PoisonError::into_inner) = announce;
    }

    /// Lends the key of a block to the shell: `None` where there is none.
    ///
    /// # Safety
    ///
    /// Both channels must be readable for `frames` until [`end_block`](Self::end_block).
    pub(super) unsafe fn begin_block(&self, key: Option<[*mut f32; 2]>, frames: usize) {
        self.key.position.store(0, Ordering::Relaxed);
        self.key.frames.store(if key.is_some() { frames } else { 0 }, Ordering::Relaxed);
        for (channel, pointer) in self.key.channels.iter().zip(key.unwrap_or([std::ptr::null_mut(); 2])) {
            channel.store(pointer, Ordering::Relaxed);
        }
    }

    /// Takes the key back.
    pub(super) fn end_block(&self) {
        self.key.frames.store(0, Ordering::Relaxed);
    }

    /// Frames of the host's block that went before those that come next: the framework cuts it. Wait-free.
    pub(crate) fn taken_frames(&self) -> usize {
        self.key.position.load(Ordering::Relaxed)
    }

    /// The key of the next `frames` of the block, left and right; `None` without one. Wait-free.
    ///
    /// # Safety
    ///
    /// Only while the framework's `process` runs, on its thread; what is returned must not outlive it.
    pub(crate) unsafe fn take_key<'a>(&self, frames: usize) -> Option<(&'a [f32], &'a [f32])> {
        let position = self.key.position.load(Ordering::Relaxed);
        let end = position.checked_add(frames)?;
        self.key.position.store(end, Ordering::Relaxed);
        if end > self.key.frames.load(Ordering::Relaxed) {
            return None;
        }
        let channel = |at: usize| {
            // SAFETY: whoever began the block promised that so many frames are readable, and `end` is within them.
            unsafe { std::slice::from_raw_parts(self.key.channels[at].load(Ordering::Relaxed).add(position), frames) }
        };
        Some((channel(0), channel(1)))
    }
}

impl Poll for Link {
    fn poll(&self) -> Duration {
        if let Some(announce) = self.announce.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            announce(self);
        }
        PERIOD
    }
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("latency_samples", &self.latency_samples).finish_non_exhaustive()
    }
}
