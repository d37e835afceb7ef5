//! A reference as a source of A or B: its range, over and over.

use std::sync::Arc;

use shared_audio::Song;

use super::references::LoopRange;

/// The cross-fade from the end of a range to its beginning, seconds.
const SEAM_S: f64 = 0.005;

/// Plays one song on the audio thread.
#[derive(Debug, Clone, Default)]
pub struct Player {
    song: Option<Arc<Song>>,
    /// The frames that are played.
    from: usize,
    to: usize,
    at: usize,
    seam: usize,
}

impl Player {
    /// Takes another song, or none, from the start of its range, and gives back the one that it had: whoever handed this one over
    /// frees that, off the audio thread. Realtime-safe.
    #[must_use]
    pub fn set_song(&mut self, song: Option<Arc<Song>>, range: Option<LoopRange>) -> Option<Arc<Song>> {
        let old = std::mem::replace(&mut self.song, song);
        self.set_range(range);
        self.at = self.from;
        old
    }

    /// Takes another range; where it is being played outside of it, it begins anew. A range of less than two seams is the whole
    /// song. Realtime-safe.
    pub fn set_range(&mut self, range: Option<LoopRange>) {
        let Some(song) = &self.song else { return };
        let rate = f64::from(song.sample_rate_hz);
        let length = song.frames.len();
        self.seam = ((SEAM_S * rate) as usize).min(length / 2);
        let frame = |seconds: f64| ((seconds * rate) as usize).min(length);
        let (from, to) = range.map_or((0, length), |range| (frame(range.from_s), frame(range.to_s)));
        (self.from, self.to) = if to >= from + 2 * self.seam.max(1) { (from, to) } else { (0, length) };
        if !(self.from..self.to).contains(&self.at) {
            self.at = self.from;
        }
    }

    /// Goes to where the song is, in samples of it: its range goes on over and over as if it had been played from there. Where nobody
    /// knows, to where it would be had it begun so many frames ago. Realtime-safe.
    pub fn go_to(&mut self, song: Option<i64>, begun_frames: usize) {
        let length = (self.to - self.from).max(1) as i64;
        let behind = song.map_or(begun_frames as i64, |song| song.saturating_sub(self.from as i64));
        self.at = self.from + behind.rem_euclid(length) as usize;
    }

    /// Where it is, in frames of the song.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// The next frames; silence without a song. Realtime-safe.
    pub fn fill(&mut self, output: &mut [[f32; 2]]) {
        let Some(song) = self.song.as_deref().filter(|song| !song.frames.is_empty()) else {
            output.fill([0.0; 2]);
            return;
        };
        for frame in output {
            *frame = song.frames[self.at];
            let left = self.to - self.at;
            if left <= self.seam {
                // What comes before the beginning, so that the beginning goes on from it; silence where nothing does.
                let lead = self.from.checked_sub(left).map_or([0.0; 2], |at| song.frames[at]);
                let share = 1.0 - left as f32 / (self.seam + 1) as f32;
                *frame = [0, 1].map(|channel| frame[channel] + share * (lead[channel] - frame[channel]));
            }
            self.at = if self.at + 1 >= self.to { self.from } else { self.at + 1 };
        }
    }
}
