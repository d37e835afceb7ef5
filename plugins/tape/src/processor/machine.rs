//! The machine as published figures describe it, and the responses that follow.
//!
//! Everything is relative to 1 kHz. Sources are named beside the figures; what none could be found for is called an assumption.

use shared_dsp::filters::magnetic::{
    azimuth_delay_s, azimuth_loss, bias_loss, gap_loss, particle_noise, standard_flux, thickness_loss,
};
use shared_dsp::math::gain_to_db;

/// How fast the tape runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Speed {
    /// 7.5 inches a second, 19.05 cm/s.
    Ips7,
    /// 15 inches a second, 38.1 cm/s.
    #[default]
    Ips15,
    /// 30 inches a second, 76.2 cm/s.
    Ips30,
}

impl Speed {
    /// All of them, the slowest first.
    pub const ALL: [Self; 3] = [Self::Ips7, Self::Ips15, Self::Ips30];

    /// Metres a second.
    #[must_use]
    pub fn metres_per_s(self) -> f64 {
        match self {
            Self::Ips7 => 0.1905,
            Self::Ips15 => 0.381,
            Self::Ips30 => 0.762,
        }
    }

    /// How many times 15 ips.
    #[must_use]
    pub fn times_15(self) -> f64 {
        self.metres_per_s() / 0.381
    }

    /// Where the whole machine is down by 3 dB at the top, Hz. Assumption: with it 18 kHz is within 2 dB at 15 ips, as data
    /// sheets of studio machines promise.
    fn top_hz(self) -> f64 {
        match self {
            Self::Ips7 => 18_000.0,
            Self::Ips15 => 26_000.0,
            Self::Ips30 => 34_000.0,
        }
    }
}

/// The standard of equalisation. 30 ips has one of them, 17.5 microseconds (IEC2, AES), whatever is chosen; AES defines no
/// other speed, so there it is IEC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Equalisation {
    /// IEC1, formerly CCIR: 35 microseconds at 15 ips, 70 at 7.5.
    #[default]
    Iec,
    /// NAB: 50 and 3180 microseconds.
    Nab,
    /// AES: 17.5 microseconds at 30 ips.
    Aes,
}

impl Equalisation {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Iec, Self::Nab, Self::Aes];

    /// The upper time constant and, where there is one, the lower, s (IASA TC-04, 5.4.10).
    #[must_use]
    pub fn time_constants_s(self, speed: Speed) -> (f64, Option<f64>) {
        match (self, speed) {
            (_, Speed::Ips30) => (17.5e-6, None),
            (Self::Nab, _) => (50e-6, Some(3180e-6)),
            (_, Speed::Ips15) => (35e-6, None),
            (_, Speed::Ips7) => (70e-6, None),
        }
    }
}

/// A tape, by what is published of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Formulation {
    /// The IEC's reference tape of the 1970s (3M 206).
    Vintage,
    /// A standard mastering tape (Ampex 406).
    Plus3,
    /// A high-output mastering tape (Ampex 456).
    #[default]
    Plus6,
    /// The last generation (Ampex 499).
    Plus9,
}

/// What is published of a tape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TapeSheet {
    /// The flux at which 1 kHz has 3 % of third harmonic, nWb/m (rms).
    pub mol_nwb: f64,
    /// Retentivity, mT. For the card only: what it does to the sound is in the output level.
    pub retentivity_mt: f64,
    /// Thickness of the coating, micrometres.
    pub coating_um: f64,
}

impl Formulation {
    /// All of them, the one with the least output first.
    pub const ALL: [Self; 4] = [Self::Vintage, Self::Plus3, Self::Plus6, Self::Plus9];

    /// Its sheet.
    ///
    /// Coatings: Peng Luo, 1988, at mrltapes.com ("Tape Recording and Reproducing Frequency Response"). Output levels of 206
    /// and 456: Geoff Martin, *Introduction to Sound Recording*, "Operating level" (tonmeister.ca), who says 3 % of THD.
    /// Retentivity of the last: the data sheet in Ballou, *Handbook for Sound Engineers*, of such a tape (1500 gauss).
    /// Assumptions: the output of 406, 3 dB below that of 456, and of 499, 10 dB over 320 nWb/m; the other retentivities.
    #[must_use]
    pub fn sheet(self) -> TapeSheet {
        let sheet = |mol_nwb, retentivity_mt, coating_um| TapeSheet { mol_nwb, retentivity_mt, coating_um };
        match self {
            Self::Vintage => sheet(465.0, 105.0, 13.7),
            Self::Plus3 => sheet(540.0, 110.0, 12.7),
            Self::Plus6 => sheet(762.0, 125.0, 14.0),
            Self::Plus9 => sheet(1012.0, 150.0, 16.5),
        }
    }
}

/// The wave at which recording with nominal bias loses 3 dB: bias is set 3 dB beyond the most of 10 kHz at 15 ips (data sheet
/// in Ballou's *Handbook*), and that loss is taken for all of it, a choice.
const BIAS_WAVE_M: f64 = 38.1e-6;
/// By how many times its dB the bias lengthens it: 1 dB of 10 kHz for 1 dB of bias at 15 ips. Assumption.
const BIAS_REACH: f64 = 2.0;
/// Gaps, optical (Ballou's *Handbook*: 0.5 and 0.25 mil), and what makes them effective (Westmijze).
const RECORD_GAP_M: f64 = 12.7e-6;
const REPLAY_GAP_M: f64 = 6.35e-6;
const EFFECTIVE_GAP: f64 = 1.11;
/// Between tape and head. Assumption.
const SPACING_M: f64 = 0.25e-6;
/// A quarter-inch two-track: width of a track, and from the middle of one to that of the other.
const TRACK_WIDTH_M: f64 = 2.0e-3;
const TRACK_DISTANCE_M: f64 = 4.0e-3;
/// Equalisers are as designed up to here and stand still beyond the second, Hz.
const DESIGNED_HZ: f64 = 20_000.0;
const STANDING_HZ: f64 = 23_000.0;
/// What everything is relative to, Hz.
pub(super) const REFERENCE_HZ: f64 = 1000.0;

