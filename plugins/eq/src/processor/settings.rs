//! EQ's settings as plain numbers, and the responses that they draw.

use shared_dsp::Mode;
use shared_dsp::filters::kernels::LinearLength;
use shared_dsp::filters::{Band, Complex64, Shape};

/// How many bands there are.
pub const BANDS: usize = 12;

/// Which part of the image a band acts on. Mid and side are half the sum and half the difference of left and right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum BandChannels {
    /// Left and right alike.
    #[default]
    Stereo,
    /// The left or only channel.
    Left,
    /// The right channel; nothing in mono.
    Right,
    /// What both channels have in common.
    Mid,
    /// What tells them apart; nothing in mono.
    Side,
}

/// What level means to a dynamic band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Detector {
    /// The rectified peak.
    #[default]
    Peak,
    /// The mean square, raised by 3.01 dB so that a sine reads as its peak.
    Rms,
}

/// How phase is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Phase {
    /// The analogue magnitude, without latency.
    Minimum,
    /// The analogue magnitude and phase.
    #[default]
    Natural,
    /// The analogue magnitude without any phase.
    Linear,
}

/// What latency depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EqMode {
    /// No latency.
    Minimum,
    /// 32 samples.
    #[default]
    Natural,
    /// Half the kernel, and a block of the convolution.
    Linear(LinearLength),
}

impl Mode for EqMode {
    const LONGEST: &'static [Self] = &[Self::Natural, Self::Linear(LinearLength::Longest)];
}

/// One band. Numbers out of range are held there, non-finite ones become the default.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BandSettings {
    /// What it does; `None` is off.
    pub shape: Option<Shape>,
    /// Centre, corner or pivot, Hz, 10..40 000 at every rate.
    pub frequency_hz: f64,
    /// Gain, dB, ±24.
    pub gain_db: f64,
    /// Q, 0.1..40; 0.71 is Butterworth.
    pub q: f64,
    /// Slope of cuts (6..96) and shelves (6..24), dB/oct.
    pub slope_db_per_octave: u32,
    /// Which part of the image.
    pub channels: BandChannels,
    /// Whether Q grows with the gain: by an octave every 12 dB.
    pub q_follows: bool,
    /// Whether the gain follows the level.
    pub is_dynamic: bool,
    /// The level in the band at the middle of the knee, dBFS.
    pub threshold_db: f64,
    /// Width of the knee, dB, 0..24.
    pub knee_db: f64,
    /// The most that the gain moves, dB, ±24: half as far as the level is above the threshold.
    pub range_db: f64,
    /// Time to 63 % of the move, ms, 0.1..500.
    pub attack_ms: f64,
    /// Time to 63 % of the way back, ms, 5..3000.
    pub release_ms: f64,
    /// What level means.
    pub detector: Detector,
    /// Whether the key is the side-chain port; silence when nothing is connected there.
    pub external_key: bool,
}

impl Default for BandSettings {
    /// Off, at 1 kHz.
    fn default() -> Self {
        Self {
            shape: None,
            frequency_hz: 1000.0,
            gain_db: 0.0,
            q: 0.71,
            slope_db_per_octave: 12,
            channels: BandChannels::Stereo,
            q_follows: false,
            is_dynamic: false,
            threshold_db: -24.0,
            knee_db: 6.0,
            range_db: -3.0,
            attack_ms: 20.0,
            release_ms: 180.0,
            detector: Detector::Peak,
            external_key: false,
        }
    }
}

/// Everything that EQ's sound depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct EqSettings {
    /// The bands, in the order in which they act.
    pub bands: [BandSettings; BANDS],
    /// What all gains are multiplied by, -1..2.
    pub gain_scale: f64,
    /// The image is mono below this, Hz, 40..250; `None` leaves it.
    pub mono_below_hz: Option<f64>,
    /// The band that is listened to. Monitoring only.
    pub listen: Option<usize>,
    /// Dry to wet, 0..1.
    pub mix: f64,
}

impl Default for EqSettings {
    fn default() -> Self {
        Self { bands: [BandSettings::default(); BANDS], gain_scale: 1.0, mono_below_hz: None, listen: None, mix: 1.0 }
    }
}

fn within(value: f64, low: f64, high: f64, default: f64) -> f64 {
    if value.is_finite() { value.clamp(low, high) } else { default }
}

