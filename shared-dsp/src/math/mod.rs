//! Levels, windows, time constants and clean numbers.

mod extremes;
mod kaiser;
mod level;
mod reaches;
mod sanitize;
mod time_constant;

pub use extremes::{greatest, least};
pub use kaiser::{bessel_i0, kaiser};
pub use level::{MINUS_INFINITY_DB, db_to_gain, gain_to_db, power_to_db};
pub use reaches::reaches;
pub use sanitize::{clean, flush_denormal};
pub use time_constant::smoothing_coefficient;
