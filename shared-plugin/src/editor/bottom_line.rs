//! What the bottom line says: the level at both ends of the plugin, and a message.

use shared_ui::frame::EndReading;
use shared_ui::message_line::Severity;

use super::signal::Signal;
use crate::feed::{FRAMES_PER_SECOND, ReadingFrame};

/// The peak reading falls this fast, dB/s.
const PEAK_FALL_DB_PER_S: f32 = 12.0;
const FLOOR_DB: f32 = -120.0;

/// A message and how much it matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    pub severity: Severity,
    pub text: String,
}

impl Note {
    /// Good to know.
    pub fn info(text: impl Into<String>) -> Self {
        Self { severity: Severity::Note, text: text.into() }
    }

    /// Something is not as it should be.
    pub fn warning(text: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, text: text.into() }
    }

    /// What was asked for could not be done.
    pub fn error(error: impl std::fmt::Display) -> Self {
        Self { severity: Severity::Error, text: error.to_string() }
    }
}

/// The last peak and loudness at one end.
#[derive(Debug, Clone, Copy)]
struct EndLevel {
    peak_db: f32,
    lufs: f32,
}

impl EndLevel {
    const SILENT: Self = Self { peak_db: FLOOR_DB, lufs: f32::NEG_INFINITY };

    fn update(&mut self, peak: [f32; 2], lufs: f32) {
        let peak_db = 20.0 * peak[0].max(peak[1]).max(1e-6).log10();
        self.peak_db = peak_db.max(self.peak_db - PEAK_FALL_DB_PER_S / FRAMES_PER_SECOND as f32);
        self.lufs = lufs;
    }

    fn reading(self) -> EndReading {
        EndReading {
            peak_dbfs: (self.peak_db > FLOOR_DB).then_some(self.peak_db),
            lufs: self.lufs.is_finite().then_some(self.lufs),
        }
    }
}

/// Follows the readings and keeps the message to show.
#[derive(Debug)]
pub(super) struct BottomLine {
    input: EndLevel,
    output: EndLevel,
    signal: Signal,
    note: Option<Note>,
    /// Non-finite samples that the last message about them told of.
    bad_samples_told: u64,
}

impl Default for BottomLine {
    fn default() -> Self {
        Self {
            input: EndLevel::SILENT,
            output: EndLevel::SILENT,
            signal: Signal::default(),
            note: None,
            bad_samples_told: 0,
        }
    }
}

impl BottomLine {
    /// A window opens. Levels and a message from before stay.
    pub fn open(&mut self) {
        self.signal = Signal::default();
    }

    /// Accepts a frame of readings.
    pub fn push<R>(&mut self, frame: &ReadingFrame<R>) {
        self.input.update(frame.input_peak, frame.input_lufs);
        self.output.update(frame.output_peak, frame.output_lufs);
        self.signal.push(frame.is_silent());
        if self.signal.is_silent() {
            // Readings rest before the fall is at its end.
            (self.input.peak_db, self.output.peak_db) = (FLOOR_DB, FLOOR_DB);
        }
    }

    /// Accepts the number of blocks processed, `now_s` by the window's clock. Answers true once when the host has stopped
    /// processing; the levels are silent then.
    pub fn has_just_stopped(&mut self, blocks: u32, now_s: f64) -> bool {
        let has_stopped = self.signal.has_just_stopped(blocks, now_s);
        if has_stopped {
            (self.input, self.output) = (EndLevel::SILENT, EndLevel::SILENT);
        }
        has_stopped
    }

    /// See [`Signal::look_again_s`].
    pub fn look_again_s(&self, is_resting: bool) -> Option<f32> {
        self.signal.look_again_s(is_resting)
    }

    /// The levels before and after the plugin.
    pub fn readings(&self) -> [EndReading; 2] {
        [self.input.reading(), self.output.reading()]
    }

    /// Shows a message until it is dismissed or another comes.
    pub fn tell(&mut self, note: Note) {
        self.note = Some(note);
    }

    /// Takes the message away.
    pub fn dismiss(&mut self) {
        self.note = None;
    }

    /// The most urgent message: the session's, then bad input, then what came of a person's action, then the state of the
    /// signal (see [`Signal::status`]).
    pub fn message(
        &mut self,
        session: Option<String>,
        bad_samples: u64,
        is_playing: bool,
        is_resting: bool,
    ) -> Option<Note> {
        if let Some(text) = session {
            return Some(Note::warning(text));
        }
        if bad_samples > self.bad_samples_told {
            self.bad_samples_told = bad_samples;
            self.tell(Note::warning(format!("{bad_samples} input samples were no numbers and became silence")));
        }
        self.note.clone().or_else(|| self.signal.status(is_playing, is_resting).map(Note::info))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_comes_before_bad_input_and_bad_input_before_all_else() {
        let mut line = BottomLine::default();
        assert_eq!(line.message(None, 0, true, false), None);
        line.tell(Note::info("Written"));
        assert_eq!(line.message(None, 0, true, false), Some(Note::info("Written")));
        assert_eq!(line.message(Some("Foreign".to_owned()), 3, true, false), Some(Note::warning("Foreign")));
        let bad = line.message(None, 3, true, false).expect("a message");
        assert!(bad.severity == Severity::Warning && bad.text.starts_with("3 input samples"), "{bad:?}");
        line.dismiss();
        assert_eq!(line.message(None, 3, true, false), None, "told once");
    }

    #[test]
    fn peaks_fall_and_silence_has_no_reading() {
        let mut line = BottomLine::default();
        let loud = ReadingFrame::<()> { output_peak: [0.5, 0.1], output_lufs: -20.0, ..ReadingFrame::default() };
        line.push(&loud);
        let [_, output] = line.readings();
        assert!(output.peak_dbfs.is_some_and(|db| (db + 6.02).abs() < 0.01), "{output:?}");
        assert_eq!(output.lufs, Some(-20.0));
        (0..50).for_each(|_| line.push(&ReadingFrame::<()>::default()));
        let [_, output] = line.readings();
        assert!(output.peak_dbfs.is_some_and(|db| (db + 12.02).abs() < 0.02), "12 dB in a second: {output:?}");
        (0..50).for_each(|_| line.push(&ReadingFrame { output_lufs: -25.0, ..ReadingFrame::<()>::default() }));
        let [_, output] = line.readings();
        assert_eq!((output.peak_dbfs, output.lufs), (None, Some(-25.0)), "after a second of silence");
        assert!(!line.has_just_stopped(1, 0.0) && line.has_just_stopped(1, 1.0));
        assert!(line.readings().iter().all(|end| end.peak_dbfs.is_none() && end.lufs.is_none()));
    }
}
