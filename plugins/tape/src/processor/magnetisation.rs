//! Levels on the tape: how hot a signal is recorded, and how much it bends there.

use shared_dsp::math::{db_to_gain, gain_to_db};
use shared_dsp::nonlinear::{Hysteresis, Langevin};

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

impl TapeSettings {
    /// By how many dB the third harmonic is stronger than at nominal bias, beside hysteresis. Where it is
    /// least and how much it rises beside are assumptions: the data sheet in Ballou's *Handbook* says only that distortion is low
    /// at the recommended bias.
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
