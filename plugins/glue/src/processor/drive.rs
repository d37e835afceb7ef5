//! A gentle colour in the manner of a VCA and an output transformer.

use shared_dsp::filters::{OnePoleCoefs, OnePoleState};

/// The amplitude at which the law saturates; 1 is full scale.
const KNEE: f64 = 5.0;
/// Off-centre working point of the VCA: even harmonics.
const BIAS: f64 = 0.12;
/// A transformer's core sees the integral of the signal: this much of the bass is added to what the law sees.
const FLUX: f64 = 0.35;
const FLUX_HZ: f64 = 60.0;
/// The law's own direct current is kept out below this.
const BLOCK_HZ: f64 = 4.0;
/// The level, in amplitude, at which the fundamental comes out as it went in; -6 dBFS.
const COMPENSATED_AMPLITUDE: f64 = 0.5;

/// `x / sqrt(1 + (x/k)^2)`, the algebraic sigmoid, about a biased point.
fn law(u: f64) -> f64 {
    let at = |x: f64| x / (1.0 + (x / KNEE) * (x / KNEE)).sqrt();
    at(u + BIAS) - at(BIAS)
}

/// The residual of the law, what it adds to its input, antialiased to first order, for one channel.
///
/// Only the residual is delayed by the half sample of antiderivative antialiasing (Julian Parker, Vadim Zavalishin and
/// Efflam Le Bivic, *Reducing the aliasing of nonlinear waveshaping using continuous-time convolution*, DAFx 2016);
/// the programme passes untouched. The sigmoid's antiderivative is `k sqrt(k^2 + x^2)`, whose difference quotient has
/// the closed form `k (a + b) / (S(a) + S(b))` without a singularity at `a = b`.
#[derive(Debug, Clone)]
pub(super) struct Drive {
    flux: OnePoleState<1>,
    flux_coefs: OnePoleCoefs,
    block: OnePoleState<1>,
    block_coefs: OnePoleCoefs,
    last: f64,
    last_root: f64,
    centre: f64,
    gain: f64,
}

impl Drive {
    pub(super) fn new(sample_rate_hz: f64) -> Self {
        // The fundamental of the law at the compensated level, by a discrete Fourier sum (harmonics above 64 are nil).
        let points = 256;
        let fundamental: f64 = (0..points)
            .map(|n| {
                let phase = std::f64::consts::TAU * f64::from(n) / f64::from(points);
                law(COMPENSATED_AMPLITUDE * phase.sin()) * phase.sin()
            })
            .sum::<f64>()
            * 2.0
            / f64::from(points)
            / COMPENSATED_AMPLITUDE;
        let mut unit = Self {
            flux: OnePoleState::default(),
            flux_coefs: OnePoleCoefs::lowpass(sample_rate_hz, FLUX_HZ),
            block: OnePoleState::default(),
            block_coefs: OnePoleCoefs::highpass(sample_rate_hz, BLOCK_HZ),
            last: 0.0,
            last_root: 0.0,
            centre: 0.0,
            gain: 1.0 / fundamental,
        };
        unit.reset();
        unit
    }

    pub(super) fn reset(&mut self) {
        self.flux.reset();
        self.block.reset();
        self.last = BIAS;
        self.last_root = (KNEE * KNEE + BIAS * BIAS).sqrt();
        self.centre = KNEE * BIAS / self.last_root;
    }

    /// What full drive adds to `x`.
    #[inline]
    pub(super) fn residual(&mut self, x: f64) -> f64 {
        let [low] = self.flux.tick(&self.flux_coefs, [x]);
        let now = x + FLUX * low + BIAS;
        let root = (KNEE * KNEE + now * now).sqrt();
        let sum = now + self.last;
        // Law minus the same half-sample average of its argument, so that a small signal leaves next to nothing.
        let saturated = self.gain * (KNEE * sum / (self.last_root + root) - self.centre);
        let bent = saturated - (0.5 * sum - BIAS);
        self.last = now;
        self.last_root = root;
        let [blocked] = self.block.tick(&self.block_coefs, [bent]);
        blocked
    }
}
