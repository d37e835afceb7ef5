//! What a person sets of a band, and its bounds.

/// The most sections of a band: a cut of 96 dB/oct.
pub const MOST_SECTIONS: usize = 8;

const LOWEST_HZ: f64 = 1.0;
const HIGHEST_HZ: f64 = 100_000.0;
const LOWEST_Q: f64 = 0.025;
const HIGHEST_Q: f64 = 100.0;
const HIGHEST_GAIN_DB: f64 = 60.0;

/// What a band does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Shape {
    /// A gain around the frequency; a cut is the inverse of a boost.
    #[default]
    Bell,
    /// A gain below the frequency, half of it (in dB) at the frequency.
    LowShelf,
    /// A gain above the frequency, half of it (in dB) at the frequency.
    HighShelf,
    /// The gain far above the frequency, its inverse far below; 0 dB at the frequency.
    Tilt,
    /// Nothing passes at the frequency.
    Notch,
    /// 0 dB at the frequency, 6 dB/oct on either side.
    BandPass,
    /// Phase alone: 180 degrees at the frequency, 360 above.
    AllPass,
    /// Cuts what is below.
    LowCut,
    /// Cuts what is above.
    HighCut,
    /// The whole gain over a band, half of it (in dB) at its edges.
    FlatTop,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Bell,
        Self::LowShelf,
        Self::HighShelf,
        Self::Tilt,
        Self::Notch,
        Self::BandPass,
        Self::AllPass,
        Self::LowCut,
        Self::HighCut,
        Self::FlatTop,
    ];

    /// Whether a gain of 0 dB makes it a wire.
    #[must_use]
    pub fn has_gain(self) -> bool {
        matches!(self, Self::Bell | Self::LowShelf | Self::HighShelf | Self::Tilt | Self::FlatTop)
    }
}

/// One band as a person set it. A number out of bounds is held there, one that is none becomes the lowest (gains: 0 dB).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// What it does.
    pub shape: Shape,
    /// Centre, corner or pivot, Hz. 1 Hz..100 kHz at every sample rate, beyond Nyquist too.
    pub frequency_hz: f64,
    /// Gain, dB, ±60. Of bell, shelves, tilt and flat top.
    pub gain_db: f64,
    /// Q, 0.025..100. 0.7071 is Butterworth for shelves and cuts, where it acts on the most resonant pair of poles:
    /// a cut passes its frequency at `q`, whatever the slope. Not of tilts, nor of slopes of 6 dB/oct.
    pub q: f64,
    /// Slope of cuts (6..96, in steps of 6), shelves (6..24) and of a flat top's sides (12..24), dB/oct.
    pub slope_db_per_octave: u32,
}

impl Default for Band {
    /// A bell of 0 dB at 1 kHz, Q 0.7071, 12 dB/oct.
    fn default() -> Self {
        Self {
            shape: Shape::Bell,
            frequency_hz: 1000.0,
            gain_db: 0.0,
            q: std::f64::consts::FRAC_1_SQRT_2,
            slope_db_per_octave: 12,
        }
    }
}

/// `x` held in `lowest..highest`; what is not a number becomes the lowest.
fn bounded(x: f64, lowest: f64, highest: f64) -> f64 {
    if x > lowest { x.min(highest) } else { lowest }
}

impl Band {
    /// Whether it is a wire: nothing to run, and bit-exact.
    #[must_use]
    pub fn is_flat(&self) -> bool {
        self.shape.has_gain() && self.bounded().gain_db == 0.0
    }

    /// With all numbers within their bounds.
    pub(super) fn bounded(&self) -> Self {
        let gain_db = bounded(self.gain_db, -HIGHEST_GAIN_DB, HIGHEST_GAIN_DB);
        Self {
            shape: self.shape,
            frequency_hz: bounded(self.frequency_hz, LOWEST_HZ, HIGHEST_HZ),
            gain_db: if self.gain_db.is_nan() { 0.0 } else { gain_db },
            q: bounded(self.q, LOWEST_Q, HIGHEST_Q),
            slope_db_per_octave: self.slope_db_per_octave,
        }
    }
}
