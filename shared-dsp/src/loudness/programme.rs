//! Every reading of a programme in one pass: what Meter shows, and what `twobus measure`, the render report and the demo
//! print.

use std::sync::Arc;

use super::channels::{CHUNK_FRAMES, MAX_CHANNELS, MAX_PAIRS, PairChunk, gather, pair_count};
use super::classic::VuNeedle;
use super::events::{Event, EventList};
use super::history::History;
use super::levels::{Levels, PairSums, highest};
use super::readings::{LiveReadings, Places, Readings};
use super::stereo::{LowEnd, StereoReadings, width};
use super::sub_block::{SUB_BLOCK_S, SubBlockClock};
use super::totals::{Tenth, Totals};
use super::window::SlidingWindow;
use super::{LoudnessMeter, SHORT_TERM_SUB_BLOCKS, TruePeak};
use crate::math::{MINUS_INFINITY_DB, power_to_db};
use crate::simd::{self, dispatch};

/// Sub-blocks in the window of RMS, correlation and balance as they move: the 600 ms of the K-System.
const LIVE_SUB_BLOCKS: usize = 60;

/// Measures a programme of one to eight channels as it runs. Constant memory; nothing allocates after
/// [`new`](Self::new). Non-finite samples count as silence and is counted.
///
/// Correlation, balance, mono-sum loss and the width of the low end are those of the first two channels.
#[derive(Debug)]
pub struct ProgrammeMeter {
    channels: usize,
    loudness: LoudnessMeter,
    true_peaks: Vec<TruePeak>,
    low_end: LowEnd,
    needles: [VuNeedle; 2],
    clock: SubBlockClock,
    now: Levels,
    now_frames: u64,
    /// The sub-block before: what moves is read off it.
    last: Levels,
    /// The true peak of each channel in it.
    true_peak_last: [f64; MAX_CHANNELS],
    peaks_3s: SlidingWindow<f64>,
    /// Means over 600 ms of the front pair: left squared, right squared, left times right, low mid squared, low side squared.
    live: SlidingWindow<[f64; 5]>,
    tenth: Tenth,
    history: Arc<History>,
    totals: Totals,
    overs: EventList,
    clips: EventList,
    is_paused: bool,
    scrubbed: u64,
}

impl ProgrammeMeter {
    /// A meter of mono or stereo at rest. Allocates all that it will ever need.
    #[must_use]
    pub fn new(sample_rate_hz: f64) -> Self {
        Self::with_weights(sample_rate_hz, &[1.0, 1.0])
    }

    /// A meter at rest for as many channels as there are weights, at most eight; see
    /// [`channel_weights`](super::channel_weights). Allocates all that it will ever need.
    #[must_use]
    pub fn with_weights(sample_rate_hz: f64, weights: &[f64]) -> Self {
        Self {
            channels: 0,
            loudness: LoudnessMeter::with_weights(sample_rate_hz, weights),
            true_peaks: vec![TruePeak::new(); pair_count(weights.len())],
            low_end: LowEnd::new(sample_rate_hz),
            needles: [VuNeedle::new(SUB_BLOCK_S), VuNeedle::new(SUB_BLOCK_S)],
            clock: SubBlockClock::new(sample_rate_hz),
            now: Levels::default(),
            now_frames: 0,
            last: Levels::default(),
            true_peak_last: [0.0; MAX_CHANNELS],
            peaks_3s: SlidingWindow::new(SHORT_TERM_SUB_BLOCKS, 0.0, f64::max),
            live: SlidingWindow::new(LIVE_SUB_BLOCKS, [0.0; 5], |a, b| std::array::from_fn(|k| a[k] + b[k])),
            tenth: Tenth::EMPTY,
            history: Arc::new(History::new()),
            totals: Totals::default(),
            overs: EventList::new(),
            clips: EventList::new(),
            is_paused: false,
            scrubbed: 0,
        }
    }

    /// Forgets everything, the pause included. Realtime-safe.
    pub fn reset(&mut self) {
        self.loudness.reset();
        self.true_peaks.iter_mut().for_each(TruePeak::reset);
        self.low_end.reset();
        self.needles.iter_mut().for_each(VuNeedle::reset);
        self.clock.reset();
        self.now = Levels::default();
        self.now_frames = 0;
        self.last = Levels::default();
        self.true_peak_last = [0.0; MAX_CHANNELS];
        self.peaks_3s.reset();
        self.live.reset();
        self.is_paused = false;
        self.scrubbed = 0;
        self.reset_integration();
    }

