//! From numbers without end to a word length: dither, plain and shaped.

use crate::Io;

/// Rates for which the shaped tables are made, Hz: those of 44.1 kHz, and 48 kHz, where all of it lies 9 % higher.
const TABLES_HZ: std::ops::RangeInclusive<f64> = 44_000.0..=48_100.0;
/// The most taps of a table.
const MOST_TAPS: usize = 9;
/// The error of one sample, steps: half of one for rounding and one for the dither. What a clamp adds is not fed back.
const MOST_ERROR: f64 = 1.5;

/// Where the noise of the dither lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DitherShape {
    /// Everywhere alike.
    #[default]
    Tpdf,
    /// Wannamaker's filter of third order: 6.6 dB more noise in all, 9.8 dB less where it is heard.
    Gentle,
    /// Lipshitz's of fifth order: 12.2 dB more, 9.4 dB less.
    Medium,
    /// Wannamaker's of ninth order: 18.4 dB more, 11.4 dB less.
    Strong,
}

impl DitherShape {
    /// The filter of the fed-back error: noise passes `1 - sum(c z^-k)`. Empty where the noise is not shaped, as at rates that have
    /// no table. S. P. Lipshitz, J. Vanderkooy and R. A. Wannamaker, *Minimally Audible Noise Shaping* (JAES 39, 1991); R. A.
    /// Wannamaker, *Psychoacoustically Optimal Noise Shaping* (JAES 40, 1992).
    #[must_use]
    pub fn taps(self, sample_rate_hz: f64) -> &'static [f64] {
        if !TABLES_HZ.contains(&sample_rate_hz) {
            return &[];
        }
        match self {
            Self::Tpdf => &[],
            Self::Gentle => &[1.623, -0.982, 0.109],
            Self::Medium => &[2.033, -2.165, 1.959, -1.590, 0.6149],
            Self::Strong => &[2.412, -3.370, 3.937, -4.174, 3.353, -2.205, 1.281, -0.569, 0.0847],
        }
    }
}

/// Rounds samples to a word length, with triangular dither of two steps' width: the error's mean is 0 and its power a quarter of a
/// step squared, whatever the signal (S. P. Lipshitz, R. A. Wannamaker and J. Vanderkooy, *Quantization and Dither: A Theoretical
/// Survey*, JAES 40, 1992). For two channels, each with noise of its own.
#[derive(Debug, Clone)]
pub struct Dither {
    bits: Option<u32>,
    /// Steps to full scale.
    scale: f64,
    taps: &'static [f64],
    channels: [Channel; 2],
}

#[derive(Debug, Clone)]
struct Channel {
    random: u64,
    /// The last errors, newest first, steps.
    errors: [f64; MOST_TAPS],
}

impl Channel {
    /// Channels must not share their dither, or it would sum to a mono noise.
    fn new(number: u64) -> Self {
        Self { random: 0x7477_6f62_7573_u64.wrapping_mul(2 * number + 1), errors: [0.0; MOST_TAPS] }
    }

    /// Triangular, between -1 and 1, mean 0: SplitMix64 (G. L. Steele, D. Lea and C. H. Flood, *Fast splittable pseudorandom
    /// number generators*, OOPSLA 2014), each half of it an even number.
    #[inline(always)]
    fn triangular(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        ((z >> 32) as f64 - (z & 0xffff_ffff) as f64) / 4_294_967_296.0
    }

    #[inline(always)]
    fn tick(&mut self, x: f32, scale: f64, taps: &[f64]) -> f32 {
        let fed_back: f64 = taps.iter().zip(&self.errors).map(|(tap, error)| tap * error).sum();
        let wanted = f64::from(x) * scale - fed_back;
        let whole = round(wanted + self.triangular()).clamp(-scale, scale - 1.0);
        if !taps.is_empty() {
            self.errors.copy_within(..MOST_TAPS - 1, 1);
            self.errors[0] = (whole - wanted).clamp(-MOST_ERROR, MOST_ERROR);
        }
        (whole / scale) as f32
    }
}

/// To the nearest whole number, for what is below 2^51: without `round`, which is a call where the processor need not have it.
#[inline(always)]
fn round(x: f64) -> f64 {
    const ROUND: f64 = 6_755_399_441_055_744.0;
    (x + ROUND) - ROUND
}

impl Default for Dither {
    fn default() -> Self {
        Self::new()
    }
}

impl Dither {
    /// Word lengths that there are, bits.
    pub const BITS: std::ops::RangeInclusive<u32> = 8..=24;

    /// One that does nothing.
    #[must_use]
    pub fn new() -> Self {
        Self { bits: None, scale: 1.0, taps: &[], channels: [0, 1].map(Channel::new) }
    }

    /// Takes a word length (bits, 8 to 24; `None`: everything passes to the bit) and a shape. Realtime-safe.
    pub fn select(&mut self, bits: Option<u32>, shape: DitherShape, sample_rate_hz: f64) {
        let bits = bits.map(|bits| bits.clamp(*Self::BITS.start(), *Self::BITS.end()));
        let taps = shape.taps(sample_rate_hz);
        if (bits, taps) != (self.bits, self.taps) {
            (self.bits, self.taps) = (bits, taps);
            self.scale = bits.map_or(1.0, |bits| f64::from(1_u32 << (bits - 1)));
            self.channels.iter_mut().for_each(|channel| channel.errors = [0.0; MOST_TAPS]);
        }
    }

    /// Begins anew: the same noise again. Realtime-safe.
    pub fn reset(&mut self) {
        self.channels = [0, 1].map(Channel::new);
    }

    /// Whether there is noise, and it is shaped.
    #[must_use]
    pub fn is_shaped(&self) -> bool {
        self.bits.is_some() && !self.taps.is_empty()
    }

    /// In place; what is beyond full scale is held there. Any block split gives the same numbers. Realtime-safe.
    pub fn process(&mut self, mut io: Io<'_>) {
        if self.bits.is_none() {
            return;
        }
        let (scale, taps) = (self.scale, self.taps);
        for (samples, channel) in io.channels().zip(&mut self.channels) {
            for x in samples {
                *x = channel.tick(*x, scale, taps);
            }
        }
    }
}
