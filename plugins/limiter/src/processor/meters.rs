//! What the window draws.

use std::sync::Arc;

use shared_dsp::loudness::{Crest, LoudnessMeter, TruePeak};
use shared_dsp::math::{MINUS_INFINITY_DB, gain_to_db};
use shared_dsp::spectrum::SampleTap;

/// The most frames computed at once.
pub(super) const CHUNK: usize = 64;

/// Columns of the picture in a second.
pub const COLUMNS_PER_S: f64 = 200.0;
/// The most columns in one reading.
pub const MAX_COLUMNS: usize = 16;
/// What a window that stands still for a moment may still hear, s.
const TAP_S: f64 = 2.0;
/// Chunks of ceilings remembered: the true peak is known some frames later.
const CEILINGS: usize = 4;

/// One column of the picture. Linear, 1 at full scale.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Column {
    /// The greatest sample of either channel going into the limiter, gain included, aligned with the output.
    pub input_peak: f32,
    /// The greatest sample coming out.
    pub output_peak: f32,
    /// Mean square of both channels coming out.
    pub output_square: f32,
    /// The most reduction of either channel, dB, 0 and up.
    pub reduction_db: f32,
    /// The ceiling, linear.
    pub ceiling: f32,
}

/// One end of the limiter. Levels in dB; -300 for silence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EndReading {
    /// The greatest sample of each channel since the last reading, dBFS.
    pub peak_dbfs: [f64; 2],
    /// The greatest true peak of either channel since the measurement began, dBTP.
    pub true_peak_dbtp: f64,
    /// Loudness of the last 3 s, LUFS; none in silence.
    pub short_term_lufs: Option<f64>,
    /// Loudness since the measurement began, LUFS; none before 0.4 s of programme.
    pub integrated_lufs: Option<f64>,
    /// Peak over RMS of the last 3 s, dB; 0 in silence.
    pub crest_db: f64,
}

impl Default for EndReading {
    fn default() -> Self {
        Self {
            peak_dbfs: [MINUS_INFINITY_DB; 2],
            true_peak_dbtp: MINUS_INFINITY_DB,
            short_term_lufs: None,
            integrated_lufs: None,
            crest_db: 0.0,
        }
    }
}

/// Limiter's reading. The measurement begins when the window opens and with the button Reset. Output is measured behind the
/// ceiling and before unity gain, the shell's output trim and dither: add the trim's decibels for what leaves the plugin.
#[derive(Debug, Clone)]
pub struct LimiterReading {
    /// The columns since the last reading, oldest first; the first [`column_count`](Self::column_count) of them.
    pub columns: [Column; MAX_COLUMNS],
    /// How many of the columns are there.
    pub column_count: usize,
    /// What goes in, before the gain.
    pub input: EndReading,
    /// What comes out.
    pub output: EndReading,
    /// The most reduction of each channel since the last reading, dB, 0 and up.
    pub reduction_db: [f64; 2],
    /// The most reduction of either channel since the measurement began, dB.
    pub most_reduction_db: f64,
    /// The greatest true peak of the output above the ceiling of its time since the measurement began, dB: about 0 or
    /// below; -300 in silence.
    pub residual_db: f64,
    /// True peak over integrated loudness of the output, dB; none before 0.4 s of programme.
    pub plr_db: Option<f64>,
    /// Seconds of programme since the last reading.
    pub elapsed_s: f64,
    /// Whether dither is on, and its noise is shaped: it is not at rates that have no table.
    pub is_dither_shaped: bool,
    /// What goes in, before the gain, and the side chain, for Learn; `None` until the processor has run.
    pub taps: Option<[Arc<SampleTap>; 2]>,
    /// Whether the taps hold two channels; of mono both are the same.
    pub is_stereo: bool,
}

impl Default for LimiterReading {
    fn default() -> Self {
        Self {
            columns: [Column::default(); MAX_COLUMNS],
            column_count: 0,
            input: EndReading::default(),
            output: EndReading::default(),
            reduction_db: [0.0; 2],
            most_reduction_db: 0.0,
            residual_db: MINUS_INFINITY_DB,
            plr_db: None,
            elapsed_s: 0.0,
            is_dither_shaped: false,
            taps: None,
            is_stereo: true,
        }
    }
}

