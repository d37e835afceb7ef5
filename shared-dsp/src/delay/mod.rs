//! Delay lines, integer and fractional.

mod fractional;
mod integer;
mod stereo;

pub use fractional::FractionalDelay;
pub use integer::DelayLine;
pub use stereo::StereoDelay;
