//! A kernel that is asked for on the audio thread, designed elsewhere, handed over wait-free, and faded in.
//!
//! Three rings lead from one thread to the other and back: what is asked for, what was made of it, and kernels that are
//! out of use, which go back to be freed where they were made. Nothing is allocated or freed on the audio thread.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::Job;
use crate::glide::Glide;

/// How long a kernel takes to fade in unless told otherwise, s.
const FADE_S: f64 = 0.020;
/// Room in each ring. One kernel is under way at a time, but for resets that overtake it.
const PLACES: usize = 8;

/// A request, numbered.
#[derive(Debug, Clone, Copy)]
struct Asked<R> {
    ticket: u32,
    request: R,
}

/// A kernel and which request it answers.
#[derive(Debug)]
struct Made<K> {
    ticket: u32,
    kernel: K,
}

/// The worker's ends of the rings.
struct Bench<R, K> {
    design: Box<dyn FnMut(&R) -> K + Send>,
    asked: rtrb::Consumer<Asked<R>>,
    made: rtrb::Producer<Box<Made<K>>>,
    retired: rtrb::Consumer<Box<Made<K>>>,
    /// Made, while there was no place for it.
    waiting: Option<Box<Made<K>>>,
}

/// The job of designing the kernels of one [`KernelSlot`].
struct Designer<R, K> {
    /// Never locked on the audio thread.
    bench: Mutex<Bench<R, K>>,
    asked: AtomicU32,
    done: AtomicU32,
}

impl<R: Copy + Send, K: Send> Job for Designer<R, K> {
    fn work(&self) -> bool {
        // Poisoned by a design that panicked, the rings are still rings.
        let mut bench = self.bench.lock().unwrap_or_else(PoisonError::into_inner);
        while bench.retired.pop().is_ok() {}
        let mut latest = None;
        while let Ok(asked) = bench.asked.pop() {
            latest = Some(asked);
        }
        let is_work = latest.is_some();
        if let Some(Asked { ticket, request }) = latest {
            let kernel = (bench.design)(&request);
            bench.waiting = Some(Box::new(Made { ticket, kernel }));
        }
        if let Some(made) = bench.waiting.take() {
            let ticket = made.ticket;
            match bench.made.push(made) {
                Ok(()) => self.done.store(ticket, Ordering::Release),
                Err(rtrb::PushError::Full(made)) => bench.waiting = Some(made),
            }
        }
        is_work
    }

    fn is_done(&self) -> bool {
        self.done.load(Ordering::Acquire) == self.asked.load(Ordering::Relaxed)
    }
}

/// The audio thread's end: the kernel in use, the one that is fading in, and the way to the next.
///
/// Ask at control points with [`request`](Self::request), take what has come at the start of a segment with
/// [`receive`](Self::receive), process with its [`kernels`](Self::kernels), and end the segment with
/// [`advance`](Self::advance). One kernel is under way at a time and none while another fades in, so that a moving
/// control costs no more than one design a fade, and the sound follows by as many steps whatever the block.
pub struct KernelSlot<R, K> {
    asked: rtrb::Producer<Asked<R>>,
    made: rtrb::Consumer<Box<Made<K>>>,
    retired: rtrb::Producer<Box<Made<K>>>,
    designer: Arc<Designer<R, K>>,
    /// Of the last request, and of the last kernel that came.
    ticket: u32,
    received: u32,
    wanted: R,
    current: Box<Made<K>>,
    next: Option<Box<Made<K>>>,
    /// Share of the next kernel, 0..1.
    share: Glide,
    fade_samples: u32,
    /// Whether nothing was processed since the last reset: a kernel that comes now needs no fade.
    is_fresh: bool,
}

impl<R: Copy + PartialEq + Send + 'static, K: Send + 'static> KernelSlot<R, K> {
    /// A slot with the kernel for `first` in it, which is designed here. `design` runs off the audio thread; what it makes
    /// must depend on the request alone. Allocates.
    #[must_use]
    pub fn new(first: R, mut design: impl FnMut(&R) -> K + Send + 'static) -> Self {
        let current = Box::new(Made { ticket: 0, kernel: design(&first) });
        let (asked, asked_end) = rtrb::RingBuffer::new(PLACES);
        let (made_end, made) = rtrb::RingBuffer::new(PLACES);
        let (retired, retired_end) = rtrb::RingBuffer::new(PLACES);
        let bench =
            Bench { design: Box::new(design), asked: asked_end, made: made_end, retired: retired_end, waiting: None };
        let designer = Designer { bench: Mutex::new(bench), asked: AtomicU32::new(0), done: AtomicU32::new(0) };
        Self {
            asked,
            made,
            retired,
            designer: Arc::new(designer),
            ticket: 0,
            received: 0,
            wanted: first,
            current,
            next: None,
            share: Glide::new(0.0),
            fade_samples: 0,
            is_fresh: true,
        }
    }

