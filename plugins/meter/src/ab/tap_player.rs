//! Another plugin's sound as a source of A or B. The two run side by side, on threads of their own perhaps, and at their own pace within a
//! block: what comes is let wait until it never runs dry, so that the distance in time stays the same from then on.

use shared_taps::{BLOCK_FRAMES, BLOCKS, Block, Point, Reader};

/// A break is faded over this time, seconds.
const FADE_S: f64 = 0.005;
/// Blocks that wait before it begins at first; twice as many after each time that it ran dry.
const FIRST_CUSHION: u64 = 4;
const MOST_CUSHION: u64 = 512;
/// Whoever is dry for longer has stopped, and did not come late: seconds.
const STOPPED_S: f64 = 0.25;
/// How much is waiting at least is looked at over this time, seconds.
const WATCH_S: f64 = 1.0;
/// By more blocks than this, what waits has grown for good: this Meter stood still while the other went on.
const GROWN: u64 = 64;
/// Nobody lets more wait: the rest of the ring is room for the one who writes.
const MOST_WAITING: u64 = BLOCKS as u64 * 3 / 4;

/// Plays one point of one tap. Realtime-safe, all of it.
#[derive(Debug, Clone)]
pub struct TapPlayer {
    reader: Reader,
    point: Point,
    sample_rate_hz: f64,
    frames: [[f32; 2]; BLOCK_FRAMES],
    at: usize,
    count: usize,
    /// Whether it plays; else it waits for the cushion.
    is_flowing: bool,
    cushion: u64,
    /// Frames since it ran dry.
    dry_frames: u64,
    /// The rate of what came last, Hz; 0 before anything came.
    rate_hz: f64,
    /// Whether it came out of its time since that was last asked.
    has_jumped: bool,
    /// Of the second under way: frames, and the least that waited.
    watched: (u64, u64),
    /// The least that waited in the first second.
    usual: Option<u64>,
    fade: Fade,
}

/// From what was heard before a break to what comes behind it.
#[derive(Debug, Clone)]
struct Fade {
    held: [f32; 2],
    last: [f32; 2],
    gain: f32,
    step: f32,
    decay: f32,
}

impl Fade {
    fn new(sample_rate_hz: f64) -> Self {
        let frames = (FADE_S * sample_rate_hz).max(1.0);
        let (step, decay) = ((1.0 / frames) as f32, (-6.0 / frames).exp() as f32);
        Self { held: [0.0; 2], last: [0.0; 2], gain: 0.0, step, decay }
    }

    fn begin(&mut self) {
        (self.held, self.gain) = (self.last, 0.0);
    }

    fn tick(&mut self, frame: Option<[f32; 2]>) -> [f32; 2] {
        if let Some(frame) = frame.filter(|_| self.gain >= 1.0) {
            self.last = frame;
            return frame;
        }
        self.held = self.held.map(|x| x * self.decay);
        self.last = match frame {
            Some(frame) => {
                self.gain = (self.gain + self.step).min(1.0);
                [0, 1].map(|channel| self.held[channel] + self.gain * frame[channel])
            }
            None => self.held,
        };
        self.last
    }
}

impl TapPlayer {
    /// Plays what is published from now on, at this Meter's rate: what runs at another is silent.
    #[must_use]
    pub fn new(mut reader: Reader, point: Point, sample_rate_hz: f64) -> Self {
        reader.skip_to_newest();
        Self {
            reader,
            point,
            sample_rate_hz,
            frames: [[0.0; 2]; BLOCK_FRAMES],
            at: 0,
            count: 0,
            is_flowing: false,
            cushion: FIRST_CUSHION,
            dry_frames: u64::MAX,
            rate_hz: 0.0,
            has_jumped: false,
            watched: (0, u64::MAX),
            usual: None,
            fade: Fade::new(sample_rate_hz),
        }
    }

    /// The rate of what comes, Hz; 0 before anything came.
    #[must_use]
    pub fn rate_hz(&self) -> f64 {
        self.rate_hz
    }

    /// Whether it came out of its time since the last call: what was known of its delay is void.
    pub fn take_jump(&mut self) -> bool {
        std::mem::take(&mut self.has_jumped)
    }

    /// The next frames; silence where nothing comes.
    pub fn fill(&mut self, out: &mut [[f32; 2]]) {
        self.watch(out.len() as u64);
        for frame in out {
            let is_there = self.at < self.count || self.advance();
            let next = is_there.then(|| self.frames[self.at]);
            if is_there {
                self.at += 1;
            } else {
                self.dry_frames = self.dry_frames.saturating_add(1);
            }
            *frame = self.fade.tick(next);
        }
    }

    /// Looks that the distance in time does not grow unseen.
    fn watch(&mut self, frames: u64) {
        if !self.is_flowing {
            return;
        }
        let waiting = self.reader.waiting_blocks();
        let (heard, least) = self.watched;
        self.watched = (heard + frames, least.min(waiting));
        let is_full = waiting > MOST_WAITING;
        if !is_full && (self.watched.0 as f64) < WATCH_S * self.sample_rate_hz {
            return;
        }
        let least = self.watched.1;
        self.watched = (0, u64::MAX);
        let usual = *self.usual.get_or_insert(least);
        if is_full || least > usual + GROWN {
            self.reader.skip_to_newest();
            self.stop(u64::MAX);
        }
    }

    /// Waits for the cushion from now on; it ran dry so many frames ago.
    fn stop(&mut self, dry_frames: u64) {
        self.is_flowing = false;
        (self.at, self.count) = (0, 0);
        self.dry_frames = dry_frames;
        self.fade.begin();
    }

    /// Takes the next block. False if it has to wait for one.
    fn advance(&mut self) -> bool {
        if !self.is_flowing {
            let came_late = (self.dry_frames as f64) < STOPPED_S * self.sample_rate_hz;
            let cushion = if came_late { (2 * self.cushion).min(MOST_CUSHION) } else { self.cushion };
            if self.reader.waiting_blocks() < cushion {
                return false;
            }
            self.cushion = cushion;
            (self.is_flowing, self.has_jumped) = (true, true);
            (self.watched, self.usual) = ((0, u64::MAX), None);
        }
        let mut block = Block::default();
        if !self.reader.read(&mut block) {
            self.stop(0);
            return false;
        }
        self.rate_hz = block.moment.sample_rate_hz;
        if block.is_after_gap && self.count > 0 {
            self.has_jumped = true;
            self.fade.begin();
        }
        let [left, right] = block.at(self.point);
        let is_ours = self.rate_hz == self.sample_rate_hz;
        for (frame, (&left, &right)) in self.frames.iter_mut().zip(left.iter().zip(right)) {
            *frame = if is_ours { [left, right] } else { [0.0; 2] };
        }
        (self.at, self.count) = (0, block.frames());
        true
    }
}
