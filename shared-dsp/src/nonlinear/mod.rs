//! Memoryless curves, shaped as residuals `f(x) - x` and antialiased by their antiderivatives.

mod residual;

pub use residual::{Frame, ResidualPath, Route, Shaped};
