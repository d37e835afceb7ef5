//! What the window draws.

use shared_dsp::delay::DelayLine;
use shared_dsp::loudness::{Crest, TruePeak};
use shared_dsp::math::{MINUS_INFINITY_DB, gain_to_db};
use shared_dsp::nonlinear::StereoFrame;

use super::glides::CHUNK;

/// Frames in a column of the scope.
pub const COLUMN_FRAMES: usize = CHUNK;
/// Columns in one reading: what 10 ms hold at 384 kHz, and a little.
pub const MAX_COLUMNS: usize = 64;

/// One column of the scope: the least and the greatest sample of either channel, linear.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Column {
    /// Of the signal as it would be without the clip and its guard, drive and makeup included.
    pub came: (f32, f32),
    /// Of what is left, before the drive link's cut. What was cut is between.
    pub left: (f32, f32),
}

impl Column {
    fn take(&mut self, came: StereoFrame, left: StereoFrame) {
        let wider = |span: (f32, f32), x: StereoFrame| (span.0.min(x[0]).min(x[1]), span.1.max(x[0]).max(x[1]));
        self.came = wider(self.came, came);
        self.left = wider(self.left, left);
    }
}

/// Clipper's reading. Levels in dBFS, -300 for silence.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipperReading {
    /// The columns since the last reading, oldest first; the first [`column_count`](Self::column_count) of them.
    pub columns: [Column; MAX_COLUMNS],
    /// How many of the columns are there.
    pub column_count: usize,
    /// Peak over RMS of the last three seconds going into the clip, dB; 0 in silence.
    pub crest_in_db: f64,
    /// The same of what comes out.
    pub crest_out_db: f64,
    /// Samples of either channel that came above the ceiling since the last reading.
    pub clipped_samples: u32,
    /// The greatest true peak that was left, dBTP, since the window opened; before the drive link's
    /// cut, to be read against the ceiling.
    pub true_peak_dbtp: f64,
    /// The most that the guard's gain has reduced since the last reading, dB, 0 and up.
    pub guard_reduction_db: f64,
    /// Seconds of programme since the last reading.
    pub elapsed_s: f64,
}

impl Default for ClipperReading {
    fn default() -> Self {
        Self {
            columns: [Column::default(); MAX_COLUMNS],
            column_count: 0,
            crest_in_db: 0.0,
            crest_out_db: 0.0,
            clipped_samples: 0,
            true_peak_dbtp: MINUS_INFINITY_DB,
            guard_reduction_db: 0.0,
            elapsed_s: 0.0,
        }
    }
}

/// Gathers a reading, as long as anybody reads.
#[derive(Debug, Clone)]
pub(super) struct Meters {
    sample_rate_hz: f64,
    /// Frames for which measuring goes on without being read.
    watched_frames: usize,
    /// Puts what came beside what is left, which the guard delays.
    wait: DelayLine<StereoFrame>,
    column: Column,
    column_frames: usize,
    crest_in: Crest,
    crest_out: Crest,
    true_peak: TruePeak,
    reading: ClipperReading,
    frames: usize,
    came: [StereoFrame; CHUNK],
    planes: [[f32; CHUNK]; 4],
}

impl Meters {
    pub(super) fn new(sample_rate_hz: f64, max_guard_samples: usize) -> Self {
        let mut crest = Crest::default();
        crest.prepare(sample_rate_hz);
        Self {
            sample_rate_hz,
            watched_frames: 0,
            wait: DelayLine::new(max_guard_samples),
            column: Column::default(),
            column_frames: 0,
            crest_in: crest.clone(),
            crest_out: crest,
            true_peak: TruePeak::new(),
            reading: ClipperReading::default(),
            frames: 0,
            came: [[0.0; 2]; CHUNK],
            planes: [[0.0; CHUNK]; 4],
        }
    }

    /// Clears the memory of the sound; the guard delays by `guard_samples`. The true peak that is held stays: a host resets
    /// whenever it suspends.
    pub(super) fn reset(&mut self, guard_samples: usize) {
        self.wait.set_delay_samples(guard_samples);
        self.wait.reset();
        self.column = Column::default();
        self.column_frames = 0;
        self.crest_in.reset();
        self.crest_out.reset();
        self.true_peak.flush();
    }

    fn start(&mut self) {
        self.wait.reset();
        self.column = Column::default();
        self.column_frames = 0;
        self.crest_in.reset();
        self.crest_out.reset();
        self.true_peak.reset();
        self.reading = ClipperReading::default();
        self.frames = 0;
    }

    pub(super) fn is_watched(&self) -> bool {
        self.watched_frames > 0
    }

    /// One chunk: what came, as it stood before the guard; what is left, behind it; and the ceilings.
    pub(super) fn take(&mut self, came: &[StereoFrame], left: &[StereoFrame], ceilings: &[f32], is_stereo: bool) {
        let frames = came.len();
        self.watched_frames = self.watched_frames.saturating_sub(frames);
        self.frames += frames;
        let aligned = &mut self.came[..frames];
        aligned.copy_from_slice(came);
        self.wait.process(aligned);
        for ((&came, &left), &ceiling) in aligned.iter().zip(left).zip(ceilings) {
            self.column.take(came, left);
            self.column_frames += 1;
            if self.column_frames == COLUMN_FRAMES {
                if let Some(place) = self.reading.columns.get_mut(self.reading.column_count) {
                    *place = self.column;
                    self.reading.column_count += 1;
                }
                self.column = Column { came: (f32::MAX, f32::MIN), left: (f32::MAX, f32::MIN) };
                self.column_frames = 0;
            }
            let over = |x: f32| u32::from(x.abs() > ceiling);
            self.reading.clipped_samples += over(came[0]) + over(came[1]);
        }
        for (n, (came, left)) in aligned.iter().zip(left).enumerate() {
            for side in 0..2 {
                self.planes[side][n] = came[side];
                self.planes[2 + side][n] = left[side];
            }
        }
        let [came_left, came_right, left_left, left_right] = self.planes.each_ref().map(|plane| &plane[..frames]);
        self.crest_in.feed(came_left, is_stereo.then_some(came_right));
        self.crest_out.feed(left_left, is_stereo.then_some(left_right));
        self.true_peak.process(left_left, is_stereo.then_some(left_right));
    }

    /// The reading since the last one, which keeps measuring for another second.
    pub(super) fn read(&mut self, guard_reduction: f32) -> ClipperReading {
        if !self.is_watched() {
            self.start();
        }
        self.watched_frames = self.sample_rate_hz as usize;
        let reading = ClipperReading {
            crest_in_db: self.crest_in.crest_db(),
            crest_out_db: self.crest_out.crest_db(),
            true_peak_dbtp: self.true_peak.max_dbtp().unwrap_or(MINUS_INFINITY_DB),
            guard_reduction_db: -gain_to_db(1.0 - f64::from(guard_reduction)),
            elapsed_s: self.frames as f64 / self.sample_rate_hz,
            ..self.reading.clone()
        };
        self.reading.column_count = 0;
        self.reading.clipped_samples = 0;
        self.frames = 0;
        reading
    }
}