    /// What comes next does not continue what came before (the host suspended): filters, windows and needles forget; all
    /// that is integrated, counted and remembered goes on. Realtime-safe.
    pub fn interrupt(&mut self) {
        self.loudness.interrupt();
        // What the interpolators still hold was played.
        self.true_peaks.iter_mut().for_each(TruePeak::flush);
        self.low_end.reset();
        self.needles.iter_mut().for_each(VuNeedle::reset);
        self.peaks_3s.reset();
        self.live.reset();
        self.overs.end();
        self.clips.end();
    }

    /// Forgets what was integrated, counted and remembered; what moves runs on. Realtime-safe.
    pub fn reset_integration(&mut self) {
        self.loudness.reset_integration();
        self.tenth = Tenth::EMPTY;
        self.history.reset();
        self.totals = Totals::default();
        self.overs.reset();
        self.clips.reset();
    }

    /// Pauses or continues all that is integrated, counted and remembered; what moves runs on. Takes effect at the next
    /// whole 10 ms. Realtime-safe.
    pub fn set_paused(&mut self, paused: bool) {
        if paused != self.is_paused {
            self.is_paused = paused;
            self.loudness.set_paused(paused);
            self.overs.end();
            self.clips.end();
        }
    }

    /// Takes the next frames, full scale at ±1; `right` is absent in mono, throughout. The shorter slice tells the
    /// length. Realtime-safe.
    pub fn process(&mut self, left: &[f32], right: Option<&[f32]>) {
        match right {
            Some(right) => self.process_channels(&[left, right]),
            None => self.process_channels(&[left]),
        }
    }

    /// Takes the next frames, a slice a channel, the same number throughout. The shortest tells the length; channels
    /// beyond those that the meter was made for do not count. Realtime-safe.
    pub fn process_channels(&mut self, channels: &[&[f32]]) {
        let channels = &channels[..channels.len().min(2 * self.true_peaks.len())];
        self.channels = self.channels.max(channels.len());
        let frames = channels.iter().map(|channel| channel.len()).min().unwrap_or(0);
        let mut chunk: [PairChunk; MAX_PAIRS] = [[[0.0; 2]; CHUNK_FRAMES]; MAX_PAIRS];
        let mut start = 0;
        while start < frames {
            let count = self.clock.left().min(frames - start).min(CHUNK_FRAMES);
            self.scrubbed += dispatch!(simd::level(), _ => gather(channels, start, count, &mut chunk));
            for (pair, (true_peak, chunk)) in self.true_peaks.iter_mut().zip(&chunk).enumerate() {
                dispatch!(simd::level(), _ => self.now.take_peaks(pair, &chunk[..count]));
                true_peak.process_chunk(&chunk[..count]);
            }
            for (sums, chunk) in self.now.pairs.iter_mut().zip(&chunk).take(self.true_peaks.len()).skip(1) {
                chunk[..count].iter().for_each(|&frame| sums.push(frame));
            }
            dispatch!(simd::level(), _ => self.sum_up(&chunk, count));
            self.now_frames += count as u64;
            start += count;
            if self.clock.advance(count).is_some() {
                self.end_sub_block();
            }
        }
    }

    /// Loudness, the sums of the front pair and its low end, of the first `count` frames.
    #[inline(always)]
    fn sum_up(&mut self, chunk: &[PairChunk], count: usize) {
        // Copies in registers.
        let (mut sums, mut low_end) = (self.now.pairs[0], self.low_end.clone());
        self.loudness.process_chunk_beside(chunk, count, |frame| {
            sums.push(frame);
            low_end.push(frame);
        });
        (self.now.pairs[0], self.low_end) = (sums, low_end);
    }

