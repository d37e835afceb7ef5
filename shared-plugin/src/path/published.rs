//! What a window shows of both ends, measured and published every ten milliseconds while one is open.

use shared_dsp::Processor;
use shared_dsp::loudness::LoudnessMeter;

use super::segment::{Channels, Size};
use crate::feed::{FRAMES_PER_SECOND, Feed, ReadingFrame};

pub(super) struct Published<R> {
    pub feed: Feed<R>,
    input_loudness: LoudnessMeter,
    output_loudness: LoudnessMeter,
    frame: ReadingFrame<R>,
    frame_position: usize,
    frame_length: usize,
}

impl<R: Default> Published<R> {
    pub fn new(feed: Feed<R>) -> Self {
        Self {
            feed,
            input_loudness: LoudnessMeter::new(48_000.0),
            output_loudness: LoudnessMeter::new(48_000.0),
            frame: ReadingFrame::default(),
            frame_position: 0,
            frame_length: 480,
        }
    }

    /// Another rate. Allocates.
    pub fn prepare(&mut self, sample_rate_hz: f64) {
        self.input_loudness.prepare(sample_rate_hz);
        self.output_loudness.prepare(sample_rate_hz);
        self.frame_length = (sample_rate_hz / FRAMES_PER_SECOND).round() as usize;
    }

    pub fn reset(&mut self) {
        self.reset_loudness();
        self.frame = ReadingFrame::default();
        self.frame_position = 0;
    }

    pub fn reset_loudness(&mut self) {
        self.input_loudness.reset();
        self.output_loudness.reset();
    }

    /// Accepts the dry and what leaves the plugin.
    pub fn push<P: Processor<Reading = R>>(&mut self, dry: &Channels, out: &Channels, size: Size, processor: &mut P) {
        if !self.feed.is_watched() {
            return;
        }
        let (input_peak, output_peak) = (size.peaks(dry), size.peaks(out));
        for side in 0..2 {
            self.frame.input_peak[side] = self.frame.input_peak[side].max(input_peak[side]);
            self.frame.output_peak[side] = self.frame.output_peak[side].max(output_peak[side]);
        }
        let (left, right) = size.sides(dry);
        self.input_loudness.process(left, right);
        let (left, right) = size.sides(out);
        self.output_loudness.process(left, right);
        self.frame_position += size.frames;
        if self.frame_position >= self.frame_length {
            self.frame_position = 0;
            let frame = ReadingFrame {
                reading: processor.reading(),
                input_lufs: lufs(&self.input_loudness),
                output_lufs: lufs(&self.output_loudness),
                ..std::mem::take(&mut self.frame)
            };
            self.feed.push(frame, processor.is_at_rest());
        }
    }
}

/// Short-term loudness for the window; minus infinity in silence.
fn lufs(meter: &LoudnessMeter) -> f32 {
    meter.short_term_lufs().map_or(f32::NEG_INFINITY, |lufs| lufs as f32)
}
