//! What the report draws: readings, spectra and the gain over time of whole songs.

use realfft::RealFftPlanner;
use shared_dsp::loudness::{ProgrammeMeter, Readings};

/// A song in memory: one or two channels of equal length, full scale at ±1.
#[derive(Debug, Clone)]
pub struct Song {
    /// Samples a second.
    pub sample_rate_hz: u32,
    /// The channels; one is mono.
    pub channels: Vec<Vec<f32>>,
}

impl Song {
    /// Frames of the song.
    pub fn frames(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }

    /// Length in s.
    pub fn length_s(&self) -> f64 {
        self.frames() as f64 / f64::from(self.sample_rate_hz)
    }

    /// Every reading of the whole song.
    pub fn readings(&self) -> Readings {
        let mut meter = ProgrammeMeter::new(f64::from(self.sample_rate_hz));
        if let Some(left) = self.channels.first() {
            meter.process(left, self.channels.get(1).map(Vec::as_slice));
        }
        meter.finish();
        meter.readings()
    }

    /// The song with `gain_db` on all channels.
    pub fn with_gain(&self, gain_db: f64) -> Self {
        let gain = shared_dsp::math::db_to_gain(gain_db) as f32;
        let channels = self.channels.iter().map(|channel| channel.iter().map(|x| x * gain).collect()).collect();
        Self { sample_rate_hz: self.sample_rate_hz, channels }
    }

    /// The greatest sample magnitude.
    pub fn peak(&self) -> f64 {
        f64::from(self.channels.iter().flatten().fold(0.0f32, |peak, x| peak.max(x.abs())))
    }

    /// Power of each block of `hop` frames, mean of the channels.
    fn powers(&self, hop: usize) -> Vec<f64> {
        let power = |start: usize| {
            let squares = self.channels.iter().flat_map(|c| &c[start..start + hop]).map(|&x| f64::from(x).powi(2));
            squares.sum::<f64>() / (hop * self.channels.len().max(1)) as f64
        };
        (0..self.frames() / hop).map(|k| power(k * hop)).collect()
    }

    /// The greatest magnitude in each of `columns` equal segments, for drawing the waveform.
    pub fn outline(&self, columns: usize) -> Vec<f32> {
        let frames = self.frames();
        (0..columns)
            .map(|k| {
                let segment = k * frames / columns..(k + 1) * frames / columns;
                self.channels.iter().flat_map(|c| &c[segment.clone()]).fold(0.0f32, |peak, x| peak.max(x.abs()))
            })
            .collect()
    }
}

/// Seconds between two points of the gain over time.
pub const GAIN_HOP_S: f64 = 0.01;
/// Hops that one point of it looks at: 30 ms, about one period of the lowest note.
const GAIN_WINDOW_HOPS: usize = 3;
/// Where the song is quieter than this (dBFS, RMS), a ratio to it says nothing about the chain.
const GAIN_FLOOR_DBFS: f64 = -55.0;

/// How much louder `after` is than `before` in dB, every 10 ms over a window of 30 ms; `None` where `before` is silent.
/// Both must be aligned to the sample, which `twobus render` sees to.
pub fn gain_over_time_db(before: &Song, after: &Song) -> Vec<Option<f64>> {
    let hop = ((f64::from(before.sample_rate_hz) * GAIN_HOP_S).round() as usize).max(1);
    let floor = 10f64.powf(GAIN_FLOOR_DBFS / 10.0);
    let (before, after) = (before.powers(hop), after.powers(hop));
    before
        .windows(GAIN_WINDOW_HOPS)
        .zip(after.windows(GAIN_WINDOW_HOPS))
        .map(|(b, a)| {
            let (b, a) = (b.iter().sum::<f64>(), a.iter().sum::<f64>());
            (b > floor * GAIN_WINDOW_HOPS as f64 && a > 0.0).then(|| 10.0 * (a / b).log10())
        })
        .collect()
}

/// The frequencies that spectra are given at, in Hz: every 1/24 octave from 20 Hz to 20 kHz.
pub fn spectrum_hz() -> Vec<f64> {
    (0..=239).map(|k| 20.0 * (f64::from(k) / 24.0).exp2()).filter(|&hz| hz <= 20_000.0).collect()
}

