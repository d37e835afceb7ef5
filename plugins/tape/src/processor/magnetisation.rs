//! Levels on the tape: how hot a signal is recorded, and how much it bends there.

use shared_dsp::math::{db_to_gain, gain_to_db};
use shared_dsp::nonlinear::{Hysteresis, Langevin};

use super::bump::HeadBump;
use super::machine::{REFERENCE_HZ, TapeSheet};
use super::settings::TapeSettings;

/// The share of hysteresis at the least bias.
const MOST_HYSTERESIS: f64 = 0.3;
/// The bias of least distortion, dB over the nominal one, and how many dB less third harmonic it has.
const BEST_BIAS_DB: f64 = 3.0;
const BEST_BY_DB: f64 = 3.0;
/// The level at which the gain is exactly one, dBFS: that of the line-up at 1 kHz.
const LINE_UP_DB: f64 = -70.0;
/// Of [`Hysteresis`] alone in a steady loop: amplitude of the field, gain over the curve's slope, third harmonic over the
/// fundamental.
const LOOPS: [[f64; 3]; 8] = [
    [0.003, 0.170_4, 0.000_71],
    [0.01, 0.171_5, 0.002_35],
    [0.03, 0.174_4, 0.006_88],
    [0.1, 0.185_5, 0.021_24],
    [0.3, 0.219_9, 0.053_21],
    [0.55, 0.267_1, 0.078_11],
    [1.0, 0.355_6, 0.098_29],
    [1.43, 0.431_4, 0.105_55],
];

/// How the two laws of magnetisation are put together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Blend {
    /// Of the anhysteretic curve.
    pub(super) curve: f64,
    /// Of the curve with memory.
    pub(super) memory: f64,
}

/// What stands on a machine's alignment card.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineUpCard {
    /// The reference fluxivity, nWb/m.
    pub fluxivity_nwb: f64,
    /// The same over 185 nWb/m, dB.
    pub over_185_db: f64,
    /// What is published of the tape.
    pub tape: TapeSheet,
    /// The maximum output level at this bias over the reference fluxivity, dB.
    pub mol_db: f64,
    /// Time constants of the equalisation, microseconds; the lower one where there is one.
    pub time_constants_us: (f64, Option<f64>),
    /// Bias: by how much 10 kHz is beyond its most, dB.
    pub over_bias_db: f64,
    /// What the record equaliser lifts at 10 kHz, dB re 1 kHz.
    pub record_10k_db: f64,
    /// The machine at 60 Hz, 1, 10 and 15 kHz, dB.
    pub response_db: [f64; 4],
    /// Third harmonic at 0 VU, dB re the fundamental.
    pub third_harmonic_db: f64,
    /// How much later the right channel comes, microseconds.
    pub skew_us: f64,
    /// What 10 kHz loses in the mono sum, dB.
    pub mono_sum_10k_db: f64,
}

impl TapeSettings {
    /// By how many dB the third harmonic is stronger than at nominal bias, beside hysteresis. Least at +3 dB, as data sheets
    /// show (such as that of LPR 35, and the curves in Ballou's *Handbook*); how much it rises is an assumption.
    #[must_use]
    pub fn bias_distortion_db(&self) -> f64 {
        BEST_BY_DB * (((self.bias_db - BEST_BIAS_DB) / BEST_BIAS_DB).powi(2) - 1.0)
    }

    /// How much of the magnetisation has a memory: none from nominal bias up.
    #[must_use]
    pub fn hysteresis_share(&self) -> f64 {
        let t = (-self.bias_db / 3.0).clamp(0.0, 1.0);
        MOST_HYSTERESIS * t * t * (3.0 - 2.0 * t)
    }

    /// The field on the tape for a sample of 1, in [`Langevin`]'s unit.
    #[must_use]
    pub fn field_gain(&self) -> f64 {
        let mol = Langevin::MOL_FIELD * db_to_gain(-Langevin::MOL_COMPRESSION_DB);
        let at_zero_vu = mol * self.fluxivity_nwb / self.formulation.sheet().mol_nwb;
        // The third harmonic goes with the square of the field.
        at_zero_vu * db_to_gain(self.drive_db - self.zero_vu_db + 0.5 * self.bias_distortion_db())
    }

    /// Shares of the two laws, such that a 1 kHz tone of -70 dBFS keeps its level.
    pub(super) fn blend(&self) -> Blend {
        let share = self.hysteresis_share();
        let amplitude = db_to_gain(LINE_UP_DB) * self.field_gain();
        let gain = 1.0 - share + share * Hysteresis::small_gain(amplitude);
        Blend { curve: (1.0 - share) / gain, memory: share / gain }
    }

