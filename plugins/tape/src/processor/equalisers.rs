//! The machine's equalisers and losses as kernels, designed off the audio thread.

use std::sync::Arc;

use shared_dsp::Job;
use shared_dsp::convolution::{FadedStereoFir, StereoTaps};
use shared_dsp::filters::kernels::{zero_phase_response, zero_phase_taps};

use super::machine::{Machine, REFERENCE_HZ};

/// Half the length of a kernel, s: what bends within less than 2 kHz is rounded off.
const HALF_S: f64 = 0.000_5;
/// Beyond 384 kHz they are as long in samples as there.
const MOST_HALF: usize = 192;
const MOST_TAPS: usize = 2 * MOST_HALF + 1;

/// The delay of one kernel, samples.
pub(super) fn half_samples(sample_rate_hz: f64) -> usize {
    ((HALF_S * sample_rate_hz).round() as usize).clamp(8, MOST_HALF)
}

/// What kernels are designed for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Request {
    pub(super) machine: Machine,
    pub(super) sample_rate_hz: f64,
}

/// Linear in phase all of them, so that a mix with the dry signal has no comb.
pub(super) struct Equalisers {
    /// Before the tape.
    pub(super) record: FadedStereoFir<Request>,
    /// Of the whole machine, for what is not bent.
    pub(super) whole: FadedStereoFir<Request>,
    /// Behind the tape, for what it adds.
    pub(super) replay: FadedStereoFir<Request>,
    /// From white noise to hiss of 1 (A-weighted rms).
    pub(super) hiss: FadedStereoFir<Request>,
}

impl Equalisers {
    /// Allocates.
    pub(super) fn new(first: Request) -> Self {
        let fir = |aim: fn(&Machine, f64) -> f64| {
            FadedStereoFir::new(MOST_TAPS, first, move |request| stereo(&kernel(request, aim)))
        };
        Self {
            record: fir(Machine::record),
            whole: fir(Machine::whole),
            replay: fir(Machine::replay),
            hiss: FadedStereoFir::new(MOST_TAPS, first, |request| stereo(&hiss_kernel(request))),
        }
    }

    fn each(&mut self) -> [&mut FadedStereoFir<Request>; 4] {
        [&mut self.record, &mut self.whole, &mut self.replay, &mut self.hiss]
    }

    pub(super) fn jobs(&self) -> Vec<Arc<dyn Job>> {
        vec![self.record.job(), self.whole.job(), self.replay.job(), self.hiss.job()]
    }

    pub(super) fn prepare(&mut self, sample_rate_hz: f64) {
        for fir in self.each() {
            fir.prepare(sample_rate_hz);
            fir.limit_taps(2 * half_samples(sample_rate_hz) + 1);
        }
    }

    /// Realtime-safe.
    pub(super) fn reset(&mut self, wanted: Request) {
        self.each().into_iter().for_each(|fir| fir.reset(wanted));
    }

    /// Answers whether all have been asked for; until then again at each control point. Realtime-safe.
    pub(super) fn request(&mut self, wanted: Request) -> bool {
        !self.each().map(|fir| fir.request(wanted)).contains(&false)
    }
}

fn stereo(taps: &[f64]) -> StereoTaps {
    StereoTaps::new([taps, taps])
}

/// The taps for an aim, linear, of a machine.
pub(super) fn kernel(request: &Request, aim: impl Fn(&Machine, f64) -> f64) -> Vec<f64> {
    let rate = request.sample_rate_hz;
    zero_phase_taps(half_samples(rate), rate, REFERENCE_HZ, |hz| aim(&request.machine, hz))
}

/// Scaled so that white noise of 1 (rms) becomes noise of 1, A-weighted up to 20 kHz.
fn hiss_kernel(request: &Request) -> Vec<f64> {
    let mut taps = kernel(request, Machine::hiss);
    let nyquist = 0.5 * request.sample_rate_hz;
    const STEP_HZ: f64 = 20.0;
    let points = (nyquist.min(20_000.0) / STEP_HZ) as usize;
    let power: f64 = (0..points)
        .map(|n| {
            let hz = STEP_HZ * (n as f64 + 0.5);
            (zero_phase_response(&taps, request.sample_rate_hz, hz) * a_weighting(hz)).powi(2) * STEP_HZ / nyquist
        })
        .sum();
    let scale = 1.0 / power.sqrt().max(1e-9);
    taps.iter_mut().for_each(|tap| *tap *= scale);
    taps
}

/// A-weighting, linear, 1 at 1 kHz (IEC 61672-1, annex E).
fn a_weighting(hz: f64) -> f64 {
    let s = hz * hz;
    let [f1, f2, f3, f4] = [20.6_f64, 107.7, 737.9, 12_194.0].map(|f| f * f);
    1.2589 * f4 * s * s / ((s + f1) * ((s + f2) * (s + f3)).sqrt() * (s + f4))
}
