//! A transformer's winding on a core that saturates.
//!
//! The voltage builds flux, `phi' = v - R i`, and the core takes a current that grows with the cube of the flux, so the
//! drop over the copper is a distortion that falls by 18 dB an octave (Rafael de Paiva, Jyri Pakarinen, Vesa Välimäki and
//! Miikka Tikander, *Real-Time Audio Transformer Emulation for Virtual Tube Amplifiers*, 2011). Flux is measured in units
//! of what an amplitude of 1 at 20 Hz builds. What is computed is the residual, `-R i` alone; the linear part of the
//! current is left out, but for a slow leak that lets flux come to rest.
//!
//! The step is implicit (backward Euler): the current that is drawn takes part in the flux that draws it, so a core far
//! over the top stays bounded. One step of Newton's solves it: the guess, with the current of the sample before, is off by
//! what the current has changed in one sample, 1e-4 of the flux, and the step leaves the square of that. Flux is so slow that the base rate suffices: at 0 dBFS and 12 dB of drive the third harmonic
//! of 5 kHz is 150 dB down, and its aliases with it.

const REFERENCE_HZ: f64 = 20.0;
const LEAK_HZ: f64 = 1.0;
/// Third harmonic over fundamental at 20 Hz and [`Winding::ZERO_VU_FLUX`].
const REFERENCE_DISTORTION: f64 = 0.001;
/// Voltages and flux are held within these: no signal comes near.
const MOST_VOLTAGE: f64 = 1e3;
const MOST_FLUX: f64 = 50.0;

/// Third harmonic's worth of the cubic: what the drop is at a flux of one.
const CUBIC: f64 = 4.0 * REFERENCE_DISTORTION / (Winding::<1>::ZERO_VU_FLUX * Winding::<1>::ZERO_VU_FLUX);

/// The core's flux in each of `CH` channels, which go through one vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Winding<const CH: usize> {
    flux: [f64; CH],
    /// What the current took from the flux in the last sample, nearly: the next guess does not wait for the drop itself.
    taken: [f64; CH],
}

impl<const CH: usize> Default for Winding<CH> {
    /// Without flux.
    fn default() -> Self {
        Self { flux: [0.0; CH], taken: [0.0; CH] }
    }
}

impl<const CH: usize> Winding<CH> {
    /// The flux of 0 VU (-18 dBFS) at 20 Hz behind 6 dB of gain: there the third harmonic is 0.1 %.
    pub const ZERO_VU_FLUX: f64 = 0.251_188_643_150_958;

    /// The drop of the winding at a flux, for a core of which `share` (0..1) of the cubic is left and that rests at the flux
    /// `rest`, which makes it uneven.
    #[must_use]
    #[inline]
    pub fn drop(flux: f64, share: f64, rest: f64) -> f64 {
        let at = flux + rest;
        -CUBIC * share * (at * at * at - rest * rest * rest)
    }

    /// One sample of voltage in each channel in, the residual out. Realtime-safe.
    #[inline]
    pub fn tick(&mut self, sample_rate_hz: f64, voltage: [f64; CH], share: f64, rest: [f64; CH]) -> [f64; CH] {
        let step = std::f64::consts::TAU * REFERENCE_HZ / sample_rate_hz;
        let leaks = 1.0 + step * (LEAK_HZ / REFERENCE_HZ);
        let cubic = step * CUBIC * share;
        let mut drops = [0.0; CH];
        for ch in 0..CH {
            let built = self.flux[ch] + step * voltage[ch].clamp(-MOST_VOLTAGE, MOST_VOLTAGE);
            // A guess that nothing can throw out of bounds.
            let guess = (built - self.taken[ch]).clamp(-MOST_FLUX, MOST_FLUX);
            let (at, rest) = (guess + rest[ch], rest[ch]);
            let square = at * at;
            let taken = cubic * (square * at - rest * rest * rest);
            let error = guess * leaks + taken - built;
            let flux = (guess - error / (leaks + 3.0 * cubic * square)).clamp(-MOST_FLUX, MOST_FLUX);
            (self.flux[ch], self.taken[ch]) = (flux, taken);
            drops[ch] = Self::drop(flux, share, rest);
        }
        drops
    }

    /// Lets the flux vanish.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}