impl BandSettings {
    /// The same within the ranges above.
    fn clamped(&self) -> Self {
        let d = Self::default();
        Self {
            frequency_hz: within(self.frequency_hz, 10.0, 40_000.0, d.frequency_hz),
            gain_db: within(self.gain_db, -24.0, 24.0, d.gain_db),
            q: within(self.q, 0.1, 40.0, d.q),
            slope_db_per_octave: self.slope_db_per_octave.clamp(6, 96),
            threshold_db: within(self.threshold_db, -90.0, 24.0, d.threshold_db),
            knee_db: within(self.knee_db, 0.0, 24.0, d.knee_db),
            range_db: within(self.range_db, -24.0, 24.0, d.range_db),
            attack_ms: within(self.attack_ms, 0.1, 500.0, d.attack_ms),
            release_ms: within(self.release_ms, 5.0, 3000.0, d.release_ms),
            ..*self
        }
    }

    /// The filter, with all gains scaled; `None` while it is off. `moved_db` is what its dynamics add to the gain.
    #[must_use]
    pub fn band(&self, gain_scale: f64, moved_db: f64) -> Option<Band> {
        let gain_db = self.gain_db * gain_scale;
        let q = if self.q_follows { self.q * (gain_db.abs() / 12.0).exp2() } else { self.q };
        Some(Band {
            shape: self.shape?,
            frequency_hz: self.frequency_hz,
            gain_db: gain_db + moved_db,
            q,
            slope_db_per_octave: self.slope_db_per_octave,
        })
    }

    /// Whether the other is no move of this one but another filter, or acts on another part of the image.
    pub(super) fn is_another(&self, other: &Self) -> bool {
        let kind =
            |band: &Self| (band.shape, band.shape.map(|_| (band.slope_db_per_octave, band.channels, band.q_follows)));
        kind(self) != kind(other)
    }

    /// Whether its gain follows a level: there is a gain to follow, and somewhere to go.
    #[must_use]
    pub fn moves(&self) -> bool {
        self.is_dynamic && self.range_db != 0.0 && self.shape.is_some_and(Shape::has_gain)
    }
}

impl EqSettings {
    /// The same within the ranges above.
    #[must_use]
    pub fn clamped(&self) -> Self {
        Self {
            bands: self.bands.map(|band| band.clamped()),
            gain_scale: within(self.gain_scale, -1.0, 2.0, 1.0),
            mono_below_hz: self.mono_below_hz.map(|hz| within(hz, 40.0, 250.0, 40.0)),
            listen: self.listen.filter(|&band| band < BANDS),
            mix: within(self.mix, 0.0, 1.0, 1.0),
        }
    }

    /// The same, but bands that are others than those of `old` are those still.
    pub(super) fn with_kinds_of(mut self, old: &Self) -> Self {
        for (band, old) in self.bands.iter_mut().zip(&old.bands) {
            if old.is_another(band) {
                *band = *old;
            }
        }
        self
    }

    /// The bands that act on one of left, right, mid and side: those of its own, and the stereo ones. `moved_db` is what their
    /// dynamics add to the gains.
    pub fn bands_on(&self, channels: BandChannels, moved_db: [f64; BANDS]) -> impl Iterator<Item = Band> + '_ {
        let acts = move |band: &BandSettings| band.channels == channels || band.channels == BandChannels::Stereo;
        let bands = self.bands.iter().zip(moved_db).filter(move |(band, _)| acts(band));
        bands.filter_map(|(band, moved_db)| band.band(self.gain_scale, moved_db))
    }

    /// The same, apart: first those on left and right, then those on mid and side. Each part is a cascade of its own.
    #[must_use]
    pub fn cascades_on(&self, channels: BandChannels, moved_db: [f64; BANDS]) -> [Vec<Band>; 2] {
        let is_mid_side = |band: &BandSettings| matches!(band.channels, BandChannels::Mid | BandChannels::Side);
        [false, true].map(|wanted| {
            let only = |band: BandSettings| if is_mid_side(&band) == wanted { band } else { BandSettings::default() };
            Self { bands: self.bands.map(only), ..self.clone() }.bands_on(channels, moved_db).collect()
        })
    }

    /// The analogue response at `hz` of the bands that act on left, right, mid or side, without dynamics: what every mode
    /// aims at. In linear phase its magnitude counts.
    #[must_use]
    pub fn response(&self, channels: BandChannels, hz: f64) -> Complex64 {
        self.bands_on(channels, [0.0; BANDS]).map(|band| band.prototype(hz)).product()
    }
}
