//! Levels, windows, time constants and clean numbers.

mod kaiser;
mod level;
mod sanitize;
mod time_constant;

/// The former name of [`Glide`](crate::glide::Glide).
pub use crate::glide::Glide as Ramp;
pub use kaiser::{bessel_i0, kaiser};
pub use level::{MINUS_INFINITY_DB, db_to_gain, gain_to_db, power_to_db};
pub use sanitize::{clean, flush_denormal};
pub use time_constant::smoothing_coefficient;
