//! Fractional-octave bands.

/// Width of a band as a fraction of an octave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Fraction {
    /// A third of an octave: what the ear takes as one.
    #[default]
    Third,
    /// A sixth.
    Sixth,
    /// A twelfth: a semitone.
    Twelfth,
    /// A twenty-fourth.
    TwentyFourth,
}

impl Fraction {
    /// All of them, the widest first.
    pub const ALL: [Self; 4] = [Self::Third, Self::Sixth, Self::Twelfth, Self::TwentyFourth];

    /// Bands in an octave.
    #[must_use]
    pub fn per_octave(self) -> i32 {
        match self {
            Self::Third => 3,
            Self::Sixth => 6,
            Self::Twelfth => 12,
            Self::TwentyFourth => 24,
        }
    }
}

/// The bands of IEC 61260-1 (2014), base ten, from 20 Hz to 20 kHz or half the sample rate, with ideal edges: a bin that an
/// edge cuts is shared out.
#[derive(Debug, Clone, PartialEq)]
pub struct Bands {
    centres_hz: Vec<f64>,
    /// The edges in bins, where bin k reaches from k - 1/2 to k + 1/2; neighbours share one.
    edges: Vec<f64>,
    sums: Vec<f64>,
}

impl Bands {
    /// Bands over the bins of an analyser that stand `bin_hz` apart; `bins` of them. Allocates.
    #[must_use]
    pub fn new(fraction: Fraction, bin_hz: f64, bins: usize) -> Self {
        let per_octave = fraction.per_octave();
        let octave = 10f64.powf(0.3);
        // With an even number of bands in an octave, 1 kHz is an edge.
        let shift = if per_octave % 2 == 0 { 0.5 } else { 0.0 };
        let hz = |index: f64| 1000.0 * octave.powf(index / f64::from(per_octave));
        let top_hz = bin_hz * (bins as f64 - 0.5);
        let range = (-7 * per_octave)..=(5 * per_octave);
        let inside = |index: &i32| {
            let centre = hz(f64::from(*index) + shift);
            (19.0..=21e3).contains(&centre) && hz(f64::from(*index) + shift + 0.5) <= top_hz
        };
        let indices: Vec<f64> = range.filter(inside).map(|index| f64::from(index) + shift).collect();
        let edge = |index: f64| hz(index) / bin_hz + 0.5;
        let edges = indices.first().map(|first| edge(first - 0.5)).into_iter();
        Self {
            edges: edges.chain(indices.iter().map(|index| edge(index + 0.5))).collect(),
            centres_hz: indices.into_iter().map(hz).collect(),
            sums: vec![0.0; bins + 1],
        }
    }

    /// The middle of each band in Hz, ascending.
    #[must_use]
    pub fn centres_hz(&self) -> &[f64] {
        &self.centres_hz
    }

    /// Fills `bands` (as many as [`centres_hz`](Self::centres_hz)) with the power of each, from the powers of the bins.
    pub fn gather(&mut self, powers: &[f32], bands: &mut [f64]) {
        let mut sum = 0.0;
        for (to, &power) in self.sums[1..].iter_mut().zip(powers) {
            sum += f64::from(power);
            *to = sum;
        }
        let sums = &self.sums;
        let below = |edge: f64| {
            let whole = (edge as usize).min(sums.len() - 2);
            sums[whole] + (sums[whole + 1] - sums[whole]) * (edge - whole as f64).clamp(0.0, 1.0)
        };
        for (band, edges) in bands.iter_mut().zip(self.edges.windows(2)) {
            *band = (below(edges[1]) - below(edges[0])).max(0.0);
        }
    }
}