/// One end, measured.
#[derive(Debug, Clone)]
struct End {
    peaks: [f32; 2],
    true_peak: TruePeak,
    loudness: LoudnessMeter,
    crest: Crest,
}

impl End {
    fn new(sample_rate_hz: f64) -> Self {
        let mut crest = Crest::default();
        crest.prepare(sample_rate_hz);
        Self { peaks: [0.0; 2], true_peak: TruePeak::new(), loudness: LoudnessMeter::new(sample_rate_hz), crest }
    }

    fn reset(&mut self) {
        self.peaks = [0.0; 2];
        self.true_peak.reset();
        self.loudness.reset();
        self.crest.reset();
    }

    /// The host suspended: what is integrated goes on.
    fn interrupt(&mut self) {
        self.true_peak.flush();
        self.loudness.interrupt();
        self.crest.reset();
    }

    /// Returns the greatest sample of both channels.
    fn push(&mut self, left: &[f32], right: Option<&[f32]>) -> f32 {
        let greatest = |x: &[f32]| x.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        let now = [greatest(left), right.map_or(0.0, greatest)];
        self.peaks = [self.peaks[0].max(now[0]), self.peaks[1].max(now[1])];
        self.true_peak.process(left, right);
        self.loudness.process(left, right);
        self.crest.feed(left, right);
        now[0].max(now[1])
    }

    fn read(&mut self, is_stereo: bool) -> EndReading {
        let mut peaks = std::mem::take(&mut self.peaks);
        if !is_stereo {
            peaks[1] = peaks[0];
        }
        EndReading {
            peak_dbfs: peaks.map(|peak| gain_to_db(f64::from(peak))),
            true_peak_dbtp: self.true_peak.max_dbtp().unwrap_or(MINUS_INFINITY_DB),
            short_term_lufs: self.loudness.short_term_lufs(),
            integrated_lufs: self.loudness.integrated_lufs(),
            crest_db: self.crest.crest_db(),
        }
    }
}

/// What one chunk brings.
pub(super) struct Chunk<'a> {
    /// Before the gain, now.
    pub(super) input: (&'a [f32], Option<&'a [f32]>),
    /// Behind the gain, aligned with the output.
    pub(super) driven: (&'a [f32], Option<&'a [f32]>),
    /// Behind the ceiling.
    pub(super) output: (&'a [f32], Option<&'a [f32]>),
    /// The most reduction of each channel, dB.
    pub(super) reduction_db: [f32; 2],
    /// The ceilings that held the output.
    pub(super) ceilings: &'a [f32],
}

/// Gathers a reading, as long as anybody reads.
#[derive(Debug, Clone)]
pub(super) struct Meters {
    sample_rate_hz: f64,
    is_stereo: bool,
    /// Frames for which measuring goes on without being read.
    watched_frames: usize,
    input: End,
    output: End,
    column: Column,
    column_frames: usize,
    frames_per_column: usize,
    ceilings: [f32; CEILINGS],
    reading: LimiterReading,
    frames: usize,
    taps: [Arc<SampleTap>; 2],
}

impl Meters {
    pub(super) fn new(sample_rate_hz: f64, is_stereo: bool) -> Self {
        Self {
            sample_rate_hz,
            is_stereo,
            watched_frames: 0,
            input: End::new(sample_rate_hz),
            output: End::new(sample_rate_hz),
            column: Column::default(),
            column_frames: 0,
            frames_per_column: ((sample_rate_hz / COLUMNS_PER_S) as usize).max(CHUNK),
            ceilings: [0.0; CEILINGS],
            reading: LimiterReading::default(),
            frames: 0,
            taps: std::array::from_fn(|_| Arc::new(SampleTap::new((sample_rate_hz * TAP_S) as usize))),
        }
    }

    /// What goes in, and the side chain, if there is one.
    pub(super) fn tap(&self, left: &[f32], right: Option<&[f32]>, key: Option<(&[f32], &[f32])>) {
        if self.is_watched() {
            // The key first: who has read a frame finds its key.
            if let Some((left, right)) = key {
                self.taps[1].push(left, Some(right));
            }
            self.taps[0].push(left, right);
        }
    }

