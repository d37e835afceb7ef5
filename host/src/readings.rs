//! What a plugin did to its programme.

use std::collections::VecDeque;

use serde::Serialize;
use shared_dsp::loudness::LoudnessMeter;

/// Programme below this is left out of the gain change, in dBFS: there it would be noise against noise.
const GATE_DBFS: f64 = -60.0;

/// What a plugin did to its programme.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Change {
    /// Integrated loudness of its input in LUFS.
    pub loudness_in_lufs: Option<f64>,
    /// Integrated loudness of its output in LUFS.
    pub loudness_out_lufs: Option<f64>,
    /// The gain farthest from 0 dB, signed: what "gain reduction" means outside a window. Gain is the output's RMS over
    /// the aligned input's, in windows of 10 ms whose input is above -60 dBFS.
    pub largest_gain_change_db: Option<f64>,
    /// Mean of those gains in dB.
    pub mean_gain_change_db: Option<f64>,
    /// The least of those gains in dB.
    pub least_gain_db: Option<f64>,
    /// The greatest of those gains in dB.
    pub greatest_gain_db: Option<f64>,
}

/// Compares a plugin's output with its input, delayed by its latency.
pub(crate) struct Comparison {
    loudness_in: LoudnessMeter,
    loudness_out: LoudnessMeter,
    /// The input still to come out, interleaved.
    waiting: VecDeque<f32>,
    aligned: Vec<Vec<f32>>,
    /// Frames of an analysis window.
    window: usize,
    filled: usize,
    power_in: f64,
    power_out: f64,
    gains: (f64, f64, f64, u64),
}

impl Comparison {
    pub(crate) fn new(sample_rate_hz: f64, channels: usize, latency_samples: u32) -> Self {
        Self {
            loudness_in: LoudnessMeter::new(sample_rate_hz),
            loudness_out: LoudnessMeter::new(sample_rate_hz),
            waiting: std::iter::repeat_n(0.0, latency_samples as usize * channels).collect(),
            aligned: vec![Vec::new(); channels],
            window: (sample_rate_hz / 100.0).round().max(1.0) as usize,
            filled: 0,
            power_in: 0.0,
            power_out: 0.0,
            gains: (f64::INFINITY, f64::NEG_INFINITY, 0.0, 0),
        }
    }

    /// Takes a block's input, before the plugin has overwritten it.
    pub(crate) fn push_input(&mut self, channels: &[Vec<f32>]) {
        let frames = channels.first().map_or(0, Vec::len);
        for frame in 0..frames {
            self.waiting.extend(channels.iter().map(|channel| channel[frame]));
        }
    }

    /// Takes the same block's output, and measures those of its frames that are in `valid`: before them comes the
    /// latency, and behind them what is not programme.
    pub(crate) fn push_output(&mut self, channels: &[Vec<f32>], valid: std::ops::Range<usize>) {
        let frames = channels.first().map_or(0, Vec::len);
        self.aligned.iter_mut().for_each(Vec::clear);
        for _ in 0..frames {
            for channel in &mut self.aligned {
                channel.push(self.waiting.pop_front().unwrap_or(0.0));
            }
        }
        if valid.is_empty() {
            return;
        }
        let slice = |channels: &[Vec<f32>], at: usize| channels.get(at).map(|channel| channel[valid.clone()].to_vec());
        let (in_left, in_right) = (slice(&self.aligned, 0), slice(&self.aligned, 1));
        let (out_left, out_right) = (slice(channels, 0), slice(channels, 1));
        if let (Some(before), Some(after)) = (&in_left, &out_left) {
            self.loudness_in.process(before, in_right.as_deref());
            self.loudness_out.process(after, out_right.as_deref());
        }
        for frame in valid {
            for (before, after) in self.aligned.iter().zip(channels) {
                self.power_in += f64::from(before[frame]).powi(2);
                self.power_out += f64::from(after[frame]).powi(2);
            }
            self.filled += 1;
            if self.filled == self.window {
                self.end_window();
            }
        }
    }

    fn end_window(&mut self) {
        let count = (self.filled * self.aligned.len()) as f64;
        let gate = 10f64.powf(GATE_DBFS / 10.0);
        if self.power_in / count > gate {
            // A plugin that mutes leaves no ratio; -200 dB stands for it.
            let gain = 10.0 * (self.power_out / self.power_in).max(1e-20).log10();
            let (least, greatest, sum, windows) = &mut self.gains;
            *least = least.min(gain);
            *greatest = greatest.max(gain);
            *sum += gain;
            *windows += 1;
        }
        (self.filled, self.power_in, self.power_out) = (0, 0.0, 0.0);
    }

    pub(crate) fn finish(self) -> Change {
        let (least, greatest, sum, windows) = self.gains;
        let any = |value: f64| (windows > 0 && value.is_finite()).then_some(value);
        let largest = if least.abs() > greatest.abs() { least } else { greatest };
        Change {
            loudness_in_lufs: self.loudness_in.integrated_lufs(),
            loudness_out_lufs: self.loudness_out.integrated_lufs(),
            largest_gain_change_db: any(largest),
            mean_gain_change_db: any(sum / windows as f64),
            least_gain_db: any(least),
            greatest_gain_db: any(greatest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A known gain behind a known delay: the comparison must find the gain, and not the delay.
    #[test]
    fn gain_is_read_against_the_aligned_input() {
        let (rate, latency, frames) = (48_000.0, 333_usize, 96_000_usize);
        let input: Vec<f32> =
            (0..frames + latency).map(|n| if n < frames { 0.5 * (n as f32 * 0.13).sin() } else { 0.0 }).collect();
        // -6 dB in the first second, +2 dB in the next.
        let gain = |n: usize| if n < frames / 2 { 0.501_187_2_f32 } else { 1.258_925_4 };
        let mut comparison = Comparison::new(rate, 1, latency as u32);
        let mut at = 0;
        for size in [64, 1000, 333, 8192].into_iter().cycle() {
            let end = (at + size).min(input.len());
            comparison.push_input(&[input[at..end].to_vec()]);
            let output: Vec<f32> =
                (at..end).map(|n| n.checked_sub(latency).map_or(0.0, |source| input[source] * gain(source))).collect();
            let valid = latency.clamp(at, end) - at..(latency + frames).clamp(at, end) - at;
            comparison.push_output(&[output], valid);
            at = end;
            if at == input.len() {
                break;
            }
        }
        let change = comparison.finish();
        let near = |value: Option<f64>, expected: f64| value.is_some_and(|value| (value - expected).abs() < 1e-3);
        assert!(near(change.largest_gain_change_db, -6.0), "{change:?}");
        assert!(near(change.mean_gain_change_db, -2.0), "{change:?}");
        assert!(near(change.least_gain_db, -6.0) && near(change.greatest_gain_db, 2.0), "{change:?}");
        assert!(change.loudness_in_lufs.is_some() && change.loudness_out_lufs.is_some());
    }

    #[test]
    fn silence_has_no_gain_and_no_loudness() {
        let mut comparison = Comparison::new(48_000.0, 2, 0);
        let silence = vec![vec![0.0; 48_000]; 2];
        comparison.push_input(&silence);
        comparison.push_output(&silence, 0..48_000);
        assert_eq!(comparison.finish(), Change::default());
    }
}