    /// The peak of a sine at 1 kHz that is recorded at MOL, dBFS.
    #[must_use]
    pub fn mol_dbfs(&self) -> f64 {
        gain_to_db(Langevin::MOL_FIELD / self.field_gain())
    }

    /// Fundamental over a small signal's, and third harmonic over the fundamental, both linear, of a sine of this field.
    #[must_use]
    pub fn bent(&self, field: f64) -> [f64; 2] {
        if field < 1e-6 {
            return [1.0, 0.0];
        }
        let [first, third] = Langevin::harmonics(field).map(|y| y / field);
        let blend = self.blend();
        if blend.memory == 0.0 {
            return [first, third.abs() / first];
        }
        let [gain, share] = looped(field);
        let sum = blend.curve * first + blend.memory * gain;
        // A loop's harmonic stands a quarter off.
        let harmonic = f64::hypot(blend.curve * third, blend.memory * gain * share);
        [sum, harmonic / sum]
    }

    /// Third harmonic of a 1 kHz sine of this peak, dB re the fundamental on the tape.
    #[must_use]
    pub fn third_harmonic_db(&self, level_dbfs: f64) -> f64 {
        gain_to_db(self.bent(db_to_gain(level_dbfs) * self.field_gain())[1])
    }

    /// The magnetisation for a field, both over those at MOL's small-signal line: the curve of the window. 1 in gives the
    /// compressed 0.91 or so.
    #[must_use]
    pub fn magnetisation(field_over_mol: f64) -> f64 {
        3.0 * Langevin::value(field_over_mol * Langevin::MOL_FIELD) / Langevin::MOL_FIELD
    }

    /// The response of the whole machine to a small signal, dB re 1 kHz; bass included.
    #[must_use]
    pub fn response_db(&self, hz: f64) -> f64 {
        gain_to_db(self.machine().whole(hz).abs()) + HeadBump::response_db(self.speed, self.head_bump, hz)
    }

    /// The same to a sine that peaks at `level_dbfs` at the input.
    #[must_use]
    pub fn response_at_db(&self, hz: f64, level_dbfs: f64) -> f64 {
        let machine = self.machine();
        let lower_s = machine.equalisation.time_constants_s(machine.speed).1;
        let bass = lower_s.map_or(1.0, |lower_s| shared_dsp::filters::magnetic::flux_lift(hz, lower_s).min(10.0));
        let field = db_to_gain(level_dbfs) * self.field_gain() * machine.record(hz) * bass;
        self.response_db(hz) + gain_to_db(self.bent(field)[0])
    }

    /// The alignment card.
    #[must_use]
    pub fn card(&self) -> LineUpCard {
        let machine = self.machine();
        let (upper_s, lower_s) = self.equalisation.time_constants_s(self.speed);
        let at_zero_vu = Self { drive_db: 0.0, ..self.clone() };
        LineUpCard {
            fluxivity_nwb: self.fluxivity_nwb,
            over_185_db: gain_to_db(self.fluxivity_nwb / 185.0),
            tape: self.formulation.sheet(),
            mol_db: at_zero_vu.mol_dbfs() - self.zero_vu_db - Langevin::MOL_COMPRESSION_DB,
            time_constants_us: (1e6 * upper_s, lower_s.map(|s| 1e6 * s)),
            over_bias_db: machine.over_bias_db(),
            record_10k_db: gain_to_db(machine.record(10_000.0)),
            response_db: [60.0, REFERENCE_HZ, 10_000.0, 15_000.0].map(|hz| self.response_db(hz)),
            third_harmonic_db: at_zero_vu.third_harmonic_db(self.zero_vu_db),
            skew_us: 1e6 * machine.skew_s(),
            mono_sum_10k_db: machine.mono_sum_db(10_000.0),
        }
    }
}

/// Gain and third harmonic of the steady loop at this amplitude.
fn looped(amplitude: f64) -> [f64; 2] {
    let above = LOOPS.partition_point(|row| row[0] < amplitude).clamp(1, LOOPS.len() - 1);
    let (low, high) = (LOOPS[above - 1], LOOPS[above]);
    let t = ((amplitude / low[0]).ln() / (high[0] / low[0]).ln()).max(0.0);
    if above == LOOPS.len() - 1 && t > 1.0 {
        // Far up the loop is the curve, which saturates.
        let [first, third] = Langevin::harmonics(amplitude);
        return [first / amplitude * high[1] / 0.9, (third / first).abs().max(high[2])];
    }
    let mix = |n: usize| (low[n].ln() + t * (high[n] / low[n]).ln()).exp();
    let small = if amplitude < low[0] { amplitude / low[0] } else { 1.0 };
    [mix(1), mix(2) * small]
}