    /// Ten milliseconds are full, in the loudness meter as well.
    fn end_sub_block(&mut self) {
        let frames = self.now_frames as f64;
        let [mid, side] = self.low_end.end_sub_block();
        let front = self.now.pairs[0];
        let [left, right] = front.square;
        self.live.push([left, right, front.product, mid, side].map(|sum| sum / frames));
        for (needle, magnitude) in self.needles.iter_mut().zip(front.magnitude) {
            needle.step(magnitude / frames);
        }
        let peak = self.take_true_peaks();
        self.peaks_3s.push(peak.1);
        self.last = self.now;
        self.integrate([mid, side], peak);
        self.now = Levels::default();
        self.now_frames = 0;
    }

    /// The true peaks since the last sub-block; the highest of them and its channel.
    fn take_true_peaks(&mut self) -> (usize, f64) {
        for (meter, peaks) in self.true_peaks.iter_mut().zip(self.true_peak_last.chunks_exact_mut(2)) {
            peaks.copy_from_slice(&meter.take_recent());
        }
        highest(&self.true_peak_last)
    }

    /// Adds the sub-block (or, at the end of a programme, the beginning of one) to what is integrated.
    fn integrate(&mut self, low_end: [f64; 2], (true_peak_channel, true_peak): (usize, f64)) {
        if self.is_paused {
            return;
        }
        let start_s = self.totals.measured_s();
        self.totals.push(&self.now, self.now_frames, low_end, true_peak);
        let (sample_peak_channel, sample_peak) = self.now.highest();
        let event = |channel: usize, peak: f64| Event {
            start_s,
            length_s: SUB_BLOCK_S,
            channel,
            peak,
            clipped_samples: self.now.clipped,
        };
        self.overs.push((true_peak > 1.0).then(|| event(true_peak_channel, true_peak)));
        self.clips.push((self.now.clipped > 0).then(|| event(sample_peak_channel, sample_peak)));

        let psr_db = self.psr_db();
        self.totals.push_psr(psr_db);
        if let Some(point) = self.tenth.push(&self.now.pairs[0], true_peak, &self.loudness, self.channels) {
            self.history.push(point);
        }
    }

    /// Ends the programme: what is still held is measured. Call once, behind the last frame.
    pub fn finish(&mut self) {
        self.true_peaks.iter_mut().for_each(TruePeak::flush);
        let peak = self.take_true_peaks();
        let low_end = self.low_end.end_sub_block();
        self.integrate(low_end, peak);
        self.now = Levels::default();
        self.now_frames = 0;
        self.overs.end();
        self.clips.end();
    }

    /// Samples that were not finite, taken as silence.
    #[must_use]
    pub fn scrubbed_samples(&self) -> u64 {
        self.scrubbed
    }

