//! The peaks of each channel between its samples, to the top of the band.

use super::peaks_between::{CHUNK, HISTORY, parabolic_peaks};
use crate::math::reaches;
use crate::oversampling::{Factor, PeakDoubler, Phase, RecentFrames, Upsampler, way_up_delay_top_samples};
use crate::simd::{self, Kernel};

/// Frames of the top rate to each frame.
const TIMES: usize = 8;
/// A parabola's vertex, where it counts, stands above its middle by a quarter of the greatest point at most: an eighth of the
/// difference to a neighbour.
const MOST_OF_VERTEX: f32 = 1.25;

/// Frames that both ways up remember together, and the ones that the second is shown anew.
const PAST: usize = 128;
/// The same at twice the rate.
const PAST_DOUBLED: usize = 32;

/// For each frame the greatest magnitude that the wave of each channel reaches around it, at 8x and with a parabola through the
/// three points at each top. At every rate: what goes up to half of it is read as exactly as treble is at 44.1 kHz.
///
/// First to twice the rate, by 96 taps, then further where that could reach the ceiling; and neither where the samples are so low
/// that nothing between them can.
#[derive(Debug, Clone)]
pub struct FinePeaks {
    first: PeakDoubler,
    past: RecentFrames<PAST>,
    /// Both ways up together read no higher than this times their input.
    most_gain_of_both: f32,
    second: Upsampler<f32, 2>,
    recent: RecentFrames,
    /// The second way up reads no higher than this times its input.
    most_gain: f32,
    doubled: Vec<[f32; 2]>,
    missed: Vec<[f32; 2]>,
    top: Vec<[f32; 2]>,
    /// Room for what is made of them.
    tops: Vec<[f32; 2]>,
}

impl FinePeaks {
    /// At rest, for any rate. Allocates.
    #[must_use]
    pub fn new() -> Self {
        let most_gain = most_gain_of_second();
        Self {
            most_gain_of_both: most_gain_of_first() * most_gain,
            first: PeakDoubler::new(),
            past: RecentFrames::default(),
            most_gain,
            second: Upsampler::new(Factor::X4, Phase::DoubledShort),
            recent: RecentFrames::default(),
            doubled: vec![[0.0; 2]; 2 * CHUNK],
            missed: vec![[0.0; 2]; 2 * PAST],
            top: vec![[0.0; 2]; HISTORY + TIMES * CHUNK],
            tops: vec![[0.0; 2]; TIMES * CHUNK],
        }
    }

    /// The delay in frames: a reading lies between this many frames ago and two later. Realtime-safe once any filter was built.
    #[must_use]
    pub fn delay_samples() -> usize {
        // In samples of the doubled rate: the second of the pair is the sample.
        let first = 2 * PeakDoubler::DELAY_SAMPLES + 1;
        let top_samples = (TIMES / 2 * first) as f64 + way_up_delay_top_samples(Factor::X4, Phase::DoubledShort);
        // A top is known one point later.
        (top_samples as usize + HISTORY / 2).div_ceil(TIMES)
    }

    /// Clears the memory. Realtime-safe.
    pub fn reset(&mut self) {
        self.first.reset();
        self.past.reset();
        self.second.reset();
        self.recent.reset();
        self.top.fill([0.0; 2]);
    }

    /// Fills `peaks` from `frames`, as many as there are ceilings. What does not reach its frame's ceiling may read too low;
    /// readings above are the same whatever the block split. Whether any may be above its ceiling: else all read 0.
    /// Realtime-safe.
    pub fn process(&mut self, frames: &[[f32; 2]], ceilings: &[f32], peaks: &mut [[f32; 2]]) -> bool {
        let mut any = false;
        let chunks = frames.chunks(CHUNK).zip(ceilings.chunks(CHUNK)).zip(peaks.chunks_mut(CHUNK));
        for ((frames, ceilings), peaks) in chunks {
            let count = frames.len().min(ceilings.len()).min(peaks.len());
            any |= self.chunk(&frames[..count], &ceilings[..count], &mut peaks[..count]);
        }
        any
    }

    fn chunk(&mut self, frames: &[[f32; 2]], ceilings: &[f32], peaks: &mut [[f32; 2]]) -> bool {
        let lowest = ceilings.iter().fold(f32::INFINITY, |least, &ceiling| least.min(ceiling));
        let bound = lowest / self.most_gain_of_both;
        if !self.past.reaches(bound) && !reaches(frames.as_flattened(), bound) {
            self.past.skip(frames);
            peaks.fill([0.0; 2]);
            return false;
        }
        if let Some(missed) = self.past.push(frames) {
            self.first.reset();
            self.first.process(&missed, &mut self.missed);
            self.recent.skip(&self.missed[2 * PAST - PAST_DOUBLED..]);
        }
        let doubled = &mut self.doubled[..2 * frames.len()];
        self.first.process(frames, doubled);
        let bound = lowest / self.most_gain;
        if !self.recent.reaches(bound) && !reaches(doubled.as_flattened(), bound) {
            self.recent.skip(doubled);
            peaks.fill([0.0; 2]);
            return false;
        }
        if let Some(missed) = self.recent.push(doubled) {
            self.second.reset();
            let end = missed.len() * TIMES / 2;
            self.second.process(&missed, &mut self.top[..end]);
            self.top.copy_within(end - HISTORY..end, 0);
        }
        let end = HISTORY + frames.len() * TIMES;
        self.second.process(doubled, &mut self.top[HISTORY..end]);
        simd::run(Reader { top: &self.top[..end], tops: &mut self.tops, peaks });
        self.top.copy_within(end - HISTORY..end, 0);
        true
    }
}

impl Default for FinePeaks {
    fn default() -> Self {
        Self::new()
    }
}

/// The greatest sum of magnitudes of any phase of what makes `times` frames of one.
fn most_gain(times: usize, mut up: impl FnMut(&[[f32; 2]], &mut [[f32; 2]])) -> f32 {
    let mut input = vec![[0.0; 2]; 2 * PAST];
    input[0] = [1.0; 2];
    let mut response = vec![[0.0; 2]; times * input.len()];
    up(&input, &mut response);
    let sum = |phase: usize| -> f32 { response.iter().skip(phase).step_by(times).map(|x| x[0].abs()).sum() };
    (0..times).map(sum).fold(1.0, f32::max)
}

/// So much higher than what it is given the second way up may read.
fn most_gain_of_second() -> f32 {
    let mut up = Upsampler::new(Factor::X4, Phase::DoubledShort);
    MOST_OF_VERTEX * most_gain(TIMES / 2, |input, output| up.process(input, output))
}

/// The same of the first: of one sample it gives the greater of each pair of taps, so that this is above the gain of either filter.
fn most_gain_of_first() -> f32 {
    let mut up = PeakDoubler::new();
    most_gain(2, |input, output| up.process(input, output))
}

struct Reader<'a> {
    /// `HISTORY` frames and `TIMES` for each of `peaks`.
    top: &'a [[f32; 2]],
    /// Room for as many.
    tops: &'a mut [[f32; 2]],
    peaks: &'a mut [[f32; 2]],
}

impl Kernel for Reader<'_> {
    #[inline(always)]
    fn run<const FUSED: bool>(self) {
        parabolic_peaks::<TIMES>(self.top, self.tops, |n, peak| self.peaks[n] = peak);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_skipped_could_not_have_reached_the_ceiling() {
        let [first, second] = [most_gain_of_first(), most_gain_of_second()];
        assert!(first > 2.9 && first < 3.5, "{first}");
        assert!(second > 1.6 && second < 2.5, "{second}");
    }
}
