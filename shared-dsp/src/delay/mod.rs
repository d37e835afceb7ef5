//! Delay lines, integer and fractional.