    /// The host suspended: the measurement goes on.
    pub(super) fn reset(&mut self) {
        self.input.interrupt();
        self.output.interrupt();
        (self.column, self.column_frames) = (Column::default(), 0);
        self.ceilings = [0.0; CEILINGS];
    }

    /// Begins a new measurement.
    pub(super) fn start(&mut self) {
        self.input.reset();
        self.output.reset();
        (self.column, self.column_frames) = (Column::default(), 0);
        self.ceilings = [0.0; CEILINGS];
        self.reading = LimiterReading::default();
        self.frames = 0;
    }

    pub(super) fn is_watched(&self) -> bool {
        self.watched_frames > 0
    }

    pub(super) fn push(&mut self, chunk: &Chunk<'_>) {
        let frames = chunk.output.0.len();
        self.watched_frames = self.watched_frames.saturating_sub(frames);
        self.frames += frames;
        self.input.push(chunk.input.0, chunk.input.1);
        let output_peak = self.output.push(chunk.output.0, chunk.output.1);
        self.push_residual(chunk.ceilings);

        let reading = &mut self.reading;
        for (most, &db) in reading.reduction_db.iter_mut().zip(&chunk.reduction_db) {
            *most = most.max(db.into());
        }
        let reduction_db = chunk.reduction_db[0].max(chunk.reduction_db[1]);
        reading.most_reduction_db = reading.most_reduction_db.max(reduction_db.into());

        let sides = |pair: (&[f32], Option<&[f32]>), of: fn(&[f32]) -> f32| (of(pair.0), pair.1.map(of));
        let (peak, other) = sides(chunk.driven, |x| x.iter().fold(0.0, |most, x| x.abs().max(most)));
        let (square, other_square) = sides(chunk.output, |x| x.iter().map(|x| x * x).sum());
        let column = &mut self.column;
        column.input_peak = column.input_peak.max(peak).max(other.unwrap_or(0.0));
        column.output_peak = column.output_peak.max(output_peak);
        column.output_square += other_square.map_or(square, |other| 0.5 * (square + other));
        column.reduction_db = column.reduction_db.max(reduction_db);
        column.ceiling = chunk.ceilings.last().copied().unwrap_or(column.ceiling);
        self.column_frames += frames;
        if self.column_frames >= self.frames_per_column {
            column.output_square /= self.column_frames as f32;
            if let Some(place) = reading.columns.get_mut(reading.column_count) {
                *place = *column;
                reading.column_count += 1;
            }
            (self.column, self.column_frames) = (Column::default(), 0);
        }
    }

    fn push_residual(&mut self, ceilings: &[f32]) {
        let highest = ceilings.iter().fold(0.0_f32, |most, &ceiling| most.max(ceiling));
        self.ceilings.rotate_right(1);
        self.ceilings[0] = highest;
        let [left, right] = self.output.true_peak.take_recent();
        let ceiling = self.ceilings.iter().fold(0.0_f32, |most, &ceiling| most.max(ceiling));
        let residual_db = gain_to_db(left.max(right) / f64::from(ceiling.max(f32::MIN_POSITIVE)));
        self.reading.residual_db = self.reading.residual_db.max(residual_db);
    }

    /// The reading since the last one, which keeps measuring for another second.
    pub(super) fn read(&mut self, is_dither_shaped: bool) -> LimiterReading {
        if !self.is_watched() {
            self.start();
        }
        self.watched_frames = self.sample_rate_hz as usize;
        let output = self.output.read(self.is_stereo);
        let mut reading = LimiterReading {
            input: self.input.read(self.is_stereo),
            output,
            plr_db: output.integrated_lufs.map(|lufs| output.true_peak_dbtp - lufs),
            elapsed_s: self.frames as f64 / self.sample_rate_hz,
            is_dither_shaped,
            taps: Some(self.taps.clone()),
            is_stereo: self.is_stereo,
            ..self.reading.clone()
        };
        if !self.is_stereo {
            reading.reduction_db[1] = reading.reduction_db[0];
        }
        self.reading.column_count = 0;
        self.reading.reduction_db = [0.0; 2];
        self.frames = 0;
        reading
    }
}
