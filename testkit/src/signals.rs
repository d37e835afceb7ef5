//! Test signals. Every one is defined by its formula or its seed, so that a failure can be heard again.

use std::f64::consts::TAU;

/// Audio by channel.
pub type Audio = Vec<Vec<f32>>;

/// A linear gain from dB.
pub fn gain(db: f64) -> f64 {
    10f64.powf(db / 20.0)
}

/// A sine of `peak_db` dBFS, starting at phase 0.
pub fn sine(sample_rate_hz: f64, hz: f64, peak_db: f64, frames: usize) -> Vec<f32> {
    let (peak, step) = (gain(peak_db), TAU * hz / sample_rate_hz);
    (0..frames).map(|n| (peak * (step * n as f64).sin()) as f32).collect()
}

/// The frequency next to `hz` that has a whole number of periods in `frames`, for FFTs without a window.
pub fn coherent_hz(sample_rate_hz: f64, hz: f64, frames: usize) -> f64 {
    (hz * frames as f64 / sample_rate_hz).round().max(1.0) * sample_rate_hz / frames as f64
}

/// A small generator of equally distributed numbers (xorshift64*, Vigna, *An experimental exploration of Marsaglia's
/// xorshift generators, scrambled*, 2016). Seeded, so that every run is the same.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// From any seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// From 0 up to 1.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// From -1 up to 1.
    pub fn bipolar(&mut self) -> f64 {
        self.unit() * 2.0 - 1.0
    }

    /// A whole number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.bits() % end as u64) as usize
    }
}

/// White noise, equally distributed up to `peak_db` dBFS.
pub fn noise(seed: u64, peak_db: f64, frames: usize) -> Vec<f32> {
    let mut random = Random::new(seed);
    let peak = gain(peak_db);
    (0..frames).map(|_| (peak * random.bipolar()) as f32).collect()
}

/// Two independent channels of noise.
pub fn stereo_noise(seed: u64, peak_db: f64, frames: usize) -> Audio {
    vec![noise(seed, peak_db, frames), noise(seed + 1_000_003, peak_db, frames)]
}

/// One sample of `peak` at `at`.
pub fn impulse(at: usize, peak: f32, frames: usize) -> Vec<f32> {
    let mut signal = vec![0.0; frames];
    signal[at] = peak;
    signal
}

/// Two bars of a dense mix, peaks near -3 dBFS, repeated every `period_s`: kick, snare, hats, bass and a chord with some width. Its
/// loudness is the same in every period, so that what was learnt in one may be judged in another.
pub fn programme(sample_rate_hz: f64, period_s: f64, frames: usize) -> Audio {
    let period = (period_s * sample_rate_hz).round() as usize;
    let beat_s = period_s / 8.0;
    let mut random = Random::new(7);
    let hiss: Vec<f64> = (0..period).map(|_| random.bipolar()).collect();
    let one: Vec<[f64; 2]> = (0..period)
        .map(|n| {
            let t = n as f64 / sample_rate_hz;
            let (beat, in_beat) = ((t / beat_s) as usize, t % beat_s);
            let kick = (-in_beat / 0.09).exp() * (TAU * (50.0 * in_beat + 5.0 * (1.0 - (-in_beat / 0.02).exp()))).sin();
            let snare = if beat % 2 == 1 { (-in_beat / 0.07).exp() * hiss[n] } else { 0.0 };
            let hat = (-(t % (beat_s / 2.0)) / 0.015).exp() * hiss[(n * 7 + 13) % period];
            let root = if beat < 4 { 55.0 } else { 73.42 };
            let bass = (TAU * root * t).sin() + 0.4 * (TAU * 2.0 * root * t).sin();
            let chord = |ratios: [f64; 3]| ratios.iter().map(|r| (TAU * root * 4.0 * r * t).sin()).sum::<f64>() / 3.0;
            let (left, right) = (chord([1.0, 1.26, 1.498]), chord([1.002, 1.257, 1.5]));
            let mono = 0.32 * kick + 0.16 * snare + 0.05 * hat + 0.1 * bass;
            [mono + 0.1 * left, mono + 0.1 * right]
        })
        .collect();
    (0..2).map(|side| (0..frames).map(|n| one[n % period][side] as f32).collect()).collect()
}

/// Writes a WAV file of 32-bit floats.
///
/// # Errors
///
/// What the system says.
pub fn write_wav(path: &std::path::Path, audio: &Audio, sample_rate_hz: u32) -> std::io::Result<()> {
    let (channels, frames) = (audio.len() as u32, audio.first().map_or(0, Vec::len));
    let data_bytes = 4 * channels * frames as u32;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + data_bytes).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x03\0");
    bytes.extend((channels as u16).to_le_bytes());
    bytes.extend(sample_rate_hz.to_le_bytes());
    bytes.extend((4 * channels * sample_rate_hz).to_le_bytes());
    bytes.extend((4 * channels as u16).to_le_bytes());
    bytes.extend(b"\x20\0data");
    bytes.extend(data_bytes.to_le_bytes());
    for n in 0..frames {
        audio.iter().for_each(|channel| bytes.extend(channel[n].to_le_bytes()));
    }
    std::fs::write(path, bytes)
}
