//! Levels, ramps, windows, time constants and clean numbers.

mod kaiser;
mod level;
mod ramp;
mod sanitize;
mod time_constant;

pub use kaiser::{bessel_i0, kaiser};
pub use level::{MINUS_INFINITY_DB, db_to_gain, gain_to_db, power_to_db};
pub use ramp::Ramp;
pub use sanitize::{clean, flush_denormal};
pub use time_constant::smoothing_coefficient;
