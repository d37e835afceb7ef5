//! A transformer's winding on a core that saturates.
//!
//! The voltage builds flux, `phi' = v - R i`, and the core takes a current that grows with the cube of the flux, so the
//! drop over the copper is a distortion that falls by 18 dB an octave (Rafael de Paiva, Jyri Pakarinen, Vesa Välimäki and
//! Miikka Tikander, *Real-Time Audio Transformer Emulation for Virtual Tube Amplifiers*, 2011). Flux is measured in units
//! of what an amplitude of 1 at 20 Hz builds. What is computed is the residual, `-R i` alone; the linear part of the
//! current is left out, but for a slow leak that lets flux come to rest.
//!
//! The step is implicit (backward Euler): the current that is drawn takes part in the flux that draws it, so a core far
//! over the top stays bounded. Flux is so slow that the base rate suffices: at 0 dBFS and 12 dB of drive the third harmonic
//! of 5 kHz is 150 dB down, and its aliases with it.

/// How many Newton steps a sample takes. The cubic rises everywhere, and flux moves by a few percent a sample.
const NEWTON_STEPS: usize = 2;
const REFERENCE_HZ: f64 = 20.0;
const LEAK_HZ: f64 = 1.0;
/// Third harmonic over fundamental at 20 Hz and [`Winding::ZERO_VU_FLUX`].
const REFERENCE_DISTORTION: f64 = 0.001;
/// Voltages and flux are held within these: no signal comes near.
const MOST_VOLTAGE: f64 = 1e3;
const MOST_FLUX: f64 = 50.0;

/// The core's flux, one channel.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Winding {
    flux: f64,
}

impl Winding {
    /// The flux of 0 VU (-18 dBFS) at 20 Hz behind 6 dB of gain: there the third harmonic is 0.1 %.
    pub const ZERO_VU_FLUX: f64 = 0.251_188_643_150_958;

    /// The drop of the winding at a flux, for a core of which `share` (0..1) of the cubic is left and that rests at the flux
    /// `rest`, which makes it uneven.
    #[must_use]
    #[inline]
    pub fn drop(flux: f64, share: f64, rest: f64) -> f64 {
        const CUBIC: f64 = 4.0 * REFERENCE_DISTORTION / (Winding::ZERO_VU_FLUX * Winding::ZERO_VU_FLUX);
        -CUBIC * share * ((flux + rest).powi(3) - rest.powi(3))
    }

    /// The slope of [`drop`](Self::drop), without its sign.
    #[inline]
    fn drop_slope(flux: f64, share: f64, rest: f64) -> f64 {
        const CUBIC: f64 = 4.0 * REFERENCE_DISTORTION / (Winding::ZERO_VU_FLUX * Winding::ZERO_VU_FLUX);
        3.0 * CUBIC * share * (flux + rest).powi(2)
    }

    /// One sample of voltage in, the residual out. Realtime-safe.
    #[inline]
    pub fn tick(&mut self, sample_rate_hz: f64, voltage: f64, share: f64, rest: f64) -> f64 {
        let step = std::f64::consts::TAU * REFERENCE_HZ / sample_rate_hz;
        let leak = LEAK_HZ / REFERENCE_HZ;
        let built = self.flux + step * voltage.clamp(-MOST_VOLTAGE, MOST_VOLTAGE);
        let mut flux = self.flux;
        for _ in 0..NEWTON_STEPS {
            let error = flux * (1.0 + step * leak) - step * Self::drop(flux, share, rest) - built;
            flux -= error / (1.0 + step * (leak + Self::drop_slope(flux, share, rest)));
        }
        self.flux = flux.clamp(-MOST_FLUX, MOST_FLUX);
        Self::drop(self.flux, share, rest)
    }

    /// Lets the flux vanish.
    pub fn reset(&mut self) {
        self.flux = 0.0;
    }
}