/// The mean spectrum of the whole song, in dBFS a sixth of an octave, at [`spectrum_hz`]; pink noise is level.
///
/// Hann windows of about 0.7 s, half overlapped (Welch 1967); `None` where the song has no such frequency.
pub fn spectrum_db(song: &Song) -> Vec<Option<f64>> {
    let rate = f64::from(song.sample_rate_hz);
    let size = ((rate * 0.68) as usize).next_power_of_two();
    let fft = RealFftPlanner::<f32>::new().plan_fft_forward(size);
    let window: Vec<f32> =
        (0..size).map(|n| 0.5 - 0.5 * (std::f32::consts::TAU * n as f32 / size as f32).cos()).collect();
    let (mut input, mut bins) = (fft.make_input_vec(), fft.make_output_vec());
    let mut power = vec![0.0f64; bins.len()];
    let mut windows = 0usize;
    for channel in &song.channels {
        // The last window is filled up with silence, so that a song shorter than one has a spectrum too.
        for start in (0..channel.len()).step_by(size / 2) {
            let part = &channel[start..channel.len().min(start + size)];
            input.fill(0.0);
            for ((slot, x), w) in input.iter_mut().zip(part).zip(&window) {
                *slot = x * w;
            }
            if fft.process(&mut input, &mut bins).is_err() {
                continue;
            }
            for (sum, bin) in power.iter_mut().zip(&bins) {
                *sum += f64::from(bin.norm_sqr());
            }
            windows += 1;
        }
    }
    // Both halves of the spectrum, the window's own power, and the mean over windows and channels.
    let scale = 2.0 / (size as f64 * 0.375 * size as f64 * windows.max(1) as f64);
    let mut cumulative = vec![0.0; power.len() + 1];
    for (k, p) in power.iter().enumerate() {
        cumulative[k + 1] = cumulative[k] + p * scale;
    }
    // Power below a frequency, bins taken as flat over their own width, so that narrow bands do not jump from bin to bin.
    let below = |hz: f64| {
        let at = (hz * size as f64 / rate + 0.5).clamp(0.0, power.len() as f64);
        let whole = (at as usize).min(power.len() - 1);
        cumulative[whole] + (at - whole as f64) * (cumulative[whole + 1] - cumulative[whole])
    };
    spectrum_hz()
        .into_iter()
        .map(|hz| {
            let half_band = (1.0f64 / 12.0).exp2();
            let band = below(hz * half_band) - below(hz / half_band);
            (hz < rate / 2.0 && band > 1e-15).then(|| 10.0 * band.log10())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn song(rate: u32, sample: impl Fn(f64) -> f64) -> Song {
        let channel: Vec<f32> = (0..rate * 4).map(|n| sample(f64::from(n) / f64::from(rate)) as f32).collect();
        Song { sample_rate_hz: rate, channels: vec![channel.clone(), channel] }
    }

    #[test]
    fn a_sine_stands_in_the_spectrum_at_its_power() {
        for rate in [44_100, 48_000, 96_000] {
            let spectrum = spectrum_db(&song(rate, |t| 0.5 * (std::f64::consts::TAU * 1000.0 * t).sin()));
            let at = |hz: f64| spectrum_hz().iter().position(|&f| f >= hz).unwrap();
            // Half of full scale is -6.02 dB, its power 3.01 dB less; the song's edges cost a little of it.
            let peak = spectrum[at(1000.0)].unwrap();
            assert!((peak + 9.03).abs() < 0.7, "{peak}");
            assert!(spectrum[at(4000.0)].is_none_or(|db| db < peak - 60.0));
        }
    }

    #[test]
    fn gain_over_time_follows_a_known_gain() {
        let before = song(48_000, |t| 0.3 * (std::f64::consts::TAU * 440.0 * t).sin());
        let mut after = before.clone();
        for channel in &mut after.channels {
            for (n, x) in channel.iter_mut().enumerate() {
                *x *= if n < 96_000 { 2.0 } else { 0.5 };
            }
        }
        let gain = gain_over_time_db(&before, &after);
        assert!((gain[100].unwrap() - 6.02).abs() < 0.01);
        assert!((gain[300].unwrap() + 6.02).abs() < 0.01);
        let silent = before.with_gain(-80.0);
        assert!(gain_over_time_db(&silent, &after).iter().all(Option::is_none));
    }
}
