//! What a plugin did to its programme.

use serde::Serialize;

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

/// Cuts a programme into windows of 10 ms and tells their powers: sums of squares over all channels. Frame by frame in
/// order, whatever the blocks: the sums are the same to the last bit.
pub(crate) struct Windows {
    length: usize,
    filled: usize,
    sums: Vec<f64>,
}

impl Windows {
    pub(crate) fn new(sample_rate_hz: f64, channels: usize) -> Self {
        Self { length: window_frames(sample_rate_hz), filled: 0, sums: vec![0.0; channels] }
    }

    /// Takes the next frames, a slice a channel, all of one length, and appends the powers of the windows that end in them.
    pub(crate) fn push(&mut self, channels: &[&[f32]], powers: &mut Vec<f64>) {
        let frames = channels.first().map_or(0, |channel| channel.len());
        let mut start = 0;
        while start < frames {
            let end = (start + self.length - self.filled).min(frames);
            match (channels, self.sums.as_mut_slice()) {
                // Side by side: one sum waits for the other's addition.
                ([left, right], [sum_left, sum_right]) => {
                    let (mut l, mut r) = (*sum_left, *sum_right);
                    for (&x, &y) in left[start..end].iter().zip(&right[start..end]) {
                        (l, r) = (l + f64::from(x) * f64::from(x), r + f64::from(y) * f64::from(y));
                    }
                    (*sum_left, *sum_right) = (l, r);
                }
                (channels, sums) => {
                    for (sum, channel) in sums.iter_mut().zip(channels) {
                        channel[start..end].iter().for_each(|&x| *sum += f64::from(x) * f64::from(x));
                    }
                }
            }
            self.filled += end - start;
            start = end;
            if self.filled == self.length {
                powers.push(self.sums.iter().sum());
                self.sums.fill(0.0);
                self.filled = 0;
            }
        }
    }
}

fn window_frames(sample_rate_hz: f64) -> usize {
    (sample_rate_hz / 100.0).round().max(1.0) as usize
}

/// Compares the windows of a plugin's output with those of its input.
pub(crate) struct Comparison {
    /// Power of a window below which it is left out.
    gate: f64,
    least_db: f64,
    greatest_db: f64,
    sum_db: f64,
    windows: u64,
}

impl Comparison {
    pub(crate) fn new(sample_rate_hz: f64, channels: usize) -> Self {
        let samples = (window_frames(sample_rate_hz) * channels) as f64;
        Self {
            gate: samples * 10f64.powf(GATE_DBFS / 10.0),
            least_db: f64::INFINITY,
            greatest_db: f64::NEG_INFINITY,
            sum_db: 0.0,
            windows: 0,
        }
    }

    /// Takes the power of a window before the plugin, and of the same music behind it.
    pub(crate) fn push(&mut self, before: f64, after: f64) {
        if before > self.gate {
            // A plugin that mutes leaves no ratio; -200 dB stands for it.
            let gain_db = 10.0 * (after / before).max(1e-20).log10();
            self.least_db = self.least_db.min(gain_db);
            self.greatest_db = self.greatest_db.max(gain_db);
            self.sum_db += gain_db;
            self.windows += 1;
        }
    }

    /// The gains; the loudness is not known here.
    pub(crate) fn finish(&self) -> Change {
        let any = |value: f64| (self.windows > 0 && value.is_finite()).then_some(value);
        let largest = if self.least_db.abs() > self.greatest_db.abs() { self.least_db } else { self.greatest_db };
        Change {
            loudness_in_lufs: None,
            loudness_out_lufs: None,
            largest_gain_change_db: any(largest),
            mean_gain_change_db: any(self.sum_db / self.windows as f64),
            least_gain_db: any(self.least_db),
            greatest_gain_db: any(self.greatest_db),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A known gain, in blocks of any length; the same to the bit whatever they are.
    #[test]
    fn gains_are_read_window_by_window() {
        let (rate, frames) = (48_000.0, 96_000_usize);
        let input: Vec<f32> = (0..frames).map(|n| 0.5 * (n as f32 * 0.13).sin()).collect();
        // -6 dB in the first second, +2 dB in the next.
        let gain = |n: usize| if n < frames / 2 { 0.501_187_2_f32 } else { 1.258_925_4 };
        let output: Vec<f32> = input.iter().enumerate().map(|(n, x)| x * gain(n)).collect();
        let powers = |channels: &[&[f32]], sizes: &[usize]| {
            let mut windows = Windows::new(rate, channels.len());
            let (mut at, mut powers) = (0, Vec::new());
            for size in sizes.iter().cycle() {
                let end = (at + size).min(frames);
                let block: Vec<&[f32]> = channels.iter().map(|channel| &channel[at..end]).collect();
                windows.push(&block, &mut powers);
                at = end;
                if at == frames {
                    break;
                }
            }
            powers
        };
        for pair in [[&input[..], &output[..]], [&output[..], &input[..]]] {
            let whole = powers(&pair, &[frames]);
            assert_eq!(whole.len(), 200);
            assert_eq!(whole, powers(&pair, &[64, 1000, 333, 1, 8192]));
        }
        let mut comparison = Comparison::new(rate, 1);
        for (before, after) in powers(&[&input], &[1000]).into_iter().zip(powers(&[&output], &[64, 333])) {
            comparison.push(before, after);
        }
        let change = comparison.finish();
        let near = |value: Option<f64>, expected: f64| value.is_some_and(|value| (value - expected).abs() < 1e-3);
        assert!(near(change.largest_gain_change_db, -6.0), "{change:?}");
        assert!(near(change.mean_gain_change_db, -2.0), "{change:?}");
        assert!(near(change.least_gain_db, -6.0) && near(change.greatest_gain_db, 2.0), "{change:?}");
    }

    #[test]
    fn silence_has_no_gain() {
        let mut comparison = Comparison::new(48_000.0, 2);
        let (mut windows, mut powers) = (Windows::new(48_000.0, 2), Vec::new());
        windows.push(&[&[0.0; 48_000], &[0.0; 48_000]], &mut powers);
        assert_eq!(powers.len(), 100);
        powers.iter().for_each(|&power| comparison.push(power, power));
        assert_eq!(comparison.finish(), Change::default());
    }
}
