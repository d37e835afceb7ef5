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
    /// The signal as it would be without the clip and its guard, drive and makeup included.
    pub input: (f32, f32),
    /// The output, before the drive link's cut. What was cut is between.
    pub output: (f32, f32),
}

impl Column {
    fn push(&mut self, input: StereoFrame, output: StereoFrame) {
        let wider = |span: (f32, f32), x: StereoFrame| (span.0.min(x[0]).min(x[1]), span.1.max(x[0]).max(x[1]));
        self.input = wider(self.input, input);
        self.output = wider(self.output, output);
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
    /// The greatest true peak of the output, dBTP, since the window opened; before the drive link's
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
    /// Aligns the input with the output, which the guard delays.
    delay: DelayLine<StereoFrame>,
    column: Column,
    column_frames: usize,
    crest_in: Crest,
    crest_out: Crest,
    true_peak: TruePeak,
    reading: ClipperReading,
    frames: usize,
    input: [StereoFrame; CHUNK],
    planes: [[f32; CHUNK]; 4],
}

impl Meters {
    pub(super) fn new(sample_rate_hz: f64, max_guard_samples: usize) -> Self {
        let mut crest = Crest::default();
        crest.prepare(sample_rate_hz);
        Self {
            sample_rate_hz,
            watched_frames: 0,
            delay: DelayLine::new(max_guard_samples),
            column: Column::default(),
            column_frames: 0,
            crest_in: crest.clone(),
            crest_out: crest,
            true_peak: TruePeak::new(),
            reading: ClipperReading::default(),
            frames: 0,
            input: [[0.0; 2]; CHUNK],
            planes: [[0.0; CHUNK]; 4],
        }
    }

    /// Clears the memory of the sound; the guard delays by `guard_samples`. The true peak that is held stays: a host resets
    /// whenever it suspends.
    pub(super) fn reset(&mut self, guard_samples: usize) {
        self.delay.start(guard_samples);
        self.column = Column::default();
        self.column_frames = 0;
        self.crest_in.reset();
        self.crest_out.reset();
        self.true_peak.flush();
    }

    fn start(&mut self) {
        self.delay.reset();
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

    /// One chunk: the input as it stood before the guard, the output behind it, and the ceilings.
    pub(super) fn push(&mut self, input: &[StereoFrame], output: &[StereoFrame], ceilings: &[f32], is_stereo: bool) {
        let frames = input.len();
        self.watched_frames = self.watched_frames.saturating_sub(frames);
        self.frames += frames;
        let aligned = &mut self.input[..frames];
        aligned.copy_from_slice(input);
        self.delay.process(aligned);
        for ((&input, &output), &ceiling) in aligned.iter().zip(output).zip(ceilings) {
            self.column.push(input, output);
            self.column_frames += 1;
            if self.column_frames == COLUMN_FRAMES {
                if let Some(place) = self.reading.columns.get_mut(self.reading.column_count) {
                    *place = self.column;
                    self.reading.column_count += 1;
                }
                self.column = Column { input: (f32::MAX, f32::MIN), output: (f32::MAX, f32::MIN) };
                self.column_frames = 0;
            }
            let over = |x: f32| u32::from(x.abs() > ceiling);
            self.reading.clipped_samples += over(input[0]) + over(input[1]);
        }
        for (n, (input, output)) in aligned.iter().zip(output).enumerate() {
            for side in 0..2 {
                self.planes[side][n] = input[side];
                self.planes[2 + side][n] = output[side];
            }
        }
        let [in_left, in_right, out_left, out_right] = self.planes.each_ref().map(|plane| &plane[..frames]);
        self.crest_in.feed(in_left, is_stereo.then_some(in_right));
        self.crest_out.feed(out_left, is_stereo.then_some(out_right));
        self.true_peak.process(out_left, is_stereo.then_some(out_right));
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
