//! White noise.

/// Independent numbers, equally distributed, with a root mean square of one (xorshift64*: Sebastiano Vigna, *An experimental
/// exploration of Marsaglia's xorshift generators, scrambled*, 2016). The same numbers after every start.
#[derive(Debug, Clone)]
pub struct WhiteNoise {
    state: u64,
    seed: u64,
}

impl WhiteNoise {
    /// From any seed; different seeds are unrelated.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        // Never zero, where the generator would stay; and neighbours far apart.
        let seed = (seed.wrapping_add(1)).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        Self { state: seed, seed }
    }

    /// From the start again. Realtime-safe.
    pub fn reset(&mut self) {
        self.state = self.seed;
    }

    /// The next number, within ±1.74. Realtime-safe.
    #[inline(always)]
    pub fn next_sample(&mut self) -> f64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let bits = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11;
        const SCALE: f64 = 1.0 / (1u64 << 52) as f64;
        3f64.sqrt() * (bits as f64 * SCALE - 1.0)
    }
}
