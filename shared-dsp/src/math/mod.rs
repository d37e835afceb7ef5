//! Levels, ramps and clean numbers.

mod bessel;
mod level;
mod ramp;
mod reaches;
mod sanitize;

pub use bessel::bessel_i0;
pub use level::{MINUS_INFINITY_DB, db_to_gain, gain_to_db, power_to_db};
pub use ramp::Ramp;
pub use reaches::reaches;
pub use sanitize::{clean, flush_denormal};