/// The same frequency up to 20 kHz; from there it moves on less and less, to 23 kHz.
fn held(hz: f64) -> f64 {
    let width = STANDING_HZ - DESIGNED_HZ;
    if hz <= DESIGNED_HZ { hz } else { DESIGNED_HZ + width * ((hz - DESIGNED_HZ) / width).tanh() }
}

/// The azimuth as an angle, rad.
fn radians(minutes: f64) -> f64 {
    (minutes / 60.0).to_radians()
}

/// What a machine's responses depend on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Machine {
    /// The tape on it.
    pub formulation: Formulation,
    /// Its speed.
    pub speed: Speed,
    /// Its standard.
    pub equalisation: Equalisation,
    /// Bias over the nominal one, dB.
    pub bias_db: f64,
    /// The replay head's error, minutes of arc.
    pub azimuth_minutes: f64,
    /// Whether the record equaliser is set for this tape, speed and standard. Else it is set for the default ones.
    pub is_aligned: bool,
    /// Whether the record head reads.
    pub is_sync: bool,
}

impl Machine {
    fn thickness(&self, hz: f64) -> f64 {
        thickness_loss(hz, self.speed.metres_per_s(), 1e-6 * self.formulation.sheet().coating_um)
    }

    fn bias(&self, hz: f64, bias_db: f64) -> f64 {
        let length = BIAS_WAVE_M * 10f64.powf(BIAS_REACH * bias_db / 20.0);
        bias_loss(hz, self.speed.metres_per_s(), length)
    }

    /// What the record equaliser must lift so that the flux is the standard's at nominal bias.
    fn wanted_lift(&self, hz: f64) -> f64 {
        let (upper_s, _) = self.equalisation.time_constants_s(self.speed);
        standard_flux(hz, upper_s) / (self.thickness(hz) * self.bias(hz, 0.0))
    }

    /// The machine that the equaliser is set for.
    fn lined_up(&self) -> Self {
        if self.is_aligned {
            return *self;
        }
        Self {
            formulation: Formulation::default(),
            speed: Speed::default(),
            equalisation: Equalisation::default(),
            ..*self
        }
    }

    /// The record equaliser above the bass, linear, 1 at 1 kHz. What a lower time constant lifts comes on top.
    #[must_use]
    pub fn record(&self, hz: f64) -> f64 {
        let set_for = self.lined_up();
        set_for.wanted_lift(held(hz)) / set_for.wanted_lift(REFERENCE_HZ)
    }

    /// The whole machine from input to output for a small signal, without the head bump; linear, 1 at 1 kHz, negative beyond
    /// the null of a gap.
    #[must_use]
    pub fn whole(&self, hz: f64) -> f64 {
        let at = |hz: f64| {
            let top = 1.0 / (1.0 + (hz / self.speed.top_hz()).powi(4)).sqrt();
            let hz = held(hz);
            let speed = self.speed.metres_per_s();
            let bias = self.bias(hz, self.bias_db) / self.bias(hz, 0.0);
            let askew = azimuth_loss(hz, speed, TRACK_WIDTH_M, radians(self.azimuth_minutes));
            let gap = |gap: f64| gap_loss(hz, speed, EFFECTIVE_GAP * gap);
            // The replay equaliser was set with the replay head.
            let head = if self.is_sync { gap(RECORD_GAP_M) / gap(REPLAY_GAP_M) } else { 1.0 };
            let lined_up = self.lined_up().wanted_lift(hz) / self.wanted_lift(hz);
            top * bias * askew * head * lined_up
        };
        at(hz) / at(REFERENCE_HZ)
    }

    /// Everything behind the tape, losses and replay equaliser, so that with [`record`](Self::record) it is the
    /// [`whole`](Self::whole).
    #[must_use]
    pub fn replay(&self, hz: f64) -> f64 {
        self.whole(hz) / self.record(hz)
    }

    /// The amplitude density of the hiss, in a unit of its own.
    #[must_use]
    pub fn hiss(&self, hz: f64) -> f64 {
        let (upper_s, _) = self.equalisation.time_constants_s(self.speed);
        let coating = 1e-6 * self.formulation.sheet().coating_um;
        particle_noise(held(hz), self.speed.metres_per_s(), coating, SPACING_M, upper_s)
    }

    /// By how much the right channel comes later than the left, s.
    #[must_use]
    pub fn skew_s(&self) -> f64 {
        azimuth_delay_s(self.speed.metres_per_s(), TRACK_DISTANCE_M, radians(self.azimuth_minutes))
    }

    /// The longest of such delays, s.
    pub(super) fn most_skew_s(minutes: f64) -> f64 {
        azimuth_delay_s(Speed::Ips7.metres_per_s(), TRACK_DISTANCE_M, radians(minutes))
    }

    /// What the sum of both channels loses at a frequency, dB, 0 or less.
    #[must_use]
    pub fn mono_sum_db(&self, hz: f64) -> f64 {
        gain_to_db((std::f64::consts::PI * hz * self.skew_s()).cos().abs())
    }

    /// By how much 10 kHz is below what other bias would give it, dB: what an engineer sets bias by.
    #[must_use]
    pub fn over_bias_db(&self) -> f64 {
        -gain_to_db(self.bias(10_000.0, self.bias_db))
    }
}
