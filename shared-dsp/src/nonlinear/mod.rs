//! Memoryless curves, shaped as residuals `f(x) - x` and antialiased by their antiderivatives.

mod approx;
mod clip;
mod clip_curve;
mod clip_pass;
mod curve;
mod guard;
mod residual;
mod winding;

pub use clip::{Clip, ClipSettings};
pub use clip_curve::ClipCurve;
pub use curve::SaturationCurve;
pub use guard::{Guard, GuardFrame};
pub use residual::{ResidualPath, Route, Shaped, StereoFrame};
pub use winding::Winding;
