//! Memoryless curves, shaped as residuals `f(x) - x` and antialiased by their antiderivatives.

mod approx;
mod curve;
mod residual;

pub use curve::Curve;
pub use residual::{Frame, ResidualPath, Route, Shaped};
