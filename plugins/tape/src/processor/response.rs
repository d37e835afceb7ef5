//! What is heard of a machine over frequency, for the window and its card: asked of the kernels themselves, which are a millisecond
//! long and round off what bends within less than 2 kHz.

use shared_dsp::filters::kernels::zero_phase_response;
use shared_dsp::filters::magnetic::flux_lift;
use shared_dsp::math::{db_to_gain, gain_to_db};
use shared_dsp::nonlinear::Langevin;

use super::bump::HeadBump;
use super::equalisers::{Request, kernel};
use super::machine::{Machine, REFERENCE_HZ, TapeSheet};
use super::settings::TapeSettings;

/// Kernels are asked at this rate, Hz, where the sound runs at a higher one: they last as long and differ by less than 0.01 dB.
const HIGHEST_HZ: f64 = 96_000.0;
/// Before a host has named a rate, Hz.
const USUAL_HZ: f64 = 48_000.0;
/// What the bass lift of NAB reaches, linear.
const MOST_LIFT: f64 = 10.0;

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

/// The responses of a machine as it is set. Designing its kernels takes a millisecond or two: not for the audio thread.
#[derive(Debug, Clone)]
pub struct MachineResponse {
    settings: TapeSettings,
    request: Request,
    record: Vec<f64>,
    whole: Vec<f64>,
}

impl MachineResponse {
    /// Of these settings at a sample rate, Hz; one that is not above zero stands for 48 kHz.
    #[must_use]
    pub fn new(settings: &TapeSettings, sample_rate_hz: f64) -> Self {
        let request = request(settings, sample_rate_hz);
        let [record, whole] = kernels(&request);
        Self { settings: settings.clone(), request, record, whole }
    }

    /// Takes other settings. Answers whether they are others. Kernels are designed anew only where they depend on what changed.
    pub fn update(&mut self, settings: &TapeSettings, sample_rate_hz: f64) -> bool {
        let request = request(settings, sample_rate_hz);
        if self.settings == *settings && self.request == request {
            return false;
        }
        if self.request != request {
            [self.record, self.whole] = kernels(&request);
        }
        self.settings.clone_from(settings);
        self.request = request;
        true
    }

    /// To a small signal, dB re 1 kHz, bass included.
    #[must_use]
    pub fn small_db(&self, hz: f64) -> f64 {
        let whole = zero_phase_response(&self.whole, self.request.sample_rate_hz, hz);
        gain_to_db(whole.abs()) + HeadBump::response_db(self.settings.speed, self.settings.head_bump, hz)
    }

    /// To a sine that peaks at `level_dbfs` at the input, dB re a small one at 1 kHz.
    #[must_use]
    pub fn at_db(&self, hz: f64, level_dbfs: f64) -> f64 {
        let settings = &self.settings;
        let lower_s = settings.equalisation.time_constants_s(settings.speed).1;
        let bass = lower_s.map_or(1.0, |lower_s| flux_lift(hz, lower_s).min(MOST_LIFT));
        let record = zero_phase_response(&self.record, self.request.sample_rate_hz, hz);
        let field = db_to_gain(level_dbfs) * settings.field_gain() * record.abs() * bass;
        self.small_db(hz) + gain_to_db(settings.bent(field)[0])
    }

    /// The alignment card.
    #[must_use]
    pub fn card(&self) -> LineUpCard {
        let settings = &self.settings;
        let machine = settings.machine();
        let (upper_s, lower_s) = settings.equalisation.time_constants_s(settings.speed);
        let at_zero_vu = TapeSettings { drive_db: 0.0, ..settings.clone() };
        LineUpCard {
            fluxivity_nwb: settings.fluxivity_nwb,
            over_185_db: gain_to_db(settings.fluxivity_nwb / 185.0),
            tape: settings.formulation.sheet(),
            mol_db: at_zero_vu.mol_dbfs() - settings.zero_vu_db - Langevin::MOL_COMPRESSION_DB,
            time_constants_us: (1e6 * upper_s, lower_s.map(|s| 1e6 * s)),
            over_bias_db: machine.over_bias_db(),
            record_10k_db: gain_to_db(machine.record(10_000.0)),
            response_db: [60.0, REFERENCE_HZ, 10_000.0, 15_000.0].map(|hz| self.small_db(hz)),
            third_harmonic_db: at_zero_vu.third_harmonic_db(settings.zero_vu_db),
            skew_us: 1e6 * machine.skew_s(),
            mono_sum_10k_db: machine.mono_sum_db(10_000.0),
        }
    }
}

fn request(settings: &TapeSettings, sample_rate_hz: f64) -> Request {
    let rate = if sample_rate_hz > 0.0 { sample_rate_hz.min(HIGHEST_HZ) } else { USUAL_HZ };
    Request { machine: settings.machine(), sample_rate_hz: rate }
}

/// Of the record equaliser and of the whole machine.
fn kernels(request: &Request) -> [Vec<f64>; 2] {
    [kernel(request, Machine::record), kernel(request, Machine::whole)]
}