    /// The work that [`Processor::jobs`](crate::Processor::jobs) hands to the shell.
    #[must_use]
    pub fn job(&self) -> Arc<dyn Job> {
        self.designer.clone()
    }

    /// Fades last 20 ms at this rate.
    pub fn set_sample_rate(&mut self, sample_rate_hz: f64) {
        self.fade_samples = (FADE_S * sample_rate_hz).round() as u32;
    }

    /// Wants the kernel of `wanted` from the start: a kernel that comes before anything is processed comes without a fade, and a fade
    /// under way has ended. Until then the kernel of before is in use. Realtime-safe.
    pub fn reset(&mut self, wanted: R) {
        self.is_fresh = true;
        if self.next.is_some() {
            self.share.set_now(1.0);
            self.end_fade();
        }
        if wanted != self.wanted {
            self.ask(wanted);
        }
    }

    /// Wants the kernel of `wanted`, which is asked for as soon as none is under way and none fades in. Answers whether it has been:
    /// until then it is to be requested again at each control point. Realtime-safe.
    pub fn request(&mut self, wanted: R) -> bool {
        if wanted != self.wanted && self.next.is_none() && self.ticket == self.received {
            self.ask(wanted);
        }
        wanted == self.wanted
    }

    fn ask(&mut self, wanted: R) {
        let ticket = self.ticket.wrapping_add(1);
        // Without a place it is asked for at the next control point.
        if self.asked.push(Asked { ticket, request: wanted }).is_ok() {
            self.ticket = ticket;
            self.wanted = wanted;
            self.designer.asked.store(ticket, Ordering::Relaxed);
        }
    }

    /// Takes a kernel that has come. At the start of a segment. Realtime-safe.
    pub fn receive(&mut self) {
        // Only what has a place to go back to is taken.
        while self.ticket != self.received && self.next.is_none() && self.retired.slots() > 0 {
            let Ok(made) = self.made.pop() else { return };
            if made.ticket != self.ticket {
                // Overtaken by a reset.
                self.retire(made);
            } else {
                self.received = made.ticket;
                self.next = Some(made);
                self.share.set_now(0.0);
                self.share.glide_to(1.0, if self.is_fresh { 0 } else { self.fade_samples });
                self.end_fade();
            }
        }
    }

    /// The kernel in use and, while one fades in, that one with its share, 0..1, of each of the coming frames in `shares`;
    /// the one in use has the rest. Once for every frame, as the fade moves on. Realtime-safe.
    pub fn kernels(&mut self, shares: &mut [f32]) -> (&K, Option<&K>) {
        if self.next.is_some() {
            for share in shares {
                // Without corners: they would be heard as a wide hiss under a steady tone.
                let t = self.share.next_value();
                *share = (t * t * (3.0 - 2.0 * t)) as f32;
            }
        }
        (&self.current.kernel, self.next.as_ref().map(|next| &next.kernel))
    }

    /// Ends a processed segment. Realtime-safe.
    pub fn advance(&mut self) {
        self.is_fresh = false;
        self.end_fade();
    }

    /// Whether the wanted kernel is the only one in use.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.ticket == self.received && self.next.is_none()
    }

    /// Puts a kernel that has faded in in the place of the old one, which goes back. Without a place to go to it stays, unused.
    fn end_fade(&mut self) {
        if self.share.is_settled()
            && self.retired.slots() > 0
            && let Some(next) = self.next.take()
        {
            let old = std::mem::replace(&mut self.current, next);
            self.retire(old);
        }
    }

    fn retire(&mut self, made: Box<Made<K>>) {
        if let Err(rtrb::PushError::Full(made)) = self.retired.push(made) {
            // Never: every caller has seen that there is a place. Should it happen, a leak is better than a free here.
            std::mem::forget(made);
        }
    }
}

/// What a filter with a `slot` says of its kernels: the same for each.
macro_rules! kernel_methods {
    () => {
        /// The work that [`Processor::jobs`](crate::Processor::jobs) hands to the shell.
        #[must_use]
        pub fn job(&self) -> std::sync::Arc<dyn $crate::Job> {
            self.slot.job()
        }

        /// Cross-fades last 20 ms at this rate.
        pub fn prepare(&mut self, sample_rate_hz: f64) {
            self.slot.set_sample_rate(sample_rate_hz);
        }

        /// Wants the kernel of `wanted`; answers whether it has been asked for. Until then it is to be requested again at each
        /// control point. Realtime-safe.
        pub fn request(&mut self, wanted: R) -> bool {
            self.slot.request(wanted)
        }

        /// Whether the wanted kernel is the only one in use.
        #[must_use]
        pub fn is_settled(&self) -> bool {
            self.slot.is_settled()
        }
    };
}

pub(super) use kernel_methods;
