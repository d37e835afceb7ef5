//! Delay lines, integer, fractional and wandering.

mod fractional;
mod integer;
mod stereo;
mod wander;
mod wandering;

pub use fractional::FractionalDelay;
pub use integer::DelayLine;
pub use stereo::StereoDelay;
pub use wander::Wander;
pub use wandering::{WanderDepth, WanderingDelay};
