//! How B lies to A in time: looked for on a thread of its own, and kept.

use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;

use shared_dsp::spectrum::Alignment;

use super::aligner::Aligner;

/// As much of both must have been heard before they are aligned, seconds.
const ENOUGH_S: f64 = 4.0;
/// Between two tries, seconds.
const AGAIN_S: f64 = 4.0;
/// From this confidence on the delay is used. Unrelated songs stay below 0.3, and from 0.9 on it is right within 0.1 sample.
const USED_FROM: f64 = 0.5;
/// From this confidence on it is not looked for again.
const SURE_FROM: f64 = 0.9;

/// How B is brought to the time of A.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// By how many samples B is later; `None` where the two are too little alike for it to mean anything.
    pub delay_samples: Option<f64>,
    /// Whether B is upside down.
    pub is_inverted: bool,
    /// What both are worth, 0 to 1.
    pub confidence: f64,
}

/// What was found, and how it is looked for.
#[derive(Debug, Default)]
pub(super) struct Finder {
    /// `None` before anything was found.
    pub matched: Option<Match>,
    /// Whether it stands still.
    pub is_frozen: bool,
    /// Whether it stands still for now, whatever was set: a test is under way.
    pub is_held: bool,
    /// Grows with each match that begins.
    pub matches: u32,
    aligner: Option<Aligner>,
    /// What the aligner had heard when what it hears became what it is.
    heard_before: u64,
    since_try_s: f64,
    aligning: Option<Receiver<Option<Alignment>>>,
    /// The match in time was lost under way: it is looked for again even while it is listened to.
    is_lost: bool,
}

impl Finder {
    /// What hears both sides, for a picture.
    pub fn aligner(&self) -> Option<&Aligner> {
        self.aligner.as_ref()
    }

    /// Another one hears from now on, or none.
    pub fn set_aligner(&mut self, aligner: Option<Aligner>) {
        (self.aligner, self.heard_before, self.since_try_s) = (aligner, 0, 0.0);
    }

    /// Lets go of a search.
    pub fn stop(&mut self) {
        self.aligning = None;
    }

    pub fn is_aligning(&self) -> bool {
        self.aligning.is_some()
    }

    /// Another sample rate, this many times the last.
    pub fn rescale(&mut self, ratio: f64) {
        if let Some(delay) = self.matched.as_mut().and_then(|matched| matched.delay_samples.as_mut()) {
            *delay *= ratio;
        }
    }

    /// A and B change places.
    pub fn swap(&mut self) {
        self.rescale(-1.0);
        self.heard_before = self.aligner.as_ref().map_or(0, Aligner::heard_frames);
    }

    /// What was heard until now is no longer what A and B are.
    pub fn forget_heard(&mut self) {
        self.heard_before = self.aligner.as_ref().map_or(0, Aligner::heard_frames);
        self.since_try_s = AGAIN_S - ENOUGH_S;
        self.aligning = None;
    }

    /// Begins another match; of what was heard, if that is still what A and B are.
    pub fn begin(&mut self) {
        (self.is_frozen, self.matched) = (false, None);
        self.matches = self.matches.wrapping_add(1);
    }

    /// One of the two came out of its time: where B lies is not known any more, and how loud it is still is.
    pub fn lose(&mut self) {
        self.matched = None;
        self.is_lost = true;
        self.forget_heard();
    }

    /// Takes an alignment that was found, and looks for one where that is due. Answers whether one was found.
    pub fn update(&mut self, sample_rate_hz: f64, elapsed_s: f64, (is_heard, are_different): (bool, bool)) -> bool {
        self.since_try_s += elapsed_s;
        let mut is_news = false;
        if let Some(result) = &self.aligning {
            match result.try_recv() {
                Ok(found) => {
                    self.take(found);
                    is_news = true;
                    self.aligning = None;
                }
                Err(TryRecvError::Disconnected) => self.aligning = None,
                Err(TryRecvError::Empty) => {}
            }
        }
        let is_sure = self.matched.is_some_and(|matched| matched.confidence >= SURE_FROM);
        let stands_still = (self.is_frozen || self.is_held || is_heard) && !self.is_lost;
        let is_due = self.since_try_s >= AGAIN_S && !is_sure && !stands_still;
        if is_due && are_different {
            self.look(sample_rate_hz);
        }
        is_news
    }

    /// Seconds of A and B as they are now.
    fn heard_s(&self, sample_rate_hz: f64) -> f64 {
        let heard = self.aligner.as_ref().map_or(0, Aligner::heard_frames);
        heard.saturating_sub(self.heard_before) as f64 / sample_rate_hz
    }

    /// Looks for it now, if enough was heard.
    pub fn look(&mut self, sample_rate_hz: f64) {
        if self.heard_s(sample_rate_hz) < ENOUGH_S {
            return;
        }
        self.since_try_s = 0.0;
        let Some(aligner) = self.aligner.clone().filter(|_| self.aligning.is_none()) else { return };
        let seconds = self.heard_s(sample_rate_hz);
        let (send, result) = channel();
        let work = move || {
            // The window may have gone.
            let _ = send.send(aligner.align_last(seconds));
        };
        // Without a thread there is no alignment, and the window says so: none was found.
        if thread::Builder::new().name("alignment".into()).spawn(work).is_ok() {
            self.aligning = Some(result);
        }
    }

    fn take(&mut self, found: Option<Alignment>) {
        let before = self.matched.and_then(|matched| matched.delay_samples);
        let matched = found.map_or(Match { delay_samples: None, is_inverted: false, confidence: 0.0 }, |found| Match {
            delay_samples: (found.confidence >= USED_FROM).then(|| found.snapped_delay_samples()),
            is_inverted: found.is_inverted,
            confidence: found.confidence,
        });
        // What was matched before was not of the same time. Where only the time was lost, the loudness is held as long as it was.
        if matched.delay_samples != before && !(self.is_lost && self.is_frozen) {
            self.matches = self.matches.wrapping_add(1);
        }
        self.matched = Some(matched);
        self.is_lost = false;
    }
}
