//! Curves with and without memory, shaped as residuals `f(x) - x` and antialiased by their antiderivatives.

mod approx;
mod clip;
mod clip_curve;
mod clip_pass;
mod completion;
mod curve;
mod guard;
mod hysteresis;
mod langevin;
mod residual;
mod winding;

pub use clip::{Clip, ClipSettings};
pub use clip_curve::ClipCurve;
pub use completion::{COMPLETION_DELAY_TOP_SAMPLES, COMPLETION_MEMORY, complete_averages};
pub use curve::SaturationCurve;
pub use guard::{Guard, GuardFrame};
pub use hysteresis::Hysteresis;
pub use langevin::Langevin;
pub use residual::{ResidualPath, Route, Shaped, StereoFrame};
pub use winding::Winding;
