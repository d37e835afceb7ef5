//! The way of readings from the audio thread to the window: wait-free, lossy when nobody looks.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use atomic_float::AtomicF32;
use nice_plug_egui::RepaintNotifier;

/// How often the audio thread publishes while a window is open.
pub const FRAMES_PER_SECOND: f64 = 100.0;
/// Room for two seconds: a window that hangs longer loses its history, nothing else.
const CAPACITY: usize = 256;
/// Silence is published for five seconds at least, and for as long as the processor's readings still move; then no more, and
/// nothing is drawn until there is sound. (Short-term loudness takes three seconds to fall.)
const RESTING_FRAMES: u32 = 5 * FRAMES_PER_SECOND as u32;
/// Below -90 dBFS nothing on a window moves.
const SILENCE: f32 = 3.2e-5;

/// Ten milliseconds of readings.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReadingFrame<R> {
    /// The processor's own.
    pub reading: R,
    /// Largest sample of the input, linear, left and right (equal in mono).
    pub input_peak: [f32; 2],
    /// Largest sample of the output, linear.
    pub output_peak: [f32; 2],
    /// Short-term loudness of the input, LUFS.
    pub input_lufs: f32,
    /// Short-term loudness of the output, LUFS.
    pub output_lufs: f32,
}

impl<R> ReadingFrame<R> {
    /// Whether nothing comes in and nothing goes out, or too little to move anything on a window.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.input_peak.iter().chain(&self.output_peak).all(|&peak| peak < SILENCE)
    }
}

/// How far a Match measurement is. The window asks (`Start`, `Finish`), the audio thread answers (`Learning`, `Done`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchPhase {
    /// Nothing was asked, or the answer was taken.
    Idle,
    /// The window wants a measurement.
    Start,
    /// The audio thread measures.
    Learning,
    /// The window wants the result.
    Finish,
    /// The result is in `learnt_lu`.
    Done,
}

/// What both threads share.
#[derive(Debug)]
pub struct Shared<R> {
    /// Whether a window is open: the audio thread measures for it only then.
    pub is_watched: AtomicBool,
    /// Blocks processed since the plugin was loaded, wrapping: whether the host processes at all.
    pub blocks: AtomicU32,
    /// Whether silence has been published for long enough, and nothing is until there is sound.
    pub is_resting: AtomicBool,
    /// Whether the host's transport runs, or tells nothing of it.
    pub is_playing: AtomicBool,
    /// Non-finite input samples silenced since the plugin was loaded.
    pub bad_samples: AtomicU64,
    /// The latency in samples, as reported to the host.
    pub latency_samples: AtomicU32,
    /// The sample rate in Hz; 0 before the first activation.
    pub sample_rate_hz: AtomicF32,
    /// Wet minus dry loudness, LU; NaN until there is programme to measure.
    pub offset_lu: AtomicF32,
    match_phase: AtomicU32,
    /// Wet minus dry loudness over the last Match measurement, LU; NaN if there was no programme. Valid in
    /// [`MatchPhase::Done`].
    pub learnt_lu: AtomicF32,
    /// Asks the window for a picture: a flag that it polls.
    pub notifier: RepaintNotifier,
    frames: Mutex<rtrb::Consumer<ReadingFrame<R>>>,
}

/// The audio thread's end.
#[derive(Debug)]
pub struct Feed<R> {
    /// What both threads share.
    pub shared: Arc<Shared<R>>,
    producer: rtrb::Producer<ReadingFrame<R>>,
    /// Frames since there was sound.
    silent_frames: u32,
}

impl<R> Feed<R> {
    /// A feed with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        let (producer, consumer) = rtrb::RingBuffer::new(CAPACITY);
        let shared = Arc::new(Shared {
            is_watched: AtomicBool::new(false),
            blocks: AtomicU32::new(0),
            is_resting: AtomicBool::new(false),
            is_playing: AtomicBool::new(true),
            bad_samples: AtomicU64::new(0),
            latency_samples: AtomicU32::new(0),
            sample_rate_hz: AtomicF32::new(0.0),
            offset_lu: AtomicF32::new(f32::NAN),
            match_phase: AtomicU32::new(MatchPhase::Idle as u32),
            learnt_lu: AtomicF32::new(f32::NAN),
            notifier: RepaintNotifier::new(),
            frames: Mutex::new(consumer),
        });
        Self { shared, producer, silent_frames: 0 }
    }

    /// Whether a window is open.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.shared.is_watched.load(Ordering::Relaxed)
    }

    /// Tells whether the host's transport runs. Asks for a picture when that changes, as none may be due in silence.
    /// Wait-free.
    pub fn set_playing(&mut self, is_playing: bool) {
        if self.shared.is_playing.swap(is_playing, Ordering::Relaxed) != is_playing {
            self.shared.notifier.request_repaint();
        }
    }

    /// Publishes a frame and asks for a picture, or drops it when the window has not kept up or there is nothing but
    /// silence to show and the processor [rests](shared_dsp::Processor::is_at_rest). Wait-free: the window polls.
    pub fn push(&mut self, frame: ReadingFrame<R>, is_at_rest: bool) {
        let is_silent = frame.is_silent() && is_at_rest;
        self.silent_frames = if is_silent { self.silent_frames.saturating_add(1) } else { 0 };
        let is_resting = self.silent_frames > RESTING_FRAMES;
        self.shared.is_resting.store(is_resting, Ordering::Relaxed);
        if !is_resting {
            // A full ring means that the window hangs; the sound must not.
            let _ = self.producer.push(frame);
            self.shared.notifier.request_repaint();
        }
    }
}

impl<R> Default for Feed<R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R> Shared<R> {
    /// How far the Match measurement is.
    #[must_use]
    pub fn match_phase(&self) -> MatchPhase {
        const PHASES: [MatchPhase; 5] =
            [MatchPhase::Idle, MatchPhase::Start, MatchPhase::Learning, MatchPhase::Finish, MatchPhase::Done];
        PHASES[(self.match_phase.load(Ordering::Acquire) as usize).min(PHASES.len() - 1)]
    }

    /// Puts the measurement into a phase, whatever it was in. For the window, which alone may give a run up.
    pub fn set_match_phase(&self, phase: MatchPhase) {
        self.match_phase.store(phase as u32, Ordering::Release);
    }

    /// Takes the measurement on from a phase that was seen to one that follows it, unless the other thread has taken it
    /// elsewhere meanwhile. Answers whether it was taken. Wait-free.
    pub fn take_match_on(&self, from: MatchPhase, to: MatchPhase) -> bool {
        self.match_phase.compare_exchange(from as u32, to as u32, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Hands every frame published since the last call to `take`, oldest first. For the window's thread.
    pub fn drain(&self, mut take: impl FnMut(ReadingFrame<R>)) {
        let mut frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        while let Ok(frame) = frames.pop() {
            take(frame);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_published_until_the_readings_rest() {
        let mut feed = Feed::<()>::new();
        let mut published = |peak: f32, frames: u32, is_at_rest: bool| {
            let mut count = 0;
            for _ in 0..frames {
                feed.push(ReadingFrame { output_peak: [0.0, peak], ..ReadingFrame::default() }, is_at_rest);
                feed.shared.drain(|_| count += 1);
            }
            count
        };
        assert_eq!(published(0.1, 50, false), 50);
        assert_eq!(published(1e-6, 2000, false), 2000, "a slow release is shown to its end");
        assert_eq!(published(1e-6, 2000, true), 500, "five seconds of silence, and then nothing");
        assert_eq!(published(0.1, 50, true), 50);
    }
}
