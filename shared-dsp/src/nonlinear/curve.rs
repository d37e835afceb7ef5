//! Curves of saturation, antialiased in closed form.
//!
//! A curve is `f(x) = o(x) + even e(x)`: an odd part with slope 1 at zero and an even one. What is computed is only the
//! residual `f(x) - x`, as its mean over the straight way between two neighbouring samples: antiderivative antialiasing of
//! the first order (Julian Parker, Vadim Zavalishin and Efflam Le Bivic, *Reducing the Aliasing of Nonlinear Waveshaping
//! using Continuous-Time Convolution*, DAFx 2016), a delay of half a sample. The textbook's difference quotient of the
//! antiderivative cancels where neighbours are close; the forms below do not (`nonlinear/curve/`), so `f32` is
//! enough and nothing switches between formulae.

mod average;
mod parted;
mod plain;
mod vectors;

/// A curve of saturation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SaturationCurve {
    /// `sin x`, flat past a quarter of the circle; even part: its square.
    Sine,
    /// `tanh x`; even part: its square.
    Tanh,
    /// `x / sqrt(1 + x^2)`; even part: its square, `x^2 / (1 + x^2)`.
    Algebraic,
    /// `asinh x`, which never quite saturates; even part: `x^2 / (1 + x^2)`.
    Asinh,
    /// The algebraic curve with a ceiling of its own on either side of zero: `1 / (1 - even)` above and `-1 / (1 + even)`
    /// below.
    Sided,
}

impl SaturationCurve {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Sine, Self::Tanh, Self::Algebraic, Self::Asinh, Self::Sided];

    /// The largest magnitude of `even` at which the curve is sure to rise everywhere (for [`SaturationCurve::Sided`], to stay near
    /// its shape).
    #[must_use]
    pub fn even_limit(self) -> f64 {
        match self {
            // o + even o^2 has the slope o' (1 + 2 even o), and |o| <= 1.
            Self::Sine | Self::Tanh | Self::Algebraic | Self::Asinh => 0.5,
            Self::Sided => 0.8,
        }
    }

    /// The static curve: its value at `x`, for an `even` within [`even_limit`](Self::even_limit).
    #[must_use]
    pub fn value(self, x: f64, even: f64) -> f64 {
        if self == Self::Sided {
            let bend = if x > 0.0 { 1.0 - even } else { 1.0 + even };
            return algebraic(bend * x) / bend;
        }
        self.with_even(x, self.odd(x), even)
    }

    /// The odd part at `x`; of [`SaturationCurve::Sided`] what it is without an even part.
    #[must_use]
    pub fn odd(self, x: f64) -> f64 {
        match self {
            Self::Sine => x.clamp(-std::f64::consts::FRAC_PI_2, std::f64::consts::FRAC_PI_2).sin(),
            Self::Tanh => x.tanh(),
            Self::Algebraic | Self::Sided => algebraic(x),
            Self::Asinh => x.asinh(),
        }
    }

    /// [`value`](Self::value) at `x`, given the [`odd`](Self::odd) part there, which is what it costs; not of
    /// [`SaturationCurve::Sided`], whose even part cannot be told from its odd one.
    #[must_use]
    pub fn with_even(self, x: f64, odd: f64, even: f64) -> f64 {
        if self == Self::Asinh { odd + even * x * x / (1.0 + x * x) } else { odd + even * odd * odd }
    }
}

fn algebraic(x: f64) -> f64 {
    x / (1.0 + x * x).sqrt()
}