    /// Frames integrated so far.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.totals.frames() + if self.is_paused { 0 } else { self.now_frames }
    }

    /// The loudness meter inside.
    #[must_use]
    pub fn loudness(&self) -> &LoudnessMeter {
        &self.loudness
    }

    /// The history of loudness, true peak and correlation; may be kept and read on another thread.
    #[must_use]
    pub fn history(&self) -> &Arc<History> {
        &self.history
    }

    /// The worst segments above 0 dBTP, at most 64, in no order. One that still lasts is not among them; see
    /// [`running_over`](Self::running_over).
    #[must_use]
    pub fn overs(&self) -> &[Event] {
        self.overs.worst()
    }

    /// A segment above 0 dBTP that still lasts.
    #[must_use]
    pub fn running_over(&self) -> Option<Event> {
        self.overs.running()
    }

    /// A segment with clipped samples that still lasts.
    #[must_use]
    pub fn running_clip(&self) -> Option<Event> {
        self.clips.running()
    }

    /// The worst segments with clipped samples, at most 64, in no order. One that still lasts is not among them; see
    /// [`running_clip`](Self::running_clip).
    #[must_use]
    pub fn clips(&self) -> &[Event] {
        self.clips.worst()
    }

    /// Where the extremes are.
    #[must_use]
    pub fn places(&self) -> Places {
        Places {
            max_momentary_s: self.loudness.max_momentary_s(),
            max_short_term_s: self.loudness.max_short_term_s(),
            ..self.totals.places()
        }
    }

    /// True peak of the last 3 s above short-term loudness, where there is programme.
    fn psr_db(&self) -> Option<f64> {
        let short_term = self.loudness.short_term_lufs().filter(|_| self.loudness.is_programme())?;
        let peak = self.peaks_3s.value();
        (peak > 0.0).then(|| 20.0 * peak.log10() - short_term)
    }

    /// What moves, as of the last whole 10 ms. Realtime-safe.
    #[must_use]
    pub fn live(&self) -> LiveReadings {
        let level = |lufs: Option<f64>| lufs.unwrap_or(MINUS_INFINITY_DB);
        let sums = self.live.value().map(|sum| sum / LIVE_SUB_BLOCKS as f64);
        let front = PairSums { square: [sums[0], sums[1]], product: sums[2], ..PairSums::default() };
        let stereo = StereoReadings::of(&front, 1.0, self.channels);
        // A mono programme shows the same on both sides.
        let sides = [0, usize::from(self.channels > 1)];
        LiveReadings {
            momentary_lufs: level(self.loudness.momentary_lufs()),
            short_term_lufs: level(self.loudness.short_term_lufs()),
            true_peak_dbtp: sides.map(|side| crate::math::gain_to_db(self.true_peak_last[side])),
            sample_peak_dbfs: sides.map(|side| crate::math::gain_to_db(f64::from(self.last.peak[side]))),
            rms_dbfs: sides.map(|side| power_to_db(sums[side])),
            vu_dbfs: sides.map(|side| self.needles[side].sine_dbfs()),
            psr_db: self.psr_db().unwrap_or(0.0),
            correlation: stereo.correlation.unwrap_or(0.0),
            balance_db: stereo.balance_db.unwrap_or(0.0),
            low_end_width: width([sums[3], sums[4]], 1.0, self.channels).unwrap_or(0.0),
        }
    }

    /// All readings so far. Realtime-safe.
    #[must_use]
    pub fn readings(&self) -> Readings {
        let mut totals = self.totals;
        if !self.is_paused {
            // The sub-block that is not yet full counts as well.
            totals.add_running(&self.now, self.now_frames, self.true_peaks.iter().flat_map(TruePeak::recent));
        }
        totals.readings(&self.loudness, self.overs.total(), self.channels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loudness::lufs_to_power;

    /// All that runs on sub-blocks, for a day: -23 LUFS by day and -40 by night, in turns of six hours.
    #[test]
    fn a_day_neither_drifts_nor_grows() {
        let mut meter = ProgrammeMeter::new(48_000.0);
        meter.channels = 2;
        let mut sums = PairSums::default();
        for sub_block in 0..8_640_000_u64 {
            let lufs = if sub_block / 2_160_000 % 2 == 0 { -23.0 } else { -40.0 };
            let power = lufs_to_power(lufs) / 2.0;
            // 0.1 is no number of binary digits: sums of it err at every step.
            sums.sum = [48.0; 2];
            sums.square = [480.0 * power; 2];
            sums.product = 480.0 * power;
            meter.now.pairs[0] = sums;
            meter.now.peak[0] = 0.5;
            meter.now.clipped = u64::from(sub_block % 1_000 == 7);
            meter.now_frames = 480;
            meter.loudness.end_sub_block(2.0 * power);
            meter.end_sub_block();
        }
        let readings = meter.readings();
        // Night lies 17 LU below day, so that the gate leaves it out.
        let integrated = readings.integrated_lufs.unwrap();
        assert!((integrated + 23.0).abs() < 1e-4, "{integrated} LUFS");
        let range = readings.loudness_range_lu.unwrap();
        assert!((range - 17.0).abs() < 0.01, "{range} LU");
        let mean = (lufs_to_power(-23.0) + lufs_to_power(-40.0)) / 4.0;
        let rms = readings.rms_dbfs.unwrap();
        assert!((rms - 10.0 * mean.log10()).abs() < 1e-9, "{rms} dBFS");
        assert!((readings.dc_offset.unwrap() - 0.1).abs() < 1e-10, "{:?}", readings.dc_offset);
        assert!((readings.correlation.unwrap() - 1.0).abs() < 1e-12);
        assert_eq!((readings.clipped_samples, meter.frames()), (8_640, 86_400 * 48_000));
        assert_eq!((meter.clips().len(), meter.clips.total(), meter.history().len()), (64, 8_640, 864_000));
        assert!((meter.loudness().measured_s() - 86_400.0).abs() < 1e-6);
    }
}
