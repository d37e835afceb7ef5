//! What a block carries.

use std::sync::atomic::Ordering;

use super::Word;
use super::layout::{BLOCK_FRAMES, INFO_WORDS};

/// How the host processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// As it is heard.
    #[default]
    RealTime,
    /// Ahead of what is heard, in larger pieces.
    Buffered,
    /// Into a file.
    Offline,
}

/// Which of an instance's two sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Point {
    /// What comes into the plugin, before its trims.
    Input,
    /// What goes out of it, without what its own window monitors (Delta, Compare).
    Output,
}

impl Point {
    /// Both, in the order of the sound.
    pub const ALL: [Self; 2] = [Self::Input, Self::Output];
}

/// What holds for the frames that follow, until the next moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Sample rate, Hz.
    pub sample_rate_hz: f64,
    /// Channels, 1 or 2.
    pub channels: usize,
    /// Where the host's transport stands at the first frame of the input, samples; `None` where the host does not say.
    pub transport_sample: Option<i64>,
    /// Whether it runs.
    pub is_playing: bool,
    /// How the host processes.
    pub mode: Mode,
    /// Samples that the output lies behind the input.
    pub latency_samples: u32,
}

/// Up to 64 frames of one instance, copied and checked: finite, and nothing in it is out of range.
#[derive(Debug, Clone)]
pub struct Block {
    /// What held at its first frame.
    pub moment: Moment,
    /// Frames that the instance had published before it.
    pub position_frames: u64,
    /// Whether frames are missing before it: it is the first that is read, or the reader came too late for some.
    pub is_after_gap: bool,
    pub(super) frames: usize,
    pub(super) points: [[[f32; BLOCK_FRAMES]; 2]; 2],
}

/// Words of a block's front.
const NUMBER_AT: usize = 0;
const POSITION_AT: usize = 1;
const FLAGS_AT: usize = 2;
const TRANSPORT_AT: usize = 3;
const LATENCY_AT: usize = 4;
const RATE_AT: usize = 5;
/// Written last, as the frames of a block come piece by piece.
pub(super) const FRAMES_AT: usize = 6;

const IS_STEREO: u64 = 1;
const HAS_TRANSPORT: u64 = 2;
const IS_PLAYING: u64 = 4;
const MODE_SHIFT: u32 = 8;

impl Moment {
    /// Writes the front of a block.
    pub(super) fn write<W: Word>(&self, words: &[W], number: u64, position_frames: u64) {
        let flag = |is_set: bool, flag: u64| if is_set { flag } else { 0 };
        let flags = flag(self.channels != 1, IS_STEREO)
            | flag(self.transport_sample.is_some(), HAS_TRANSPORT)
            | flag(self.is_playing, IS_PLAYING)
            | (self.mode as u64) << MODE_SHIFT;
        let put = |at: usize, value: u64| words[at].store(value, Ordering::Relaxed);
        put(NUMBER_AT, number);
        put(POSITION_AT, position_frames);
        put(FLAGS_AT, flags);
        put(TRANSPORT_AT, self.transport_sample.unwrap_or(0) as u64);
        put(LATENCY_AT, u64::from(self.latency_samples));
        put(RATE_AT, self.sample_rate_hz.to_bits());
    }
}

/// A frame as a word.
#[inline(always)]
pub(super) fn pack(left: f32, right: f32) -> u64 {
    u64::from(left.to_bits()) | u64::from(right.to_bits()) << 32
}

/// Half of a word as a sample; silence for what no sample is.
#[inline(always)]
fn sample(bits: u32) -> f32 {
    let sample = f32::from_bits(bits);
    if sample.is_finite() { sample } else { 0.0 }
}

impl Default for Block {
    fn default() -> Self {
        Self {
            moment: Moment {
                sample_rate_hz: 48_000.0,
                channels: 2,
                transport_sample: None,
                is_playing: false,
                mode: Mode::RealTime,
                latency_samples: 0,
            },
            position_frames: 0,
            is_after_gap: false,
            frames: 0,
            points: [[[0.0; BLOCK_FRAMES]; 2]; 2],
        }
    }
}

impl Block {
    /// How many frames it has, 1 to 64; 0 before anything was read into it.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// The frames at this point, left and right; equal in mono.
    #[must_use]
    pub fn at(&self, point: Point) -> [&[f32]; 2] {
        let [left, right] = &self.points[point as usize];
        [&left[..self.frames], &right[..self.frames]]
    }

    /// What came into the plugin, left and right; equal in mono.
    #[must_use]
    pub fn input(&self) -> [&[f32]; 2] {
        self.at(Point::Input)
    }

    /// What goes out of it, `latency_samples` later than the input it is made of.
    #[must_use]
    pub fn output(&self) -> [&[f32]; 2] {
        self.at(Point::Output)
    }

    /// The song's sample that the first frame at this point is made of: at the output it lies the plugin's latency before the
    /// transport. What other plugins in front delay is not in it. `None` where the host does not say.
    #[must_use]
    pub fn song_sample(&self, point: Point) -> Option<i64> {
        let behind = match point {
            Point::Input => 0,
            Point::Output => i64::from(self.moment.latency_samples),
        };
        Some(self.moment.transport_sample?.saturating_sub(behind))
    }

    /// Copies a block out of the ring. False if what stands there is no block of this number. What was copied counts for nothing
    /// until the caller has seen that the writer stayed away.
    pub(super) fn copy<W: Word>(&mut self, words: &[W], number: u64) -> bool {
        let get = |at: usize| words[at].load(Ordering::Relaxed);
        let (flags, latency, frames) = (get(FLAGS_AT), get(LATENCY_AT), get(FRAMES_AT));
        let sample_rate_hz = f64::from_bits(get(RATE_AT));
        let mode = match flags >> MODE_SHIFT {
            0 => Mode::RealTime,
            1 => Mode::Buffered,
            2 => Mode::Offline,
            _ => return false,
        };
        let is_sound = get(NUMBER_AT) == number
            && (1..=BLOCK_FRAMES as u64).contains(&frames)
            // NaN is in no range.
            && (1_000.0..=1_600_000.0).contains(&sample_rate_hz)
            && latency <= 1 << 24;
        if !is_sound {
            return false;
        }
        self.moment = Moment {
            sample_rate_hz,
            channels: if flags & IS_STEREO != 0 { 2 } else { 1 },
            transport_sample: (flags & HAS_TRANSPORT != 0).then(|| get(TRANSPORT_AT) as i64),
            is_playing: flags & IS_PLAYING != 0,
            mode,
            latency_samples: latency as u32,
        };
        self.position_frames = get(POSITION_AT);
        self.frames = frames as usize;
        for (point, words) in self.points.iter_mut().zip(words[INFO_WORDS..].chunks_exact(BLOCK_FRAMES)) {
            let [left, right] = point;
            for ((left, right), word) in left.iter_mut().zip(right.iter_mut()).zip(&words[..self.frames]) {
                let frame = word.load(Ordering::Relaxed);
                *left = sample(frame as u32);
                *right = sample((frame >> 32) as u32);
            }
        }
        true
    }
}
