//! Delay lines, integer and fractional.

mod fractional;
mod integer;

pub use fractional::FractionalDelay;
pub use integer::DelayLine;
